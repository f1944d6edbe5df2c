# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.importers.datum import (
    bd09_from_gcj02,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    to_wgs84,
    wgs84_from_gcj02,
)

METRES_PER_DEGREE = 111_320
# A kilometre inside the box in which the published algorithm shifts at all.
IN_CHINA = st.tuples(st.floats(0.85, 55.8), st.floats(72.03, 137.8))


def gap_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    east = (a[1] - b[1]) * math.cos(math.radians(a[0]))
    return math.hypot(a[0] - b[0], east) * METRES_PER_DEGREE


def test_a_known_place_is_where_chinese_maps_show_it() -> None:
    tiananmen, amap = (39.90734, 116.39089), (39.90874, 116.39713)
    assert gap_m(gcj02_from_wgs84(tiananmen), amap) < 1
    assert gap_m(to_wgs84(amap, "gcj02"), tiananmen) < 1
    baidu = bd09_from_gcj02(amap)
    assert 500 < gap_m(baidu, amap) < 1500
    assert gap_m(to_wgs84(baidu, "bd09"), tiananmen) < 1


@given(IN_CHINA)
@settings(max_examples=200, deadline=None)
def test_there_and_back_is_the_same_place(place: tuple[float, float]) -> None:
    back = wgs84_from_gcj02(gcj02_from_wgs84(place))
    assert max(abs(back[0] - place[0]), abs(back[1] - place[1])) < 1e-7
    again = gcj02_from_bd09(bd09_from_gcj02(place))
    assert max(abs(again[0] - place[0]), abs(again[1] - place[1])) < 1e-7


@given(IN_CHINA)
@settings(max_examples=50, deadline=None)
def test_the_shift_is_of_the_size_that_sends_robots_to_the_wrong_street(
    place: tuple[float, float],
) -> None:
    assert gap_m(gcj02_from_wgs84(place), place) < 2_000


@pytest.mark.parametrize("place", [(49.41, 8.67), (43.07, -89.4), (-33.9, 151.2)])
def test_outside_china_nothing_moves(place: tuple[float, float]) -> None:
    assert gcj02_from_wgs84(place) == place
    assert to_wgs84(place, "gcj02") == place
    assert to_wgs84(place, "wgs84") == place
