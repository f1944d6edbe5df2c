# SPDX-License-Identifier: Apache-2.0
"""The time zone and the side of traffic follow from where a map lies."""

import sys

import pytest

from dispatcher.roads.importers.osm.reading.data import Bounds, OsmData, OsmNode, OsmWay
from dispatcher.roads.importers.site_locale import Known, driving_side, time_zone
from robot_agent.campus_frame import frame_at

NOWHERE = OsmData({}, {}, {}, Bounds(0, 0, 0, 0), "")
# A campus in each: latitude, longitude, zone, side.
CAMPUSES = [
    (40.00, 116.32, "Asia/Shanghai", "right"),
    (37.28, 127.04, "Asia/Seoul", "right"),
    (49.41, 8.67, "Europe/Berlin", "right"),
    (47.65, -122.31, "America/Los_Angeles", "right"),
    (52.20, 0.12, "Europe/London", "left"),
    (1.30, 103.77, "Asia/Singapore", "left"),
    (35.71, 139.76, "Asia/Tokyo", "left"),
    (-33.89, 151.19, "Australia/Sydney", "left"),
    (12.99, 80.23, "Asia/Kolkata", "left"),
    (-33.96, 18.46, "Africa/Johannesburg", "left"),
    (22.28, 114.14, "Asia/Hong_Kong", "left"),
    (13.74, 100.53, "Asia/Bangkok", "left"),
    (21.01, 105.84, "Asia/Bangkok", "right"),
]


def side_of(lat: float, lon: float, zone: Known, data: OsmData = NOWHERE) -> Known:
    return driving_side(None, data, frame_at(lat, lon), zone)


@pytest.mark.parametrize(("lat", "lon", "name", "side"), CAMPUSES)
def test_a_campus_knows_its_zone_and_side(lat: float, lon: float, name: str, side: str) -> None:
    zone = time_zone("", lat, lon)
    assert (zone.value, zone.sure) == (name, True)
    assert side_of(lat, lon, zone).value == side


def test_two_zones_of_one_place_are_both_told() -> None:
    zone = time_zone("", 43.80, 87.62)
    assert zone.value == "Asia/Shanghai"
    assert "Asia/Urumqi" in zone.why


def test_what_is_asked_for_holds() -> None:
    assert time_zone("America/Lima", 40.0, 116.0).value == "America/Lima"
    asked = driving_side(True, NOWHERE, frame_at(50, 10), Known("Europe/Berlin", ""))
    assert (asked.value, asked.why) == ("left", "asked for")
    with pytest.raises(ValueError, match="'Mars/Base' is no IANA time zone"):
        time_zone("Mars/Base", 40.0, 116.0)


def test_without_the_borders_a_person_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tzfpy", None)
    zone = time_zone("", 50.0, 10.0)
    assert (zone.value, zone.sure) == ("UTC", False)
    side = side_of(50.0, 10.0, zone)
    assert (side.value, side.sure) == ("right", False)


@pytest.mark.parametrize(("clockwise", "side"), [(True, "left"), (False, "right")])
def test_where_the_country_is_not_known_roundabouts_tell(clockwise: bool, side: str) -> None:
    corners = [(50.0, 10.0), (50.0, 10.001), (50.001, 10.001), (50.001, 10.0)]
    nodes = {number: OsmNode(*corner, {}) for number, corner in enumerate(corners)}
    refs = (0, 3, 2, 1, 0) if clockwise else (0, 1, 2, 3, 0)
    way = OsmWay(7, refs, {"highway": "residential", "junction": "roundabout"})
    data = OsmData(nodes, {7: way}, {}, Bounds(50, 10, 51, 11), "")
    found = side_of(50.0, 10.0, Known("UTC", "not known", sure=False), data)
    assert (found.value, found.why) == (side, "1 of 1 roundabouts turn so")
