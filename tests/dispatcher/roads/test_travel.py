# SPDX-License-Identifier: Apache-2.0
"""Travel times: exact, the same as an independent search, and told by a path that adds up."""

import json
import math
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads import travel
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.travel import UNREACHABLE, TravelTimes, Unreachable
from robot_agent.campus import Campus, parse_campus

DEGREE_M = 111_000


def campus(
    edges: list[tuple[str, int, int, str, int]], waits_s: dict[int, float] | None = None
) -> Campus:
    """A campus on a line: node n lies n metres east; edges are (id, from, to, oneway, length)."""

    def position(n: float) -> list[float]:
        return [n / DEGREE_M, 0.0]

    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"kind": "site", "id": "site", "format": "campus-map/1"},
            "geometry": {"type": "Point", "coordinates": [0, 0]},
        }
    ]
    for node, wait_s in (waits_s or {}).items():
        facts = {"kind": "node", "id": f"n{node}", "gate": "gate", "wait_s": wait_s}
        point = {"type": "Point", "coordinates": position(node)}
        features.append({"type": "Feature", "properties": facts, "geometry": point})
    for name, start, end, oneway, length_m in edges:
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "kind": "edge",
                    "id": name,
                    "from": f"n{start}",
                    "to": f"n{end}",
                    "oneway": oneway,
                    "length_m": length_m,
                    "class": ("path", "road", "crossing")[length_m % 3],
                },
                "geometry": {
                    "type": "LineString",
                    "coordinates": [position(start), position((start + end) / 2), position(end)]
                    if start != end
                    else [position(start), position(start + 1), position(end)],
                },
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return parse_campus(text, "test")


def times(
    edges: list[tuple[str, int, int, str, int]],
    waits_s: dict[int, float] | None = None,
    speed_mm_s: int = 2000,
) -> TravelTimes:
    return TravelTimes(RoadGraph.from_campus(campus(edges, waits_s)), speed_mm_s)


