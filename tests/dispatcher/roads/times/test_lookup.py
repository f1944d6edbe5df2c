# SPDX-License-Identifier: Apache-2.0
"""Where robots are between nodes: their times come from the table, and they are the right ones."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.conditions import conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_graph import PlanarGraph
from dispatcher.roads.site_roads import travel_times
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus_frame import Point
from tests.dispatcher.roads import plain
from tests.dispatcher.roads.line_campus import EDGES, WAITS, Row, times


def by_hand(table: TravelTimes, arc: int, offset_mm: int, target: str) -> int:
    """On along the arc or back, whichever is faster, told in words: see `maps/README.md`."""
    graph, closed = table.graph, table.conditions.closed
    driven = graph.arc(arc)
    length_mm = driven.edge.length_mm

    def share_ms(number: int, rest_mm: int, end: str) -> int:
        extra_mm = dict(table.conditions.extra_mm).get(number, 0)
        speed = min(driven.edge.speed_mm_s, table.speed_mm_s)
        drive_ms = -(-max(1, length_mm + extra_mm) * 1000 // speed)
        ms = -(-drive_ms * rest_mm // length_mm)
        return ms + (graph.node(end).wait_ms if ms else 0)

    ways: list[int] = []
    if table.time_ms(driven.head, target) != UNREACHABLE:
        ahead_ms = share_ms(arc, length_mm - offset_mm, driven.head)
        ways.append(ahead_ms + table.time_ms(driven.head, target))
    twin = twin_of(graph, arc)
    may_turn = twin is not None and (arc in closed or twin not in closed)
    if (offset_mm == 0 or may_turn) and table.time_ms(driven.tail, target) != UNREACHABLE:
        back_ms = share_ms(twin, offset_mm, driven.tail) if twin is not None else 0
        ways.append(back_ms + table.time_ms(driven.tail, target))
    found = min(ways, default=UNREACHABLE)
    shut = graph.node_number(target) in table.conditions.shut
    return UNREACHABLE if shut and found > 0 else found


def twin_of(graph: RoadGraph, arc: int) -> int | None:
    """The same edge the other way; without roads there is always one."""
    driven = graph.arc(arc)
    try:
        twin = graph.arc_number(driven.head, driven.tail)
    except KeyError:
        return None
    same = isinstance(graph, PlanarGraph) or graph.arc(twin).edge.id == driven.edge.id
    return twin if same else None


def assert_by_hand(graph: RoadGraph, data: st.DataObject) -> None:
    """Under some conditions, for some robots, to every node."""
    nodes = len(graph.node_ids)
    known = [graph.arc_number(arc.tail, arc.head) for arc in graph.arcs()]
    if not known:
        return
    some_arcs = st.lists(st.sampled_from(known), min_size=1, max_size=5)
    extra_mm = st.dictionaries(st.sampled_from(known), st.integers(-9000, 9000), max_size=3)
    some_nodes = st.lists(st.integers(0, nodes - 1), max_size=2)
    wanted = conditions(data.draw(some_arcs), data.draw(some_nodes), data.draw(extra_mm))
    table = travel_times(graph, 2000).under(wanted)
    arcs = np.array(data.draw(some_arcs))
    part = st.sampled_from([0.0, 0.001, 0.3, 0.7, 1.0])
    lengths_mm = [graph.arc(arc).edge.length_mm for arc in arcs.tolist()]
    offsets_mm = np.array([int(length_mm * data.draw(part)) for length_mm in lengths_mm])
    found = table.from_anywhere_to_all(arcs, offsets_mm, np.arange(nodes))
    for i, (arc, offset_mm) in enumerate(zip(arcs.tolist(), offsets_mm.tolist(), strict=True)):
        for j, target in enumerate(graph.node_ids):
            assert found[i, j] == by_hand(table, arc, offset_mm, target)
    for j in range(nodes):
        mine = table.from_anywhere(arcs, offsets_mm, np.full(len(arcs), j))
        assert mine.tolist() == found[:, j].tolist()


@given(EDGES, WAITS, st.data())
@settings(max_examples=60, deadline=None)
def test_a_robot_on_its_way_goes_on_or_turns_whichever_is_faster(
    edges: list[Row], waits_s: dict[int, float], data: st.DataObject
) -> None:
    assert_by_hand(times(edges, waits_s).graph, data)


SPOTS = st.tuples(st.integers(0, 9_000), st.integers(0, 9_000))


@given(st.lists(SPOTS, min_size=2, max_size=5), st.sampled_from([0, 700]), st.data())
@settings(max_examples=60, deadline=None)
def test_without_roads_robots_go_on_and_turn_by_the_same_rules(
    spots: list[Point], wait_ms: int, data: st.DataObject
) -> None:
    site = msgspec.structs.replace(plain.SITE, planar=True, speed_mm_s=1_500, detour_pct=130)
    stops = [plain.place(f"p{n}", spot) for n, spot in enumerate(spots)]
    gates = {"p1": {"gate": "gate", "wait_ms": wait_ms}} if wait_ms else {}
    assert_by_hand(PlanarGraph(plain.campus((), (), gates, stops, site)), data)


def test_a_robot_inside_a_closed_road_may_leave_it_either_way() -> None:
    table = times([("a", 0, 1, "no", 8), ("b", 1, 2, "no", 3)], {1: 4.0})
    graph = table.graph
    there, back = graph.arc_number("n0", "n1"), graph.arc_number("n1", "n0")
    closed = table.under(conditions([there, back]))
    targets = np.array([graph.node_number("n0"), graph.node_number("n2")])
    at = (np.array([there]), np.array([2000]))
    assert closed.time_ms("n0", "n2") == UNREACHABLE
    assert closed.from_anywhere_to_all(*at, targets).tolist() == [[2000, 6000 + 4000 + 1667]]


def test_a_robot_does_not_turn_on_a_oneway_or_into_a_closed_area() -> None:
    table = times([("a", 0, 1, "forward", 8), ("b", 1, 2, "no", 3)], {1: 4.0})
    graph = table.graph
    one = np.array([graph.arc_number("n0", "n1")])
    target = np.array([graph.node_number("n0")])
    assert table.from_anywhere(one, np.array([10]), target).tolist() == [UNREACHABLE]
    assert table.from_anywhere(one, np.array([0]), target).tolist() == [0]
    leaving = graph.arc_number("n1", "n2")
    shut = table.under(conditions([graph.arc_number("n2", "n1")]))
    target = np.array([graph.node_number("n1")])
    found = shut.from_anywhere(np.array([leaving]), np.array([10]), target)
    assert found.tolist() == [UNREACHABLE]


def test_a_robot_beyond_its_arc_is_refused() -> None:
    table = times([("a", 0, 1, "no", 3)])
    for arc, offset_mm in ((0, 3001), (0, -1), (-1, 5)):
        with pytest.raises(ValueError, match="on no arc"):
            table.from_anywhere(np.array([arc]), np.array([offset_mm]), np.array([0]))


def test_more_targets_than_rows_are_kept_are_answered_in_portions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dispatcher.roads.times.travel.MAX_ROWS", 1)
    table = times([("a", 0, 1, "no", 3)])
    arcs, offsets_mm, targets = np.array([0, 0]), np.array([1000, 1000]), np.array([0, 1])
    assert table.from_anywhere(arcs, offsets_mm, targets).tolist() == [556, 1112]
    found = table.from_anywhere_to_all(arcs, offsets_mm, targets)
    assert found.tolist() == [[556, 1112], [556, 1112]]
