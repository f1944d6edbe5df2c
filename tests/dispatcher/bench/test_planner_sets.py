# SPDX-License-Identifier: Apache-2.0
"""The bench's own instances: documented, seeded, servable."""

from collections import Counter

import pytest

from dispatcher.bench.planner_campus import PLACES, SLOT_MS
from dispatcher.bench.planner_cells import fingerprint_of
from dispatcher.bench.planner_days import campus_days, problem_of_day
from dispatcher.bench.planner_fleet import robots_of_campuses
from dispatcher.bench.planner_instances import entries_of
from dispatcher.bench.planner_uchoa import drawn_problem, recipe_of
from dispatcher.bench.planner_view import view_of
from tests.data_sets import data_file


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_each_customer_of_a_drawn_instance_can_be_served_on_a_trip_of_its_own(
    windows: bool, seed: int
) -> None:
    problem = drawn_problem(recipe_of(40, seed, windows=windows))
    view = view_of(problem)
    assert len(view.orders) == 40
    assert len({order.dropoff.node for order in view.orders}) == 40
    day_ms = view.fleet[0].end_ms
    for order in view.orders:
        stop, out_ms = order.dropoff, int(view.times_ms[view.depot, order.dropoff.node])
        start_ms = max(out_ms, stop.earliest_ms)
        assert start_ms <= stop.latest_ms
        assert start_ms + stop.service_ms + out_ms <= day_ms
        assert order.mass_g <= view.fleet[0].mass_limit_g


def test_a_drawn_instance_is_told_by_size_windows_and_seed() -> None:
    prints = [
        fingerprint_of(drawn_problem(recipe_of(30, seed, windows=windows)))
        for seed, windows in ((1, False), (1, False), (2, False), (1, True))
    ]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_campus_days_are_there_without_any_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DROVER_DATA", raising=False)
    days = list(campus_days())
    assert len(days) == 6
    regimes = Counter(day.regime for _, day, _ in days)
    assert regimes == {"trips": 3, "long": 3}
    for name, day, source in days:
        assert name.endswith("drawn")
        problem = problem_of_day(day, source)
        assert 200 <= len(problem.parcels) == day.parcels <= 400
        assert 6 <= len(problem.robots) == day.robots <= 22
        view = view_of(problem)
        assert view.released == view.several_trips == (day.regime == "trips")
        assert {kind.mass_limit_g for kind in view.fleet} == {PLACES[day.regime]}
        for order in view.orders:
            assert order.dropoff.latest_ms - order.dropoff.earliest_ms == SLOT_MS
            assert order.ready_ms <= order.dropoff.latest_ms
    again = problem_of_day(days[0][1], days[0][2])
    assert fingerprint_of(again) == fingerprint_of(problem_of_day(*days[0][1:]))


def test_a_recorded_day_gives_the_arrivals_where_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data_file("days/rappi/3/orders.csv")
    data_file("maps/ajou-suwon.osm")
    names = [name for name, _, _ in campus_days()]
    assert any(name.startswith("ajou-trips") and "rappi" in name for name in names)
    day, source = next((day, source) for name, day, source in campus_days() if "rappi" in name)
    recorded = problem_of_day(day, source)
    drawn = problem_of_day(day, "")
    assert [p.ready_ms for p in recorded.parcels] != [p.ready_ms for p in drawn.parcels] or (
        day.regime == "long"
    )


def test_the_fleet_is_400_campuses_with_700_robots() -> None:
    robots = robots_of_campuses()
    assert (len(robots), sum(robots)) == (400, 700)
    assert (min(robots), max(robots)) == (1, 22)
    assert sum(1 for count in robots if count <= 2) > 370


def test_public_files_are_loaded_with_what_is_published_in_their_convention() -> None:
    data_file("vrp/vrptw/C101.sol")
    entries = {entry.name: entry for entry in entries_of("public")}
    solomon = entries["C101"].load()
    assert solomon.known is not None
    assert solomon.known.cost == 8273
    homberger = next(entry.load() for name, entry in entries.items() if name.startswith("r1_2_"))
    assert homberger.known is None  # published with vehicles first
    assert "X-n502-k39" not in entries
