# SPDX-License-Identifier: Apache-2.0
"""When a board that is not there is a fault of the robot's.

What must hold: what breaks while the robot is under way is told at once, so that its core holds it
and only its core sends it on; at a start a board has a second, for it may be starting too.
"""

from robot_agent.board.session import NO_ANSWER, BoardSession
from robot_agent.board.teller import Teller

GRACE_MS = 1_000


class LinkFault:
    """`part` is the board's name in the state; `device` is where it should be."""

    def __init__(self, part: str, device: str, session: BoardSession, teller: Teller) -> None:
        self._part = part
        self._device = device
        self._session = session
        self._teller = teller
        self._since_ms: int | None = None

    def look(self, is_heard: bool, now_ms: int, *, at_once: bool = False) -> bool:
        """Tells what is new; whether it is told that something is wrong. `is_heard`: it has
        reported in this session. `at_once`: a fault is no matter of a second."""
        if self._session.is_open and is_heard:
            self._since_ms = None
            self._teller.fault(self._part, "")
            return False
        if self._since_ms is None:
            self._since_ms = now_ms
        trouble = self._session.trouble or NO_ANSWER
        patient = trouble == NO_ANSWER and not at_once
        if patient and now_ms - self._since_ms < GRACE_MS:
            return self._teller.is_faulty(self._part)
        self._teller.fault(self._part, f"{self._device}: {trouble}")
        return True
