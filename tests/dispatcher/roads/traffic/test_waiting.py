# SPDX-License-Identifier: Apache-2.0
"""Where robots wait for each other: found, kept, and never where nobody may stand."""

import json
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.faults.traffic_faults import traffic_faults
from dispatcher.roads.importers.campus_text import campus_text
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.importing import import_osm
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import drawn_edges
from dispatcher.roads.traffic.passing import passings
from dispatcher.roads.traffic.waiting import usable_waiting, waiting_features, without_generated
from robot_agent.campus import parse_campus
from robot_agent.campus_frame import distance_mm
from tests.data_sets import data_file
from tests.dispatcher.roads.town import FRAME, Feature, road, square, thing, town

ROBOT = RobotProfile()
WIDE, NARROW = {"width_m": 6}, {"width_m": 1.5}


def found(*features: Feature, **site: object) -> dict[str, dict[str, Any]]:
    """By id: the properties, and where the place lies in mm."""
    places = waiting_features(town(*features, **site), ROBOT)
    return {
        one["properties"]["id"]: {
            **one["properties"],
            "point": FRAME.to_mm(*reversed(one["geometry"]["coordinates"])),
        }
        for one in places
    }


def test_a_robot_waits_its_length_and_a_metre_before_a_narrow_way() -> None:
    places = found(road("a", (0, 0), (60, 0), **WIDE), road("b", (60, 0), (90, 0), **NARROW))
    mouth = places["a~mouth-to"]
    assert (mouth["edge"], mouth["offset_m"], mouth["direction"]) == ("a", 57.8, "forward")
    assert (mouth["at"], mouth["slots"], mouth["may_wait"]) == ("mouth", 2, "yes")
    assert mouth["generated"] is True
    assert "a~mouth-from" not in places, "nothing narrow at the other end"


def test_robots_stand_at_the_kerb_of_their_own_side_of_the_road() -> None:
    roads = (road("a", (0, 0), (60, 0), **WIDE), road("b", (60, 0), (90, 0), **NARROW))
    right, left = found(*roads), found(*roads, left_hand=True)
    # Half of 6 m, less half a robot and 0.2 m.
    assert distance_mm(right["a~mouth-to"]["point"], (57_800, -2_350)) < 20
    assert distance_mm(left["a~mouth-to"]["point"], (57_800, 2_350)) < 20


def test_nobody_waits_against_a_one_way_street() -> None:
    narrow = road("b", (60, 0), (90, 0), **NARROW)
    assert "a~mouth-to" not in found(road("a", (0, 0), (60, 0), oneway="backward", **WIDE), narrow)
    assert "a~mouth-to" in found(road("a", (0, 0), (60, 0), oneway="forward", **WIDE), narrow)
    away = road("b", (60, 0), (90, 0), oneway="backward", **NARROW)
    assert "a~mouth-to" not in found(road("a", (0, 0), (60, 0), **WIDE), away)


def test_kerbs_of_a_long_street_lie_80_m_apart_on_both_sides() -> None:
    places = found(road("a", (0, 0), (300, 0), **WIDE))
    for direction in ("forward", "backward"):
        offsets = [one["offset_m"] for one in places.values() if one["direction"] == direction]
        assert offsets == [10, 170, 250, 90], "sorted by id"


def test_where_two_stand_face_to_face_on_a_lesser_street_places_are_staggered() -> None:
    places = found(road("a", (0, 0), (300, 0), width_m=4)).values()
    forward = [one["offset_m"] for one in places if one["direction"] == "forward"]
    backward = [one["offset_m"] for one in places if one["direction"] == "backward"]
    assert len(forward) == len(backward) == 4
    assert all(abs(one - other) >= 3 for one in forward for other in backward)


def test_a_kerb_counts_on_along_the_road_and_not_through_the_air() -> None:
    bend = road("b", (60, 0), (60, 30), **WIDE)
    places = found(road("a", (0, 0), (60, 0), oneway="forward", **WIDE), bend)
    assert [name for name in places if "forward" in name] == ["a~kerb-forward-10"]
    beside = road("c", (0, 8), (60, 8), oneway="forward", **WIDE)
    both = found(road("a", (0, 0), (60, 0), oneway="forward", **WIDE), beside)
    assert list(both) == ["a~kerb-forward-10", "c~kerb-forward-10"]


@pytest.mark.parametrize(
    "kept_clear",
    [
        thing("node", "60,0", (60, 0), gate="crossing", wait_s=5),
        thing("node", "60,0", (60, 0), gate="lift_gate", wait_s=5),
        square("zone", "z", (54, -9), (70, 9), zone_kind="no_stop"),
        square("building", "house", (54, -9), (70, 9)),
        thing("stop", "s", (57, -3), edge="a", offset_m=57),
    ],
)
def test_a_mouth_moves_back_until_it_keeps_clear(kept_clear: Feature) -> None:
    roads = (road("a", (0, 0), (60, 0), **WIDE), road("b", (60, 0), (90, 0), **NARROW))
    mouth = found(*roads, kept_clear)["a~mouth-to"]
    assert 45 < mouth["offset_m"] < 55.4


