# SPDX-License-Identifier: Apache-2.0
"""Closing and opening roads: bit for bit the table that a fresh search gives."""

from random import Random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.conditions import OPEN, Conditions, conditions
from dispatcher.roads.times import repair, search, travel
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from tests.dispatcher.roads.line_campus import EDGES, STOPS, WAITS, Row, times


@st.composite
def some_conditions(draw: st.DrawFn, table: TravelTimes) -> Conditions:
    net = table.graph.net
    arcs = st.integers(0, net.arcs - 1) if net.arcs else st.nothing()
    nodes = st.integers(0, net.nodes - 1)
    return conditions(
        draw(st.lists(arcs, max_size=4)) if net.arcs else (),
        draw(st.lists(nodes, max_size=2)) if net.nodes else (),
        draw(st.dictionaries(arcs, st.integers(-9000, 9000), max_size=4)) if net.arcs else {},
    )


def assert_same(one: TravelTimes, fresh: TravelTimes) -> None:
    nodes = one.graph.node_ids
    assert one.conditions == fresh.conditions
    for node in nodes:
        mine, theirs = one.times_to(node), fresh.times_to(node)
        assert mine.dtype == theirs.dtype
        assert np.array_equal(mine, theirs)
    assert one.lengths(nodes) == fresh.lengths(nodes)
    for start in nodes:
        for end in nodes:
            if one.time_ms(start, end) != UNREACHABLE:
                assert one.path_arcs(start, end) == fresh.path_arcs(start, end)


@given(EDGES, WAITS, STOPS, st.data())
@settings(max_examples=120, deadline=None)
def test_a_table_under_other_conditions_is_the_fresh_one(
    edges: list[Row], waits_s: dict[int, float], stops: tuple[int, ...], data: st.DataObject
) -> None:
    table = times(edges, waits_s, stops=stops)
    nodes = table.graph.node_ids
    table.fill(nodes)
    table.lengths(nodes)
    for _ in range(2):
        wanted = data.draw(some_conditions(table))
        changed = table.under(wanted)
        assert_same(changed, TravelTimes(table.graph, 2000, wanted))
        assert_same(changed.under(OPEN), TravelTimes(table.graph, 2000))
        table = changed


