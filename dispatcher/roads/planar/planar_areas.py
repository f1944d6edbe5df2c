# SPDX-License-Identifier: Apache-2.0
"""Which straight lines and places of a site without roads lie in an area.

What must hold: it answers like `AreaIndex`, with all lines looked at in one go: there is one for
every two places. Where a line is inside is
rounded to whole mm of the arc's length.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np

from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.closing.areas import Area, AreaIndex, Areas, kept, points_inside
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.lines_inside import parts_inside
from dispatcher.roads.planar.planar_graph import PlanarGraph
from dispatcher.roads.times.elimination import Floats


class PlanarAreas:
    """`Areas` of a planar graph, which lies on level 0 as a whole."""

    def __init__(self, graph: PlanarGraph) -> None:
        self._graph = graph
        nodes = [graph.node(node_id) for node_id in graph.node_ids]
        self._xs = np.array([node.x_mm for node in nodes], dtype=np.int64)
        self._ys = np.array([node.y_mm for node in nodes], dtype=np.int64)
        self._touching: OrderedDict[Area, tuple[int, ...]] = OrderedDict()

    def tail(self, arc: int) -> int:
        """The node at which an arc begins."""
        return arc // len(self._xs)

    def into(self, node: int) -> tuple[int, ...]:  # noqa: ARG002
        """No arc: nobody passes a node on the way to another one."""
        return ()

    def touching(self, area: Area) -> tuple[int, ...]:
        """The arcs with a point inside."""
        return kept(self._touching, area, self._touched)

    def nodes_inside(self, area: Area) -> tuple[int, ...]:
        """The nodes inside."""
        return () if area.level else tuple(points_inside(self._xs, self._ys, area))

    def extra_mm(self, zones: Sequence[tuple[int, Area]]) -> Mapping[int, int]:
        """What these zones (per cent of time inside, area) add to the length of each arc.

        Both ways along a line are the same: each is reckoned once.
        """
        if not zones:
            return {}
        size = len(self._xs)
        columns: list[tuple[Ints, Ints, Ints, Ints]] = []
        for factor_pct, area in zones:
            tails, heads, begins, ends = self._inside(area)
            for shares, delta in ((begins, 1), (ends, -1)):
                at_mm = np.rint(shares * self._graph.ways_mm[tails, heads]).astype(np.int64)
                here = np.ones(len(tails), dtype=np.int64)
                columns.append((tails * size + heads, at_mm, here * delta, here * factor_pct))
        arcs, at_mm, deltas, factors = (
            np.concatenate(column) for column in zip(*columns, strict=True)
        )
        order = np.lexsort((at_mm, arcs))
        arcs, at_mm, deltas, factors = (each[order] for each in (arcs, at_mm, deltas, factors))
        slowest = np.full(len(arcs), 100)
        # By the end of an arc all zones are left again: counting on is counting afresh.
        for factor_pct in np.unique(factors).tolist():
            slowest[np.cumsum(np.where(factors == factor_pct, deltas, 0)) > 0] = factor_pct
        pct_mm = np.diff(at_mm, append=0) * (slowest - 100)
        lines, firsts = np.unique(arcs, return_index=True)
        extra_mm = -(-np.add.reduceat(pct_mm, firsts) // 100) if len(lines) else lines
        tails, heads = np.divmod(lines, size)
        both = (*lines.tolist(), *(heads * size + tails).tolist())
        return dict(zip(both, extra_mm.tolist() * 2, strict=True))

    def _touched(self, area: Area) -> tuple[int, ...]:
        tails, heads, _, _ = self._inside(area)
        size = len(self._xs)
        found: list[int] = np.union1d(tails * size + heads, heads * size + tails).tolist()
        return tuple(found)

    def _inside(self, area: Area) -> tuple[Ints, Ints, Floats, Floats]:
        """The parts of lines inside: both ends of the line, from and until what share of it."""
        tails, heads = np.triu_indices(0 if area.level else len(self._xs), 1)
        (left, bottom), (right, top) = np.min(area.ring, axis=0), np.max(area.ring, axis=0)
        ax, ay, bx, by = self._xs[tails], self._ys[tails], self._xs[heads], self._ys[heads]
        near = (np.maximum(ax, bx) > left) & (np.minimum(ax, bx) < right)
        near &= (np.maximum(ay, by) > bottom) & (np.minimum(ay, by) < top)
        tails, heads, ax, ay, bx, by = (column[near] for column in (tails, heads, ax, ay, bx, by))
        parts = parts_inside(ax, ay, bx - ax, by - ay, area.ring)
        return tails[parts.lines], heads[parts.lines], parts.begins, parts.ends


def areas_of(graph: RoadGraph) -> Areas:
    """The areas of a graph of either sort."""
    return PlanarAreas(graph) if isinstance(graph, PlanarGraph) else AreaIndex(graph)
