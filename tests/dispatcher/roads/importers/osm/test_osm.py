# SPDX-License-Identifier: Apache-2.0
"""Importing OpenStreetMap extracts: small ones drawn here, and the real ones where they are."""

from pathlib import Path

import pytest

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.importers.clip import read_clip
from dispatcher.roads.importers.osm.importing import ImportOptions, MapImportError, import_osm
from dispatcher.roads.reach import reach_faults
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus import parse_campus
from robot_agent.campus_frame import distance_mm
from tests.data_sets import data_file
from tests.dispatcher.roads.importers.osm.extract_file import (
    Extract,
    campus_of,
    imported,
    refused,
    street,
)


def test_a_dormitory_gets_a_stop_at_the_kerb_on_its_side(tmp_path: Path) -> None:
    campus = campus_of(street(), tmp_path)
    stop = campus.places["stop-w100"]
    assert (stop.name, stop.building) == ("Nord 1", "building-w100")
    assert 50_000 <= campus.nodes[stop.node].x_mm <= 60_000
    assert campus.nodes[stop.node].y_mm == 0
    assert 2_000 <= stop.y_mm <= 3_000
    assert campus.buildings["building-w100"].stop == "stop-w100"
    assert campus.buildings["building-w100"].use == "dorm"
    assert sum(edge.length_mm for edge in campus.edges.values()) == pytest.approx(200_000, abs=20)


def test_the_map_says_whose_data_it_is(tmp_path: Path) -> None:
    site = campus_of(street(), tmp_path, timezone="Europe/Berlin", site_id="north").site
    assert "OpenStreetMap" in site.attribution
    assert (site.licence, site.timezone, site.id) == ("ODbL-1.0", "Europe/Berlin", "north")


def test_a_site_is_called_after_the_campus_it_lies_on(tmp_path: Path) -> None:
    extract = street()
    assert campus_of(extract, tmp_path).site.name == "small"
    corners = [(-50, -50), (300, -50), (300, 50), (-50, 50)]
    refs = [extract.node(900 + i, x_m, y_m) for i, (x_m, y_m) in enumerate(corners)]
    extract.way(90, [*refs, refs[0]], landuse="residential", name="Nordstadt")
    assert campus_of(extract, tmp_path).site.name == "Nordstadt"
    extract.way(91, [*refs, refs[0]], amenity="university", name="Universität Nord")
    assert campus_of(extract, tmp_path).site.name == "Universität Nord"


def test_the_same_extract_gives_the_same_map_whatever_its_order(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [2, extract.node(3, 200, 90)], highway="footway")
    path = tmp_path / "small.osm"
    digests = set()
    for shuffle in range(4):
        path.write_text(extract.text(shuffle), encoding="utf-8")
        digests.add(parse_campus(import_osm(path, ImportOptions()).campus_text, "small").digest)
    assert len(digests) == 1


def test_each_feature_stands_on_its_own_line_sorted_by_id(tmp_path: Path) -> None:
    lines = imported(street(), tmp_path).campus_text.splitlines()[1:-1]
    ids = [line.split('"id": "')[1].split('"')[0] for line in lines]
    assert ids == sorted(ids)
    assert "w1-1-2" in ids


def test_robots_asked_for_all_find_a_charger_and_parking(tmp_path: Path) -> None:
    result = imported(street(), tmp_path, robots=7)
    campus = parse_campus(result.campus_text, "small")
    for role in ("charger", "parking"):
        places = [place for place in campus.places.values() if place.role == role]
        assert sum(place.slots for place in places) >= 7
    made_up = ("station", "charger", "parking", "waiting")
    for line in result.campus_text.splitlines()[1:-1]:
        kind = line.split('"kind": "')[1].split('"')[0]
        assert ('"generated": true' in line) == (kind in made_up)


def test_a_road_too_short_for_every_robot_is_said(tmp_path: Path) -> None:
    extract = Extract()
    extract.way(1, [extract.node(1, 0, 0), extract.node(2, 30, 0)], highway="service")
    steps = imported(extract, tmp_path, robots=40).report.next_steps
    assert any("of 40 robots: add some" in step for step in steps)


