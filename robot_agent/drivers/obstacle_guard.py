# SPDX-License-Identifier: Apache-2.0
"""Refuses to move a drive base that nobody looks out for.

What must hold: without a fresh word of an obstacle source the speed is 0, except on the bench (then
below 0.3 m/s); with one it is never faster than it can stop in what the source says is free. This
is no safety system: the protective field and the e-stop act on the motors themselves.
"""

import math

FRESH_MS = 500
BENCH_MM_S = 300.0
CLEARANCE_MM = 300.0
"""It stands so far from what is in its way."""
REACTION_S = 0.35
"""0.25 s until the base stands by itself and 0.1 s to act."""


class ObstacleGuard:
    """`heard` is called by the obstacle source; `allowed_mm_s` before each drive command."""

    def __init__(
        self, deceleration_mm_s2: float, fresh_ms: int = FRESH_MS, bench: bool = False
    ) -> None:
        self._deceleration_mm_s2 = deceleration_mm_s2
        self._fresh_ms = fresh_ms
        self._bench = bench
        self._heard_ms: int | None = None
        self._free_mm: float | None = None

    def heard(self, now_ms: int, free_mm: float | None = None) -> None:
        """The source is well; `free_mm` is how far ahead nothing stands, None: nothing in sight."""
        self._heard_ms = now_ms
        self._free_mm = free_mm

    def allowed_mm_s(self, now_ms: int) -> float:
        """How fast it may drive now; 0: not at all."""
        if self._is_silent(now_ms):
            return BENCH_MM_S if self._bench else 0.0
        if self._free_mm is None:
            return math.inf
        # v·t + v²/2a = free, solved for v.
        brake, free_mm = self._deceleration_mm_s2, max(0.0, self._free_mm - CLEARANCE_MM)
        return brake * (math.sqrt(REACTION_S**2 + 2 * free_mm / brake) - REACTION_S)

    def reason(self, now_ms: int) -> str:
        """Why it may not move; empty: it may."""
        if self.allowed_mm_s(now_ms) > 0:
            return ""
        if self._heard_ms is None:
            return "no obstacle source has been heard"
        if self._is_silent(now_ms):
            return f"the obstacle source has been silent for more than {self._fresh_ms} ms"
        return "an obstacle is in the way"

    def _is_silent(self, now_ms: int) -> bool:
        return self._heard_ms is None or not 0 <= now_ms - self._heard_ms <= self._fresh_ms
