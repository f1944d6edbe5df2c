# SPDX-License-Identifier: Apache-2.0
"""Areas of an extract: closed ways, and multipolygon relations put together from their ways.

What must hold: an area is whole or it is not there: what lacks a member, a node or an end is told
as broken. Which ring is a hole is seen from where it lies; roles only help. The same data give the
same areas, whatever their order in the file. Source: the OpenStreetMap wiki on
`Relation:multipolygon` and `Key:area`, with tags on the relation or, the old style, on its outer
way.
"""

import shapely
from msgspec import Struct

from dispatcher.roads.importers.osm.reading.data import OsmData, OsmRelation, OsmWay, Tags
from dispatcher.roads.valid_shape import valid_shape
from robot_agent.campus_frame import Frame

MAX_MEMBER_WAYS = 2000
# A closed way with one of these is a line that comes back to its start, unless area=yes says more.
LINE_KEYS = frozenset({"barrier", "highway", "railway", "waterway"})
# Tags that say nothing about what a relation is.
NO_FEATURE = frozenset({"created_by", "fixme", "note", "source", "source:date", "type"})


class Ring(Struct, frozen=True):
    """A closed line: its first node is its last; `places` gives (latitude, longitude)."""

    refs: tuple[int, ...]
    places: tuple[tuple[float, float], ...]

    def shape(self) -> shapely.Polygon:
        """In degrees, x being the longitude; only for asking what lies within what."""
        return shapely.Polygon([(lon, lat) for lat, lon in self.places])


class AreaPart(Struct, frozen=True):
    outer: Ring
    holes: tuple[Ring, ...]


class Area(Struct, frozen=True):
    """`id` is `w123` for a closed way and `r456` for a relation, which may have several parts."""

    id: str
    tags: Tags
    parts: tuple[AreaPart, ...]

    def polygon(self, frame: Frame) -> shapely.Polygon | shapely.MultiPolygon:
        """In mm in the frame; valid, and empty where nothing with an inside is left."""
        shapes = [
            shapely.Polygon(
                [frame.to_mm(*place) for place in part.outer.places],
                [[frame.to_mm(*place) for place in hole.places] for hole in part.holes],
            )
            for part in self.parts
        ]
        if len(shapes) == 1 and shapes[0].is_valid:
            return shapes[0]
        mended = shapely.union_all([valid_shape(shape) for shape in shapes])
        pieces = [
            one
            for one in shapely.get_parts(shapely.normalize(mended))
            if isinstance(one, shapely.Polygon)
        ]
        return pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(pieces)


class BrokenArea(Struct, frozen=True):
    """An area that should be there and cannot be put together."""

    id: str
    tags: Tags
    why: str


class _NoRing(Exception):
    pass


def areas_of(data: OsmData, key: str) -> list[Area]:
    """Everything of the extract that has `key` (not `no`) and an inside, ways first, each by id."""
    return areas_and_broken(data, key)[0]


def areas_and_broken(data: OsmData, key: str) -> tuple[list[Area], list[BrokenArea]]:
    """The areas with `key`, and those that have it and are not whole."""
    areas: list[Area] = []
    broken: list[BrokenArea] = []
    outlines: set[int] = set()
    for relation_id in sorted(data.relations):
        relation = data.relations[relation_id]
        if relation.tags.get("type") != "multipolygon":
            continue
        tags = _tags_of(relation, data, key)
        if tags.get(key, "no") == "no":
            continue
        try:
            parts, outer_ways = _assembled(relation, data)
        except _NoRing as error:
            broken.append(BrokenArea(f"r{relation_id}", tags, str(error)))
            continue
        areas.append(Area(f"r{relation_id}", tags, parts))
        outlines |= outer_ways
    of_ways: list[Area] = []
    for way_id in sorted(data.ways):
        way = data.ways[way_id]
        if not _encloses(way, key) or way_id in outlines:
            continue
        try:
            ring = _ring(way.refs, data)
        except _NoRing as error:
            broken.append(BrokenArea(f"w{way_id}", way.tags, str(error)))
            continue
        of_ways.append(Area(f"w{way_id}", way.tags, (AreaPart(ring, ()),)))
    return of_ways + areas, broken


def _encloses(way: OsmWay, key: str) -> bool:
    if way.tags.get(key, "no") == "no" or not way.closed:
        return False
    area = way.tags.get("area", "")
    return area == "yes" if key in LINE_KEYS else area != "no"


