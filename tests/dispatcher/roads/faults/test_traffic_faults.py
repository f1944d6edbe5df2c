# SPDX-License-Identifier: Apache-2.0
"""What a map would make robots wait for, said before they do."""

from dispatcher.roads.faults.traffic_faults import TrafficFault, traffic_faults
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.waiting import waiting_features
from tests.dispatcher.roads.town import FRAME, Feature, road, square, thing, town

ROBOT = RobotProfile()
WIDE, NARROW = {"width_m": 6}, {"width_m": 1.5}
STATION = thing("station", "depot", (0, 4), node="0,0")


def faults(*features: Feature, robots: int = 0, **site: object) -> list[TrafficFault]:
    return list(traffic_faults(town(*features, **site), ROBOT, robots))


def test_a_map_with_room_for_all_has_no_fault() -> None:
    features = [
        road("a", (0, 0), (200, 0), **WIDE),
        road("b", (200, 0), (350, 0), **NARROW),
        STATION,
        thing("parking", "p", (100, 3), edge="a", offset_m=100, slots=3),
    ]
    features += waiting_features(town(*features), ROBOT)
    assert faults(*features, robots=3) == []


def test_a_long_narrow_way_needs_a_place_that_robots_may_use() -> None:
    roads = [
        road("a", (0, 0), (50, 0), **WIDE),
        road("b", (50, 0), (350, 0), **NARROW),
        road("c", (350, 0), (400, 0), **WIDE),
        STATION,
    ]
    (fault,) = faults(*roads)
    assert (fault.severity, fault.code, fault.id) == ("warning", "narrow_way", "b")
    assert fault.sentence.startswith("300 m of narrow way without a waiting place, more than 200 m")
    assert abs(fault.lon_deg * FRAME.x_mm_per_deg - 200_000) < 5
    bay = thing("waiting", "w", (200, -2), edge="b", offset_m=150, at="corner", may_wait="proposed")
    (fault,) = faults(*roads, bay)
    assert "say may_wait=yes of w where" in fault.sentence, "a proposal is not a place yet"
    bay["properties"]["may_wait"] = "yes"
    assert faults(*roads, bay) == []
    wide_now = [{**roads[1], "properties": {**roads[1]["properties"], "passing": "wide"}}]
    assert faults(roads[0], *wide_now, *roads[2:]) == []


def test_narrow_ways_that_hang_together_are_one_fault() -> None:
    ends = [(300, 0), (0, -300), (-300, 0)]
    star = [road(name, (0, 0), end, **NARROW) for name, end in zip("xyz", ends, strict=True)]
    (fault,) = faults(*star, road("w", (300, 0), (350, 0), **WIDE), STATION)
    assert (
        "600 m of narrow way without a waiting place, part of 0.9 km of such ways" in fault.sentence
    )
    assert fault.sentence.startswith("600 m of narrow way")


def test_narrow_ways_on_an_island_bother_nobody() -> None:
    roads = [road("a", (0, 0), (50, 0), **WIDE), road("b", (0, 90), (350, 90), **NARROW)]
    assert [fault.id for fault in faults(*roads)] == ["b"]
    assert faults(*roads, STATION) == [], "no robot comes there from the station"


def test_too_few_waiting_slots_are_said_once_with_the_proposals_there_are() -> None:
    roads = [road("b", (0, 0), (150, 0), **NARROW), STATION]
    bay = thing("waiting", "w", (75, -2), edge="b", offset_m=75, may_wait="proposed")
    parking = thing("parking", "p", (150, 2), node="150,0", slots=5)
    (fault,) = faults(*roads, bay, parking, robots=5)
    assert (fault.severity, fault.code, fault.id) == ("warning", "few_waiting", "town")
    assert "0 slots at waiting places for 5 robots" in fault.sentence
    assert "1 proposed place for you" in fault.sentence


def test_parking_is_counted_in_a_site_without_roads_too() -> None:
    parking = thing("parking", "p", (10, 0), slots=2)
    (fault,) = faults(parking, robots=3, roads="planar")
    assert (fault.severity, fault.code) == ("error", "few_parking")
    assert faults(parking, robots=2, roads="planar") == []


