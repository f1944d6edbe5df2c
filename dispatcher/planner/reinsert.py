# SPDX-License-Identifier: Apache-2.0
"""What if: one parcel put in anew, into what one robot has planned, with a rule relaxed.

What must hold: an answer comes from a real insertion into the robot's real trips. Nobody else may
become later by it than without the parcel.
"""

from typing import Final, NamedTuple

import msgspec

from dispatcher.planner.part import (
    asked_at_dropoff,
    part_of,
    person_ms,
    places_of,
    plan_of,
    windows_of,
)
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Robot, Travel
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solution import Solution

AT_ANY_PRICE: Final = 1 << 40
NEVER_LATE: Final = 1_000_000
"""Cost of lateness, per s, that makes an insertion look for the least lateness first."""


class Put(NamedTuple):
    """A parcel as it was put in: when the person's handover starts, how late, at what cost more."""

    robot: str
    start_ms: int
    late_ms: int
    cost: int


class Reinsert:
    """A plan without one parcel, ready to be asked where that parcel could go."""

    def __init__(self, problem: Problem, travel: Travel, plan: Solution, parcel: Parcel) -> None:
        self.problem = problem
        self.parcel = parcel
        self.travel = travel
        others = tuple(one for one in problem.parcels if one.id != parcel.id)
        self._rest = msgspec.structs.replace(problem, parcels=others)
        self._plan = insert(self._rest, travel, plan, ())
        self._carried: dict[str, list[str]] = {robot.id: [] for robot in problem.robots}
        for name, place in places_of(self._plan).items():
            self._carried[place.robot].append(name)

    def carried(self, robot: str) -> tuple[str, ...]:
        """What a robot carries beside the parcel, in the order of its trips."""
        return tuple(self._carried[robot])

    def plan_of(self, robot: str) -> Solution:
        """What a robot has planned without the parcel."""
        return plan_of(part_of(self._rest, (robot,), self._carried[robot]), self._plan)

    def put(
        self,
        robot: Robot,
        *,
        late_max_ms: int = FOREVER_MS,
        without: tuple[str, ...] = (),
        alone: bool = False,
        closed_too: bool = False,
        horizon_ms: int | None = None,
    ) -> Put | None:
        """Where the parcel comes least late with this robot (perhaps changed); None: nowhere.

        `alone`: with nothing but what is aboard; `without` some that are only planned;
        `closed_too`: also when nodes are closed.
        """
        costs = msgspec.structs.replace(self.problem.costs, per_late_s=NEVER_LATE)
        names = [] if alone else [n for n in self._carried[robot.id] if n not in without]
        part = part_of(self._rest, (robot.id,), names)
        there = [one.id for one in part.parcels]
        part = msgspec.structs.replace(
            part,
            robots=(robot,),
            costs=costs,
            openings=() if closed_too else part.openings,
            horizon_ms=part.horizon_ms if horizon_ms is None else horizon_ms,
        )
        before = insert(part, self.travel, plan_of(part, self._plan), there)
        return self._put(part, before, late_max_ms)

    def put_fresh(self, like: Robot) -> Put | None:
        """The same for one more robot like this one, empty, now, at a station."""
        node = self.problem.stations[0] if self.problem.stations else like.free_node
        battery = like.battery
        if battery is not None:
            battery = msgspec.structs.replace(battery, charge_mwh=battery.capacity_mwh)
        fresh = msgspec.structs.replace(
            like, free_node=node, free_ms=self.problem.now_ms, battery=battery, frozen=()
        )
        part = msgspec.structs.replace(self._rest, robots=(fresh,), parcels=())
        return self._put(part, empty(part), 0)

    def _put(self, part: Problem, before: Solution, late_max_ms: int) -> Put | None:
        parcel = msgspec.structs.replace(
            self.parcel, skip_cost=AT_ANY_PRICE, late_max_ms=late_max_ms
        )
        several = sorted((*part.parcels, parcel), key=lambda one: one.id)
        whole = msgspec.structs.replace(part, parcels=tuple(several))
        after = insert(whole, self.travel, before, (parcel.id,))
        place = places_of(after).get(parcel.id)
        if place is None or len(after.unserved) > len(before.unserved):
            return None
        start_ms = person_ms(self.problem, parcel, place)
        late_ms = max(0, start_ms - latest_ms(self.problem, parcel))
        own = late_ms * NEVER_LATE * parcel.priority // 1000
        if after.cost.late - own > before.cost.late + NEVER_LATE // 1000:
            return None  # others would pay for it (the margin is what rounding can make)
        spent = (after.cost.total - after.cost.late) - (before.cost.total - before.cost.late)
        return Put(place.robot, start_ms, late_ms, spent)


def latest_ms(problem: Problem, parcel: Parcel) -> int:
    """After which moment the person's handover is late."""
    return windows_of(parcel, at_dropoff=asked_at_dropoff(problem, parcel))[-1].latest_ms
