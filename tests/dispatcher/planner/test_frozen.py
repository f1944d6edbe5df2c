# SPDX-License-Identifier: Apache-2.0
"""Trips that a plan must begin with, as they are."""

from msgspec.structs import replace

from dispatcher.planner.check import check
from dispatcher.planner.frozen import restored, thawed
from dispatcher.planner.problem import Battery
from dispatcher.planner.quick import insert
from tests.dispatcher.planner.lines import LINE, ROBOT, delivery, planned, problem_of

BATTERY = Battery(charge_mwh=100_000, capacity_mwh=100_000)


def with_frozen(**more):
    """Its first trip is frozen; `q` has come since."""
    robot = replace(ROBOT, **more)
    trips = planned(problem_of(delivery("p", "a"), robots=[robot])).plans[0].trips
    frozen = replace(robot, frozen=trips)
    return problem_of(delivery("p", "a"), delivery("q", "b"), robots=[frozen])


def test_frozen_trips_stay_as_they_are_and_what_is_new_comes_after_them():
    problem = with_frozen()
    solution = planned(problem)
    assert check(problem, LINE, solution) == ()
    (plan,) = solution.plans
    assert plan.trips[:1] == problem.robots[0].frozen
    assert len(plan.trips) == 2


def test_after_its_frozen_trips_a_robot_is_free_with_what_they_leave():
    (robot,) = thawed(with_frozen(battery=BATTERY, range_mm=1_000_000, trips_max=3), LINE).robots
    assert robot.free_node == "s"
    assert robot.range_mm == 1_000_000 - 360_000
    assert robot.battery.charge_mwh == 100_000 - 7_200
    assert robot.trips_max == 2


def test_a_robot_that_had_its_last_trip_gets_no_other():
    problem = with_frozen(trips_max=1)
    solution = planned(problem)
    assert check(problem, LINE, solution) == ()
    assert [one.parcel for one in solution.unserved] == ["q"]


def test_a_plan_of_what_is_left_becomes_one_of_the_whole():
    problem = with_frozen()
    left = thawed(problem, LINE)
    assert [parcel.id for parcel in left.parcels] == ["q"]
    whole = restored(problem, LINE, planned(left))
    assert whole == planned(problem)
    assert insert(problem, LINE, whole, ["p"]) == whole
    plain = problem_of(delivery("q", "b"))
    assert thawed(plain, LINE) is plain
