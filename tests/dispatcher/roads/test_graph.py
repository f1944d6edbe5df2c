# SPDX-License-Identifier: Apache-2.0
"""The net that is searched: which joints go, which stay, and that no way is lost by it."""

import random
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus import Campus
from tests.dispatcher.roads.line_campus import EDGES, STOPS, WAITS, Row, campus

SPEED_MM_S = 1000
"""No class of way is slower: times are whole ms on every edge, so nothing is lost by rounding."""


def unjoined(roads: Campus) -> "nx.DiGraph[str]":
    """Every edge of the campus, joints and all, by the rules of the documentation."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(roads.nodes)
    for edge in roads.edges.values():
        ends = {"no": (1, -1), "forward": (1,), "backward": (-1,)}[edge.oneway]
        for direction in ends if edge.access != "closed" else ():
            tail, head = (edge.from_node, edge.to_node)[::direction]
            ms = edge.length_mm * 1000 // SPEED_MM_S + roads.nodes[head].wait_ms
            known = graph.get_edge_data(tail, head)
            if known is None or ms < known["ms"]:
                graph.add_edge(tail, head, ms=ms)
    return graph


@given(EDGES, WAITS, STOPS)
@settings(max_examples=80, deadline=None)
def test_joining_makes_no_way_longer_or_shorter(
    edges: list[Row], waits_s: dict[int, float], stops: tuple[int, ...]
) -> None:
    alike = {row[0]: {"class": "shared"} for row in edges}
    roads = campus(edges, waits_s, stops, alike)
    graph = RoadGraph.from_campus(roads)
    table = TravelTimes(graph, SPEED_MM_S)
    known = dict(nx.all_pairs_dijkstra_path_length(unjoined(roads), weight="ms"))
    left = [node for node in graph.node_ids if node in roads.nodes]
    for start in left:
        for end in left:
            assert table.time_ms(start, end) == known[start].get(end, UNREACHABLE)
    assert {place.node for place in roads.places.values()} <= set(left)


def net_of(edges: list[Row], **facts: dict[str, Any]) -> RoadGraph:
    return RoadGraph.from_campus(campus(edges, facts=facts))


CHAIN: list[Row] = [("a", 0, 1, "no", 3), ("b", 2, 1, "no", 3), ("c", 2, 3, "no", 3)]


def test_mere_joints_vanish_and_the_line_stays() -> None:
    graph = net_of(CHAIN)
    assert graph.node_ids == ("n0", "n3")
    edge = graph.edge_between("n0", "n3")
    assert (edge.id, edge.length_mm) == ("a~3", 9000)
    assert len(edge.shape) == graph.bends_between("n0", "n3") + 2 == 7
    assert list(edge.shape) == sorted(edge.shape)
    assert graph.shape_between("n3", "n0") == edge.shape[::-1]


@pytest.mark.parametrize(
    "fact",
    [
        {"class": "road"},
        {"speed_mps": 1.0},
        {"width_m": 2.5},
        {"passing": "narrow"},
        {"access": "staff"},
        {"level": 1},
        {"incline_pct": 4},
        {"open_hours": "07:00-22:00"},
        {"may_wait": False},
        {"oneway": "forward"},
        {"capacity": 1},
    ],
)
def test_edges_that_differ_in_a_fact_stay_two(fact: dict[str, Any]) -> None:
    graph = net_of([("a", 0, 1, "no", 3), ("b", 1, 2, "no", 3)], b=fact)
    assert graph.node_ids == ("n0", "n1", "n2")


def test_a_slope_and_a_oneway_count_as_they_are_driven() -> None:
    rows: list[Row] = [("a", 0, 1, "forward", 3), ("b", 2, 1, "backward", 3)]
    graph = net_of(rows, a={"incline_pct": 5}, b={"incline_pct": -5})
    assert graph.node_ids == ("n0", "n2")
    assert graph.net.incline_permille.tolist() == [50]
    apart = net_of(rows, a={"incline_pct": 5}, b={"incline_pct": 5})
    assert apart.node_ids == ("n0", "n1", "n2")


def test_edges_with_room_for_one_robot_each_stay_two() -> None:
    one = {"capacity": 1}
    graph = net_of([("a", 0, 1, "no", 3), ("b", 1, 2, "no", 3)], a=one, b=one)
    assert graph.node_ids == ("n0", "n1", "n2")
    assert graph.net.capacities.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("waits_s", "stops"), [({1: 5.0}, ()), ({}, (1,))])
def test_a_gate_and_a_stop_stay_nodes(waits_s: dict[int, float], stops: tuple[int, ...]) -> None:
    rows: list[Row] = [("a", 0, 1, "no", 3), ("b", 1, 2, "no", 3)]
    graph = RoadGraph.from_campus(campus(rows, waits_s, stops))
    assert graph.node_ids == ("n0", "n1", "n2")
    assert graph.net.wait_ms.sum() == sum(2000 * wait_s for wait_s in waits_s.values())


def test_a_way_round_without_a_stop_carries_no_arc() -> None:
    ring: list[Row] = [("a", 0, 1, "no", 3), ("b", 1, 2, "no", 3), ("c", 2, 0, "no", 3)]
    assert list(net_of(ring).arcs()) == []
    assert net_of([*ring, ("loop", 5, 5, "no", 3)]).net.arcs == 0


def test_the_slower_of_two_ways_between_two_nodes_is_kept() -> None:
    rows: list[Row] = [("long", 0, 2, "no", 8), ("short", 0, 2, "no", 2), ("on", 2, 5, "no", 3)]
    graph = RoadGraph.from_campus(campus(rows, {0: 1.0, 2: 1.0}))
    assert "long~mid" in graph.node_ids
    assert graph.edge_between("n0", "n2").id == "short"
    halves = [graph.edge_between("n0", "long~mid"), graph.edge_between("long~mid", "n2")]
    assert sum(half.length_mm for half in halves) == 8000
    assert graph.node("long~mid").x_mm == halves[1].shape[0][0]


def test_a_point_of_an_edge_is_found_on_its_arc() -> None:
    graph = net_of(CHAIN)
    there, back = graph.arc_number("n0", "n3"), graph.arc_number("n3", "n0")
    assert graph.locate("a", 1000) == (there, 1000)
    assert graph.locate("a", 1000, forward=False) == (back, 8000)
    # b is drawn against the line that it has become part of.
    assert graph.locate("b", 1000) == (back, 4000)
    assert graph.locate("b", 1000, forward=False) == (there, 5000)
    rows: list[Row] = [("long", 0, 2, "no", 8), ("short", 0, 2, "no", 2)]
    halved = RoadGraph.from_campus(campus(rows, {0: 1.0, 2: 1.0}))
    assert halved.locate("long", 3000) == (halved.arc_number("n0", "long~mid"), 3000)
    assert halved.locate("long", 7000) == (halved.arc_number("long~mid", "n2"), 3000)
    with pytest.raises(KeyError):
        net_of(CHAIN, b={"access": "closed"}).locate("b", 0)


def arrays(graph: RoadGraph) -> Iterator[list[int]]:
    net = graph.net
    for name in net.__struct_fields__:
        yield getattr(net, name).tolist()


@given(EDGES, WAITS, STOPS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_a_shuffled_file_gives_the_same_arrays(
    edges: list[Row], waits_s: dict[int, float], stops: tuple[int, ...], luck: random.Random
) -> None:
    shuffled = list(edges)
    luck.shuffle(shuffled)
    one = RoadGraph.from_campus(campus(edges, waits_s, stops))
    other = RoadGraph.from_campus(campus(shuffled, dict(reversed(waits_s.items())), stops[::-1]))
    assert one.node_ids == other.node_ids
    assert list(arrays(one)) == list(arrays(other))
    assert one.components == other.components


@given(EDGES, WAITS)
@settings(max_examples=30, deadline=None)
def test_the_parts_are_those_of_networkx(edges: list[Row], waits_s: dict[int, float]) -> None:
    graph = RoadGraph.from_campus(campus(edges, waits_s))
    by_part: dict[int, set[str]] = {}
    for node, part in zip(graph.node_ids, graph.components, strict=True):
        by_part.setdefault(part, set()).add(node)
    known = nx.strongly_connected_components(graph.to_networkx())
    assert sorted(map(sorted, by_part.values())) == sorted(map(sorted, known))
    sizes = [len(by_part[part]) for part in sorted(by_part)]
    assert sizes == sorted(sizes, reverse=True)


def test_networkx_sees_the_facts_of_nodes_and_arcs() -> None:
    graph = RoadGraph.from_campus(
        campus([("a", 0, 1, "no", 3)], {1: 5.0}, facts={"a": {"incline_pct": 5, "capacity": 1}})
    )
    view = graph.to_networkx()
    assert view.nodes["n1"]["wait_ms"] == 5000
    assert (view.nodes["n1"]["x_mm"], view.nodes["n1"]["gate"]) == (1003, "gate")
    back = view.edges["n1", "n0", "a"]
    assert (back["edge"], back["length_mm"], back["incline_permille"]) == ("a", 3000, -50)
    assert back["shape"][0] == (1003, 0)
    assert back["capacity"] == 1


def test_nobody_writes_to_the_net() -> None:
    net = net_of(CHAIN).net
    with pytest.raises(ValueError, match="read-only"):
        net.heads[0] = 1
    assert np.array_equal(net.tails[net.twins], net.heads)
