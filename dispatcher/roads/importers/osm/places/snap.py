# SPDX-License-Identifier: Apache-2.0
"""Finds the kerb point that serves a building: from its entrances, else from its outline.

What must hold: an entrance that is a node of the roads is its own stop; the short way from kerb to
door never leads through another building; a stop never lies on a crossing, a bridge, a fire lane or
in a tunnel, and keeps clear of junctions and gates; farther than MAX_SNAP_M is no service, and is
said.
"""

from collections.abc import Sequence

import msgspec
import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch
from dispatcher.roads.importers.osm.places.buildings import Block
from dispatcher.roads.profile import RobotProfile
from robot_agent.campus_frame import Point, line_length_mm, without_repeats

MAX_SNAP_M = 50
GRID_MM = 2_000
CLEAR_OF_JUNCTION_MM = 4_000
CLEAR_OF_GATE_MM = 6_000
# Standing wall to wall is not in the way: what counts is a way through the inside.
MAX_THROUGH_MM = 500
MAX_CORNERS = 60
MAX_MOVE_MM = 40_000
ON_THE_WAY_MM = 500
ROUNDING_MM = 20
SIDESTEPS_MM = (0, 2_000, -2_000, 4_000, -4_000, 6_000, -6_000, 8_000, -8_000)
# A front no more than so much farther from the road than its nearest corner is one front.
FRONT_MM = 500
MAX_ASIDE_MM = 8_000
HALF_WIDTH_MM = {"path": 1_000, "shared": 2_000, "road": 3_000}


class Kerb(Struct, frozen=True):
    """A point beside an edge, `offset_mm` along it, or at a `node`; `gap_mm` to what it serves.

    `goal` is the door or the spot of the outline that it is for.
    """

    edge: str
    offset_mm: int
    x_mm: int
    y_mm: int
    gap_mm: int
    node: str = ""
    goal: Point | None = None


