# SPDX-License-Identifier: Apache-2.0
"""Finds the kerb point that serves a building: from its entrances, else from its outline.

What must hold: an entrance that is a node of the roads is its own stop; the short way from kerb to
door never leads through another building; a stop never lies on a crossing, a bridge, a fire lane or
in a tunnel, and keeps clear of junctions and gates; farther than MAX_SNAP_M is no service, and is
said.
"""

from collections.abc import Sequence

import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.importers.osm_buildings import Block
from dispatcher.roads.importers.osm_net import RoadNet, Stretch
from robot_agent.campus_frame import Point, line_length_mm, without_repeats

MAX_SNAP_M = 50
GRID_MM = 2_000
CLEAR_OF_JUNCTION_MM = 4_000
CLEAR_OF_GATE_MM = 6_000
# Standing wall to wall is not in the way: what counts is a way through the inside.
MAX_THROUGH_MM = 500
MAX_ASIDE_MM = 8_000
HALF_WIDTH_MM = {"path": 1_000, "shared": 2_000, "road": 3_000}


class Kerb(Struct, frozen=True):
    """A point beside an edge, `offset_mm` along it, or at a `node`; `gap_mm` to what it serves."""

    edge: str
    offset_mm: int
    x_mm: int
    y_mm: int
    gap_mm: int
    node: str = ""