def test_lines_that_cross_without_a_shared_node_are_no_junction(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [extract.node(3, 20, -50), extract.node(4, 20, 50)], highway="footway")
    result = imported(extract, tmp_path)
    assert [island.length_m for island in result.report.islands] == [100]
    assert '"id": "w2-3-4", "from"' in result.campus_text
    assert '"island": 1' in result.campus_text
    assert result.report.islands[0].why == "crosses the main part and shares no node with it"


def test_joints_where_nothing_changes_are_joined_with_their_bends(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [2, extract.node(3, 200, 50), extract.node(4, 300, 50)], highway="service")
    extract.way(3, [extract.node(5, 400, 0), 4], highway="service")
    extract.way(4, [5, extract.node(6, 450, 0)], highway="service", maxspeed="5")
    report = imported(extract, tmp_path).report
    assert (report.edges, report.nodes) == (2, 3)
    assert report.length_m == pytest.approx(200 + 50 + 100 + 111.8 + 50, abs=1)


def test_a_gate_on_a_way_becomes_a_node_that_costs_a_wait(tmp_path: Path) -> None:
    extract = street()
    extract.way(1, [1, extract.node(3, 100, 0, barrier="gate"), 2], highway="service")
    result = imported(extract, tmp_path, station="50.0,10.002")
    assert result.report.notes == {"barrier=gate taken as passable": 1}
    campus = parse_campus(result.campus_text, "small")
    assert (campus.nodes["n3"].gate, campus.nodes["n3"].wait_ms) == ("gate", 20_000)


def test_nobody_passes_a_locked_gate(tmp_path: Path) -> None:
    extract = street()
    gate = extract.node(3, 100, 0, barrier="gate", locked="yes")
    extract.way(1, [1, gate, 2], highway="service")
    report = imported(extract, tmp_path).report
    assert report.length_m == 100
    assert [island.length_m for island in report.islands] == [100]
    assert report.notes == {"barrier=gate, locked: nobody passes": 1}


def test_steps_part_the_net_and_the_island_is_told(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [2, extract.node(3, 220, 0)], highway="steps")
    extract.way(3, [3, extract.node(4, 300, 0)], highway="footway")
    report = imported(extract, tmp_path).report
    assert report.dropped == {"highway=steps": 1}
    (island,) = report.islands
    assert (island.nodes, island.length_m, island.gap_m) == (2, 80, 20.0)
    assert island.why == "cut off by w2, left out: highway=steps"


def test_a_oneway_ring_is_driven_one_way_round(tmp_path: Path) -> None:
    extract = street()
    ring = [2, extract.node(3, 300, 0), extract.node(4, 300, 80), extract.node(5, 200, 80), 2]
    extract.way(2, ring, highway="service", oneway="yes")
    extract.house(101, 305, 20, name="Ost")
    extract.house(102, 230, 85, name="West")
    campus = campus_of(extract, tmp_path)
    times = TravelTimes(RoadGraph.from_campus(campus), 1000)
    east, west = campus.places["stop-w101"].node, campus.places["stop-w102"].node
    assert times.length_mm(east, west) < times.length_mm(west, east)


def test_a_street_without_return_is_left_out(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [2, extract.node(3, 300, 0)], highway="service", oneway="yes")
    extract.house(101, 240, 5, name="Falle")
    report = imported(extract, tmp_path).report
    assert [one.name for one in report.unserved] == []
    extract.house(102, 290, 20, name="Falle 2")
    unserved = imported(extract, tmp_path).report.unserved
    assert [(one.name, one.why) for one in unserved] == [("Falle 2", "no road within 50 m")]


def test_a_stop_is_where_the_door_is(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [1, extract.node(3, 0, 30), extract.node(4, 200, 30)], highway="footway")
    campus = campus_of(extract, tmp_path)
    assert campus.nodes[campus.places["stop-w100"].node].y_mm == 0
    x_m, y_m, _ = extract.nodes[1003]
    extract.node(1003, x_m, y_m, entrance="main")
    campus = campus_of(extract, tmp_path)
    assert campus.nodes[campus.places["stop-w100"].node].y_mm == pytest.approx(30_000, abs=10)


