# SPDX-License-Identifier: Apache-2.0
"""Travel times: exact, the same as an independent search, and told by a path that adds up."""

import math
import random
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.conditions import conditions
from dispatcher.roads.drive_time import least_speed_mm_s
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.times import elimination, search, travel
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes, Unreachable
from tests.dispatcher.roads.line_campus import EDGES, STOPS, WAITS, Row, campus, times


def oracle(table: TravelTimes) -> "nx.DiGraph[str]":
    """The same roads for networkx, weighed by the rule of the documentation, not by our code."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(table.graph.node_ids)
    for arc in table.graph.arcs():
        speed = min(arc.edge.speed_mm_s, table.speed_mm_s)
        weight = math.ceil(arc.edge.length_mm * 1000 / speed)
        graph.add_edge(arc.tail, arc.head, ms=weight + table.graph.node(arc.head).wait_ms)
    return graph


@given(EDGES, WAITS, STOPS)
@settings(max_examples=60, deadline=None)
def test_times_equal_an_independent_search_to_the_millisecond(
    edges: list[Row], waits_s: dict[int, float], stops: tuple[int, ...]
) -> None:
    table = times(edges, waits_s, stops=stops)
    known = dict(nx.all_pairs_dijkstra_path_length(oracle(table), weight="ms"))
    nodes = table.graph.node_ids
    matrix, lengths = table.matrix(nodes), table.lengths(nodes)
    for i, start in enumerate(nodes):
        for j, end in enumerate(nodes):
            expected = known[start].get(end, UNREACHABLE)
            assert table.time_ms(start, end) == matrix[i][j] == expected
            assert table.length_mm(start, end) == lengths[i][j]


@given(EDGES, WAITS, st.integers(0, 6))
@settings(max_examples=120, deadline=None)
def test_the_contracted_net_gives_the_same_times(
    edges: list[Row], waits_s: dict[int, float], max_neighbours: int
) -> None:
    whole = times(edges, waits_s)
    nodes = whole.graph.node_ids
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "FEW_NUMBERS", 0)
        patch.setattr(elimination, "MAX_NEIGHBOURS", max_neighbours)
        assert times(edges, waits_s).matrix(nodes) == whole.matrix(nodes)


@given(EDGES)
@settings(max_examples=40, deadline=None)
def test_a_path_adds_up_to_its_time_and_length(
    edges: list[Row],
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
    expected = ((0, 3000, 5000), (2000, 0, 2000), (5000, 3000, 0))
    for _ in range(2):
        assert table.matrix(["n0", "n1", "n2"]) == expected
        assert len(table._rows) <= 2
    assert table.searches == 6


def test_rows_wanted_in_one_call_do_not_push_each_other_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slab of many old rows goes; of these the call wants a few."""
    monkeypatch.setattr(travel, "MAX_ROWS", 6)
    line: list[Row] = [(f"e{n}", n, n + 1, "no", n + 1) for n in range(8)]
    table, fresh = times(line, stops=tuple(range(9))), times(line, stops=tuple(range(9)))
    nodes = table.graph.node_ids
    table.fill(nodes[:5])
    wanted = [nodes[0], nodes[3], *nodes[5:]]
    assert table.matrix(wanted) == tuple(
        tuple(fresh.time_ms(start, end) for end in wanted) for start in wanted
    )
    assert len(table._rows) <= 6


def test_of_a_large_map_fewer_rows_are_kept() -> None:
    assert travel.rows_kept(400) == travel.MAX_ROWS
    assert travel.rows_kept(6_000) * 6_000 * 8 <= travel.MAX_TABLE_BYTES
    assert travel.rows_kept(10**6) == travel.LEAST_ROWS


@given(EDGES, WAITS, st.integers(2, 6), st.data())
@settings(max_examples=60, deadline=None)
def test_a_table_with_room_for_few_rows_answers_as_one_that_keeps_all(
    edges: list[Row], waits_s: dict[int, float], rows: int, data: st.DataObject
) -> None:
    """Whatever is asked in whatever order, and after whatever conditions."""
    luck = data.draw(st.randoms(use_true_random=False))
    fresh = times(edges, waits_s)
    graph, node_ids = fresh.graph, fresh.graph.node_ids
    if not graph.net.arcs:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(travel, "MAX_ROWS", rows)
        small = TravelTimes(graph, 2000)
    for _ in range(25):
        some = luck.choices(node_ids, k=luck.randint(1, 9))
        what = luck.choice(["time", "matrix", "fill", "anywhere", "all", "under"])
        if what == "time":
            assert small.time_ms(some[0], some[-1]) == fresh.time_ms(some[0], some[-1])
        elif what == "matrix":
            assert small.matrix(some) == fresh.matrix(some)
        elif what == "fill":
            small.fill(some)
        elif what == "under":
            wanted = conditions(
                luck.choices(range(graph.net.arcs), k=luck.randint(0, 2)),
                luck.choices(range(graph.net.nodes), k=luck.randint(0, 1)),
            )
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(travel, "MAX_ROWS", rows)
                small = small.under(wanted)
            fresh = TravelTimes(graph, 2000, wanted)
        else:
            targets = np.array([graph.node_number(node) for node in some])
            arcs = np.array(luck.choices(range(graph.net.arcs), k=len(some)))
            at_mm = np.array([luck.randint(0, mm) for mm in graph.net.lengths_mm[arcs].tolist()])
            ask = "from_anywhere" if what == "anywhere" else "from_anywhere_to_all"
            mine, theirs = (getattr(one, ask)(arcs, at_mm, targets) for one in (small, fresh))
            assert mine.tolist() == theirs.tolist()
        assert len(small._rows) <= rows


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


