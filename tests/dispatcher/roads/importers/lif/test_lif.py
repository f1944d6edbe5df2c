# SPDX-License-Identifier: Apache-2.0
"""What becomes of a VDMA LIF 1.0 file."""

import json
from typing import Any

import msgspec
import pytest

from dispatcher.roads.importers.any_map import import_any
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.lif.importing import lif_map
from dispatcher.roads.importers.osm.reading.data import MapImportError
from tests.dispatcher.roads.importers.lif.lif_drawing import (
    AT_HOME,
    edge,
    imported,
    layout,
    lif,
    node,
    station,
    triangle,
)

ARC = {
    "degree": 2,
    "knotVector": [0, 0, 0, 1, 1, 1],
    "controlPoints": [{"x": 0, "y": 0}, {"x": 50, "y": 40}, {"x": 100.001, "y": 0}],
}


def asking(**options: Any) -> ImportOptions:
    return msgspec.structs.replace(AT_HOME, **options)


def test_ids_directions_lengths_speeds_and_places_are_those_of_the_file() -> None:
    campus, report = imported(triangle())
    assert sorted(campus.nodes) == ["a", "b", "c"]
    edges = {one.id: one for one in campus.edges.values()}
    assert {key: (e.from_node, e.to_node, e.oneway) for key, e in edges.items()} == {
        "ab": ("a", "b", "no"),
        "bc": ("b", "c", "forward"),
        "ca": ("c", "a", "forward"),
    }
    assert (edges["ab"].length_mm, edges["ca"].length_mm) == (100_001, 50_000)
    assert [edges[key].speed_mm_s for key in ("ab", "bc", "ca")] == [1500, 800, 2250]
    assert {key: (p.role, p.node, p.name) for key, p in campus.places.items()} == {
        "s1": ("station", "a", "Depot"),
        "s2": ("stop", "c", "Gate 7"),
        "s3": ("charger", "b", "Charging 1"),
    }
    assert (campus.places["s1"].x_mm, campus.places["s1"].y_mm) == (-1500, 2000)
    assert campus.nodes["c"].name == "Corner"
    assert (campus.site.timezone, campus.site.name) == ("Europe/Berlin", "Works")
    assert report.notes["pairs of opposite edges made one two-way edge"] == 1
    assert report.not_handled["rotationAllowed (not used)"] == 4
    assert report.not_handled["stationHeight (not used)"] == 1
    assert report.station == "Depot"


def test_the_same_file_gives_the_same_map() -> None:
    text = json.dumps(triangle())
    assert lif_map(text, "x.json", AT_HOME) == lif_map(text, "x.json", AT_HOME)


def test_map_import_takes_a_lif_by_its_content(tmp_path: Any) -> None:
    path = tmp_path / "works.json"
    path.write_text(json.dumps(triangle()), encoding="utf-8")
    result = import_any(path, asking(main_roads="none"))
    assert result.report.source_format == "VDMA LIF 1.0"
    assert any("--main-roads" in warning for warning in result.report.warnings)


def test_without_an_origin_the_map_is_metric_only_and_says_so() -> None:
    campus, report = imported(triangle(), ImportOptions())
    assert (campus.site.lat_deg, campus.site.lon_deg, campus.site.timezone) == (0, 0, "UTC")
    assert campus.nodes["b"].x_mm == 100_001
    assert "metric only" in report.warnings[0]
    assert "--origin" in report.warnings[0]


def test_a_site_on_the_origin_of_a_country_is_brought_near() -> None:
    document = triangle()
    for one in document["layouts"][0]["nodes"]:
        one["nodePosition"]["x"] += 500_000
        one["nodePosition"]["y"] += 5_400_000
    del document["layouts"][0]["stations"][0]["stationPosition"]
    campus, report = imported(document, ImportOptions())
    assert campus.edges["ab"].length_mm == 100_001
    assert "x = 500050 m, y = 5.40002e+06 m" in report.warnings[0]
    with pytest.raises(MapImportError, match="5400 km from x = y = 0"):
        imported(document)


