# SPDX-License-Identifier: Apache-2.0
from collections import Counter

from dispatcher.simulation.demand import SLOT_MS, demo_parcels
from dispatcher.simulation.fleet import demo_fleet
from tests.dispatcher.service.crooked_campus import crooked_graph

GRAPH = crooked_graph()
START_MS = 1_772_434_800_000


def test_one_seed_gives_one_day() -> None:
    assert demo_parcels(GRAPH, 7, 50, START_MS) == demo_parcels(GRAPH, 7, 50, START_MS)
    assert demo_parcels(GRAPH, 7, 50, START_MS) != demo_parcels(GRAPH, 8, 50, START_MS)


def test_every_parcel_can_be_at_its_stop_in_its_slot() -> None:
    rows = demo_parcels(GRAPH, 1, 300, START_MS)
    assert len({row.parcel for row in rows}) == 300
    assert list(rows) == sorted(rows, key=lambda row: (row.announced_ms, row.parcel))
    for row in rows:
        assert START_MS <= row.announced_ms <= row.at_station_ms <= row.slot_from_ms
        assert row.slot_until_ms - row.slot_from_ms == SLOT_MS
        assert row.stop in {"stop-b", "stop-c"}
        assert row.mass_g > 0


def test_the_day_begins_with_work() -> None:
    rows = demo_parcels(GRAPH, 1, 300, START_MS)
    first = [row for row in rows if row.at_station_ms == row.slot_from_ms == START_MS]
    assert len(first) >= 15
    sizes = Counter(row.size for row in rows)
    assert sizes["S"] > sizes["M"] > sizes["L"] > 0


def test_robots_stand_apart_as_long_as_there_is_room() -> None:
    fleet = demo_fleet(GRAPH, 4, seed=1)
    assert Counter(robot.node for robot in fleet) == {"st": 2, "a": 2}
    assert len({robot.key for robot in fleet}) == 4
    assert fleet == demo_fleet(GRAPH, 4, seed=1)
