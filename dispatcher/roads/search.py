# SPDX-License-Identifier: Apache-2.0
"""Searches whole rows: the time from every node to a target, for many targets in one go.

What must hold: times are exact; FAR means that there is no way. A target on which a place hangs is
searched in the smaller net (`elimination`), any other in the whole net.
"""

from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatcher.roads.arc_arrays import ArcArrays, Ints
from dispatcher.roads.elimination import Elimination, Floats

FAR = 1 << 60
"""More than any time, and twice it still fits an int64."""
CHUNK_ROWS = 128


class RowSearch:
    """The searches of one set of weights (ms by arc; FAR: closed)."""

    def __init__(self, net: ArcArrays, smaller: Elimination, weights_ms: Ints) -> None:
        self._net = net
        self._smaller = smaller
        self._weights = np.where(weights_ms >= FAR, np.inf, weights_ms.astype(np.float64))

    def rows(self, targets: Ints) -> Ints:
        """[i, n]: ms from node n to targets[i]."""
        found = np.empty((len(targets), self._net.nodes), dtype=np.int64)
        inner = self._smaller.core_number[targets] >= 0
        places, others = np.flatnonzero(inner), np.flatnonzero(~inner)
        for start in range(0, len(places), CHUNK_ROWS):
            some = places[start : start + CHUNK_ROWS]
            found[some] = self._core_rows(targets[some])
        for start in range(0, len(others), CHUNK_ROWS):
            some = others[start : start + CHUNK_ROWS]
            found[some] = np.minimum(dijkstra(self._whole, indices=targets[some]), FAR)
        return found

    def _core_rows(self, targets: Ints) -> Floats:
        smaller = self._smaller
        core_times = dijkstra(self._core, indices=smaller.core_number[targets])
        times = smaller.put_back(self._slot_weights, core_times)
        return np.minimum(times, FAR, out=times).T

    @cached_property
    def _slot_weights(self) -> Floats:
        return self._smaller.weigh(self._weights)

    @cached_property
    def _core(self) -> csr_matrix:
        smaller, size = self._smaller, len(self._smaller.core)
        data = self._slot_weights[smaller.core_slots]
        parts = (data, smaller.core_tails, smaller.core_starts)
        return csr_matrix(parts, shape=(size, size))

    @cached_property
    def _whole(self) -> csr_matrix:
        net = self._net
        return csr_matrix((self._weights, (net.heads, net.tails)), shape=(net.nodes, net.nodes))
