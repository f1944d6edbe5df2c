# SPDX-License-Identifier: Apache-2.0
"""When a robot arrives on a way whose conditions change while it drives."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.closing.arrival import NEVER, arrivals
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.closing.timetable import Timetable
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times.road_times import RoadTimes
from robot_agent.campus import Zone
from tests.dispatcher.roads.plain import box, campus, road, street

MINUTE_MS = 60_000
EIGHT_MS = 8 * 60 * MINUTE_MS
"""1 January 1970, a Thursday, 08:00 by UTC, 09:00 in Berlin."""
WAY = ("a", "b", "c")
SECOND = box(100_000, -1_000, 200_000, 1_000)


def slow(name: str = "z", **facts: object) -> Zone:
    return msgspec.structs.replace(Zone(name, "slow", 300, SECOND), **facts)


def arrive(graph: RoadGraph, depart_ms: int, closures: tuple[Closure, ...] = ()) -> tuple[int, ...]:
    """At 2 m/s an edge of 100 m takes 50 s; told in ms after eight o'clock."""
    found = arrivals(graph, Timetable(graph, closures), 5_000, WAY, EIGHT_MS + depart_ms)
    return tuple(at_ms if at_ms == NEVER else at_ms - EIGHT_MS for at_ms in found)


def way(*zones: Zone, **nodes: dict[str, object]) -> RoadGraph:
    return street(0, 100_000, 200_000, zones=zones, **nodes)


def test_where_nothing_changes_the_table_is_right() -> None:
    graph = way(slow(), b={"gate": "gate", "wait_ms": 7_000})
    assert arrive(graph, 0) == (0, 57_000, 207_000)
    assert RoadTimes(graph, 5_000).at(0).time_ms("a", "c") == 207_000


def test_a_ride_is_cut_where_the_hours_begin() -> None:
    """Half of the second edge before nine, the other half three times as slow."""
    graph = way(slow(from_ms=EIGHT_MS + 75_000))
    assert arrive(graph, 0) == (0, 50_000, 75_000 + 75_000)
    assert arrive(graph, 60_000) == (60_000, 110_000, 260_000)


def test_a_part_of_a_millisecond_is_rounded_up_on_arrival() -> None:
    graph = way(slow(until_ms=EIGHT_MS + 50_001))
    assert arrive(graph, 0)[2] == 100_001  # 2/3 ms of the way is still to go


def test_a_gate_that_shuts_under_way_is_waited_for_at_the_gate() -> None:
    """Berlin's gate shuts at 09:01 and opens at 09:10: one and ten minutes after eight by UTC."""
    gate = {"gate": "gate", "wait_ms": 5_000, "open_hours": "00:00-09:01,09:10-24:00"}
    graph = way(b=gate)
    assert arrive(graph, 0)[1] == 55_000
    assert arrive(graph, 9_999)[1] == 64_999
    assert arrive(graph, 10_000)[1] == 10 * MINUTE_MS + 5_000
    assert arrive(graph, 59_999)[1] == 10 * MINUTE_MS + 5_000
    assert arrive(graph, 60_000)[1] == 10 * MINUTE_MS + 55_000


def test_who_stands_at_a_shut_gate_may_leave() -> None:
    graph = way(a={"gate": "gate", "open_hours": "Mo 03:00-03:01"})
    assert arrive(graph, 0) == (0, 50_000, 100_000)


def test_a_closure_ahead_is_waited_for_and_one_under_way_stops_the_robot() -> None:
    shut = Closure("c", SECOND, EIGHT_MS + 75_000, EIGHT_MS + 300_000)
    assert arrive(way(), 0, (shut,)) == (0, 50_000, 325_000)
    assert arrive(way(), 60_000, (shut,)) == (60_000, 110_000, 350_000)


def test_what_never_opens_is_never_reached() -> None:
    for_good = Closure("c", SECOND, EIGHT_MS + 75_000)
    assert arrive(way(), 0, (for_good,)) == (0, 50_000, NEVER)
    assert arrive(way(b={"open_hours": "Mo off"}), 0) == (0, NEVER, NEVER)
    elsewhere = slow(outline=box(0, 9_000, 9_000, 19_000), hours="Mo-Su 10:00-11:00")
    assert arrive(way(elsewhere), 0, (for_good,)) == (0, 50_000, NEVER)


def test_what_opens_in_a_month_is_reached_in_a_month() -> None:
    month_ms = 31 * 24 * 60 * MINUTE_MS
    shut = Closure("c", SECOND, 0, EIGHT_MS + month_ms)
    elsewhere = slow(outline=box(0, 9_000, 9_000, 19_000), hours="Mo-Su 10:00-11:00")
    assert arrive(way(elsewhere), 0, (shut,)) == (0, 50_000, month_ms + 50_000)


def test_the_border_moment_belongs_to_what_begins() -> None:
    shut = Closure("c", SECOND, EIGHT_MS + 50_000, EIGHT_MS + 60_000)
    assert arrive(way(), 0, (shut,)) == (0, 50_000, 110_000)
    reached = Closure("c", SECOND, EIGHT_MS + 100_000)
    assert arrive(way(), 0, (reached,)) == (0, 50_000, 100_000)


def test_no_arc_no_arrival() -> None:
    with pytest.raises(KeyError):
        arrivals(way(), Timetable(way()), 1_000, ("a", "c"), 0)


SPANS = st.tuples(st.integers(0, 400), st.integers(1, 200)).map(
    lambda span: (EIGHT_MS + 1_000 * span[0], EIGHT_MS + 1_000 * (span[0] + span[1]))
)
PLACES = st.tuples(st.integers(0, 190), st.integers(1, 120)).map(
    lambda part: box(part[0] * 1_000, -500, (part[0] + part[1]) * 1_000, 500)
)


@given(
    st.lists(st.tuples(SPANS, PLACES, st.integers(20, 900)), max_size=4),
    st.lists(st.tuples(SPANS, PLACES), max_size=2),
    st.sampled_from(["", "09:01-09:03", "00:00-09:02,09:04-24:00"]),
    st.lists(st.integers(0, 300_000), min_size=2, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_leaving_later_never_means_arriving_earlier(
    zones: list[tuple[tuple[int, int], tuple[tuple[int, int], ...], int]],
    shut: list[tuple[tuple[int, int], tuple[tuple[int, int], ...]]],
    gate: str,
    departures_ms: list[int],
) -> None:
    slows = [
        slow(f"z{n}", from_ms=span[0], until_ms=span[1], outline=where, factor_pct=factor)
        for n, (span, where, factor) in enumerate(zones)
    ]
    closures = tuple(Closure(f"c{n}", where, *span) for n, (span, where) in enumerate(shut))
    edges = [
        road("ab", "a", "b", (0, 0), (100_000, 0)),
        road("bc", "b", "c", (100_000, 0), (200_000, 0), length_mm=123_457),
    ]
    graph = RoadGraph.from_campus(campus(edges, slows, {"b": {"open_hours": gate}}))
    for before, after in pairwise(sorted(departures_ms)):
        for early, late in zip(
            arrive(graph, before, closures), arrive(graph, after, closures), strict=True
        ):
            assert late == NEVER or (early != NEVER and early <= late)
