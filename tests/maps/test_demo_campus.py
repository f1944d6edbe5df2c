# SPDX-License-Identifier: Apache-2.0
"""The demo campus that comes along: `maps/lindenhof/campus.geojson`."""

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import LineString, MultiPoint, Point, Polygon, shape

from dispatcher.roads.faults.traffic_faults import traffic_faults
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.waiting import usable_waiting, waiting_features, without_generated
from robot_agent.campus import Campus, Edge, Place, parse_campus, read_campus

MAP = Path(__file__).parents[2] / "maps" / "lindenhof" / "campus.geojson"
MAX_FILE_BYTES = 200_000
MAX_LINE_BYTES = 20_000
ROBOTS_OF_THE_DEMO = 12
WIDE_ENOUGH_FOR_TWO_MM = 2_800
KERB_TO_HOUSE_MM = 25_000


@pytest.fixture(scope="module")
def campus() -> Campus:
    return read_campus(MAP)


@pytest.fixture(scope="module")
def features() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(MAP.read_text(encoding="utf-8"))["features"]
    return found


def places(campus: Campus, role: str) -> list[Place]:
    return [place for place in campus.places.values() if place.role == role]


def arcs(campus: Campus) -> Iterator[tuple[str, str]]:
    for edge in campus.edges.values():
        if edge.oneway != "backward":
            yield edge.from_node, edge.to_node
        if edge.oneway != "forward":
            yield edge.to_node, edge.from_node


