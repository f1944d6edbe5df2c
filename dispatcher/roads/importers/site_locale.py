# SPDX-License-Identifier: Apache-2.0
"""Where on Earth a map lies: its time zone, and the side of the road that traffic keeps to.

What must hold: both are derived from the map alone, offline, and each comes with the reason, so
that a person sees what it rests on. Zones are looked up in the borders that `tzfpy` carries
(simplified to about a hundred metres).
"""

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from dispatcher.roads.importers.osm.reading.data import OsmData
from robot_agent.campus_frame import Frame, Point

# IANA zones of the countries and territories whose traffic keeps left. `Asia/Bangkok` is not
# among them: it also is the zone of northern Viet Nam (see `driving_side`).
# fmt: off
LEFT_HAND_ZONES = frozenset({
    "Africa/Blantyre", "Africa/Dar_es_Salaam", "Africa/Gaborone", "Africa/Harare",
    "Africa/Johannesburg", "Africa/Kampala", "Africa/Lusaka", "Africa/Maputo", "Africa/Maseru",
    "Africa/Mbabane", "Africa/Nairobi", "Africa/Windhoek", "America/Anguilla", "America/Antigua",
    "America/Barbados", "America/Cayman", "America/Dominica", "America/Grand_Turk",
    "America/Grenada", "America/Guyana", "America/Jamaica", "America/Montserrat",
    "America/Nassau", "America/Paramaribo", "America/Port_of_Spain", "America/St_Kitts",
    "America/St_Lucia", "America/St_Thomas", "America/St_Vincent", "America/Tortola",
    "Antarctica/Macquarie", "Asia/Brunei", "Asia/Colombo", "Asia/Dhaka",
    "Asia/Dili", "Asia/Famagusta", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jayapura",
    "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Kuching",
    "Asia/Macau", "Asia/Makassar", "Asia/Nicosia", "Asia/Pontianak", "Asia/Singapore",
    "Asia/Thimphu", "Asia/Tokyo", "Atlantic/Bermuda", "Atlantic/South_Georgia",
    "Atlantic/St_Helena", "Atlantic/Stanley", "Australia/Adelaide", "Australia/Brisbane",
    "Australia/Broken_Hill", "Australia/Darwin", "Australia/Eucla", "Australia/Hobart",
    "Australia/Lindeman", "Australia/Lord_Howe", "Australia/Melbourne", "Australia/Perth",
    "Australia/Sydney", "Europe/Dublin", "Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey",
    "Europe/London", "Europe/Malta", "Indian/Christmas", "Indian/Cocos", "Indian/Mahe",
    "Indian/Maldives", "Indian/Mauritius", "Pacific/Apia", "Pacific/Auckland",
    "Pacific/Bougainville", "Pacific/Chatham", "Pacific/Fakaofo", "Pacific/Fiji",
    "Pacific/Funafuti", "Pacific/Guadalcanal", "Pacific/Kanton", "Pacific/Kiritimati",
    "Pacific/Nauru", "Pacific/Niue", "Pacific/Norfolk", "Pacific/Pitcairn", "Pacific/Port_Moresby",
    "Pacific/Rarotonga", "Pacific/Tarawa", "Pacific/Tongatapu",
})
# fmt: on
THAILAND = "Asia/Bangkok"
THAILAND_NORTH_DEG, THAILAND_EAST_DEG = 20.47, 105.65
NO_ZONE = "UTC"


class Known(Struct, frozen=True):
    """A fact about the site and where it comes from; `sure` is false where a person must act."""

    value: str
    why: str
    sure: bool = True


def time_zone(asked: str, lat_deg: float, lon_deg: float) -> Known:
    """The IANA zone asked for, else the one at the position. Raises ValueError: no such zone."""
    if asked:
        if not _is_zone(asked):
            raise ValueError(f"{asked!r} is no IANA time zone")
        return Known(asked, "asked for")
    try:
        import tzfpy
    except ModuleNotFoundError:
        return Known(NO_ZONE, "not known: the package tzfpy is not installed", sure=False)
    # Sorted: where borders are in dispute two zones hold, and their order there is not promised.
    names = [name for name in sorted(tzfpy.get_tzs(lon_deg, lat_deg)) if _is_zone(name)]
    if not names:
        return Known(NO_ZONE, "not known: no time zone holds at this position", sure=False)
    others = f"; {', '.join(names[1:])} is in use there too" if names[1:] else ""
    return Known(names[0], f"from the position{others}")


def driving_side(asked: bool | None, data: OsmData, frame: Frame, zone: Known) -> Known:
    """`left` or `right`: as asked, else as is the custom, else as roundabouts turn.

    The tag `driving_side` tells of the odd street where it is not the custom, so it counts for
    nothing here.
    """
    if asked is not None:
        return Known("left" if asked else "right", "asked for")
    if zone.sure and zone.value != THAILAND:
        left = zone.value in LEFT_HAND_ZONES
        return Known("left" if left else "right", f"the custom where {zone.value} holds")
    turning = _roundabouts(data, frame)
    if turning:
        value, count = min(turning.items(), key=lambda one: (-one[1], one[0]))
        return Known(value, f"{count} of {turning.total()} roundabouts turn so")
    if zone.value == THAILAND:
        left = frame.lat_deg < THAILAND_NORTH_DEG and frame.lon_deg < THAILAND_EAST_DEG
        return Known("left" if left else "right", "the custom on this side of the border")
    return Known("right", "not known, taken as in most countries", sure=False)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False
    return True


def _roundabouts(data: OsmData, frame: Frame) -> Counter[str]:
    """Which way round the roundabouts go: where traffic keeps left, clockwise."""
    seen: Counter[str] = Counter()
    for way in data.ways.values():
        nodes = [data.nodes[ref] for ref in way.refs if ref in data.nodes]
        ring = way.closed and len(nodes) == len(way.refs) and "highway" in way.tags
        if ring and way.tags.get("junction") == "roundabout":
            turned = way.tags.get("oneway") in ("-1", "reverse")
            points = [frame.to_mm(node.lat_deg, node.lon_deg) for node in nodes]
            seen["left" if (_area(points) < 0) != turned else "right"] += 1
    return seen


def _area(ring: Sequence[Point]) -> int:
    """Twice the area, positive where the ring runs anticlockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))
