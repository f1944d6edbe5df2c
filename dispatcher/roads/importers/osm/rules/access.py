# SPDX-License-Identifier: Apache-2.0
"""Who may use a way and in which direction: `access` and its kin, `oneway` and its kin.

What must hold: of several keys the most specific one decides, so that a private road which is open
on foot is open to a robot; what is not understood is said, and taken as open.
The robot counts as a pedestrian with a delivery; on cycleways as a bicycle.
Source: wiki.openstreetmap.org, "Key:access", "Key:oneway", "Conditional restrictions".
"""

from msgspec import Struct

from dispatcher.roads.importers.osm.rules.rules import ON_FOOT, Tags

OPEN_ACCESS = frozenset(
    [
        *("yes", "designated", "official", "permissive", "public", "customers", "destination"),
        *("delivery", "dismount", "discouraged", "unknown", "allowed", "visitors", "students"),
    ]
)
CLOSED_ACCESS = frozenset({"no", "military", "agricultural", "forestry", "emergency", "impassable"})
PRIVATE_ACCESS = frozenset({"private", "permit", "residents", "employees", "staff", "key"})
AVOIDED_ACCESS = frozenset({"use_sidepath"})
GENERAL_KEYS = ("delivery", "foot", "access")
CYCLE_KEYS = ("delivery", "bicycle", "access")
CONDITIONAL_KEYS = tuple(
    f"{key}:conditional" for key in ("access", "foot", "delivery", "oneway", "oneway:foot")
)
FORWARD = frozenset({"yes", "1", "true"})
BACKWARD = frozenset({"-1", "reverse"})
ROUNDABOUTS = frozenset({"roundabout", "circular"})


class Access(Struct, frozen=True):
    """`may` is open, staff, avoid or closed; `said` is the tag that decided, such as `foot=no`."""

    may: str
    said: str = ""
    notes: tuple[str, ...] = ()


class Direction(Struct, frozen=True):
    """`oneway` is no, forward, backward, or empty where nobody can tell when it is which."""

    oneway: str
    said: str = ""
    shared_lane: bool = False


def is_cycleway(highway: str, tags: Tags) -> bool:
    return highway == "cycleway" or (highway == "path" and tags.get("bicycle") == "designated")


def access_of(highway: str, tags: Tags) -> Access:
    """Whether a robot may use the way."""
    if tags.get("motorroad") == "yes":
        return Access("closed", "motorroad=yes")
    if is_cycleway(highway, tags):
        # Whoever may walk there or ride there: one of the two is enough.
        on_foot = _of(("delivery", "foot"), tags)
        return on_foot if on_foot.said and on_foot.may == "open" else _of(CYCLE_KEYS, tags)
    return _of(GENERAL_KEYS, tags)


def barrier_access(tags: Tags) -> Access:
    """Whether a robot may pass a barrier; `said` is empty where its tags do not tell."""
    return _of(GENERAL_KEYS, tags)


def direction_of(highway: str, tags: Tags) -> Direction:
    """Which way a robot may drive. Footways know no plain `oneway`, only one that names feet."""
    on_foot = tags.get("oneway:foot", "")
    if on_foot in FORWARD or tags.get("foot:backward") == "no":
        return Direction("forward", "oneway:foot")
    if on_foot in BACKWARD or tags.get("foot:forward") == "no":
        return Direction("backward", "oneway:foot")
    if highway in ON_FOOT or on_foot == "no" or _open_against(tags):
        return Direction("no")
    key = "oneway"
    if is_cycleway(highway, tags) and "oneway:bicycle" in tags:
        key = "oneway:bicycle"
    value = tags.get(key, "")
    if value in FORWARD:
        return Direction("forward", key)
    if value in BACKWARD:
        return Direction("backward", key)
    if value == "alternating":
        return Direction("no", "oneway=alternating", shared_lane=True)
    if value == "reversible":
        return Direction("", "oneway=reversible")
    if not value and tags.get("junction") in ROUNDABOUTS:
        return Direction("forward", "junction")
    return Direction("no")


def _open_against(tags: Tags) -> bool:
    """Whether bicycles may ride against the traffic: a robot of walking pace may too."""
    if tags.get("oneway:bicycle") == "no":
        return True
    sides = (tags.get(f"cycleway{side}", "") for side in ("", ":left", ":right", ":both"))
    return any(side.startswith("opposite") for side in sides)


def _of(keys: tuple[str, ...], tags: Tags) -> Access:
    notes = tuple(f"{key} is not read" for key in CONDITIONAL_KEYS if key in tags)
    for key in keys:
        if key not in tags:
            continue
        said = f"{key}={tags[key]}"
        values = [value.strip() for value in tags[key].lower().split(";")]
        if any(value in OPEN_ACCESS for value in values):
            return Access("open", said, notes)
        if any(value in AVOIDED_ACCESS for value in values):
            return Access("avoid", said, notes)
        if any(value in PRIVATE_ACCESS for value in values):
            return Access("staff", said, notes)
        if any(value in CLOSED_ACCESS for value in values):
            return Access("closed", said, notes)
        return Access("open", said, (*notes, f"{key} with a value not known, taken as open"))
    return Access("open", "", notes)
