# SPDX-License-Identifier: Apache-2.0
"""What `map fix` makes of maps drawn by hand, and that it leaves alone what is right."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.editing.fixing import Fixed, FixOptions, fix_map, together
from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.faults.checking import check_map
from robot_agent.campus import Campus, parse_campus
from tests.data_sets import data_file
from tests.dispatcher.roads.drawn_maps import (
    CORNERS,
    GEOJSON_IO,
    QGIS_ROADS,
    QGIS_STOPS,
    Raw,
    drawn,
    edge,
    feature,
    hung,
    spoiled,
    square,
    text_of,
)

MAP = Path(__file__).parents[4] / "maps" / "lindenhof" / "campus.geojson"


def fixed(file: MapFile, **options: Any) -> Fixed:
    """Mended, and seen to be done with: a second run changes no byte."""
    found = fix_map(file, FixOptions(**options))
    again = fix_map(MapFile.parse(found.text, file.source), FixOptions(**options))
    assert again.changes == ()
    assert again.text == found.text
    return found


def campus_of(found: Fixed) -> Campus:
    return parse_campus(found.text, "fixed")


def by_id(found: Fixed) -> dict[str, Raw]:
    return {str(one["properties"]["id"]): one for one in json.loads(found.text)["features"]}


def drawn_line(*at: list[float], **facts: object) -> Raw:
    geometry = {"type": "LineString", "coordinates": [*at]}
    return {"type": "Feature", "properties": dict(facts), "geometry": geometry}


def test_a_drawing_of_geojson_io_becomes_a_map() -> None:
    found = fixed(MapFile.parse(GEOJSON_IO, "drawn/my campus.geojson"), timezone="Europe/Berlin")
    campus = campus_of(found)
    assert (campus.site.id, campus.site.timezone) == ("my-campus", "Europe/Berlin")
    assert sorted(place.role for place in campus.places.values()) == ["station", "stop"]
    gates = [node for node in campus.nodes.values() if node.gate == "gate"]
    assert [node.name for node in gates] == ["Gate"]
    # The gate and the side road each cut the first line, so it is three edges; and places cut more.
    raws = by_id(found)
    assert sum(one["properties"]["kind"] == "edge" for one in raws.values()) == 5
    assert gates[0].id in {one["properties"].get("to") for one in raws.values()}
    assert check_map(MapFile.parse(found.text, "x")).errors == ()
    assert len(campus.buildings) == 1
    stop = next(place for place in campus.places.values() if place.role == "stop")
    assert (stop.name, stop.slots) == ("Haus 1", 2)


def test_layers_of_qgis_become_one_map() -> None:
    files = [MapFile.parse(QGIS_ROADS, "roads.geojson"), MapFile.parse(QGIS_STOPS, "stops.geojson")]
    found = fixed(together(files), site_id="campus")
    # The second line of fid 2 is another feature, with an id by its geometry.
    assert {"campus", "edge-1", "edge-2", "station-1", "stop-2"} < set(by_id(found))
    assert len(by_id(found)) == 6
    campus = campus_of(found)
    assert check_map(MapFile.parse(found.text, "x")).errors == ()
    speeds = {edge.id.split(".")[0]: edge.speed_mm_s for edge in campus.edges.values()}
    assert speeds["edge-1"] == 1500
    station = by_id(found)["station-1"]["properties"]
    assert (station["fid"], station["edge"]) == (1, "edge-1")


def test_ids_depend_on_nothing_but_the_geometry() -> None:
    document = json.loads(GEOJSON_IO)
    want = by_id(fixed(MapFile.parse(GEOJSON_IO, "x.geojson"))).keys()
    for seed in range(5):
        random.Random(seed).shuffle(document["features"])
        assert by_id(fixed(MapFile.parse(json.dumps(document), "x.geojson"))).keys() == want


def test_a_good_map_is_left_as_it_is_to_the_byte() -> None:
    for text in (MAP.read_text(encoding="utf-8"), text_of(square())):
        found = fix_map(MapFile.parse(text, "x"))
        assert (found.text, found.changes) == (text, ())


@pytest.mark.parametrize("name", ["maps/ajou-suwon.osm", "maps/tsinghua-beijing.osm"])
def test_an_imported_map_is_left_as_it_is(name: str) -> None:
    from dispatcher.roads.importers.any_map import import_any
    from dispatcher.roads.importers.import_options import ImportOptions

    text = import_any(data_file(name), ImportOptions()).campus_text
    found = fix_map(MapFile.parse(text, "x"))
    assert found.changes == ()
    assert found.text == text


def test_what_the_format_does_not_know_is_kept() -> None:
    tree = feature("tree", "MultiPoint", [[10.0, 50.0, 3.0]], id="t", **{"Kind-Of": "oak"})
    odd = square()
    odd["e-ab"]["properties"]["paved_by"] = {"who": ["me"]}
    odd["e-ab"]["bbox"] = [1, 2, 3, 4]
    found = fixed(drawn([*odd.values(), tree, drawn_line([10.0, 50.0], [10.0, 49.999])]))
    raws = by_id(found)
    assert raws["t"] == tree
    assert raws["e-ab"] == odd["e-ab"]


def test_every_change_names_feature_place_and_line() -> None:
    found = fixed(MapFile.parse(GEOJSON_IO, "x.geojson"))
    raws = by_id(found)
    for change in found.changes:
        assert change.id in raws
        assert change.lat is not None
        assert change.what
    assert {change.line for change in found.changes} == {1, 4, 13, 21, 29, 34, 39, 44}


def test_a_new_line_joins_the_roads_that_are_there() -> None:
    """From a corner (0.2 m off) to the middle of an edge: both ends are joints."""
    line = drawn_line([10.0000028, 50.0], [10.0011, 50.0009995], speed_mps=1)
    found = fixed(drawn([*square().values(), line]))
    campus = campus_of(found)
    assert check_map(MapFile.parse(found.text, "x")).errors == ()
    new = next(edge for edge in campus.edges.values() if edge.id.startswith("edge-"))
    assert new.from_node == "a"
    met = [edge for edge in campus.edges.values() if new.to_node in (edge.from_node, edge.to_node)]
    assert len(met) == 3
    # The stop hung at 30 m of e-cd; it still stands where it stood.
    old = parse_campus(text_of(square()), "x").places["stop-1"]
    now = campus.places["stop-1"]
    node, was = campus.nodes[now.node], parse_campus(text_of(square()), "x").nodes[old.node]
    assert abs(node.x_mm - was.x_mm) <= 100
    assert abs(node.y_mm - was.y_mm) <= 100


def test_what_hangs_behind_a_cut_moves_to_its_part() -> None:
    features = square()
    features["w"] = feature(
        "waiting", "Point", [10.0002, 50.001], id="w", edge="e-cd", offset_m=125
    )
    features["e-cd"]["properties"]["length_m"] = 150.0
    line = drawn_line([10.0011, 50.001], [10.0011, 50.002])
    raws = by_id(fixed(drawn([*features.values(), line])))
    assert raws["stop-1"]["properties"]["edge"] == "e-cd"
    assert raws["w"]["properties"]["edge"] == "e-cd-2"
    assert raws["w"]["properties"]["offset_m"] == pytest.approx(125 - 64.5, abs=0.2)
    lengths = [raws[name]["properties"]["length_m"] for name in ("e-cd", "e-cd-2")]
    assert sum(lengths) == pytest.approx(150, abs=0.01)
    assert lengths[0] == pytest.approx(67.5, abs=0.3)


def test_crossing_lines_are_joined_only_when_asked_and_only_on_one_level() -> None:
    cross = [edge("ac", "a", "c"), edge("bd", "b", "d"), edge("over", "a", "c", level=1)]
    cross[2]["geometry"]["coordinates"].insert(1, [10.0012, 50.0005])
    features = [*square().values(), *cross]
    assert fixed(drawn(features)).changes == ()
    found = fixed(drawn(features), join_crossings=True)
    raws = by_id(found)
    assert {"ac", "ac-2", "bd", "bd-2", "over"} <= raws.keys()
    assert "over-2" not in raws
    assert raws["ac"]["properties"]["to"] == raws["bd"]["properties"]["to"]
    assert "crossing" not in check_map(MapFile.parse(found.text, "x")).counts


def test_places_are_hung_on_the_nearest_road_or_told_to_be_too_far() -> None:
    features = square()
    near = feature("stop", "Point", [10.0005, 50.0001], id="near")
    far = feature("stop", "Point", [10.0005, 49.9990], id="far")
    lost = hung("stop", "lost", "e-xx", 3.0, [10.0015, 50.0])
    beyond = hung("stop", "beyond", "e-ab", 999.0, [10.0015, 50.00001])
    found = fixed(drawn([*features.values(), near, far, lost, beyond]))
    raws = {name: one["properties"] for name, one in by_id(found).items()}
    assert (raws["near"]["edge"], raws["near"]["offset_m"]) == (
        "e-ab",
        pytest.approx(35.8, abs=0.1),
    )
    assert raws["lost"]["edge"] == raws["beyond"]["edge"] == "e-ab"
    assert "edge" not in raws["far"]
    left = check_map(MapFile.parse(found.text, "x")).errors
    assert [(fault.id, fault.code) for fault in left] == [("far", "not_hung")]


def test_a_line_split_in_qgis_gets_ids_and_ends_of_its_own() -> None:
    """The splitting tool copies all properties to both halves."""
    features = square()
    half = json.loads(json.dumps(features["e-bc"]))
    features["e-bc"]["geometry"]["coordinates"] = [[10.002, 50.0], [10.002, 50.0007]]
    half["geometry"]["coordinates"] = [[10.002, 50.0007], [10.002, 50.001]]
    found = fixed(drawn([*features.values(), half]))
    assert check_map(MapFile.parse(found.text, "x")).errors == ()
    raws = by_id(found)
    assert raws["e-bc"]["properties"]["from"] == "b"
    assert raws["e-bc-2"]["properties"]["to"] == "c"


def test_swapped_degrees_are_turned_round_where_that_is_plain() -> None:
    def swap(found: dict[str, Raw]) -> None:
        found["stop-1"]["geometry"]["coordinates"].reverse()

    campus = campus_of(fixed(spoiled(swap)))
    assert campus.digest == campus_of(fixed(drawn(square()))).digest
    beijing = drawn_line([40.0, 116.3], [40.001, 116.3])
    found = fixed(drawn([beijing]))
    assert campus_of(found).site.lat_deg == pytest.approx(40.0005)


def test_a_map_without_a_site_or_station_is_told_so() -> None:
    found = fixed(drawn([drawn_line([10.0, 50.0], [10.001, 50.0])]))
    assert any("give --timezone" in change.what for change in found.changes)
    errors = check_map(MapFile.parse(found.text, "x")).errors
    assert [fault.code for fault in errors] == ["no_station"]


def test_options_change_the_site_of_a_map() -> None:
    found = fixed(drawn(square()), site_id="north", timezone="Asia/Seoul")
    assert (campus_of(found).site.id, campus_of(found).site.timezone) == ("north", "Asia/Seoul")


def test_waiting_places_are_made_and_made_again_only_where_something_changed() -> None:
    features = square()
    for name in ("e-bc", "e-cd"):
        features[name]["properties"]["passing"] = "narrow"
    found = fixed(drawn(features), waiting=True)
    campus = campus_of(found)
    assert campus.waiting
    assert sum("waiting place" in change.what for change in found.changes) == len(campus.waiting)


def test_values_of_tables_become_what_the_reader_takes() -> None:
    def spoil(found: dict[str, Raw]) -> None:
        found["e-ab"]["properties"].update(speed_mps="2.5", may_wait="false", oneway="", level="1")
        found["e-ab"]["properties"].update(width_m=None, name=12)
        found["stop-1"]["properties"].update(name=7, slots="many")

    raws = by_id(fixed(spoiled(spoil)))
    facts = raws["e-ab"]["properties"]
    assert (facts["speed_mps"], facts["may_wait"], facts["level"]) == (2.5, False, 1)
    assert "oneway" not in facts
    assert facts["width_m"] is None
    assert raws["stop-1"]["properties"]["name"] == "7"
    assert raws["stop-1"]["properties"]["slots"] == "many"


def test_a_feature_that_can_be_nothing_is_kept_and_skipped() -> None:
    nothing = {"type": "Feature", "properties": None, "geometry": None}
    campus = campus_of(fixed(drawn([*square().values(), nothing])))
    assert campus.ignored == 1


def test_nesting_without_end_is_borne() -> None:
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    geometry = {"type": "LineString", "coordinates": deep}
    odd = {"type": "Feature", "properties": {"kind": "edge"}, "geometry": geometry}
    assert fixed(drawn([odd])).changes


COORDINATE = st.integers(0, 8).map(lambda step: round(step * 0.0002, 7))
POINTS = st.tuples(COORDINATE, COORDINATE).map(lambda at: [10 + at[0], 50 + at[1]])
LINES = st.lists(POINTS, min_size=2, max_size=4).map(lambda line: drawn_line(*line))


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=8), st.lists(POINTS, max_size=4), st.booleans())
def test_fixing_what_is_fixed_changes_no_byte(
    lines: list[Raw], stops: list[list[float]], crossings: bool
) -> None:
    points = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": at}}
        for at in stops
    ]
    found = fixed(drawn([*lines, *points]), join_crossings=crossings)
    ids = [str(one["properties"]["id"]) for one in json.loads(found.text)["features"]]
    assert len(ids) == len(set(ids))


def test_a_line_shorter_than_the_snapping_keeps_two_ends() -> None:
    """0.7 m between two junctions, as maps of towns have them; all without ends."""
    a, b = [10.0, 50.0], [10.00001, 50.0]
    lines = [[a, b], [[9.999, 50.0], a], [b, [10.001, 50.0]], [b, [10.0, 50.001]]]
    found = fixed(drawn([drawn_line(*line) for line in lines]))
    campus = campus_of(found)
    assert len(campus.edges) == 4
    assert len(campus.nodes) == 5
    assert min(edge.length_mm for edge in campus.edges.values()) == pytest.approx(717, abs=10)


def test_words_of_openstreetmap_are_taken_over() -> None:
    tags = {
        "highway": "residential",
        "oneway": "yes",
        "width": "3.5 m",
        "maxspeed": "5",
        "surface": "asphalt",
        "name": "Gasse",
        "capacity": "2",
        "incline_pct": "1,5",
        "may_wait": "no",
    }
    lines = [
        drawn_line([10.0, 50.0], [10.001, 50.0], **tags),
        drawn_line([10.001, 50.0], [10.002, 50.0], oneway="-1", access="private", highway="path"),
        drawn_line([10.002, 50.0], [10.003, 50.0], access="private", foot="yes", oneway=True),
        drawn_line([10.003, 50.0], [10.004, 50.0], highway="steps"),
    ]
    found = fixed(drawn(lines), site_id="s")
    edges = sorted(campus_of(found).edges.values(), key=lambda one: one.shape)
    assert [one.oneway for one in edges] == ["forward", "backward", "forward", "no"]
    assert [one.access for one in edges] == ["open", "closed", "open", "closed"]
    first = edges[0]
    assert (first.road_class, first.width_mm, first.speed_mm_s) == ("road", 3500, 1388)
    assert (first.capacity, first.incline_permille, first.may_wait) == (2, 15, False)
    said = [one.what for one in found.changes]
    assert "its oneway 'yes' made 'forward'" in said
    assert "its width_m 3.5, by its width '3.5 m'" in said
    assert "its class 'road', by its highway 'residential'" in said
    kept = json.loads(found.text)["features"]
    assert any(one["properties"].get("surface") == "asphalt" for one in kept)
    assert check_map(MapFile.parse(found.text, "x")).counts.get("unknown_property") is None


def test_a_mended_map_may_stay_with_the_words_it_has() -> None:
    lines = [drawn_line([10.0, 50.0], [10.001, 50.0], oneway="alternating")]
    verdict = check_map(MapFile.parse(fix_map(drawn(lines), FixOptions("s")).text, "x"))
    assert any("oneway" in fault.message for fault in verdict.errors)


def test_a_closed_barrier_is_not_opened_when_a_way_at_it_is_drawn_anew() -> None:
    gate = [10.001, 49.9995]

    def cut(found: dict[str, Raw]) -> None:
        found["in"] = feature("edge", "LineString", [CORNERS["b"], gate], id="in")
        found["in"]["properties"].update(to="n7-w1-2")
        found["out"] = feature("edge", "LineString", [gate, [10.001, 49.999]], id="out")
        found["out"]["properties"].update({"from": "n7-w1-3", "to": "n3"})

    campus = campus_of(fixed(spoiled(cut)))
    assert (campus.edges["in"].from_node, campus.edges["in"].to_node) == ("b", "n7-w1-2")
    assert campus.edges["out"].from_node == "n7-w1-3"


def test_a_near_miss_is_mended_as_the_check_says() -> None:
    """Take out the end, draw it onto the line, run `map fix`."""

    def near(found: dict[str, Raw]) -> None:
        line = [[10.001, 50.000005], [10.001, 50.0005]]
        found["n"] = feature("edge", "LineString", line, id="n")
        found["n"]["properties"].update({"from": "x", "to": "y"})

    before = spoiled(near)
    assert check_map(before).counts["near_miss"] == 1
    document = json.loads(before.text)
    for raw in document["features"]:
        if raw["properties"]["id"] == "n":
            del raw["properties"]["from"]
    found = fixed(MapFile.parse(json.dumps(document), "x"))
    assert check_map(MapFile.parse(found.text, "x")).counts.get("near_miss") is None