def test_rotation_turns_the_map_anticlockwise() -> None:
    campus, _ = imported(triangle(), asking(rotation_deg=90))
    assert (campus.nodes["b"].x_mm, campus.nodes["b"].y_mm) == (0, 100_001)
    assert (campus.places["s1"].x_mm, campus.places["s1"].y_mm) == (-2000, -1500)
    with pytest.raises(MapImportError, match="rotation is nan"):
        imported(triangle(), asking(rotation_deg=float("nan")))


def test_bends_of_degree_1_are_kept_to_the_mm_both_ways() -> None:
    document = triangle()
    points = [(0, 0), (33.333, 4.444), (70, -2.001), (100.001, 0)]
    bent = {
        "degree": 1,
        "knotVector": [0, 0, 0.4, 0.7, 1, 1],
        "controlPoints": [{"x": x, "y": y} for x, y in points],
    }
    back = bent | {
        "knotVector": [0, 0, 0.3, 0.6, 1, 1],
        "controlPoints": bent["controlPoints"][::-1],
    }
    document["layouts"][0]["edges"][0] = edge("ab", "a", "b", trajectory=bent)
    document["layouts"][0]["edges"][1] = edge("ba", "b", "a", trajectory=back)
    campus, _ = imported(document)
    assert campus.edges["ab"].oneway == "no"
    assert campus.edges["ab"].shape == tuple((round(x * 1000), round(y * 1000)) for x, y in points)


def test_curves_are_drawn_and_opposite_ones_become_one() -> None:
    document = triangle()
    back = ARC | {"controlPoints": ARC["controlPoints"][::-1]}  # type: ignore[index]
    document["layouts"][0]["edges"][0] = edge("ab", "a", "b", trajectory=ARC)
    document["layouts"][0]["edges"][1] = edge("ba", "b", "a", trajectory=back)
    campus, _ = imported(document)
    drawn = campus.edges["ab"]
    assert drawn.oneway == "no"
    assert len(drawn.shape) > 10
    # The length of a parabola's arc over 100.001 m, 20 m high: from its closed form.
    assert drawn.length_mm == pytest.approx(109_822, abs=30)


def test_opposite_edges_that_differ_stay_apart() -> None:
    document = triangle()
    document["layouts"][0]["edges"][1] = edge("ba", "b", "a", 0.5)
    campus, _ = imported(document)
    assert (campus.edges["ab"].oneway, campus.edges["ba"].oneway) == ("forward", "forward")
    assert (campus.edges["ab"].speed_mm_s, campus.edges["ba"].speed_mm_s) == (1500, 500)


def test_one_id_for_a_node_an_edge_and_a_station_does_no_harm() -> None:
    document = lif(
        layout(
            [node("1", 0, 0), node("2", 10, 0)],
            [edge("1", "1", "2"), edge("2", "2", "1")],
            [station("1", "2", "Depot"), station("2", "2"), station("works", "1")],
        )
    )
    campus, report = imported(document)
    assert sorted(campus.nodes) == ["1", "2"]
    assert sorted(campus.edges) == ["edge-1"]
    assert sorted(campus.places) == ["2", "station-1", "works"]
    assert campus.site.id == "site-works"
    assert report.notes["ids with a prefix, because something else has the same"] == 2


def test_levels_are_numbers_or_are_counted() -> None:
    def floor(name: str, number: int) -> dict[str, Any]:
        nodes = [node(f"{name}{end}", 30.0 * end, 0) for end in (0, 1)]
        edges = [
            edge(f"{name}-e", f"{name}0", f"{name}1"),
            edge(f"{name}-b", f"{name}1", f"{name}0"),
        ]
        stations = [station(f"{name}-s", f"{name}0", f"Shelf {name}")]
        return layout(nodes, edges, stations, layoutId=name, layoutLevelId=str(number))

    up, down = floor("u", 3), floor("d", -1)
    # A lift: two nodes at one position, the way up told in the lower layout.
    down["edges"] += [edge("lift", "d1", "u1")]
    up["edges"] += [edge("lift-down", "u1", "d1")]
    campus, report = imported(lif(down, up))
    assert {key: one.level for key, one in campus.nodes.items()} == {
        "d0": -1,
        "d1": -1,
        "u0": 3,
        "u1": 3,
    }
    assert campus.edges["u-b"].level == 3
    assert campus.edges["lift"].length_mm == 1000
    assert any("a lift?" in note for note in report.notes)
    up["layoutLevelId"], down["layoutLevelId"] = "EG", "UG"
    campus, report = imported(lif(down, up))
    assert (campus.nodes["d0"].level, campus.nodes["u0"].level) == (0, 1)
    assert "level 'EG' taken as level 1" in report.notes


