# SPDX-License-Identifier: Apache-2.0
"""Chooses where parcels are loaded: where the operator says, else a place that makes sense."""

import difflib
import re
from collections.abc import Iterator

from msgspec import Struct

from dispatcher.roads.importers.datum import to_wgs84
from dispatcher.roads.importers.osm.places.buildings import Block, names_of
from dispatcher.roads.importers.osm.reading.data import MapImportError, OsmData, Tags
from robot_agent.campus_frame import Frame, Point, distance_mm

# Where parcels are handled anyway, the best first; then where lorries bring goods.
PARCEL_AMENITIES = ("parcel_locker", "post_depot", "post_office")
GOODS_USES = ("canteen", "service")
MAX_NAMES_SHOWN = 5


class Spot(Struct, frozen=True):
    """A place in the flat frame that a station may stand at, and why it was chosen."""

    name: str
    point: Point
    why: str


def asked_spot(asked: str, data: OsmData, frame: Frame, blocks: list[Block]) -> Spot:
    """The place the operator named, as a name or `lat,lon`. Raises MapImportError."""
    numbers = re.fullmatch(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*", asked)
    if numbers is not None:
        place = to_wgs84((float(numbers[1]), float(numbers[2])), data.datum)
        point = frame.to_mm(*place)
        return Spot("Station", point, f"asked for at {asked.strip()}")
    wanted = asked.strip().casefold()
    known = [(name, point) for tags, point in _things(data, frame) for name in names_of(tags)]
    # Buildings that are ways are among the things already.
    known += [(one.name, _centre(one)) for one in blocks if one.name and one.id.startswith("r")]
    found = [one for one in known if one[0].casefold() == wanted]
    found = found or [one for one in known if wanted and wanted in one[0].casefold()]
    if not found:
        raise MapImportError(f"nothing here is called {asked!r}{_near_names(asked, known)}")
    names = sorted({name for name, _ in found})
    points = [point for _, point in found]
    if any(distance_mm(points[0], point) > 100_000 for point in points):
        shown = ", ".join(names[:MAX_NAMES_SHOWN])
        raise MapImportError(f"{asked!r} names {len(points)} places far apart ({shown}): be exact")
    return Spot(found[0][0], points[0], f"asked for as {asked.strip()}")


def likely_spots(
    data: OsmData, frame: Frame, blocks: list[Block], roads: list[Point]
) -> Iterator[Spot]:
    """Places that make sense, the best first; near the middle of what is served comes first.

    `roads` are points of the net, whose middle counts where there is nothing to serve.
    """
    served = [_centre(block) for block in blocks if block.served]
    points, what = (served, "the stops") if served else (roads, "the roads")
    middle = (_median([x for x, _ in points]), _median([y for _, y in points]))
    for amenity in PARCEL_AMENITIES:
        things = [
            (distance_mm(point, middle), (names_of(tags) or [amenity.replace("_", " ")])[0], point)
            for tags, point in _things(data, frame)
            if tags.get("amenity") == amenity
        ]
        for _, name, point in sorted(things):
            yield Spot(name, point, f"amenity={amenity} nearest to the middle of {what}")
    for use in GOODS_USES:
        named = [block for block in blocks if block.use == use and block.named]
        for block in sorted(named, key=lambda one: (distance_mm(_centre(one), middle), one.id)):
            yield Spot(block.name, _centre(block), f"named {use} nearest to the middle")
    yield Spot("Station", middle, f"the middle of {what}")


def _centre(block: Block) -> Point:
    point = block.shape.representative_point()
    return round(point.x), round(point.y)


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def _things(data: OsmData, frame: Frame) -> Iterator[tuple[Tags, Point]]:
    """Nodes, then ways that are no roads, with their tags and middle, by id."""
    for _, node in sorted(data.nodes.items()):
        if node.tags:
            yield node.tags, frame.to_mm(node.lat_deg, node.lon_deg)
    for _, way in sorted(data.ways.items()):
        nodes = [data.nodes[ref] for ref in way.refs if ref in data.nodes]
        if way.tags and nodes and "highway" not in way.tags:
            lat_deg = sum(node.lat_deg for node in nodes) / len(nodes)
            lon_deg = sum(node.lon_deg for node in nodes) / len(nodes)
            yield way.tags, frame.to_mm(lat_deg, lon_deg)


def _near_names(asked: str, known: list[tuple[str, Point]]) -> str:
    names = {name.casefold(): name for name, _ in known}
    near = difflib.get_close_matches(asked.casefold(), sorted(names), MAX_NAMES_SHOWN, 0.4)
    return f"; near it: {', '.join(names[name] for name in near)}" if near else ""
