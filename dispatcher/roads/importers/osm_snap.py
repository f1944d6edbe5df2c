# SPDX-License-Identifier: Apache-2.0
"""Finds the kerb point that serves a building: from its entrance, else from its outline.

What must hold: the short way from kerb to door never leads through another building; a stop never
lies on a crossing, a bridge or in a tunnel; farther than MAX_SNAP_M is no service, and is said.
"""

from collections.abc import Sequence

import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.importers.osm_roads import RoadNet, Stretch
from robot_agent.campus_frame import Point, line_length_mm

MAX_SNAP_M = 50
GRID_MM = 2_000
CLEAR_OF_JUNCTION_MM = 4_000
HALF_WIDTH_MM = {"path": 1_000, "shared": 2_000, "road": 3_000}


class Kerb(Struct, frozen=True):
    """A point beside an edge, `offset_mm` along it."""

    edge: str
    offset_mm: int
    x_mm: int
    y_mm: int
    gap_mm: int


class KerbFinder:
    """Snaps geometries (in the flat frame, mm) to the kerbs of some edges."""

    def __init__(
        self, net: RoadNet, edges: Sequence[Stretch], obstacles: Sequence[BaseGeometry]
    ) -> None:
        self._edges = [edge for edge in edges if edge.facts.stoppable]
        self._shapes = [net.shape(edge) for edge in self._edges]
        self._lines = [shapely.LineString(shape) for shape in self._shapes]
        self._tree = shapely.STRtree(self._lines)
        self._obstacles = list(obstacles)
        self._walls = shapely.STRtree(self._obstacles)
        meets: dict[str, int] = {}
        for edge in edges:
            for node in (edge.start, edge.end):
                meets[node] = meets.get(node, 0) + 1
        self._junctions = {node for node, count in meets.items() if count > 2}

    def near(self, sources: Sequence[BaseGeometry], own: int | None) -> Kerb | None:
        """The nearest kerb to the first source that has one in sight.

        `own` is the number of the obstacle that the sources belong to.
        """
        for source in sources:
            found = self._tree.query(source, predicate="dwithin", distance=MAX_SNAP_M * 1000)
            gaps = [(round(self._lines[i].distance(source)), self._edges[i].id, i) for i in found]
            for gap_mm, _, index in sorted(gaps):
                way = shapely.shortest_line(self._lines[index], source)
                if self._in_sight(way, own):
                    on_edge, at_source = map(shapely.Point, way.coords)
                    return self._kerb(index, on_edge, at_source, gap_mm)
        return None

    def gap_m(self, source: BaseGeometry) -> float:
        """How far the nearest edge is, in m; for saying so. Infinite where there is none."""
        nearest = self._tree.nearest(source)
        return float("inf") if nearest is None else self._lines[nearest].distance(source) / 1000

    def along(self, near: Point, spacing_mm: int, classes: Sequence[str]) -> list[Kerb]:
        """Kerb points at even distances along edges of some classes, the nearest first."""
        here = shapely.Point(near)
        found: list[tuple[int, str, Kerb]] = []
        for index, (edge, line) in enumerate(zip(self._edges, self._lines, strict=True)):
            if edge.facts.road_class not in classes:
                continue
            length_mm = line_length_mm(self._shapes[index])
            # Half a spacing clear of either end, so of every junction.
            for offset_mm in range(spacing_mm // 2, length_mm - spacing_mm // 2, spacing_mm):
                kerb = self._beside(index, offset_mm, None)
                found.append((round(line.interpolate(offset_mm).distance(here)), edge.id, kerb))
        return [kerb for _, _, kerb in sorted(found, key=lambda one: one[:2])]

    def _in_sight(self, way: BaseGeometry, own: int | None) -> bool:
        crossed = self._walls.query(way, predicate="intersects").tolist()
        # Standing wall to wall is not in the way: what counts is a way through the inside.
        return not any(
            number != own and way.intersection(self._obstacles[number]).length > 500
            for number in crossed
        )

    def _kerb(self, index: int, on_edge: shapely.Point, toward: shapely.Point, gap_mm: int) -> Kerb:
        edge, length_mm = self._edges[index], line_length_mm(self._shapes[index])
        offset_mm = round(self._lines[index].project(on_edge) / GRID_MM) * GRID_MM
        clear_mm = min(CLEAR_OF_JUNCTION_MM, length_mm // 2)
        low_mm = clear_mm if edge.start in self._junctions else 0
        high_mm = length_mm - (clear_mm if edge.end in self._junctions else 0)
        offset_mm = min(max(offset_mm, low_mm), high_mm)
        kerb = self._beside(index, offset_mm, toward)
        return Kerb(kerb.edge, kerb.offset_mm, kerb.x_mm, kerb.y_mm, gap_mm)

    def _beside(self, index: int, offset_mm: int, toward: shapely.Point | None) -> Kerb:
        """Off the lane on the side of `toward`, else on the right as the edge is drawn."""
        edge, line = self._edges[index], self._lines[index]
        facts = edge.facts
        at, ahead = line.interpolate(offset_mm), line.interpolate(offset_mm + 500)
        behind = line.interpolate(max(offset_mm - 500, 0))
        dx, dy = ahead.x - behind.x, ahead.y - behind.y
        norm = (dx * dx + dy * dy) ** 0.5 or 1.0
        aside_mm = facts.width_m * 500 or HALF_WIDTH_MM[facts.road_class]
        side = -1.0
        if toward is not None:
            side = 1.0 if dx * (toward.y - at.y) - dy * (toward.x - at.x) > 0 else -1.0
            aside_mm = min(aside_mm, at.distance(toward) / 2)
        x_mm = round(at.x - side * dy / norm * aside_mm)
        y_mm = round(at.y + side * dx / norm * aside_mm)
        return Kerb(edge.id, offset_mm, x_mm, y_mm, 0)
