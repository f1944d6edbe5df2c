# SPDX-License-Identifier: Apache-2.0
"""Site time: int ms, running `speed` times as fast as real time.

The wall clock is read once; from then on the monotonic clock counts, so that a step of the wall
clock moves no robot.
"""

import time


class SiteClock:
    """At wall time `start_wall_ms` it is `start_site_ms` at the site."""

    def __init__(self, start_wall_ms: int, start_site_ms: int, speed: float) -> None:
        self.speed = speed
        passed_ms = time.time_ns() // 1_000_000 - start_wall_ms
        self._anchor_site_ms = start_site_ms + passed_ms * speed
        self._anchor_s = time.monotonic()

    def now_ms(self) -> int:
        """Site time now."""
        passed_s = time.monotonic() - self._anchor_s
        return int(self._anchor_site_ms + passed_s * 1000 * self.speed)

    def real_s_until(self, site_ms: int) -> float:
        """How long to sleep, rounded up so that nobody wakes a moment early."""
        return max(0.0, (site_ms + 1 - self.now_ms()) / 1000 / self.speed)
