# SPDX-License-Identifier: Apache-2.0
"""Puts an agent on a robot's computer: which files, with which rights, and how to take it back.

What must hold: all that is to be written is known and checked before the first file is; what was
installed before is kept whole, so that `rollback` needs no network; secrets are never readable by
others, not even for a moment.
"""

import os
import shutil
from importlib.resources import files
from pathlib import Path

import msgspec

from robot_agent.service.bundle import Bundle
from robot_agent.service.config import as_toml
from robot_agent.service.settings import (
    CREDENTIAL,
    BrokerTable,
    DriverTable,
    FilesTable,
    RobotTable,
    Settings,
)

UNIT = Path("etc/systemd/system/drover-agent.service")
RULES = Path("etc/udev/rules.d/60-drover.rules")
ETC = Path("etc/drover")
CONFIG = ETC / "agent.toml"
MAP = ETC / "campus.geojson"
SECRETS = ETC / "secrets"
PREVIOUS = Path("var/lib/drover-install/previous")
NEXT = Path("var/lib/drover-install/next")


class InstallError(OSError):
    """What stands in the way, in one sentence."""


class File(msgspec.Struct, frozen=True):
    """One file to be written, below the prefix."""

    path: Path
    content: bytes
    mode: int = 0o644


def settings_from(
    bundle: Bundle, driver: str, computer: str, compartments: tuple[str, ...] | None
) -> Settings:
    """The configuration of a robot that joins with this bundle."""
    robot = RobotTable(
        manufacturer=bundle.manufacturer,
        serial=bundle.serial,
        keys_file=f"{CREDENTIAL}robot.keys",
        computer=computer,
    )
    if compartments:
        robot = msgspec.structs.replace(robot, compartments=compartments)
    return Settings(
        robot=robot,
        broker=BrokerTable(
            url=bundle.broker,
            interface=bundle.interface,
            ca_file=f"{CREDENTIAL}ca.pem" if bundle.ca_pem else "",
            cert_file=f"{CREDENTIAL}cert.pem" if bundle.cert_pem else "",
            key_file=f"{CREDENTIAL}key.pem" if bundle.key_pem else "",
            username=bundle.username,
            password_file=f"{CREDENTIAL}password" if bundle.password else "",
        ),
        driver=DriverTable(name=driver),
        files=FilesTable(map=f"/{MAP}"),
    )


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
    handed = [f"LoadCredential=agent.toml:/{CONFIG}"]
    handed += [f"LoadCredential={name}:/{SECRETS / name}" for name in sorted(secrets)]
    readme = Path(str(files("robot_agent"))) / "README.md"
    unit = (deploy / "drover-agent.service").read_text(encoding="utf-8")
    unit = unit.replace("@PROGRAM@", program).replace("@README@", str(readme))
    unit = unit.replace("@CREDENTIALS@", "\n".join(handed))
    rules = (deploy / "60-drover.rules").read_bytes()
    return [File(UNIT, unit.encode()), File(RULES, rules)]


def secret_names(prefix: Path) -> list[str]:
    """What an earlier install left in the secrets folder."""
    folder = prefix / SECRETS
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def install(prefix: Path, wanted: list[File]) -> None:
    """Keeps what is there and writes what is wanted. Raises InstallError."""
    try:
        if (prefix / UNIT).exists():
            _keep(prefix, PREVIOUS)
        for file in wanted:
            _write(prefix / file.path, file.content, file.mode)
    except OSError as error:
        raise InstallError(_sentence(error)) from None


def rollback(prefix: Path) -> None:
    """Back to the install before; a second rollback undoes the first. Raises InstallError."""
    if not (prefix / PREVIOUS).is_dir():
        raise InstallError(f"{prefix / PREVIOUS}: there is no earlier install to go back to")
    try:
        _keep(prefix, NEXT)
        for path in (UNIT, RULES):
            (prefix / path).unlink(missing_ok=True)
        shutil.rmtree(prefix / ETC, ignore_errors=True)
        _copy(prefix / PREVIOUS, prefix)
        shutil.rmtree(prefix / PREVIOUS)
        (prefix / NEXT).rename(prefix / PREVIOUS)
    except OSError as error:
        raise InstallError(_sentence(error)) from None


def _keep(prefix: Path, folder: Path) -> None:
    kept = prefix / folder
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True, mode=0o700)
    for path in (UNIT, RULES, *(p.relative_to(prefix) for p in (prefix / ETC).rglob("*"))):
        source, target = prefix / path, kept / path
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, source.read_bytes(), source.stat().st_mode & 0o777)


def _copy(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            mode = path.stat().st_mode & 0o777
            _write(target / path.relative_to(source), path.read_bytes(), mode)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never with wider rights than it shall have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent.name == SECRETS.name:
        path.parent.chmod(0o700)
    half = path.with_name(f".{path.name}.new")
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.chmod(mode)
    half.replace(path)


def _sentence(error: OSError) -> str:
    hint = ": run it as root (sudo)" if isinstance(error, PermissionError) else ""
    return f"{error.filename}: cannot be written: {error.strerror or error}{hint}"
