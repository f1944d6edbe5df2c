# SPDX-License-Identifier: Apache-2.0
"""The shifted coordinates of Chinese maps, turned into WGS84 and back.

GCJ-02 (Amap, Tencent, Google in China) moves a place by 300 to 600 m, BD-09 (Baidu) moves GCJ-02
once more. The formulas are the widely published ones (Krasovsky 1940 ellipsoid and a sum of sines
for GCJ-02, a turn and an offset for BD-09; for instance "Restrictions on geographic data in
China" in Wikipedia, and the library eviltransform). They have no closed inverse, so it is found by
iteration. What must hold: there and back is the same place within 1e-7 degrees (a centimetre);
outside the box that the published algorithm takes for China GCJ-02 is WGS84.
"""

import math
from collections.abc import Callable

from dispatcher.roads.importers.osm.reading.data import Place

DATUMS = ("wgs84", "gcj02", "bd09")

_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_TURN = math.pi * 3000 / 180
_CLOSE_DEG = 1e-10
_ROUNDS = 30


def to_wgs84(place: Place, datum: str) -> Place:
    """(latitude, longitude) in degrees, given in one of DATUMS."""
    if datum == "wgs84":
        return place
    return wgs84_from_gcj02(gcj02_from_bd09(place) if datum == "bd09" else place)


def gcj02_from_wgs84(place: Place) -> Place:
    return _shifted(place) if _in_china(place) else place


def wgs84_from_gcj02(place: Place) -> Place:
    return _undone(_shifted, place) if _in_china(place) else place


def bd09_from_gcj02(place: Place) -> Place:
    lat, lon = place
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def gcj02_from_bd09(place: Place) -> Place:
    return _undone(bd09_from_gcj02, place)


def _undone(shift: Callable[[Place], Place], place: Place) -> Place:
    """The place that `shift` moves to this one: the shift changes so slowly that this converges."""
    lat, lon = place
    for _ in range(_ROUNDS):
        moved = shift((lat, lon))
        off_lat, off_lon = place[0] - moved[0], place[1] - moved[1]
        lat, lon = lat + off_lat, lon + off_lon
        if max(abs(off_lat), abs(off_lon)) < _CLOSE_DEG:
            break
    return lat, lon


def _in_china(place: Place) -> bool:
    """The box of the published algorithm, which takes in neighbours as well."""
    return 0.8293 <= place[0] <= 55.8271 and 72.004 <= place[1] <= 137.8347


def _shifted(place: Place) -> Place:
    lat, lon = place
    x, y = lon - 105.0, lat - 35.0
    sine = math.sin(math.radians(lat))
    magic = 1 - _ECCENTRICITY_SQUARED * sine * sine
    north_radius = _AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (magic * math.sqrt(magic))
    east_radius = _AXIS_M / math.sqrt(magic) * math.cos(math.radians(lat))
    return (
        lat + math.degrees(_north_m(x, y) / north_radius),
        lon + math.degrees(_east_m(x, y) / east_radius),
    )


def _north_m(x: float, y: float) -> float:
    shift = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    shift += _waves((20, 6 * x), (20, 2 * x))
    shift += _waves((20, y), (40, y / 3))
    return shift + _waves((160, y / 12), (320, y / 30))


def _east_m(x: float, y: float) -> float:
    shift = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    shift += _waves((20, 6 * x), (20, 2 * x))
    shift += _waves((20, x), (40, x / 3))
    return shift + _waves((150, x / 12), (300, x / 30))


def _waves(*waves: tuple[float, float]) -> float:
    return sum(height * math.sin(turns * math.pi) for height, turns in waves) * 2 / 3