def _tags_of(relation: OsmRelation, data: OsmData, key: str) -> Tags:
    """The relation's own tags; where they say nothing, those of its first outer way with `key`."""
    if any(name not in NO_FEATURE for name in relation.tags):
        return relation.tags
    ways = (
        data.ways.get(member.ref)
        for member in relation.members
        if member.kind == "way" and member.role != "inner"
    )
    tagged = [way for way in ways if way is not None and key in way.tags]
    return min(tagged, key=lambda way: way.id).tags if tagged else relation.tags


def _assembled(relation: OsmRelation, data: OsmData) -> tuple[tuple[AreaPart, ...], frozenset[int]]:
    """The parts of a multipolygon and the ways that bound it outside. Raises _NoRing."""
    roles = {member.ref: member.role for member in relation.members if member.kind == "way"}
    if len(roles) > MAX_MEMBER_WAYS:
        raise _NoRing(f"more than {MAX_MEMBER_WAYS} ways")
    missing = [way_id for way_id in sorted(roles) if way_id not in data.ways]
    if missing:
        raise _NoRing(f"{len(missing)} of {len(roles)} ways are not in the file (w{missing[0]})")
    inner = [way_id for way_id in sorted(roles) if roles[way_id] == "inner"]
    other = [way_id for way_id in sorted(roles) if roles[way_id] != "inner"]
    if not other:
        raise _NoRing("no outer way")
    # Apart, because a hole may touch its outline in a node, where chains would be mixed up.
    rings = [_ring(refs, data) for ways in (other, inner) for refs in _chained(ways, data)]
    return _nested(rings), frozenset(other)


def _chained(way_ids: list[int], data: OsmData) -> list[tuple[int, ...]]:
    """Closed rings of node ids. A ring is cut off as soon as its chain meets itself."""
    ways = {way_id: data.ways[way_id].refs for way_id in way_ids}
    rings = [refs for refs in ways.values() if len(refs) > 1 and refs[0] == refs[-1]]
    at: dict[int, list[int]] = {}
    for way_id, refs in ways.items():
        if len(refs) > 1 and refs[0] != refs[-1]:
            at.setdefault(refs[0], []).append(way_id)
            at.setdefault(refs[-1], []).append(way_id)
    used: set[int] = set()
    for first_id in way_ids:
        refs = ways[first_id]
        if first_id in used or len(refs) < 2 or refs[0] == refs[-1]:
            continue
        used.add(first_id)
        chain = [refs]
        while chain:
            end = chain[-1][-1]
            back = next((i for i, piece in enumerate(chain) if piece[0] == end), None)
            if back is not None:
                rings.append(_one_line(chain[back:]))
                del chain[back:]
                continue
            following = next((way_id for way_id in at[end] if way_id not in used), None)
            if following is None:
                raise _NoRing(f"its outline is open at node {end}")
            used.add(following)
            refs = ways[following]
            chain.append(refs if refs[0] == end else refs[::-1])
    return rings


def _one_line(pieces: list[tuple[int, ...]]) -> tuple[int, ...]:
    return pieces[0] + tuple(ref for piece in pieces[1:] for ref in piece[1:])


def _ring(refs: tuple[int, ...], data: OsmData) -> Ring:
    """Raises _NoRing."""
    for ref in refs:
        if ref not in data.nodes:
            raise _NoRing(f"node {ref} is not in the file")
    ring = Ring(refs, tuple((data.nodes[ref].lat_deg, data.nodes[ref].lon_deg) for ref in refs))
    if len(refs) < 4 or ring.shape().area == 0:
        raise _NoRing("it has no inside")
    return ring


def _nested(rings: list[Ring]) -> tuple[AreaPart, ...]:
    """Even depth is land, odd depth is a hole of the smallest ring around it."""
    ordered = sorted(rings, key=lambda ring: (-ring.shape().area, ring.refs))
    shapes = [valid_shape(ring.shape()) for ring in ordered]
    depth: list[int] = []
    holes: dict[int, list[Ring]] = {}
    for index, shape in enumerate(shapes):
        within = shape.representative_point()
        around = [i for i in range(index) if shapes[i].contains(within)]
        depth.append(len(around))
        if depth[index] % 2:
            holes[around[-1]].append(ordered[index])
        else:
            holes[index] = []
    return tuple(AreaPart(ordered[index], tuple(found)) for index, found in holes.items())
