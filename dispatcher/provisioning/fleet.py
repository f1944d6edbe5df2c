# SPDX-License-Identifier: Apache-2.0
"""Robots added, their credentials exchanged, taken back: the register and the broker together.

What must hold: the register is written first, the broker's files are made from it and can be made
again; after each call a running broker goes by the new state. A robot that is revoked has no key
and no login any more. While credentials are exchanged both are good, for logins and for digests.
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from dispatcher.core.site import RobotEntry
from dispatcher.provisioning.broker import BrokerFolder, Told, new_login
from dispatcher.provisioning.bundle import Bundle
from dispatcher.provisioning.files import ProvisioningError
from dispatcher.provisioning.registry import (
    ROBOTS_MAX,
    Login,
    RegisteredRobot,
    Registry,
    locked,
    read_registry,
    write_registry,
)

KEY_BYTES: Final = 32


class SiteFacts(NamedTuple):
    """What a bundle says of the site; `broker_url` and `interface` where the broker is not ours."""

    site: str
    interface: str
    broker_url: str
    campus: dict[str, Any] | None


class Fleet:
    """The robots of one site. Without a `broker` folder only keys are made: the logins are somebody
    else's then."""

    def __init__(self, registry: Path, broker: BrokerFolder | None) -> None:
        self.path, self.broker = registry, broker

    def read(self) -> Registry:
        """The register as it is. Raises ProvisioningError."""
        return read_registry(self.path)

    def add(
        self, entry: RobotEntry, site: SiteFacts, now_ms: int, keep: Callable[[Bundle], None]
    ) -> Told:
        """Register a robot and `keep` its bundle before the register is written. Raises
        ProvisioningError, for a robot that is there already, too."""
        with locked(self.path):
            registry = self.read()
            before = registry.robots.get(entry.id)
            if before is not None and not before.revoked_ms:
                raise ProvisioningError(f"{entry.id} is registered already: rotate or retire it")
            if before is None and len(registry.robots) >= ROBOTS_MAX:
                raise ProvisioningError(f"{self.path}: {ROBOTS_MAX} robots are registered")
            number = (before.entry.bundle if before else 0) + 1
            robot = RegisteredRobot(msgspec.structs.replace(entry, bundle=number), made_ms=now_ms)
            return self._supply(registry, robot, site, now_ms, keep)

    def rotate(
        self,
        robot_id: str,
        site: SiteFacts,
        now_ms: int,
        until_ms: int,
        keep: Callable[[Bundle], None],
    ) -> Told:
        """New credentials; the old ones end when the new ones are seen, or at `until_ms`. Raises
        ProvisioningError."""
        with locked(self.path):
            registry = self.read()
            robot = self._known(registry, robot_id)
            if len(robot.logins) > 1 or len(robot.keys) > 1:
                text = f"{robot_id}: an exchange is open: end it first, with `robot rotate --done`"
                raise ProvisioningError(text)
            entry = msgspec.structs.replace(robot.entry, bundle=robot.entry.bundle + 1)
            robot = msgspec.structs.replace(robot, entry=entry, old_until_ms=until_ms)
            return self._supply(registry, robot, site, now_ms, keep)

    def end_exchange(self, robot_id: str) -> Told:
        """The old credentials are good no more. Raises ProvisioningError."""
        with locked(self.path):
            registry = self.read()
            robot = self._known(registry, robot_id)
            if not robot.old_until_ms:
                raise ProvisioningError(f"{robot_id}: no exchange of credentials is open")
            return self._write(registry.with_robot(_with_newest_only(robot)))

    def seen(self, username: str) -> str:
        """Somebody has logged in: the robot whose exchange this ended, or nothing."""
        with locked(self.path):
            registry = self.read()
            for robot_id, robot in registry.robots.items():
                if robot.old_until_ms and robot.logins and robot.logins[0].username == username:
                    self._write(registry.with_robot(_with_newest_only(robot)))
                    return robot_id
        return ""

    def end_overdue(self, now_ms: int) -> tuple[str, ...]:
        """End the exchanges whose time is over: the robots' ids."""
        late = _overdue(self.read(), now_ms)
        if not late:
            return ()
        with locked(self.path):
            registry = self.read()
            late = _overdue(registry, now_ms)
            for robot_id in late:
                registry = registry.with_robot(_with_newest_only(registry.robots[robot_id]))
            self._write(registry)
        return late

    def revoke(self, robot_id: str, now_ms: int) -> Told:
        """Lost or stolen: no key and no login of it is good any more. May be repeated: the broker's
        files are made again and it is told again. Raises ProvisioningError."""
        with locked(self.path):
            registry = self.read()
            robot = registry.robots.get(robot_id)
            if robot is None:
                raise ProvisioningError(f"{self.path}: no robot {robot_id}")
            if robot.revoked_ms:
                return self._apply(registry)
            gone = msgspec.structs.replace(
                robot, keys=(), logins=(), old_until_ms=0, revoked_ms=now_ms
            )
            return self._write(registry.with_robot(gone))

    def mend(self) -> Told | None:
        """Make the broker's files from the register where they say something else, as after a
        change that was cut short; None: nothing was to be done. Raises ProvisioningError."""
        with locked(self.path):
            registry = self.read()
            if self.broker is None or self.broker.follows(registry):
                return None
            return self._apply(registry)

    def retire(self, robot_id: str) -> Told:
        """Take a robot off the register. Raises ProvisioningError."""
        with locked(self.path):
            registry = self.read()
            if robot_id not in registry.robots:
                raise ProvisioningError(f"{self.path}: no robot {robot_id}")
            return self._write(registry.without_robot(robot_id))

    def _supply(
        self,
        registry: Registry,
        robot: RegisteredRobot,
        site: SiteFacts,
        now_ms: int,
        keep: Callable[[Bundle], None],
    ) -> Told:
        """Credentials before those that it has; their only copy goes to `keep`."""
        entry, keys = robot.entry, (secrets.token_hex(KEY_BYTES), *robot.keys)
        username, password, cert_pem, key_pem = "", "", "", ""
        logins: tuple[Login, ...] = robot.logins
        interface = self.broker.about.interface if self.broker else site.interface
        if self.broker is not None:
            username = f"{entry.id}~{entry.bundle}"
            (login, issued), password = new_login(username, self.broker.authority())
            cert_pem, key_pem = issued.cert_pem, issued.key_pem
            logins = (login, *logins)
        keep(
            Bundle(
                robot=entry.id,
                broker=self.broker.url if self.broker else site.broker_url,
                interface=entry.interface or interface,
                site=site.site,
                ca_pem=self.broker.ca_pem if self.broker else "",
                cert_pem=cert_pem,
                key_pem=key_pem,
                username=username,
                password=password,
                robot_keys=keys,
                map=site.campus,
                made_ms=now_ms,
                compartments=entry.compartments,
            )
        )
        supplied = msgspec.structs.replace(robot, keys=keys, logins=logins)
        return self._write(registry.with_robot(supplied))

    def _known(self, registry: Registry, robot_id: str) -> RegisteredRobot:
        robot = registry.robots.get(robot_id)
        if robot is None:
            raise ProvisioningError(f"{self.path}: no robot {robot_id}")
        if robot.revoked_ms:
            raise ProvisioningError(f"{robot_id} is revoked: `robot add` makes it a new bundle")
        return robot

    def _write(self, registry: Registry) -> Told:
        write_registry(self.path, registry)
        return self._apply(registry)

    def _apply(self, registry: Registry) -> Told:
        if self.broker is None:
            return "elsewhere"
        self.broker.write_logins(registry)
        return self.broker.tell()


def _with_newest_only(robot: RegisteredRobot) -> RegisteredRobot:
    return msgspec.structs.replace(
        robot, keys=robot.keys[:1], logins=robot.logins[:1], old_until_ms=0
    )


def _overdue(registry: Registry, now_ms: int) -> tuple[str, ...]:
    return tuple(
        robot_id for robot_id, robot in registry.robots.items() if 0 < robot.old_until_ms <= now_ms
    )
