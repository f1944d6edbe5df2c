# SPDX-License-Identifier: Apache-2.0
"""How long every way takes, for one map revision and one robot speed.

What must hold: times are exact int ms (the search adds whole numbers in float64, far below 2^53);
a path's arcs add up to exactly the time given for it; between equally fast ways the choice depends
on edge ids alone. Rows are made when first asked for, one search on the reversed graph a target,
and the least recently used are dropped above MAX_ROWS.
"""

from collections import OrderedDict
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatcher.roads.graph import RoadGraph, drive_ms

UNREACHABLE = -1
MAX_ROWS = 4096

Ints = npt.NDArray[np.int64]


class Unreachable(ValueError):
    """There is no way from one node to the other."""


class _Row(msgspec.Struct):
    """Everything about one target: from each node the time, the length and the next arc (or -1)."""

    times_ms: Ints
    lengths_mm: Ints
    next_arcs: Ints


class TravelTimes:
    """Times and ways between nodes; unknown node ids raise KeyError."""

    def __init__(self, graph: RoadGraph, speed_mm_s: int) -> None:
        if speed_mm_s <= 0:
            raise ValueError(f"speed_mm_s is {speed_mm_s}, not above 0")
        self.graph = graph
        self.speed_mm_s = speed_mm_s
        self._index = {node_id: index for index, node_id in enumerate(graph.node_ids)}
        # By tail and then edge id: the first arc of a tail that lies on a fastest way is the one.
        arcs = sorted(graph.arcs(), key=lambda arc: (self._index[arc.tail], arc.edge.id, arc.head))
        self._tails = np.array([self._index[arc.tail] for arc in arcs], dtype=np.int64)
        self._heads = np.array([self._index[arc.head] for arc in arcs], dtype=np.int64)
        self._arc_lengths_mm = np.array([arc.edge.length_mm for arc in arcs], dtype=np.int64)
        self._arc_times_ms = np.array(
            [
                drive_ms(arc.edge.length_mm, min(arc.edge.speed_mm_s, speed_mm_s))
                + graph.node(arc.head).wait_ms
                for arc in arcs
            ],
            dtype=np.int64,
        )
        size = len(self._index)
        weights = self._arc_times_ms.astype(np.float64)
        self._reversed = csr_matrix((weights, (self._heads, self._tails)), shape=(size, size))
        self._rows: OrderedDict[int, _Row] = OrderedDict()

    def time_ms(self, from_node: str, to_place_node: str) -> int:
        """The fastest way's time; UNREACHABLE where there is none.

        Passing or entering a node with a gate costs its wait; leaving one does not.
        """
        row = self._row(to_place_node)
        return int(row.times_ms[self._index[from_node]])

    def length_mm(self, from_node: str, to_node: str) -> int:
        """The length along the fastest way; UNREACHABLE where there is none."""
        row = self._row(to_node)
        return int(row.lengths_mm[self._index[from_node]])

    def path(self, from_node: str, to_node: str) -> tuple[str, ...]:
        """The nodes of the fastest way, both ends included. Raises Unreachable."""
        row = self._row(to_node)
        at, target = self._index[from_node], self._index[to_node]
        if row.times_ms[at] == UNREACHABLE:
            raise Unreachable(f"there is no way from {from_node} to {to_node}")
        nodes = [at]
        while at != target:
            at = int(self._heads[row.next_arcs[at]])
            nodes.append(at)
        return tuple(self.graph.node_ids[index] for index in nodes)

    def matrix(self, nodes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Times in ms, [i][j] from nodes[i] to nodes[j]."""
        return self._table(nodes, [self._row(node).times_ms for node in nodes])

    def lengths(self, nodes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Lengths in mm along the fastest ways, [i][j] from nodes[i] to nodes[j]."""
        return self._table(nodes, [self._row(node).lengths_mm for node in nodes])

    def _table(self, nodes: Sequence[str], rows: list[Ints]) -> tuple[tuple[int, ...], ...]:
        picked = [self._index[node] for node in nodes]
        columns = [row[picked].tolist() for row in rows]
        return tuple(zip(*columns, strict=True))

    def _row(self, to_node: str) -> _Row:
        target = self._index[to_node]
        row = self._rows.get(target)
        if row is None:
            row = self._searched(target)
            self._rows[target] = row
            if len(self._rows) > MAX_ROWS:
                self._rows.popitem(last=False)
        else:
            self._rows.move_to_end(target)
        return row

    def _searched(self, target: int) -> _Row:
        found = dijkstra(self._reversed, indices=target)
        reached = np.isfinite(found)
        times_ms = np.where(reached, found, UNREACHABLE).astype(np.int64)
        onward = times_ms[self._heads]
        fits = (onward != UNREACHABLE) & (self._arc_times_ms + onward == times_ms[self._tails])
        tails, first = np.unique(self._tails[fits], return_index=True)
        next_arcs = np.full(len(times_ms), -1, dtype=np.int64)
        next_arcs[tails] = np.flatnonzero(fits)[first]
        next_arcs[target] = -1
        lengths_mm = np.where(reached, 0, UNREACHABLE).astype(np.int64)
        # Nearest first: an arc takes at least 1 ms, so what lies ahead is always known already.
        for node in np.argsort(times_ms, kind="stable").tolist():
            arc = next_arcs[node]
            if arc >= 0:
                ahead = lengths_mm[self._heads[arc]]
                lengths_mm[node] = self._arc_lengths_mm[arc] + ahead
        return _Row(times_ms, lengths_mm, next_arcs)
