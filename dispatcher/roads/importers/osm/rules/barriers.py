# SPDX-License-Identifier: Apache-2.0
"""What stands on a node of a way, as tables: gates, bollards, kerbs, crossings.

What must hold: what is certain to stop a robot closes the node; what is not said (most gates say
nothing) is passed with a wait and told; a kerb of unknown height never closes.
Source: wiki.openstreetmap.org, "Key:barrier", "Key:kerb", "Key:crossing".
"""

from dispatcher.roads.importers.osm.rules.access import barrier_access
from dispatcher.roads.importers.osm.rules.rules import Barrier, RoadRules, Tags
from dispatcher.roads.importers.osm.rules.values import height_mm, metres
from dispatcher.roads.importers.osm.rules.ways import hours_of
from dispatcher.roads.profile import RobotProfile

# Barrier on a node of a way: what it is to a robot, and what passing it costs in seconds.
PASSABLE_BARRIERS = {
    "gate": ("gate", 20),
    "swing_gate": ("gate", 20),
    "sliding_gate": ("gate", 20),
    "wicket_gate": ("gate", 20),
    "hampshire_gate": ("gate", 20),
    "bump_gate": ("gate", 20),
    "sally_port": ("gate", 20),
    "security_control": ("gate", 20),
    "border_control": ("gate", 20),
    "lift_gate": ("lift_gate", 10),
    "toll_booth": ("lift_gate", 10),
    "bollard": ("bollard", 2),
    "rising_bollard": ("bollard", 2),
    "bollards": ("bollard", 2),
    "cycle_barrier": ("bollard", 5),
    "motorcycle_barrier": ("bollard", 5),
    "block": ("bollard", 2),
    "planter": ("bollard", 2),
    "height_restrictor": ("none", 0),
    "bus_trap": ("none", 0),
    "entrance": ("none", 0),
}
CLOSED_BARRIERS = frozenset(
    [
        *("cable_barrier", "cattle_grid", "chain", "city_wall", "debris", "ditch", "fence"),
        *("full-height_turnstile", "guard_rail", "hedge", "horse_stile", "jersey_barrier"),
        *("kissing_gate", "log", "retaining_wall", "rope", "spikes", "stile", "sump_buster"),
        *("tank_trap", "turnstile", "wall"),
    ]
)
UNKNOWN_BARRIER = ("gate", 20)
NARROWEST_KEYS = ("maxwidth:physical", "opening", "width", "maxwidth")
CROSSING_WAIT_S = 5
SIGNAL_WAIT_S = 15
RAIL_WAIT_S = 15
MAIN_ROAD_WAIT_S = 10
KERB_WAIT_S = 2
RAIL_CROSSINGS = frozenset({"level_crossing", "crossing", "tram_level_crossing", "tram_crossing"})
# Kerbs without `kerb:height`: how high such a kerb may be.
KERB_MM = {"no": 0, "flush": 0, "lowered": 0, "rolled": 50, "raised": 120, "regular": 120}
# Lines that stop a robot; where one shares a node with a way, a gate is missing or the line is off.
WALLS = CLOSED_BARRIERS | {"gate", "handrail", "yes"}


def barrier_at(tags: Tags, rules: RoadRules) -> Barrier:
    """What a node of a way does to a robot that passes it; kerbs are judged apart."""
    kind = tags.get("barrier", "no")
    if kind not in ("no", "kerb"):
        return _barrier(kind, tags, rules.profile)
    if tags.get("ford", "no") not in ("no", ""):
        return Barrier(closed="a ford")
    if tags.get("highway") == "elevator":
        return Barrier(closed="an elevator")
    if "traffic_signals" in (tags.get("highway"), tags.get("crossing")):
        return Barrier("crossing", SIGNAL_WAIT_S)
    if tags.get("highway") == "crossing":
        return Barrier("crossing", CROSSING_WAIT_S)
    if tags.get("railway") in RAIL_CROSSINGS:
        return Barrier("crossing", RAIL_WAIT_S)
    return Barrier()


def kerb_at(tags: Tags, rules: RoadRules) -> Barrier | None:
    """What the kerb on a node does to a robot that crosses it; None where there is no kerb."""
    if "kerb" not in tags and tags.get("barrier") != "kerb":
        return None
    kind = tags.get("kerb", "")
    height = height_mm(tags["kerb:height"]) if "kerb:height" in tags else KERB_MM.get(kind)
    if height is None:
        return Barrier(note="kerb of unknown height, taken as passable")
    if height > rules.profile.max_kerb_mm:
        return Barrier(closed=f"a kerb higher than {rules.profile.max_kerb_mm} mm")
    return Barrier("kerb", KERB_WAIT_S) if height > 0 else Barrier()


def _barrier(kind: str, tags: Tags, profile: RobotProfile) -> Barrier:
    name = f"barrier={kind}"
    if kind in CLOSED_BARRIERS:
        return Barrier(closed=name)
    access = barrier_access(tags)
    if access.may in ("closed", "staff"):
        return Barrier(closed=f"{name}, {access.said}")
    if tags.get("locked") == "yes":
        return Barrier(closed=f"{name}, locked")
    narrowest_m = next((m for key in NARROWEST_KEYS if (m := metres(tags.get(key, "")))), 0.0)
    if 0 < narrowest_m * 1000 < profile.width_mm:
        return Barrier(closed=f"{name} narrower than {profile.width_mm / 1000:g} m")
    if 0 < metres(tags.get("maxheight", "")) * 1000 < profile.height_mm:
        return Barrier(closed=f"{name} lower than {profile.height_mm / 1000:g} m")
    gate, wait_s = PASSABLE_BARRIERS.get(kind, UNKNOWN_BARRIER)
    hours, note = hours_of(tags.get("opening_hours", ""))
    sure = bool(access.said or narrowest_m or hours or gate == "none")
    if not sure and not note:
        known = "" if kind in PASSABLE_BARRIERS else ", a kind not known,"
        note = f"{name}{known} taken as passable"
    return Barrier(gate, wait_s, note=note, width_m=narrowest_m, open_hours=hours)
