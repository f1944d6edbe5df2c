# SPDX-License-Identifier: Apache-2.0
"""Routes from elsewhere as a `Solution`, so that `check` can judge them.

What must hold: nothing is mended: a route that breaks a rule becomes a plan that breaks it. Each
vehicle sets out as early as it may and serves as early as it can, so that routes that can be driven
at all are driven within their windows.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dispatcher.planner.families.family import Family, FamilyError
from dispatcher.planner.problem import Parcel, Travel
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


class _Stop(NamedTuple):
    """What is done at a node, from when, for how long."""

    kind: str
    parcel: Parcel
    earliest_ms: int
    service_ms: int


def solution_of(family: Family, routes: Sequence[Sequence[int]]) -> Solution:
    """The plan that drives these routes. Raises FamilyError for what is no route of it."""
    problem, drives = family.problem, _Drives(family)
    used = [route for route in routes if route]
    if len(used) > len(problem.robots):
        said = f"{len(used)} routes, but there are {len(problem.robots)} vehicles"
        raise FamilyError(f"{family.name}: {said}")
    plans = []
    for number, robot in enumerate(problem.robots):
        route = used[number] if number < len(used) else ()
        plans.append(RobotPlan(robot.id, drives.trips(route, robot.free_ms)))
    carried = {t.parcel for p in plans for trip in p.trips for v in trip.visits for t in v.tasks}
    unserved = tuple(
        Unserved(parcel.id, "no route goes there")
        for parcel in problem.parcels
        if parcel.id not in carried
    )
    cost = Cost(
        drive=problem.costs.per_metre * drives.length_mm // 1000,
        trips=problem.costs.per_trip * sum(len(plan.trips) for plan in plans),
        skipped=sum(parcel.skip_cost for parcel in problem.parcels if parcel.id not in carried),
    )
    return Solution(tuple(plans), unserved, cost)


class _Drives:
    def __init__(self, family: Family) -> None:
        problem = family.problem
        assert problem.matrices is not None, "a family's problem has its matrices"
        self.family = family
        self.travel: Travel = problem.matrices
        self.depot = problem.stations[0]
        self.nodes = problem.matrices.nodes
        self.length_mm = 0
        self.stops: dict[str, _Stop] = {}
        for parcel in problem.parcels:
            if parcel.pickup != self.depot:
                self.stops[parcel.pickup] = _Stop(
                    HAND_IN, parcel, parcel.pickup_earliest_ms, parcel.pickup_ms
                )
            self.stops[parcel.dropoff] = _Stop(
                HAND_OUT, parcel, parcel.dropoff_earliest_ms, parcel.dropoff_ms
            )

    def trips(self, route: Sequence[int], free_ms: int) -> tuple[Trip, ...]:
        """The trips of one route, split where it comes to the depot."""
        parts: list[list[str]] = [[]]
        for number in route:
            if number == self.family.depot:
                parts.append([])
            elif 0 <= number < len(self.nodes):
                parts[-1].append(self.nodes[number])
            else:
                raise FamilyError(f"{self.family.name}: there is no node {number}")
        trips = []
        for part in parts:
            if part:
                trips.append(self.trip(part, free_ms))
                free_ms = trips[-1].visits[-1].depart_ms
        return tuple(trips)

    def trip(self, nodes: Sequence[str], free_ms: int) -> Trip:
        """One trip, as early as it can be."""
        stops = [self.stops[node] for node in nodes]
        visits, at_ms, here = [], free_ms, self.depot
        loads = [stop.parcel for stop in stops if stop.parcel.pickup == self.depot]
        if loads:
            at_ms = max(free_ms, *(parcel.ready_ms for parcel in loads))
            tasks = tuple(Task(LOAD, parcel.id, "") for parcel in loads)
            visits.append(Visit(self.depot, tasks, free_ms, at_ms, at_ms))
        for node, stop in zip(nodes, stops, strict=True):
            arrive_ms = at_ms + self.leg_ms(here, node)
            start_ms = max(arrive_ms, stop.earliest_ms)
            at_ms, here = start_ms + stop.service_ms, node
            task = Task(stop.kind, stop.parcel.id, "")
            visits.append(Visit(node, (task,), arrive_ms, start_ms, at_ms))
        end_ms = at_ms + self.leg_ms(here, self.depot)
        visits.append(Visit(self.depot, (), end_ms, end_ms, end_ms))
        return Trip(free_ms, tuple(visits))

    def leg_ms(self, here: str, there: str) -> int:
        """The time of one leg; its length is counted."""
        self.length_mm += self.travel.length_mm(here, there)
        return self.travel.time_ms(here, there)