def test_no_stop_lies_behind_another_building(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 50, 16, name="Hinten")
    report = imported(extract, tmp_path).report
    assert report.unserved[0].name == "Hinten"
    assert report.unserved[0].why == "every road near it lies behind another building"
    assert (report.lived_in, report.lived_in_served) == (2, 1)


def test_named_buildings_are_served_and_sheds_are_not(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 80, 5, building="yes", name="Bibliothek")
    extract.house(102, 100, 5, building="yes")
    extract.house(103, 120, 5, building="shed", name="Schuppen")
    campus = campus_of(extract, tmp_path)
    stops = [place.id for place in campus.places.values() if place.role == "stop"]
    assert stops == ["stop-w100", "stop-w101"]
    assert len(campus.buildings) == 4


def test_ways_that_reach_out_of_the_extract_are_cut(tmp_path: Path) -> None:
    extract = street()
    far = [extract.node(10 + i, 200 + 100 * i, 0) for i in range(1, 40)]
    extract.way(2, [2, *far], highway="service")
    assert imported(extract, tmp_path).report.length_m == 500


def test_the_station_stands_where_the_operator_says(tmp_path: Path) -> None:
    extract = street()
    extract.house(101, 150, -20, building="yes", name="Poststelle Süd")
    by_name = campus_of(extract, tmp_path, station="poststelle")
    assert by_name.places["station-1"].name == "Poststelle Süd"
    assert by_name.places["station-1"].x_mm == pytest.approx(155_000, abs=12_000)
    by_place = campus_of(extract, tmp_path, station="50.0, 10.0001")
    assert by_place.places["station-1"].x_mm == pytest.approx(7_170, abs=1_100)


def test_the_station_goes_to_the_large_net_not_to_a_scrap_beside_it(tmp_path: Path) -> None:
    extract = street()
    extract.way(2, [extract.node(3, 100, -5), extract.node(4, 110, -5)], highway="footway")
    campus = campus_of(extract, tmp_path, station="49.99996,10.00147")
    assert campus.nodes[campus.places["station-1"].node].y_mm == 0


def test_without_a_word_the_station_is_where_parcels_come_anyway(tmp_path: Path) -> None:
    extract = street()
    assert imported(extract, tmp_path).report.station_why == ("the middle of the stops")
    extract.house(101, 150, 5, building="yes", amenity="restaurant", name="Mensa")
    assert imported(extract, tmp_path).report.station == "Mensa"
    extract.node(9, 100, -4, amenity="post_office", name="Post")
    report = imported(extract, tmp_path).report
    assert report.station == "Post"
    assert any("--station" in step for step in report.next_steps)
    assert report.warnings == []


def test_a_station_that_is_not_there_is_said_with_what_is_near(tmp_path: Path) -> None:
    extract = street()
    assert refused(extract, tmp_path, station="Nord 2") == (
        "nothing here is called 'Nord 2'; near it: Nord 1"
    )
    extract.house(101, 150, 5, name="Nord 11")
    extract.house(102, 180, 200, name="Nord 12")
    assert imported(extract, tmp_path, station="nord 1").report.station == "Nord 1"
    assert refused(extract, tmp_path, station="nord") == (
        "'nord' names 3 places far apart (Nord 1, Nord 11, Nord 12): be exact"
    )
    assert "no road for robots within 50 m of the station" in refused(
        extract, tmp_path, station="50.003,10.0"
    )


def test_what_cannot_become_a_map_is_refused_in_one_sentence(tmp_path: Path) -> None:
    empty, steps = Extract(), Extract()
    empty.house(100, 0, 0)
    assert refused(empty, tmp_path) == "no road here: it holds no way with the tag highway"
    steps.way(1, [steps.node(1, 0, 0), steps.node(2, 9, 0)], highway="steps")
    assert refused(steps, tmp_path) == "no road here that a robot may drive (1 highway=steps)"
    assert "no IANA time zone" in refused(street(), tmp_path, timezone="Mars/Base")
    assert "robots is 0" in refused(street(), tmp_path, robots=0)
    assert "main roads is 'all'" in refused(street(), tmp_path, main_roads="all")


