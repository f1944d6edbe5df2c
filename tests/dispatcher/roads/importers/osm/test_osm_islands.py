# SPDX-License-Identifier: Apache-2.0
"""What a robot cannot get to is kept, named and explained."""

import pytest

from dispatcher.roads.importers.osm.net.islands import Apart, apart_of
from dispatcher.roads.importers.osm.net.net import parts_of
from dispatcher.roads.importers.osm.net.offers import Offer, offers_of
from dispatcher.roads.importers.osm.net.roads import road_net
from dispatcher.roads.importers.osm.rules.rules import RoadRules
from tests.data_sets import data_file
from tests.dispatcher.roads.importers.osm.osm_drawing import FRAME, Drawing


def street() -> Drawing:
    """Way 1 runs 300 m from west to east."""
    drawing = Drawing()
    drawing.way(1, [drawing.node(1, 0, 0), drawing.node(2, 300, 0)], highway="service")
    return drawing


def apart(drawing: Drawing) -> Apart:
    net = drawing.net()
    return apart_of(net, drawing.data(), parts_of(net)[0])


def test_an_island_tells_the_gap_and_that_nothing_is_drawn_across() -> None:
    drawing = street()
    drawing.way(2, [drawing.node(3, 100, 12), drawing.node(4, 100, 80)], highway="footway")
    (island,) = apart(drawing).islands
    assert (island.number, island.nodes, island.edges, island.length_m) == (1, 2, 1, 68)
    assert island.gap_m == 12
    assert FRAME.to_mm(island.lat_deg, island.lon_deg) == pytest.approx((100_000, 12_000), abs=20)
    at = FRAME.to_mm(island.gap_lat_deg, island.gap_lon_deg)
    assert at == pytest.approx((100_000, 0), abs=20)
    assert island.why == "nothing is drawn across a gap of 12 m"


def test_steps_a_private_way_and_a_main_road_are_named_as_what_cuts_off() -> None:
    for tags, said in (
        ({"highway": "steps"}, "highway=steps"),
        ({"highway": "service", "access": "private"}, "access=private"),
        ({"highway": "primary"}, "highway=primary"),
    ):
        drawing = street()
        drawing.way(2, [2, drawing.node(3, 320, 0)], **tags)
        drawing.way(3, [3, drawing.node(4, 400, 0)], highway="footway")
        (island,) = apart(drawing).islands
        assert island.why == f"cut off by w2, left out: {said}"


def test_a_closed_gate_is_named_as_what_cuts_off() -> None:
    drawing = street()
    drawing.node(2, 300, 0, barrier="gate", access="private")
    drawing.way(2, [2, drawing.node(3, 400, 0)], highway="service")
    (island,) = apart(drawing).islands
    assert (island.gap_m, island.why) == (0, "cut off by n2: barrier=gate, access=private")


def test_an_island_behind_an_island_names_its_own_obstacle() -> None:
    drawing = street()
    drawing.way(2, [2, drawing.node(3, 320, 0)], highway="steps")
    drawing.way(3, [3, drawing.node(4, 400, 0)], highway="footway")
    drawing.way(4, [4, drawing.node(5, 420, 0)], highway="corridor")
    drawing.way(5, [5, drawing.node(6, 450, 0)], highway="footway")
    found = apart(drawing)
    assert [island.why for island in found.islands] == [
        "cut off by w2, left out: highway=steps",
        "cut off by w4, left out: highway=corridor",
    ]
    assert found.island_of == {"w3-3-4": 1, "w5-5-6": 2}


def test_a_footbridge_over_the_main_part_shares_no_node_with_it() -> None:
    drawing = street()
    drawing.way(
        2, [drawing.node(3, 100, -30), drawing.node(4, 100, 30)], highway="footway", bridge="yes"
    )
    (island,) = apart(drawing).islands
    assert island.why == "crosses the main part and shares no node with it"


def test_an_island_that_the_border_cut_off_says_so() -> None:
    drawing = street()
    drawing.way(2, [drawing.node(3, 450, 90), drawing.node(4, 900, 90)], highway="footway")
    drawing.way(2, [drawing.node(5, 400, 90), 3, 4], highway="footway")
    (island,) = apart(drawing).islands
    assert island.why == "goes on outside the extract"


def test_one_way_streets_without_return_are_traps_in_or_out() -> None:
    drawing = street()
    drawing.way(2, [2, drawing.node(3, 400, 0)], highway="service", oneway="yes")
    drawing.way(3, [1, drawing.node(4, 0, 90)], highway="service", oneway="-1")
    found = apart(drawing)
    assert found.islands == []
    assert [(trap.edges, trap.length_m, trap.why) for trap in found.traps] == [
        (("w2-2-3",), 100, "a robot gets in and not out again"),
        (("w3-4-1",), 90, "a robot gets out and not in"),
    ]


def test_every_edge_is_in_the_main_part_on_an_island_or_in_a_trap() -> None:
    net = road_net((drawing := street()).data(), FRAME, RoadRules())
    drawing.way(2, [2, drawing.node(3, 400, 0)], highway="service", oneway="yes")
    drawing.way(3, [drawing.node(5, 0, 50), drawing.node(6, 90, 50)], highway="service")
    net = drawing.net()
    main = parts_of(net)[0]
    found = apart_of(net, drawing.data(), main)
    trapped = [edge_id for trap in found.traps for edge_id in trap.edges]
    told = [*(edge.id for edge in main.edges), *found.island_of, *trapped]
    assert sorted(told) == [edge.id for edge in net.edges]


def test_options_that_join_islands_are_offered_with_what_they_bring() -> None:
    drawing = street()
    refs = [2, drawing.node(3, 300, 20), drawing.node(4, 300, 300)]
    drawing.way(2, refs, highway="secondary")
    drawing.way(3, [3, drawing.node(5, 400, 20)], highway="footway")
    drawing.way(4, [2, drawing.node(6, 330, 0)], highway="service", access="private")
    drawing.way(5, [6, drawing.node(7, 350, 0)], highway="service")
    data, net = drawing.data(), drawing.net()
    main = parts_of(net)[0]
    offers = offers_of(data, RoadRules(), net, main, apart_of(net, data, main), lambda edges: 0)
    assert offers == [
        Offer("--cross-roads", 1, 0, 100),
        Offer("--main-roads primary", 1, 0, 100),
        Offer("--main-roads secondary", 1, 0, 100),
        Offer("--private", 1, 0, 20),
    ]


@pytest.mark.parametrize(
    ("name", "least_pct"),
    [("tsinghua-beijing.osm", 84), ("ajou-suwon.osm", 95), ("heidelberg.osm.pbf", 93)],
)
def test_the_ways_of_a_real_campus_hang_together(name: str, least_pct: int) -> None:
    pytest.importorskip("osmium", reason="not run: needs osmium")
    from dispatcher.roads.importers.osm.reading.read import read_osm
    from robot_agent.campus_frame import frame_at

    data = read_osm(data_file(f"maps/{name}"))
    net = road_net(data, frame_at(*data.bounds.centre), RoadRules())
    main = parts_of(net)[0]
    whole_mm = sum(map(net.length_mm, net.edges))
    assert sum(map(net.length_mm, main.edges)) * 100 >= least_pct * whole_mm
    found = apart_of(net, data, main)
    trapped = sum(len(trap.edges) for trap in found.traps)
    assert len(main.edges) + len(found.island_of) + trapped == len(net.edges)
    assert all(island.why for island in found.islands)
