# SPDX-License-Identifier: Apache-2.0
"""Which buildings get a stop, and where it stands."""

from pathlib import Path

import pytest

from dispatcher.roads.importers.clip import read_clip
from robot_agent.campus import Campus, Place, parse_campus
from tests.dispatcher.roads.importers.osm.extract_file import (
    FRAME,
    Extract,
    campus_of,
    imported,
    street,
)


def stop_of(campus: Campus, building: str) -> Place:
    return campus.places[f"stop-{building}"]


def hung_at(campus: Campus, building: str) -> tuple[int, int]:
    node = campus.nodes[stop_of(campus, building).node]
    return node.x_mm, node.y_mm


def test_an_entrance_on_the_roads_is_the_stop_itself(tmp_path: Path) -> None:
    extract = street()
    extract.node(1000, 50, 5, entrance="yes")
    extract.way(2, [extract.node(3, 50, 0), 1000], highway="footway")
    extract.way(1, [1, 3, 2], highway="service")
    campus = campus_of(extract, tmp_path)
    assert stop_of(campus, "w100").node == "n1000"
    assert '"snap_m": 0.0' in imported(extract, tmp_path).campus_text


def test_an_entrance_that_a_path_runs_past_gets_the_stop_at_that_spot(tmp_path: Path) -> None:
    extract = street()
    extract.node(1002, 60, 15, entrance="main")
    extract.way(2, [extract.node(3, 60, 40), 1002, extract.node(4, 80, 0)], highway="footway")
    extract.way(1, [1, 4, 2], highway="service")
    campus = campus_of(extract, tmp_path)
    assert hung_at(campus, "w100") == pytest.approx((60_000, 15_000), abs=20)


def test_the_main_entrance_comes_first_and_delivery_doors_last(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [1, extract.node(3, 0, 30), extract.node(4, 200, 30)], highway="footway")
    extract.node(1000, 50, 5, entrance="service")
    extract.node(1002, 60, 15, entrance="yes")
    assert hung_at(campus_of(extract, tmp_path), "w100")[1] == pytest.approx(30_000, abs=20)
    extract.node(1002, 60, 15, entrance="emergency")
    assert hung_at(campus_of(extract, tmp_path), "w100")[1] == 0
    extract.node(1000, 50, 5, entrance="main", access="no")
    assert hung_at(campus_of(extract, tmp_path), "w100")[1] == pytest.approx(30_000, abs=20)


def test_a_building_of_several_outlines_is_served_once(tmp_path: Path) -> None:
    extract = street()
    extract.house(201, 100, 5, building="no")
    extract.house(202, 120, 5, building="no")
    extract.relation(
        9, {201: "outer", 202: "outer"}, type="multipolygon", building="university", name="Aula"
    )
    extract.house(203, 101, 6, building="no", **{"building:part": "yes"})
    campus = campus_of(extract, tmp_path)
    assert sorted(campus.buildings) == ["building-r9", "building-w100"]
    assert stop_of(campus, "r9").name == "Aula"
    assert 99_000 <= hung_at(campus, "r9")[0] <= 132_000


def test_a_building_that_is_not_whole_is_told_and_not_taken(tmp_path: Path) -> None:
    extract = street()
    extract.relation(9, {201: "outer"}, type="multipolygon", building="yes", name="Halb")
    report = imported(extract, tmp_path).report
    assert report.buildings == 1
    ((what, count),) = report.not_handled.items()
    assert "ways are not in the file" in what
    assert (count, report.named[what]) == (1, ["r9"])


def test_addresses_and_amenities_are_served_and_what_lies_below_ground_is_not(
    tmp_path: Path,
) -> None:
    extract = street()
    address = {"building": "yes", "addr__housenumber": "7", "addr__street": "Ring"}
    extract.house(101, 80, 5, **address)
    extract.house(102, 100, 5, building="yes", amenity="cafe")
    extract.house(103, 120, 5, building="yes", name="Tief", location="underground")
    extract.house(104, 140, 5, building="yes")
    campus = campus_of(extract, tmp_path)
    names = [place.name for place in campus.places.values() if place.role == "stop"]
    assert names == ["Nord 1", "Ring 7", "canteen 102"]