@given(EDGES, WAITS, st.data())
@settings(max_examples=60, deadline=None)
def test_times_under_conditions_equal_an_independent_search(
    edges: list[Row], waits_s: dict[int, float], data: st.DataObject
) -> None:
    table = times(edges, waits_s)
    graph = table.graph
    wanted = data.draw(some_conditions(table))
    table.fill(graph.node_ids)
    changed = table.under(wanted)
    extra_mm = dict(wanted.extra_mm)
    roads: nx.DiGraph[str] = nx.DiGraph()
    roads.add_nodes_from(graph.node_ids)
    for number, arc in enumerate(graph.arcs()):
        speed = min(arc.edge.speed_mm_s, 2000)
        length_mm = max(1, arc.edge.length_mm + extra_mm.get(number, 0))
        wait_ms = graph.node(arc.head).wait_ms
        if number not in wanted.closed:
            roads.add_edge(arc.tail, arc.head, ms=-(-length_mm * 1000 // speed) + wait_ms)
    known = dict(nx.all_pairs_dijkstra_path_length(roads, weight="ms"))
    for i, start in enumerate(graph.node_ids):
        for j, end in enumerate(graph.node_ids):
            shut = j in wanted.shut and i != j
            expected = UNREACHABLE if shut else known[start].get(end, UNREACHABLE)
            assert changed.time_ms(start, end) == expected


@given(EDGES, WAITS, st.data())
@settings(max_examples=60, deadline=None)
def test_many_rows_searched_again_are_the_fresh_ones_too(
    edges: list[Row], waits_s: dict[int, float], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair, "MANY_CHANGED_PART", 0)
        patch.setattr(repair, "PAIRS_PER_ROW", 0)
        patch.setattr(search, "FEW_NUMBERS", 0)
        table = times(edges, waits_s)
        table.fill(table.graph.node_ids)
        wanted = data.draw(some_conditions(table))
        assert_same(table.under(wanted), TravelTimes(table.graph, 2000, wanted))


@given(EDGES, WAITS, st.data())
@settings(max_examples=60, deadline=None)
def test_a_row_repaired_node_by_node_is_the_fresh_one(
    edges: list[Row], waits_s: dict[int, float], data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair, "MANY_CHANGED_PART", 0)
        patch.setattr(repair, "PAIRS_PER_ROW", 1000)
        patch.setattr(search, "FEW_NUMBERS", 0)
        patch.setattr(repair, "MAX_TAILS_PER_ROW", 1000)
        patch.setattr(repair, "WHOLE_ROW_PART", 0)
        table = times(edges, waits_s)
        table.fill(table.graph.node_ids)
        wanted = data.draw(some_conditions(table))
        assert_same(table.under(wanted), TravelTimes(table.graph, 2000, wanted))


SQUARE: list[Row] = [
    ("a", 0, 1, "no", 4),
    ("b", 1, 3, "no", 4),
    ("c", 0, 2, "no", 5),
    ("d", 2, 3, "no", 4),
    ("far", 3, 8, "no", 9),
]
GATES = {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}


def test_a_closed_road_is_driven_around_and_reopened() -> None:
    table = times(SQUARE, GATES)
    graph = table.graph
    table.fill(graph.node_ids)
    closed = conditions([graph.arc_number("n0", "n1"), graph.arc_number("n1", "n0")])
    shut = table.under(closed)
    assert table.path("n0", "n3") == ("n0", "n1", "n3")
    assert shut.path("n0", "n3") == ("n0", "n2", "n3")
    assert shut.path("n0", "n1") == ("n0", "n2", "n3", "n1")
    assert shut.under(OPEN).path("n0", "n3") == ("n0", "n1", "n3")


def test_rows_that_a_closure_does_not_touch_are_neither_copied_nor_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repair, "MANY_CHANGED_PART", 0)
    table = times([*SQUARE, ("spur", 8, 7, "forward", 2)], GATES)
    graph = table.graph
    table.fill(graph.node_ids)
    changed = table.under(conditions([graph.arc_number("n8", "n7")]))
    kept, target = table._rows, graph.node_number("n2")
    assert kept.row(target) is not None
    assert np.shares_memory(kept.row(target), changed._rows.row(target))
    assert changed.time_ms("n8", "n7") == UNREACHABLE
    assert changed.searches == 1


def test_a_shut_place_is_reached_from_nowhere_but_may_be_left() -> None:
    table = times(SQUARE, GATES)
    changed = table.under(Conditions(shut=(table.graph.node_number("n3"),)))
    assert changed.time_ms("n0", "n3") == UNREACHABLE
    assert changed.time_ms("n3", "n3") == 0
    assert changed.time_ms("n3", "n0") == table.time_ms("n3", "n0")
    assert changed.time_ms("n0", "n8") == table.time_ms("n0", "n8")
    assert changed.under(OPEN).time_ms("n0", "n3") == table.time_ms("n0", "n3")


def test_a_longer_arc_takes_longer_but_is_not_longer() -> None:
    table = times(SQUARE, GATES)
    slow = table.under(conditions(extra_mm={table.graph.arc_number("n3", "n8"): 9000}))
    assert slow.time_ms("n3", "n8") == 2 * table.time_ms("n3", "n8")
    assert slow.length_mm("n3", "n8") == table.length_mm("n3", "n8") == 9000


def test_where_most_arcs_change_all_rows_are_searched_afresh() -> None:
    table = times(SQUARE, GATES)
    table.fill(table.graph.node_ids)
    crowded = conditions(extra_mm=dict.fromkeys(range(table.graph.net.arcs), 5000))
    slow = table.under(crowded)
    assert slow.searches == len(table.graph.node_ids)
    assert_same(slow, TravelTimes(table.graph, 2000, crowded))


@given(EDGES, WAITS, st.integers(0, 1 << 32))
@settings(max_examples=8, deadline=None)
def test_sixty_conditions_one_after_the_other_end_in_the_fresh_tables(
    edges: list[Row], waits_s: dict[int, float], seed: int
) -> None:
    """Each made from the one before it, sometimes from one long ago; few rows are kept."""
    luck = Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(travel, "MAX_ROWS", luck.randint(2, 12))
        patch.setattr(repair, "MANY_CHANGED_PART", luck.choice([0, 8]))
        tables = [times(edges, waits_s)]
        graph = tables[0].graph
        arcs, nodes = range(graph.net.arcs), range(graph.net.nodes)
        for _ in range(60):
            tables[-1].fill(luck.choices(graph.node_ids, k=3) if nodes else [])
            extra_mm = {arc: luck.randint(-9000, 9000) for arc in arcs if luck.random() < 0.2}
            closed = [arc for arc in arcs if luck.random() < 0.15]
            shut = [node for node in nodes if luck.random() < 0.1]
            wanted = luck.choice([OPEN, conditions(closed, shut, extra_mm)])
            tables.append(luck.choice([*tables[-2:], tables[0]]).under(wanted))
            fresh = TravelTimes(graph, 2000, wanted)
            assert tables[-1].matrix(graph.node_ids) == fresh.matrix(graph.node_ids)


def test_many_conditions_in_a_row_keep_memory_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel, "MAX_ROWS", 3)
    table = times(SQUARE, GATES)
    for arc in range(table.graph.net.arcs):
        table = table.under(conditions([arc]))
        table.matrix(table.graph.node_ids)
        assert len(table._rows) <= 3
    assert_same(table, TravelTimes(table.graph, 2000, table.conditions))


def test_conditions_in_the_wrong_order_are_refused() -> None:
    assert conditions([3, 1, 3], [2], {4: 0, 1: 5}) == Conditions((1, 3), (2,), ((1, 5),))
    for closed in ((3, 1), (2, 2)):
        with pytest.raises(ValueError, match="closed is not sorted"):
            Conditions(closed)
    with pytest.raises(ValueError, match="shut names -1"):
        Conditions(shut=(-1,))
