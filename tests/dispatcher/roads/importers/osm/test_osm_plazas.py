# SPDX-License-Identifier: Apache-2.0
"""Squares are crossed in straight lines of sight."""

import math

import shapely

from dispatcher.roads.importers.osm.net.net import RoadNet
from dispatcher.roads.importers.osm.net.sight_lines import MAX_ENTRIES
from tests.dispatcher.roads.importers.osm.osm_drawing import Drawing

SHARED = {"n11", "n12"}


def square(**tags: str) -> Drawing:
    """100 m square (way 1, nodes 10 to 13) with a footway into each corner."""
    drawing = Drawing()
    south_west, south_east, north_east, north_west = drawing.ring(
        1, 0, 0, 100, highway="pedestrian", area="yes", **tags
    )
    drawing.way(2, [drawing.node(20, -50, -50), south_west], highway="footway")
    drawing.way(3, [drawing.node(21, 150, -50), south_east], highway="footway")
    drawing.way(4, [drawing.node(22, 150, 150), north_east], highway="footway")
    drawing.way(5, [drawing.node(23, -50, 150), north_west], highway="footway")
    return drawing


def sights(net: RoadNet) -> set[str]:
    return {edge.id for edge in net.edges if edge.made == "sight"}


def test_a_square_is_crossed_from_way_to_way_and_its_rim_stays() -> None:
    net = square().net()
    assert sights(net) == {"w1x-10-12", "w1x-11-13"}
    assert net.notes["a square crossed in straight lines"] == 1
    assert any(edge.source == "w1" and not edge.made for edge in net.edges)
    crossing = next(edge for edge in net.edges if edge.id == "w1x-10-12")
    assert (crossing.facts.road_class, crossing.facts.passing) == ("shared", "wide")


def test_a_ring_road_is_no_square() -> None:
    drawing = square()
    drawing.way(1, [10, 11, 12, 13, 10], highway="pedestrian")
    assert sights(drawing.net()) == set()


def test_no_line_leads_through_a_house_on_the_square() -> None:
    drawing = square()
    drawing.ring(6, 20, 20, 20, building="yes")
    net = drawing.net()
    house = shapely.box(20_500, 20_500, 39_500, 39_500)
    lines = [shapely.LineString(net.shape(edge)) for edge in net.edges if edge.made]
    assert not any(line.intersects(house) for line in lines)
    assert sights(net) == {"w1x-11-13"}


def test_no_line_leads_through_a_wall_on_the_square() -> None:
    drawing = square()
    drawing.way(6, [drawing.node(60, 40, 55), drawing.node(61, 55, 40)], barrier="wall")
    assert "w1x-10-12" not in sights(drawing.net())
    assert "w1x-11-13" in sights(drawing.net())


def test_what_the_whole_square_lies_on_or_under_does_not_block_it() -> None:
    drawing = square()
    drawing.ring(6, -400, -400, 800, landuse="grass")
    drawing.ring(7, 20, 20, 20, building="roof")
    drawing.ring(8, 50, 40, 20, building="yes", building__min_level="1")
    assert sights(drawing.net()) == {"w1x-10-12", "w1x-11-13"}
    drawing.ring(9, 20, 20, 20, landuse="grass")
    assert sights(drawing.net()) == {"w1x-11-13"}


def test_a_multipolygon_is_crossed_around_its_holes() -> None:
    drawing = square()
    drawing.way(1, [10, 11, 12, 13, 10])
    drawing.ring(6, 30, 30, 40)
    drawing.relation(7, {1: "outer", 6: "inner"}, highway="pedestrian")
    net = drawing.net()
    hole = shapely.box(31_000, 31_000, 69_000, 69_000)
    lines = [shapely.LineString(net.shape(edge)) for edge in net.edges if edge.made]
    assert not any(line.intersects(hole) for line in lines)
    # Round the corner of the hole: shorter than along the rim.
    assert any(edge.made and "n61" in edge.nodes for edge in net.edges)
    assert any(edge.source == "r7" and not edge.made for edge in net.edges)


