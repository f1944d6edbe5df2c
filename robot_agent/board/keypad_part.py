# SPDX-License-Identifier: Apache-2.0
"""What somebody typed at the locker, to the robot's core and back.

What must hold: an entry is told once, however often the board repeats it and though the agent is
started anew meanwhile, and no digit of it is kept; the board hears what the core judged of this
very entry, and nothing where the core said nothing: then it counts it as wrong by itself.
"""

from pathlib import Path

import msgspec

from robot_agent.board.kept_file import KeptFile
from robot_agent.board.link_messages import Hello
from robot_agent.board.locker_messages import KeypadEntry, KeypadResult
from robot_agent.board.session import BoardSession, nothing
from robot_agent.board.teller import Teller
from robot_agent.board.words import EndKey
from robot_agent.core.events import CodeEntered, CodeJudged
from robot_agent.service.notices import say_now_and_then

REPEATED_FOR_MS = 6_000
"""The board repeats an entry for 5 s: the same number later is that of another one, from a board
whose memory was lost."""


class KeptEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last that was told, at `at_ms`, of the board `unique_id` in its start `boot_count`."""

    unique_id: str
    boot_count: int
    entry: int
    at_ms: int


class Keypad:
    """One entry at a time: the board takes no other before it is answered."""

    def __init__(self, file: Path, session: BoardSession, teller: Teller) -> None:
        self._file = KeptFile(file, KeptEntry)
        self._session = session
        self._teller = teller
        self._board: tuple[str, int] = ("", 0)
        self._resets = 0
        self._waiting: int | None = None
        """The entry that is not judged yet."""
        self._last: KeptEntry | None = None
        try:
            self._last = self._file.read()
        except ValueError as error:
            say_now_and_then(str(error))

    def opened(self, hello: Hello) -> None:
        """Whose entries come now, and since which start."""
        self._board = (hello.unique_id.hex(), hello.boot_count)
        resets = self._session.counts.resets
        if resets != self._resets:
            # What it repeated before is forgotten there too, and it may count from 1 again.
            self._resets, self._last = resets, None

    def heard(self, entry: KeypadEntry, now_ms: int) -> None:
        """Told to the core, the first time."""
        this = KeptEntry(*self._board, entry.entry, now_ms)
        if self._last is not None and _is_repeated(self._last, this):
            return
        self._last, self._waiting = this, entry.entry
        try:
            # First: one that is not told can be typed again, one told twice may count twice.
            self._file.write(this)
        except ValueError as error:
            say_now_and_then(str(error))
        refuses = entry.end_key == EndKey.REFUSE
        self._teller.tell(CodeEntered(entry.digits, refuses, entry.entry))

    def judged(self, what: CodeJudged, now_ms: int) -> None:
        """What the core makes of it."""
        if what.entry == self._waiting:
            self._waiting = None
            self._session.command(KeypadResult(what.entry, int(what.accepted)), nothing, now_ms)


def _is_repeated(before: KeptEntry, now: KeptEntry) -> bool:
    is_same = msgspec.structs.replace(before, at_ms=now.at_ms) == now
    return is_same and 0 <= now.at_ms - before.at_ms < REPEATED_FOR_MS
