# SPDX-License-Identifier: Apache-2.0
"""The one clock of a demo: site time, a straight line over wall time, the same for all."""

import time
from typing import Final, NamedTuple

ANSWER_AGE_MAX_MS: Final = 120_000
"""A plan older than this much site time describes a campus that is gone."""
SPEED_MAX: Final = 60.0


class DemoClock(NamedTuple):
    """At wall time `start_wall_ms` it was `start_site_ms` at the site; `speed` ms pass each ms."""

    start_wall_ms: int
    start_site_ms: int
    speed: float

    @classmethod
    def starting_at(cls, site_ms: int, speed: float) -> "DemoClock":
        return cls(time.time_ns() // 1_000_000, site_ms, speed)

    def now_ms(self) -> int:
        """Site time."""
        passed_ms = time.time_ns() // 1_000_000 - self.start_wall_ms
        return self.start_site_ms + int(passed_ms * self.speed)

    def real_s(self, site_ms: float) -> float:
        """How long so much site time takes, in real seconds."""
        return site_ms / self.speed / 1000


class PlannerTimes(NamedTuple):
    """Real time the planner is given for one plan, and after which its worker is killed."""

    budget_ms: int
    deadline_ms: int


DEADLINE_MIN_MS: Final = 15_000
"""On a busy machine a plan may take many times its budget, and is still better than none."""


def planner_times(robots: int) -> PlannerTimes:
    """What a fleet of this size needs."""
    budget_ms = max(500, 40 * robots)
    return PlannerTimes(budget_ms, max(DEADLINE_MIN_MS, 4 * budget_ms))


def allowed_speed(wanted: float, plan_ms: int) -> float:
    """`wanted`, or the fastest at which a plan that takes `plan_ms` (real time) is not too old."""
    return min(wanted, ANSWER_AGE_MAX_MS / max(1, plan_ms))
