# SPDX-License-Identifier: Apache-2.0
"""One door that is to be opened, until somebody has opened it or it is to be locked again.

What must hold: the board itself locks a door that nobody opens, soon, for the agent may be gone;
while the agent is there the door is unlocked again for as long as its core wants it so. Where it
may have been unlocked while nobody saw it, somebody may have been served: it is not asked again.
"""

from robot_agent.board.locker_messages import Unlock
from robot_agent.board.session import BoardSession
from robot_agent.board.words import DoorState, Result

PERSON_HOLD_MS = 8_000
STAFF_HOLD_MS = 30_000
ASK_EACH_MS = 200
SETTLED_MS = 500
FAILS_AFTER_MS = 10_000
"""The robot may be about to stand, a coil may have to rest: after that long it is not that."""


class DoorOrder:
    """`is_for_staff`: at a dock, where a door stays unlocked for longer."""

    def __init__(
        self, door: int, session: BoardSession, now_ms: int, *, is_for_staff: bool
    ) -> None:
        self._door = door
        self._session = session
        self._hold_ms = STAFF_HOLD_MS if is_for_staff else PERSON_HOLD_MS
        self._asked_ms: int | None = None
        self._is_asking = False
        self._since_ms = now_ms
        self.has_failed = False
        self.may_be_unlocked = False
        """The board was asked, and has not said no."""

    def look(self, state: int, now_ms: int) -> bool:
        """Asks for what is missing; whether it is over."""
        if state == DoorState.OPEN:
            return True
        if state in (DoorState.UNLOCKING, DoorState.CLOSED_UNLOCKED):
            self._since_ms = now_ms
            return False
        if now_ms - self._since_ms > FAILS_AFTER_MS:
            # A forced door is told as such, and one that nobody knows.
            self.has_failed = state == DoorState.LOCKED
            return True
        if state == DoorState.JAMMED and self._asked_ms is not None:
            # A report may have been under way when it was asked for.
            return now_ms - self._asked_ms > SETTLED_MS
        is_due = self._asked_ms is None or now_ms - self._asked_ms >= ASK_EACH_MS
        if is_due and not self._is_asking:
            self._asked_ms, self._is_asking, self.may_be_unlocked = now_ms, True, True
            self._session.command(Unlock(self._door, self._hold_ms), self._answered, now_ms)
        return False

    def renew(self, now_ms: int) -> None:
        """The board was away, and could not be asked."""
        self._since_ms = now_ms

    def _answered(self, result: Result | None) -> None:
        """Refused for now (not standing, a coil rests, a forced door): asked again."""
        self._is_asking = False
        if result not in (Result.DONE, None):
            self.may_be_unlocked = False