def test_nobody_is_sent_to_wait_where_nobody_may_stand() -> None:
    zone = square("zone", "school", (80, -9), (120, 9), zone_kind="no_stop")
    waiting = [
        thing("waiting", "in-zone", (100, -2), edge="a", offset_m=100),
        thing("waiting", "on-bridge", (220, -2), edge="b", offset_m=20),
        thing("waiting", "at-gate", (2, -2), edge="a", offset_m=2),
        thing("waiting", "fine", (150, -2), edge="a", offset_m=150),
        thing("waiting", "idea", (101, -2), edge="a", offset_m=101, may_wait="proposed"),
    ]
    found = faults(
        road("a", (0, 0), (200, 0), **WIDE),
        road("b", (200, 0), (250, 0), may_wait=False, **WIDE),
        thing("node", "0,0", (0, 0), gate="lift_gate"),
        zone,
        *waiting,
    )
    assert [(fault.severity, fault.id) for fault in found] == [
        ("warning", "at-gate"),
        ("error", "in-zone"),
        ("error", "on-bridge"),
    ]
    assert "no_stop zone school" in found[1].sentence
    assert "may_wait is false" in found[2].sentence


def test_a_stop_in_a_no_stop_zone_contradicts_itself() -> None:
    zone = square("zone", "z", (80, -9), (120, 9), zone_kind="no_stop")
    stop = thing("stop", "s", (100, -3), edge="a", offset_m=100)
    street = road("a", (0, 0), (200, 0), **WIDE)
    (fault,) = faults(street, zone, stop)
    assert (fault.severity, fault.id) == ("error", "s")
    upstairs = square("zone", "z", (80, -9), (120, 9), zone_kind="no_stop", level=2)
    assert faults(street, upstairs, stop) == []


LANE = [road("a", (0, 0), (100, 0), **NARROW), STATION]


def test_a_robot_that_stands_in_a_narrow_lane_locks_in_who_is_behind_it() -> None:
    """Well-formed (Čáp et al. 2015): each place is reached while robots stand in all others."""
    in_lane = thing("stop", "mid", (50, 0.4), edge="a", offset_m=50)
    last = thing("stop", "end", (100, 0), node="100,0")
    found = faults(*LANE, in_lane, last)
    assert [(fault.severity, fault.id) for fault in found] == [
        ("warning", "mid"),
        ("error", "end"),
        ("error", "end"),
    ]
    assert "0.4 m from the middle of narrow way a.1" in found[0].sentence
    assert found[1].sentence == "it cannot be reached while a robot stands at mid"
    assert found[2].sentence == "it cannot be left while a robot stands at mid"


def test_a_stop_off_the_lane_or_at_the_end_of_a_dead_end_blocks_nobody() -> None:
    aside = thing("stop", "mid", (50, 1), edge="a", offset_m=50)
    last = thing("stop", "end", (100, 0), node="100,0")
    assert faults(*LANE, aside, last) == []
    roomy = thing("stop", "end", (100, 0), node="100,0", slots=2)
    assert [fault.id for fault in faults(*LANE, aside, roomy)] == ["end"]


def test_who_can_be_driven_around_locks_nobody_in() -> None:
    ring = [road("b", (0, 0), (0, -20), (100, -20), (100, 0), **NARROW)]
    in_lane = thing("stop", "mid", (50, 0.4), edge="a", offset_m=50)
    last = thing("stop", "end", (102, 0), node="100,0")
    found = faults(*LANE, *ring, in_lane, last)
    assert found[0].id == "mid"
    assert all(fault.severity == "warning" for fault in found)


def test_a_stop_of_one_way_that_stands_in_another_is_told() -> None:
    street = road("s", (0, 0), (0, -100), **WIDE)
    stop = thing("stop", "x", (30, 0.2), edge="s", offset_m=50)
    last = thing("stop", "end", (100, -2), node="100,0")
    found = faults(*LANE, street, stop, last)
    assert [fault.id for fault in found] == ["x", "end", "end"]
    assert found[1].sentence == "it cannot be reached while a robot stands at x"