def test_the_vehicle_type_asked_for_counts_else_the_slowest() -> None:
    document = triangle()
    hall = document["layouts"][0]
    for one in hall["edges"]:
        one["vehicleTypeEdgeProperties"].append({"vehicleTypeId": "tug", "maxSpeed": 1.0})
    hall["edges"].append(edge("cart-only", "a", "c", 1.1))
    campus, report = imported(document)
    assert (campus.edges["ab"].speed_mm_s, campus.edges["bc"].speed_mm_s) == (1000, 800)
    assert any("--vehicle-type (cart, tug)" in warning for warning in report.warnings)
    campus, report = imported(document, asking(vehicle_type="tug"))
    assert {one.speed_mm_s for one in campus.edges.values()} == {1000}
    assert report.dropped == {"edges that vehicle type 'tug' may not use": 1}
    # LIF 1.0, vehicleTypeNodeProperties: a node without an element for a type is none for it.
    hall["nodes"][2]["vehicleTypeNodeProperties"] = [{"vehicleTypeId": "cart"}]
    campus, report = imported(document, asking(vehicle_type="tug"))
    assert sorted(campus.edges) == ["ab"]
    with pytest.raises(
        MapImportError, match="no vehicle type 'tgu' here; there are: 'cart', 'tug'"
    ):
        imported(document, asking(vehicle_type="tgu"))


def test_edges_that_loaded_robots_must_not_use_are_closed() -> None:
    document = triangle()
    loads = {"unloaded": True, "loaded": False}
    document["layouts"][0]["edges"].append(edge("ac", "a", "c", loadRestriction=loads))
    campus, report = imported(document)
    assert campus.edges["ac"].access == "closed"
    assert any("loadRestriction" in note for note in report.notes)


def test_the_station_is_the_one_asked_for() -> None:
    for asked in ("s2", "gate 7", "GATE", "50.0003,10.0005"):
        campus, report = imported(triangle(), asking(station=asked))
        assert [one.id for one in campus.places.values() if one.role == "station"] == ["s2"]
        assert report.station == "Gate 7"
    with pytest.raises(MapImportError, match="no station here is called 'Gate 8'; near it: Gate 7"):
        imported(triangle(), asking(station="Gate 8"))


def test_without_a_word_about_it_the_station_is_a_guess_and_said_to_be() -> None:
    document = triangle()
    stations = [station("p1", "a"), station("p2", "b"), station("p3", "c")]
    document["layouts"][0]["stations"] = stations
    campus, report = imported(document)
    assert [one.id for one in campus.places.values() if one.role == "station"] == ["p3"]
    assert any("--station" in warning for warning in report.warnings)
    document["layouts"][0]["stations"] = []
    campus, report = imported(document)
    assert [one.role for one in campus.places.values()] == ["station"]
    assert report.generated == {"station": 1}


def test_a_station_off_the_main_part_is_left_out_and_counted() -> None:
    document = triangle()
    hall = document["layouts"][0]
    hall["nodes"].append(node("d", 60, 60))
    hall["edges"].append(edge("dead-end", "c", "d"))
    hall["stations"] += [station("s4", "d"), {"stationId": "s5", "interactionNodeIds": []}]
    campus, report = imported(document)
    assert "s4" not in campus.places
    assert report.dropped["stations that robots of the main part cannot get to and back from"] == 1
    assert report.dropped["stations without an interaction node"] == 1
    assert report.notes["edges that robots cannot get to and back from"] == 1


