# SPDX-License-Identifier: Apache-2.0
"""A site without roads: robots go straight from place to place, a little further than as it looks.

What must hold: it answers like any road graph. From every node an arc leads straight to every other
one; its length is the distance times the site's detour, rounded up, so that it is exact and at
least 1 mm. The arc from node i to node j of n has the number i * n + j. The arrays in `net` hold
the nodes alone: what is the same for every pair is reckoned, not stored.
"""

from collections.abc import Iterator
from functools import cached_property

import networkx as nx
import numpy as np

from dispatcher.roads.arc_arrays import Ints, read_only
from dispatcher.roads.graph import Arc, RoadGraph
from dispatcher.roads.joining import Net
from robot_agent.campus import Campus, Edge
from robot_agent.campus_frame import Point

MAX_PLACES = 500
"""There is a line for every two places, and each is looked at when a zone begins or an area closes:
half a second of one processor for so many places, four times that for twice as many."""
ROAD_CLASS = "shared"


class PlanarError(ValueError):
    """A site that cannot be served without roads; one sentence."""


class PlanarGraph(RoadGraph):
    """Immutable; the campus of a site whose `planar` is true.

    Raises PlanarError for a site with roads or more than MAX_PLACES places.
    """

    def __init__(self, campus: Campus) -> None:
        site = campus.site
        if not site.planar:
            raise PlanarError(f"site {site.id} has roads")
        if len(campus.nodes) > MAX_PLACES:
            count = f"{len(campus.nodes):,} places, more than {MAX_PLACES:,}"
            raise PlanarError(f"site {site.id} has no roads and {count}")
        super().__init__(campus, Net(nodes=campus.nodes, edges={}, parts={}))
        self._points = [(node.x_mm, node.y_mm) for node in self._nodes.values()]

    def arcs(self) -> Iterator[Arc]:
        """Every arc, by number."""
        for u in self.node_ids:
            for v in self.node_ids:
                if u != v:
                    yield self._straight(u, v)

    def arc(self, number: int) -> Arc:
        """Raises IndexError where there is no such arc."""
        tail, head = divmod(number, len(self.node_ids))
        if tail == head or tail < 0:
            raise IndexError(number)
        return self._straight(self.node_ids[tail], self.node_ids[head])

    def arc_number(self, u: str, v: str) -> int:
        """The number of the arc from u to v; raises KeyError where there is none."""
        if u == v:
            raise KeyError((u, v))
        return self.node_number(u) * len(self.node_ids) + self.node_number(v)

    def edge_between(self, u: str, v: str) -> Edge:
        """A straight edge from u to v; raises KeyError where there is none."""
        return self.arc(self.arc_number(u, v)).edge

    def shape_between(self, u: str, v: str) -> tuple[Point, ...]:
        """The two points; raises KeyError."""
        return self.edge_between(u, v).shape

    def locate(
        self,
        edge_id: str,
        offset_mm: int,  # noqa: ARG002
        *,
        forward: bool = True,  # noqa: ARG002
    ) -> tuple[int, int]:
        """Raises KeyError: the campus has no edges."""
        raise KeyError(edge_id)

    @cached_property
    def components(self) -> tuple[int, ...]:
        """Everything is one part."""
        return (0,) * len(self.node_ids)

    def to_networkx(self) -> "nx.MultiDiGraph[str]":
        """The same net for networkx; it has an arc for every pair of nodes."""
        graph = super().to_networkx()
        for arc in self.arcs():
            edge = arc.edge
            graph.add_edge(
                arc.tail,
                arc.head,
                key=edge.id,
                edge=edge.id,
                length_mm=edge.length_mm,
                speed_mm_s=edge.speed_mm_s,
            )
        return graph

    @cached_property
    def ways_mm(self) -> Ints:
        """[i, j]: how far it is between two nodes by number; 0 to itself."""
        points = np.array(self._points, dtype=np.int64).reshape(-1, 2)
        dx, dy = (points[:, None, axis] - points[None, :, axis] for axis in (0, 1))
        ways_mm = np.maximum(1, -(-distances_mm(dx, dy) * self.campus.site.detour_pct // 100))
        np.fill_diagonal(ways_mm, 0)
        return read_only(ways_mm)

    def _straight(self, u: str, v: str) -> Arc:
        tail, head = self.node_number(u), self.node_number(v)
        edge = Edge(
            id=f"{u}-{v}",
            from_node=u,
            to_node=v,
            length_mm=int(self.ways_mm[tail, head]),
            oneway="forward",
            road_class=ROAD_CLASS,
            speed_mm_s=self.campus.site.speed_mm_s,
            width_mm=0,
            access="open",
            shape=(self._points[tail], self._points[head]),
        )
        return Arc(u, v, edge)


def distances_mm(dx: Ints, dy: Ints) -> Ints:
    """The lengths of vectors of less than 10^9 mm, as `distance_mm` rounds them."""
    squares = 4 * (dx * dx + dy * dy)
    roots = np.sqrt(squares.astype(np.float64)).astype(np.int64)
    # The float may be off by one at most; the whole root is what is wanted.
    roots -= roots * roots > squares
    roots += (roots + 1) * (roots + 1) <= squares
    return (roots + 1) // 2
