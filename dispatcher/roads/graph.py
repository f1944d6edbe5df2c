# SPDX-License-Identifier: Apache-2.0
"""The road graph: a campus seen as arcs that a robot may drive.

What must hold: it never changes; between two nodes there is at most one arc in each direction
(closed edges and loops carry none, mere joints are gone, a slower parallel edge has a node at its
middle), so that a way is told by its nodes. Numbers of nodes and arcs follow the sorted ids.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

import msgspec
import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from dispatcher.roads.arc_arrays import arc_arrays
from dispatcher.roads.joining import Net, joined_net
from dispatcher.roads.times.elimination import Elimination, eliminate
from robot_agent.campus import Campus, Edge, Node, Place
from robot_agent.campus_frame import Point


class Arc(msgspec.Struct, frozen=True):
    """One direction of one edge."""

    tail: str
    head: str
    edge: Edge

    @property
    def forward(self) -> bool:
        """Whether it runs as its edge is drawn."""
        return self.tail == self.edge.from_node

    @property
    def shape(self) -> tuple[Point, ...]:
        return self.edge.shape if self.forward else self.edge.shape[::-1]


class RoadGraph:
    """Immutable; made from a campus by `from_campus`."""

    def __init__(self, campus: Campus, joined: Net) -> None:
        self.campus = campus
        self._nodes = MappingProxyType(joined.nodes)
        self._parts = joined.parts
        self._edges = joined.edges
        self._node_ids = tuple(joined.nodes)
        self._numbers = {node_id: number for number, node_id in enumerate(self._node_ids)}
        self.net, edges = arc_arrays(joined.nodes, joined.edges)
        self._arcs = tuple(
            Arc(self._node_ids[tail], self._node_ids[head], edge)
            for tail, head, edge in zip(
                self.net.tails.tolist(), self.net.heads.tolist(), edges, strict=True
            )
        )
        self._between = {(arc.tail, arc.head): number for number, arc in enumerate(self._arcs)}
        self._by_role: dict[str, tuple[Place, ...]] = {}
        for place in campus.places.values():
            self._by_role[place.role] = (*self._by_role.get(place.role, ()), place)

    @classmethod
    def from_campus(cls, campus: Campus) -> "RoadGraph":
        return cls(campus, joined_net(campus))

    @property
    def node_ids(self) -> tuple[str, ...]:
        """All nodes, sorted by id; a node's number is its place here."""
        return self._node_ids

    @property
    def nodes(self) -> Mapping[str, Node]:
        """All nodes by id: those of the campus that are left, and the middles of parallel edges."""
        return self._nodes

    def node(self, node_id: str) -> Node:
        """Raises KeyError where there is no such node."""
        return self._nodes[node_id]

    def node_number(self, node_id: str) -> int:
        """Raises KeyError where there is no such node."""
        return self._numbers[node_id]

    def place(self, place_id: str) -> Place:
        """Raises KeyError where there is no such place."""
        return self.campus.places[place_id]

    def places(self, role: str) -> tuple[Place, ...]:
        """The stops, stations, chargers or parkings, sorted by id."""
        return self._by_role.get(role, ())

    def arcs(self) -> Iterator[Arc]:
        """Every arc, by number."""
        return iter(self._arcs)

    def arc(self, number: int) -> Arc:
        """Raises IndexError where there is no such arc."""
        return self._arcs[number]

    def arc_number(self, u: str, v: str) -> int:
        """The number of the arc from u to v; raises KeyError where there is none."""
        return self._between[u, v]

    def edge_between(self, u: str, v: str) -> Edge:
        """The edge from u to v; raises KeyError where there is none."""
        return self._arcs[self._between[u, v]].edge

    def shape_between(self, u: str, v: str) -> tuple[Point, ...]:
        """The points (x_mm, y_mm) from u to v, both included; raises KeyError."""
        return self._arcs[self._between[u, v]].shape

    def bends_between(self, u: str, v: str) -> int:
        """How many points lie between u and v on the way; raises KeyError."""
        return len(self.edge_between(u, v).shape) - 2

    def locate(self, edge_id: str, offset_mm: int, *, forward: bool = True) -> tuple[int, int]:
        """(arc number, mm along that arc) of a point of one of the campus's edges.

        `offset_mm` counts along the edge as drawn, `forward` says which way one drives there.
        Raises KeyError where no arc runs along the edge that way (closed, oneway, a loop).
        """
        length_mm = self.campus.edges[edge_id].length_mm
        at_mm = min(max(offset_mm, 0), length_mm)
        for part in self._parts[edge_id]:
            edge = self._edges[part.edge]
            along_mm = part.start_mm + (at_mm if part.forward else length_mm - at_mm)
            if along_mm > edge.length_mm:
                continue
            if part.forward == forward:
                return self._between[edge.from_node, edge.to_node], along_mm
            return self._between[edge.to_node, edge.from_node], edge.length_mm - along_mm
        raise KeyError(edge_id)

    @cached_property
    def components(self) -> tuple[int, ...]:
        """By node number: the strongly connected part it belongs to, 0 the largest.

        Within a part every node is reached from every other one and left again.
        """
        size = self.net.nodes
        matrix = csr_matrix(
            (np.ones(self.net.arcs), self.net.heads, self.net.starts), shape=(size, size)
        )
        count, labels = connected_components(matrix, directed=True, connection="strong")
        sizes = np.bincount(labels, minlength=count)
        # Equal sizes: by their first node, so that scipy's order of labels does not show.
        firsts = np.unique(labels, return_index=True)[1]
        ranks = np.empty(count, dtype=np.int64)
        ranks[np.lexsort((firsts, -sizes))] = np.arange(count)
        return tuple(ranks[labels].tolist())

    @cached_property
    def elimination(self) -> Elimination:
        """The smaller net in which the rows of a travel table are searched."""
        return eliminate(self.net)

    def to_networkx(self) -> "nx.MultiDiGraph[str]":
        """The same net for networkx: nodes and arcs with their facts, arcs keyed by edge id."""
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self._nodes.values():
            graph.add_node(node.id, **_facts(node, ("id",)))
        for arc in self._arcs:
            facts = _facts(arc.edge, ("id", "from_node", "to_node", "oneway"))
            facts["shape"] = arc.shape
            facts["incline_permille"] = arc.edge.incline_permille * (1 if arc.forward else -1)
            graph.add_edge(arc.tail, arc.head, key=arc.edge.id, edge=arc.edge.id, **facts)
        return graph


def _facts(struct: Node | Edge, left_out: tuple[str, ...]) -> dict[str, object]:
    facts = msgspec.structs.asdict(struct)
    for name in left_out:
        del facts[name]
    return facts
