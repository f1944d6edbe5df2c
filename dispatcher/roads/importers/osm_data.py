# SPDX-License-Identifier: Apache-2.0
"""OpenStreetMap XML as plain structs: nodes, ways and what relations there are.

What must hold: nothing is interpreted here; a file that cannot be read whole is refused.
"""

import hashlib
import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from msgspec import Struct

MAX_FILE_BYTES = 256_000_000
MAX_NODES = 2_000_000

Tags = dict[str, str]


class MapImportError(ValueError):
    """A map that cannot be imported; one sentence with where and why."""


class OsmNode(Struct, frozen=True):
    lat_deg: float
    lon_deg: float
    tags: Tags


class OsmWay(Struct, frozen=True):
    id: int
    refs: tuple[int, ...]
    tags: Tags

    @property
    def closed(self) -> bool:
        return len(self.refs) >= 4 and self.refs[0] == self.refs[-1]


class OsmMember(Struct, frozen=True):
    """`kind` is node, way or relation."""

    kind: str
    ref: int
    role: str


class OsmRelation(Struct, frozen=True):
    id: int
    tags: Tags
    members: tuple[OsmMember, ...]


class Bounds(Struct, frozen=True):
    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float

    @property
    def centre(self) -> tuple[float, float]:
        """(latitude, longitude) to the seven digits that OpenStreetMap keeps."""
        lat_deg = (self.south_deg + self.north_deg) / 2
        return round(lat_deg, 7), round((self.west_deg + self.east_deg) / 2, 7)


class OsmData(Struct):
    nodes: dict[int, OsmNode]
    ways: dict[int, OsmWay]
    relations: dict[int, OsmRelation]
    bounds: Bounds
    sha256: str


def read_osm(path: Path) -> OsmData:
    """Reads a `.osm` file. Raises MapImportError."""
    if path.suffix == ".pbf":
        raise MapImportError(
            f"{path}: PBF is not read; make XML of it: osmium cat {path.name} -o {path.stem}"
        )
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MapImportError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise MapImportError(f"{path}: larger than {MAX_FILE_BYTES // 1_000_000} MB")
    data = OsmData({}, {}, {}, Bounds(0, 0, 0, 0), hashlib.sha256(content).hexdigest())
    boxes: list[Bounds] = []
    try:
        # expat itself bounds how far entities may blow a document up.
        for _, element in ET.iterparse(BytesIO(content)):  # noqa: S314
            _take(element, data, boxes)
    except ET.ParseError as error:
        what = str(error).partition(": line")[0]
        raise MapImportError(f"{path}:{error.position[0]}: not whole XML: {what}") from None
    except (KeyError, ValueError) as error:
        raise MapImportError(f"{path}: not OpenStreetMap data: {error}") from None
    if not data.nodes:
        raise MapImportError(f"{path}: holds no OpenStreetMap node")
    data.bounds = _around(boxes) if boxes else _bounds_of(data.nodes.values())
    return data


def _take(element: ET.Element, data: OsmData, boxes: list[Bounds]) -> None:
    if element.tag == "node":
        node = OsmNode(_degrees(element, "lat", 90), _degrees(element, "lon", 180), _tags(element))
        data.nodes[int(element.attrib["id"])] = node
        if len(data.nodes) > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES:,} nodes")
    elif element.tag == "way":
        way_id = int(element.attrib["id"])
        refs = tuple(int(child.attrib["ref"]) for child in element.iterfind("nd"))
        data.ways[way_id] = OsmWay(way_id, refs, _tags(element))
    elif element.tag == "relation":
        relation_id = int(element.attrib["id"])
        members = tuple(
            OsmMember(child.attrib["type"], int(child.attrib["ref"]), child.get("role", ""))
            for child in element.iterfind("member")
        )
        data.relations[relation_id] = OsmRelation(relation_id, _tags(element), members)
    elif element.tag == "bounds":
        south, north = _degrees(element, "minlat", 90), _degrees(element, "maxlat", 90)
        west, east = _degrees(element, "minlon", 180), _degrees(element, "maxlon", 180)
        boxes.append(Bounds(south, west, north, east))
    else:
        return
    element.clear()


def _tags(element: ET.Element) -> Tags:
    return {child.attrib["k"]: child.attrib["v"] for child in element.iterfind("tag")}


def _degrees(element: ET.Element, name: str, limit: float) -> float:
    value = float(element.attrib[name])
    if not (math.isfinite(value) and abs(value) <= limit):
        raise ValueError(f"{name} is {element.attrib[name]!r} in {element.tag} {element.get('id')}")
    return value


def _around(boxes: list[Bounds]) -> Bounds:
    return Bounds(
        min(box.south_deg for box in boxes),
        min(box.west_deg for box in boxes),
        max(box.north_deg for box in boxes),
        max(box.east_deg for box in boxes),
    )


def _bounds_of(nodes: Iterable[OsmNode]) -> Bounds:
    points = [(node.lat_deg, node.lon_deg) for node in nodes]
    return _around([Bounds(lat, lon, lat, lon) for lat, lon in points])
