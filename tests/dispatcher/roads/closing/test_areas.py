# SPDX-License-Identifier: Apache-2.0
"""What lies in an area: against arithmetic of the tests' own, and at the border."""

from fractions import Fraction
from itertools import pairwise

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.closing.areas import (
    Area,
    AreaError,
    AreaIndex,
    Areas,
    area_of,
    extra_of,
    scaled,
)
from dispatcher.roads.closing.inside import spans_inside
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_areas import PlanarAreas
from dispatcher.roads.planar.planar_graph import PlanarGraph
from robot_agent.campus_frame import Point, distance_mm
from tests.dispatcher.roads.closing.brute_force import share_inside, winding
from tests.dispatcher.roads.plain import SITE, box, campus, names, place, road, street

SQUARE = area_of(box(10, 10, 20, 20))


POINTS = st.tuples(st.integers(0, 12), st.integers(0, 12))
RINGS = st.lists(POINTS, min_size=3, max_size=7, unique=True).filter(
    lambda ring: shapely.Polygon(ring).is_valid
)
LINES = st.lists(st.lists(POINTS, min_size=2, max_size=3, unique=True), min_size=1, max_size=5)


@given(RINGS, LINES)
@settings(max_examples=120, deadline=None)
def test_an_area_finds_what_brute_force_finds(ring: list[Point], lines: list[list[Point]]) -> None:
    area = area_of(ring)
    edges = [
        road(f"e{n}", f"u{n}", f"v{n}", *line, length_mm=3_000_000) for n, line in enumerate(lines)
    ]
    graph = RoadGraph.from_campus(campus(edges))
    index = AreaIndex(graph)
    touched = index.touching(area)
    for number, arc in enumerate(graph.arcs()):
        parts = list(pairwise(arc.shape))
        inside = sum(share_inside(a, b, area.ring) * distance_mm(a, b) for a, b in parts)
        drawn_mm = sum(distance_mm(a, b) for a, b in parts)
        assert (number in touched) == (inside > 0)
        spans = index.spans(area).get(number, ())
        assert sum(end - start for start, end in spans) == inside * 3_000_000 / drawn_mm
    assert index.nodes_inside(area) == tuple(
        number
        for number, key in enumerate(graph.node_ids)
        if winding(Fraction(graph.node(key).x_mm), Fraction(graph.node(key).y_mm), area.ring)
    )


