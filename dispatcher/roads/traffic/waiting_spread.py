# SPDX-License-Identifier: Apache-2.0
"""How far it is, driving, from a point of the roads to the next or the last waiting place.

What must hold: a place on the other side of the road, for robots that drive the other way, does not
count; neither does one that only a turn on the spot would lead to.
"""

import heapq
from collections.abc import Callable, Mapping

from dispatcher.roads.traffic.drawn import DrawnEdge, incident, other_way

Arc = tuple[str, str]
"""(edge, direction driven)"""


class Spread:
    """Places are added as they are found; then `near` tells where none is needed."""

    def __init__(self, drawn: Mapping[str, DrawnEdge]) -> None:
        self._drawn = drawn
        self._out: dict[str, list[Arc]] = {}
        self._in: dict[str, list[Arc]] = {}
        for node, ends in incident(drawn).items():
            self._out[node] = [arc for arc in ends if arc[1] in drawn[arc[0]].directions]
            arrivals = [(edge, other_way(away)) for edge, away in ends]
            self._in[node] = [arc for arc in arrivals if arc[1] in drawn[arc[0]].directions]
        self._driven: dict[Arc, list[int]] = {}

    def add(self, edge_id: str, offset_mm: int, direction: str) -> None:
        """`direction` is `forward`, `backward` or `both`."""
        one = self._drawn[edge_id]
        for way in one.directions:
            if direction in (way, "both"):
                driven = self._driven.setdefault((edge_id, way), [])
                driven.append(one.driven_mm(offset_mm, way))
                driven.sort()

    def add_at(self, node: str) -> None:
        """A place at a node serves whoever comes by, from anywhere to anywhere."""
        for edge_id, away in self._out[node] + self._in[node]:
            one = self._drawn[edge_id]
            self.add(edge_id, 0 if node == one.edge.from_node else one.line_mm, away)

    def near(
        self, edge_id: str, offset_mm: int, direction: str, within_mm: int, ends: frozenset[str]
    ) -> bool:
        """Whether a place, or a node of `ends`, lies less than `within_mm` ahead or behind."""
        one = self._drawn[edge_id]
        at_mm = one.driven_mm(offset_mm, direction)
        arc = (edge_id, direction)
        if any(abs(driven_mm - at_mm) < within_mm for driven_mm in self._driven.get(arc, ())):
            return True
        ahead = (one.line_mm - at_mm, one.end(direction))
        behind = (at_mm, one.end(other_way(direction)))
        return self._reached(ahead, arc, within_mm, ends, self._ahead) or self._reached(
            behind, arc, within_mm, ends, self._behind
        )

    def near_node(self, node: str, within_mm: int, ends: frozenset[str]) -> bool:
        """The same from a node, any way."""
        return self._reached((0, node), None, within_mm, ends, self._ahead) or self._reached(
            (0, node), None, within_mm, ends, self._behind
        )

    def _ahead(self, node: str) -> list[tuple[Arc, str, int | None]]:
        """The arcs that lead on: where to, and how far along them the first place lies."""
        found: list[tuple[Arc, str, int | None]] = []
        for arc in self._out[node]:
            driven = self._driven.get(arc)
            found.append((arc, self._drawn[arc[0]].end(arc[1]), driven[0] if driven else None))
        return found

    def _behind(self, node: str) -> list[tuple[Arc, str, int | None]]:
        found: list[tuple[Arc, str, int | None]] = []
        for arc in self._in[node]:
            one, driven = self._drawn[arc[0]], self._driven.get(arc)
            back_mm = one.line_mm - driven[-1] if driven else None
            found.append((arc, one.end(other_way(arc[1])), back_mm))
        return found

    def _reached(
        self,
        start: tuple[int, str],
        came: Arc | None,
        within_mm: int,
        ends: frozenset[str],
        onward: Callable[[str], list[tuple[Arc, str, int | None]]],
    ) -> bool:
        turned = (came[0], other_way(came[1])) if came else None
        queue = [start]
        seen: set[str] = set()
        while queue:
            so_far_mm, node = heapq.heappop(queue)
            if so_far_mm >= within_mm:
                return False
            if node in ends:
                return True
            if node in seen:
                continue
            seen.add(node)
            for arc, following, place_mm in onward(node):
                if arc == turned:
                    continue
                if place_mm is not None and so_far_mm + place_mm < within_mm:
                    return True
                length_mm = self._drawn[arc[0]].line_mm
                heapq.heappush(queue, (so_far_mm + length_mm, following))
        return False
