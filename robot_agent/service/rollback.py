# SPDX-License-Identifier: Apache-2.0
"""Installs, and takes an install back: the program and the settings that were there before.

What must hold: no network is needed to go back; secrets and the identity they belong to are never
taken back: the broker knows the old ones no more.
"""

import shutil
from pathlib import Path

from robot_agent.service.config import ConfigError, read_settings
from robot_agent.service.installing import (
    HANDED,
    IDENTITY,
    File,
    InstallError,
    Link,
    config_file,
    handed,
    secret_names,
    sentence,
    with_identity,
    write_all,
)
from robot_agent.service.places import COMMAND, CONFIG, MAP, NEXT, PREVIOUS, RULES, UNIT
from robot_agent.service.settings import Settings

KEPT = (UNIT, RULES, CONFIG, MAP, COMMAND)


def install(prefix: Path, wanted: list[File | Link]) -> None:
    """Keeps what is there and writes what is wanted. Raises InstallError."""
    try:
        if (prefix / UNIT).exists():
            _keep(prefix, PREVIOUS)
        write_all(prefix, wanted)
    except OSError as error:
        raise InstallError(sentence(error)) from None


def rollback(prefix: Path) -> None:
    """Back to the install before; a second rollback undoes the first. Raises InstallError."""
    if not (prefix / PREVIOUS).is_dir():
        raise InstallError(f"{prefix / PREVIOUS}: there is no earlier install to go back to")
    try:
        _keep(prefix, NEXT)
        write_all(prefix, _as_it_was(prefix))
        shutil.rmtree(prefix / PREVIOUS)
        (prefix / NEXT).rename(prefix / PREVIOUS)
    except OSError as error:
        raise InstallError(sentence(error)) from None


def _as_it_was(prefix: Path) -> list[File | Link]:
    now, before = _settings(prefix), _settings(prefix / PREVIOUS)
    moved = now is not None and before is not None and now.robot.site != before.robot.site
    wanted: list[File | Link] = []
    for one in _found(prefix / PREVIOUS):
        if one.path == MAP and moved:
            continue
        if one.path == CONFIG and now is not None and before is not None:
            one = one if _same_identity(now, before) else config_file(with_identity(before, now))
        elif one.path == UNIT and isinstance(one, File):
            one = File(UNIT, _with_secrets(one.content.decode(), secret_names(prefix)).encode())
        wanted.append(one)
    return wanted


def _settings(root: Path) -> Settings | None:
    try:
        return read_settings(root / CONFIG, {}, {})
    except ConfigError:
        return None


def _same_identity(one: Settings, other: Settings) -> bool:
    return all(
        getattr(getattr(one, table), key) == getattr(getattr(other, table), key)
        for table, keys in IDENTITY.items()
        for key in keys
    )


def _with_secrets(unit: str, names: list[str]) -> str:
    """Hands over what is in the secrets folder now."""
    lines = unit.splitlines()
    at = next((i for i, line in enumerate(lines) if line.startswith(HANDED)), len(lines))
    rest = [line for line in lines if not line.startswith(HANDED)]
    return "\n".join((*rest[:at], *handed(names), *rest[at:])) + "\n"


def _keep(prefix: Path, folder: Path) -> None:
    kept = prefix / folder
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True, mode=0o700)
    write_all(kept, _found(prefix))


def _found(root: Path) -> list[File | Link]:
    found: list[File | Link] = []
    for path in KEPT:
        source = root / path
        if source.is_symlink():
            found.append(Link(path, str(source.readlink())))
        elif source.is_file() and path != COMMAND:
            found.append(File(path, source.read_bytes(), source.stat().st_mode & 0o777))
    return found