class KerbFinder:
    """Snaps geometries (in the flat frame, mm) to the kerbs of some edges."""

    def __init__(
        self,
        net: RoadNet,
        edges: Sequence[Stretch],
        blocks: Sequence[Block],
        left_hand: bool = False,
        least_aside_mm: int = RobotProfile().width_mm,
    ) -> None:
        """A robot stands at least `least_aside_mm` from the middle of the way, so others pass."""
        self._net = net
        self._least_mm = least_aside_mm + ROUNDING_MM
        self._any_node = min((edge.start for edge in edges), default="")
        self._edges = [edge for edge in edges if edge.facts.stoppable]
        self._shapes = [net.shape(edge) for edge in self._edges]
        self._lines = [shapely.LineString(shape) for shape in self._shapes]
        self._tree = shapely.STRtree(self._lines)
        self._lanes = shapely.STRtree([shapely.LineString(net.shape(edge)) for edge in edges])
        self._number = {edge.id: index for index, edge in enumerate(self._edges)}
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
        return self._near(block.shape, own) or self._from_corners(block)

    def near(self, source: BaseGeometry, own: int | None) -> Kerb | None:
        """The nearest kerb in sight; `own` is the number of the block that the source is."""
        return self._near(source, own)

    def gap_m(self, source: BaseGeometry) -> float:
        """How far the nearest edge is, in m; for saying so. Infinite where there is none."""
        nearest = self._tree.nearest(source)
        return float("inf") if nearest is None else self._lines[nearest].distance(source) / 1000

    def along(
        self, near: Point, spacing_mm: int, classes: Sequence[str], within_mm: int | None = None
    ) -> list[Kerb]:
        """Kerb points at even distances along edges of some classes, the nearest first."""
        here = shapely.Point(near)
        found: list[tuple[int, str, Kerb]] = []
        for index, (edge, line) in enumerate(zip(self._edges, self._lines, strict=True)):
            if edge.facts.road_class not in classes or not edge.facts.may_wait:
                continue
            if within_mm is not None and line.distance(here) > within_mm:
                continue
            length_mm = line_length_mm(self._shapes[index])
            # Half a spacing clear of either end, so of every junction and gate.
            for offset_mm in range(spacing_mm // 2, length_mm - spacing_mm // 2, spacing_mm):
                kerb = self._beside(index, offset_mm, None)
                if not self._may_stand(kerb, None):
                    continue
                found.append((round(line.interpolate(offset_mm).distance(here)), edge.id, kerb))
        return [kerb for _, _, kerb in sorted(found, key=lambda one: one[:2])]

    def _may_stand(self, kerb: Kerb, own: int | None) -> bool:
        """Out of every lane (those inside a bend and beside it too), in no building, in sight."""
        here, clear_mm = shapely.Point(kerb.x_mm, kerb.y_mm), self._least_mm - ROUNDING_MM
        if self._lanes.query(here, predicate="dwithin", distance=clear_mm - 1).size:
            return False
        inside = self._walls.query(here, predicate="intersects").tolist()
        if any(self._hides[number] for number in inside):
            return False
        return self._sees_its_goal(kerb, own)

    def _sees_its_goal(self, kerb: Kerb, own: int | None) -> bool:
        if kerb.goal is None:
            return True
        return self._in_sight(shapely.LineString([(kerb.x_mm, kerb.y_mm), kerb.goal]), own)

    def anywhere(self) -> Kerb:
        """For a net so small that nothing else fits: the middle of the longest edge, or a node."""
        lengths = [(-line_length_mm(shape), i) for i, shape in enumerate(self._shapes)]
        if lengths:
            longest_mm, index = min(lengths)
            return self._beside(index, -longest_mm // 2, None)
        node = self._any_node
        return Kerb("", 0, *self._net.points[node], 0, node)

    def apart_from(
        self, kerb: Kerb, others: Sequence[Kerb], apart_mm: int, own: int | None = None
    ) -> Kerb:
        """The nearest spot along the same edge and side where none of the others stands; itself
        where it is free or all is taken. `own` is the number of the block that it is for.
        """
        taken = [other.offset_mm for other in others if other.edge == kerb.edge and not other.node]
        index = self._number.get(kerb.edge)
        if index is None or all(abs(kerb.offset_mm - one) >= apart_mm for one in taken):
            return kerb
        low_mm, high_mm = self._free_stretch(index)
        for step_mm in range(GRID_MM, MAX_MOVE_MM + 1, GRID_MM):
            for offset_mm in (kerb.offset_mm + step_mm, kerb.offset_mm - step_mm):
                free = all(abs(offset_mm - one) >= apart_mm for one in taken)
                if free and low_mm <= offset_mm <= high_mm:
                    moved = self._beside(index, offset_mm, None, self._side_of(index, kerb))
                    moved = msgspec.structs.replace(moved, gap_mm=kerb.gap_mm, goal=kerb.goal)
                    if self._may_stand(moved, own):
                        return moved
        return kerb

    def _side_of(self, index: int, kerb: Kerb) -> float:
        line = self._lines[index]
        at = line.interpolate(kerb.offset_mm)
        dx, dy = self._heading(index, kerb.offset_mm)
        return 1.0 if dx * (kerb.y_mm - at.y) - dy * (kerb.x_mm - at.x) > 0 else -1.0

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
        makeshift: Kerb | None = None
        for gap_mm, _, index in sorted(gaps):
            way = shapely.shortest_line(self._lines[index], source)
            if not self._in_sight(way, own):
                continue
            if source.area and gap_mm > 0:
                middle = _before_the_middle(self._lines[index], source, way, gap_mm)
                way = middle if self._in_sight(middle, own) else way
            kerb = self._kerb(index, way, gap_mm, own)
            if self._may_stand(kerb, own):
                return kerb
            if makeshift is None and self._sees_its_goal(kerb, own):
                makeshift = kerb
        return makeshift

    def _from_corners(self, block: Block) -> Kerb | None:
        """Where the shortest way out is barred there may be one past the neighbour, from a corner
        that a person reaches along the own wall."""
        corners = shapely.points(shapely.get_coordinates(block.shape)[:MAX_CORNERS])
        found = (self._near(corner, None) for corner in corners)
        kerbs = [kerb for kerb in found if kerb is not None]
        return min(kerbs, key=lambda kerb: (kerb.gap_mm, kerb.edge, kerb.offset_mm), default=None)

    def _in_sight(self, way: BaseGeometry, own: int | None) -> bool:
        crossed = self._walls.query(way, predicate="intersects").tolist()
        return not any(
            number != own
            and self._hides[number]
            and way.intersection(self._obstacles[number]).length > MAX_THROUGH_MM
            for number in crossed
        )

    def _kerb(self, index: int, way: BaseGeometry, gap_mm: int, own: int | None) -> Kerb:
        """Where the way begins; where nobody may stand there, a little along or across."""
        on_edge, toward = map(shapely.Point, way.coords)
        offset_mm = round(self._lines[index].project(on_edge) / GRID_MM) * GRID_MM
        low_mm, high_mm = self._free_stretch(index)
        goal = round(toward.x), round(toward.y)
        kerbs: list[Kerb] = []
        for across in (False, True):
            for step_mm in SIDESTEPS_MM:
                at_mm = min(max(offset_mm + step_mm, low_mm), high_mm)
                side = -self._side_of(index, kerbs[0]) if across else None
                kerb = self._beside(index, at_mm, toward, side)
                kerbs.append(msgspec.structs.replace(kerb, gap_mm=gap_mm, goal=goal))
                if self._may_stand(kerbs[-1], own):
                    return kerbs[-1]
        return kerbs[0]

    def _free_stretch(self, index: int) -> tuple[int, int]:
        """Where along an edge one may stand, clear of junctions and gates."""
        edge, length_mm = self._edges[index], line_length_mm(self._shapes[index])
        low_mm = min(self._clear_mm.get(edge.start, 0), length_mm // 2)
        return low_mm, length_mm - min(self._clear_mm.get(edge.end, 0), length_mm // 2)

    def _beside(
        self, index: int, offset_mm: int, toward: shapely.Point | None, side: float | None = None
    ) -> Kerb:
        """Off the lane: on the given side, else on that of `toward` where there is room before it,
        else on the other; without it on the one that traffic keeps to.
        """
        edge = self._edges[index]
        at, (dx, dy) = self._lines[index].interpolate(offset_mm), self._heading(index, offset_mm)
        norm = (dx * dx + dy * dy) ** 0.5 or 1.0
        half_mm = HALF_WIDTH_MM.get(edge.facts.road_class, 1_000)
        aside_mm = min(max(edge.facts.width_m * 500 or half_mm, self._least_mm), MAX_ASIDE_MM)
        if side is None and toward is not None and at.distance(toward) > ON_THE_WAY_MM:
            side = 1.0 if dx * (toward.y - at.y) - dy * (toward.x - at.x) > 0 else -1.0
            room_mm = at.distance(toward) / 2
            if room_mm < self._least_mm:
                side = -side
            else:
                aside_mm = min(aside_mm, room_mm)
        side = side or self._free_side
        x_mm = round(at.x - side * dy / norm * aside_mm)
        y_mm = round(at.y + side * dx / norm * aside_mm)
        return Kerb(edge.id, offset_mm, x_mm, y_mm, 0)

    def _heading(self, index: int, offset_mm: int) -> tuple[float, float]:
        line = self._lines[index]
        ahead, behind = line.interpolate(offset_mm + 500), line.interpolate(max(offset_mm - 500, 0))
        return ahead.x - behind.x, ahead.y - behind.y


def _before_the_middle(
    line: shapely.LineString, source: BaseGeometry, way: BaseGeometry, gap_mm: int
) -> BaseGeometry:
    """The short way to a house from the middle of the stretch that runs along it: along a front
    every corner is as near as the other."""
    along = shapely.intersection(line, source.buffer(gap_mm + FRONT_MM))
    start = shapely.Point(way.coords[0])
    pieces = shapely.get_parts(along)
    piece = pieces[int(shapely.distance(pieces, start).argmin())]
    return shapely.shortest_line(piece.interpolate(0.5, normalized=True), source)
