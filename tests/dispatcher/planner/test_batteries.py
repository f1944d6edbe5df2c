# SPDX-License-Identifier: Apache-2.0
"""Robots with batteries: what is left in them, and when they charge."""

from msgspec.structs import replace

from dispatcher.planner.check import check
from dispatcher.planner.problem import Battery, Charger
from dispatcher.planner.quick import schedule
from tests.dispatcher.planner.lines import HOUR_MS, LINE, ROBOT, delivery, planned, problem_of

FAST = Charger("s", power_mw=360_000)
# 20 mWh a metre: 7,200 mWh to `a` and back, twice that to `b` and back.
BATTERY = Battery(charge_mwh=20_000, capacity_mwh=40_000, reserve_mwh=4_000)
SMALL = replace(ROBOT, compartments=("S1",), battery=BATTERY)


def good(problem):
    solution = planned(problem)
    assert check(problem, problem.matrices, solution) == ()
    return solution


def test_what_is_left_is_said_at_every_visit():
    solution = good(problem_of(delivery("p", "a"), robots=[SMALL]))
    (trip,) = solution.plans[0].trips
    assert [visit.battery_mwh for visit in trip.visits] == [20_000, 16_400, 12_800]


def test_load_and_standing_take_their_share():
    battery = replace(BATTERY, per_kg_km_mwh=1_000, idle_mw=36_000)
    problem = problem_of(delivery("p", "a", mass_g=2_000), robots=[replace(SMALL, battery=battery)])
    (trip,) = good(problem).plans[0].trips
    # 10 mWh a second; 22 mWh a metre, on the way back too: nobody may come for the parcel.
    there = 350 + 600 + 3_960
    back = 550 + 600 + 3_960
    assert trip.visits[-1].battery_mwh == 20_000 - there - back


def test_a_robot_charges_between_trips_as_much_as_the_rest_of_them_needs():
    parcels = [delivery("p", "a"), delivery("q", "b")]
    problem = problem_of(*parcels, robots=[SMALL], chargers=(FAST,))
    trips = good(problem).plans[0].trips
    assert [trip.charge_mwh > 0 for trip in trips] == [False, True, False]
    charge = trips[1]
    # After `b` 5,600 mWh are left, the way to `a` and back takes 7,200, the reserve is 4,000.
    assert charge.charge_mwh == 5_600
    assert charge.visits[0].depart_ms - charge.visits[0].start_ms == 56_000
    assert trips[-1].visits[-1].battery_mwh == 4_000


def test_where_nothing_charges_what_does_not_fit_is_left_out():
    solution = good(problem_of(delivery("p", "a"), delivery("q", "b"), robots=[SMALL]))
    assert len(solution.unserved) == 1


def test_a_changed_battery_is_full():
    swap = Charger("s", swap_ms=120_000)
    problem = problem_of(delivery("p", "a"), delivery("q", "b"), robots=[SMALL], chargers=(swap,))
    charge = next(trip for trip in good(problem).plans[0].trips if trip.charge_mwh)
    assert charge.visits[0].battery_mwh == 40_000
    assert charge.visits[0].depart_ms - charge.visits[0].start_ms == 120_000


def test_a_trip_that_a_full_battery_does_not_last_for_is_left_out_with_the_reason():
    weak = replace(SMALL, battery=Battery(charge_mwh=9_000, capacity_mwh=9_000, reserve_mwh=4_000))
    problem = problem_of(delivery("p", "b"), robots=[weak], chargers=(FAST,))
    assert [one.reason for one in good(problem).unserved] == ["battery"]


def test_who_cannot_reach_a_charger_any_more_charges_one_trip_earlier():
    # After the trip to `b` 5,600 mWh are left: not enough to come to the charger at `a`.
    parcels = [delivery("p", "b"), delivery("q", "b")]
    problem = problem_of(*parcels, robots=[SMALL], chargers=(replace(FAST, node="a"),))
    solution = good(problem)
    trips = solution.plans[0].trips
    assert solution.unserved == ()
    assert trips[0].charge_mwh > 0


def test_two_robots_do_not_charge_at_one_place_at_once():
    empty_ones = [
        replace(SMALL, id=name, battery=replace(BATTERY, charge_mwh=5_000)) for name in ("Q", "R")
    ]
    parcels = [delivery(name, "b", dropoff_latest_ms=8 * 60_000, priority=5) for name in ("p", "q")]
    solution = good(problem_of(*parcels, robots=empty_ones, chargers=(FAST,)))
    spans = [
        (trip.visits[0].start_ms, trip.visits[0].depart_ms)
        for plan in solution.plans
        for trip in plan.trips
        if trip.charge_mwh
    ]
    assert len(spans) == 2
    (_, first_end), (second_start, _) = sorted(spans)
    assert first_end <= second_start


def test_charging_is_timed_again_with_the_trips_and_takes_what_there_is_room_for():
    problem = problem_of(delivery("p", "a"), delivery("q", "b"), robots=[SMALL], chargers=(FAST,))
    trips = good(problem).plans[0].trips
    later = schedule(problem, LINE, replace(SMALL, free_ms=HOUR_MS), trips)
    assert [trip.charge_mwh for trip in later] == [trip.charge_mwh for trip in trips]
    assert later[-1].visits[-1].depart_ms > HOUR_MS
    full = replace(SMALL, battery=replace(BATTERY, charge_mwh=40_000, capacity_mwh=25_600))
    assert [trip.charge_mwh for trip in schedule(problem, LINE, full, trips)] == [0, 0]
