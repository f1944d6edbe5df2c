# SPDX-License-Identifier: Apache-2.0
"""A robot's secrets and its computer's serial: read once, never said.

What must hold: no sentence of an error quotes what is in such a file.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from robot_agent.service.link import Broker, Login
from robot_agent.service.places import SECRETS
from robot_agent.service.settings import CREDENTIAL, BrokerTable, Settings

if TYPE_CHECKING:
    import ssl

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
INSTALLED = Path("/", SECRETS)
MAX_KEYS = 4
MAX_SECRET_BYTES = 1 << 20
BOARD_SERIAL = "sys/firmware/devicetree/base/serial-number"
NETWORK_CARDS = "sys/class/net/*/device"
MACHINE_ID = "etc/machine-id"


class CredentialError(ValueError):
    """What is wrong with a secret file or the computer, in one sentence."""


def path_of(given: str) -> Path:
    """`credential:NAME` is a file in systemd's credentials folder; without systemd root finds it
    where it was installed. Raises CredentialError."""
    if not given.startswith(CREDENTIAL):
        return Path(given)
    name = given.removeprefix(CREDENTIAL)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder:
        return Path(folder) / name
    if os.geteuid() == 0 and (INSTALLED / name).is_file():
        return INSTALLED / name
    raise CredentialError(
        f"{given}: systemd gives no credentials: run it from its unit, or with sudo"
    )


def read_secret(given: str) -> str:
    """The text of a secret file. Raises CredentialError."""
    path = path_of(given)
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(MAX_SECRET_BYTES)
    except OSError as error:
        raise CredentialError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CredentialError(f"{path}: is not a text") from None


def robot_keys(given: str) -> tuple[bytes, ...]:
    """One hex key a line, the newest first. Raises CredentialError."""
    lines = [line.strip() for line in read_secret(given).splitlines() if line.strip()]
    if not 1 <= len(lines) <= MAX_KEYS:
        raise CredentialError(f"{given}: holds {len(lines)} keys, allowed: 1 to {MAX_KEYS} lines")
    for number, line in enumerate(lines, start=1):
        if not re.fullmatch(r"([0-9a-fA-F]{2}){16,64}", line):
            raise CredentialError(f"{given}:{number}: is not a key of 32 to 128 hex digits")
    return tuple(bytes.fromhex(line) for line in lines)


def broker_of(settings: Settings) -> Broker:
    """Raises CredentialError."""
    table = settings.broker
    try:
        parts = urlsplit(table.url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError as error:
        raise CredentialError(f"broker.url = {table.url!r}: {error}") from None
    password = read_secret(table.password_file).strip() if table.password_file else ""
    tls = None
    if parts.scheme == "mqtts":
        _context(table)  # A file that is missing is said now, not at each try to connect.

        def tls() -> "ssl.SSLContext":
            return _context(table)

    return Broker(
        parts.hostname or "",
        port,
        table.interface,
        version=table.version,
        mqtt=table.mqtt,
        login=Login(table.username, password, tls),
    )


def _context(table: BrokerTable) -> "ssl.SSLContext":
    import ssl

    try:
        context = ssl.create_default_context(
            cafile=str(path_of(table.ca_file)) if table.ca_file else None
        )
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if table.cert_file:
            context.load_cert_chain(str(path_of(table.cert_file)), str(path_of(table.key_file)))
    except (OSError, ValueError) as error:
        files = ", ".join(filter(None, (table.ca_file, table.cert_file, table.key_file)))
        why = error.strerror if isinstance(error, OSError) else error
        raise CredentialError(f"{files}: cannot be used for TLS: {why or error}") from None
    return context


def computer_serial(root: Path = Path("/")) -> str:
    """What tells this computer from another, readable without being root: the board's serial, else
    the address of a built-in network card, else the machine's id; empty: nothing does."""
    cards = [device.parent / "address" for device in sorted(root.glob(NETWORK_CARDS))]
    for path in (root / BOARD_SERIAL, *cards, root / MACHINE_ID):
        try:
            serial = path.read_bytes().decode("ascii", "replace").strip("\0 \n\t")
        except OSError:
            continue
        if serial:
            return serial
    return ""


def check_computer(settings: Settings, root: Path = Path("/")) -> None:
    """A copied card is refused. Raises CredentialError."""
    bound = settings.robot.computer
    if bound and bound != computer_serial(root):
        raise CredentialError(
            f"robot.computer: the credentials of {settings.robot.manufacturer}/"
            f"{settings.robot.serial} belong to another computer (a copied card?):"
            " make this one a bundle of its own and install that"
        )
