# SPDX-License-Identifier: Apache-2.0
"""What the tags of a way mean to a small delivery robot: driven, and how; or left out, and why.

What must hold: a way is left out for one reason that a person understands; what was assumed of one
that is kept is told. Source: wiki.openstreetmap.org, "Key:highway", "Key:layer", "Key:width".
"""

from msgspec import Struct

from dispatcher.roads.importers.osm.rules.access import Direction, access_of, direction_of
from dispatcher.roads.importers.osm.rules.rules import MAIN_ROADS, Judged, RoadRules, Tags, WayFacts
from dispatcher.roads.importers.osm.rules.surface import CLOSED_PCT, ground_of
from dispatcher.roads.importers.osm.rules.values import incline_permille, levels, metres, speed_mm_s
from robot_agent.campus import CLASS_SPEED_MPS
from robot_agent.campus_format import MAX_TEXT_CHARS
from robot_agent.campus_hours import HoursError, parse_hours

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
FIRE_LANES = frozenset({"emergency_access", "fire_lane"})
# Where traffic says so little of a width that two robots are sure to pass; nothing else is.
GUESSED_WIDTH_M = {
    "residential": 5.0,
    "unclassified": 5.0,
    "living_street": 4.0,
    "tertiary": 6.0,
    "secondary": 7.0,
    "primary": 7.0,
}
# A little less than two robots need: one lane alone is narrow.
LANE_WIDTH_M = 2.75
RAMP_SPEED_MM_S = 500
# Hiking grades above "hiking" mean hands, steps and drops.
HIKING_GRADES = frozenset({"", "no", "strolling", "hiking"})


class _Width(Struct, frozen=True):
    width_m: float
    passing: str
    passing_from: str


def judged(tags: Tags, rules: RoadRules) -> Judged:
    """What a way with a `highway` is to a robot."""
    highway = tags["highway"]
    road_class = _road_class(highway, tags, rules)
    if road_class is None:
        return Judged(None, f"highway={highway}")
    access = access_of(highway, tags)
    if access.may == "closed" or (access.may == "staff" and not rules.private):
        return Judged(None, access.said)
    direction = direction_of(highway, tags)
    if not direction.oneway:
        return Judged(None, direction.said)
    ground = ground_of(tags)
    why_not = (
        _off_level(tags, rules)
        or _no_ground(tags)
        or _too_tight(tags, rules)
        or (ground.said if ground.speed_pct == CLOSED_PCT else "")
        or _too_steep(tags, rules)
    )
    if why_not:
        return Judged(None, why_not)
    slope = incline_permille(tags.get("incline", "0"))
    hours, hours_note = hours_of(tags.get("opening_hours", ""))
    passable = _Width(0.0, "", "")
    if tags.get("area") != "yes":
        passable = _width(highway, tags, rules, direction)
    level = _level(tags)
    apart = level != 0 or any(tags.get(key, "no") != "no" for key in ("tunnel", "bridge"))
    kept_clear = (
        apart
        or road_class == "crossing"
        or highway == "steps"
        or tags.get("service") in FIRE_LANES
        or "traffic_island" in (tags.get("footway"), tags.get("path"), tags.get("cycleway"))
    )
    facts = WayFacts(
        road_class=road_class,
        oneway=direction.oneway,
        speed_mm_s=_speed_mm_s(highway, road_class, tags) * ground.speed_pct // 100,
        width_m=passable.width_m,
        access="staff" if access.may == "staff" else "open",
        stoppable=not kept_clear,
        may_wait=not kept_clear,
        passing=passable.passing or "wide",
        passing_from=passable.passing_from or "guess",
        incline_permille=slope[0] if slope else 0,
        incline_guessed=slope is not None and slope[1],
        level=level,
        surface=tags.get("surface", ""),
        covered=_covered(tags),
        max_height_m=_height_m(tags),
        open_hours=hours,
        highway=highway,
        name=tags.get("name", ""),
    )
    notes = [*access.notes, *ground.notes, *([hours_note] if hours_note else [])]
    if direction.shared_lane:
        notes.append("oneway=alternating, driven both ways")
    if slope is None:
        notes.append("incline not understood, taken as level")
    elif slope[1]:
        notes.append("incline without a size, guessed")
    if tags.get("wheelchair") == "no":
        notes.append("wheelchair=no, driven all the same")
    return Judged(facts, notes=tuple(notes))


def steepness_limit(rules: RoadRules) -> str:
    return f"steeper than {rules.profile.max_incline_permille / 10:g} %"