def test_a_stop_on_the_other_side_of_the_road_is_in_nobodys_way() -> None:
    roads = (road("a", (0, 0), (60, 0), **WIDE), road("b", (60, 0), (90, 0), **NARROW))
    stop = thing("stop", "s", (57, 3), edge="a", offset_m=57)
    assert found(*roads, stop)["a~mouth-to"]["offset_m"] == 57.8


def test_no_place_lies_on_a_bridge_a_crossing_or_a_closed_way() -> None:
    assert found(road("a", (0, 0), (300, 0), may_wait=False, **WIDE)) == {}
    assert found(road("a", (0, 0), (300, 0), access="closed", **WIDE)) == {}
    assert found(road("a", (0, 0), (300, 0), **{"class": "crossing"}, **WIDE)) == {}


def test_a_fork_is_kept_free_of_queues() -> None:
    lane = road("b", (60, 0), (0, -9), **NARROW)
    mouth = found(road("a", (0, 0), (60, 0), **WIDE), lane)["a~mouth-to"]
    beside_mm = mouth["offset_m"] * 1000 - 60_000
    assert distance_mm(mouth["point"], (round(60_000 + beside_mm), -2_350)) < 50
    assert abs(-beside_mm * 9 / 60 - 2_350) > 900, "clear of the narrow way that leads back"


def test_on_narrow_ways_places_are_only_proposed() -> None:
    roads = [
        road("n", (0, 0), (150, 0), **NARROW),
        road("m", (150, 0), (150, 100), **NARROW),
        road("o", (150, 0), (250, 0), **NARROW),
    ]
    places = found(*roads)
    assert "150,0~corner" in places
    assert {(one["at"], one["may_wait"]) for one in places.values()} == {("corner", "proposed")}
    corner = places["150,0~corner"]["point"]
    assert corner[1] < -1_500, "in the widest gap, away from the way that leads north"
    kept = waiting_features(town(*roads), ROBOT)
    assert usable_waiting(town(*roads, *kept)) == ()
    kept[0]["properties"]["may_wait"] = "yes"
    assert len(usable_waiting(town(*roads, *kept))) == 1


def test_a_long_narrow_way_is_offered_bays_at_least_every_200_m() -> None:
    places = found(road("n", (0, 0), (1000, 0), **NARROW))
    offsets = [0, *sorted(one.get("offset_m", 1000) for one in places.values()), 1000]
    assert max(b - a for a, b in pairwise(offsets)) <= 200


def test_nothing_is_found_on_an_island_or_where_no_way_leads_back() -> None:
    places = found(
        road("a", (0, 0), (300, 0), **WIDE),
        road("island", (0, 50), (300, 50), **WIDE),
        road("trap", (300, 0), (600, 0), oneway="forward", **WIDE),
        thing("station", "s", (0, 3), node="0,0"),
    )
    assert {one["edge"] for one in places.values()} == {"a"}


HOOD = [
    road("a", (0, 0), (200, 0), **WIDE),
    road("b", (200, 0), (500, 0), **NARROW),
    road("c", (500, 0), (800, 0), **WIDE),
]


def test_a_second_run_finds_the_same_and_leaves_what_a_person_changed() -> None:
    first = waiting_features(town(*HOOD), ROBOT)
    assert without_generated([*HOOD, *first]) == HOOD
    assert waiting_features(town(*HOOD, *first), ROBOT) == [], "all of them kept"
    by_id = {one["properties"]["id"]: one for one in first}
    moved, confirmed = by_id["a~mouth-to"], by_id["b~corner-100"]
    moved["properties"] |= {"offset_m": 190.0, "slots": 3}
    del moved["properties"]["generated"]
    confirmed["properties"]["may_wait"] = "yes"
    kept = without_generated([*HOOD, *first])
    assert kept == [one for one in [*HOOD, *first] if one in (*HOOD, moved, confirmed)]
    second = waiting_features(town(*kept), ROBOT)
    names = [one["properties"]["id"] for one in second]
    assert "a~mouth-to" not in names
    assert "b~corner-100" not in names
    for one in second:
        if one["properties"].get("edge") == "a":
            assert abs(one["properties"]["offset_m"] - 190) >= 10
    assert usable_waiting(town(*kept, *second)), "and both fit into one map"