def test_a_map_without_stops_comes_with_a_word_on_how_to_add_them(tmp_path: Path) -> None:
    bare, far = street(), street()
    del bare.ways[100]
    far.house(100, 50, 100, name="Nord 1")
    for extract, what in ((bare, "it holds no building"), (far, "none of 1 buildings")):
        result = imported(extract, tmp_path)
        (warning,) = result.report.warnings
        assert what in warning
        assert "kind stop" in warning
        campus = parse_campus(result.campus_text, "small")
        assert reach_faults(RoadGraph.from_campus(campus)) == []
        assert sum(place.slots for place in campus.places.values() if place.role == "parking") >= 24


@pytest.mark.parametrize("tags", [{"oneway": "yes"}, {"bridge": "yes", "layer": "1"}])
def test_one_odd_road_is_still_a_map(tags: dict[str, str], tmp_path: Path) -> None:
    extract = Extract()
    extract.way(
        1, [extract.node(1, 0, 0), extract.node(2, 200, 0)], **{"highway": "residential", **tags}
    )
    result = imported(extract, tmp_path)
    campus = parse_campus(result.campus_text, "small")
    assert "station-1" in campus.places
    assert result.report.warnings
    assert reach_faults(RoadGraph.from_campus(campus)) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.osm", "roads", "x.osm:1: not whole XML: syntax error"),
        ("x.osm", "<osm>\n<node id='1' lat='1' lon='1'>", "x.osm:2: not whole XML: no element"),
        ("x.osm", "<osm/>", "x.osm: holds no OpenStreetMap node"),
        ("x.osm", "<osm><node id='1' lat='91' lon='0'/></osm>", "lat is '91' in node 1"),
        ("x.osm", "<osm><node id='1' lat='nan' lon='0'/></osm>", "lat is 'nan' in node 1"),
        (
            "x.osm",
            "<osm><node id='1'/></osm>",
            "x.osm:1: not OpenStreetMap data: node 1 has no lat",
        ),
        (
            "x.osm",
            "<osm><node id='1' lat='0' lon='0'/><node id='2' lat='1' lon='1'/></osm>",
            "covers 111 x 111 km, more than 90 km a side: take a part with --clip W,S,E,N",
        ),
        ("x.osm.pbf", "", "x.osm.pbf: is empty"),
    ],
)
def test_a_file_that_is_no_extract_is_refused(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MapImportError) as caught:
        import_osm(path, ImportOptions())
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_extract_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MapImportError, match=r"none.osm: cannot be read: No such file"):
        import_osm(tmp_path / "none.osm", ImportOptions())


@pytest.mark.parametrize(
    ("name", "stops", "share"),
    [("tsinghua-beijing", 300, 0.85), ("ajou-suwon", 60, 0.93)],
)
def test_a_real_campus_is_served(name: str, stops: int, share: float) -> None:
    path = data_file(f"maps/{name}.osm")
    result = import_osm(path, ImportOptions())
    campus = parse_campus(result.campus_text, name)
    graph = RoadGraph.from_campus(campus)
    assert reach_faults(graph) == []
    assert len(graph.places("stop")) >= stops
    assert result.report.lived_in_served >= share * result.report.lived_in
    # A stop lies beside the road it hangs on, and near the building it serves.
    for stop in graph.places("stop"):
        node, outline = graph.node(stop.node), campus.buildings[stop.building].outline
        here = (stop.x_mm, stop.y_mm)
        assert distance_mm((node.x_mm, node.y_mm), here) <= 8_000
        assert min(distance_mm(here, corner) for corner in outline) <= 150_000
    station = graph.places("station")[0].node
    assert all(
        TravelTimes(graph, 2000).time_ms(station, one.node) != UNREACHABLE
        for one in graph.places("parking")
    )


def test_a_part_of_a_town_without_buildings_is_a_map_too() -> None:
    path = data_file("maps/heidelberg.osm.pbf")
    pytest.importorskip("osmium", reason="not run: needs osmium")
    clip = read_clip("8.655,49.41,8.69,49.43")
    result = import_osm(path, ImportOptions(clip=clip))
    graph = RoadGraph.from_campus(parse_campus(result.campus_text, "town"))
    assert reach_faults(graph) == []
    report = result.report
    assert report.warnings == []
    assert (report.timezone, report.traffic_keeps) == ("Europe/Berlin", "right")
    assert report.length_m > 60_000
    assert all(island.why for island in report.islands)