def test_one_walks_below_a_roof_to_the_door(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 50, 16, name="Hinten")
    assert imported(extract, tmp_path).report.buildings_unsnapped == 1
    extract.house(100, 50, 5, building="roof")
    assert imported(extract, tmp_path).report.buildings_unsnapped == 0


def test_a_house_in_the_second_row_is_served_past_its_neighbour(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 55, 16, name="Versetzt")
    stop = stop_of(campus_of(extract, tmp_path), "w101")
    assert stop.x_mm >= 60_000


def test_stops_keep_clear_of_gates_junctions_and_fire_lanes(tmp_path: Path) -> None:
    extract = street()
    gate = extract.node(3, 55, 0, barrier="gate")
    extract.way(1, [1, gate, 2], highway="service")
    x_mm, _ = hung_at(campus_of(extract, tmp_path), "w100")
    assert abs(x_mm - 55_000) >= 5_900
    extract.way(1, [1, gate, 2], highway="service", service="emergency_access")
    extract.way(2, [1, extract.node(4, 0, -30), extract.node(5, 200, -30)], highway="service")
    assert hung_at(campus_of(extract, tmp_path), "w100")[1] == pytest.approx(-30_000, abs=20)


def test_buildings_side_by_side_do_not_share_a_spot(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 50, -15, name="Süd 1")
    places = [hung_at(campus_of(extract, tmp_path), one) for one in ("w100", "w101")]
    assert abs(places[0][0] - places[1][0]) >= 2_000


def test_a_stop_beside_a_narrow_path_leaves_room_to_pass(tmp_path: Path) -> None:
    extract = Extract()
    extract.way(1, [extract.node(1, 0, 0), extract.node(2, 200, 0)], highway="footway")
    extract.house(100, 50, 1, name="Dicht")
    stop = stop_of(campus_of(extract, tmp_path), "w100")
    assert -2_000 <= stop.y_mm <= -900


def test_a_building_beside_an_island_is_told_why_it_has_no_stop(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [extract.node(3, 0, 120), extract.node(4, 100, 120)], highway="footway")
    extract.house(101, 50, 125, name="Insel")
    (unserved,) = imported(extract, tmp_path).report.unserved
    assert (unserved.id, unserved.gap_m) == ("w101", 125.0)
    assert "the road beside it is not joined" in unserved.why


def test_a_building_that_the_border_cuts_is_served_like_the_roads_there(tmp_path: Path) -> None:
    """Bounds reach 500 m; roads go on for 50 m, and so do buildings."""
    extract = street()
    extract.way(2, [2, extract.node(3, 525, 0)], highway="service")
    for number in range(12):
        extract.house(110 + number, 100 + 15 * number, -15)
    extract.house(101, 497, 5, name="Across")
    extract.house(102, 520, 5, name="Beside")
    extract.house(103, 560, 5, name="Beyond")
    found = imported(extract, tmp_path)
    assert found.report.buildings == 15
    stops = parse_campus(found.campus_text, "small").places
    assert {"stop-w101", "stop-w102"} <= set(stops)
    assert found.report.beyond == {"buildings outside the extract": 1}
    (thing,) = found.report.named["buildings outside the extract"]
    assert thing.startswith("w103 at 50.0")


def test_an_exact_clip_takes_the_buildings_that_it_touches(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 95, 5, name="Across")
    extract.house(102, 110, 5, name="Beside")
    north, south = (50 + y_m * 1000 / FRAME.y_mm_per_deg for y_m in (60, -60))
    west, east = (10 + x_m * 1000 / FRAME.x_mm_per_deg for x_m in (-60, 100))
    clip = read_clip(f"{west},{south},{east},{north}", "wgs84")
    extract.way(1, [1, extract.node(7, 90, 0), 2], highway="service")
    campus = parse_campus(imported(extract, tmp_path, clip=clip).campus_text, "small")
    assert sorted(campus.buildings) == ["building-w100", "building-w101"]
