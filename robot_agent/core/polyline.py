# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of polylines and areas in whole mm: lengths, the nearest point, inside or not.

What must hold: only ints come out, and the same ints on every machine.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from robot_agent.core.events import Points

MAX_M = 40_000_000.0


class Foot(NamedTuple):
    """The point of a polyline nearest to a place: on segment `segment`, `along_mm` from the start.

    `aside_mm` is how far the place is from it, to the left of the way where positive.
    """

    segment: int
    along_mm: int
    aside_mm: int


def mm_of(metres: float) -> int:
    """A length or speed from the wire, cut to what can be on Earth: a peer may send 1e308."""
    return round(1000 * max(-MAX_M, min(metres, MAX_M)))


def distance_mm(start: tuple[int, int], end: tuple[int, int]) -> int:
    """Rounded down."""
    return math.isqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2)


def length_mm(points: Points) -> int:
    """Of the whole polyline, each segment rounded down."""
    return sum(distance_mm(start, end) for start, end in pairwise(points))


def heading_mrad(start: tuple[int, int], end: tuple[int, int]) -> int:
    """Direction of travel in [-3142, 3142], x east, anticlockwise."""
    return round(1000 * math.atan2(end[1] - start[1], end[0] - start[0]))


def without_repeats(points: Points) -> Points:
    """The same polyline without points that follow themselves."""
    return tuple(point for at, point in enumerate(points) if at == 0 or point != points[at - 1])


def foot(points: Points, place: tuple[int, int]) -> Foot:
    """The nearest point, the earliest of several; `points` has at least one."""
    if len(points) == 1:
        return Foot(0, 0, distance_mm(points[0], place))
    segment, best_along_mm, best_aside_mm = 0, 0, 1 << 62
    for at, (start, end) in enumerate(pairwise(points)):
        along_mm, aside_mm = _foot_on(start, end, place)
        if abs(aside_mm) < abs(best_aside_mm):
            segment, best_along_mm, best_aside_mm = at, along_mm, aside_mm
            if aside_mm == 0:
                break
    before_mm = length_mm(points[: segment + 1])
    return Foot(segment, before_mm + best_along_mm, best_aside_mm)


def rest(points: Points, place: tuple[int, int]) -> Points:
    """What is left of the way for somebody who stands at `place`, which is its first point."""
    return without_repeats((place, *points[foot(points, place).segment + 1 :]))


def is_inside(area: Points, place: tuple[int, int]) -> bool:
    """Whether the closed area holds the place (even-odd rule, exact)."""
    x, y = place
    inside = False
    for (x1, y1), (x2, y2) in pairwise((*area, area[0])):
        if (y1 > y) != (y2 > y):
            side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
            inside ^= (side > 0) == (y2 > y1)
    return inside


def border_mm(area: Points, place: tuple[int, int]) -> int:
    """How far the area's border is."""
    return abs(foot((*area, area[0]), place).aside_mm)


def _foot_on(
    start: tuple[int, int], end: tuple[int, int], place: tuple[int, int]
) -> tuple[int, int]:
    """`along_mm` and `aside_mm` on one segment."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = place[0] - start[0], place[1] - start[1]
    square = dx * dx + dy * dy
    dot = px * dx + py * dy
    side = 1 if dx * py - dy * px >= 0 else -1
    if dot <= 0 or square == 0:
        return 0, side * math.isqrt(px * px + py * py)
    if dot >= square:
        return math.isqrt(square), side * distance_mm(end, place)
    # |cross| / |d| is the distance from the line, dot / |d| the way along it.
    length = math.isqrt(square)
    return dot // length, side * (abs(dx * py - dy * px) // length)
