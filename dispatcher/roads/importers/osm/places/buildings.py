# SPDX-License-Identifier: Apache-2.0
"""Which buildings of an extract are served, what they are called, and where their doors are."""

from itertools import chain

import shapely
from msgspec import Struct

from dispatcher.roads.importers.osm.reading.areas import Area, areas_and_broken
from dispatcher.roads.importers.osm.reading.data import CLIP_MARGIN_M, OsmData, Tags
from robot_agent.campus_frame import Frame
from robot_agent.campus_model import LIVED_IN, NOT_SERVED

LIVED_IN_KINDS = {
    "dormitory": "dorm",
    "apartments": "residence",
    "residential": "residence",
    "house": "residence",
    "detached": "residence",
    "semidetached_house": "residence",
    "terrace": "residence",
    "student_accommodation": "dorm",
}
OTHER_USES = {
    "university": "teaching",
    "college": "teaching",
    "school": "teaching",
    "kindergarten": "teaching",
    "library": "library",
    "hospital": "hospital",
    "clinic": "hospital",
    "restaurant": "canteen",
    "canteen": "canteen",
    "food_court": "canteen",
    "fast_food": "canteen",
    "cafe": "canteen",
    "commercial": "service",
    "retail": "service",
    "service": "service",
    "office": "service",
    "post_office": "service",
    "bank": "service",
}
BEYOND = "buildings outside the extract"
NEVER_SERVED = frozenset(
    [
        *("bridge", "carport", "construction", "garage", "garages", "greenhouse", "hut", "no"),
        *("roof", "ruins", "shed", "toilets", "transformer_tower", "collapsed", "demolished"),
    ]
)
# One walks below these, so they hide no door.
WALKED_UNDER = frozenset({"bridge", "carport", "roof"})
NOT_A_DOOR = frozenset({"exit", "garage", "no"})
DOOR_RANK = {"main": 0, "yes": 1, "service": 3, "emergency": 4}
OTHER_DOOR = 2
NAME_KEYS = ("name", "name:en", "official_name", "alt_name", "addr:housename", "ref")


class Door(Struct, frozen=True):
    """An entrance: its OpenStreetMap node and where it is in the flat frame."""

    ref: int
    point: shapely.Point


class Block(Struct):
    """One building: its outline, doors (best first), and whether robots are to serve it.

    `id` is `w123` or `r123` after the way or relation; `named` is false where the name is but an
    address; `hides` says that nobody walks through; `ring` is its first outline in degrees.
    """

    id: str
    name: str
    named: bool
    name_en: str
    use: str
    served: bool
    hides: bool
    shape: shapely.Polygon | shapely.MultiPolygon
    ring: tuple[tuple[float, float], ...]
    doors: tuple[Door, ...]

    @property
    def lived_in(self) -> bool:
        return self.use in LIVED_IN

    @property
    def label(self) -> str:
        return self.name or f"{self.use} {self.id[1:]}"

    @property
    def middle(self) -> tuple[float, float]:
        """(latitude, longitude) of the middle of its corners."""
        corners = self.ring[:-1]
        lat_deg = sum(lat for lat, _ in corners) / len(corners)
        return lat_deg, sum(lon for _, lon in corners) / len(corners)


class Blocks(Struct, frozen=True):
    """The buildings by id, those that lie `beyond` the extract, and those that cannot be put
    together (by id and reason)."""

    found: list[Block]
    beyond: list[Block]
    broken: dict[str, str]


def blocks_of(data: OsmData, frame: Frame) -> Blocks:
    """The buildings that reach into the extract; multipolygons too, parts of one not.

    As ways do, they may reach CLIP_MARGIN_M beyond bounds that nobody asked for.
    """
    areas, broken = areas_and_broken(data, "building")
    blocks = [block for area in areas if (block := _block(area, data, frame)) is not None]
    blocks.sort(key=lambda one: one.id)
    found = [one for one in blocks if data.touches(one.ring, CLIP_MARGIN_M)]
    kept = {one.id for one in found}
    beyond = [one for one in blocks if one.id not in kept]
    return Blocks(found, beyond, {one.id: one.why for one in broken})


def names_of(tags: Tags) -> list[str]:
    """Every name a thing goes by, the usual one first."""
    found = [tags[key] for key in NAME_KEYS if tags.get(key)]
    return found + [tags[key] for key in sorted(tags) if key.startswith("name:")]


def address_of(tags: Tags) -> str:
    """Street (or place) and number, where there is a number."""
    number = tags.get("addr:housenumber", "")
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    return f"{street} {number}".strip() if number else ""


def _block(area: Area, data: OsmData, frame: Frame) -> Block | None:
    shape = area.polygon(frame)
    if shape.is_empty or shape.area == 0:
        return None
    tags, kind = area.tags, area.tags["building"]
    names = names_of(tags)
    use = LIVED_IN_KINDS.get(kind) or next(
        (OTHER_USES[value] for value in (tags.get("amenity"), kind) if value in OTHER_USES),
        "other",
    )
    sunk = tags.get("location") == "underground" or tags.get("layer", "0").startswith("-")
    address = address_of(tags)
    wanted = bool(names or address) or kind in LIVED_IN_KINDS or tags.get("amenity") in OTHER_USES
    shunned = kind in NEVER_SERVED or sunk
    return Block(
        id=area.id,
        name=names[0] if names else address,
        named=bool(names),
        name_en=tags.get("name:en", ""),
        use=NOT_SERVED if shunned else use,
        served=wanted and not shunned,
        hides=not sunk and kind not in WALKED_UNDER,
        shape=shape,
        ring=area.parts[0].outer.places,
        doors=_doors(area, data, frame),
    )


def _doors(area: Area, data: OsmData, frame: Frame) -> tuple[Door, ...]:
    rings = chain.from_iterable((part.outer, *part.holes) for part in area.parts)
    refs = sorted({ref for ring in rings for ref in ring.refs})
    ranked: list[tuple[int, int]] = []
    for ref in refs:
        tags = data.nodes[ref].tags
        kind = tags.get("entrance", "no")
        if kind not in NOT_A_DOOR and tags.get("access") != "no":
            ranked.append((DOOR_RANK.get(kind, OTHER_DOOR), ref))
    return tuple(
        Door(ref, shapely.Point(frame.to_mm(data.nodes[ref].lat_deg, data.nodes[ref].lon_deg)))
        for _, ref in sorted(ranked)
    )
