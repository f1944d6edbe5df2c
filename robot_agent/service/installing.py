# SPDX-License-Identifier: Apache-2.0
"""Puts an agent on a robot's computer: which files, with which rights.

What must hold: all that is to be written is known and checked before the first file is; secrets are
never readable by others, not even for a moment; all else can be read by the user that systemd makes
for the agent, whatever the umask.
"""

import os
from importlib.resources import files
from pathlib import Path

import msgspec

from robot_agent.service.bundle import Bundle
from robot_agent.service.config import as_toml
from robot_agent.service.places import COMMAND, CONFIG, ETC, MAP, RULES, SECRETS, UNIT
from robot_agent.service.settings import (
    CREDENTIAL,
    BrokerTable,
    DriverTable,
    FilesTable,
    RobotTable,
    Settings,
)

IDENTITY = {
    "robot": ("manufacturer", "serial", "site", "keys_file", "computer"),
    "broker": (
        "url",
        "interface",
        "ca_file",
        "cert_file",
        "key_file",
        "username",
        "password_file",
    ),
}
"""What a bundle says of a robot, and no rollback takes back."""
HANDED = "LoadCredential="


class InstallError(OSError):
    """What stands in the way, in one sentence."""


class File(msgspec.Struct, frozen=True):
    """One file to be written, below the prefix."""

    path: Path
    content: bytes
    mode: int = 0o644


class Link(msgspec.Struct, frozen=True):
    """A symbolic link to be made, below the prefix."""

    path: Path
    target: str


def settings_from(bundle: Bundle, computer: str, before: Settings | None) -> Settings:
    """The configuration of a robot that joins with this bundle, or is given new credentials with
    it: of a robot that was there `before` only its identity changes."""
    joined = Settings(
        robot=RobotTable(
            manufacturer=bundle.manufacturer,
            serial=bundle.serial,
            site=bundle.site,
            compartments=bundle.compartments or RobotTable().compartments,
            keys_file=f"{CREDENTIAL}robot.keys",
            computer=computer,
        ),
        broker=BrokerTable(
            url=bundle.broker,
            interface=bundle.interface,
            ca_file=f"{CREDENTIAL}ca.pem" if bundle.ca_pem else "",
            cert_file=f"{CREDENTIAL}cert.pem" if bundle.cert_pem else "",
            key_file=f"{CREDENTIAL}key.pem" if bundle.key_pem else "",
            username=bundle.username,
            password_file=f"{CREDENTIAL}password" if bundle.password else "",
        ),
        driver=DriverTable(),
        files=FilesTable(map=f"/{MAP}"),
    )
    return joined if before is None else with_identity(before, joined)


def with_identity(settings: Settings, of: Settings) -> Settings:
    """The same robot's body and habits under the name and the credentials `of` another."""
    tables = {
        table: msgspec.structs.replace(
            getattr(settings, table), **{key: getattr(getattr(of, table), key) for key in keys}
        )
        for table, keys in IDENTITY.items()
    }
    return msgspec.structs.replace(settings, **tables)


def secrets_from(bundle: Bundle) -> list[File]:
    """One file each, for root alone; systemd hands them to the agent."""
    named = {
        "ca.pem": bundle.ca_pem,
        "cert.pem": bundle.cert_pem,
        "key.pem": bundle.key_pem,
        "password": bundle.password,
        "robot.keys": "\n".join(bundle.robot_keys) + "\n",
    }
    return [
        File(SECRETS / name, text.encode(), 0o600) for name, text in sorted(named.items()) if text
    ]


def config_file(settings: Settings) -> File:
    """0600: it names no secret, but whoever may write it may choose the broker."""
    head = "# SPDX-License-Identifier: CC0-1.0\n# See robot_agent/README.md for each key.\n"
    return File(CONFIG, (head + as_toml(settings)).encode(), 0o600)


def system_files(program: str, secrets: list[str]) -> list[File]:
    """The unit and the udev rule. `program`: the agent's command; `secrets`: names of files in the
    secrets folder."""
    deploy = files("robot_agent.deploy")
    readme = Path(str(files("robot_agent"))) / "README.md"
    unit = (deploy / "drover-agent.service").read_text(encoding="utf-8")
    unit = unit.replace("@PROGRAM@", program).replace("@README@", str(readme))
    unit = unit.replace("@CREDENTIALS@", "\n".join(handed(secrets)))
    rules = (deploy / "60-drover.rules").read_bytes()
    return [File(UNIT, unit.encode()), File(RULES, rules)]


def handed(secrets: list[str]) -> list[str]:
    """The lines of a unit that let systemd hand over settings and secrets."""
    lines = [f"{HANDED}{name}:/{SECRETS / name}" for name in sorted(secrets)]
    return [f"{HANDED}agent.toml:/{CONFIG}", *lines]


def command_link(program: Path, prefix: Path) -> list[Link]:
    """Lets a person type `robot-agent`, unless there is a program of that name already."""
    there = prefix / COMMAND
    if there == program or (there.exists() and not there.is_symlink()):
        return []
    return [Link(COMMAND, str(program))]


def secret_names(prefix: Path) -> list[str]:
    """What an earlier install left in the secrets folder."""
    folder = prefix / SECRETS
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def write_all(prefix: Path, wanted: list[File | Link]) -> None:
    """Each whole or not at all, and never with wider rights than it shall have. Raises OSError."""
    for one in wanted:
        path = prefix / one.path
        make_folders(prefix, path.parent)
        half = path.with_name(f".{path.name}.new")
        half.unlink(missing_ok=True)
        if isinstance(one, Link):
            half.symlink_to(one.target)
        else:
            _write(half, one.content, one.mode)
        half.replace(path)


def make_folders(prefix: Path, folder: Path) -> None:
    """Folders of ours that others may enter, whatever the umask; but not that of the secrets."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        one.chmod(0o755)
    if (prefix / ETC).is_dir():
        (prefix / ETC).chmod(0o755)
    if folder == prefix / SECRETS:
        folder.chmod(0o700)


def _write(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def sentence(error: OSError) -> str:
    """Which file cannot be written and why."""
    hint = ": run it as root (sudo)" if isinstance(error, PermissionError) else ""
    return f"{error.filename}: cannot be written: {error.strerror or error}{hint}"