class KerbFinder:
    """Snaps geometries (in the flat frame, mm) to the kerbs of some edges."""

    def __init__(
        self,
        net: RoadNet,
        edges: Sequence[Stretch],
        blocks: Sequence[Block],
        left_hand: bool = False,
    ) -> None:
        self._net = net
        self._edges = [edge for edge in edges if edge.facts.stoppable]
        self._shapes = [net.shape(edge) for edge in self._edges]
        self._lines = [shapely.LineString(shape) for shape in self._shapes]
        self._tree = shapely.STRtree(self._lines)
        self._obstacles = [block.shape for block in blocks]
        self._hides = [block.hides for block in blocks]
        self._walls = shapely.STRtree(self._obstacles)
        self._free_side = 1.0 if left_hand else -1.0
        meets: dict[str, int] = {}
        for edge in edges:
            for node in (edge.start, edge.end):
                meets[node] = meets.get(node, 0) + 1
        self._clear_mm = {
            node: CLEAR_OF_JUNCTION_MM for node, count in meets.items() if count > 2
        } | dict.fromkeys(net.barriers, CLEAR_OF_GATE_MM)
        self._edges_at: dict[str, list[int]] = {}
        for index, edge in enumerate(self._edges):
            for node in edge.nodes:
                self._edges_at.setdefault(node, []).append(index)

    def serving(self, block: Block, own: int) -> Kerb | None:
        """The kerb for a building, which is number `own` of the blocks."""
        for door in block.doors:
            kerb = self._on_graph(f"n{door.ref}") or self._near(door.point, None)
            if kerb is not None:
                return kerb
        return self._near(block.shape, own)

    def near(self, source: BaseGeometry, own: int | None) -> Kerb | None:
        """The nearest kerb in sight; `own` is the number of the block that the source is."""
        return self._near(source, own)

    def gap_m(self, source: BaseGeometry) -> float:
        """How far the nearest edge is, in m; for saying so. Infinite where there is none."""
        nearest = self._tree.nearest(source)
        return float("inf") if nearest is None else self._lines[nearest].distance(source) / 1000

    def along(self, near: Point, spacing_mm: int, classes: Sequence[str]) -> list[Kerb]:
        """Kerb points at even distances along edges of some classes, the nearest first."""
        here = shapely.Point(near)
        found: list[tuple[int, str, Kerb]] = []
        for index, (edge, line) in enumerate(zip(self._edges, self._lines, strict=True)):
            if edge.facts.road_class not in classes or not edge.facts.may_wait:
                continue
            length_mm = line_length_mm(self._shapes[index])
            # Half a spacing clear of either end, so of every junction and gate.
            for offset_mm in range(spacing_mm // 2, length_mm - spacing_mm // 2, spacing_mm):
                kerb = self._beside(index, offset_mm, None)
                found.append((round(line.interpolate(offset_mm).distance(here)), edge.id, kerb))
        return [kerb for _, _, kerb in sorted(found, key=lambda one: one[:2])]

    def anywhere(self) -> Kerb | None:
        """The middle of the longest edge, for a net so small that nothing else fits."""
        lengths = [(-line_length_mm(shape), i) for i, shape in enumerate(self._shapes)]
        if not lengths:
            return None
        longest_mm, index = min(lengths)
        return self._beside(index, -longest_mm // 2, None)

    def _on_graph(self, node: str) -> Kerb | None:
        if node not in self._edges_at or node in self._net.barriers:
            return None
        index = self._edges_at[node][0]
        edge, point = self._edges[index], self._net.points[node]
        if node in (edge.start, edge.end):
            return Kerb("", 0, *point, 0, node)
        before = without_repeats(
            [self._net.points[one] for one in edge.nodes[: edge.nodes.index(node) + 1]]
        )
        return self._beside(index, line_length_mm(before), None)

    def _near(self, source: BaseGeometry, own: int | None) -> Kerb | None:
        found = self._tree.query(source, predicate="dwithin", distance=MAX_SNAP_M * 1000)
        gaps = [(round(self._lines[i].distance(source)), self._edges[i].id, i) for i in found]
        for gap_mm, _, index in sorted(gaps):
            way = shapely.shortest_line(self._lines[index], source)
            if self._in_sight(way, own):
                on_edge, at_source = map(shapely.Point, way.coords)
                return self._kerb(index, on_edge, at_source, gap_mm)
        return None

    def _in_sight(self, way: BaseGeometry, own: int | None) -> bool:
        crossed = self._walls.query(way, predicate="intersects").tolist()
        return not any(
            number != own
            and self._hides[number]
            and way.intersection(self._obstacles[number]).length > MAX_THROUGH_MM
            for number in crossed
        )

    def _kerb(self, index: int, on_edge: shapely.Point, toward: shapely.Point, gap_mm: int) -> Kerb:
        edge, length_mm = self._edges[index], line_length_mm(self._shapes[index])
        offset_mm = round(self._lines[index].project(on_edge) / GRID_MM) * GRID_MM
        low_mm = min(self._clear_mm.get(edge.start, 0), length_mm // 2)
        high_mm = length_mm - min(self._clear_mm.get(edge.end, 0), length_mm // 2)
        offset_mm = min(max(offset_mm, low_mm), high_mm)
        kerb = self._beside(index, offset_mm, toward)
        return Kerb(kerb.edge, kerb.offset_mm, kerb.x_mm, kerb.y_mm, gap_mm)

    def _beside(self, index: int, offset_mm: int, toward: shapely.Point | None) -> Kerb:
        """Off the lane on the side of `toward`, else where traffic keeps to along the edge."""
        edge, line = self._edges[index], self._lines[index]
        facts = edge.facts
        at, ahead = line.interpolate(offset_mm), line.interpolate(offset_mm + 500)
        behind = line.interpolate(max(offset_mm - 500, 0))
        dx, dy = ahead.x - behind.x, ahead.y - behind.y
        norm = (dx * dx + dy * dy) ** 0.5 or 1.0
        half_mm = HALF_WIDTH_MM.get(facts.road_class, 1_000)
        aside_mm = min(facts.width_m * 500 or half_mm, MAX_ASIDE_MM)
        side = self._free_side
        if toward is not None:
            side = 1.0 if dx * (toward.y - at.y) - dy * (toward.x - at.x) > 0 else -1.0
            aside_mm = min(aside_mm, at.distance(toward) / 2)
        x_mm = round(at.x - side * dy / norm * aside_mm)
        y_mm = round(at.y + side * dx / norm * aside_mm)
        return Kerb(edge.id, offset_mm, x_mm, y_mm, 0)
