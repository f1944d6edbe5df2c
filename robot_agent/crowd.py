# SPDX-License-Identifier: Apache-2.0
"""The emulated recipients: who comes to a handover, when, and with which code.

A person types only what reached their phone: a line of the codes file, which whoever notifies
recipients appends to while this runs. What must hold: nobody invents a code.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from robot_agent.core.events import PersonCame, PersonWanted
from robot_agent.emulation.people import PeopleParams, visit
from robot_agent.service.clock import SiteClock
from robot_agent.service.notices import say_once

MAX_CODES = 500_000
MAX_READ_BYTES = 1 << 24
RETRY_SITE_MS = 20_000
MAX_TRIES = 30


class CodeLine(msgspec.Struct, frozen=True):
    """One message to a recipient's phone."""

    parcel: str
    version: int
    code: str


class CodeBook:
    """The codes file, read on from where it was left. Without a file nobody has a code."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._offset = 0
        self._codes: dict[tuple[str, int], str] = {}
        self._decoder = msgspec.json.Decoder(CodeLine)

    def code(self, parcel: str, version: int) -> str | None:
        """None if it has not come (yet)."""
        key = (parcel, version)
        if key not in self._codes and self.path is not None:
            self._read_on(self.path)
        return self._codes.get(key)

    def _read_on(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                file.seek(self._offset)
                new = file.read(MAX_READ_BYTES)
        except OSError:
            return
        whole, newline, _ = new.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        for line in whole.splitlines():
            try:
                read = self._decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                say_once(f"{path}: a line is left out: {error}")
                continue
            self._codes[read.parcel, read.version] = read.code
        while len(self._codes) > MAX_CODES:
            del self._codes[next(iter(self._codes))]


class Crowd:
    """Sends people to the handovers of one robot; `send` gives the robot its event."""

    def __init__(
        self,
        seed: int,
        params: PeopleParams,
        codes: CodeBook,
        clock: SiteClock,
        send: Callable[[PersonCame], None],
    ) -> None:
        self._seed = seed
        self._params = params
        self._codes = codes
        self._clock = clock
        self._send = send
        self._coming: dict[str, asyncio.TimerHandle] = {}

    def want(self, wanted: PersonWanted) -> None:
        """A handover opened: draws its person and lets them come in their time, if ever."""
        drawn = visit(self._seed, wanted.parcel, wanted.code_version, self._params)
        if drawn.come_after_ms is not None:
            self._later(wanted, drawn.come_after_ms, drawn.service_ms, MAX_TRIES)

    def forget(self, action_id: str) -> None:
        """The handover is closed: who still comes finds nobody."""
        timer = self._coming.pop(action_id, None)
        if timer is not None:
            timer.cancel()

    def _later(self, wanted: PersonWanted, after_ms: int, service_ms: int, tries: int) -> None:
        self._coming[wanted.action_id] = asyncio.get_running_loop().call_later(
            after_ms / 1000 / self._clock.speed, self._come, wanted, service_ms, tries
        )

    def _come(self, wanted: PersonWanted, service_ms: int, tries: int) -> None:
        del self._coming[wanted.action_id]
        code = self._codes.code(wanted.parcel, wanted.code_version)
        if code is None and wanted.needs_code and tries > 1:
            # Stands at the robot, looking at the phone for a message that has not come yet.
            self._later(wanted, RETRY_SITE_MS, service_ms, tries - 1)
            return
        self._send(PersonCame(wanted.action_id, code, service_ms))
