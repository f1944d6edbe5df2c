# SPDX-License-Identifier: Apache-2.0
"""Keeps a running site to its register: robots added, retired, revoked; credentials exchanged.

What must hold: a change of the register's file is taken up within seconds and without a restart;
what cannot be used is said once and changes nothing. Files are written beside the loop.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from dispatcher.config import Config, to_site_spec
from dispatcher.core.events import RobotRevoked, SiteConfigured
from dispatcher.core.site import RobotEntry, SiteSpec
from dispatcher.provisioning.files import ProvisioningError
from dispatcher.service.roll import Roll, RollError
from dispatcher.service.site import SiteRunner, request_id

BY_REGISTER = "the register"


class Registers(Protocol):
    """The link to the robots, as far as it is told who may talk."""

    def register(self, robots: Sequence[RobotEntry]) -> None:
        """Others are registered now."""


class RollKeeper:
    """Of one site."""

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

    def logged_in(self, username: str) -> None:
        """The broker says that somebody came in: perhaps with new credentials."""
        fleet = self._roll.fleet
        if fleet is not None and username in self._roll.awaited:
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