def _road_class(highway: str, tags: Tags, rules: RoadRules) -> str | None:
    if highway == "steps":
        ramp = tags.get("ramp") == "yes" or tags.get("ramp:wheelchair") == "yes"
        return "path" if rules.ramps and ramp else None
    if highway == "corridor":
        return "indoor" if rules.other_levels else None
    if "crossing" in (tags.get("footway"), tags.get("path"), tags.get("cycleway")):
        return "crossing" if highway in ROAD_CLASS else None
    if highway == "service" and tags.get("service") in QUIET_SERVICE:
        return "shared"
    if highway.removesuffix("_link") in MAIN_ROADS[1 : MAIN_ROADS.index(rules.main_roads) + 1]:
        return "road"
    return ROAD_CLASS.get(highway)


def _off_level(tags: Tags, rules: RoadRules) -> str:
    if rules.other_levels:
        return ""
    if tags.get("indoor", "no") != "no" or tags.get("location") == "indoor":
        return "indoors"
    on = levels(tags.get("level", "0"))
    return "on another level" if on and 0 not in on else ""


def _no_ground(tags: Tags) -> str:
    """What wheels cannot do, whatever the way is called."""
    if tags.get("conveying", "no") != "no":
        return "a moving walkway"
    if tags.get("ford", "no") != "no":
        return "a ford"
    if tags["highway"] != "steps" and tags.get("step_count", "0") not in ("0", ""):
        return "a way with steps in it"
    if tags.get("sac_scale", "") not in HIKING_GRADES:
        return "a mountain path"
    for key in ("abandoned", "disused"):
        if tags.get(key) == "yes":
            return f"{key}=yes"
    return ""


def _too_tight(tags: Tags, rules: RoadRules) -> str:
    profile = rules.profile
    for key in ("maxwidth:physical", "maxwidth", "width", "est_width"):
        if 0 < metres(tags.get(key, "")) * 1000 < profile.width_mm:
            return f"narrower than {profile.width_mm / 1000:g} m"
    if 0 < _height_m(tags) * 1000 < profile.height_mm:
        return f"lower than {profile.height_mm / 1000:g} m"
    return ""


def _too_steep(tags: Tags, rules: RoadRules) -> str:
    slope = incline_permille(tags.get("incline", "0"))
    if slope is None or slope[1] or tags["highway"] == "steps":
        return ""
    return steepness_limit(rules) if abs(slope[0]) > rules.profile.max_incline_permille else ""


def _height_m(tags: Tags) -> float:
    heights = (metres(tags.get(key, "")) for key in ("maxheight:physical", "maxheight"))
    return min((height_m for height_m in heights if height_m), default=0.0)


def _width(highway: str, tags: Tags, rules: RoadRules, direction: Direction) -> _Width:
    """How wide, and whether two robots pass there; a guess errs to narrow."""
    least_mm = rules.profile.min_passing_mm
    measured_m = next((m for key in ("width", "est_width") if (m := metres(tags.get(key, "")))), 0)
    lanes = tags.get("lanes", "")
    lanes_m = int(lanes) * LANE_WIDTH_M if lanes in tuple("123456789") else 0.0
    if measured_m:
        wide, source = measured_m * 1000 >= least_mm, "width"
    else:
        guess_m = lanes_m or GUESSED_WIDTH_M.get(highway.removesuffix("_link"), 0.0)
        wide, source = guess_m * 1000 >= least_mm, "guess"
    if direction.shared_lane:
        wide = False
    return _Width(measured_m or lanes_m, "wide" if wide else "narrow", source)


def _speed_mm_s(highway: str, road_class: str, tags: Tags) -> int:
    own = RAMP_SPEED_MM_S if highway == "steps" else round(CLASS_SPEED_MPS[road_class] * 1000)
    limit = speed_mm_s(tags.get("maxspeed", ""))
    return min(own, limit) if limit else own


def _level(tags: Tags) -> int:
    """Of lines that cross: `layer`, else what a bridge or tunnel means, else the storey."""
    for key in ("layer", "level"):
        on = levels(tags.get(key, ""))
        if on:
            return min(on, key=lambda level: (abs(level), level))
    if tags.get("bridge", "no") != "no":
        return 1
    underground = tags.get("location") == "underground"
    return -1 if tags.get("tunnel", "no") not in ("no", "building_passage") or underground else 0


def _covered(tags: Tags) -> bool:
    """Where satellites are not seen."""
    return any(tags.get(key, "no") != "no" for key in ("covered", "tunnel", "indoor"))


def hours_of(text: str) -> tuple[str, str]:
    """Opening hours as a map file may hold them, and a note where they are not understood."""
    if not text:
        return "", ""
    not_understood = "", "opening hours not understood, taken as always open"
    if len(text) > MAX_TEXT_CHARS:
        return not_understood
    try:
        always = parse_hours(text).always
    except HoursError:
        return not_understood
    return ("", "") if always else (text, "")
