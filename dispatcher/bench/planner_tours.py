# SPDX-License-Identifier: Apache-2.0
"""Routes of any solver as a plan of ours, and what our judge says of it.

What must hold: nobody's own figures are believed, ours neither: cost, parcels left out and faults
are what `check` finds in the plan; times are those of who drives as early as possible.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from dispatcher.planner.check import check
from dispatcher.planner.problem import Parcel, Problem
from dispatcher.planner.solution import (
    HAND_IN,
    HAND_OUT,
    LOAD,
    Cost,
    RobotPlan,
    Solution,
    Task,
    Trip,
    Unserved,
    Visit,
)

Tour = list[int]
"""One trip: `k + 1` hands out the problem's parcel k, `-k - 1` takes it at its stop."""
Tours = list[list[Tour]]
"""The trips of each robot, in the problem's order of robots."""

LEFT_OUT: Final = "left out by the solver"


class Verdict(msgspec.Struct, frozen=True):
    """What our judge found. `cost` is in the problem's units and pays for what is left out;
    `driven` is the part for driving."""

    cost: int
    driven: int
    vehicles: int
    unserved: int
    faults: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken and nothing is left out."""
        return not self.faults and not self.unserved


def judged(problem: Problem, plan: Solution) -> Verdict:
    """The judge's word on a plan."""
    assert problem.matrices is not None
    found = check(problem, problem.matrices, plan)
    return Verdict(
        cost=plan.cost.total,
        driven=plan.cost.drive,
        vehicles=sum(1 for robot in plan.plans if robot.trips),
        unserved=len(plan.unserved),
        faults=tuple(f"{one.rule}: {one.robot} {one.where} {one.text}" for one in found[:5]),
    )


def plan_of(problem: Problem, tours: Tours) -> Solution:
    """The plan that drives these routes. Raises IndexError for a parcel that is not there."""
    driver = _Driver(problem)
    plans = [driver.robot(number, trips) for number, trips in enumerate(tours)]
    plans += [RobotPlan(robot.id, ()) for robot in problem.robots[len(tours) :]]
    carried = {abs(mark) - 1 for trips in tours for tour in trips for mark in tour}
    left = [p for number, p in enumerate(problem.parcels) if number not in carried]
    costs = problem.costs
    return Solution(
        plans=tuple(plans),
        unserved=tuple(Unserved(parcel.id, LEFT_OUT) for parcel in left),
        cost=Cost(
            drive=costs.per_metre * driver.length_mm // 1000,
            trips=costs.per_trip * sum(len(plan.trips) for plan in plans),
            skipped=sum(parcel.skip_cost for parcel in left),
        ),
    )


class _Driver:
    """Drives each trip as early as it can."""

    def __init__(self, problem: Problem) -> None:
        assert problem.matrices is not None
        self.problem = problem
        self.matrices = problem.matrices
        self.number = {name: number for number, name in enumerate(self.matrices.nodes)}
        self.length_mm = 0

    def robot(self, number: int, trips: Sequence[Tour]) -> RobotPlan:
        robot = self.problem.robots[number]
        at, now_ms = robot.free_node, max(robot.free_ms, self.problem.now_ms)
        driven = []
        for tour in filter(None, trips):
            driven.append(self.trip(at, now_ms, tour))
            at, now_ms = driven[-1].visits[-1].node, driven[-1].visits[-1].depart_ms
        return RobotPlan(robot.id, tuple(driven))

    def trip(self, at: str, now_ms: int, tour: Tour) -> Trip:
        depot = self.problem.stations[0]
        parcels = self.problem.parcels
        loaded = [parcels[mark - 1] for mark in tour if mark > 0]
        loaded = [parcel for parcel in loaded if parcel.pickup == depot]
        depart_ms = now_ms
        visits: list[Visit] = []
        if loaded:
            now_ms = max([now_ms, *(parcel.ready_ms for parcel in loaded)])
            tasks = tuple(Task(LOAD, parcel.id, "") for parcel in loaded)
            visits.append(Visit(depot, tasks, now_ms, now_ms, now_ms))
            depart_ms, at = now_ms, depot
        for mark in tour:
            visits.append(self.visit(at, now_ms, parcels[abs(mark) - 1], takes=mark < 0))
            at, now_ms = visits[-1].node, visits[-1].depart_ms
        home_ms = now_ms + self.drive(at, depot)
        visits.append(Visit(depot, (), home_ms, home_ms, home_ms))
        return Trip(depart_ms, tuple(visits))

    def visit(self, at: str, now_ms: int, parcel: Parcel, *, takes: bool) -> Visit:
        node = parcel.pickup if takes else parcel.dropoff
        earliest_ms, stay_ms = parcel.dropoff_earliest_ms, parcel.dropoff_ms
        if takes:
            earliest_ms = max(parcel.pickup_earliest_ms, parcel.ready_ms)
            stay_ms = parcel.pickup_ms
        arrive_ms = now_ms + self.drive(at, node)
        start_ms = max(arrive_ms, earliest_ms)
        task = Task(HAND_IN if takes else HAND_OUT, parcel.id, "")
        return Visit(node, (task,), arrive_ms, start_ms, start_ms + max(0, stay_ms))

    def drive(self, start: str, end: str) -> int:
        """Counts the way; how long it takes."""
        row, column = self.number[start], self.number[end]
        self.length_mm += self.matrices.lengths_mm[row][column]
        return self.matrices.times_ms[row][column]
