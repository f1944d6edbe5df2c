# SPDX-License-Identifier: Apache-2.0
"""Follows the fastest ways of a whole row at once: the next arc of each node, sums along the way.

What must hold: the next arc is the first, in the order of arc numbers (by edge id), that lies on a
fastest way; following it from node to node ends at the target, as every arc takes at least 1 ms.
"""

import numpy as np

from dispatcher.roads.arc_arrays import ArcArrays, Ints
from dispatcher.roads.times.search import FAR


def next_arcs(net: ArcArrays, weights_ms: Ints, row_ms: Ints, target: int) -> Ints:
    """By node: the arc to take towards the target; -1 at the target and where there is no way."""
    onward = weights_ms + row_ms[net.heads]
    fits = np.flatnonzero((onward == row_ms[net.tails]) & (onward < FAR))
    tails = net.tails[fits]
    first = np.ones(len(fits), dtype=np.bool_)
    first[1:] = tails[1:] != tails[:-1]
    arcs = np.full(net.nodes, -1, dtype=np.int64)
    arcs[tails[first]] = fits[first]
    arcs[target] = -1
    return arcs


def sums_along(net: ArcArrays, next_arc: Ints, by_arc: Ints) -> Ints:
    """By node: the sum of a number of each arc along the way; 0 where there is no way.

    Pointer jumping: each round doubles how far ahead every node has summed.
    """
    goes = next_arc >= 0
    ahead = np.arange(net.nodes)
    ahead[goes] = net.heads[next_arc[goes]]
    sums = np.zeros(net.nodes, dtype=np.int64)
    sums[goes] = by_arc[next_arc[goes]]
    while True:
        further = ahead[ahead]
        if np.array_equal(further, ahead):
            return sums
        sums += sums[ahead]
        ahead = further
