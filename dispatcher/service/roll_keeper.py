# SPDX-License-Identifier: Apache-2.0
"""Keeps a running site to its register: robots added, retired, revoked; credentials exchanged.

What must hold: a change of the register's file is taken up within seconds and without a restart;
what cannot be used is said once and changes nothing. Files are written beside the loop.
"""

import asyncio
import time
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
ALTERNATING_WITHIN_S: Final = 300
MANY: Final = 4
MANY_WITHIN_S: Final = 120
"""A robot whose radio is bad, or that roams, takes its own session over as well: not so often, and
it does not come back to an address every time."""


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
        self._takeovers: dict[str, list[tuple[float, str]]] = {}

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

    def taken_over(self, username: str, address: str) -> None:
        """A second session under one login, from this address, has ended the first: a robot that
        was cut off and came back, or a copy of its card. Two that exist go on taking it from each
        other."""
        robot, _, _ = username.partition("~")
        if robot not in self._roll.keys:
            return
        text = f"its login came a second time, from {address}: it was cut off, or there are two"
        self._log(f"robot {robot}: {text}")
        seen = [*self._takeovers.get(robot, ()), (time.monotonic(), address)][-MANY:]
        two = _two_are_there(seen)
        self._takeovers[robot] = [] if two else seen
        if two:
            self._runner.offer(RobotHeld(request_id(), robot, f"the broker: {two}"))

    def logged_in(self, username: str) -> None:
        """The broker says that somebody came in: perhaps with new credentials."""
        fleet = self._roll.fleet
        # A robot may be quicker than our next look at the register.
        if fleet is not None and (username in self._roll.awaited or self._roll.is_stale):
            self._beside(fleet.seen, username)

    def mend_broker(self) -> None:
        """After a change that was cut short the broker's files are made from the register."""
        if self._roll.fleet is not None:
            self._beside(self._roll.fleet.mend, what="the broker's files did not fit the register")

    def end_overdue(self) -> None:
        """Old credentials end with their time."""
        if self._roll.fleet is not None:
            self._beside(self._roll.end_overdue)

    def _beside(
        self,
        work: Callable[..., object],
        *values: str,
        what: str = "exchange of credentials ended",
    ) -> None:
        """In a thread; the change is seen by the next `look`."""
        task = asyncio.ensure_future(self._run(work, values, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Callable[..., object], values: tuple[str, ...], what: str) -> None:
        try:
            done = await self._loop.run_in_executor(None, work, *values)
        except ProvisioningError as error:
            self._log(str(error))
            return
        if done:
            self._log(f"{what}: {done}")


def _two_are_there(seen: list[tuple[float, str]]) -> str:
    """What tells two robots from one that was cut off, in what was seen of takeovers (when, from
    where); empty: nothing does."""
    last_s, last = seen[-1]
    if len(seen) >= 3:
        (first_s, first), (_, between) = seen[-3], seen[-2]
        if first == last != between and last_s - first_s <= ALTERNATING_WITHIN_S:
            return f"two use its login in turns, at {between} and at {last}"
    if len(seen) == MANY and last_s - seen[0][0] <= MANY_WITHIN_S:
        return f"its login was taken over {MANY} times within {MANY_WITHIN_S} s, last from {last}"
    return ""
