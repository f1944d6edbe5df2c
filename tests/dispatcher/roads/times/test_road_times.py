# SPDX-License-Identifier: Apache-2.0
"""The times of this moment: kept for what comes back, repaired for what is new."""

import math
from collections.abc import Sequence
from datetime import UTC
from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.closing.areas import AreaError
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times import road_times
from dispatcher.roads.times.road_times import TABLES_KEPT, RoadTimes
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus import Zone
from robot_agent.campus_frame import Point
from tests.dispatcher.roads.closing.brute_force import share_inside, winding
from tests.dispatcher.roads.plain import box, campus, road

ROAD = box(40, -10, 60, 10)


def ring(*zones: Zone) -> RoadGraph:
    """Two ways from a to b: 100 mm straight on, or 300 mm round over c and d."""
    corners = {"a": (0, 0), "b": (100, 0), "c": (100, 100), "d": (0, 100)}
    edges = [road(u + v, u, v, corners[u], corners[v]) for u, v in ("ab", "bc", "cd", "da")]
    return RoadGraph.from_campus(campus(edges, zones))


def test_a_closure_sends_robots_round_and_its_end_gives_the_same_table_back() -> None:
    times = RoadTimes(ring(), 1_000)
    closure = Closure("c", ROAD, 1_000, 2_000)
    before = times.at(0, [closure])
    assert before.time_ms("a", "b") == 100
    shut = times.at(1_000, [closure])
    assert (shut.time_ms("a", "b"), shut.path("a", "b")) == (300, ("a", "d", "c", "b"))
    assert times.at(2_000, [closure]) is times.at(0) is before
    assert times.at(1_500, [closure]) is shut
    assert times.tables_made == 2


def test_a_repaired_table_is_the_one_made_afresh() -> None:
    graph = ring(Zone("slow", "slow", 250, box(90, 40, 110, 80)))
    times = RoadTimes(graph, 1_000)
    times.at(0).fill(graph.node_ids)
    shut = times.at(0, [Closure("c", ROAD)])
    afresh = TravelTimes(graph, 1_000, times.slot_at(0, [Closure("c", ROAD)]).conditions)
    assert shut.matrix(graph.node_ids) == afresh.matrix(graph.node_ids)
    assert shut.lengths(graph.node_ids) == afresh.lengths(graph.node_ids)


def test_what_is_asked_again_is_not_searched_again() -> None:
    times = RoadTimes(ring(), 1_000)
    for _ in range(3):
        for closures in ((), (Closure("c", ROAD),)):
            times.at(0, closures).fill(times.graph.node_ids)
            searched = times.searches
    for closures in ((), (Closure("c", ROAD),)):
        times.at(0, closures).matrix(times.graph.node_ids)
    assert times.searches == searched > 0
    assert times.tables_made == 2


def test_the_order_of_closures_makes_no_difference() -> None:
    times = RoadTimes(ring(), 1_000)
    one, two = Closure("1", ROAD), Closure("2", box(-10, 40, 10, 60))
    assert times.at(0, [one, two]) is times.at(0, [two, one])
    assert times.at(0, [one, two]).time_ms("a", "b") == UNREACHABLE


def test_old_tables_are_dropped_and_their_searches_stay_counted() -> None:
    times = RoadTimes(ring(), 1_000)
    table = times.at(0)
    table.fill(times.graph.node_ids)
    for number in range(TABLES_KEPT + 2):
        extra = Closure("c", box(100 - number, 10 * number, 200, 10 * number + 5), number)
        times.at(10**6, [extra, Closure("d", box(-5, -5, number + 1, 5))])
        times.timetable([extra])
    searched = times.searches
    assert searched >= table.searches > 0
    again = times.at(0)
    assert again.time_ms("a", "b") == 100
    assert times.searches >= searched


def test_of_large_tables_fewer_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(road_times, "KEPT_BYTES", 1)
    times = RoadTimes(ring(), 1_000)
    tables = [times.at(0, [Closure("c", box(90, -9, 110, 10 * n))]) for n in (1, 4, 12)]
    assert tables[0].time_ms("a", "c") == 200
    assert tables[0].held_bytes > 1
    assert times.at(0, [Closure("c", box(90, -9, 110, 120))]) is tables[2]
    assert times.at(0).time_ms("a", "b") == 100
    assert len(times._tables) == road_times.LEAST_TABLES


def test_hours_change_the_times_and_change_them_back() -> None:
    crowded = Zone("z", "crowded", 200, ROAD, hours="00:30-01:00")
    times = RoadTimes(ring(crowded), 1_000, UTC)
    half_past_ms = 1_800_000
    assert times.at(0).time_ms("a", "b") == 100
    assert times.at(half_past_ms).time_ms("a", "b") == 120
    assert times.slot_at(half_past_ms).until_ms == 2 * half_past_ms
    assert times.at(2 * half_past_ms) is times.at(0)


