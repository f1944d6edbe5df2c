# SPDX-License-Identifier: Apache-2.0
"""How the ways of an extract become a net of edges."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.importers.osm.net.net import ref_of
from dispatcher.roads.importers.osm.rules.rules import RoadRules
from dispatcher.roads.profile import RobotProfile
from tests.dispatcher.roads.importers.osm.osm_drawing import FRAME, Drawing, edge_of, ends


def street() -> Drawing:
    """Way 1 runs 200 m from west to east, over node 3 in its middle."""
    drawing = Drawing()
    refs = [drawing.node(1, 0, 0), drawing.node(3, 100, 0), drawing.node(2, 200, 0)]
    drawing.way(1, refs, highway="service")
    return drawing


def test_pieces_are_joined_where_nothing_meets_and_nothing_changes() -> None:
    drawing = street()
    drawing.way(2, [drawing.node(4, 300, 0), 2], highway="service")
    drawing.way(3, [4, drawing.node(5, 400, 0)], highway="service", surface="gravel")
    net = drawing.net()
    assert [edge.id for edge in net.edges] == ["w1-1-4", "w3-4-5"]
    assert edge_of(net, "w1-1-4").nodes == ("n1", "n3", "n2", "n4")
    assert net.length_mm(edge_of(net, "w1-1-4")) == pytest.approx(300_000, abs=30)


@pytest.mark.parametrize(
    "tags",
    [
        {"oneway": "yes"},
        {"access": "private", "foot": "yes", "width": "4"},
        {"maxspeed": "5"},
        {"layer": "1"},
        {"bridge": "yes"},
        {"opening_hours": "Mo-Fr 08:00-18:00"},
        {"incline": "5%"},
        {"name": "Ring"},
    ],
)
def test_a_change_of_what_holds_is_never_joined_away(tags: dict[str, str]) -> None:
    drawing = street()
    drawing.way(2, [2, drawing.node(4, 300, 0)], highway="service", **tags)
    assert len(drawing.net().edges) == 2


def test_parallel_ways_and_loops_are_kept() -> None:
    drawing = street()
    drawing.way(2, [1, drawing.node(4, 100, 50), 2], highway="service")
    drawing.way(3, [2, drawing.node(5, 220, 0), drawing.node(6, 220, 20), 2], highway="service")
    drawing.way(4, [1, drawing.node(7, -50, 0)], highway="footway")
    names = [edge.id for edge in drawing.net().edges]
    assert names == ["w1-1-2", "w2-1-2", "w3-2-2", "w4-1-7"]


def test_a_lonely_ring_is_one_edge() -> None:
    drawing = Drawing()
    drawing.ring(1, 0, 0, 50, highway="footway")
    net = drawing.net()
    assert [(edge.id, len(edge.nodes)) for edge in net.edges] == [("w1-10-10", 5)]


def test_lines_that_cross_without_a_shared_node_are_told_and_not_joined() -> None:
    drawing = street()
    drawing.way(2, [drawing.node(4, 50, -50), drawing.node(5, 50, 50)], highway="footway")
    net = drawing.net()
    assert ends(net) == {("n1", "n2"), ("n4", "n5")}
    assert net.suspects["two ways cross on the same level without a shared node"] == 1
    drawing.way(2, [4, 5], highway="footway", bridge="yes")
    assert "two ways cross on the same level without a shared node" not in drawing.net().suspects


def test_a_way_that_ends_just_short_of_another_is_told_and_not_joined() -> None:
    drawing = street()
    drawing.way(2, [drawing.node(4, 50, 1.5), drawing.node(5, 50, 50)], highway="footway")
    net = drawing.net()
    assert net.suspects == {"a way ends within 2 m of another and is not joined to it": 1}
    assert net.dead_ends == {"dead end": 3}
    told = net.named["a way ends within 2 m of another and is not joined to it"]
    assert told[0].startswith("n4 at 50.00001")


def test_a_slope_turns_with_the_direction_of_the_edge() -> None:
    drawing = street()
    drawing.way(1, [1, 3, 2], highway="service", incline="5%")
    drawing.way(2, [drawing.node(4, 300, 0), 2], highway="service", incline="-5%")
    net = drawing.net()
    assert [(edge.id, edge.facts.incline_permille) for edge in net.edges] == [("w1-1-4", 50)]
    drawing.way(2, [4, 2], highway="service", incline="5%")
    assert len(drawing.net().edges) == 2
    drawing.way(1, [1, 3, 2], highway="service", incline="5%", oneway="-1")
    turned = edge_of(drawing.net(), "w1-2-1")
    assert (turned.facts.oneway, turned.facts.incline_permille) == ("forward", -50)


def test_a_gate_splits_the_way_and_keeps_its_width_and_hours() -> None:
    drawing = street()
    drawing.node(3, 100, 0, barrier="gate", width="2", opening_hours="07:00-22:00")
    net = drawing.net()
    assert ends(net) == {("n1", "n3"), ("n3", "n2")}
    assert (net.barriers["n3"].width_m, net.barriers["n3"].open_hours) == (2.0, "07:00-22:00")


def test_a_closed_barrier_becomes_a_dead_end_on_each_side() -> None:
    drawing = street()
    drawing.node(3, 100, 0, barrier="stile")
    net = drawing.net()
    assert ends(net) == {("n1", "n3-w1-1"), ("n3-w1-2", "n2")}
    assert net.closed == {3: "barrier=stile"}
    assert net.notes["barrier=stile: nobody passes"] == 1
    assert net.named["barrier=stile: nobody passes"][0].startswith("n3 at 50.0")


def test_a_high_kerb_closes_the_crossing_and_not_the_sidewalk() -> None:
    drawing = street()
    drawing.way(1, [1, 3, 2], highway="footway", footway="sidewalk")
    drawing.node(3, 100, 0, barrier="kerb", kerb="raised")
    drawing.way(2, [3, drawing.node(4, 100, 10)], highway="footway", footway="crossing")
    net = drawing.net()
    assert ends(net) == {("n1", "n2"), ("n3-w2-4", "n4")}
    drawing.node(3, 100, 0, barrier="kerb", kerb="lowered")
    assert ends(drawing.net()) == {("n1", "n3"), ("n3", "n2"), ("n3", "n4")}


def test_a_kerb_on_a_roads_own_node_is_a_slip() -> None:
    drawing = street()
    drawing.node(3, 100, 0, barrier="kerb", kerb="raised")
    net = drawing.net()
    assert ends(net) == {("n1", "n2")}
    assert net.notes["a kerb on a road's own node, taken as open"] == 1
    drawing.way(1, [1, 3, 2], highway="footway")
    assert len(drawing.net().closed) == 1


def test_a_fence_over_a_way_without_a_gate_is_told() -> None:
    drawing = street()
    fence = [drawing.node(4, 100, -20), 3, drawing.node(5, 100, 20)]
    drawing.way(2, fence, barrier="fence")
    net = drawing.net()
    assert ends(net) == {("n1", "n2")}
    assert net.notes["barrier=fence shares a node with a way, no gate there"] == 1


def main_road(drawing: Drawing, south_m: float, north_m: float) -> Drawing:
    """Way 9, primary, at x = 300; way 2 meets it from the west, way 3 leaves it to the east."""
    drawing.way(2, [2, drawing.node(20, 300, south_m)], highway="footway")
    drawing.way(3, [drawing.node(21, 300, north_m), drawing.node(22, 400, 0)], highway="footway")
    refs = [drawing.node(90, 300, -200), 20, 21, drawing.node(91, 300, 200)]
    drawing.way(9, refs, highway="primary", oneway="yes")
    return drawing


def test_a_main_road_may_be_crossed_for_a_few_metres_and_never_followed() -> None:
    drawing = main_road(street(), 0, 30)
    assert ("n20", "n21") not in ends(drawing.net())
    net = drawing.net(RoadRules(cross_roads=True))
    crossing = edge_of(net, "w9-20-21")
    assert (crossing.facts.road_class, crossing.facts.oneway) == ("crossing", "no")
    assert not crossing.facts.may_wait
    assert net.kept["primary, crossed only"] == 1
    assert "n90" not in net.points
    far = main_road(street(), 0, 60).net(RoadRules(cross_roads=True))
    assert ("n20", "n21") not in ends(far)


def test_crossing_a_main_road_costs_a_wait_where_no_crossing_is_mapped() -> None:
    drawing = street()
    refs = [drawing.node(90, 100, -200), 3, drawing.node(91, 100, 200)]
    drawing.way(9, refs, highway="secondary")
    net = drawing.net()
    assert (net.barriers["n3"].gate, net.barriers["n3"].wait_s) == ("crossing", 10)
    assert net.notes["a main road crossed where no crossing is mapped"] == 1
    drawing.node(3, 100, 0, highway="crossing")
    assert drawing.net().barriers["n3"].wait_s == 5


def test_a_road_with_a_sidewalk_beside_it_is_driven_at_walking_pace() -> None:
    drawing = street()
    drawing.way(1, [1, 3, 2], highway="residential", sidewalk="separate")
    claim = drawing.net()
    assert edge_of(claim, "w1-1-2").facts.speed_mm_s == 4_000
    assert claim.notes["says its sidewalk is mapped apart, but none is drawn beside it"] == 1
    drawing.way(2, [drawing.node(4, 0, 6), drawing.node(5, 200, 6)], highway="footway")
    net = drawing.net()
    assert edge_of(net, "w1-1-2").facts.speed_mm_s == 1_000
    assert edge_of(net, "w2-4-5").facts.speed_mm_s == 1_800
    anyway = drawing.net(RoadRules(prefer_sidewalks=False))
    assert edge_of(anyway, "w1-1-2").facts.speed_mm_s == 4_000
    # What runs athwart is a crossing, however near.
    drawing.way(2, [drawing.node(4, 100, -9), drawing.node(5, 100, 9)], highway="footway")
    assert edge_of(drawing.net(), "w1-1-2").facts.speed_mm_s == 4_000


def test_a_road_whose_sidepath_must_be_used_is_slow_but_never_cut_out() -> None:
    drawing = street()
    drawing.way(1, [1, 3, 2], highway="residential", foot="use_sidepath")
    assert edge_of(drawing.net(), "w1-1-2").facts.speed_mm_s == 1_000


def test_what_is_left_out_is_counted_with_things_to_look_at() -> None:
    drawing = street()
    for way in range(10, 20):
        refs = [drawing.node(way * 10, way, 50), drawing.node(way * 10 + 1, way, 60)]
        drawing.way(way, refs, highway="steps")
    net = drawing.net()
    assert net.kept == {"service": 1}
    assert net.dropped == {"highway=steps": 10}
    assert len(net.named["highway=steps"]) == 10
    assert net.named["highway=steps"][0].startswith("w10 at 50.0004")
    assert net.left_out[10] == "highway=steps"


def test_the_robots_profile_decides_what_it_can_use() -> None:
    drawing = street()
    drawing.way(1, [1, 3, 2], highway="footway", width="1.0")
    assert drawing.net().kept == {"footway": 1}
    broad = RoadRules(profile=RobotProfile(width_mm=1_100))
    assert drawing.net(broad).dropped == {"narrower than 1.1 m": 1}


def test_ways_with_nodes_missing_in_the_file_are_cut_and_told() -> None:
    drawing = street()
    drawing.way(2, [2, drawing.node(4, 250, 0), 999, drawing.node(5, 300, 0)], highway="service")
    net = drawing.net()
    assert ends(net) == {("n1", "n4")}
    assert net.notes["ways cut where nodes are missing in the file"] == 1
    drawing.way(3, [998, 999], highway="service")
    assert drawing.net().beyond["ways outside the extract"] == 1


def test_two_nodes_at_one_place_are_one_so_that_nothing_is_cut_apart() -> None:
    drawing = street()
    drawing.node(4, 200, 0)
    drawing.way(2, [2, 4], highway="service")
    drawing.way(3, [4, drawing.node(5, 300, 0)], highway="service")
    assert ends(drawing.net()) == {("n1", "n5")}


def test_what_an_editor_has_not_uploaded_yet_is_taken() -> None:
    drawing = Drawing()
    drawing.way(-1, [drawing.node(-1, 0, 0), drawing.node(-2, 90, 0)], highway="service")
    drawing.node(-2, 90, 0, barrier="chain")
    assert ends(drawing.net()) == {("n-1", "n-2-w-1--1")}


def test_an_edit_elsewhere_renames_nothing_here() -> None:
    drawing = street()
    drawing.way(2, [3, drawing.node(4, 100, 90)], highway="footway")
    before = {edge.id: edge.nodes for edge in drawing.net().edges}
    # A node more in the same way, a branch on another way, a way more.
    drawing.way(1, [1, drawing.node(6, 50, 1), 3, 2], highway="service")
    drawing.way(3, [4, drawing.node(7, 150, 90)], highway="path")
    after = {edge.id: edge.nodes for edge in drawing.net().edges}
    assert after.keys() - before.keys() == {"w3-4-7"}
    assert before.keys() <= after.keys()


NODES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=12, unique=True
)
TAGS = st.sampled_from(
    [
        {"highway": "service"},
        {"highway": "service", "oneway": "yes"},
        {"highway": "service", "oneway": "-1", "incline": "5%"},
        {"highway": "footway"},
        {"highway": "footway", "footway": "crossing"},
        {"highway": "pedestrian", "area": "yes"},
        {"highway": "primary"},
    ]
)


@settings(max_examples=60, deadline=None)
@given(NODES, st.data())
def test_any_drawing_gives_one_net_whatever_the_order_of_the_file(
    places: list[tuple[int, int]], data: st.DataObject
) -> None:
    drawing = Drawing()
    for number, (x, y) in enumerate(places, 1):
        barrier = data.draw(st.sampled_from(["", "", "", "gate", "stile", "kerb"]))
        drawing.node(number, x * 20, y * 20, **({"barrier": barrier} if barrier else {}))
    length_of: dict[int, int] = {}
    for way in range(1, data.draw(st.integers(1, 6)) + 1):
        numbers = st.integers(1, len(places))
        drawing.way(way, data.draw(st.lists(numbers, min_size=2, max_size=6)), **data.draw(TAGS))
        refs = drawing.ways[way].refs
        length_of[way] = sum(
            round(((xa - xb) ** 2 + (ya - yb) ** 2) ** 0.5 * 20_000)
            for (xa, ya), (xb, yb) in ((places[a - 1], places[b - 1]) for a, b in pairwise(refs))
        )
    net = drawing.net()
    names = [edge.id for edge in net.edges]
    assert len(set(names)) == len(names)
    # Nothing that may be driven is lost, whatever was cut and joined.
    kept = [way for way in drawing.ways if way not in net.left_out]
    drawn_mm = sum(net.length_mm(edge) for edge in net.edges if not edge.made)
    if "the rim of a square along another way, taken once" not in net.notes:
        assert drawn_mm == pytest.approx(sum(length_of[way] for way in kept), abs=500)
    drawn = {frozenset(map(ref_of, pair)) for edge in net.edges for pair in pairwise(edge.nodes)}
    bits = {frozenset(pair) for way in kept for pair in pairwise(drawing.ways[way].refs)}
    assert {pair for pair in bits if len(pair) == 2} <= drawn
    for container in (drawing.nodes, drawing.ways):
        items = list(container.items())
        random.Random(1).shuffle(items)
        container.clear()
        container.update(items)  # type: ignore[arg-type]
    again = drawing.net(RoadRules())
    assert (again.edges, again.barriers, again.notes) == (net.edges, net.barriers, net.notes)
    assert again.frame == FRAME
