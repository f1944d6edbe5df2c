# SPDX-License-Identifier: Apache-2.0
"""What somebody typed at the locker, to the robot's core and back.

What must hold: an entry is told once, however often the board repeats it, and no digit of it is
kept; the board hears `accepted` only where the core has opened a door for it or ended a handover.
The core's word comes by what it does: within a second, or the entry was wrong.
"""

from robot_agent.board.locker_messages import KeypadEntry, KeypadResult
from robot_agent.board.session import BoardSession, nothing
from robot_agent.board.teller import Teller
from robot_agent.board.words import EndKey
from robot_agent.core.events import CodeEntered

ANSWER_WITHIN_MS = 1_000


class Keypad:
    """One entry at a time: the board takes no other before it is answered."""

    def __init__(self, session: BoardSession, teller: Teller) -> None:
        self._session = session
        self._teller = teller
        self._last: int | None = None
        self._open: tuple[int, int, bool] | None = None
        """Entry, when it is wrong, and whether it was to refuse."""

    def heard(self, entry: KeypadEntry, now_ms: int) -> None:
        """Told to the core, the first time."""
        if entry.entry == self._last:
            return
        self._last = entry.entry
        refuses = entry.end_key == EndKey.REFUSE
        self._open = (entry.entry, now_ms + ANSWER_WITHIN_MS, refuses)
        self._teller.tell(CodeEntered(entry.digits, refuses))

    def was_right(self, now_ms: int, *, refuses: bool) -> None:
        """A door opens for somebody, or somebody has refused what is theirs."""
        if self._open is not None and self._open[2] == refuses:
            self._answer(1, now_ms)

    def was_wrong(self, now_ms: int) -> None:
        """The core says so."""
        self._answer(0, now_ms)

    def step(self, now_ms: int) -> None:
        """Nothing came of it in time."""
        if self._open is not None and now_ms >= self._open[1]:
            self._answer(0, now_ms)

    def _answer(self, accepted: int, now_ms: int) -> None:
        if self._open is None:
            return
        entry, self._open = self._open[0], None
        self._session.command(KeypadResult(entry, accepted), nothing, now_ms)
