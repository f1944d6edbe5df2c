# SPDX-License-Identifier: Apache-2.0
"""What the ground of a way does to the speed of small wheels, as tables: per cent of full speed.

What must hold: 0 means that no robot drives there; what is not in a table is taken as good ground
and told. Source: wiki.openstreetmap.org, "Key:surface", "Key:smoothness", "Key:tracktype".
"""

from msgspec import Struct

from dispatcher.roads.importers.osm.rules.rules import Tags

CLOSED_PCT = 0
SURFACE_PCT = {
    **dict.fromkeys(("asphalt", "concrete", "paved", "paving_stones", "metal", "tartan"), 100),
    **dict.fromkeys(("chipseal", "rubber", "plastic", "acrylic", "carpet", "tiles", "bricks"), 100),
    **dict.fromkeys(("concrete:plates", "concrete:lanes", "brick", "wood", "metal_grid"), 80),
    **dict.fromkeys(("compacted", "fine_gravel", "clay", "artificial_turf", "stone"), 80),
    **dict.fromkeys(("sett", "unpaved", "gravel", "ground", "dirt", "earth", "pebblestone"), 60),
    **dict.fromkeys(("grass", "grass_paver", "cobblestone", "woodchips", "soil"), 50),
    **dict.fromkeys(("unhewn_cobblestone", "cobblestone:flattened", "shells", "rocky"), 40),
    **dict.fromkeys(("sand", "mud", "snow", "ice", "salt", "rock", "rocks"), CLOSED_PCT),
    **dict.fromkeys(("stepping_stones", "water", "boulders"), CLOSED_PCT),
}
SMOOTHNESS_PCT = {
    "excellent": 100,
    "very_good": 100,
    "good": 100,
    "intermediate": 90,
    "medium": 90,
    "bad": 60,
    "very_bad": 40,
    "horrible": 30,
    "very_horrible": CLOSED_PCT,
    "impassable": CLOSED_PCT,
}
TRACK_PCT = {"grade1": 100, "grade2": 80, "grade3": 60, "grade4": 50, "grade5": 40}
TABLES = {"surface": SURFACE_PCT, "smoothness": SMOOTHNESS_PCT, "tracktype": TRACK_PCT}


class Ground(Struct, frozen=True):
    """`said` is the tag that slows most, or closes."""

    speed_pct: int
    said: str = ""
    notes: tuple[str, ...] = ()


def ground_of(tags: Tags) -> Ground:
    """How fast the ground lets a robot go, by the worst that any tag says of it."""
    worst, said, notes = 100, "", []
    for key, table in TABLES.items():
        for value in filter(None, (part.strip() for part in tags.get(key, "").split(";"))):
            if value not in table:
                notes.append(f"{key} with a value not known, taken as good ground")
            elif table[value] < worst:
                worst, said = table[value], f"{key}={value}"
    return Ground(worst, said, tuple(notes))
