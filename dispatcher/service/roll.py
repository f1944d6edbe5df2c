# SPDX-License-Identifier: Apache-2.0
"""Who is registered here, and under which keys: the robots of the site file and those of the
register, which may change while the daemon runs.

What must hold: each robot stands in one of the two, and has a key; a change that cannot be used
leaves everything as it was. A robot that was revoked has no key.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from dispatcher.config import Config, entry_of
from dispatcher.core.site import RobotEntry
from dispatcher.core.state import State
from dispatcher.provisioning.broker import BrokerFolder
from dispatcher.provisioning.files import ProvisioningError
from dispatcher.provisioning.fleet import Fleet
from dispatcher.provisioning.registry import Registry
from dispatcher.service.robot_keys import KeysError, read_keys


class RollError(ValueError):
    """The robots cannot be taken up: one sentence, no key in it."""


class Roll:
    """`keys` are each robot's, the newest first; the mapping stays the same object when it changes.
    `awaited` are the new logins whose first use ends an exchange of credentials."""

    def __init__(self, config: Config) -> None:
        """Raises RollError."""
        self.keys: dict[str, tuple[bytes, ...]] = {}
        self.entries: tuple[RobotEntry, ...] = ()
        self.awaited: frozenset[str] = frozenset()
        self.fleet: Fleet | None = None
        self._own = tuple(map(entry_of, config.robots))
        self._revoked: dict[str, RobotEntry] = {}
        self._mark = (0, 0)
        try:
            table = read_keys(Path(config.keys.file)) if config.keys.file else {}
            if config.fleet.registry:
                folder = config.fleet.broker
                broker = BrokerFolder.open(Path(folder)) if folder else None
                self.fleet = Fleet(Path(config.fleet.registry), broker)
        except (KeysError, ProvisioningError) as error:
            raise RollError(str(error)) from error
        for entry in self._own:
            if entry.id not in table:
                where = config.keys.file or "[keys] file is not given"
                raise RollError(f"{where}: no key for robot {entry.id}, so it cannot be sent")
        self._own_keys = {entry.id: (table[entry.id],) for entry in self._own}
        self.read()

    @property
    def is_stale(self) -> bool:
        """Whether the register's file is another one than was read."""
        return self.fleet is not None and _mark_of(self.fleet.path) != self._mark

    def read(self) -> None:
        """Take the register up. Raises RollError; then all stays as it was, and it is not stale."""
        registry = Registry()
        if self.fleet is not None:
            self._mark = _mark_of(self.fleet.path)
            try:
                registry = self.fleet.read()
            except ProvisioningError as error:
                raise RollError(str(error)) from error
            for name in self._own_keys:
                if name in registry.robots:
                    text = f"robot {name} is in the site file already: take it out of one of them"
                    raise RollError(f"{self.fleet.path}: {text}")
        good = {name: one for name, one in registry.robots.items() if not one.revoked_ms}
        self.entries = (*self._own, *(robot.entry for robot in good.values()))
        self._revoked = {
            name: robot.entry for name, robot in registry.robots.items() if name not in good
        }
        self.awaited = frozenset(
            robot.logins[0].username
            for robot in good.values()
            if robot.old_until_ms and robot.logins
        )
        added = {name: tuple(map(bytes.fromhex, robot.keys)) for name, robot in good.items()}
        self.keys.clear()
        self.keys.update(self._own_keys | added)

    def revoked_in(self, state: State) -> tuple[RobotEntry, ...]:
        """Robots that were revoked, of which the core does not know it yet."""
        robots: Mapping[str, object] = self._revoked
        return tuple(
            self._revoked[robot.id]
            for robot in state.robots.values()
            if robot.registered and robot.id in robots
        )

    def end_overdue(self) -> tuple[str, ...]:
        """End exchanges of credentials that took too long: the robots' ids. Reads and writes
        files. Raises ProvisioningError."""
        return self.fleet.end_overdue(time.time_ns() // 1_000_000) if self.fleet else ()


def _mark_of(path: Path) -> tuple[int, int]:
    """Each change replaces the file, so another file is another content."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)
