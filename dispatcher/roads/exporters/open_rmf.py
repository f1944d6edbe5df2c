# SPDX-License-Identifier: Apache-2.0
"""Writes a campus map as GeoJSON of Open-RMF's traffic editor: `rmf_vertex` and `rmf_lane`.

Its readers find the vertices of a lane by their positions, level by level, and take a lane as
straight between its first two. What must hold: two vertices of a level never share a position, and
a lane repeats those of its vertices digit by digit; each name is there once, for a second one is
an error to its readers.
"""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from msgspec import Struct, field

from dispatcher.roads.exporters.levels import level_of_nodes
from dispatcher.roads.exporters.losses import Export, loss, refuse_planar, road_losses, told
from robot_agent.campus import Campus, Edge, Place, to_lat_lon
from robot_agent.campus_frame import Point

DIGITS = 9  # of a degree: a tenth of a mm; readers look within one mm
APART_MM = 5  # to where a vertex moves whose position is taken
# What a vertex is called that several places share, and what makes it one, the first first.
ORDER = ("station", "stop", "charger", "parking")

Feature = dict[str, Any]


class _Vertices(Struct):
    """Vertices as they come to be; `taken` holds each (level, position)."""

    campus: Campus
    features: list[Feature] = field(default_factory=list)
    taken: dict[tuple[int, int, int], None] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)

    def add(self, level: int, point: Point, why: str, **facts: object) -> list[float]:
        """Its position in degrees. `why` names whose vertex it is."""
        x, y = point
        while (level, x, y) in self.taken:
            x += APART_MM
        if (x, y) != point:
            self.moved.append(why)
        # A neighbour within reach of a reader's rounding counts as taken too.
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                self.taken[level, x + dx, y + dy] = None
        lat, lon = to_lat_lon(self.campus.site, x, y)
        position = [round(lon, DIGITS), round(lat, DIGITS)]
        self.features.append(
            _feature("rmf_vertex", "Point", position, {"level_idx": level, **facts})
        )
        return position


def export_open_rmf(campus: Campus) -> Export:
    """Raises ExportError for a planar site."""
    refuse_planar(campus.site, "a graph of Open-RMF")
    levels = level_of_nodes(campus)
    numbers = {level: number for number, level in enumerate(sorted(set(levels.values())))}
    places: dict[str, list[Place]] = {}
    for place in sorted(campus.places.values(), key=lambda one: (ORDER.index(one.role), one.id)):
        places.setdefault(place.node, []).append(place)
    vertices = _Vertices(campus)
    at: dict[str, list[float]] = {}
    for node in campus.nodes.values():
        level = numbers[levels[node.id]]
        facts = _facts(places.get(node.id, []))
        at[node.id] = vertices.add(level, (node.x_mm, node.y_mm), node.id, **facts)
    lanes: list[Feature] = []
    between: list[str] = []
    for edge in campus.edges.values():
        if edge.access == "closed":
            continue
        level = numbers[levels[edge.from_node]]
        if level != numbers[levels[edge.to_node]]:
            between.append(edge.id)
            continue
        bends = [vertices.add(level, point, edge.id) for point in edge.shape[1:-1]]
        lanes += _lanes(edge, [at[edge.from_node], *bends, at[edge.to_node]], level)
    head = {
        "type": "FeatureCollection",
        "site_name": campus.site.name,
        "preferred_crs": _local_crs(campus),
        "suggested_offset_x": 0.0,
        "suggested_offset_y": 0.0,
    }
    shared = [one.id for group in places.values() for one in group[1:]]
    named = [one.id for one in campus.places.values() if one.name]
    named += [one.id for one in campus.nodes.values() if one.name]
    off_lane = [
        one.id
        for one in campus.places.values()
        if (one.x_mm, one.y_mm) != (campus.nodes[one.node].x_mm, campus.nodes[one.node].y_mm)
    ]
    lost = told(
        [
            loss("edges between levels, left out", between),
            loss("places that share a vertex with another, left out", shared),
            loss("names for people (a vertex is named by the id of its place)", named),
            loss("where places lie off the lane", off_lane),
            loss("vertices moved by some mm, off another at one position", vertices.moved),
            *road_losses(campus),
        ]
    )
    return Export(_text(head, [*vertices.features, *lanes]), lost)


def _facts(places: list[Place]) -> dict[str, object]:
    """What a vertex is called and what a robot may do there."""
    if not places:
        return {}
    roles = [place.role for place in places]
    parks = "parking" in roles or "charger" in roles
    facts: dict[str, object] = {"name": places[0].id}
    if "charger" in roles:
        facts["is_charger"] = True
    if parks:
        facts |= {"is_parking_spot": True, "is_holding_point": True}
    return facts


def _lanes(edge: Edge, positions: list[list[float]], level: int) -> Iterable[Feature]:
    """One lane for each straight stretch."""
    if edge.oneway == "backward":
        positions.reverse()
    both = edge.oneway == "no"
    properties = {
        "level_idx": level,
        "graph_idx": 0,
        # The editor's generator reads the first of the two, the fleet adapters' reader the other.
        "is_bidirectional": both,
        "bidirectional": both,
        "speed_limit": edge.speed_mm_s / 1000,
        "edge": edge.id,
    }
    for start, end in pairwise(positions):
        yield _feature("rmf_lane", "LineString", [start, end], properties)


def _local_crs(campus: Campus) -> str:
    """Metres about the site's origin. North comes first: so Open-RMF's readers take it."""
    site = campus.site
    return (
        f"+proj=tmerc +lat_0={site.lat_deg:.9f} +lon_0={site.lon_deg:.9f} +k=1 +x_0=0 +y_0=0 "
        "+axis=neu +ellps=WGS84 +units=m +type=crs"
    )


def _feature(kind: str, shape: str, coordinates: object, properties: Feature) -> Feature:
    return {
        "type": "Feature",
        "feature_type": kind,
        "properties": properties,
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def _text(head: Feature, features: list[Feature]) -> str:
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in features)
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + lines + "\n]}\n"
