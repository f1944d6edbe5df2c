# SPDX-License-Identifier: Apache-2.0
"""When a board said something, by the agent's clock: a frame that waited in a buffer is old.

What must hold: never later than it came; a board's clock may wrap, and run 0.1 % slow or fast.
"""


class BoardClock:
    """Of one board between two of its starts. The frame that came soonest tells how far apart the
    clocks are; as they drift, that is believed a little less each second."""

    def __init__(self) -> None:
        self._board_ms: int | None = None
        self._ahead_us = 0

    def forget(self) -> None:
        """The board has started again."""
        self._board_ms = None

    def heard(self, t_ms: int, now_ms: int) -> int:
        """When it was said."""
        if self._board_ms is None:
            self._board_ms = t_ms
            self._ahead_us = (now_ms - t_ms) * 1_000
            return now_ms
        step_ms = (t_ms - self._board_ms) & 0xFFFF_FFFF
        if step_ms >= 1 << 31:
            step_ms -= 1 << 32
        self._board_ms += step_ms
        # 1 us a ms is 0.1 %.
        drifted_us = self._ahead_us + max(0, step_ms)
        self._ahead_us = min(drifted_us, (now_ms - self._board_ms) * 1_000)
        return min(now_ms, self._board_ms + self._ahead_us // 1_000)