def test_a_bad_closure_is_refused_and_changes_nothing() -> None:
    times = RoadTimes(ring(), 1_000)
    with pytest.raises(AreaError, match="closure c"):
        times.at(0, [Closure("c", ((0, 0), (9, 9)))])
    assert times.at(0).time_ms("a", "b") == 100


SIDE = 4
GRID = {f"n{x}{y}": (10 * x, 10 * y) for x in range(SIDE) for y in range(SIDE)}
MOMENTS = st.integers(1, 20)
AREAS = st.tuples(
    st.integers(-3, 35), st.integers(-3, 35), st.integers(1, 30), st.integers(1, 30)
).map(lambda at: box(at[0], at[1], at[0] + at[2], at[1] + at[3]))
CLOSED = st.lists(st.tuples(AREAS, MOMENTS, MOMENTS), max_size=3)
SLOW = st.lists(st.tuples(AREAS, MOMENTS, MOMENTS, st.integers(20, 500)), max_size=3)


def holds(start: int, length: int, now_ms: int) -> bool:
    return start <= now_ms < start + length


def oracle(
    graph: RoadGraph,
    closed: Sequence[tuple[Point, ...]],
    slow: Sequence[tuple[tuple[Point, ...], int]],
) -> "nx.DiGraph[str]":
    """The arcs that may be driven and their ms at 1 m/s, by the rules of the page alone."""
    inside = {key for key, at in GRID.items() if any(winding(*at, ring) for ring in closed)}
    net: nx.DiGraph[str] = nx.DiGraph()
    net.add_nodes_from(graph.node_ids)
    for arc in graph.arcs():
        ends = arc.shape[0], arc.shape[-1]
        if arc.tail not in inside and any(share_inside(*ends, ring) for ring in closed):
            continue
        extra_pct = sum(slowest_pct(*ends, mm, slow) - 100 for mm in range(10))
        net.add_edge(arc.tail, arc.head, ms=arc.edge.length_mm + math.ceil(extra_pct / 100))
    return net


def slowest_pct(a: Point, b: Point, mm: int, slow: Sequence[tuple[tuple[Point, ...], int]]) -> int:
    """In the middle of one of the 10 mm from a to b; areas begin and end on whole mm."""
    x, y = (
        Fraction(u * 10 + (v - u) * mm, 10) + Fraction(v - u, 20) for u, v in zip(a, b, strict=True)
    )
    return max((pct for ring, pct in slow if winding(x, y, ring)), default=100)


@given(
    st.lists(st.sampled_from(["no", "no", "forward", "backward"]), min_size=24, max_size=24),
    CLOSED,
    SLOW,
    st.lists(st.integers(0, 40), min_size=2, max_size=6),
)
@settings(max_examples=40, deadline=None)
def test_at_every_moment_the_times_are_those_of_an_independent_search(
    oneways: list[str],
    closed: list[tuple[tuple[Point, ...], int, int]],
    slow: list[tuple[tuple[Point, ...], int, int, int]],
    moments_ms: list[int],
) -> None:
    pairs = [
        (u, v)
        for u in GRID
        for v in GRID
        if (GRID[v][0] - GRID[u][0], GRID[v][1] - GRID[u][1]) in ((10, 0), (0, 10))
    ]
    edges = [
        road(u + v, u, v, GRID[u], GRID[v], oneway=oneway, speed_mm_s=1_000)
        for (u, v), oneway in zip(pairs, oneways, strict=True)
    ]
    zones = [
        Zone(f"z{n}", "slow", pct, ring, from_ms=start, until_ms=start + length)
        for n, (ring, start, length, pct) in enumerate(slow)
    ]
    graph = RoadGraph.from_campus(campus(edges, zones))
    times = RoadTimes(graph, 1_000)
    closures = [
        Closure(f"c{n}", ring, start, start + length)
        for n, (ring, start, length) in enumerate(closed)
    ]
    for now_ms in moments_ms:
        table = times.at(now_ms, closures)
        shut = [ring for ring, *span in closed if holds(*span, now_ms)]
        net = oracle(
            graph, shut, [(ring, pct) for ring, *span, pct in slow if holds(*span, now_ms)]
        )
        known = dict(nx.all_pairs_dijkstra_path_length(net, weight="ms"))
        for target in graph.node_ids:
            inside = any(winding(*GRID[target], ring) for ring in shut)
            for start in graph.node_ids:
                expected = known[start].get(target, UNREACHABLE)
                if inside and start != target:
                    expected = UNREACHABLE
                assert table.time_ms(start, target) == expected
