# SPDX-License-Identifier: Apache-2.0
"""CP-SAT gives bays away so that less is late than by start of the trips, and never more."""

import pytest
from msgspec.structs import replace

from dispatcher.planner.check import check
from dispatcher.planner.costs import cost_of
from dispatcher.planner.effort import Effort
from dispatcher.planner.problem import Matrices, Parcel, Problem, Robot, Travel
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.resource_step import schedule_resources
from dispatcher.planner.resources import place_resources
from dispatcher.planner.solution import RobotPlan, Solution, Unserved
from tests.dispatcher.planner.problems import draw

EFFORT = Effort(work_ms=1_000, wall_ms=30_000)
MINUTE_MS = 60_000
NEAR = Matrices(("a", "b"), ((0, MINUTE_MS), (MINUTE_MS, 0)), ((0, 100_000), (100_000, 0)))


def whole(problem: Problem, travel: Travel, plans: tuple[RobotPlan, ...]) -> Solution:
    names = [task.parcel for p in plans for t in p.trips for v in t.visits for task in v.tasks]
    left = tuple(Unserved(one.id, "") for one in problem.parcels if one.id not in names)
    return Solution(plans, left, cost_of(problem, travel, Solution(plans, left)))


def alone(problem: Problem, number: int) -> RobotPlan:
    """The plan of one robot for the parcel of its number, as if there were no other."""
    one = replace(
        problem, parcels=(problem.parcels[number],), robots=(problem.robots[number],), bays=()
    )
    return insert(one, NEAR, empty(one), [one.parcels[0].id]).plans[0]


def test_who_is_in_a_hurry_loads_first_though_another_could_start_before() -> None:
    parcels = (
        Parcel("p0", "L", "b", pickup="a", dropoff_latest_ms=5 * MINUTE_MS),
        Parcel("p1", "L", "b", pickup="a", dropoff_latest_ms=96_000),
    )
    robots = (Robot("R0", ("L1",), "a", 0), Robot("R1", ("L1",), "a", 1_000))
    problem = Problem(0, parcels, robots, ("a",), bays=(1,))
    plans = tuple(alone(problem, number) for number in range(2))
    greedy = whole(problem, NEAR, place_resources(problem, NEAR, plans))
    best = whole(problem, NEAR, schedule_resources(problem, NEAR, plans, EFFORT))
    assert greedy.cost.late > 0
    assert best.cost.late == 0
    assert check(problem, NEAR, best) == ()


@pytest.mark.parametrize("seed", range(10))
def test_it_is_never_worse_than_by_start_and_passes_the_judge(seed: int) -> None:
    drawn, travel = draw(seed, robots=5, parcels=20, stations=2, plain=True)
    free = insert(drawn, travel, empty(drawn), [one.id for one in drawn.parcels])
    problem = replace(drawn, bays=(1,) * len(drawn.stations))
    greedy = whole(problem, travel, place_resources(problem, travel, free.plans))
    best = whole(problem, travel, schedule_resources(problem, travel, free.plans, EFFORT))
    assert best.cost.total <= greedy.cost.total
    assert check(problem, travel, best) == ()
