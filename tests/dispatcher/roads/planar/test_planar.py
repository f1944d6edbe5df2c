# SPDX-License-Identifier: Apache-2.0
"""A site without roads answers like one with roads: straight ways, areas, times, a whole day."""

from datetime import UTC, datetime

import msgspec
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.demo.map_view import MapView
from dispatcher.roads.closing.arrival import arrivals
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.conditions import Conditions
from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_graph import PlanarError, PlanarGraph, distances_mm
from dispatcher.roads.planar.planar_times import PlanarTimes
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.site_roads import travel_times
from dispatcher.roads.times.road_times import RoadTimes
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes, Unreachable
from dispatcher.simulation.run import run_scenario
from dispatcher.simulation.scenario import Demand, Fleet, Planning, Scenario
from robot_agent.campus import CampusError, Zone
from robot_agent.campus_frame import Point, distance_mm
from tests.dispatcher.roads.plain import SITE, box, campus, place, road

PLAIN = msgspec.structs.replace(SITE, planar=True, speed_mm_s=2_000, detour_pct=130)
WALL = box(40_000, -10_000, 60_000, 10_000)


def plain(*points: Point, zones: tuple[Zone, ...] = (), **facts: object) -> RoadGraph:
    """Stops a, b, c... at these points; `facts` are of node b."""
    stops = [place(chr(ord("a") + number), point) for number, point in enumerate(points)]
    return road_graph(campus((), zones, {"b": facts}, stops, PLAIN))


LINE = plain((0, 0), (100_000, 0), (50_000, 50_000))


def test_the_factory_tells_a_plain_from_a_net() -> None:
    net = road_graph(campus([road("e", "a", "b", (0, 0), (9, 0))]))
    assert isinstance(LINE, PlanarGraph)
    assert not isinstance(net, PlanarGraph)
    assert travel_times(net, 1_000).time_ms("a", "b") == 9
    with pytest.raises(PlanarError, match="site site has roads"):
        PlanarGraph(net.campus)


