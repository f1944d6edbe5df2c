# SPDX-License-Identifier: Apache-2.0
"""A campus map as VDMA LIF 1.0, and back."""

import json
import math
from collections import Counter
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from dispatcher.roads.exporters.lif import export_lif
from dispatcher.roads.exporters.losses import ExportError
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.lif.importing import lif_map
from robot_agent.campus import Campus, parse_campus
from tests.dispatcher.roads.exporters.lif_schema import LIF
from tests.dispatcher.roads.exporters.rich_campus import campuses, rich
from tests.dispatcher.roads.importers.lif.lif_drawing import AT_HOME, edge, imported, triangle

NOW = "2026-01-05T08:00:00Z"


def written(campus: Campus) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(export_lif(campus, "drover", NOW).text)
    return document


def read_back(campus: Campus) -> Campus:
    text = export_lif(campus, "drover", NOW).text
    return parse_campus(lif_map(text, "back.json", AT_HOME).campus_text, "back")


def roads(campus: Campus) -> Counter[tuple[Any, ...]]:
    """Every open edge with all that a LIF can say of it."""
    return Counter(
        (one.id, one.from_node, one.to_node, one.shape, one.speed_mm_s, one.oneway)
        for one in campus.edges.values()
        if one.access != "closed"
    )


def lines(document: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    """Every directed edge of a LIF: ends, speed, and what a robot would drive along."""
    found: Counter[tuple[Any, ...]] = Counter()
    for layout in document["layouts"]:
        at = {one["nodeId"]: one["nodePosition"] for one in layout["nodes"]}
        for one in layout["edges"]:
            way = one["vehicleTypeEdgeProperties"][0]
            ends = (one["startNodeId"], one["endNodeId"])
            points = way.get("trajectory", {}).get("controlPoints") or [at[end] for end in ends]
            line = tuple((point["x"], point["y"]) for point in points)
            found[(*ends, way["maxSpeed"], line)] += 1
    return found


def test_what_is_written_is_what_the_guideline_asks_for() -> None:
    jsonschema.validate(written(rich()), LIF)


@given(campuses())
@settings(max_examples=40, deadline=None)
def test_a_campus_comes_back_from_a_lif_to_the_mm(campus: Campus) -> None:
    """LIF 1.0: positions in metres as float64, so whole mm survive."""
    back = read_back(campus)
    jsonschema.validate(written(campus), LIF)
    assert {key: (n.x_mm, n.y_mm) for key, n in back.nodes.items()} == {
        key: (n.x_mm, n.y_mm) for key, n in campus.nodes.items()
    }
    assert drives(back) == drives(campus)
    assert {key: (p.role, p.node, p.name, p.x_mm, p.y_mm) for key, p in back.places.items()} == {
        key: (p.role, p.node, p.name, p.x_mm, p.y_mm) for key, p in campus.places.items()
    }


def drives(campus: Campus) -> Counter[tuple[Any, ...]]:
    """Each way that can be driven, with its direction, line, length and speed."""
    found: Counter[tuple[Any, ...]] = Counter()
    for one in campus.edges.values():
        if one.access == "closed":
            continue
        if one.oneway != "backward":
            found[one.from_node, one.to_node, one.shape, one.length_mm, one.speed_mm_s] += 1
        if one.oneway != "forward":
            found[one.to_node, one.from_node, one.shape[::-1], one.length_mm, one.speed_mm_s] += 1
    return found


def test_ids_and_two_way_edges_come_back_as_they_were() -> None:
    campus = rich()
    back = read_back(campus)
    # The edge that runs backward comes back as one that runs forward: the same way.
    assert {key for key, *_ in roads(back)} == {key for key, *_ in roads(campus)}
    assert back.edges["ca"].oneway == "no"
    assert {one.role for one in back.places.values()} == {"station", "stop", "charger", "parking"}
    assert set(back.places) == set(campus.places)
    assert set(back.nodes) == set(campus.nodes)
    for key, one in back.edges.items():
        # A part of an edge that a place cuts is measured anew: 1 mm of rounding at each end.
        assert abs(one.length_mm - campus.edges[key].length_mm) <= 2


def test_a_lif_comes_back_from_a_campus() -> None:
    document = triangle()
    bent = {
        "degree": 1,
        "knotVector": [0, 0, 0.5, 1, 1],
        "controlPoints": [{"x": 0.0, "y": 0.0}, {"x": 20.123, "y": 30.0}, {"x": 40.0, "y": 30.0}],
    }
    document["layouts"][0]["edges"].append(edge("ac", "a", "c", trajectory=bent))
    campus, _ = imported(document)
    again = written(campus)
    assert lines(again) == lines(document)
    assert {one["stationId"] for one in again["layouts"][0]["stations"]} == {"s1", "s2", "s3"}
    assert again["layouts"][0]["stations"][0]["stationPosition"] == {"x": -1.5, "y": 2.0}


def test_bends_are_control_points_of_degree_1() -> None:
    document = written(rich())
    ways = [
        one["vehicleTypeEdgeProperties"][0]["trajectory"]
        for one in document["layouts"][0]["edges"]
        if one["edgeId"].startswith("ab.2")
    ]
    for way in ways:
        count = len(way["controlPoints"])
        assert (way["degree"], len(way["knotVector"])) == (1, count + 2)
        assert way["knotVector"][:2] + way["knotVector"][-2:] == [0, 0, 1, 1]
        assert all(a < b for a, b in pairwise(way["knotVector"][1:-1]))
    assert ways[0]["controlPoints"] == ways[1]["controlPoints"][::-1]


def test_levels_become_layouts() -> None:
    campus, _ = imported(triangle())
    document = triangle()
    document["layouts"][0]["layoutLevelId"] = "2"
    upstairs, _ = imported(document)
    assert [one["layoutLevelId"] for one in written(campus)["layouts"]] == ["0"]
    assert [one["layoutLevelId"] for one in written(upstairs)["layouts"]] == ["2"]
    assert {one.level for one in read_back(upstairs).nodes.values()} == {2}


def test_what_is_lost_is_named() -> None:
    lost = {one.what: one.ids for one in export_lif(rich(), "drover", NOW).lost}
    assert lost == {
        "geo anchor (said in layoutDescription, for people)": ("50,10",),
        "levels of bridges and tunnels": ("ca",),
        "time zone": ("Europe/Berlin",),
        "licence and attribution": ("CC0-1.0",),
        "traffic keeps left": (),
        "gates, crossings and kerbs": ("b",),
        "waits at nodes": ("b",),
        "widths of gates": ("b",),
        "classes of ways": ("ab.1", "ab.2"),
        "closed edges, left out": ("ba",),
        "widths of edges": ("ab.1", "ab.2"),
        "slopes": ("ca",),
        "capacities of edges": ("bc",),
        "opening hours of edges": ("ab.1", "ab.2"),
        "slots of places": ("hub",),
        "powers of chargers": ("ch",),
        "places' buildings": ("s1",),
        "waiting places": ("w",),
        "closures (closed zones)": ("z1",),
        "zones": ("z2",),
        "buildings": ("h1",),
        "features of a kind that is not known": (),
    }


def test_the_vehicle_type_is_the_one_asked_for() -> None:
    text = export_lif(rich(), "acme.cart", NOW).text
    options = ImportOptions(origin=(50.0, 10.0), vehicle_type="acme.cart")
    assert parse_campus(lif_map(text, "x", options).campus_text, "x").edges
    assert '"drover"' not in text


def test_a_planar_site_has_no_roads_to_write() -> None:
    planar = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"kind": '
        '"site", "id": "s", "format": "campus-map/1", "roads": "planar"}, "geometry": {"type": '
        '"Point", "coordinates": [10, 50]}}]}'
    )
    with pytest.raises(ExportError, match="planar"):
        export_lif(parse_campus(planar, "planar"), "drover", NOW)


def test_lengths_are_those_of_the_lines() -> None:
    for _, _, _, line in lines(written(rich())):
        assert sum(math.dist(a, b) for a, b in pairwise(line)) > 1