def test_ids_stay_when_other_things_come_and_go() -> None:
    before = found(*HOOD)
    stop = thing("stop", "s", (700, 4), edge="c", offset_m=200)
    zone = square("zone", "z", (590, -9), (600, 9), zone_kind="no_stop")
    after = found(*HOOD, stop, zone)
    gone = {name for name in before if name not in after}
    assert all(name.startswith("c~kerb") for name in gone)
    same = set(before) & set(after)
    assert all(before[name] == after[name] for name in same)


GRIDS = st.lists(
    st.tuples(
        st.sampled_from([1.5, 3.0, 6.0]),
        st.sampled_from(["no", "no", "forward", "backward"]),
        st.booleans(),
    ),
    min_size=12,
    max_size=12,
)


def grid(facts: list[tuple[float, str, bool]], step_m: float) -> list[Feature]:
    """Three by three junctions."""
    ends = [((x, y), (x + 1, y)) for y in range(3) for x in range(2)]
    ends += [((x, y), (x, y + 1)) for x in range(3) for y in range(2)]
    return [
        road(
            f"e{number:02}",
            *[(x * step_m, y * step_m) for x, y in line],
            width_m=width_m,
            oneway=oneway,
            may_wait=may_wait,
        )
        for number, (line, (width_m, oneway, may_wait)) in enumerate(zip(ends, facts, strict=True))
    ]


@settings(max_examples=40, deadline=None)
@given(GRIDS, st.sampled_from([8.0, 30.0, 130.0]), st.randoms(use_true_random=False))
def test_every_place_is_one_where_a_robot_may_stand(
    facts: list[tuple[float, str, bool]], step_m: float, shuffle: random.Random
) -> None:
    """DESIGN: "a base never ends on a crossing, bridge, gate or fire lane"; and the same map in
    another order gives the same places."""
    features = grid(facts, step_m)
    campus = town(*features)
    places = waiting_features(campus, ROBOT)
    shuffle.shuffle(features)
    assert waiting_features(town(*features), ROBOT) == places
    drawn = drawn_edges(campus)
    wide = passings(drawn, ROBOT)
    taken: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for one in town(*features, *places).waiting.values():
        if one.node:
            assert not one.confirmed
            continue
        road_here = drawn[one.edge]
        assert road_here.edge.may_wait
        assert one.direction == "both" or one.direction in road_here.directions
        assert one.confirmed == wide[one.edge].wide
        along = (
            one.offset_mm
            if one.direction != "backward"
            else drawn[one.edge].line_mm - one.offset_mm
        )
        span = (along - 600 - 1_700 * (one.slots - 1), along + 600)
        assert span[0] >= 0
        assert span[1] <= road_here.line_mm
        others = taken.setdefault((one.edge, one.direction), [])
        assert all(span[1] <= low or span[0] >= high for low, high in others)
        others.append(span)


@settings(max_examples=30, deadline=None)
@given(GRIDS)
def test_every_wide_way_into_a_narrow_one_has_its_mouth(
    facts: list[tuple[float, str, bool]],
) -> None:
    """The note on traffic: mouths are "certain, free, always generated"."""
    campus = town(*grid(facts, 60.0))
    drawn = drawn_edges(campus)
    wide = passings(drawn, ROBOT)
    names = {one["properties"]["id"] for one in waiting_features(campus, ROBOT)}
    for edge_id, one in drawn.items():
        for direction, side in (("forward", "to"), ("backward", "from")):
            onward = [
                other
                for other, its in drawn.items()
                if other != edge_id
                and not wide[other].wide
                and any(
                    its.end("backward" if way == "forward" else "forward") == one.end(direction)
                    for way in its.directions
                )
            ]
            leads_in = wide[edge_id].wide and direction in one.directions and bool(onward)
            assert (f"{edge_id}~mouth-{side}" in names) == (leads_in and one.edge.may_wait)


@pytest.mark.parametrize("name", ["maps/tsinghua-beijing.osm", "maps/ajou-suwon.osm"])
def test_a_real_campus_gets_places_that_hold_what_the_traffic_rules_rest_on(name: str) -> None:
    made = import_osm(data_file(name), ImportOptions(robots=22))
    features = json.loads(made.campus_text)["features"]
    campus = parse_campus(made.campus_text, name)
    faults = list(traffic_faults(campus, ROBOT, 22))
    assert [fault for fault in faults if fault.severity == "error"] == []
    assert sum(place.slots for place in usable_waiting(campus)) >= 200
    kept = without_generated(features)
    again = waiting_features(parse_campus(campus_text(kept), name), ROBOT)
    assert again == [one for one in features if one not in kept], "a second run changes nothing"
    for feature in features:
        if feature["properties"].get("may_wait") == "proposed":
            feature["properties"]["may_wait"] = "yes"
    mended = list(traffic_faults(parse_campus(campus_text(features), name), ROBOT, 22))
    assert len(mended) <= len(faults) // 3, "that is what the proposals are for"
