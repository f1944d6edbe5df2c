# SPDX-License-Identifier: Apache-2.0
"""Searches whole rows: the time from every node to a target, for many targets in one go.

What must hold: times are exact; FAR means that there is no way.
"""

from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatcher.roads.arc_arrays import ArcArrays, Ints
from dispatcher.roads.times.elimination import Elimination, Floats

FAR = 1 << 60
"""More than any time, and twice it still fits an int64."""
CHUNK_ROWS = 64
FEW_NUMBERS = 4_000
"""Rows of fewer numbers in all: to search the whole net costs less than to put nodes back."""


class RowSearch:
    """The searches of one set of weights (ms by arc; FAR: closed)."""

    def __init__(self, net: ArcArrays, smaller: Elimination, weights_ms: Ints) -> None:
        self._net = net
        self._smaller = smaller
        self._weights = np.where(weights_ms >= FAR, np.inf, weights_ms.astype(np.float64))

    def rows(self, targets: Ints) -> Ints:
        """[i, n]: ms from node n to targets[i]."""
        rows = np.empty((len(targets), self._net.nodes), dtype=np.int64)
        if 0 < rows.size < FEW_NUMBERS:
            rows[:] = np.minimum(dijkstra(self._whole, indices=targets), FAR)
            return rows
        for start in range(0, len(targets), CHUNK_ROWS):
            some = slice(start, start + CHUNK_ROWS)
            found = dijkstra(self._upwards, indices=targets[some])
            times = self._smaller.put_back(self._slot_weights, found)
            rows[some] = np.minimum(times, FAR, out=times).T
        return rows

    @cached_property
    def _slot_weights(self) -> Floats:
        return self._smaller.weigh(self._weights)

    @cached_property
    def _whole(self) -> csr_matrix:
        net = self._net
        return csr_matrix((self._weights, (net.heads, net.tails)), shape=(net.nodes, net.nodes))

    @cached_property
    def _upwards(self) -> csr_matrix:
        smaller, size = self._smaller, self._net.nodes
        data = self._slot_weights[smaller.up_slots]
        return csr_matrix((data, smaller.up_tails, smaller.up_starts), shape=(size, size))