def test_a_way_is_the_straight_line_and_a_detour_rounded_up() -> None:
    times = travel_times(LINE, 5_000)
    assert times.length_mm("a", "b") == 130_000
    assert times.length_mm("a", "c") == -(-70_711 * 130 // 100) == 91_925
    assert times.time_ms("a", "b") == 65_000  # the site's 2 m/s
    assert travel_times(LINE, 1_000).time_ms("a", "b") == 130_000  # the robot's 1 m/s
    assert times.path("a", "b") == ("a", "b")
    assert times.path("a", "a") == ("a",)
    assert times.time_ms("a", "a") == times.length_mm("a", "a") == 0
    assert times.searches == 0


def test_two_places_at_one_spot_are_a_millimetre_apart() -> None:
    times = travel_times(plain((0, 0), (0, 0)), 1_000)
    assert (times.length_mm("a", "b"), times.time_ms("a", "b")) == (1, 1)


def test_a_gate_costs_its_wait_on_entering() -> None:
    times = travel_times(plain((0, 0), (100_000, 0), gate="gate", wait_ms=9_000), 2_000)
    assert times.time_ms("a", "b") == 74_000
    assert times.time_ms("b", "a") == 65_000


def test_a_line_through_a_closed_area_is_no_way() -> None:
    times = RoadTimes(LINE, 2_000)
    shut = times.at(0, [Closure("c", WALL)])
    assert shut.time_ms("a", "b") == shut.length_mm("b", "a") == UNREACHABLE
    assert shut.time_ms("a", "c") == times.at(0).time_ms("a", "c")
    assert shut.matrix(("a", "b")) == shut.lengths(("a", "b")) == ((0, -1), (-1, 0))
    with pytest.raises(Unreachable, match="no way from a to b"):
        shut.path("a", "b")
    assert shut.energy_mwh("a", "b", 0, RobotProfile()) == UNREACHABLE
    assert times.at(0, [Closure("c", WALL)]) is shut


def test_who_is_inside_a_closed_area_may_leave_and_nobody_comes() -> None:
    shut = RoadTimes(plain((0, 0), (50_000, 0)), 2_000).at(0, [Closure("c", WALL)])
    assert shut.time_ms("a", "b") == UNREACHABLE
    assert shut.time_ms("b", "a") == 32_500


def test_a_slow_area_counts_where_the_line_is_inside() -> None:
    crowded = Zone("z", "crowded", 300, WALL)
    times = RoadTimes(plain((0, 0), (100_000, 0), zones=(crowded,)), 2_000)
    assert times.at(0).length_mm("a", "b") == 130_000
    assert times.at(0).time_ms("a", "b") == 65_000 + 26_000
    graph = times.graph
    assert arrivals(graph, times.timetable(), 2_000, ("a", "b"), 7) == (7, 91_007)


def test_a_robot_on_the_line_drives_on_or_back() -> None:
    times = travel_times(LINE, 2_000)
    number = LINE.arc_number("a", "b")
    targets = np.array([LINE.node_number(node) for node in "abc"])
    found = times.from_anywhere_to_all(np.array([number]), np.array([30_000]), targets)
    assert found.tolist() == [[15_000, 50_000, 15_000 + times.time_ms("a", "c")]]
    alone = times.from_anywhere(np.array([number]), np.array([30_000]), targets[:1])
    assert alone.tolist() == [15_000]
    with pytest.raises(ValueError, match="beyond the end"):
        times.from_anywhere(np.array([number]), np.array([130_001]), targets[:1])


def test_energy_is_that_of_a_level_road() -> None:
    level = road_graph(campus([road("e", "a", "b", (0, 0), (130_000, 0))]))
    expected = TravelTimes(level, 2_000).energy_mwh("a", "b", 5_000, RobotProfile())
    assert travel_times(LINE, 2_000).energy_mwh("a", "b", 5_000, RobotProfile()) == expected > 0


def test_what_a_graph_answers_a_plain_answers() -> None:
    assert isinstance(LINE, PlanarGraph)
    assert [(arc.tail, arc.head) for arc in LINE.arcs()][:3] == [("a", "b"), ("a", "c"), ("b", "a")]
    for arc in LINE.arcs():
        assert LINE.arc(LINE.arc_number(arc.tail, arc.head)) == arc
        assert LINE.edge_between(arc.tail, arc.head) == arc.edge
    assert LINE.shape_between("b", "a") == ((100_000, 0), (0, 0))
    assert LINE.bends_between("a", "b") == 0
    assert LINE.components == (0, 0, 0)
    for wrong in (0, 4, 9, -1):
        with pytest.raises(IndexError):
            LINE.arc(wrong)
    for way in ("aa", "ax"):
        with pytest.raises(KeyError):
            LINE.edge_between(*way)
    with pytest.raises(KeyError):
        LINE.locate("a-b", 0)
    table = travel_times(LINE, 2_000)
    table.fill(["a"])
    assert table.times_to("b").tolist()[0] == table.arc_ms(LINE.arc_number("a", "b")) == 65_000
    assert table.path_arcs("a", "b") == (LINE.arc_number("a", "b"),)
    assert table.under(Conditions(shut=(1,))).time_ms("a", "b") == UNREACHABLE
    net = LINE.to_networkx()
    assert nx.dijkstra_path_length(net, "a", "c", weight="length_mm") == 91_925
    with pytest.raises(ValueError, match="speed_mm_s is 0"):
        travel_times(LINE, 0)


def test_whatever_is_public_of_a_road_graph_works_on_a_plain() -> None:
    """Nothing is inherited that lies: each method is the plain's own, or right as it is."""
    public = {name for name in vars(RoadGraph) if not name.startswith("_")}
    asked: dict[str, object] = {
        "from_campus": RoadGraph.from_campus,
        "node_ids": LINE.node_ids == ("a", "b", "c"),
        "nodes": list(LINE.nodes) == ["a", "b", "c"],
        "node": LINE.node("b").x_mm == 100_000,
        "node_number": LINE.node_number("c") == 2,
        "place": LINE.place("a").role == "stop",
        "places": len(LINE.places("stop")) == 3,
        "arcs": len(list(LINE.arcs())) == 6,
        "arc": LINE.arc(1).head == "b",
        "arc_number": LINE.arc_number("a", "b") == 1,
        "edge_between": LINE.edge_between("a", "b").length_mm == 130_000,
        "shape_between": LINE.shape_between("a", "b") == ((0, 0), (100_000, 0)),
        "bends_between": LINE.bends_between("a", "b") == 0,
        "locate": PlanarGraph.locate is not RoadGraph.locate,
        "components": LINE.components == (0, 0, 0),
        "elimination": LINE.elimination.left == 0,
        "to_networkx": LINE.to_networkx().number_of_edges() == 6,
    }
    assert set(asked) == public
    assert all(asked.values())


def test_every_question_to_a_table_is_answered_by_the_plain_itself() -> None:
    public = {name for name in vars(TravelTimes) if not name.startswith("_")}
    assert public <= set(vars(PlanarTimes))
    table = travel_times(LINE, 2_000)
    assert set(vars(TravelTimes(LINE, 2_000))) >= {"graph", "speed_mm_s", "conditions", "searches"}
    assert {"graph", "speed_mm_s", "conditions", "searches"} <= set(vars(table))


def test_a_robot_on_its_way_to_a_shut_place_has_no_way_there() -> None:
    shut = travel_times(LINE, 2_000, Conditions(shut=(1,)))
    ahead = np.array([LINE.arc_number("a", "b")])
    there = np.array([1])
    assert shut.from_anywhere(ahead, np.array([129_000]), there).tolist() == [UNREACHABLE]
    assert shut.from_anywhere(ahead, np.array([130_000]), there).tolist() == [0]


def test_a_robot_does_not_turn_into_a_closed_line() -> None:
    ahead, back = LINE.arc_number("a", "b"), LINE.arc_number("b", "a")
    at = (np.array([ahead]), np.array([1_000]))
    closed = travel_times(LINE, 2_000, Conditions(closed=(back,)))
    assert closed.from_anywhere(*at, np.array([0])).tolist() == [UNREACHABLE]
    both = travel_times(LINE, 2_000, Conditions(closed=tuple(sorted((ahead, back)))))
    assert both.from_anywhere(*at, np.array([0])).tolist() == [500]
    with pytest.raises(ValueError, match="on no arc"):
        both.from_anywhere(np.array([-1]), np.array([0]), np.array([0]))


def test_the_demo_draws_a_plain() -> None:
    assert str(MapView(LINE, 20, 10).render([])).strip()


def test_a_plain_has_a_limit() -> None:
    with pytest.raises(CampusError, match="no roads and 501 places, more than 500"):
        road_graph(campus((), places=[place(f"p{n}", (n, 0)) for n in range(501)], site=PLAIN))


@given(st.lists(st.tuples(*[st.integers(-(10**8), 10**8)] * 2), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_distances_are_exact(vectors: list[Point]) -> None:
    dx, dy = (np.array([vector[axis] for vector in vectors]) for axis in (0, 1))
    expected = [distance_mm((0, 0), vector) for vector in vectors]
    assert distances_mm(dx, dy).tolist() == expected


def test_a_day_on_a_plain_is_delivered() -> None:
    """The real core, the real robots, the real planner; no road anywhere."""
    stops = [place(f"s{n}", (150_000 * (n % 4), 120_000 * (n // 4))) for n in range(1, 12)]
    station = [place("depot", (0, 0), "station"), place("yard", (10_000, 0), "parking")]
    graph = road_graph(campus((), places=[*stops, *station], site=PLAIN))
    day = Scenario(
        map="plain",
        start=datetime(2026, 11, 11, 8, tzinfo=UTC),
        robots=Fleet(count=3),
        parcels=Demand(count=12),
        planner=Planning(engine="quick"),
    )
    result = run_scenario(day, graph, seed=1)
    assert result.faults == result.alarms == result.refused == ()
    assert result.summary.parcels["delivered"] >= 11
    assert result.summary.km > 1
