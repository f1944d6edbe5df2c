# SPDX-License-Identifier: Apache-2.0
"""The road graph: a campus seen as arcs that a robot may drive.

What must hold: it never changes; between two nodes there is at most one arc in each direction, the
fastest of the edges there (closed edges and loops carry none), so that a way is told by its nodes.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from robot_agent.campus import Campus, Edge, Node, Place
from robot_agent.campus_frame import Point


class Arc(msgspec.Struct, frozen=True):
    """One direction of one edge."""

    tail: str
    head: str
    edge: Edge

    @property
    def shape(self) -> tuple[Point, ...]:
        forward = self.tail == self.edge.from_node
        return self.edge.shape if forward else self.edge.shape[::-1]


class RoadGraph:
    """Immutable; made from a campus by `from_campus`."""

    def __init__(self, campus: Campus, arcs: Mapping[str, Mapping[str, Arc]]) -> None:
        self.campus = campus
        self._arcs = arcs
        self._node_ids = tuple(arcs)
        self._by_role: dict[str, tuple[Place, ...]] = {}
        for place in campus.places.values():
            self._by_role[place.role] = (*self._by_role.get(place.role, ()), place)

    @classmethod
    def from_campus(cls, campus: Campus) -> "RoadGraph":
        best: dict[str, dict[str, Arc]] = {key: {} for key in campus.nodes}
        for edge in campus.edges.values():
            for arc in _arcs_of(edge):
                known = best[arc.tail].get(arc.head)
                if known is None or _slowness(arc.edge) < _slowness(known.edge):
                    best[arc.tail][arc.head] = arc
        frozen = {key: MappingProxyType(dict(sorted(out.items()))) for key, out in best.items()}
        return cls(campus, MappingProxyType(frozen))

    @property
    def node_ids(self) -> tuple[str, ...]:
        """All nodes, sorted by id."""
        return self._node_ids

    def node(self, node_id: str) -> Node:
        """Raises KeyError where there is no such node."""
        return self.campus.nodes[node_id]

    def place(self, place_id: str) -> Place:
        """Raises KeyError where there is no such place."""
        return self.campus.places[place_id]

    def places(self, role: str) -> tuple[Place, ...]:
        """The stops, stations, chargers or parkings, sorted by id."""
        return self._by_role.get(role, ())

    def arcs(self) -> Iterator[Arc]:
        """Every arc, by tail and then head."""
        for out in self._arcs.values():
            yield from out.values()

    def edge_between(self, u: str, v: str) -> Edge:
        """The fastest edge from u to v (tie: smallest id); raises KeyError where there is none."""
        return self._arcs[u][v].edge

    def shape_between(self, u: str, v: str) -> tuple[Point, ...]:
        """The points (x_mm, y_mm) from u to v, both included; raises KeyError."""
        return self._arcs[u][v].shape

    def bends_between(self, u: str, v: str) -> int:
        """How many points lie between u and v on the way; raises KeyError."""
        return len(self._arcs[u][v].edge.shape) - 2


def _arcs_of(edge: Edge) -> Iterator[Arc]:
    if edge.access == "closed" or edge.from_node == edge.to_node:
        return
    if edge.oneway != "backward":
        yield Arc(edge.from_node, edge.to_node, edge)
    if edge.oneway != "forward":
        yield Arc(edge.to_node, edge.from_node, edge)


def _slowness(edge: Edge) -> tuple[int, str]:
    return drive_ms(edge.length_mm, edge.speed_mm_s), edge.id


def drive_ms(length_mm: int, speed_mm_s: int) -> int:
    """How long a stretch takes, rounded up to whole ms."""
    return -(-length_mm * 1000 // speed_mm_s)
