# SPDX-License-Identifier: Apache-2.0
"""Which buildings of an extract are served, what they are called, and where their doors are."""

import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.importers.osm_data import OsmData, OsmWay, Tags
from robot_agent.campus_frame import Frame

LIVED_IN = {
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
NEVER_SERVED = frozenset(
    [
        *("bridge", "carport", "construction", "garage", "garages", "greenhouse", "hut", "no"),
        *("roof", "ruins", "shed", "toilets", "transformer_tower", "collapsed", "demolished"),
    ]
)
NOT_A_DOOR = frozenset({"emergency", "exit", "garage", "no"})
NAME_KEYS = ("name", "name:en", "official_name", "alt_name", "addr:housename", "ref")


class Block(Struct):
    """One building: its outline, doors (best first), and whether robots are to serve it."""

    id: int
    name: str
    name_en: str
    use: str
    served: bool
    shape: shapely.Polygon
    ring: tuple[tuple[float, float], ...]
    doors: tuple[BaseGeometry, ...]

    @property
    def lived_in(self) -> bool:
        return self.use in ("dorm", "residence")

    @property
    def label(self) -> str:
        return self.name or f"{self.use} {self.id}"


def blocks_of(data: OsmData, frame: Frame) -> list[Block]:
    """The buildings that stand in the extract's bounds, by id."""
    blocks: list[Block] = []
    for way_id in sorted(data.ways):
        way = data.ways[way_id]
        kind = way.tags.get("building", "no")
        if kind == "no" or not way.closed or any(ref not in data.nodes for ref in way.refs):
            continue
        block = _block(way, kind, data, frame)
        if block is not None and _within(block, data):
            blocks.append(block)
    return blocks


def names_of(tags: Tags) -> list[str]:
    """Every name a thing goes by, the usual one first."""
    found = [tags[key] for key in NAME_KEYS if tags.get(key)]
    return found + [tags[key] for key in sorted(tags) if key.startswith("name:")]


def _block(way: OsmWay, kind: str, data: OsmData, frame: Frame) -> Block | None:
    nodes = [data.nodes[ref] for ref in way.refs]
    shape = shapely.Polygon([frame.to_mm(node.lat_deg, node.lon_deg) for node in nodes])
    if not shape.is_valid:
        mended = shapely.make_valid(shape)
        pieces = [one for one in shapely.get_parts(mended) if isinstance(one, shapely.Polygon)]
        shape = max(pieces, key=lambda one: one.area, default=shapely.Polygon())
    if shape.is_empty or shape.area == 0:
        return None
    names = names_of(way.tags)
    use = LIVED_IN.get(kind) or next(
        (OTHER_USES[value] for value in (way.tags.get("amenity"), kind) if value in OTHER_USES),
        "other",
    )
    doors = sorted(
        (_door_rank(data.nodes[ref].tags["entrance"]), ref)
        for ref in set(way.refs)
        if data.nodes[ref].tags.get("entrance", "no") not in NOT_A_DOOR
    )
    return Block(
        id=way.id,
        name=names[0] if names else "",
        name_en=way.tags.get("name:en", ""),
        use=use,
        served=kind not in NEVER_SERVED and (bool(names) or kind in LIVED_IN),
        shape=shape,
        ring=tuple((node.lat_deg, node.lon_deg) for node in nodes),
        doors=tuple(
            shapely.Point(frame.to_mm(data.nodes[ref].lat_deg, data.nodes[ref].lon_deg))
            for _, ref in doors
        ),
    )


def _door_rank(kind: str) -> int:
    return {"main": 0, "yes": 1}.get(kind, 2)


def _within(block: Block, data: OsmData) -> bool:
    lat_deg = sum(lat for lat, _ in block.ring) / len(block.ring)
    lon_deg = sum(lon for _, lon in block.ring) / len(block.ring)
    box = data.bounds
    inside = box.south_deg <= lat_deg <= box.north_deg
    return inside and box.west_deg <= lon_deg <= box.east_deg