def test_a_multipolygon_that_is_not_whole_is_told() -> None:
    drawing = square()
    drawing.way(1, [10, 11, 12, 13, 10])
    drawing.relation(7, {1: "outer", 99: "inner"}, highway="pedestrian")
    assert any("not whole" in note for note in drawing.net().notes)


def test_a_line_of_sight_bends_at_the_corner_of_a_square() -> None:
    drawing = Drawing()
    corners = [(0, 0), (100, 0), (100, 40), (40, 40), (40, 100), (0, 100)]
    refs = [drawing.node(10 + i, x, y) for i, (x, y) in enumerate(corners)]
    drawing.way(1, [*refs, 10], highway="pedestrian", area="yes")
    drawing.way(2, [11, drawing.node(20, 150, -10)], highway="footway")
    drawing.way(3, [15, drawing.node(21, -10, 150)], highway="footway")
    assert sights(drawing.net()) == {"w1x-11-13", "w1x-13-15"}


def test_a_closed_gate_on_the_rim_is_no_way_in() -> None:
    drawing = square()
    drawing.node(12, 100, 100, barrier="gate", locked="yes")
    assert not any("12" in name for name in sights(drawing.net()))


def test_a_square_with_too_many_ways_in_is_driven_along_its_rim() -> None:
    drawing = Drawing()
    count = MAX_ENTRIES + 1
    rim = [drawing.node(100 + i, i * 5, (i % 2) * 0.1) for i in range(count)]
    far = [drawing.node(200, count * 5, 80), drawing.node(201, 0, 80)]
    drawing.way(1, [*rim, *far, rim[0]], highway="pedestrian", area="yes")
    for i, ref in enumerate(rim):
        drawing.way(2 + i, [ref, drawing.node(300 + i, i * 5, -20)], highway="footway")
    net = drawing.net()
    assert sights(net) == set()
    assert net.notes["a square with too many ways in or corners, driven along its rim"] == 1


def test_lines_keep_their_names_when_something_changes_elsewhere() -> None:
    drawing = square()
    before = sights(drawing.net())
    drawing.way(8, [20, drawing.node(80, -150, -50)], highway="footway")
    assert sights(drawing.net()) == before


def test_a_way_mapped_across_a_square_is_not_drawn_again() -> None:
    drawing = square()
    drawing.way(6, [10, 12], highway="footway")
    net = drawing.net()
    # The other diagonal would cross it where the two share no node.
    assert sights(net) == set()
    drawing.way(6, [10, drawing.node(60, 50, 50), 12], highway="footway")
    assert sights(drawing.net()) == {"w1x-11-60", "w1x-13-60"}


def test_a_line_along_a_mapped_way_is_left_out() -> None:
    drawing = square()
    drawing.way(6, [10, drawing.node(60, 50.1, 49.9), 12], highway="footway")
    assert "w1x-10-12" not in sights(drawing.net())


def test_a_rim_that_two_squares_share_is_there_once() -> None:
    drawing = square()
    far = [drawing.node(70, 200, 0), drawing.node(71, 200, 100)]
    drawing.way(9, [11, far[0], far[1], 12, 11], highway="pedestrian", area="yes")
    net = drawing.net()
    lines = [frozenset((edge.start, edge.end)) for edge in net.edges if {*edge.nodes} <= SHARED]
    assert len(lines) == len(set(lines)) == 1
    assert net.notes["the rim of a square along another way, taken once"] == 1


def test_a_square_with_many_ways_in_gets_few_lines() -> None:
    drawing = Drawing()
    ring = [
        drawing.node(100 + number, 60 * math.cos(number / 4), 60 * math.sin(number / 4))
        for number in range(25)
    ]
    drawing.way(1, [*ring, ring[0]], highway="pedestrian", area="yes")
    for number, ref in enumerate(ring):
        x_m, y_m = 90 * math.cos(number / 4), 90 * math.sin(number / 4)
        drawing.way(10 + number, [ref, drawing.node(200 + number, x_m, y_m)], highway="footway")
    lines = sights(drawing.net())
    assert 0 < len(lines) < 25 * 24 // 2 // 2
