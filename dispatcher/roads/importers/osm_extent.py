# SPDX-License-Identifier: Apache-2.0
"""Where an extract was asked for, when the file does not say.

What must hold: whole ways that stick out of it by kilometres do not widen it. Whoever cuts an
extract takes a way whole as soon as one of its nodes is inside, and a node without a way only when
it is inside itself. So the box asked for is found again as the smallest that every way reaches
into and that holds every lone node. What belongs to a relation does not count: it may have come
with it from far away. On three real extracts whose box is known each side is found again within
25 m, while their ways stick out of it by up to 8 km. On a side where nothing sticks out by more
than LOOSE_M, as in a small drawing, everything is inside.
"""

from collections.abc import Iterable, Mapping

from dispatcher.roads.importers.osm_data import (
    Bounds,
    OsmNode,
    OsmRelation,
    OsmWay,
    Place,
)
from robot_agent.campus_frame import frame_at

LOOSE_M = 500


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
    frame = frame_at(*asked.centre)
    loose_lat = LOOSE_M * 1000 / frame.y_mm_per_deg
    loose_lon = LOOSE_M * 1000 / max(frame.x_mm_per_deg, 1.0)  # the poles
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
            boxes.append(around_places(places))
    return boxes
