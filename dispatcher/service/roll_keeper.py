# SPDX-License-Identifier: Apache-2.0
"""Keeps a running site to its register: robots added, retired, revoked; credentials exchanged.

What must hold: a change of the register's file is taken up within seconds and without a restart;
what cannot be used is said once and changes nothing. Files are written beside the loop.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from dispatcher.config import Config, to_site_spec
from dispatcher.core.events import RobotHeld, RobotRevoked, SiteConfigured
from dispatcher.core.site import RobotEntry, SiteSpec
from dispatcher.provisioning.broker import LOG_TOPICS
from dispatcher.provisioning.files import ProvisioningError
from dispatcher.service.roll import Roll, RollError
from dispatcher.service.site import SiteRunner, request_id

BY_REGISTER: Final = "the register"
TAKEOVERS_MAX: Final = 3
TAKEOVERS_WITHIN_S: Final = 300
"""A robot whose radio is bad reconnects as well, but not so often."""


class Registers(Protocol):
    """The link to the robots, as far as it is told who may talk."""

    def register(self, robots: Sequence[RobotEntry]) -> None:
        """Others are registered now."""


class RollKeeper:
    """Of one site. It hears of logins, too."""

    topics: tuple[str, ...] = LOG_TOPICS

    def __init__(
        self,
        config: Config,
        roll: Roll,
        epoch: int,
        runner: SiteRunner,
        log: Callable[[str], None],
    ) -> None:
        self._config, self._roll, self._epoch = config, roll, epoch
        self._runner, self._log = runner, log
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Future[None]] = set()
        self._takeovers: dict[str, deque[float]] = {}

    def spec(self) -> SiteSpec:
        """What the core is told. A revoked robot stands in it until the core has heard why."""
        robots = (*self._roll.entries, *self._roll.revoked_in(self._runner.dispatcher.state))
        return to_site_spec(self._config, self._epoch, robots)

    def tell_revoked(self) -> None:
        """Tell the core of robots that were revoked while it did not look."""
        for entry in self._roll.revoked_in(self._runner.dispatcher.state):
            self._runner.offer(RobotRevoked(request_id(), entry.id, BY_REGISTER))

    def look(self, link: Registers) -> None:
        """Take up the register where it has changed."""
        if not self._roll.is_stale:
            return
        try:
            self._roll.read()
        except RollError as error:
            self._log(f"{error}; the robots stay as they were")
            return
        link.register(self._roll.entries)
        self._log(f"the register has changed: {len(self._roll.entries)} robots")
        self.tell_revoked()
        self._runner.offer(SiteConfigured(self.spec()))

    def taken_over(self, username: str) -> None:
        """A second session under one login has ended the first: a robot that was cut off and came
        back, or a copy of its card. Two that exist go on taking it from each other."""
        robot, _, _ = username.partition("~")
        if robot not in self._roll.keys:
            return
        self._log(f"robot {robot}: its login came a second time: it was cut off, or there are two")
        times = self._takeovers.setdefault(robot, deque(maxlen=TAKEOVERS_MAX))
        times.append(time.monotonic())
        if len(times) == TAKEOVERS_MAX and times[-1] - times[0] <= TAKEOVERS_WITHIN_S:
            times.clear()
            self._runner.offer(RobotHeld(request_id(), robot, "the broker: two use its login"))

    def logged_in(self, username: str) -> None:
        """The broker says that somebody came in: perhaps with new credentials."""
        fleet = self._roll.fleet
        # A robot may be quicker than our next look at the register.
        if fleet is not None and (username in self._roll.awaited or self._roll.is_stale):
            self._beside(fleet.seen, username)

    def end_overdue(self) -> None:
        """Old credentials end with their time."""
        if self._roll.fleet is not None:
            self._beside(self._roll.end_overdue)

    def _beside(self, work: Callable[..., object], *values: str) -> None:
        """In a thread; the change is seen by the next `look`."""
        task = asyncio.ensure_future(self._run(work, *values))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Callable[..., object], *values: str) -> None:
        try:
            done = await self._loop.run_in_executor(None, work, *values)
        except ProvisioningError as error:
            self._log(str(error))
            return
        if done:
            self._log(f"exchange of credentials ended: {done}")
