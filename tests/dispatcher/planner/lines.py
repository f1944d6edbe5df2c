# SPDX-License-Identifier: Apache-2.0
"""One robot between a station `s` and the stops `a` and `b`, for the tests of timing.

A minute and 180 m from `s` to `a`, two minutes and 360 m from `s` to `b`, `a` on the way. Loading
takes 30 s and 5 s a parcel, a stop 15 s and 40 s a parcel.
"""

from dispatcher.planner.problem import Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solution import Solution, Visit

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
TIMES = ((0, 60_000, 60_000), (60_000, 0, 120_000), (60_000, 120_000, 0))
LENGTHS = ((0, 180_000, 180_000), (180_000, 0, 360_000), (180_000, 360_000, 0))
LINE = Matrices(("a", "b", "s"), TIMES, LENGTHS)
SHUT = ((0, -1, 60_000), (-1, 0, -1), (60_000, -1, 0))
"""As TIMES, but nobody comes to `b` or away from there."""
ROBOT = Robot(id="R", compartments=("L1", "M1", "S1"), free_node="s", free_ms=0)


def delivery(name: str, dropoff: str, **more) -> Parcel:
    """A small one from the station."""
    return Parcel(id=name, size=more.pop("size", "S"), pickup="s", dropoff=dropoff, **more)


def problem_of(*parcels: Parcel, robots=(ROBOT,), stations=("s",), **more) -> Problem:
    """All of them, on the line."""
    matrices = more.pop("matrices", LINE)
    return Problem(
        now_ms=0,
        parcels=parcels,
        robots=tuple(robots),
        stations=stations,
        matrices=matrices,
        **more,
    )


def planned(problem: Problem) -> Solution:
    """All parcels inserted."""
    return insert(problem, problem.matrices, empty(problem), [one.id for one in problem.parcels])


def visit_of(solution: Solution, parcel: str, kind: str) -> Visit:
    """Where one thing is done with a parcel."""
    visits = [v for plan in solution.plans for trip in plan.trips for v in trip.visits]
    return next(
        visit
        for visit in visits
        if any((task.kind, task.parcel) == (kind, parcel) for task in visit.tasks)
    )
