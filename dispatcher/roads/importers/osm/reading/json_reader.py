# SPDX-License-Identifier: Apache-2.0
"""Reads OpenStreetMap data as Overpass and the OpenStreetMap API write it as JSON.

What must hold: it gathers what the same extract as XML would. `geometry` of ways (`out geom`) gives
places for nodes that are not in the file. Source: the OpenStreetMap wiki on `OSM JSON`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from dispatcher.roads.importers.osm.reading.collect import Collector, Unfit, checked_id
from dispatcher.roads.importers.osm.reading.data import MapImportError, OsmMember, Place


class _Place(Struct):
    lat: float
    lon: float


class _Bounds(Struct):
    minlat: float
    minlon: float
    maxlat: float
    maxlon: float


class _Member(Struct):
    type: str
    ref: int
    role: str = ""


class _Node(Struct, tag="node"):
    id: int
    lat: float
    lon: float
    version: int = 0
    visible: bool = True
    tags: dict[str, str] = {}


class _Way(Struct, tag="way"):
    id: int
    nodes: tuple[int, ...] = ()
    version: int = 0
    visible: bool = True
    tags: dict[str, str] = {}
    geometry: tuple[_Place | None, ...] = ()


class _Relation(Struct, tag="relation"):
    id: int
    members: tuple[_Member, ...] = ()
    version: int = 0
    visible: bool = True
    tags: dict[str, str] = {}


class _Area(Struct, tag="area"):
    """What Overpass makes of a way or relation, which is what is read."""


class _Document(Struct):
    elements: tuple[_Node | _Way | _Relation | _Area, ...]
    bounds: _Bounds | None = None
    remark: str = ""


def read_json(path: Path, content: bytes) -> Collector:
    """Raises MapImportError."""
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MapImportError(f"{path}: not OpenStreetMap JSON: {error}") from None
    try:
        return _gathered(document)
    except Unfit as error:
        raise MapImportError(f"{path}: not OpenStreetMap data: {error}") from None


def _gathered(document: _Document) -> Collector:
    """Raises Unfit."""
    if "error" in document.remark:
        raise Unfit(f"the server broke off: {' '.join(document.remark.split())[:200]}")
    found = Collector()
    if document.bounds is not None:
        box = document.bounds
        found.box((box.minlat, box.minlon), (box.maxlat, box.maxlon))
    for element in document.elements:
        _TAKE[type(element)](found, element)
    return found


def _take_node(found: Collector, node: _Node) -> None:
    if _is_there(found, node.visible):
        found.node(node.id, (node.lat, node.lon), node.tags, node.version)


def _take_way(found: Collector, way: _Way) -> None:
    if not _is_there(found, way.visible):
        return
    for ref in way.nodes:
        checked_id(ref, f"a node of way {way.id}")
    if way.geometry and len(way.geometry) != len(way.nodes):
        raise Unfit(
            f"way {way.id} has a geometry of {len(way.geometry)} places for {len(way.nodes)} nodes:"
            " ask Overpass for `out geom;`, whole and without a box"
        )
    for ref, at in zip(way.nodes, way.geometry, strict=False):
        if at is not None:
            place: Place = at.lat, at.lon
            found.drawn_node(ref, place)
    found.way(way.id, way.nodes, way.tags, way.version)


def _take_relation(found: Collector, relation: _Relation) -> None:
    if not _is_there(found, relation.visible):
        return
    members: list[OsmMember] = []
    for one in relation.members:
        ref = checked_id(one.ref, f"a member of relation {relation.id}")
        members.append(OsmMember(one.type, ref, one.role))
    found.relation(relation.id, tuple(members), relation.tags, relation.version)


def _is_there(found: Collector, visible: bool) -> bool:
    found.notes.update([] if visible else ["deleted elements"])
    return visible


def _skip(_found: Collector, _area: _Area) -> None:
    """The way or relation that it comes from is read."""


_TAKE: dict[type[Struct], Callable[[Collector, Any], None]] = {
    _Node: _take_node,
    _Way: _take_way,
    _Relation: _take_relation,
    _Area: _skip,
}
