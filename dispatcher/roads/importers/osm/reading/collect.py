# SPDX-License-Identifier: Apache-2.0
"""Gathers the elements of an extract while a reader finds them, and judges each.

What must hold: the same elements in any order, from any kind of file, gather to the same data; an
element that makes no sense is refused by name; nothing grows beyond the limits below.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    MapImportError,
    OsmMember,
    OsmNode,
    OsmRelation,
    OsmWay,
    Place,
    Tags,
)

MAX_NODES = 2_000_000
MAX_WAYS = 400_000
MAX_RELATIONS = 100_000
MAX_REFS_PER_WAY = 10_000  # OpenStreetMap itself allows 2,000
MAX_MEMBERS_PER_RELATION = 32_000  # as OpenStreetMap itself
MAX_TAGS_PER_ELEMENT = 1_000
MAX_ID = 2**62
DIGITS = 7

_NO_TAGS: Tags = {}  # most nodes have none: one empty dict serves them all
LIMITS = {"node": MAX_NODES, "way": MAX_WAYS, "relation": MAX_RELATIONS}

Element = OsmNode | OsmWay | OsmRelation
E = TypeVar("E", OsmNode, OsmWay, OsmRelation)


class Unfit(MapImportError):
    """What is wrong, without where: the reader that meets it knows the place in the file."""


class Collector:
    """`nodes`, `ways` and `relations` by id; `boxes` that the file names; `notes` on the way."""

    def __init__(self) -> None:
        self.nodes: dict[int, OsmNode] = {}
        self.ways: dict[int, OsmWay] = {}
        self.relations: dict[int, OsmRelation] = {}
        self.boxes: list[Bounds] = []
        self.notes: Counter[str] = Counter()
        self._versions: dict[tuple[str, int], int] = {}
        self._drawn: dict[int, Place] = {}

    def node(self, node_id: int, place: Place, tags: Tags, version: int = 0) -> None:
        """Raises Unfit."""
        node = OsmNode(*checked_place(place, f"node {node_id}"), _checked(tags, "node", node_id))
        self._keep(self.nodes, "node", node_id, node, version)

    def way(self, way_id: int, refs: tuple[int, ...], tags: Tags, version: int = 0) -> None:
        """Raises Unfit."""
        if len(refs) > MAX_REFS_PER_WAY:
            raise Unfit(f"way {way_id} has more than {MAX_REFS_PER_WAY:,} nodes")
        way = OsmWay(way_id, refs, _checked(tags, "way", way_id))
        self._keep(self.ways, "way", way_id, way, version)

    def relation(
        self, relation_id: int, members: tuple[OsmMember, ...], tags: Tags, version: int = 0
    ) -> None:
        """Raises Unfit."""
        if len(members) > MAX_MEMBERS_PER_RELATION:
            most = f"{MAX_MEMBERS_PER_RELATION:,} members"
            raise Unfit(f"relation {relation_id} has more than {most}")
        tags = _checked(tags, "relation", relation_id)
        relation = OsmRelation(relation_id, tags, members)
        self._keep(self.relations, "relation", relation_id, relation, version)

    def drawn_node(self, node_id: int, place: Place) -> None:
        """A place that a way gives for its node, used where the node itself is not in the file."""
        self._drawn[node_id] = checked_place(place, f"node {node_id}")
        if len(self._drawn) > MAX_NODES:
            raise Unfit(f"more than {MAX_NODES:,} nodes")

    def box(self, south_west: Place, north_east: Place) -> None:
        """Raises Unfit."""
        south, west = checked_place(south_west, "bounds")
        north, east = checked_place(north_east, "bounds")
        if west - east > 180:  # over the date line
            east += 360
        if south > north or west > east:
            raise Unfit("the bounds' south-west corner is not south-west of the other")
        self.boxes.append(Bounds(south, west, north, east))

    def finish(self) -> str:
        """Settles what is only known at the end; the SHA-256 of all there is. Raises Unfit."""
        for node_id in sorted(self._drawn):
            if node_id not in self.nodes:
                self.nodes[node_id] = OsmNode(*self._drawn[node_id], _NO_TAGS)
        if not self.nodes:
            raise Unfit("holds no OpenStreetMap node")
        missing = sum(any(ref not in self.nodes for ref in way.refs) for way in self.ways.values())
        if missing:
            self.notes["ways with nodes that the file lacks"] = missing
        short = sum(len(way.refs) < 2 for way in self.ways.values())
        if short:
            self.notes["ways of fewer than two nodes"] = short
        return self._digest()

    def _digest(self) -> str:
        digest, encode = hashlib.sha256(), msgspec.msgpack.Encoder(order="deterministic").encode
        boxes = sorted(msgspec.structs.astuple(box) for box in self.boxes)
        digest.update(encode(boxes))
        table: Mapping[int, Element]
        for table in (self.nodes, self.ways, self.relations):
            for key in sorted(table):
                digest.update(encode((key, table[key])))
        return digest.hexdigest()

    def _keep(self, table: dict[int, E], kind: str, key: int, element: E, version: int) -> None:
        old = table.get(key)
        if old is not None:
            known = self._versions.get((kind, key), 0)
            if version == known and old != element:
                raise Unfit(f"{kind} {key} is there twice and not the same: osmium merge can join")
            self.notes[f"{kind}s given twice"] += 1
            if version <= known:
                return
        table[key] = element
        if version > 1 or old is not None:
            self._versions[kind, key] = version
        if len(table) > LIMITS[kind]:
            raise Unfit(f"more than {LIMITS[kind]:,} {kind}s: cut the campus out of it first")


def checked_place(place: Place, whose: str) -> Place:
    """Rounded to what OpenStreetMap keeps. Raises Unfit."""
    for name, value, limit in (("lat", place[0], 90), ("lon", place[1], 180)):
        if not (math.isfinite(value) and abs(value) <= limit):
            raise Unfit(f"{name} is '{value:g}' in {whose}")
    return round(place[0], DIGITS), round(place[1], DIGITS)


def checked_id(value: int, what: str) -> int:
    """Raises Unfit."""
    if abs(value) > MAX_ID:
        raise Unfit(f"{what} is {value}, which is no id")
    return value


def _checked(tags: Tags, kind: str, key: int) -> Tags:
    checked_id(key, f"the id of a {kind}")
    if len(tags) > MAX_TAGS_PER_ELEMENT:
        raise Unfit(f"{kind} {key} has more than {MAX_TAGS_PER_ELEMENT:,} tags")
    return tags or _NO_TAGS
