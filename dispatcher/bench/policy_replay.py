# SPDX-License-Identifier: Apache-2.0
"""A day replayed as it would have been lived: each parcel is unknown until it is there.

What must hold: at every moment only parcels that are there already are planned; a trip that has
left stays as it is. What comes out is a plan of the whole day, which `check` can judge as any.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import msgspec

from dispatcher.planner.part import places_of, travel_of
from dispatcher.planner.policy.protocol import Policy
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Robot
from dispatcher.planner.quick import cost_of, empty
from dispatcher.planner.solution import RobotPlan, Solution, Trip, Unserved

EPOCHS: Final = 40
"""So many times a day it is planned anew, at the most."""

Planner = Callable[[Problem, Solution], Solution]
"""Makes a plan from a problem and the live plan."""


def softened(problem: Problem, per_late_s: int) -> Problem:
    """The same day with slots that may be missed at a price: who lives it cannot keep them all."""
    parcels = tuple(msgspec.structs.replace(p, late_max_ms=FOREVER_MS) for p in problem.parcels)
    costs = msgspec.structs.replace(problem.costs, per_late_s=per_late_s)
    return msgspec.structs.replace(problem, parcels=parcels, costs=costs)


def epochs_of(problem: Problem, most: int = EPOCHS) -> tuple[int, ...]:
    """When it is planned: from the first parcel to the last, in equal steps, where one came."""
    times = sorted({max(problem.now_ms, parcel.ready_ms) for parcel in problem.parcels})
    if not times:
        return ()
    step_ms = max(1, -(-(times[-1] - times[0]) // most))
    return tuple(sorted({times[0] + -(-(ms - times[0]) // step_ms) * step_ms for ms in times}))


def replay(problem: Problem, plan_at: Planner, policy: Policy, most: int = EPOCHS) -> Solution:
    """The day as it is lived under a policy; costed. Raises ValueError without matrices."""
    day = _Day(problem)
    epochs = epochs_of(problem, most)
    for now_ms, next_ms in pairwise((*epochs, FOREVER_MS)):
        today = day.problem_at(now_ms)
        plan = policy.hold(today, plan_at(today, day.live(today)))
        day.leave(plan, next_ms)
    return day.whole()


class _Day:
    """What has left, and what is planned."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._travel = travel_of(problem)
        self._robots = {robot.id: robot for robot in problem.robots}
        self._left: dict[str, list[Trip]] = {robot.id: [] for robot in problem.robots}
        self._carried: set[str] = set()
        self._plan = empty(problem)

    def problem_at(self, now_ms: int) -> Problem:
        """What is to be planned at this moment."""
        return msgspec.structs.replace(
            self._problem,
            now_ms=now_ms,
            parcels=tuple(p for p in self._problem.parcels if self._is_open(p, now_ms)),
            robots=tuple(self._robots.values()),
        )

    def _is_open(self, parcel: Parcel, now_ms: int) -> bool:
        return parcel.ready_ms <= now_ms and parcel.id not in self._carried

    def live(self, problem: Problem) -> Solution:
        """What was planned before and has not left, and nothing of what is new."""
        planned = places_of(self._plan)
        new = [p.id for p in problem.parcels if p.id not in planned]
        return Solution(
            plans=self._plan.plans, unserved=tuple(Unserved(name, "new") for name in new)
        )

    def leave(self, plan: Solution, until_ms: int) -> None:
        """Trips that leave before `until_ms` are over, as planned."""
        kept = []
        for entry in plan.plans:
            trips = list(entry.trips)
            while trips and trips[0].depart_not_before_ms < until_ms:
                self._drive(entry.robot, trips.pop(0))
            kept.append(RobotPlan(entry.robot, tuple(trips)))
        self._plan = msgspec.structs.replace(plan, plans=tuple(kept))

    def _drive(self, name: str, trip: Trip) -> None:
        last, robot = trip.visits[-1], self._robots[name]
        self._left[name].append(trip)
        self._carried.update(task.parcel for visit in trip.visits for task in visit.tasks)
        self._robots[name] = _moved_to(robot, last.node, last.depart_ms, last.battery_mwh)

    def whole(self) -> Solution:
        """The day as a plan."""
        unserved = tuple(
            Unserved(parcel.id, "not served all day")
            for parcel in self._problem.parcels
            if parcel.id not in self._carried
        )
        plans = tuple(RobotPlan(name, tuple(trips)) for name, trips in self._left.items())
        plan = Solution(plans, unserved)
        return msgspec.structs.replace(plan, cost=cost_of(self._problem, self._travel, plan))


def _moved_to(robot: Robot, node: str, free_ms: int, left_mwh: int) -> Robot:
    battery = robot.battery
    if battery is not None and left_mwh >= 0:
        battery = msgspec.structs.replace(battery, charge_mwh=left_mwh)
    return msgspec.structs.replace(robot, free_node=node, free_ms=free_ms, battery=battery)
