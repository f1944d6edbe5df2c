# SPDX-License-Identifier: Apache-2.0
"""The register of robots: one JSON file with what a robot is, its keys and its logins.

What must hold: it is written by one process at a time, whole or not at all, mode 0600; it holds no
password and no private key, only what proves them. A robot's newest key and login come first; there
are older ones only while they are being exchanged. The file is a format: fields may be added with a
default, never changed or removed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec

from dispatcher.core.site import RobotEntry
from dispatcher.provisioning.files import ProvisioningError, read_secret, write_secret

FORMAT: Final = 1
ROBOTS_MAX: Final = 5_000
_FILE_BYTES_MAX: Final = 50_000_000

Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{2}){16,128}\Z")]


class Login(msgspec.Struct, frozen=True):
    """One login at the broker: the name, what proves the password (as the broker wants it), and the
    certificate that goes with it (serial number in hex; empty: none)."""

    username: str
    verifier: str
    serial: str = ""
    expires_ms: int = 0


class RegisteredRobot(msgspec.Struct, frozen=True):
    """One robot. `entry.bundle` counts its bundles. While keys are exchanged `old_until_ms` says
    when the old ones end at the latest (UTC). `revoked_ms`: nothing of it is good any more."""

    entry: RobotEntry
    keys: tuple[Hex, ...] = ()
    logins: tuple[Login, ...] = ()
    made_ms: int = 0
    old_until_ms: int = 0
    revoked_ms: int = 0


class Registry(msgspec.Struct, frozen=True):
    """All robots by id, and the certificates that are void."""

    format: int = FORMAT
    robots: dict[str, RegisteredRobot] = {}
    void_serials: tuple[str, ...] = ()

    def with_robot(self, robot: RegisteredRobot) -> "Registry":
        """The same with one robot added or replaced; certificates it has no more are void."""
        before = self.robots.get(robot.entry.id)
        robots = {**self.robots, robot.entry.id: robot}
        return self._voiding(before, {login.serial for login in robot.logins}, robots)

    def without_robot(self, robot_id: str) -> "Registry":
        """The same without one robot; its certificates are void."""
        robots = {name: robot for name, robot in self.robots.items() if name != robot_id}
        return self._voiding(self.robots.get(robot_id), set(), robots)

    def _voiding(
        self,
        before: RegisteredRobot | None,
        kept: set[str],
        robots: dict[str, RegisteredRobot],
    ) -> "Registry":
        had = [login.serial for login in before.logins] if before else []
        gone = [serial for serial in had if serial and serial not in kept]
        return msgspec.structs.replace(
            self,
            robots=dict(sorted(robots.items())),
            void_serials=(*self.void_serials, *gone),
        )


_decoder = msgspec.json.Decoder(Registry)


def read_registry(path: Path) -> Registry:
    """What the file says; an empty register where there is no file. Raises ProvisioningError."""
    if not path.exists():
        return Registry()
    raw = read_secret(path)
    try:
        registry = _decoder.decode(raw[:_FILE_BYTES_MAX])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProvisioningError(f"{path}: no register of robots: {error}") from error
    if registry.format != FORMAT:
        text = f"{path}: is of format {registry.format}, this software reads {FORMAT}"
        raise ProvisioningError(text)
    for name, robot in registry.robots.items():
        if robot.entry.id != name:
            raise ProvisioningError(f"{path}: {name} is called {robot.entry.id} in its entry")
    return registry


def write_registry(path: Path, registry: Registry) -> None:
    """Raises ProvisioningError."""
    write_secret(path, msgspec.json.format(msgspec.json.encode(registry), indent=1) + b"\n")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else changes the register meanwhile. Raises ProvisioningError."""
    beside = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ProvisioningError(f"{beside}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