ROBOT = RobotProfile(mass_g=80_000, aux_w=60, rolling_permille=15, drive_efficiency_pct=70)


def energy_of(table: TravelTimes, hops: list[tuple[str, str]], time_ms: int, load_g: int) -> float:
    """In mWh, in floating point and from the edges, as the documentation tells it."""
    joule = ROBOT.aux_w * time_ms / 1000
    for tail, head in hops:
        edge = table.graph.edge_between(tail, head)
        slope = edge.incline_permille * (1 if edge.from_node == tail else -1)
        steepness = max(0, slope + ROBOT.rolling_permille) / 1000
        kg = (ROBOT.mass_g + load_g) / 1000
        joule += kg * 9.807 * edge.length_mm / 1000 * steepness / (ROBOT.drive_efficiency_pct / 100)
    return joule / 3.6


@given(EDGES, st.integers(0, 40_000))
@settings(max_examples=25, deadline=None)
def test_the_energy_of_a_way_is_what_its_edges_cost(edges: list[Row], load_g: int) -> None:
    inclines = {row[0]: {"incline_pct": row[4] - 5} for row in edges}
    table = TravelTimes(RoadGraph.from_campus(campus(edges, facts=inclines)), 2000)
    for start in table.graph.node_ids:
        for end in table.graph.node_ids:
            found = table.energy_mwh(start, end, load_g, ROBOT)
            time_ms = table.time_ms(start, end)
            if time_ms == UNREACHABLE:
                assert found == UNREACHABLE
                continue
            hops = list(pairwise(table.path(start, end)))
            expected = energy_of(table, hops, time_ms, load_g)
            assert expected - 1 <= found <= expected + 2


def test_uphill_costs_more_than_downhill_and_nobody_gets_energy_back() -> None:
    roads = [("hill", 0, 1, "no", 9)]
    steep = campus(roads, facts={"hill": {"incline_pct": 10.0}})
    table = TravelTimes(RoadGraph.from_campus(steep), 2000)
    up, down = table.energy_mwh("n0", "n1", 0, ROBOT), table.energy_mwh("n1", "n0", 0, ROBOT)
    time_ms = table.time_ms("n1", "n0")
    assert down == -(-ROBOT.aux_w * time_ms // 3600)
    assert up > down


def test_a_table_that_is_filled_answers_without_a_search() -> None:
    table = times([("a", 0, 1, "no", 4), ("b", 1, 2, "forward", 4), ("c", 2, 0, "no", 5)], {1: 1.0})
    nodes = table.graph.node_ids
    table.fill(nodes)
    assert table.searches == len(nodes)
    table.matrix(nodes)
    table.lengths(nodes)
    table.path(nodes[0], nodes[-1])
    table.energy_mwh(nodes[0], nodes[-1], 0, ROBOT)
    assert table.times_to(nodes[0]).tolist() == [table.time_ms(node, nodes[0]) for node in nodes]
    assert table.searches == len(nodes)


@given(EDGES, WAITS, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_features_in_the_file_changes_no_way(
    edges: list[Row], waits_s: dict[int, float], luck: random.Random
) -> None:
    table = times(edges, waits_s)
    shuffled = list(edges)
    luck.shuffle(shuffled)
    other = times(shuffled, dict(sorted(waits_s.items(), reverse=True)))
    nodes = table.graph.node_ids
    assert other.graph.node_ids == nodes
    assert list(other.graph.arcs()) == list(table.graph.arcs())
    for start in nodes:
        for end in nodes:
            if table.time_ms(start, end) != UNREACHABLE:
                assert other.path(start, end) == table.path(start, end)


def test_a_robot_is_as_fast_as_the_least_of_its_limits() -> None:
    assert least_speed_mm_s(4000, None, 2500, 0) == 2500
    with pytest.raises(ValueError, match="no speed above 0"):
        least_speed_mm_s(None, 0)
