# SPDX-License-Identifier: Apache-2.0
"""Whatever a problem asks, insertion makes a plan that the judge finds good."""

import msgspec
import pytest
from hypothesis import given, settings

from dispatcher.planner.check import check
from dispatcher.planner.problem import Problem
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solution import Solution
from tests.dispatcher.planner.problems import served
from tests.dispatcher.planner.random_problems import FEATURES, any_problems, draw_any


def inserted(problem: Problem) -> Solution:
    assert problem.matrices is not None
    names = [parcel.id for parcel in problem.parcels]
    return insert(problem, problem.matrices, empty(problem), names)


@settings(max_examples=200, deadline=None)
@given(any_problems())
def test_plans_by_insertion_pass_the_judge_and_lose_nothing(problem: Problem) -> None:
    assert problem.matrices is not None
    plan = inserted(problem)
    assert check(problem, problem.matrices, plan) == ()
    unserved = [one.parcel for one in plan.unserved]
    assert sorted(served(plan) + unserved) == [parcel.id for parcel in problem.parcels]
    assert all(one.reason for one in plan.unserved)


@pytest.mark.parametrize("seed", [5012, 5245, 6199, 6358, 7610, *range(8)])
def test_a_busy_fleet_is_no_exception(seed: int) -> None:
    """The first two have frozen trips that load where there is no place for them, the others
    trips that end otherwise once they wait for a place; of one, a trip is left out."""
    problem = draw_any(seed, stations=seed % 3, robots=seed % 9, parcels=40)
    assert problem.matrices is not None
    assert check(problem, problem.matrices, inserted(problem)) == ()


@pytest.mark.parametrize("feature", FEATURES)
def test_no_feature_of_a_problem_keeps_everything_from_being_served(feature: str) -> None:
    problems = [draw_any(seed, features=(feature,)) for seed in range(20)]
    assert len({msgspec.json.encode(problem) for problem in problems}) == len(problems)
    assert sum(len(served(inserted(problem))) for problem in problems) > 60


def test_drawn_problems_have_what_they_may_have() -> None:
    problems = [draw_any(seed, stations=2) for seed in range(60)]
    parcels = [parcel for problem in problems for parcel in problem.parcels]
    robots = [robot for problem in problems for robot in problem.robots]
    assert {parcel.size for parcel in parcels} == {"", "S", "M", "L"}
    for has in (
        any(parcel.aboard for parcel in parcels),
        any(parcel.more_pickups for parcel in parcels),
        any(parcel.more_dropoffs for parcel in parcels),
        any(parcel.late_max_ms == 0 for parcel in parcels),
        any(parcel.planned_robot for parcel in parcels),
        any(parcel.dropoff_ms >= 0 for parcel in parcels),
        any(robot.battery for robot in robots),
        any(robot.frozen for robot in robots),
        any(robot.end for robot in robots),
        any(robot.trips_max for robot in robots),
        any(problem.bays for problem in problems),
        any(problem.openings for problem in problems),
        any(charger.swap_ms for problem in problems for charger in problem.chargers),
        any(problem.matrices and problem.matrices.later for problem in problems),
        any(problem.matrices and problem.matrices.times_ms[0][-1] < 0 for problem in problems),
    ):
        assert has
    busy = [draw_any(seed, robots=8, parcels=40, features=("bays",)) for seed in range(6)]
    plans = [one for problem in (*problems, *busy) for one in inserted(problem).plans]
    trips = [trip for one in plans for trip in one.trips]
    assert any(trip.charge_mwh for trip in trips)
    assert any(trip.bay == 1 for trip in trips)
