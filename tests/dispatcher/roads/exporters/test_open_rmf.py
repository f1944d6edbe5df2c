# SPDX-License-Identifier: Apache-2.0
"""A campus map as GeoJSON of Open-RMF's traffic editor, read here as its readers do."""

import json
import math
from typing import Any

from hypothesis import given, settings

from dispatcher.roads.exporters.open_rmf import export_open_rmf
from dispatcher.roads.importers.campus_text import campus_text, line_feature, point_feature
from robot_agent.campus import Campus, parse_campus
from tests.dispatcher.roads.exporters.rich_campus import HOME, SITE, at, campuses, rich

Key = tuple[int, int, int]
Lane = tuple[Key, Key, dict[str, Any]]


def graph_of(text: str) -> tuple[dict[Key, dict[str, Any]], list[Lane]]:
    """Vertices by level and mm, then lanes between those found at their two positions."""
    document = json.loads(text)
    assert {"type", "site_name", "preferred_crs", "features"} <= set(document)
    vertices: dict[Key, dict[str, Any]] = {}
    lanes: list[Lane] = []
    names: list[str] = []

    def key(level: int, position: list[float]) -> Key:
        x, y = HOME.to_mm(position[1], position[0])
        return level, x, y

    for one in document["features"]:
        facts = one["properties"]
        if one["feature_type"] == "rmf_vertex":
            there = key(facts.get("level_idx", 0), one["geometry"]["coordinates"])
            assert there not in vertices
            vertices[there] = facts
            names += [facts["name"]] if "name" in facts else []
    assert len(names) == len(set(names))
    for one in document["features"]:
        facts = one["properties"]
        if one["feature_type"] == "rmf_lane":
            assert len(one["geometry"]["coordinates"]) == 2
            start, end = (key(facts["level_idx"], p) for p in one["geometry"]["coordinates"])
            assert start in vertices
            assert end in vertices
            assert facts["is_bidirectional"] == facts["bidirectional"]
            lanes.append((start, end, facts))
    return vertices, lanes


@given(campuses())
@settings(max_examples=25, deadline=None)
def test_lanes_are_as_long_as_the_edges(campus: Campus) -> None:
    _, lanes = graph_of(export_open_rmf(campus).text)
    driven: dict[str, float] = {}
    for start, end, facts in lanes:
        length = math.dist(start[1:], end[1:])
        driven[facts["edge"]] = driven.get(facts["edge"], 0) + length
    for one in campus.edges.values():
        # Rounding of each stretch, and vertices that were moved off another.
        assert abs(driven[one.id] - one.length_mm) <= 5 * 12


def test_places_are_named_vertices_and_say_what_they_are_for() -> None:
    vertices, lanes = graph_of(export_open_rmf(rich()).text)
    named = {one["name"]: one for one in vertices.values() if "name" in one}
    assert set(named) == {"hub", "s1", "s2"}
    assert named["hub"]["is_charger"]
    assert named["s2"]["is_parking_spot"]
    assert "is_charger" not in named["s1"]
    speeds = {facts["edge"]: facts["speed_limit"] for _, _, facts in lanes}
    assert speeds["ab.1"] == 2.345
    assert "ba" not in speeds


def test_one_way_lanes_point_the_way() -> None:
    _, lanes = graph_of(export_open_rmf(rich()).text)
    ways = {facts["edge"]: (start, end) for start, end, facts in lanes}
    one_way = {facts["edge"] for _, _, facts in lanes if not facts["is_bidirectional"]}
    # `cb` is drawn from c to b and runs backward, so as `bc` does.
    assert ways["cb"] == ways["bc"]
    assert one_way == {"bc", "cb"}


def test_ways_that_cross_without_a_joint_do_not_join() -> None:
    """Two edges with a bend at one position, one over the other on the same level of the map."""
    features = [
        SITE,
        line_feature(
            "edge", [at(0, 0), at(5, 5), at(10, 10)], **{"id": "e", "from": "a", "to": "b"}
        ),
        line_feature(
            "edge", [at(0, 10), at(5, 5), at(10, 0)], **{"id": "f", "from": "c", "to": "d"}
        ),
        line_feature("edge", [at(10, 10), at(10, 0)], **{"id": "g", "from": "b", "to": "d"}),
        line_feature("edge", [at(0, 0), at(0, 10)], **{"id": "h", "from": "a", "to": "c"}),
        point_feature("station", at(0, 0), id="s", node="a"),
    ]
    made = export_open_rmf(parse_campus(campus_text(features), "cross"))
    vertices, _ = graph_of(made.text)
    assert len(vertices) == 6
    lost = {one.what: one.ids for one in made.lost}
    assert lost["vertices moved by some mm, off another at one position"] == ("f",)


def test_what_is_lost_is_named() -> None:
    lost = {one.what: one.ids for one in export_open_rmf(rich()).lost}
    assert lost["places that share a vertex with another, left out"] == ("ch", "pk")
    assert lost["gates, crossings and kerbs"] == ("b",)
    assert lost["waiting places"] == ("w",)
    assert lost["names for people (a vertex is named by the id of its place)"] == ("hub", "s2", "b")


def test_the_frame_is_metres_about_the_origin_north_first() -> None:
    crs = json.loads(export_open_rmf(rich()).text)["preferred_crs"]
    assert "+lat_0=50.0" in crs
    assert "+axis=neu" in crs


def test_a_bridge_with_a_stop_on_it_stays_joined_to_the_ground() -> None:
    """Open-RMF joins levels by lifts alone: a lane to another level would lead nowhere."""
    bridge = {"id": "e", "from": "a", "to": "b", "level": 1}
    features = [
        SITE,
        line_feature("edge", [at(0, 0), at(90, 0)], **bridge),
        point_feature("station", at(0, 0), id="s", node="a"),
        point_feature("stop", at(30, 1), id="p", edge="e", offset_m=30),
        point_feature("stop", at(60, 1), id="q", edge="e", offset_m=60),
    ]
    made = export_open_rmf(parse_campus(campus_text(features), "bridge"))
    vertices, lanes = graph_of(made.text)
    assert {level for level, _, _ in vertices} == {0}
    assert [facts["edge"] for _, _, facts in lanes] == ["e.1", "e.2", "e.3"]
