# SPDX-License-Identifier: Apache-2.0
"""A stop that a closure cuts off: its parcel waits with a reason, the others are delivered."""

import pytest

from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.params import Params
from dispatcher.planner.problem import Parcel, Problem, Robot, matrices_of
from dispatcher.planner.quick import empty
from dispatcher.planner.solve import solve
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.times.road_times import RoadTimes
from tests.dispatcher.planner.problems import COMPARTMENTS, posed, served
from tests.dispatcher.roads.plain import box, street

AROUND_C = box(150_000, -10_000, 250_000, 10_000)


def problem(robot_at: str) -> Problem:
    stops = ("b", "c", "d")
    return Problem(
        now_ms=0,
        parcels=tuple(Parcel(f"to-{stop}", "S", stop, pickup="a") for stop in stops),
        robots=(Robot("R", COMPARTMENTS, robot_at, 0),),
        stations=("a",),
    )


@pytest.mark.parametrize("engine", ["quick", "ortools"])
def test_what_is_cut_off_is_unserved_with_a_reason_and_the_rest_is_served(engine: str) -> None:
    times = RoadTimes(street(0, 100_000, 200_000, 300_000), 2_000)
    asked = problem("a")
    travel = matrices_of(asked, times.at(0, [Closure("c", AROUND_C)]))
    plan = solve(
        posed(asked, travel), Budget(iterations=20), 1, empty(asked), Params(engine=engine)
    )
    assert check(asked, travel, plan) == ()
    assert served(plan) == ["to-b"]
    assert {one.parcel: one.reason for one in plan.unserved} == {
        "to-c": "unreachable",
        "to-d": "unreachable",
    }


@pytest.mark.parametrize("engine", ["quick", "ortools"])
def test_a_robot_inside_a_closed_area_is_given_work_outside(engine: str) -> None:
    times = RoadTimes(street(0, 100_000, 200_000, 300_000), 2_000)
    asked = problem("c")
    travel = matrices_of(asked, times.at(0, [Closure("c", AROUND_C)]))
    plan = solve(
        posed(asked, travel), Budget(iterations=20), 1, empty(asked), Params(engine=engine)
    )
    assert check(asked, travel, plan) == ()
    assert served(plan) == ["to-b"]


@pytest.mark.parametrize("engine", ["quick", "ortools"])
def test_when_it_opens_again_all_are_served(engine: str) -> None:
    times = RoadTimes(street(0, 100_000, 200_000, 300_000), 2_000)
    asked = problem("a")
    closure = Closure("c", AROUND_C, 0, 1_000)
    assert times.at(0, [closure]).time_ms("a", "c") == -1
    travel = matrices_of(asked, times.at(1_000, [closure]))
    plan = solve(
        posed(asked, travel), Budget(iterations=20), 1, empty(asked), Params(engine=engine)
    )
    assert sorted(served(plan)) == ["to-b", "to-c", "to-d"]
    assert plan.unserved == ()
