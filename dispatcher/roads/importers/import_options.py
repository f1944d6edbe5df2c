# SPDX-License-Identifier: Apache-2.0
"""What a person may ask of an import, whatever kind of file it reads."""

import re
from collections.abc import Collection

from msgspec import Struct

from dispatcher.roads.importers.osm.reading.data import Clip, MapImportError, Place
from dispatcher.roads.profile import RobotProfile
from robot_agent.campus_features import DEFAULT_DETOUR_PCT, DEFAULT_PLANAR_MPS

TYPED = {
    "site_id": "--site",
    "datum": "--crs",
    "profile": "--robot",
    "rotation_deg": "--rotation",
}


class ImportOptions(Struct, frozen=True):
    """Empty, None and False: as the importer finds best. `station` is a name or `lat,lon`;
    `robots` sizes the chargers and parking made up; `origin` is where x = y = 0 lies, for maps in
    metres, `rotation_deg` how far their x axis is turned anticlockwise from east; `vehicle_type`
    is whose roads to take from a LIF; `speed_mps` and `detour_pct` are for sites without roads;
    `main_roads` names the highest public road to drive along,
    and with `cross_roads` higher ones are crossed; `ramps` are steps with a ramp for wheels,
    `other_levels` also ways indoors.
    """

    station: str = ""
    robots: int = 24
    timezone: str = ""
    site_id: str = ""
    main_roads: str = "tertiary"
    cross_roads: bool = False
    private: bool = False
    ramps: bool = False
    other_levels: bool = False
    left_hand: bool | None = None
    clip: Clip | None = None
    datum: str = "wgs84"
    origin: Place | None = None
    rotation_deg: float = 0.0
    vehicle_type: str = ""
    speed_mps: float = DEFAULT_PLANAR_MPS
    detour_pct: int = DEFAULT_DETOUR_PCT
    profile: RobotProfile = RobotProfile()


def read_place(text: str) -> Place:
    """(latitude, longitude) of a text such as `40.0,116.3`. Raises MapImportError."""
    numbers = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*", text)
    if numbers is None or abs(float(numbers[1])) > 90 or abs(float(numbers[2])) > 180:
        raise MapImportError(f"{text!r} is no LAT,LON in degrees, such as 40.0035,116.3264")
    return float(numbers[1]), float(numbers[2])


def unused_options(options: ImportOptions, used: Collection[str]) -> list[str]:
    """The options that were asked for and that a kind of file has no use for, as they are typed."""
    plain = ImportOptions()
    asked = [
        name
        for name in options.__struct_fields__
        if name not in used and getattr(options, name) != getattr(plain, name)
    ]
    return [TYPED.get(name, f"--{name.replace('_', '-')}") for name in asked]
