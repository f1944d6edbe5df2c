# SPDX-License-Identifier: Apache-2.0
"""Two that log in under one name throw each other out: when to leave the field to the other.

What must hold: a single incident costs nothing; who was thrown out twice within a minute stays
away, longer each time: neither broker nor dispatcher sees a robot come and go for ever.
"""

WITHIN_S = 60.0
FIRST_PAUSE_S = 30.0
LAST_PAUSE_S = 960.0
FORGOTTEN_AFTER_S = 1_800.0


class Contest:
    """Counts by a monotonic clock, in s. `pause_s`: how long to stay away; 0: not at all."""

    def __init__(self) -> None:
        self.pause_s = 0.0
        self._last_s: float | None = None

    def taken(self, now_s: float) -> None:
        """Another has logged in under the name, since the last login of one's own."""
        before_s, self._last_s = self._last_s, now_s
        since_s = FORGOTTEN_AFTER_S if before_s is None else now_s - before_s
        if self.pause_s and since_s < self.pause_s + FORGOTTEN_AFTER_S:
            self.pause_s = min(2 * self.pause_s, LAST_PAUSE_S)
        else:
            self.pause_s = FIRST_PAUSE_S if since_s <= WITHIN_S else 0.0
