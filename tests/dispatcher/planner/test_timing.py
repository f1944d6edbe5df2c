# SPDX-License-Identifier: Apache-2.0
"""When a robot sets out, waits, starts and is late."""

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from dispatcher.planner.check import check
from dispatcher.planner.costs import cost_of
from dispatcher.planner.problem import Costs, Matrices, Opening, SlotTable, Window
from dispatcher.planner.quick import empty
from dispatcher.planner.solution import HAND_OUT, LOAD
from tests.dispatcher.planner.lines import (
    HOUR_MS,
    LENGTHS,
    LINE,
    MINUTE_MS,
    ROBOT,
    SHUT,
    TIMES,
    delivery,
    planned,
    problem_of,
    visit_of,
)
from tests.dispatcher.planner.random_problems import any_problems


@settings(max_examples=120, deadline=None)
@given(any_problems())
def test_every_plan_of_any_problem_passes_the_judge(problem):
    solution = planned(problem)
    assert check(problem, problem.matrices, solution) == ()


def good(problem):
    solution = planned(problem)
    assert check(problem, problem.matrices, solution) == ()
    return solution


def start_ms(solution, parcel, kind=HAND_OUT):
    return visit_of(solution, parcel, kind).start_ms


def slots(*latest_hours, **more):
    """A delivery to `a`, in the last quarter of an hour before each of these hours."""
    first, *rest = [
        Window(int(h * HOUR_MS) - 15 * MINUTE_MS, int(h * HOUR_MS)) for h in latest_hours
    ]
    return delivery(
        "p",
        "a",
        dropoff_earliest_ms=first.earliest_ms,
        dropoff_latest_ms=first.latest_ms,
        more_dropoffs=tuple(rest),
        **more,
    )


def test_who_misses_a_window_waits_for_the_next_and_is_not_late():
    late = replace(ROBOT, free_ms=HOUR_MS)
    solution = good(problem_of(slots(1, 3), robots=[late]))
    assert start_ms(solution, "p") == 3 * HOUR_MS - 15 * MINUTE_MS
    assert solution.cost.late == 0


def test_after_the_last_window_it_is_late_by_what_is_over():
    late = replace(ROBOT, free_ms=3 * HOUR_MS)
    solution = good(problem_of(slots(1, 3), robots=[late]))
    assert solution.cost.late == 10 * (start_ms(solution, "p") - 3 * HOUR_MS) // 1000 > 0


def test_a_hard_window_is_kept_or_the_parcel_left_out_with_a_reason():
    late = replace(ROBOT, free_ms=HOUR_MS)
    problem = problem_of(slots(1, late_max_ms=0), robots=[late])
    (unserved,) = good(problem).unserved
    assert unserved.reason == "too late for its slots, or closed then"
    allowed = problem_of(slots(1, late_max_ms=5 * MINUTE_MS), robots=[late])
    assert good(allowed).unserved == ()


def test_lateness_costs_by_priority_and_a_broken_promise_once():
    late = replace(ROBOT, free_ms=HOUR_MS)
    plain = good(problem_of(slots(1), robots=[late])).cost
    heavy = good(problem_of(slots(1, priority=3, promise_cost=777), robots=[late])).cost
    assert heavy.late == 3 * plain.late > 0
    assert (plain.broken, heavy.broken) == (0, 777)


def test_a_robot_waits_at_the_station_also_where_the_wait_is_at_its_third_stop():
    problem = problem_of(
        delivery("a1", "a", dropoff_latest_ms=2 * HOUR_MS),
        delivery("b1", "b", dropoff_earliest_ms=HOUR_MS, dropoff_latest_ms=HOUR_MS),
    )
    solution = good(problem)
    (trip,) = solution.plans[0].trips
    assert [visit.node for visit in trip.visits] == ["s", "a", "b", "s"]
    assert [visit.start_ms - visit.arrive_ms for visit in trip.visits] == [0, 0, 0, 0]
    # Loading 40 s, a minute, 55 s at the door, another minute.
    assert trip.depart_not_before_ms == HOUR_MS - 40_000 - 55_000 - 2 * MINUTE_MS


def test_nothing_is_made_late_by_waiting_at_the_station():
    problem = problem_of(
        delivery("a1", "a", dropoff_latest_ms=10 * MINUTE_MS),
        delivery("b1", "b", dropoff_earliest_ms=20 * MINUTE_MS),
        costs=Costs(per_trip=5_000),
    )
    solution = good(problem)
    assert start_ms(solution, "a1") == 10 * MINUTE_MS
    assert visit_of(solution, "b1", HAND_OUT).arrive_ms < 20 * MINUTE_MS
    assert solution.cost.late == 0


def test_service_takes_what_the_parcel_says_at_its_stop():
    quick_one = good(problem_of(delivery("p", "a", dropoff_ms=1_000)))
    visit = visit_of(quick_one, "p", HAND_OUT)
    assert visit.depart_ms - visit.start_ms == 16_000
    load = visit_of(quick_one, "p", LOAD)
    assert load.depart_ms - load.start_ms == 35_000


