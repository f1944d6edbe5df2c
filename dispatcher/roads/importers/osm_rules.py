# SPDX-License-Identifier: Apache-2.0
"""What OpenStreetMap's tags mean to a small delivery robot, as tables.

The robot counts as a pedestrian that can take no step: of the access keys the most specific one
decides, so that a private road which is open on foot is open to it.
Meaning of the tags: wiki.openstreetmap.org, "Key:access", "Key:oneway", "Key:barrier".
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from robot_agent.campus import CLASS_SPEED_MPS

ROBOT_WIDTH_M = 0.9
Tags = Mapping[str, str]

ROAD_CLASS = {
    "footway": "path",
    "path": "path",
    "track": "path",
    "pedestrian": "shared",
    "cycleway": "shared",
    "living_street": "shared",
    "service": "road",
    "residential": "road",
    "unclassified": "road",
    "road": "road",
}
QUIET_SERVICE = frozenset({"driveway", "parking_aisle", "alley", "drive-through"})
MAIN_ROADS = ("none", "tertiary", "secondary", "primary")
ON_FOOT = frozenset({"footway", "path", "pedestrian", "track"})

CLOSED_ACCESS = frozenset(
    {"no", "use_sidepath", "military", "agricultural", "forestry", "emergency", "discouraged"}
)
PRIVATE_ACCESS = frozenset({"private", "permit", "residents"})

LANE_WIDTH_M = 3.0

# Barrier on a node of a way: what it is to a robot, and what passing it costs in seconds.
PASSABLE_BARRIERS = {
    "gate": ("gate", 20),
    "swing_gate": ("gate", 20),
    "sliding_gate": ("gate", 20),
    "lift_gate": ("lift_gate", 10),
    "toll_booth": ("lift_gate", 10),
    "bollard": ("bollard", 2),
    "cycle_barrier": ("bollard", 5),
    "motorcycle_barrier": ("bollard", 5),
    "block": ("bollard", 2),
    "entrance": ("none", 0),
    "kerb": ("none", 0),  # on a road's own node: a common slip of the mapper's
}
CLOSED_BARRIERS = frozenset(
    [
        *("chain", "city_wall", "debris", "ditch", "fence", "full-height_turnstile", "hedge"),
        *("horse_stile", "jersey_barrier", "kissing_gate", "log", "retaining_wall", "spikes"),
        *("stile", "turnstile", "wall"),
    ]
)
UNKNOWN_BARRIER = ("gate", 20)
CROSSING_WAIT_S = 5
SIGNAL_WAIT_S = 15
NARROWEST_KEYS = ("maxwidth:physical", "opening", "width")


class WayFacts(Struct, frozen=True):
    """What two pieces of way must have in common to be one edge.

    `incline_permille` rises along the piece as it is drawn (0: level or unknown); `width_m`,
    `max_height_m` 0: unknown; `capacity` 0: no limit; `open_hours` empty: always. `stoppable` says
    whether a stop may be made at its kerb, `may_wait` whether a robot may stand on it.
    """

    road_class: str
    oneway: str
    speed_mm_s: int
    width_m: float
    access: str
    stoppable: bool
    may_wait: bool = True
    passing: str = ""
    passing_from: str = ""
    incline_permille: int = 0
    incline_guessed: bool = False
    level: int = 0
    surface: str = ""
    covered: bool = False
    max_height_m: float = 0.0
    capacity: int = 0
    open_hours: str = ""
    highway: str = ""
    name: str = ""


class Barrier(Struct, frozen=True):
    """What stands on a node; `closed` says why nobody passes, `note` what was assumed."""

    gate: str = "none"
    wait_s: int = 0
    closed: str = ""
    note: str = ""
    width_m: float = 0.0
    open_hours: str = ""


def way_facts(tags: Tags, main_roads: str, private: bool) -> WayFacts | str:
    """The facts of a way that a robot may drive, or the reason why it may not."""
    highway = tags["highway"]
    road_class = _road_class(highway, tags, main_roads)
    if road_class is None:
        return f"highway={highway}"
    if tags.get("indoor", "no") != "no" or tags.get("level", "0") not in ("0", "yes"):
        return "indoor or on another level"
    access = _access(highway, tags)
    if access in CLOSED_ACCESS or (access in PRIVATE_ACCESS and not private):
        return f"access={access}"
    width_m = metres(tags.get("width", "")) or _lanes_width_m(tags)
    if 0 < width_m < ROBOT_WIDTH_M:
        return f"narrower than {ROBOT_WIDTH_M} m"
    oneway = _oneway(highway, tags)
    if oneway is None:
        return f"oneway={tags['oneway']}"
    level = tags.get("layer", "0") == "0"
    covered = any(tags.get(key, "no") != "no" for key in ("tunnel", "bridge"))
    return WayFacts(
        road_class=road_class,
        oneway=oneway,
        speed_mm_s=_speed_mm_s(road_class, tags),
        width_m=width_m,
        access="staff" if access in PRIVATE_ACCESS else "open",
        stoppable=level and not covered and road_class != "crossing",
    )


def barrier_at(tags: Tags) -> Barrier:
    """What a node of a way does to a robot that passes it."""
    kind = tags.get("barrier")
    if kind is not None and kind != "no":
        return _barrier(kind, tags)
    signals = tags.get("highway") == "traffic_signals" or tags.get("crossing") == "traffic_signals"
    if signals:
        return Barrier("crossing", SIGNAL_WAIT_S)
    if tags.get("highway") == "crossing":
        return Barrier("crossing", CROSSING_WAIT_S)
    return Barrier()


def metres(text: str) -> float:
    """A width as mappers write it, in metres; 0 where it cannot be told."""
    match = re.fullmatch(r"\s*(\d{1,4}(?:[.,]\d{1,4})?)\s*(m|cm)?\s*", text)
    if match is None:
        return 0.0
    value = float(match[1].replace(",", "."))
    return value / 100 if match[2] == "cm" else value


def _road_class(highway: str, tags: Tags, main_roads: str) -> str | None:
    if "crossing" in (tags.get("footway"), tags.get("path"), tags.get("cycleway")):
        return "crossing" if highway in ROAD_CLASS else None
    if highway == "service" and tags.get("service") in QUIET_SERVICE:
        return "shared"
    allowed = MAIN_ROADS[1 : MAIN_ROADS.index(main_roads) + 1]
    if highway.removesuffix("_link") in allowed:
        return "road"
    return ROAD_CLASS.get(highway)


def _access(highway: str, tags: Tags) -> str:
    own = ("delivery", "bicycle", "foot") if highway == "cycleway" else ("delivery", "foot")
    for key in (*own, "access"):
        if key in tags:
            return tags[key]
    return "yes"


def _oneway(highway: str, tags: Tags) -> str | None:
    if highway in ON_FOOT:
        return "no"
    against = tags.get("oneway:foot"), tags.get("oneway:bicycle")
    if "no" in against or tags.get("cycleway", "").startswith("opposite"):
        return "no"
    value = tags.get("oneway")
    if value in ("yes", "1", "true"):
        return "forward"
    if value in ("-1", "reverse"):
        return "backward"
    if value in ("reversible", "alternating"):
        return None
    if value is None and tags.get("junction") in ("roundabout", "circular"):
        return "forward"
    return "no"


def _speed_mm_s(road_class: str, tags: Tags) -> int:
    own = round(CLASS_SPEED_MPS[road_class] * 1000)
    limit = re.fullmatch(r"\s*(\d{1,3})\s*(km/h|mph)?\s*", tags.get("maxspeed", ""))
    if limit is None or int(limit[1]) == 0:
        return own
    metres_an_hour = int(limit[1]) * (1609 if limit[2] == "mph" else 1000)
    return min(own, metres_an_hour * 10 // 36)


def _lanes_width_m(tags: Tags) -> float:
    lanes = tags.get("lanes", "")
    return int(lanes) * LANE_WIDTH_M if re.fullmatch("[1-9]", lanes) else 0.0


def _barrier(kind: str, tags: Tags) -> Barrier:
    access = next((tags[key] for key in ("delivery", "foot", "access") if key in tags), "")
    if kind in CLOSED_BARRIERS:
        return Barrier(closed=f"barrier={kind}")
    if access in CLOSED_ACCESS or access in PRIVATE_ACCESS or tags.get("locked") == "yes":
        return Barrier(closed=f"barrier={kind}, {access or 'locked'}")
    narrowest_m = next((m for key in NARROWEST_KEYS if (m := metres(tags.get(key, "")))), 0.0)
    if 0 < narrowest_m < ROBOT_WIDTH_M:
        return Barrier(closed=f"barrier={kind} narrower than {ROBOT_WIDTH_M} m")
    gate, wait_s = PASSABLE_BARRIERS.get(kind, UNKNOWN_BARRIER)
    sure = bool(access or narrowest_m or gate == "none")
    return Barrier(gate, wait_s, note="" if sure else f"barrier={kind} taken as passable")