def test_unknown_fields_are_counted_and_do_no_harm() -> None:
    document = triangle() | {"vendor": {"deep": [1, 2]}}
    document["layouts"][0]["nodes"][0]["colour"] = "red"
    campus, report = imported(document)
    assert len(campus.nodes) == 3
    assert report.not_handled["unknown field node.colour"] == 1
    assert report.not_handled["unknown field file.vendor"] == 1


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        ("layouts", [], "layouts: there is no layout in it"),
        ("layouts", {}, "layouts: must be a list, not an object"),
        (
            "layouts/0/nodes/0/nodePosition/x",
            float("nan"),
            "(a).nodePosition.x: is nan, not within",
        ),
        ("layouts/0/nodes/0/nodePosition/x", 10**400, "nodePosition.x: is a number of many digits"),
        ("layouts/0/nodes/0/nodePosition", None, "layouts[0].nodes[0] (a): has no nodePosition"),
        (
            "layouts/0/nodes/1/nodeId",
            "a",
            "nodes[1] (a): this nodeId is taken by layouts[0].nodes[0]",
        ),
        ("layouts/0/nodes/1/nodeId", "", "layouts[0].nodes[1].nodeId: must be a text"),
        ("layouts/0/nodes/1/nodeId", "\ud800", 'nodeId: is no Unicode text: "\\ud800"'),
        ("layouts/0/edges/1/edgeId", "ab", "(ab): this edgeId is taken by layouts[0].edges[0]"),
        (
            "layouts/0/edges/2/endNodeId",
            "z",
            "edges[2] (bc).endNodeId: node 'z' is not in the file",
        ),
        (
            "layouts/0/stations/1/stationId",
            "s1",
            "this stationId is taken by layouts[0].stations[0]",
        ),
        (
            "layouts/0/stations/1/interactionNodeIds/0",
            "q",
            "layouts[0].stations[1] (s2).interactionNodeIds[0]: node 'q' is not in the file",
        ),
        ("metaInformation/lifVersion", "2.0.0", 'lifVersion: is "2.0.0", this reads LIF 1.0'),
        (
            "layouts/0/edges/0/vehicleTypeEdgeProperties/0/maxSpeed",
            "fast",
            "edges[0] (ab).vehicleTypeEdgeProperties[0].maxSpeed: must be a number",
        ),
        (
            "layouts/0/edges/0/vehicleTypeEdgeProperties/0/trajectory",
            ARC | {"knotVector": [0, 1]},
            "trajectory: knotVector has 2 values where 3 controlPoints and degree 2 need 6",
        ),
        (
            "layouts/0/edges/2/vehicleTypeEdgeProperties/0/trajectory",
            ARC,
            "its trajectory starts 100.00 m from node b and ends 67.08 m from node c",
        ),
    ],
)
def test_what_is_wrong_is_named_with_path_and_id(where: str, value: object, fault: str) -> None:
    document = triangle()
    *way, last = (int(part) if part.isdigit() else part for part in where.split("/"))
    inner: Any = document
    for part in way:
        inner = inner[part]
    inner[last] = value
    with pytest.raises(MapImportError) as caught:
        imported(document)
    first = str(caught.value).splitlines()[0]
    assert first.startswith("works.json: ")
    assert fault in first


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{}", "null", '{"layouts": 3}', '{"layouts": [[]]}', "[" * 100_000]
)
def test_other_json_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(MapImportError, match=r"works\.json"):
        lif_map(text, "works.json", AT_HOME)


def test_a_curve_of_two_points_is_straight_whatever_its_degree() -> None:
    document = triangle()
    points = [{"x": 100.001, "y": 0}, {"x": 40, "y": 30}]
    curve = {"degree": 3, "knotVector": [0, 0, 0, 0, 1, 1, 1, 1], "controlPoints": points}
    document["layouts"][0]["edges"][2]["vehicleTypeEdgeProperties"][0]["trajectory"] = curve
    campus, report = imported(document)
    assert len(campus.edges["bc"].shape) == 2
    assert report.notes["curves of two controlPoints, taken as straight"] == 1
