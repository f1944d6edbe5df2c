# SPDX-License-Identifier: Apache-2.0
"""Edges as they were drawn, put together again from the parts that places cut them into."""

from dispatcher.roads.traffic.drawn import DIRECTIONS, drawn_edges, driven_edges, ways_from
from tests.dispatcher.roads.town import road, thing, town


def test_an_edge_that_places_cut_is_one_again_with_the_offsets_of_the_file() -> None:
    campus = town(
        road("e", (0, 0), (100, 0), (100, 50)),
        road("f", (100, 50), (200, 50), oneway="backward"),
        thing("stop", "s2", (99, 10), edge="e", offset_m=110),
        thing("stop", "s1", (20, 3), edge="e", offset_m=20),
        thing("stop", "s0", (20, -3), edge="e", offset_m=20),
    )
    drawn = drawn_edges(campus)
    assert list(drawn) == ["e", "f"]
    one = drawn["e"]
    assert (one.edge.from_node, one.edge.to_node, one.line_mm) == ("0,0", "100,50", 150_000)
    assert one.parts == ((0, "e.1"), (20_000, "e.2"), (110_000, "e.3"))
    assert [at_mm for at_mm, _ in one.places] == [20_000, 110_000]
    assert one.beside(120_000, 2_000) == (102_000, 20_000)
    assert one.beside(20_000, -2_000) == (20_000, 2_000)
    assert (one.directions, drawn["f"].directions) == (("forward", "backward"), ("backward",))


def test_an_edge_that_is_only_called_like_a_part_stays_itself() -> None:
    campus = town(road("e.1", (0, 0), (10, 0)), road("e.2", (10, 0), (20, 0)))
    assert list(drawn_edges(campus)) == ["e.1", "e.2"]


def test_ways_are_measured_from_a_stop_in_the_middle_of_an_edge() -> None:
    campus = town(
        road("e", (0, 0), (100, 0)),
        road("f", (100, 0), (130, 0), oneway="backward"),
        road("shut", (130, 0), (150, 0), access="closed"),
        thing("station", "s", (30, 3), edge="e", offset_m=30),
    )
    away_mm = ways_from(["s"], drawn_edges(campus))
    assert away_mm == {"s": 0, "0,0": 30_000, "100,0": 70_000, "130,0": 100_000}, "not into shut"
    there = ways_from(["s"], drawn_edges(campus), DIRECTIONS[:1])
    assert there == {"s": 0, "0,0": 30_000, "100,0": 70_000}, "nobody drives into f"
    back = ways_from(["s"], drawn_edges(campus), DIRECTIONS[1:])
    assert back == away_mm
    assert list(driven_edges(campus)) == ["e"]
