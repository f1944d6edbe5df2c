# SPDX-License-Identifier: Apache-2.0
"""Nobody outside a closed area drives in; whoever is inside drives out."""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.closing.areas import AreaError, AreaIndex, area_of
from dispatcher.roads.closing.closures import Closure, arcs_and_nodes_shut, area_of_closure
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus_frame import Point
from tests.dispatcher.roads.plain import box, campus, names, road, street


def shut(graph: RoadGraph, *outlines: tuple[Point, ...]) -> tuple[list[str], list[str]]:
    """The arcs closed and the nodes shut, by name."""
    areas = [area_of(outline) for outline in outlines]
    closed, nodes = arcs_and_nodes_shut(AreaIndex(graph), areas)
    return names(graph, sorted(closed)), [graph.node_ids[node] for node in sorted(nodes)]


def test_ways_in_and_through_are_closed_and_ways_out_are_open() -> None:
    graph = street(0, 100, 200, 300)
    assert shut(graph, box(150, -10, 250, 10)) == (["b-c", "d-c"], ["c"])
    assert shut(graph, box(120, -10, 180, 10)) == (["b-c", "c-b"], [])


def test_within_an_area_robots_still_move_to_get_out() -> None:
    graph = street(0, 100, 200, 300)
    assert shut(graph, box(50, -10, 250, 10)) == (["a-b", "d-c"], ["b", "c"])


def test_a_robot_in_one_area_gets_out_through_an_overlapping_one() -> None:
    graph = street(0, 100, 200, 300)
    both = box(50, -10, 160, 10), box(140, -10, 250, 10)
    assert shut(graph, *both) == (["a-b", "d-c"], ["b", "c"])
    assert shut(graph, *both) == shut(graph, box(50, -10, 250, 10))


def test_a_robot_gets_out_where_the_only_way_leads_through_another_area() -> None:
    graph = street(0, 100, 200)
    closed, nodes = shut(graph, box(-10, -10, 10, 10), box(40, -10, 60, 10))
    assert (closed, nodes) == (["b-a"], ["a"])


def test_no_area_closes_nothing() -> None:
    assert shut(street(0, 100)) == ([], [])


@pytest.mark.parametrize(
    ("closure", "why"),
    [
        (Closure("c", ((0, 0), (1, 1))), "closure c: its outline needs three"),
        (Closure("c", box(0, 0, 9, 9), 10, 10), "closure c: it ends at 10, not after"),
    ],
)
def test_a_closure_that_closes_nothing_is_refused(closure: Closure, why: str) -> None:
    with pytest.raises(AreaError, match=why):
        area_of_closure(closure)


SIDE = 6
BOXES = st.lists(
    st.tuples(*(st.integers(-1, SIDE) for _ in range(2)), *(st.integers(1, 4) for _ in range(2))),
    min_size=1,
    max_size=3,
)


@given(BOXES)
@settings(max_examples=30, deadline=None)
def test_from_outside_no_drive_meets_an_area_and_from_inside_some_leave(
    corners: list[tuple[int, int, int, int]],
) -> None:
    """On a grid of roads, with areas that overlap as they like (and never lie on a road's line)."""
    at = {f"{x}{y}": (10 * x, 10 * y) for x in range(SIDE) for y in range(SIDE)}
    edges = [
        road(f"{u}-{v}", u, v, at[u], at[v])
        for u in at
        for v in at
        if (at[v][0] - at[u][0], at[v][1] - at[u][1]) in ((10, 0), (0, 10))
    ]
    graph = RoadGraph.from_campus(campus(edges))
    outlines = [
        box(10 * x + 5, 10 * y + 5, 10 * (x + w) + 5, 10 * (y + h) + 5) for x, y, w, h in corners
    ]
    areas = [area_of(outline) for outline in outlines]
    closed, inside = arcs_and_nodes_shut(AreaIndex(graph), areas)

    def is_inside(x: float, y: float) -> bool:
        return any(a[0] < x < c[0] and a[1] < y < c[1] for a, _, c, _ in outlines)

    assert inside == {n for n, key in enumerate(graph.node_ids) if is_inside(*at[key])}
    drivable: nx.DiGraph[int] = nx.DiGraph()
    drivable.add_nodes_from(range(len(at)))
    for number, arc in enumerate(graph.arcs()):
        if number not in closed:
            drivable.add_edge(graph.node_number(arc.tail), graph.node_number(arc.head))
    outside = [node for node in drivable if node not in inside]
    for start in drivable:
        reached = nx.descendants(drivable, start) | {start}
        if start in inside:
            assert not outside or not reached.isdisjoint(outside)
            continue
        assert reached.isdisjoint(inside)
        for u, v in drivable.subgraph(reached).edges:
            ends = at[graph.node_ids[u]], at[graph.node_ids[v]]
            for a, b in pairwise(ends):
                points = [
                    (a[0] + (b[0] - a[0]) * t / 16, a[1] + (b[1] - a[1]) * t / 16)
                    for t in range(17)
                ]
                assert not any(is_inside(*point) for point in points)
