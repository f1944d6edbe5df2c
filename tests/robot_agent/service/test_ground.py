# SPDX-License-Identifier: Apache-2.0
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.campus import read_campus
from robot_agent.service.ground import MARGIN_MM, ground_of, hull
from tests.project.source_tree import ROOT

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"


def is_inside(fence: tuple[tuple[int, int], ...], x: int, y: int) -> bool:
    """Of a convex fence, counter-clockwise."""
    corners = zip(fence, (*fence[1:], fence[0]), strict=True)
    return all((bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0 for (ax, ay), (bx, by) in corners)


def test_the_fence_leaves_30_m_around_every_road_and_place() -> None:
    campus = read_campus(MAP)
    (fence,) = ground_of(campus).fence
    for node in campus.nodes.values():
        for turn in range(16):
            x = node.x_mm + round((MARGIN_MM - 10) * math.cos(turn * math.pi / 8))
            y = node.y_mm + round((MARGIN_MM - 10) * math.sin(turn * math.pi / 8))
            assert is_inside(fence, x, y)
    assert not is_inside(fence, 5_000_000, 0)


def test_docks_are_the_stations() -> None:
    campus = read_campus(MAP)
    stations = [place for place in campus.places.values() if place.role == "station"]
    assert ground_of(campus).docks == tuple((place.x_mm, place.y_mm) for place in stations)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=3, max_size=30))
def test_every_point_is_inside_its_hull(points: list[tuple[int, int]]) -> None:
    fence = hull(points)
    if len(fence) >= 3:
        assert all(is_inside(fence, x, y) for x, y in points)
    assert set(fence) <= set(points)