def reached_from(start: str, pairs: list[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for tail, head in pairs:
        following.setdefault(tail, []).append(head)
    seen, ahead = {start}, deque([start])
    while ahead:
        for head in following.get(ahead.popleft(), []):
            if head not in seen:
                seen.add(head)
                ahead.append(head)
    return seen


def carriageway(edge: Edge) -> Polygon:
    return LineString(edge.shape).buffer(edge.width_mm / 2)


def test_it_holds_what_the_demo_needs(campus: Campus) -> None:
    assert campus.site.timezone == "Europe/Berlin"
    assert [place.slots for place in places(campus, "station")] == [4]
    assert sum(place.slots for place in places(campus, "charger")) == 8
    gates = [node for node in campus.nodes.values() if node.gate != "none" and node.wait_ms > 0]
    assert [node.gate for node in gates].count("crossing") == 1
    assert len(gates) == 4, "three gates and a crossing"


def test_every_dormitory_has_a_name_of_its_own_and_a_stop_at_its_kerb(campus: Campus) -> None:
    dormitories = [building for building in campus.buildings.values() if building.use == "dorm"]
    assert len(dormitories) == 24
    assert len({building.name for building in dormitories}) == 24
    for building in dormitories:
        stop = campus.places[building.stop]
        assert (stop.role, stop.slots, stop.building) == ("stop", 2, building.id)
        kerb = LineString([(stop.x_mm, stop.y_mm), (stop.x_mm + 1, stop.y_mm)])
        assert Polygon(building.outline).distance(kerb) <= KERB_TO_HOUSE_MM


def test_every_robot_finds_a_parking_slot_near_the_station(campus: Campus) -> None:
    parking = places(campus, "parking")
    station = places(campus, "station")[0]
    near = [
        place
        for place in parking
        if max(abs(place.x_mm - station.x_mm), abs(place.y_mm - station.y_mm)) <= 100_000
    ]
    assert sum(place.slots for place in near) >= ROBOTS_OF_THE_DEMO
    assert len(parking) - len(near) >= 6, "several more are spread over the campus"


def test_robots_that_park_leave_room_to_pass(campus: Campus) -> None:
    waiting = {place.node for place in places(campus, "parking") + places(campus, "charger")}
    beside = [edge for edge in campus.edges.values() if {edge.from_node, edge.to_node} & waiting]
    assert len(beside) > len(waiting)
    assert all(edge.width_mm >= WIDE_ENOUGH_FOR_TWO_MM for edge in beside)


def test_every_node_can_be_reached_from_the_station_and_leads_back_to_it(campus: Campus) -> None:
    station = places(campus, "station")[0].node
    pairs = list(arcs(campus))
    assert reached_from(station, pairs) == set(campus.nodes)
    assert reached_from(station, [(head, tail) for tail, head in pairs]) == set(campus.nodes)


def test_the_courtyard_is_driven_round_one_way(campus: Campus) -> None:
    loop = [edge for edge in campus.edges.values() if edge.oneway == "forward"]
    round_it = [(edge.from_node, edge.to_node) for edge in loop]
    corners = {tail for tail, _ in round_it}
    assert len(corners) == len(loop)
    assert all(reached_from(corner, round_it) == corners for corner in corners)


def test_one_narrow_bridge_is_the_only_way_over_the_lake(
    campus: Campus, features: list[dict[str, Any]]
) -> None:
    by_id = {feature["properties"]["id"]: feature for feature in features}
    water = shape(by_id["area-lake"]["geometry"])
    over_it = [
        name
        for name, feature in by_id.items()
        if feature["properties"]["kind"] == "edge" and shape(feature["geometry"]).intersects(water)
    ]
    assert over_it == ["e-bridge"]
    assert (campus.edges["e-bridge"].capacity, campus.edges["e-bridge"].may_wait) == (1, False)
    assert 0 < campus.edges["e-bridge"].width_mm < WIDE_ENOUGH_FOR_TWO_MM


def test_the_robots_of_the_demo_never_wait_for_ever(campus: Campus) -> None:
    assert list(traffic_faults(campus, RobotProfile(), ROBOTS_OF_THE_DEMO)) == []


def test_its_waiting_places_are_those_that_would_be_found_today(
    features: list[dict[str, Any]],
) -> None:
    kept = without_generated(features)
    assert sum(feature["properties"]["kind"] == "waiting" for feature in kept) == 12, "by hand"
    text = json.dumps({"type": "FeatureCollection", "features": kept})
    found = waiting_features(parse_campus(text, "test"), RobotProfile())
    generated = [one for one in features if one["properties"].get("generated")]
    assert found == generated


def test_nobody_waits_in_the_lake_or_in_a_house(
    campus: Campus, features: list[dict[str, Any]]
) -> None:
    kept_clear = [Polygon(building.outline) for building in campus.buildings.values()]
    lake = next(one for one in features if one["properties"]["id"] == "area-lake")
    for waiting in usable_waiting(campus):
        here = Point(waiting.x_mm, waiting.y_mm)
        assert not any(house.contains(here) for house in kept_clear), waiting.id
    by_id = {feature["properties"]["id"]: feature for feature in features}
    for waiting in campus.waiting.values():
        assert not shape(lake["geometry"]).contains(shape(by_id[waiting.id]["geometry"]))


def test_no_road_runs_through_a_building(campus: Campus) -> None:
    ways = [(edge.id, carriageway(edge)) for edge in campus.edges.values()]
    for building in campus.buildings.values():
        house = Polygon(building.outline)
        assert house.is_valid, building.id
        assert [edge_id for edge_id, way in ways if way.intersects(house)] == [], building.id


def test_no_building_stands_in_another(campus: Campus) -> None:
    houses = [(building.id, Polygon(building.outline)) for building in campus.buildings.values()]
    for index, (name, house) in enumerate(houses):
        assert [other for other, its in houses[index + 1 :] if its.intersects(house)] == [], name


def test_ways_meet_only_where_they_share_a_node(campus: Campus) -> None:
    ways = [(edge, LineString(edge.shape)) for edge in campus.edges.values()]
    for index, (edge, line) in enumerate(ways):
        for other, its in ways[index + 1 :]:
            if line.intersects(its):
                ends = {edge.from_node, edge.to_node} & {other.from_node, other.to_node}
                joints = [campus.nodes[end] for end in sorted(ends)]
                shared = MultiPoint([(joint.x_mm, joint.y_mm) for joint in joints])
                beyond = line.intersection(its).difference(shared.buffer(1))
                assert beyond.is_empty, f"{edge.id} crosses {other.id}"


def test_lines_end_exactly_where_their_joints_are(features: list[dict[str, Any]]) -> None:
    joints: dict[str, list[float]] = {}
    for feature in features:
        properties, line = feature["properties"], feature["geometry"]["coordinates"]
        if properties["kind"] == "node":
            assert joints.setdefault(properties["id"], line) == line
        if properties["kind"] == "edge":
            assert joints.setdefault(properties["from"], line[0]) == line[0]
            assert joints.setdefault(properties["to"], line[-1]) == line[-1]


def test_a_change_to_the_map_is_a_change_of_one_line(features: list[dict[str, Any]]) -> None:
    ids = [feature["properties"]["id"] for feature in features]
    assert ids == sorted(set(ids))
    content = MAP.read_bytes()
    lines = content.splitlines()
    assert len(lines) == len(features) + 2
    assert max(len(line) for line in lines) < MAX_LINE_BYTES
    assert len(content) < MAX_FILE_BYTES


def test_it_may_be_used_by_anyone_and_says_that_it_is_invented(
    campus: Campus, features: list[dict[str, Any]]
) -> None:
    assert campus.site.licence == "CC0-1.0"
    site = next(f["properties"] for f in features if f["properties"]["kind"] == "site")
    assert "invented" in site["crs_note"]
