# SPDX-License-Identifier: Apache-2.0
"""What holds on the roads when: hours, dates, gates, closures, and both nights of the clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.closing.areas import AreaError
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.closing.timetable import Timetable, TimetableError
from dispatcher.roads.conditions import OPEN, Conditions
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import Zone
from robot_agent.campus_frame import Point
from robot_agent.campus_hours import parse_hours
from tests.dispatcher.roads.plain import SITE, box, campus, names, road, street

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000
MIDDLE = box(100_000, -1_000, 200_000, 1_000)
"""The second hundred metres of a street."""


def zone(kind: str = "closed", outline: tuple[Point, ...] = MIDDLE, **facts: object) -> Zone:
    plain = Zone("z", kind, 200, outline)
    return msgspec.structs.replace(plain, **facts)


def road_of(*zones: Zone, **nodes: dict[str, object]) -> RoadGraph:
    """Nodes a, b, c, d every 100 m."""
    return street(0, 100_000, 200_000, 300_000, zones=zones, **nodes)


def ms(text: str, fold: int = 0) -> int:
    """A moment by the clocks of Berlin; fold 1: the second time this hour comes."""
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp()) * 1000


def slots(timetable: Timetable, start: str, end: str) -> list[tuple[str, bool]]:
    """(when it begins by UTC, whether anything holds) of each slot that begins in between."""
    found = []
    at_ms, end_ms = ms(start), ms(end)
    while at_ms < end_ms:
        slot = timetable.conditions_at(at_ms)
        begins = datetime.fromtimestamp(at_ms / 1000, ZoneInfo("UTC"))
        found.append((f"{begins:%d %H:%M}", slot.conditions != OPEN))
        at_ms = slot.until_ms or end_ms
    return found[1:]


def test_a_road_without_facts_never_changes() -> None:
    slot = Timetable(road_of()).conditions_at(ms("2026-11-11T08:00"))
    assert (slot.conditions, slot.from_ms, slot.until_ms) == (OPEN, 0, 0)


def test_a_closed_zone_holds_in_its_hours_to_the_millisecond() -> None:
    graph = road_of(zone(hours="Mo-Fr 07:40-08:05"))
    timetable = Timetable(graph)
    start_ms, end_ms = ms("2026-11-11T07:40"), ms("2026-11-11T08:05")
    slot = timetable.conditions_at(start_ms)
    assert (slot.from_ms, slot.until_ms) == (start_ms, end_ms)
    assert names(graph, slot.conditions.closed) == ["b-c", "c-b"]
    before, after = timetable.conditions_at(start_ms - 1), timetable.conditions_at(end_ms)
    assert before.conditions == after.conditions == OPEN
    assert (before.until_ms, after.from_ms) == (start_ms, end_ms)


def test_hours_run_past_midnight_and_past_the_end_of_the_week() -> None:
    timetable = Timetable(road_of(zone(hours="Su 22:00-02:00")))
    assert slots(timetable, "2026-11-14T12:00", "2026-11-17T12:00") == [
        ("15 21:00", True),
        ("16 01:00", False),
    ]


def test_an_hour_that_does_not_exist_is_left_out() -> None:
    """Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC."""
    inside = Timetable(road_of(zone(hours="02:10-02:50")))
    assert slots(inside, "2026-03-28T12:00", "2026-03-30T12:00") == [
        ("30 00:10", True),
        ("30 00:50", False),
    ]
    across = Timetable(road_of(zone(hours="02:30-04:00")))
    assert slots(across, "2026-03-28T12:00", "2026-03-29T12:00") == [
        ("29 01:00", True),
        ("29 02:00", False),
    ]


def test_an_hour_that_comes_twice_holds_twice() -> None:
    """Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC."""
    inside = Timetable(road_of(zone(hours="02:10-02:50")))
    assert slots(inside, "2026-10-24T12:00", "2026-10-25T12:00") == [
        ("25 00:10", True),
        ("25 00:50", False),
        ("25 01:10", True),
        ("25 01:50", False),
    ]
    across = Timetable(road_of(zone(hours="01:30-02:30")))
    assert slots(across, "2026-10-24T12:00", "2026-10-25T12:00") == [
        ("24 23:30", True),
        ("25 00:30", False),
        ("25 01:00", True),
        ("25 01:30", False),
    ]


def test_dates_bound_the_hours() -> None:
    dated = zone(
        hours="Mo 10:00-11:00", from_ms=ms("2026-11-16T10:30"), until_ms=ms("2026-11-30T10:15")
    )
    timetable = Timetable(road_of(dated))
    assert slots(timetable, "2026-01-01T12:00", "2027-01-01T00:00") == [
        ("16 09:30", True),
        ("16 10:00", False),
        ("23 09:00", True),
        ("23 10:00", False),
        ("30 09:00", True),
        ("30 09:15", False),
    ]
    assert timetable.conditions_at(ms("2026-12-01T00:00")).until_ms == 0
    assert timetable.conditions_at(ms("2026-11-01T00:00")).from_ms == 0


def test_a_gate_out_of_hours_lets_nobody_in_but_whoever_stands_there_out() -> None:
    graph = road_of(b={"gate": "gate", "open_hours": "08:00-18:00"})
    timetable = Timetable(graph)
    night = timetable.conditions_at(ms("2026-11-11T20:00"))
    assert names(graph, night.conditions.closed) == ["a-b", "c-b"]
    assert [graph.node_ids[node] for node in night.conditions.shut] == ["b"]
    assert night.until_ms == ms("2026-11-12T08:00")
    assert timetable.conditions_at(ms("2026-11-12T08:00")).conditions == OPEN


def test_a_way_with_hours_is_closed_both_ways_out_of_them() -> None:
    park = road("park", "a", "b", (0, 0), (100, 0), open_hours="Mo-Fr 06:00-22:00")
    graph = RoadGraph.from_campus(campus([park]))
    sunday = Timetable(graph).conditions_at(ms("2026-11-15T12:00"))
    assert names(graph, sunday.conditions.closed) == ["a-b", "b-a"]
    assert sunday.conditions.shut == ()


def test_hours_that_are_always_are_no_fact() -> None:
    graph = road_of(zone("no_stop"), b={"open_hours": "24/7"})
    assert Timetable(graph).conditions_at(0).until_ms == 0


def extras(*zones: Zone) -> dict[str, int]:
    graph = road_of(*zones)
    found = Timetable(graph).conditions_at(0).conditions.extra_mm
    return {names(graph, [arc])[0]: mm for arc, mm in found}


def test_a_slow_zone_makes_ways_longer_where_they_are_inside() -> None:
    slow = zone("slow", box(150_000, -1_000, 220_000, 1_000), factor_pct=150)
    assert extras(slow) == {"b-c": 25_000, "c-b": 25_000, "c-d": 10_000, "d-c": 10_000}
    assert extras(zone("crowded", factor_pct=80)) == {"b-c": -20_000, "c-b": -20_000}
    assert extras(zone("slow", factor_pct=100)) == {}


def test_where_zones_overlap_the_slowest_counts() -> None:
    wide = zone("slow", box(100_000, -1_000, 200_000, 1_000), id="wide", factor_pct=200)
    narrow = zone("crowded", box(140_000, -1_000, 160_000, 1_000), id="narrow", factor_pct=500)
    faster = zone("slow", box(190_000, -1_000, 200_000, 1_000), id="faster", factor_pct=50)
    assert extras(wide, narrow, faster)["b-c"] == 80_000 + 4 * 20_000


def test_a_zone_on_another_level_leaves_the_way_alone() -> None:
    assert extras(zone("slow", level=1)) == {}
    assert extras(zone("slow", level=0)) == extras(zone("slow"))


def test_a_closed_way_has_no_extra() -> None:
    closed, slow = zone(id="closed"), zone("slow", id="slow")
    found = Timetable(road_of(closed, slow)).conditions_at(0).conditions
    assert len(found.closed) == 2
    assert found.extra_mm == ()


def test_a_closure_opens_and_shuts_at_its_moments() -> None:
    graph = road_of()
    closure = Closure("c", MIDDLE, 1_000, 5_000)
    timetable = Timetable(graph, [closure])
    found = [timetable.conditions_at(at_ms) for at_ms in (0, 999, 1_000, 4_999, 5_000)]
    assert [len(slot.conditions.closed) for slot in found] == [0, 0, 2, 2, 0]
    assert [(slot.from_ms, slot.until_ms) for slot in found[1::2]] == [(0, 1_000), (1_000, 5_000)]
    assert found[0].conditions is found[-1].conditions


def test_a_closure_with_an_open_end_stays() -> None:
    timetable = Timetable(road_of(), [Closure("c", MIDDLE, 1_000)])
    assert timetable.conditions_at(10**12).until_ms == 0


def test_times_beyond_all_dates_are_answered() -> None:
    timetable = Timetable(road_of(zone(hours="Mo-Fr 07:40-08:05")))
    assert timetable.conditions_at(-1) == timetable.conditions_at(0)
    assert timetable.conditions_at(1 << 60).until_ms == 0


def test_the_same_facts_give_the_same_conditions_as_one_value() -> None:
    graph = road_of(zone(hours="Mo-Fr 07:40-08:05"))
    timetable = Timetable(graph)
    monday, tuesday = (timetable.conditions_at(ms(f"2026-11-{day}T08:00")) for day in (16, 17))
    assert monday.conditions is tuesday.conditions
    closed_by_hand = Timetable(road_of(), [Closure("c", MIDDLE)]).conditions_at(0)
    assert closed_by_hand.conditions == monday.conditions
    assert isinstance(hash(monday.conditions), int)


def test_bad_outlines_and_time_zones_are_refused() -> None:
    with pytest.raises(AreaError, match=r"zone z: .*crosses"):
        Timetable(road_of(zone(outline=((0, 0), (9, 9), (9, 0), (0, 9)))))
    with pytest.raises(AreaError, match=r"closure c: .*three"):
        Timetable(road_of(), [Closure("c", ((0, 0), (9, 9)))])
    lost = msgspec.structs.replace(SITE, timezone="Mars/Olympus")
    graph = RoadGraph.from_campus(
        campus([road("e", "a", "b", (0, 0), (9, 0))], [zone(hours="Mo 08:00-09:00")], site=lost)
    )
    with pytest.raises(TimetableError, match="site site: 'Mars/Olympus' is no known time zone"):
        Timetable(graph)
    assert Timetable(graph, zone=BERLIN).conditions_at(0).until_ms


CLOCKS = st.integers(0, 7 * 48 - 1)
"""Half hours of the week."""


def clock(half_hours: int) -> str:
    return f"{half_hours % 48 // 2:02}:{half_hours % 2 * 30:02}"


@st.composite
def hours(draw: st.DrawFn) -> str:
    rules = []
    for _ in range(draw(st.integers(1, 2))):
        start, length = draw(CLOCKS), draw(st.integers(1, 47))
        day = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")[start // 48]
        rules.append(f"{day} {clock(start)}-{clock(start + length)}")
    return "; ".join(rules)


def in_force(text_hours: Iterable[tuple[int, int]], at_ms: int, place: ZoneInfo) -> bool:
    """By the wall clock alone."""
    local = datetime.fromtimestamp(at_ms / 1000, place)
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in text_hours)


JUMPS = (
    ("Europe/Berlin", "2026-03-28T00:00"),
    ("Europe/Berlin", "2026-10-24T00:00"),
    ("Australia/Lord_Howe", "2026-04-04T00:00"),  # by half an hour
    ("Pacific/Apia", "2011-12-29T00:00"),  # a whole day was left out
    ("Asia/Shanghai", "2026-07-04T00:00"),
)


@given(hours(), st.sampled_from(JUMPS))
@settings(max_examples=30, deadline=None)
def test_slots_tell_what_the_clock_tells_half_hour_by_half_hour(
    text: str, jump: tuple[str, str]
) -> None:
    place = ZoneInfo(jump[0])
    timetable = Timetable(road_of(zone(hours=text)), zone=place)
    spans = parse_hours(text).spans
    start_ms = ms(jump[1])
    end_ms = start_ms + timedelta(days=9) // timedelta(milliseconds=1)
    known: dict[tuple[int, int], Conditions] = {}
    for at_ms in range(start_ms, end_ms, HOUR_MS // 2):
        slot = timetable.conditions_at(at_ms)
        assert slot.holds_at(at_ms)
        assert (slot.conditions != OPEN) == in_force(spans, at_ms, place)
        known[slot.from_ms, slot.until_ms] = slot.conditions
    borders = sorted(known)
    for (_, until_ms), (from_ms, _) in pairwise(borders):
        assert until_ms == from_ms
        before, after = (timetable.conditions_at(at) for at in (until_ms - 1, until_ms))
        assert before.conditions != after.conditions
    if borders:
        afresh = Timetable(road_of(zone(hours=text)), zone=place)
        middle_ms = sum(borders[len(borders) // 2]) // 2
        assert afresh.conditions_at(middle_ms) == timetable.conditions_at(middle_ms)