def test_a_closed_stop_is_waited_for_and_one_that_never_opens_left_out():
    day = Window(HOUR_MS, 2 * HOUR_MS), Window(3 * HOUR_MS, 4 * HOUR_MS)
    morning = slots(1, 1.5)
    problem = problem_of(morning, openings=(Opening("a", day),))
    assert start_ms(good(problem), "p") == HOUR_MS
    noon = problem_of(slots(2.5), openings=(Opening("a", day),))
    assert start_ms(good(noon), "p") == 3 * HOUR_MS
    assert good(noon).cost.late > 0
    never = problem_of(delivery("p", "a"), openings=(Opening("a", (Window(0, 1),)),))
    assert [one.parcel for one in good(never).unserved] == ["p"]


def test_a_station_that_opens_later_is_loaded_at_later():
    problem = problem_of(delivery("p", "a"), openings=(Opening("s", (Window(HOUR_MS, 1 << 40),)),))
    assert start_ms(good(problem), "p", LOAD) == HOUR_MS


def test_a_robot_makes_no_more_trips_than_it_may():
    one = replace(ROBOT, trips_max=1, compartments=("S1",))
    problem = problem_of(delivery("p", "a"), delivery("q", "b"), robots=[one])
    solution = good(problem)
    assert len(solution.plans[0].trips) == len(solution.unserved) == 1


def test_no_trip_ends_after_the_shift():
    short = replace(ROBOT, compartments=("S1",), shift_end_ms=5 * MINUTE_MS)
    solution = good(problem_of(delivery("p", "a"), delivery("q", "b"), robots=[short]))
    assert [trip.visits[-1].depart_ms <= 5 * MINUTE_MS for trip in solution.plans[0].trips] == [
        True
    ]
    assert len(solution.unserved) == 1


def test_bulk_weighs_only_while_it_is_aboard_and_needs_no_compartment():
    weak = replace(ROBOT, compartments=(), mass_limit_g=10_000)
    swap = [
        delivery("p", "a", size="", mass_g=9_000),
        replace(delivery("r", "s", size="", mass_g=9_000), pickup="b", person_pickup=True),
    ]
    solution = good(problem_of(*swap, robots=[weak]))
    (trip,) = solution.plans[0].trips
    assert {task.compartment for visit in trip.visits for task in visit.tasks} == {""}
    two = [delivery(name, "a", size="", mass_g=9_000) for name in "pq"]
    assert len(good(problem_of(*two, robots=[weak])).plans[0].trips) == 2


def test_what_the_live_plan_says_is_kept_unless_the_change_pays():
    other = replace(ROBOT, id="Q", free_node="b")
    planned_at_r = delivery("p", "a", planned_robot="R", planned_ms=30 * MINUTE_MS)
    near = problem_of(planned_at_r, robots=[replace(other, free_node="s"), ROBOT])
    assert near.robots[0].id == "Q"
    assert [len(plan.trips) for plan in good(near).plans] == [1, 0]
    steady = replace(near, costs=Costs(per_change=900, change_ms=HOUR_MS))
    assert [len(plan.trips) for plan in good(steady).plans] == [0, 1]
    assert good(steady).cost.changed == 0
    left = replace(steady, robots=())
    assert cost_of(left, LINE, empty(left)).changed == 900


def opens_at(hour: float) -> Matrices:
    return Matrices(
        ("a", "b", "s"), SHUT, LENGTHS, (SlotTable(int(hour * HOUR_MS), TIMES, LENGTHS),)
    )


def closes_at(hour: float) -> Matrices:
    return Matrices(
        ("a", "b", "s"), TIMES, LENGTHS, (SlotTable(int(hour * HOUR_MS), SHUT, LENGTHS),)
    )


def test_a_leg_takes_the_time_of_the_moment_at_which_it_is_driven():
    slow = tuple(tuple(3 * ms for ms in row) for row in TIMES)
    rush = Matrices(("a", "b", "s"), TIMES, LENGTHS, (SlotTable(HOUR_MS, slow, LENGTHS),))
    late = replace(ROBOT, free_ms=HOUR_MS)
    for robot, minutes in ((ROBOT, 1), (late, 3)):
        solution = good(problem_of(delivery("p", "a"), robots=[robot], matrices=rush))
        load = visit_of(solution, "p", LOAD)
        assert visit_of(solution, "p", HAND_OUT).arrive_ms - load.depart_ms == minutes * MINUTE_MS


def test_who_may_wait_for_a_way_to_open_waits_at_the_station():
    solution = good(problem_of(delivery("p", "b"), matrices=opens_at(1)))
    load = visit_of(solution, "p", LOAD)
    assert load.depart_ms == HOUR_MS
    assert start_ms(solution, "p") == HOUR_MS + 2 * MINUTE_MS


@pytest.mark.parametrize(("free_minute", "served"), [(50, True), (65, False)])
def test_a_way_that_closes_is_driven_before_and_not_after(free_minute, served):
    robot = replace(ROBOT, free_ms=free_minute * MINUTE_MS)
    solution = good(problem_of(delivery("p", "b"), robots=[robot], matrices=closes_at(1)))
    assert (solution.unserved == ()) is served


def test_a_robot_does_not_go_where_it_could_not_come_back_from():
    robot = replace(ROBOT, free_ms=57 * MINUTE_MS)
    problem = problem_of(delivery("p", "b"), robots=[robot], matrices=closes_at(1))
    assert [one.parcel for one in good(problem).unserved] == ["p"]
