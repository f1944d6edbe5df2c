# SPDX-License-Identifier: Apache-2.0
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.part import places_of
from dispatcher.planner.policy.consensus import Consensus
from dispatcher.planner.policy.hold import Hold
from dispatcher.planner.policy.now import Now
from dispatcher.planner.policy.streams import LikeBefore
from dispatcher.planner.problem import FOREVER_MS, Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import cost_of, empty, insert, schedule
from dispatcher.planner.solution import RobotPlan, Solution
from tests.dispatcher.planner.random_problems import any_problems

HOUR_MS = 3_600_000
LINE = Matrices(
    ("a", "b", "s"),
    ((0, 60_000, 60_000), (60_000, 0, 120_000), (60_000, 120_000, 0)),
    ((0, 180_000, 180_000), (180_000, 0, 360_000), (180_000, 360_000, 0)),
)


def site(*parcels: Parcel, robots: int = 1, places: int = 4) -> Problem:
    compartments = tuple(f"S{number}" for number in range(places))
    fleet = tuple(Robot(f"R{number}", compartments, "s", 0) for number in range(robots))
    return Problem(0, parcels, fleet, ("s",), matrices=LINE)


def delivery(name: str, dropoff: str = "a", **more) -> Parcel:
    return Parcel(id=name, size="S", pickup="s", dropoff=dropoff, **more)


def planned(problem: Problem):
    names = [parcel.id for parcel in problem.parcels]
    return insert(problem, problem.matrices, empty(problem), names)


def departures(plan) -> list[int]:
    return [trip.depart_not_before_ms for entry in plan.plans for trip in entry.trips]


def test_now_holds_nothing_back():
    problem = site(delivery("p", dropoff_latest_ms=HOUR_MS))
    plan = planned(problem)
    assert Now().hold(problem, plan) is plan


def test_a_trip_waits_until_its_slot_less_the_slack_is_just_kept():
    problem = site(delivery("p", dropoff_latest_ms=HOUR_MS))
    held = Hold(slack_ms=300_000).hold(problem, planned(problem))
    (trip,) = held.plans[0].trips
    stop = trip.visits[1]
    assert stop.start_ms == HOUR_MS - 300_000
    assert check(problem, LINE, held) == ()


def test_an_urgent_parcel_leaves_at_once_with_all_that_rides_along():
    problem = site(
        delivery("calm", dropoff_latest_ms=HOUR_MS), delivery("urgent", dropoff_latest_ms=120_000)
    )
    plan = planned(problem)
    assert departures(Hold(slack_ms=60_000).hold(problem, plan)) == departures(plan) == [0]


def test_what_is_late_already_leaves_at_once():
    problem = site(delivery("p", dropoff_latest_ms=1))
    assert departures(Hold().hold(problem, planned(problem))) == [0]


def test_a_full_trip_does_not_wait_for_who_has_no_room():
    parcels = [delivery(f"p{n}", dropoff_latest_ms=HOUR_MS) for n in range(2)]
    problem = site(*parcels, places=2)
    assert departures(Hold().hold(problem, planned(problem))) == [0]


def test_two_trips_of_one_robot_are_dealt_out_to_two_that_are_alike():
    parcels = [delivery(f"p{n}", "ab"[n], dropoff_latest_ms=HOUR_MS) for n in range(2)]
    problem = site(*parcels, robots=2)
    single = [planned(site(parcel)).plans[0].trips[0] for parcel in parcels]
    trips = schedule(problem, LINE, problem.robots[0], single)
    stacked = Solution((RobotPlan("R0", trips), RobotPlan("R1", ())))
    cost = cost_of(problem, LINE, stacked)
    held = Hold(slack_ms=0).hold(problem, msgspec.structs.replace(stacked, cost=cost))
    assert [len(entry.trips) for entry in held.plans] == [1, 1]
    assert [places_of(held)[name].dropoff_ms for name in ("p0", "p1")] == [HOUR_MS, HOUR_MS]


@settings(max_examples=60, deadline=None)
@given(any_problems(), st.sampled_from([0, 60_000, 600_000]))
def test_holding_changes_no_cost_for_the_worse_and_breaks_no_rule(problem, slack_ms):
    plan = planned(problem)
    held = Hold(slack_ms).hold(problem, plan)
    assert check(problem, problem.matrices, held) == ()
    assert held.cost.total <= plan.cost.total
    assert held.cost.late <= plan.cost.late
    assert held.unserved == plan.unserved
    assert sorted(places_of(held)) == sorted(places_of(plan))


class Nothing:
    """Nobody comes any more."""

    def draw(self, _problem: Problem, _rng: Random) -> tuple[Parcel, ...]:
        return ()


class Neighbour:
    """Half an hour from now somebody at `b` wants a parcel, too."""

    def draw(self, problem: Problem, _rng: Random) -> tuple[Parcel, ...]:
        ready_ms = problem.now_ms + HOUR_MS // 2
        return (delivery("x", "b", ready_ms=ready_ms, dropoff_latest_ms=2 * HOUR_MS),)


def consensus(stream) -> Consensus:
    budget = Budget(iterations=300)
    hold = Hold(slack_ms=60_000)
    return Consensus(stream, 1, 60_000, scenarios=3, budget=budget, hold=hold)


def test_a_parcel_waits_where_the_futures_agree_that_somebody_will_join_it():
    problem = site(
        delivery("far", "b", dropoff_latest_ms=2 * HOUR_MS),
        delivery("urgent", "a", dropoff_latest_ms=150_000, late_max_ms=0),
    )
    plan = planned(problem)
    assert [len(entry.trips) for entry in plan.plans] == [1]
    together = consensus(Nothing()).hold(problem, plan)
    assert departures(together) == [0]
    apart = consensus(Neighbour()).hold(problem, plan)
    assert check(problem, LINE, apart) == ()
    assert departures(apart)[0] == 0
    assert departures(apart)[1] > HOUR_MS
    assert [places_of(apart)[name].trip for name in ("urgent", "far")] == [0, 1]


def test_the_same_seed_draws_the_same_future():
    history = [(n * 60_000, delivery(f"p{n}", "ab"[n % 2], ready_ms=n * 60_000)) for n in range(9)]
    problem = msgspec.structs.replace(site(), now_ms=600_000)
    stream = LikeBefore([*history, (900_000, delivery("later", "s"))], HOUR_MS, count=20)
    first = stream.draw(problem, Random(4))
    assert first == stream.draw(problem, Random(4))
    assert first != stream.draw(problem, Random(5))
    assert len(first) == 20
    assert all(600_000 < one.ready_ms <= 600_000 + HOUR_MS for one in first)
    assert all(one.dropoff_latest_ms == FOREVER_MS for one in first)
    assert {one.dropoff for one in first} == {"a", "b"}  # never like one that is not known yet


def test_what_cannot_be_is_said():
    with pytest.raises(ValueError, match="below zero"):
        Hold(slack_ms=-1)
    with pytest.raises(ValueError, match="scenarios"):
        Consensus(Nothing(), 1, 0, scenarios=0)
    with pytest.raises(ValueError, match="ahead_ms"):
        LikeBefore((), 0, 1)
    bare = msgspec.structs.replace(site(), matrices=None)
    with pytest.raises(ValueError, match="needs its matrices"):
        Hold().hold(bare, empty(bare))
