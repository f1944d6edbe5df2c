# SPDX-License-Identifier: Apache-2.0
"""Extracts drawn in metres about 50 N 10 E, for tests of what becomes of them."""

from collections.abc import Iterable

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch
from dispatcher.roads.importers.osm.net.roads import road_net
from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    OsmData,
    OsmMember,
    OsmNode,
    OsmRelation,
)
from dispatcher.roads.importers.osm.reading.data import OsmWay as Way
from dispatcher.roads.importers.osm.rules.rules import RoadRules
from robot_agent.campus_frame import frame_at

FRAME = frame_at(50.0, 10.0)


def tags_of(tags: dict[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in tags.items()}


class Drawing:
    """Its bounds reach 500 m each way."""

    def __init__(self) -> None:
        self.nodes: dict[int, OsmNode] = {}
        self.ways: dict[int, Way] = {}
        self.relations: dict[int, OsmRelation] = {}

    def node(self, node: int, x_m: float, y_m: float, **tags: str) -> int:
        lat = 50 + y_m * 1000 / FRAME.y_mm_per_deg
        lon = 10 + x_m * 1000 / FRAME.x_mm_per_deg
        self.nodes[node] = OsmNode(round(lat, 7), round(lon, 7), tags_of(tags))
        return node

    def way(self, way: int, refs: Iterable[int], **tags: str) -> None:
        self.ways[way] = Way(way, tuple(refs), tags_of(tags))

    def ring(self, way: int, x_m: float, y_m: float, side_m: float, **tags: str) -> list[int]:
        """A square whose south-west corner is at (x, y); its nodes are way * 10 + 0..3."""
        corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m)]
        refs = [self.node(way * 10 + i, x_m + x, y_m + y) for i, (x, y) in enumerate(corners)]
        self.way(way, [*refs, refs[0]], **tags)
        return refs

    def relation(self, relation: int, members: dict[int, str], **tags: str) -> None:
        ways = tuple(OsmMember("way", way, role) for way, role in members.items())
        self.relations[relation] = OsmRelation(relation, {"type": "multipolygon", **tags}, ways)

    def data(self) -> OsmData:
        north, east = 500_000 / FRAME.y_mm_per_deg, 500_000 / FRAME.x_mm_per_deg
        bounds = Bounds(50 - north, 10 - east, 50 + north, 10 + east)
        return OsmData(dict(self.nodes), dict(self.ways), dict(self.relations), bounds, "")

    def net(self, rules: RoadRules | None = None) -> RoadNet:
        return road_net(self.data(), FRAME, rules or RoadRules())


def ends(net: RoadNet) -> set[tuple[str, str]]:
    return {(edge.start, edge.end) for edge in net.edges}


def edge_of(net: RoadNet, edge_id: str) -> Stretch:
    return next(edge for edge in net.edges if edge.id == edge_id)
