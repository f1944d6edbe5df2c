# SPDX-License-Identifier: Apache-2.0
"""The flat frame of a campus: x east, y north, int mm about the site's origin.

Equirectangular with the WGS84 radii of curvature at the origin's latitude: within decimetres below
5 km. Also the few integer measures of lines in it, so that lengths never depend on a libm.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from msgspec import Struct

Point = tuple[int, int]

_EQUATOR_RADIUS_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.694379990141317e-3


class Origin(Protocol):
    """Whatever says where x = y = 0 lies, such as a Site."""

    @property
    def lat_deg(self) -> float: ...

    @property
    def lon_deg(self) -> float: ...


class Frame(Struct, frozen=True):
    lat_deg: float
    lon_deg: float
    x_mm_per_deg: float
    y_mm_per_deg: float

    def to_mm(self, lat_deg: float, lon_deg: float) -> Point:
        return (
            round(near_degrees(lon_deg - self.lon_deg) * self.x_mm_per_deg),
            round((lat_deg - self.lat_deg) * self.y_mm_per_deg),
        )


def frame_at(lat_deg: float, lon_deg: float) -> Frame:
    sine = math.sin(math.radians(lat_deg))
    root = math.sqrt(1 - _ECCENTRICITY_SQUARED * sine * sine)
    east_m = _EQUATOR_RADIUS_M / root * math.cos(math.radians(lat_deg))
    north_m = _EQUATOR_RADIUS_M * (1 - _ECCENTRICITY_SQUARED) / root**3
    degree = math.radians(1.0)
    return Frame(lat_deg, lon_deg, east_m * degree * 1000, north_m * degree * 1000)


def to_lat_lon(site: Origin, x_mm: int, y_mm: int) -> tuple[float, float]:
    """(latitude, longitude) in degrees, WGS84, of a point in the site's frame."""
    frame = frame_at(site.lat_deg, site.lon_deg)
    lon_deg = near_degrees(site.lon_deg + x_mm / frame.x_mm_per_deg)
    return site.lat_deg + y_mm / frame.y_mm_per_deg, lon_deg


def near_degrees(angle_deg: float) -> float:
    """The same angle within -180 and 180; for sites on the date line."""
    if -180 <= angle_deg <= 180:
        return angle_deg
    return (angle_deg + 180) % 360 - 180


def distance_mm(a: Point, b: Point) -> int:
    """The distance, rounded to the nearest mm, in integers alone."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    return (math.isqrt(4 * (dx * dx + dy * dy)) + 1) // 2


def line_length_mm(shape: Sequence[Point]) -> int:
    return sum(distance_mm(a, b) for a, b in pairwise(shape))


def without_repeats(shape: Sequence[Point]) -> tuple[Point, ...]:
    kept = [shape[0]]
    for point in shape[1:]:
        if point != kept[-1]:
            kept.append(point)
    return tuple(kept)


def cut_line(shape: tuple[Point, ...], at_mm: int) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """The line before and after `at_mm` along it; both hold the point of the cut."""
    behind_mm = 0
    for index, (a, b) in enumerate(pairwise(shape)):
        step_mm = distance_mm(a, b)
        if behind_mm + step_mm >= at_mm:
            rest_mm = at_mm - behind_mm
            cut = (_between(a[0], b[0], rest_mm, step_mm), _between(a[1], b[1], rest_mm, step_mm))
            return (
                without_repeats((*shape[: index + 1], cut)),
                without_repeats((cut, *shape[index + 1 :])),
            )
        behind_mm += step_mm
    raise ValueError(f"a line of {behind_mm} mm cannot be cut at {at_mm} mm")


def _between(a: int, b: int, part: int, whole: int) -> int:
    return a + ((b - a) * part * 2 + whole) // (2 * whole)