@given(RINGS, st.lists(POINTS, min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_without_roads_the_straight_lines_are_found_as_well(
    ring: list[Point], points: list[Point]
) -> None:
    area = area_of(ring)
    graph = planar(points)
    index = PlanarAreas(graph)
    expected = [
        graph.arc_number(arc.tail, arc.head)
        for arc in graph.arcs()
        if arc.shape[0] != arc.shape[1] and share_inside(*arc.shape, area.ring) > 0
    ]
    assert index.touching(area) == tuple(expected)
    for number in expected:
        arc = graph.arc(number)
        exact = scaled(
            spans_inside(arc.shape, area.ring), arc.edge.length_mm, distance_mm(*arc.shape)
        )
        found_mm = index.extra_mm([(200, area)])[number]
        assert abs(found_mm - sum(end - start for start, end in exact)) <= len(exact)
    assert set(index.extra_mm([(200, area)])) == set(expected)


FACTORS = st.sampled_from([50, 100, 150, 200, 400])


@given(st.lists(st.tuples(FACTORS, RINGS), max_size=4), st.lists(POINTS, min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_without_roads_the_slowest_of_several_zones_counts_at_each_spot(
    drawn: list[tuple[int, list[Point]]], points: list[Point]
) -> None:
    """Against exact fractions, but for the rounding to mm: at 1 m a unit that is one in a 1000."""
    zones = [(factor, area_of([(1000 * x, 1000 * y) for x, y in ring])) for factor, ring in drawn]
    graph = planar([(1000 * x, 1000 * y) for x, y in points])
    found = PlanarAreas(graph).extra_mm(zones)
    for arc in graph.arcs():
        if arc.shape[0] == arc.shape[1]:
            continue
        number, drawn_mm = graph.arc_number(arc.tail, arc.head), distance_mm(*arc.shape)
        laid = [
            (factor, scaled(spans_inside(arc.shape, area.ring), arc.edge.length_mm, drawn_mm))
            for factor, area in zones
        ]
        cuts = sum(len(spans) for _, spans in laid)
        assert abs(found.get(number, 0) - extra_of(laid)) <= 8 * cuts + 1
        assert found.get(number, 0) == found.get(graph.arc_number(arc.head, arc.tail), 0)


def planar(points: list[Point]) -> PlanarGraph:
    site = SITE.__class__(
        "site", "", "", 0.0, 0.0, "UTC", "", "", planar=True, speed_mm_s=1_000, detour_pct=130
    )
    return PlanarGraph(
        campus((), places=[place(f"p{n}", p) for n, p in enumerate(points)], site=site)
    )


def test_touching_the_border_is_not_inside() -> None:
    """The rule: inside is the open interior; a line along it, or with an end on it, is outside."""
    lines = {
        "along a side": ((10, 5), (10, 25)),
        "ends on a side": ((0, 15), (10, 15)),
        "begins at a corner": ((20, 20), (30, 30)),
        "passes a corner": ((5, 15), (15, 5)),
        "a hair inside": ((11, 5), (11, 25)),
        "within": ((12, 12), (18, 18)),
        "from side to side": ((10, 15), (20, 15)),
    }
    edges = [road(name, f"{name} u", f"{name} v", *line) for name, line in lines.items()]
    graph = RoadGraph.from_campus(campus(edges))
    index = AreaIndex(graph)
    touched = {graph.arc(arc).edge.id for arc in index.touching(SQUARE)}
    assert touched == {"a hair inside", "within", "from side to side"}
    inside = [graph.node_ids[node] for node in index.nodes_inside(SQUARE)]
    assert inside == ["within u", "within v"]


def test_both_directions_of_a_way_are_found() -> None:
    graph = street(0, 15, 30)
    index = AreaIndex(graph)
    assert names(graph, index.touching(area_of(box(5, -5, 10, 5)))) == ["a-b", "b-a"]


def test_a_bridge_over_the_area_is_not_in_it() -> None:
    bridge = road("bridge", "w", "e", (0, 15), (30, 15), level=1)
    under = road("under", "s", "n", (15, 0), (15, 30))
    graph = RoadGraph.from_campus(campus([bridge, under]))
    index = AreaIndex(graph)

    def touched(level: int | None) -> list[str]:
        return names(graph, index.touching(area_of(SQUARE.ring, level)))

    assert touched(None) == ["e-w", "n-s", "s-n", "w-e"]
    assert touched(0) == ["n-s", "s-n"]
    assert touched(1) == ["e-w", "w-e"]


def test_the_end_of_a_bridge_is_neither_on_it_nor_below() -> None:
    bridge = road("bridge", "m", "e", (15, 15), (30, 15), level=1)
    ramp = road("ramp", "w", "m", (0, 15), (15, 15))
    index = AreaIndex(RoadGraph.from_campus(campus([bridge, ramp])))
    assert [len(index.nodes_inside(area_of(SQUARE.ring, level))) for level in (None, 0, 1)] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        ([(0, 0), (10, 10), (10, 0), (0, 10)], "crosses or touches itself"),
        ([(0, 0), (10, 0), (5, 0)], "crosses or touches itself, or bounds nothing"),
        ([(0, 0), (10, 0)], "three different points, it has 2"),
        ([(0, 0), (10, 0), (0, 0), (0, 0)], "three different points, it has 2|bounds nothing"),
        ([], "three different points, it has 0"),
        ([(0, 0), (float("nan"), 0), (5, 5)], "nan.* is no point in whole mm"),
        ([(0, 0), (1.5, 0), (5, 5)], "1.5.* is no point in whole mm"),
        ([(0, 0), (10**12, 0), (5, 5)], "is not on this site"),
        ([(0, 0, 0), (1, 1, 1), (5, 0, 0)], "is no point in whole mm"),
        ([(n, n * n) for n in range(2_001)], "more than 2,000 points"),
    ],
)
def test_an_outline_that_bounds_no_area_is_refused(outline: list[Point], why: str) -> None:
    with pytest.raises(AreaError, match=f"zone z: .*({why})"):
        area_of(outline, None, "zone z")


def test_a_closed_ring_and_repeated_points_are_the_same_area() -> None:
    ring = SQUARE.ring
    assert area_of((ring[0], *ring, ring[0])) == area_of(ring) == Area(ring, None)


def test_the_last_answers_are_kept() -> None:
    graph = street(0, 15, 30)
    index: Areas = AreaIndex(graph)
    for left in range(300):
        area = area_of(box(left - 5, -5, left + 5, 5))
        assert index.touching(area) is index.touching(area)
