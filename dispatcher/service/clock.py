# SPDX-License-Identifier: Apache-2.0
"""Site time: int ms of UTC, from the monotonic clock, `speed` times as fast as the wall clock.

What must hold: it never goes back, not over a restart either (it starts at the journal's last time
at the earliest), and a step of the wall clock never moves it: a step over 2 s is reported once.
"""

import time
from collections.abc import Callable
from typing import Final

from dispatcher.config import ClockSection

STEP_MS: Final = 2_000
"""A smaller difference between wall clock and monotonic clock is drift, not a step."""


class SiteClock:
    """The clock of one site. `held_back_ms`: by how much the wall clock lay behind the journal."""

    def __init__(
        self,
        config: ClockSection,
        not_before_ms: int = 0,
        wall_ms: Callable[[], float] = lambda: time.time_ns() / 1e6,
        monotonic_ms: Callable[[], float] = lambda: time.monotonic_ns() / 1e6,
    ) -> None:
        self.speed = config.speed
        self._wall_ms = wall_ms
        self._monotonic_ms = monotonic_ms
        self._start_monotonic_ms = monotonic_ms()
        wall = wall_ms()
        self._wall_ahead_ms = wall - self._start_monotonic_ms
        anchor_wall = config.start_wall_ms or wall
        anchor_site = config.start_site_ms or anchor_wall
        start = anchor_site + (wall - anchor_wall) * self.speed
        self.held_back_ms = max(0, int(not_before_ms - start))
        self._start_site_ms = max(start, float(not_before_ms))
        self._last_ms = not_before_ms

    def now_ms(self) -> int:
        """Site time; never smaller than before."""
        passed = self._monotonic_ms() - self._start_monotonic_ms
        self._last_ms = max(self._last_ms, int(self._start_site_ms + passed * self.speed))
        return self._last_ms

    def real_s_until(self, at_ms: int) -> float:
        """Real seconds until site time `at_ms`; 0 if it has passed."""
        return max(0.0, (at_ms - self.now_ms()) / self.speed / 1000)

    def wall_step_ms(self) -> int:
        """By how much the wall clock stepped since the last call; 0 for what is only drift."""
        ahead = self._wall_ms() - self._monotonic_ms()
        step = ahead - self._wall_ahead_ms
        if abs(step) <= STEP_MS:
            return 0
        self._wall_ahead_ms = ahead
        return int(step)
