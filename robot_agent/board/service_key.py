# SPDX-License-Identifier: Apache-2.0
"""The service key as the drive board reads it.

What must hold: a turn counts when it has been read long enough without a gap; a board that was
reset, or whose pins nobody has read, says nothing of the key: its 0 is no key turned back.
"""

from robot_agent.board.words import DriveInputs

HELD_MS = 500
GAP_MS = 300
"""Reports come 20 times a second: what was farther apart was not seen to be held."""


class ServiceKey:
    """`is_on` None: not known, or not known any more."""

    def __init__(self) -> None:
        self.is_on: bool | None = None
        self._reads: bool | None = None
        self._since_ms = self._last_ms = 0

    @property
    def is_off(self) -> bool:
        """Whether nobody works on the robot, nor has just begun to."""
        return self.is_on is False and self._reads is False

    def forget(self) -> None:
        """A new session: the board may have been reset."""
        self.is_on = self._reads = None

    def heard(self, inputs: int, said_ms: int) -> None:
        """Of one report. `inputs` 0, the stop circuit broken and all else, are pins not read."""
        if not inputs:
            self._reads = None
            return
        reads = bool(inputs & DriveInputs.SERVICE_KEY)
        if reads != self._reads or said_ms - self._last_ms > GAP_MS:
            self._reads, self._since_ms = reads, said_ms
        self._last_ms = said_ms
        if said_ms - self._since_ms >= HELD_MS:
            self.is_on = reads
