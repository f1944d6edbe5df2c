# SPDX-License-Identifier: Apache-2.0
"""Edges as they were drawn: the parts that places cut a road into, put together again.

What must hold: offsets along a drawn edge are those that a map file says, so what is found here can
be written into the file; an edge that nothing cut is itself.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import msgspec
from msgspec import Struct

from robot_agent.campus import Campus, Edge
from robot_agent.campus_frame import Point, distance_mm, line_length_mm

DIRECTIONS = ("forward", "backward")


class DrawnEdge(Struct, frozen=True):
    """`edge` with its whole shape; `parts` are (where it starts in mm, id) as the campus has them.

    `places` are (where it hangs in mm, id) of the places that cut it.
    """

    edge: Edge
    line_mm: int
    parts: tuple[tuple[int, str], ...]
    places: tuple[tuple[int, str], ...]

    @property
    def directions(self) -> tuple[str, ...]:
        """The ways along it that may be driven; none where it is closed."""
        if self.edge.access == "closed":
            return ()
        return {"forward": DIRECTIONS[:1], "backward": DIRECTIONS[1:]}.get(
            self.edge.oneway, DIRECTIONS
        )

    def end(self, direction: str) -> str:
        """The node that a robot comes to."""
        return self.edge.to_node if direction == "forward" else self.edge.from_node

    def driven_mm(self, offset_mm: int, direction: str) -> int:
        """How far a robot has driven along it at an offset, and the other way round."""
        return offset_mm if direction == "forward" else self.line_mm - offset_mm

    def beside(self, offset_mm: int, aside_mm: int) -> Point:
        """The point to the right of the line as drawn (negative: left), at an offset along it."""
        behind_mm = 0
        for a, b in pairwise(self.edge.shape):
            step_mm = distance_mm(a, b)
            if behind_mm + step_mm >= offset_mm or b == self.edge.shape[-1]:
                break
            behind_mm += step_mm
        along = (offset_mm - behind_mm) / step_mm
        dx, dy = b[0] - a[0], b[1] - a[1]
        out = aside_mm / math.hypot(dx, dy)
        return round(a[0] + dx * along + dy * out), round(a[1] + dy * along - dx * out)


def drawn_edges(campus: Campus) -> dict[str, DrawnEdge]:
    """By the id that the map file gives, sorted."""
    drawn: dict[str, DrawnEdge] = {}
    taken: dict[str, str] = {}
    for first in campus.edges.values():
        if first.id.endswith(".1"):
            parts = list(_parts_from(first, campus))
            if len(parts) > 1:
                whole = _whole(parts)
                drawn[whole.edge.id] = whole
                taken.update((part.id, whole.edge.id) for part in parts)
    for edge in campus.edges.values():
        if edge.id not in taken:
            line_mm = line_length_mm(edge.shape)
            drawn[edge.id] = DrawnEdge(edge, line_mm, ((0, edge.id),), ())
    return dict(sorted(drawn.items()))


def driven_edges(campus: Campus) -> dict[str, DrawnEdge]:
    """Those that a robot gets to from a station and back from; closed ways and islands are not.

    Without a station all places count, and without a place every open edge.
    """
    drawn = {key: one for key, one in drawn_edges(campus).items() if one.directions}
    places = campus.places.values()
    stations = [place.node for place in places if place.role == "station"]
    origins = stations or [place.node for place in places]
    if not origins:
        return drawn
    there = ways_from(origins, drawn, DIRECTIONS[:1])
    back = ways_from(origins, drawn, DIRECTIONS[1:])
    return {
        key: one
        for key, one in drawn.items()
        if all(node in there and node in back for node in (one.edge.from_node, one.edge.to_node))
    }


def incident(drawn: Mapping[str, DrawnEdge]) -> dict[str, list[tuple[str, str]]]:
    """By node: every edge that ends there, as (id, the direction that leads away), sorted.

    Edges that nobody may enter are there too: a junction is one whoever uses it.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for edge_id, one in drawn.items():
        found.setdefault(one.edge.from_node, []).append((edge_id, "forward"))
        found.setdefault(one.edge.to_node, []).append((edge_id, "backward"))
    return found


def other_way(direction: str) -> str:
    return "backward" if direction == "forward" else "forward"


def ways_from(
    origins: Iterable[str], drawn: Mapping[str, DrawnEdge], sense: tuple[str, ...] = DIRECTIONS
) -> dict[str, int]:
    """How far each node is along the roads, in mm; a node that no road leads to is left out.

    `origins` may be nodes that cut an edge. `sense` `forward`: as robots drive; `backward`: to the
    origins, by ways driven towards them; both: one-ways disregarded.
    """
    at = incident(drawn)
    starts = dict.fromkeys(origins)
    queue = [(0, node) for node in starts]
    for one in drawn.values():
        for offset_mm, node in one.places:
            if node in starts:
                for away in _followed(one, sense):
                    left_mm = one.line_mm - one.driven_mm(offset_mm, away)
                    queue.append((left_mm, one.end(away)))
    heapq.heapify(queue)
    found: dict[str, int] = {}
    while queue:
        so_far_mm, node = heapq.heappop(queue)
        if node in found:
            continue
        found[node] = so_far_mm
        for edge_id, away in at.get(node, ()):
            one = drawn[edge_id]
            if away in _followed(one, sense) and one.end(away) not in found:
                heapq.heappush(queue, (so_far_mm + one.line_mm, one.end(away)))
    return found


def _followed(one: DrawnEdge, sense: tuple[str, ...]) -> tuple[str, ...]:
    """The directions along an edge that lead on from an origin."""
    if len(sense) == len(DIRECTIONS):
        return DIRECTIONS if one.directions else ()
    if sense == DIRECTIONS[:1]:
        return one.directions
    return tuple(other_way(direction) for direction in one.directions)


def _parts_from(first: Edge, campus: Campus) -> Iterator[Edge]:
    """The parts that follow each other over nodes that a cut made."""
    base, part = first.id[:-2], first
    if base in campus.edges:
        return
    yield part
    for number in range(2, len(campus.places) + 2):
        place = campus.places.get(part.to_node)
        following = campus.edges.get(f"{base}.{number}")
        if following is None or place is None or place.node != place.id:
            return
        if following.from_node != place.id:
            return
        yield following
        part = following


def _whole(parts: list[Edge]) -> DrawnEdge:
    shape, at_mm = list(parts[0].shape), line_length_mm(parts[0].shape)
    starts, places = [(0, parts[0].id)], []
    for part in parts[1:]:
        starts.append((at_mm, part.id))
        places.append((at_mm, part.from_node))
        shape += part.shape[1:]
        at_mm += line_length_mm(part.shape)
    edge = msgspec.structs.replace(
        parts[0],
        id=parts[0].id[:-2],
        to_node=parts[-1].to_node,
        shape=tuple(shape),
        length_mm=sum(part.length_mm for part in parts),
    )
    return DrawnEdge(edge, at_mm, tuple(starts), tuple(places))
