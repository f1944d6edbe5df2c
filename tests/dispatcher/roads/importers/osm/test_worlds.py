# SPDX-License-Identifier: Apache-2.0
"""Campuses of the world, none of them known to the importer, import with no option at all."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import networkx as nx
import pytest
import shapely

from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.editing.stats import stats_of
from dispatcher.roads.faults.checking import CheckOptions, Verdict, check_map
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.importing import ImportResult, import_osm
from dispatcher.roads.importers.report import report_lines
from dispatcher.roads.importers.report_page import report_page
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.parking import parking_slots
from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_frame import distance_mm
from robot_agent.campus_model import Place
from tests.dispatcher.roads.importers.osm.osm_canvas import Canvas
from tests.dispatcher.roads.importers.osm.osm_made_up import made_up
from tests.dispatcher.roads.importers.osm.osm_odd_worlds import ODD
from tests.dispatcher.roads.importers.osm.osm_worlds import WORLDS

ROBOTS = 24
EVERY = {**WORLDS, **ODD}

each_world = pytest.mark.parametrize("name", sorted(EVERY))


def imported(text: str, name: str = "world", options: ImportOptions | None = None) -> ImportResult:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.osm"
        path.write_text(text, encoding="utf-8")
        return import_osm(path, options or ImportOptions())


@cache
def drawn(name: str) -> Canvas:
    return EVERY[name]()


@cache
def world(name: str) -> ImportResult:
    return imported(drawn(name).xml())


@cache
def campus_of(name: str) -> Campus:
    return parse_campus(world(name).campus_text, name)


@cache
def verdict_of(name: str) -> Verdict:
    file = MapFile.parse(world(name).campus_text, name)
    return check_map(file, CheckOptions(robots=ROBOTS))


def features(name: str, kind: str) -> list[dict[str, Any]]:
    every = [one["properties"] for one in json.loads(world(name).campus_text)["features"]]
    return [one for one in every if one["kind"] == kind]


@each_world
def test_the_check_finds_no_error(name: str) -> None:
    assert [f"{fault.id}: {fault.message}" for fault in verdict_of(name).errors] == []


@each_world
def test_everything_is_reached_from_the_station_and_left_again(name: str) -> None:
    campus = campus_of(name)
    net = RoadGraph.from_campus(campus).to_networkx()
    start = next(place.node for place in campus.places.values() if place.role == "station")
    for place in campus.places.values():
        assert nx.has_path(net, start, place.node), place.id
        assert nx.has_path(net, place.node, start), place.id


@each_world
def test_no_way_from_a_kerb_to_its_door_leads_through_another_building(name: str) -> None:
    campus = campus_of(name)
    solid = {
        building.id: shapely.make_valid(shapely.Polygon(building.outline))
        for building in campus.buildings.values()
    }
    doors = _doors(name, campus)
    for stop in (place for place in campus.places.values() if place.role == "stop"):
        here, own = shapely.Point(stop.x_mm, stop.y_mm), solid[stop.building]
        goals = [*doors.get(stop.building, ()), own]
        through = [
            max(
                shapely.shortest_line(here, goal).intersection(other).length
                for key, other in solid.items()
                if key != stop.building
            )
            for goal in goals
            if len(solid) > 1
        ]
        assert min(through, default=0) <= 600, stop.id
        assert here.distance(own) <= 60_000, stop.id


def _doors(name: str, campus: Campus) -> dict[str, list[shapely.Point]]:
    """Entrances on the outlines, by building."""
    canvas = drawn(name)
    marked = {key for key, (_, tags) in canvas.nodes.items() if "entrance" in tags}
    found: dict[str, list[shapely.Point]] = {}
    for building in campus.buildings.values():
        refs = canvas.ways.get(int(building.id.partition("-w")[2] or 0), ([], {}))[0]
        for number, ref in enumerate(refs[:-1]):
            if ref in marked and number < len(building.outline):
                found.setdefault(building.id, []).append(shapely.Point(building.outline[number]))
    return found


@each_world
def test_places_stand_clear_of_one_another_and_beside_the_road(name: str) -> None:
    campus = campus_of(name)
    by_spot: dict[tuple[int, int], Place] = {}
    for place in campus.places.values():
        twin = by_spot.setdefault((place.x_mm, place.y_mm), place)
        assert twin is place, f"{place.id} stands where {twin.id} does"


@each_world
def test_islands_are_labelled_and_told(name: str) -> None:
    told = {island.number: island for island in world(name).report.islands}
    labelled: dict[int, int] = {}
    for edge in features(name, "edge"):
        if "island" in edge:
            labelled[edge["island"]] = labelled.get(edge["island"], 0) + 1
    assert labelled == {number: island.edges for number, island in told.items()}
    assert sorted(told) == list(range(1, len(told) + 1))
    assert all(island.why and island.gap_m >= 0 for island in told.values())
    lengths = [told[number].length_m for number in sorted(told)]
    assert lengths == sorted(lengths, reverse=True)


@each_world
def test_every_way_with_a_highway_is_accounted_for(name: str) -> None:
    canvas, report = drawn(name), world(name).report
    ways = sum("highway" in tags for _, tags in canvas.ways.values())
    squares = sum("highway" in tags for _, tags in canvas.relations.values())
    outside = report.beyond.get("ways outside the extract", 0)
    told = sum(report.kept.values()) + sum(report.dropped.values()) + outside
    assert ways <= told <= ways + squares


@each_world
def test_every_building_is_served_or_told(name: str) -> None:
    report = world(name).report
    assert report.stops == len(features(name, "stop"))
    assert report.buildings == len(features(name, "building"))
    assert report.buildings_unsnapped == len(report.unserved)
    assert report.stops + report.buildings_unsnapped <= report.buildings
    stopped = [one for one in features(name, "building") if "stop" in one]
    assert len(stopped) == report.stops
    assert sum(report.not_handled.values()) <= 5


@each_world
def test_the_figures_are_complete(name: str) -> None:
    figures = msgspec.to_builtins(stats_of(campus_of(name), {}, RobotProfile()))
    wanted = (
        *("nodes", "arcs", "km", "islands", "largest_component_share", "stops"),
        *("stops_unreachable", "buildings", "buildings_unsnapped", "gates", "dropped"),
    )
    assert [key for key in wanted if key not in figures] == []
    assert figures["stops_unreachable"] == 0
    assert figures["km"] < 50
    assert 0 < figures["largest_component_share"] <= 1


@each_world
def test_robots_park_and_wait_out_of_the_way(name: str) -> None:
    campus = campus_of(name)
    assert parking_slots(campus) >= ROBOTS
    assert sum(one.slots for one in campus.places.values() if one.role == "charger") >= ROBOTS
    gates = {node.id for node in campus.nodes.values() if node.gate not in ("none", "kerb")}
    for waiting in campus.waiting.values():
        if waiting.node:
            assert waiting.node not in gates, waiting.id
            continue
        edge = campus.edges[waiting.edge]
        assert edge.may_wait, waiting.id
        assert edge.road_class != "crossing", waiting.id
        assert edge.level == 0, waiting.id
        for node in (edge.from_node, edge.to_node):
            at = campus.nodes[node].x_mm, campus.nodes[node].y_mm
            if node in gates:
                assert distance_mm(at, (waiting.x_mm, waiting.y_mm)) >= 4_000, waiting.id


@each_world
def test_the_order_of_the_file_changes_nothing(name: str) -> None:
    canvas = drawn(name)
    assert imported(canvas.xml(shuffle=7)).campus_text == world(name).campus_text


@each_world
def test_the_report_can_be_read(name: str) -> None:
    report = world(name).report
    assert 5 <= len(report_lines(report)) <= 20
    assert max(map(len, report_lines(report))) < 1000
    assert "<html" in report_page(report)


@each_world
def test_texts_fit_a_map(name: str) -> None:
    for one in json.loads(world(name).campus_text)["features"]:
        for value in one["properties"].values():
            assert not isinstance(value, str) or len(value) <= 512
        for lon, lat in _positions(one["geometry"]["coordinates"]):
            assert abs(lon) <= 180
            assert abs(lat) <= 90


def _positions(coordinates: Any) -> list[list[float]]:
    if isinstance(coordinates[0], float | int):
        return [coordinates]
    return [place for part in coordinates for place in _positions(part)]


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_an_edit_elsewhere_keeps_the_ids(name: str) -> None:
    """A lane and a house are drawn far from all the rest."""
    canvas = EVERY[name]()
    station = next(place for place in campus_of(name).places.values() if place.role == "station")
    options = ImportOptions(station=_lat_lon(name, station))
    before = _ids(imported(canvas.xml(), options=options))
    box = canvas.bounds
    canvas.line([(-190.0, -160.0), (-150.0, -160.0)], highway="footway")
    canvas.house(-180.0, -180.0, 12, 9, name="Neubau")
    if box is not None:
        canvas.bounds = msgspec.structs.replace(box, west_m=-200.0, south_m=-200.0)
    after = _ids(imported(canvas.xml(), options=options))
    assert before - after == set()


def _lat_lon(name: str, place: Place) -> str:
    at = next(
        one["geometry"]["coordinates"]
        for one in json.loads(world(name).campus_text)["features"]
        if one["properties"]["id"] == place.id
    )
    return f"{at[1]},{at[0]}"


def _ids(result: ImportResult) -> set[str]:
    return {one["properties"]["id"] for one in json.loads(result.campus_text)["features"]}


@pytest.mark.parametrize("name", ["sidewalks", "village", "dense", "gated"])
def test_the_side_of_traffic_mirrors_where_robots_stand(name: str) -> None:
    """Drawn in a mirror and driven on the other side, as many find room and at the same spots."""
    canvas = EVERY[name]()
    right = imported(canvas.xml(), options=ImportOptions(left_hand=False))
    for key, ((x_m, y_m), tags) in list(canvas.nodes.items()):
        canvas.nodes[key] = ((-x_m, y_m), tags)
    if canvas.bounds is not None:
        box = canvas.bounds
        canvas.bounds = msgspec.structs.replace(box, west_m=-box.east_m, east_m=-box.west_m)
    left = imported(canvas.xml(), options=ImportOptions(left_hand=True))
    sides = [parse_campus(one.campus_text, "one side") for one in (right, left)]
    assert len(sides[0].places) == len(sides[1].places)
    assert len(sides[0].edges) == len(sides[1].edges)
    assert abs(len(sides[0].waiting) - len(sides[1].waiting)) <= 2
    on_the_road = {
        one["properties"]["building"]
        for one in json.loads(right.campus_text)["features"]
        if one["properties"].get("snap_m") == 0
    }
    for place in sides[0].places.values():
        twin = sides[1].places.get(place.id)
        if twin is not None and place.role == "stop" and place.building not in on_the_road:
            here = (place.x_mm + twin.x_mm, place.y_mm - twin.y_mm)
            assert max(map(abs, here)) < 2_500, place.id


@pytest.mark.parametrize("name", [name for name in sorted(ODD) if name.startswith("bounds")])
def test_wrong_bounds_lose_nothing(name: str) -> None:
    assert world(name).report.stops == 3
    assert any(note.startswith("bounds ") for note in world(name).report.notes)


def test_a_campus_on_the_date_line_is_one_campus() -> None:
    name = "at the date line"
    assert world(name).report.timezone == "Pacific/Fiji"
    assert world(name).report.stops == 3
    lons = [
        place[0]
        for one in json.loads(world(name).campus_text)["features"]
        for place in _positions(one["geometry"]["coordinates"])
    ]
    assert min(lons) < -179.9
    assert max(lons) > 179.9
    campus = campus_of(name)
    assert max(abs(node.x_mm) for node in campus.nodes.values()) < 500_000


@pytest.mark.parametrize("seed", range(25))
def test_what_chance_draws_is_a_map_without_an_error(seed: int) -> None:
    """But for room to park, where there is none: that is told with the import."""
    canvas = made_up(seed)
    found = imported(canvas.xml())
    verdict = check_map(MapFile.parse(found.campus_text, "made up"), CheckOptions(robots=ROBOTS))
    told = any("parking for" in step for step in found.report.next_steps)
    errors = [fault for fault in verdict.errors if not (told and fault.code == "few_parking")]
    assert [f"{fault.id}: {fault.message}" for fault in errors] == []
    ways = sum("highway" in tags for _, tags in canvas.ways.values())
    outside = found.report.beyond.get("ways outside the extract", 0)
    assert sum(found.report.kept.values()) + sum(found.report.dropped.values()) + outside == ways
    assert imported(canvas.xml(shuffle=seed + 1)).campus_text == found.campus_text


def test_nobody_stands_on_a_line_of_sight_across_a_square() -> None:
    name = "indoors"
    across = {edge["id"] for edge in features(name, "edge") if edge["id"].split("-")[0][-1] == "x"}
    assert across
    for kind in ("stop", "charger", "station", "parking", "waiting"):
        assert not {one["edge"] for one in features(name, kind) if "edge" in one} & across, kind
