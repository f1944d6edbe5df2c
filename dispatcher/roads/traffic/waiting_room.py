# SPDX-License-Identifier: Apache-2.0
"""Where beside a road a robot may stand: what is left once everything to keep clear is cut out.

What must hold: nothing here lies on a crossing, bridge or other way with `may_wait` false, near a
gate, a crossing or a junction, in a closed or no_stop zone, in a building, in another's place.
"""

import math
from collections.abc import Mapping
from itertools import pairwise

import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import DrawnEdge, incident
from dispatcher.roads.traffic.passing import Passing
from robot_agent.campus import Campus, Place
from robot_agent.campus_frame import Point, distance_mm

CLEAR_MM = 5_000
"""Kept free before junctions, gates and crossings."""
KERB_GAP_MM = 200
BESIDE_GAP_MM = 300
QUEUE_GAP_MM = 500
GUESSED_WIDE_MM = 5_000
GUESSED_NARROW_MM = 1_500
Span = tuple[int, int]


class _Taken(Struct, frozen=True):
    """A stretch of an edge; `right` says on which side of the line as drawn, None: on both."""

    span: Span
    right: bool | None


class Room:
    """Answers whether a robot may stand somewhere, and remembers who does already."""

    def __init__(
        self,
        campus: Campus,
        drawn: Mapping[str, DrawnEdge],
        wide: Mapping[str, Passing],
        profile: RobotProfile,
    ) -> None:
        self._campus = campus
        self._drawn = drawn
        self._wide = wide
        self._profile = profile
        self._at = incident(drawn)
        self._crossings = self._nodes_of_crossings()
        self._areas = self._kept_clear()
        self._tree = shapely.STRtree([area for area, _ in self._areas])
        self._lanes = shapely.STRtree(self._narrow_lines())
        self._taken: dict[str, list[_Taken]] = {}
        self._closed: dict[str, list[Span]] = {}
        self._enter_places()

    def clear_at(self, node: str) -> int:
        """How far from a node a robot's middle must keep, for what the node is, in mm."""
        if node in self._crossings or self._campus.nodes[node].gate not in ("none", "kerb"):
            return CLEAR_MM + self._profile.length_mm // 2
        return 0

    def is_junction(self, node: str) -> bool:
        return len(self._at[node]) > 2

    def corner_of(self, node: str, aside_mm: int) -> Point:
        """The point in the middle of the widest gap between the ways that meet at a node."""
        here = self._campus.nodes[node]
        bearings = sorted(self._bearing(edge, away) for edge, away in self._at[node])
        gaps = [
            (following - bearing, -number)
            for number, (bearing, following) in enumerate(
                pairwise((*bearings, bearings[0] + math.tau))
            )
        ]
        gap, number = max(gaps)
        middle = bearings[-number] + gap / 2
        return (
            here.x_mm + round(aside_mm * math.cos(middle)),
            here.y_mm + round(aside_mm * math.sin(middle)),
        )

    def may_stand_at(self, node: str) -> bool:
        """Whether a robot may stand at the corner of a node."""
        here = self._campus.nodes[node]
        point = shapely.Point(here.x_mm, here.y_mm)
        return (
            self.clear_at(node) == 0
            and all(self._drawn[edge].edge.may_wait for edge, _ in self._at[node])
            and not self._area_at(point, here.level)
        )

    def stretch(self, offset_mm: int, direction: str, slots: int) -> Span:
        """What a queue takes whose first robot stands at the offset."""
        half_mm = self._profile.length_mm // 2
        behind_mm = (slots - 1) * (self._profile.length_mm + QUEUE_GAP_MM) + half_mm
        if direction == "forward":
            return offset_mm - behind_mm, offset_mm + half_mm
        return offset_mm - half_mm, offset_mm + behind_mm

    def is_free(self, edge_id: str, span: Span, direction: str, ends_mm: Span) -> bool:
        """Whether robots may stand along a stretch, `ends_mm` (at its start, at its end) clear of
        the junctions there."""
        one = self._drawn[edge_id]
        if not (one.edge.may_wait and one.directions):
            return False
        low_mm = max(ends_mm[0], self.clear_at(one.edge.from_node) - self._profile.length_mm // 2)
        high_mm = max(ends_mm[1], self.clear_at(one.edge.to_node) - self._profile.length_mm // 2)
        if span[0] < low_mm or span[1] > one.line_mm - high_mm:
            return False
        right = self._is_right(direction)
        return not (
            any(_meet(span, shut) for shut in self._shut(one))
            or any(
                _meet(span, taken.span) and taken.right in (None, right)
                for taken in self._taken.get(edge_id, ())
            )
        )

    def take(self, edge_id: str, span: Span, direction: str) -> None:
        """Enters a place: on both sides of the road, unless two that stand face to face are known
        to leave room between them for two to pass."""
        width_mm = self._drawn[edge_id].edge.width_mm
        robots_mm = 2 * (self._profile.width_mm + KERB_GAP_MM)
        roomy = width_mm >= self._profile.min_passing_mm + robots_mm
        right = self._is_right(direction) if roomy else None
        self._taken.setdefault(edge_id, []).append(_Taken(span, right))

    def blocks_nobody(self, edge_id: str, offset_mm: int, direction: str, slots: int) -> bool:
        """Whether the robots of a queue keep out of every building and narrow lane, near a fork
        for one.
        """
        step_mm = self._profile.length_mm + QUEUE_GAP_MM
        back_mm = -step_mm if direction == "forward" else step_mm
        spots = [
            self.standing_at(edge_id, offset_mm + back_mm * number, direction)
            for number in range(slots)
        ]
        if any(self.is_built_over(spot) for spot in spots):
            return False
        points, nearest_mm = [shapely.Point(spot) for spot in spots], self._profile.width_mm
        return not self._lanes.query(points, predicate="dwithin", distance=nearest_mm).size

    def standing_at(self, edge_id: str, offset_mm: int, direction: str) -> Point:
        """Where the robot stands: at the kerb of a wide way, beside a narrow one."""
        one = self._drawn[edge_id]
        aside_mm = self._aside_mm(edge_id)
        return one.beside(offset_mm, aside_mm if self._is_right(direction) else -aside_mm)

    def is_built_over(self, point: Point) -> bool:
        return self._area_at(shapely.Point(point), 0)

    def _bearing(self, edge_id: str, away: str) -> float:
        shape = self._drawn[edge_id].edge.shape
        a, b = shape[:2] if away == "forward" else shape[:-3:-1]
        return math.atan2(b[1] - a[1], b[0] - a[0])

    def _aside_mm(self, edge_id: str) -> int:
        width_mm, robot_mm = self._drawn[edge_id].edge.width_mm, self._profile.width_mm
        if self._wide[edge_id].wide:
            return max((width_mm or GUESSED_WIDE_MM) // 2 - robot_mm // 2 - KERB_GAP_MM, 0)
        return (width_mm or GUESSED_NARROW_MM) // 2 + robot_mm // 2 + BESIDE_GAP_MM

    def _is_right(self, direction: str) -> bool:
        """Robots keep right of their own way, or left; as seen along the line as drawn."""
        return (direction != "backward") != self._campus.site.left_hand

    def _nodes_of_crossings(self) -> set[str]:
        return {
            node
            for node, ends in self._at.items()
            if self._campus.nodes[node].gate == "crossing"
            or any(self._drawn[edge].edge.road_class == "crossing" for edge, _ in ends)
        }

    def _narrow_lines(self) -> list[BaseGeometry]:
        return [
            shapely.LineString(one.edge.shape)
            for key, one in self._drawn.items()
            if one.directions and not self._wide[key].wide
        ]

    def _kept_clear(self) -> list[tuple[BaseGeometry, int | None]]:
        half_mm = self._profile.length_mm // 2
        areas: list[tuple[BaseGeometry, int | None]] = [
            (shapely.Polygon(zone.outline).buffer(half_mm), zone.level)
            for zone in self._campus.zones.values()
            if zone.zone_kind in ("closed", "no_stop")
        ]
        areas += [
            (shapely.Polygon(building.outline).buffer(0), 0)
            for building in self._campus.buildings.values()
        ]
        return areas

    def _area_at(self, point: BaseGeometry, level: int) -> bool:
        return any(
            self._areas[number][1] in (None, level)
            for number in self._tree.query(point, predicate="intersects").tolist()
        )

    def _shut(self, one: DrawnEdge) -> list[Span]:
        known = self._closed.get(one.edge.id)
        if known is None:
            known = self._closed[one.edge.id] = self._in_areas(one)
        return known

    def _in_areas(self, one: DrawnEdge) -> list[Span]:
        line = shapely.LineString(one.edge.shape)
        spans: list[Span] = []
        for number in sorted(self._tree.query(line, predicate="intersects").tolist()):
            area, level = self._areas[number]
            if level not in (None, one.edge.level):
                continue
            for piece in shapely.get_parts(line.intersection(area)).tolist():
                at_mm = [line.project(shapely.Point(point)) for point in piece.coords]
                spans.append((int(min(at_mm)), -int(-max(at_mm) // 1)))
        return spans

    def _enter_places(self) -> None:
        """Places of the map stand somewhere too: on the side of the road where their point is."""
        hung: dict[str, list[Place]] = {}
        for place in self._campus.places.values():
            hung.setdefault(place.node, []).append(place)
        for edge_id, one in self._drawn.items():
            ends = ((0, one.edge.from_node), (one.line_mm, one.edge.to_node))
            for offset_mm, node in (*one.places, *ends):
                for place in hung.get(node, ()):
                    half_mm = place.slots * (self._profile.length_mm + QUEUE_GAP_MM) // 2
                    span = (offset_mm - half_mm, offset_mm + half_mm)
                    right = _lies_right(one, offset_mm, (place.x_mm, place.y_mm))
                    self._taken.setdefault(edge_id, []).append(_Taken(span, right))


def _lies_right(one: DrawnEdge, offset_mm: int, point: Point) -> bool:
    right, left = one.beside(offset_mm, 1000), one.beside(offset_mm, -1000)
    return distance_mm(point, right) <= distance_mm(point, left)


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
