# SPDX-License-Identifier: Apache-2.0
"""The planner's bench believes nobody: routes become plans, plans are judged by `check`."""

import msgspec
import pytest

from dispatcher.bench.planner_tours import judged, plan_of
from dispatcher.bench.planner_view import NotExpressible, view_of
from dispatcher.planner.problem import Battery, Window
from tests.dispatcher.bench.tiny_instances import changed_parcel, line


def test_routes_are_costed_by_their_way_there_and_back() -> None:
    problem = line(3)
    verdict = judged(problem, plan_of(problem, [[[1, 2]], [[3]]]))
    assert (verdict.driven, verdict.cost, verdict.vehicles) == (4000 + 6000, 10_000, 2)
    assert verdict.feasible


def test_a_parcel_that_no_route_serves_is_counted_and_paid_for() -> None:
    problem = line(3)
    verdict = judged(problem, plan_of(problem, [[[1, 2]]]))
    assert verdict.unserved == 1
    assert verdict.cost == 4000 + 1_000_000
    assert verdict.driven == 4000
    assert not verdict.feasible


@pytest.mark.parametrize(
    ("tours", "rule"),
    [
        ([[[1, 2, 3]], []], "mass"),
        ([[[1, 2]], [[2, 3]]], "once"),
        ([[[1], [2, 3]], []], "trips"),
    ],
)
def test_routes_that_break_a_rule_do_not_pass(tours: list[list[list[int]]], rule: str) -> None:
    problem = line(3)
    verdict = judged(problem, plan_of(problem, tours))
    assert not verdict.feasible
    assert any(rule in fault for fault in verdict.faults)


def test_a_trip_waits_for_its_last_release() -> None:
    problem = changed_parcel(line(2, trips_max=0), 1, ready_ms=7000)
    plan = plan_of(problem, [[[1], [2]], []])
    second = plan.plans[0].trips[1]
    assert second.visits[0].start_ms == 7000
    assert second.visits[1].arrive_ms == 9000
    assert judged(problem, plan).feasible


def test_pairs_are_taken_before_they_are_handed_out() -> None:
    problem = changed_parcel(line(3), 2, pickup="p1", pickup_ms=0)
    good = plan_of(problem, [[[-3, 3]], [[1, 2]]])
    assert judged(problem, good).feasible
    wrong = plan_of(problem, [[[3, -3]], [[1, 2]]])
    assert not judged(problem, wrong).feasible


def test_other_solvers_read_lengths_in_the_largest_unit_that_loses_nothing() -> None:
    view = view_of(line(3, trips_max=0))
    assert view.unit_mm == 1_000_000
    assert view.lengths[0].tolist() == [0, 1, 2, 3]
    assert view.orders[0].skip_mm == 1000
    assert view.several_trips
    assert not view.released
    assert [vehicles.robots for vehicles in view.fleet] == [(0, 1)]


def test_what_other_solvers_have_no_word_for_is_refused_by_its_name() -> None:
    problem = line(2)
    battery = msgspec.structs.replace(problem.robots[0], battery=Battery(1, 1))
    for bad, said in (
        (changed_parcel(problem, 0, more_dropoffs=(Window(60, 70),)), "parcel p1"),
        (changed_parcel(problem, 0, late_max_ms=5), "parcel p1"),
        (changed_parcel(problem, 0, pickup="p2"), "some from stops"),
        (msgspec.structs.replace(problem, robots=(battery, problem.robots[1])), "robot r1"),
        (msgspec.structs.replace(problem, matrices=None), "matrices"),
    ):
        with pytest.raises(NotExpressible, match=said):
            view_of(bad)
