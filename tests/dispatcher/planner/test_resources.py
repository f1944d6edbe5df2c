# SPDX-License-Identifier: Apache-2.0
"""Bays are shared without two robots in one, at the least delay, and never at a broken limit."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from dispatcher.planner.check import check
from dispatcher.planner.costs import cost_of
from dispatcher.planner.problem import Battery, Charger, Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.resources import place_of, place_resources
from dispatcher.planner.solution import RobotPlan, Solution
from tests.dispatcher.planner.problems import draw, served

MINUTE_MS = 60_000
NEAR = Matrices(("a", "b"), ((0, MINUTE_MS), (MINUTE_MS, 0)), ((0, 100_000), (100_000, 0)))


def plain(robots: int, bays: tuple[int, ...] = (1,), **wishes: int) -> Problem:
    """Robots at station `a`, one parcel each for stop `b`."""
    parcels = tuple(Parcel(f"p{i}", "L", "b", pickup="a", **wishes) for i in range(robots))
    fleet = tuple(Robot(f"R{i}", ("L1",), "a", 0) for i in range(robots))
    return Problem(0, parcels, fleet, ("a",), bays=bays)


def planned(problem: Problem) -> tuple[RobotPlan, ...]:
    """As if there were bays for all."""
    free = replace(problem, bays=())
    return insert(free, NEAR, empty(free), [one.id for one in problem.parcels]).plans


def loadings(problem: Problem, plans: tuple[RobotPlan, ...]) -> list[tuple[int, int, int]]:
    """(bay, start, end) of each loading, sorted."""
    trips = [trip for plan in plans for trip in plan.trips if place_of(problem, trip)]
    return sorted((t.bay, t.visits[0].start_ms, t.visits[0].depart_ms) for t in trips)


def overlaps(spans: list[tuple[int, int, int]]) -> list[object]:
    return [(a, b) for a, b in pairwise(spans) if a[0] == b[0] and b[1] < a[2]]


def test_robots_load_one_after_the_other_at_one_bay() -> None:
    problem = plain(3, dropoff_latest_ms=2 * MINUTE_MS)
    placed = place_resources(problem, NEAR, planned(problem))
    load_ms = problem.service.station_ms + problem.service.dock_ms
    assert loadings(problem, placed) == [(0, i * load_ms, (i + 1) * load_ms) for i in range(3)]


def test_two_bays_serve_two_robots_at_once() -> None:
    problem = plain(3, (2,), dropoff_latest_ms=2 * MINUTE_MS)
    starts = [
        start for _, start, _ in loadings(problem, place_resources(problem, NEAR, planned(problem)))
    ]
    assert sorted(starts) == [0, 0, problem.service.station_ms + problem.service.dock_ms]


def test_a_robot_loads_earlier_and_waits_at_the_stop_rather_than_come_late() -> None:
    problem = plain(2, dropoff_earliest_ms=10 * MINUTE_MS, dropoff_latest_ms=10 * MINUTE_MS)
    before = planned(problem)
    placed = place_resources(problem, NEAR, before)
    assert not overlaps(loadings(problem, placed))
    assert [plan.trips[0].visits[1].start_ms for plan in placed] == [10 * MINUTE_MS] * 2


def test_a_trip_that_would_break_a_hard_window_is_left_out() -> None:
    problem = plain(2, dropoff_latest_ms=2 * MINUTE_MS, late_max_ms=0)
    placed = place_resources(problem, NEAR, planned(problem))
    assert [len(plan.trips) for plan in placed] == [1, 0]


def test_robots_charge_one_after_the_other_at_a_charger_with_one_place() -> None:
    problem = plain(2, (), dropoff_latest_ms=10 * MINUTE_MS)
    low = Battery(charge_mwh=3_000, capacity_mwh=10_000)  # 4,000 mWh to stop `b` and back
    problem = replace(
        problem,
        robots=tuple(replace(robot, battery=low) for robot in problem.robots),
        chargers=(Charger("a", places=1, power_mw=36_000),),
    )
    plan = insert(problem, NEAR, empty(problem), [one.id for one in problem.parcels])
    charges = [t.visits[0] for p in plan.plans for t in p.trips if t.charge_mwh]
    assert len(charges) == 2
    first, second = sorted(charges, key=lambda visit: visit.start_ms)
    assert first.depart_ms <= second.start_ms
    assert check(problem, NEAR, plan) == ()


def test_without_counted_places_nothing_changes() -> None:
    problem = plain(3, ())
    before = planned(problem)
    assert place_resources(problem, NEAR, before) == before


@pytest.mark.parametrize("seed", range(12))
def test_no_bay_is_taken_twice_and_no_parcel_is_lost(seed: int) -> None:
    problem, travel = draw(seed, robots=5, parcels=20, stations=2, plain=True)
    free = insert(problem, travel, empty(problem), [one.id for one in problem.parcels])
    counted = replace(problem, bays=(1,) * len(problem.stations))
    placed = place_resources(counted, travel, free.plans)
    spans = [span for span in loadings(counted, placed) if span[0] >= 0]
    by_node: dict[str, list[tuple[int, int, int]]] = {}
    for plan in placed:
        for trip in plan.trips:
            if place_of(counted, trip):
                first = trip.visits[0]
                entry = (trip.bay, first.start_ms, first.depart_ms)
                by_node.setdefault(first.node, []).append(entry)
    assert len(spans) == sum(len(rows) for rows in by_node.values())
    assert not any(overlaps(sorted(rows)) for rows in by_node.values())
    assert served(Solution(placed)) == served(free)
    assert cost_of(counted, travel, Solution(placed)).drive == free.cost.drive