def oracle(table: TravelTimes) -> "nx.DiGraph[str]":
    """The same roads for networkx, weighed by the rule of the documentation, not by our code."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(table.graph.node_ids)
    for arc in table.graph.arcs():
        speed = min(arc.edge.speed_mm_s, table.speed_mm_s)
        weight = math.ceil(arc.edge.length_mm * 1000 / speed)
        graph.add_edge(arc.tail, arc.head, ms=weight + table.graph.node(arc.head).wait_ms)
    return graph


NODES = 9
EDGES = st.lists(
    st.tuples(
        st.integers(0, NODES - 1),
        st.integers(0, NODES - 1),
        st.sampled_from(["no", "no", "forward", "backward"]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=25,
).map(lambda rows: [(f"e{number:02}", *row) for number, row in enumerate(rows)])


@given(EDGES, st.dictionaries(st.integers(0, NODES - 1), st.sampled_from([0.5, 20.0])))
@settings(max_examples=60, deadline=None)
def test_times_equal_an_independent_search_to_the_millisecond(
    edges: list[tuple[str, int, int, str, int]], waits_s: dict[int, float]
) -> None:
    table = times(edges, waits_s)
    known = dict(nx.all_pairs_dijkstra_path_length(oracle(table), weight="ms"))
    nodes = table.graph.node_ids
    matrix, lengths = table.matrix(nodes), table.lengths(nodes)
    for i, start in enumerate(nodes):
        for j, end in enumerate(nodes):
            expected = known[start].get(end, UNREACHABLE)
            assert table.time_ms(start, end) == matrix[i][j] == expected
            assert table.length_mm(start, end) == lengths[i][j]


@given(EDGES)
@settings(max_examples=40, deadline=None)
def test_a_path_adds_up_to_its_time_and_length(
    edges: list[tuple[str, int, int, str, int]],
) -> None:
    table = times(edges, {0: 3.0, 4: 7.0})
    graph = oracle(table)
    for start in table.graph.node_ids:
        for end in table.graph.node_ids:
            if table.time_ms(start, end) == UNREACHABLE:
                with pytest.raises(Unreachable, match=f"no way from {start} to {end}"):
                    table.path(start, end)
                assert table.length_mm(start, end) == UNREACHABLE
                continue
            path = table.path(start, end)
            hops = list(pairwise(path))
            assert (path[0], path[-1]) == (start, end)
            assert sum(graph.edges[hop]["ms"] for hop in hops) == table.time_ms(start, end)
            length_mm = sum(table.graph.edge_between(*hop).length_mm for hop in hops)
            assert length_mm == table.length_mm(start, end)


def test_staying_takes_no_time() -> None:
    table = times([("e", 0, 1, "no", 3)])
    assert table.time_ms("n0", "n0") == 0
    assert table.path("n0", "n0") == ("n0",)


def test_a_part_of_a_millisecond_is_rounded_up() -> None:
    table = times([("e", 0, 1, "no", 1)], speed_mm_s=1_300)
    assert table.time_ms("n0", "n1") == 770


def test_a_robot_is_no_faster_than_itself_or_the_road() -> None:
    roads = [("fast", 0, 1, "no", 4), ("slow", 1, 2, "no", 2)]
    assert times(roads, speed_mm_s=2000).time_ms("n0", "n1") == 2000
    assert times(roads, speed_mm_s=9000).time_ms("n0", "n1") == 1000
    assert times(roads, speed_mm_s=9000).time_ms("n1", "n2") == 2000


def test_a_gate_costs_its_wait_on_entering() -> None:
    table = times([("a", 0, 1, "no", 4), ("b", 1, 2, "no", 4)], {1: 10.0})
    assert table.time_ms("n0", "n1") == 12_000
    assert table.time_ms("n0", "n2") == 14_000
    assert table.time_ms("n1", "n2") == 2_000


def test_a_oneway_is_driven_one_way() -> None:
    table = times([("a", 0, 1, "forward", 4), ("b", 1, 2, "backward", 4)])
    assert table.matrix(["n0", "n1", "n2"]) == ((0, 2000, -1), (-1, 0, -1), (-1, 2000, 0))


def test_between_equal_ways_the_smallest_edge_id_wins() -> None:
    square = [("d", 0, 1, "no", 4), ("b", 1, 3, "no", 4), ("c", 0, 2, "no", 4)]
    gates = dict.fromkeys(range(4), 5.0)
    assert times([*square, ("a", 2, 3, "no", 4)], gates).path("n0", "n3") == ("n0", "n2", "n3")
    assert times([*square, ("z", 2, 3, "no", 4)], gates).path("n3", "n0") == ("n3", "n1", "n0")


def test_old_rows_are_dropped_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel, "MAX_ROWS", 2)
    table = times([("a", 0, 1, "no", 4), ("b", 1, 2, "no", 4)], {1: 1.0})
    assert table.matrix(["n0", "n1", "n2"]) == table.matrix(["n0", "n1", "n2"])
    assert table.searches == 6


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="speed_mm_s is 0"):
        times([("a", 0, 1, "no", 4)], speed_mm_s=0)


def test_of_parallel_edges_the_slower_has_a_node_at_its_middle() -> None:
    roads = [("path", 0, 1, "no", 3), ("road", 0, 1, "forward", 4)]
    table = times(roads, speed_mm_s=4000)
    assert table.graph.edge_between("n0", "n1").id == "road"
    assert times(roads, speed_mm_s=2000).path("n0", "n1") == ("n0", "path~mid", "n1")
    assert table.path("n0", "n1") == ("n0", "n1")
    assert table.path("n1", "n0") == ("n1", "path~mid", "n0")
    assert table.length_mm("n1", "n0") == 3000
    with pytest.raises(KeyError):
        table.graph.edge_between("n1", "n1")


def test_the_shape_of_a_way_runs_as_it_is_driven() -> None:
    graph = times([("e", 0, 4, "no", 4)]).graph
    there, back = graph.shape_between("n0", "n4"), graph.shape_between("n4", "n0")
    assert there == back[::-1]
    assert there[0] == (0, 0)
    assert graph.bends_between("n0", "n4") == 1
