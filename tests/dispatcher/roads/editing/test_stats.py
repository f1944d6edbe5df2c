# SPDX-License-Identifier: Apache-2.0
"""The figures of `map stats`, against maps small enough to count by hand."""

from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.editing.stats import MapStats, dropped_of, stats_of
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.reach import RoadParts
from robot_agent.campus import parse_campus, read_campus
from tests.dispatcher.roads.drawn_maps import Raw, feature, hung, square, text_of

MAP = Path(__file__).parents[4] / "maps" / "lindenhof" / "campus.geojson"


def stats(*more: Raw, **site: Any) -> MapStats:
    features = square()
    features["s"]["properties"].update(site)
    file = MapFile.parse(text_of([*features.values(), *more]), "x")
    return stats_of(parse_campus(file.text, "x"), dropped_of(file), RobotProfile())


def spur(name: str, *at: list[float], **facts: object) -> Raw:
    ends = {"from": f"{name}-0", "to": f"{name}-1"}
    return feature("edge", "LineString", [*at], id=name, **ends, **facts)


def test_a_ring_is_one_part() -> None:
    found = stats()
    # The four corners and one node for each of the four places.
    assert (found.nodes, found.arcs, found.one_way_arcs, found.dead_ends) in [
        (8 - joined, 16 - 2 * joined, 0, 0) for joined in range(5)
    ]
    assert (found.edges, found.km, found.km_wide, found.km_narrow) == (4, 0.509, 0.509, 0.0)
    assert (found.islands, found.largest_component_share) == (0, 1.0)
    assert (found.stations, found.stops, found.stops_unreachable) == (1, 1, 0)
    assert (found.buildings, found.buildings_unsnapped) == (1, 0)
    assert (found.chargers, found.charger_slots, found.parking_slots) == (1, 8, 8)
    assert (found.dropped, found.dropped_by) == (0, {})
    assert found.bbox == pytest.approx((49.99994, 10.0, 50.00106, 10.00206), abs=1e-6)


def test_islands_gates_and_what_hangs_on_them_are_counted() -> None:
    island = spur("far", [10.004, 50.0], [10.005, 50.0])
    closed = spur("shut", [10.006, 50.0], [10.007, 50.0], access="closed")
    out = feature("edge", "LineString", [[10.0, 50.0], [9.999, 50.0]], id="out", oneway="forward")
    out["properties"].update({"from": "a", "to": "o"})
    found = stats(
        island,
        closed,
        out,
        hung("stop", "s-far", "far", 30.0, [10.0044, 50.0]),
        hung("stop", "s-out", "out", 30.0, [9.9996, 50.0]),
        feature("node", "Point", [10.0, 50.0], id="a", gate="bollard"),
        feature("building", "Polygon", [[[10, 50], [10.1, 50], [10, 50.1], [10, 50]]], id="b2"),
        feature(
            "building",
            "Polygon",
            [[[10, 50], [10.1, 50], [10, 50.1], [10, 50]]],
            id="b3",
            name="Old mill",
        ),
        feature("waiting", "Point", [10.001, 50.0], id="w1", edge="e-ab", offset_m=70.0, slots=2),
        hung("waiting", "w2", "e-cd", 70.0, [10.001, 50.001], may_wait="proposed"),
    )
    assert (found.islands, found.stops, found.stops_unreachable) == (1, 3, 2)
    assert found.island_nodes == 3
    assert (found.gates, found.gates_by_kind) == (1, {"bollard": 1})
    assert found.one_way_arcs == 2
    assert (found.buildings, found.buildings_without_stop, found.buildings_unsnapped) == (3, 2, 1)
    assert (found.waiting, found.waiting_slots, found.waiting_proposed) == (1, 2, 1)
    assert (found.edges, found.edges_closed) == (7, 1)
    assert 0 < found.largest_component_share < 1


def test_parts_agree_with_networkx_on_the_demo_campus() -> None:
    campus = read_campus(MAP)
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(campus.nodes)
    for edge in campus.edges.values():
        if edge.access != "closed":
            if edge.oneway != "backward":
                graph.add_edge(edge.from_node, edge.to_node)
            if edge.oneway != "forward":
                graph.add_edge(edge.to_node, edge.from_node)
    parts = RoadParts(campus)
    assert len(set(parts.strong.tolist())) == nx.number_strongly_connected_components(graph)
    assert len(set(parts.weak.tolist())) == nx.number_weakly_connected_components(graph)


def test_an_island_that_is_a_single_loop_counts() -> None:
    loop = feature(
        "edge", "LineString", [[10.01, 50], [10.011, 50], [10.01, 50.001], [10.01, 50]], id="o"
    )
    loop["properties"].update({"from": "x", "to": "x"})
    found = stats(loop)
    assert (found.islands, found.island_nodes) == (1, 1)


def test_the_main_part_is_what_can_be_reached_and_left() -> None:
    out = spur("out", [10.0, 50.0], [9.999, 50.0], oneway="forward")
    out["properties"]["from"] = "a"
    found = stats(out, spur("far", [10.004, 50.0], [10.005, 50.0]))
    assert (found.km, found.km_main) == (0.653, 0.509)


def test_the_reasons_of_what_was_left_out_are_kept() -> None:
    said = "44 highway=platform; 27 access=private, no foot; rubbish"
    found = stats(dropped_ways=80, dropped_by=said, dropped_areas=3)
    assert found.dropped == 83
    assert found.dropped_by == {
        "highway=platform": 44,
        "access=private, no foot": 27,
        "other ways": 9,
        "areas": 3,
    }


def test_what_an_importer_left_out_stands_in_the_site() -> None:
    found = stats(dropped_ways=12, dropped_areas=3, dropped_note="text", source="x")
    assert (found.dropped, found.dropped_by) == (15, {"areas": 3, "ways": 12})


def test_without_a_station_no_stop_is_reached() -> None:
    features = square()
    del features["depot"]
    campus = parse_campus(text_of(features), "x")
    assert stats_of(campus, {}, RobotProfile()).stops_unreachable == 1


def test_a_planar_site_has_places_only() -> None:
    site = feature("site", "Point", [10.0, 50.0], id="s", format="campus-map/1", roads="planar")
    places = [
        feature("station", "Point", [10.0, 50.0], id="depot"),
        feature("stop", "Point", [10.001, 50.0], id="stop-1"),
    ]
    campus = parse_campus(text_of([site, *places]), "x")
    found = stats_of(campus, {}, RobotProfile())
    assert (found.nodes, found.arcs, found.km, found.stops_unreachable) == (2, 0, 0.0, 0)
    assert found.largest_component_share == 1.0
