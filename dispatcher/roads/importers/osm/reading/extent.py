# SPDX-License-Identifier: Apache-2.0
"""Where an extract was asked for: as the file says, or found from what it holds.

What a file says is not taken where its own ways belie it: editors and tools that merge files write
boxes of something else. What must hold: whole ways that stick out of it by kilometres do not widen
the box that is found. Whoever cuts an extract takes a way whole as soon as one of its nodes is
inside, and a node without a way only when it is inside itself. So the box asked for is found again
as the smallest that every way reaches into and that holds every lone node and the middle of every
house. What belongs to a relation does not count: it may have come with it from far away. On three
real extracts whose box is known each side is found again within 25 m, while their ways stick out
of it by up to 8 km. On a side where nothing sticks out by more than LOOSE_M, as in a small
drawing, everything is inside.
"""

from collections.abc import Iterable, Mapping, Sequence

from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    OsmNode,
    OsmRelation,
    OsmWay,
    Place,
)
from robot_agent.campus_frame import frame_at

LOOSE_M = 500
# Of what an extract brings for its own sake, this much may lie beside the box that it names.
MAX_BESIDE_PCT = 20
# A box is taken in where it reaches farther than this beyond all there is.
FAR_M = 5_000
# So small a closed way is a house or the like, which is where its middle is.
SMALL_M = 60
UNNAMED = "bounds found from ways and nodes, for the file names none"
BELIED = "bounds found from ways and nodes, for those of the file lie elsewhere"
TAKEN_IN = "bounds taken in, for those of the file reach far beyond all there is"


def bounds_of(
    boxes: Sequence[Bounds],
    nodes: Mapping[int, OsmNode],
    ways: Mapping[int, OsmWay],
    relations: Mapping[int, OsmRelation],
) -> tuple[Bounds, str]:
    """The box of an extract with at least one node, and a note where it is not as the file says."""
    likely = likely_bounds(nodes, ways, relations)
    if not boxes:
        return likely, UNNAMED
    named = around(boxes)
    brought = _boxes_to_reach(nodes, ways, relations) or [likely]
    beside = sum(not named.meets(box) for box in brought)
    if beside * 100 > MAX_BESIDE_PCT * len(brought):
        return likely, BELIED
    whole = around_places((node.lat_deg, node.lon_deg) for node in nodes.values())
    lat_deg, lon_deg = _degrees(FAR_M, whole)
    taken_in = Bounds(
        _not_far(named.south_deg, whole.south_deg, lat_deg),
        _not_far(named.west_deg, whole.west_deg, lon_deg),
        _not_far(named.north_deg, whole.north_deg, -lat_deg),
        _not_far(named.east_deg, whole.east_deg, -lon_deg),
    )
    return taken_in, "" if taken_in == named else TAKEN_IN


def _not_far(named_deg: float, whole_deg: float, far_deg: float) -> float:
    """A side, or that of everything where it lies so far beyond; `far_deg` below 0 is northward."""
    beyond = named_deg < whole_deg - far_deg if far_deg > 0 else named_deg > whole_deg - far_deg
    return whole_deg if beyond else named_deg


def _degrees(length_m: float, box: Bounds) -> tuple[float, float]:
    """A length in degrees of latitude and of longitude, there."""
    frame = frame_at(*box.centre)
    # The poles have no east.
    return length_m * 1000 / frame.y_mm_per_deg, length_m * 1000 / max(frame.x_mm_per_deg, 1.0)


def around(boxes: Iterable[Bounds]) -> Bounds:
    """The smallest box around at least one other."""
    every = list(boxes)
    return Bounds(
        min(box.south_deg for box in every),
        min(box.west_deg for box in every),
        max(box.north_deg for box in every),
        max(box.east_deg for box in every),
    )


def around_places(places: Iterable[Place]) -> Bounds:
    """The smallest box around at least one place."""
    return around(Bounds(lat, lon, lat, lon) for lat, lon in places)


def likely_bounds(
    nodes: Mapping[int, OsmNode],
    ways: Mapping[int, OsmWay],
    relations: Mapping[int, OsmRelation],
) -> Bounds:
    """The box that an extract with at least one node was probably asked for."""
    whole = around_places((node.lat_deg, node.lon_deg) for node in nodes.values())
    boxes = _boxes_to_reach(nodes, ways, relations)
    if not boxes:
        return whole
    lats = min(box.north_deg for box in boxes), max(box.south_deg for box in boxes)
    lons = min(box.east_deg for box in boxes), max(box.west_deg for box in boxes)
    asked = Bounds(min(lats), min(lons), max(lats), max(lons))
    loose_lat, loose_lon = _degrees(LOOSE_M, asked)
    return Bounds(
        _side(asked.south_deg, whole.south_deg, loose_lat),
        _side(asked.west_deg, whole.west_deg, loose_lon),
        _side(asked.north_deg, whole.north_deg, loose_lat),
        _side(asked.east_deg, whole.east_deg, loose_lon),
    )


def _side(asked_deg: float, whole_deg: float, loose_deg: float) -> float:
    return whole_deg if abs(whole_deg - asked_deg) <= loose_deg else asked_deg


def _boxes_to_reach(
    nodes: Mapping[int, OsmNode],
    ways: Mapping[int, OsmWay],
    relations: Mapping[int, OsmRelation],
) -> list[Bounds]:
    """The box of each way and lone node that no relation brought along."""
    brought = {
        (member.kind, member.ref) for relation in relations.values() for member in relation.members
    }
    used = {ref for way in ways.values() for ref in way.refs}
    boxes = [
        Bounds(node.lat_deg, node.lon_deg, node.lat_deg, node.lon_deg)
        for node_id, node in nodes.items()
        if node_id not in used and ("node", node_id) not in brought
    ]
    for way_id, way in ways.items():
        places = [(nodes[ref].lat_deg, nodes[ref].lon_deg) for ref in way.refs if ref in nodes]
        if places and ("way", way_id) not in brought:
            box = around_places(places)
            whole = way.closed and len(places) == len(way.refs)
            boxes.append(_middle(places) if whole and _is_small(box) else box)
    return boxes


def _is_small(box: Bounds) -> bool:
    lat_deg, lon_deg = _degrees(SMALL_M, box)
    return box.north_deg - box.south_deg < lat_deg and box.east_deg - box.west_deg < lon_deg


def _middle(ring: Sequence[Place]) -> Bounds:
    """The middle of its corners, as a box of no size."""
    corners = ring[:-1]
    lat_deg = sum(lat for lat, _ in corners) / len(corners)
    lon_deg = sum(lon for _, lon in corners) / len(corners)
    return Bounds(lat_deg, lon_deg, lat_deg, lon_deg)
