# SPDX-License-Identifier: Apache-2.0
"""A smaller net to search: nodes with few neighbours taken out, their times put back afterwards.

A node can be taken out where shortcuts stand for the ways through it; once the times of its
neighbours are known, its own is the least over its arcs. That is done for many rows at once and
costs far less than a search does. After "Customizable Contraction Hierarchies"
(Dibbelt, Strasser, Wagner 2016): who is taken out follows from the shape of the net alone, so it is
worked out once a map; the weights are filled in for each speed and each set of conditions.

What must hold: nodes taken out in one round are no neighbours of each other; weights are whole
numbers in float64, so the times are the same to the millisecond as those of a search of the whole.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from dispatcher.roads.arc_arrays import ArcArrays, Ints

Floats = npt.NDArray[np.float64]

MAX_NEIGHBOURS = 6
_NOTHING = -1


class Round(msgspec.Struct, frozen=True):
    """Nodes taken out together. Column j holds each node's j-th arc onward, and where it leads."""

    nodes: Ints
    onward: Ints
    heads: Ints
    into: Ints
    out_of: Ints
    shortcuts: Ints
    """A way through: slot `into` then slot `out_of` weigh no less than slot `shortcuts`."""


class Elimination(msgspec.Struct, frozen=True):
    """A slot is an arc or a shortcut; the last slot is none, and weighs infinity."""

    slots: int
    arc_slots: Ints
    rounds: tuple[Round, ...]
    left: int
    """How many nodes are left."""
    up_slots: Ints
    up_tails: Ints
    up_starts: Ints
    """The net to search from a target, in compressed rows: against the slots, to nodes that were
    taken out later, and among those that are left."""

    def weigh(self, weights: Floats) -> Floats:
        """The weight of every slot, from that of every arc (infinite: closed)."""
        found = np.full(self.slots + 1, np.inf)
        found[self.arc_slots] = weights
        for one in self.rounds:
            through = found[one.into] + found[one.out_of]
            np.minimum.at(found, one.shortcuts, through)
        return found

    def put_back(self, slot_weights: Floats, found: Floats) -> Floats:
        """Times of all nodes, [node, target], from what a search upwards found, [target, node]."""
        times = found.T.copy()
        for one in reversed(self.rounds):
            best = times[one.nodes]
            for column in range(one.onward.shape[1]):
                other = times[one.heads[:, column]]
                other += slot_weights[one.onward[:, column], None]
                np.minimum(best, other, out=best)
            times[one.nodes] = best
        return times


class _Builder:
    """Takes nodes out round by round."""

    def __init__(self, net: ArcArrays) -> None:
        arcs = list(zip(net.tails.tolist(), net.heads.tolist(), strict=True))
        self.slots = {arc: slot for slot, arc in enumerate(arcs)}
        self.near: list[dict[int, None]] = [{} for _ in range(net.nodes)]
        for tail, head in arcs:
            self.near[tail][head] = None
            self.near[head][tail] = None
        self.left = list(range(net.nodes))
        self.rounds: list[Round] = []

    def run(self) -> None:
        while chosen := self._choose():
            gone = dict.fromkeys(chosen)
            self.rounds.append(self._take_out(chosen))
            self.left = [node for node in self.left if node not in gone]

    def _choose(self) -> list[int]:
        """Those with the fewest neighbours first, and no neighbour of one that is chosen."""
        near = self.near
        able = [node for node in self.left if len(near[node]) <= MAX_NEIGHBOURS]
        able.sort(key=lambda node: (len(near[node]), node))
        beside: dict[int, None] = {}
        chosen: list[int] = []
        for node in able:
            if node not in beside:
                chosen.append(node)
                beside.update(near[node])
        return chosen

    def _take_out(self, chosen: list[int]) -> Round:
        onward: list[list[tuple[int, int]]] = []
        ways: list[tuple[int, int, int]] = []
        for node in chosen:
            around = list(self.near[node])
            onward.append([(self.slots[node, b], b) for b in around if (node, b) in self.slots])
            for a in around:
                del self.near[a][node]
                if (a, node) not in self.slots:
                    continue
                for slot, b in onward[-1]:
                    if a != b:
                        shortcut = self.slots.setdefault((a, b), len(self.slots))
                        ways.append((self.slots[a, node], slot, shortcut))
                        self.near[a][b] = None
                        self.near[b][a] = None
        width = max(len(arcs) for arcs in onward)
        padded = [
            arcs + [(_NOTHING, node)] * (width - len(arcs))
            for node, arcs in zip(chosen, onward, strict=True)
        ]
        table = np.array(padded, dtype=np.int64).reshape(len(chosen), width, 2)
        through = np.array(ways, dtype=np.int64).reshape(-1, 3).T.copy()
        return Round(np.array(chosen), table[:, :, 0], table[:, :, 1], *through)


def eliminate(net: ArcArrays) -> Elimination:
    """Works out who is taken out; about 20 us a node."""
    builder = _Builder(net)
    builder.run()
    rank = np.full(net.nodes, len(builder.rounds), dtype=np.int64)
    for number, one in enumerate(builder.rounds):
        rank[one.nodes] = number
    tails, heads = np.array(list(builder.slots), dtype=np.int64).reshape(-1, 2).T
    among_left = (rank[tails] == len(builder.rounds)) & (rank[heads] == len(builder.rounds))
    up = np.flatnonzero((rank[tails] > rank[heads]) | among_left)
    up = up[np.lexsort((tails[up], heads[up]))]
    return Elimination(
        slots=len(builder.slots),
        arc_slots=np.arange(net.arcs),
        rounds=tuple(builder.rounds),
        left=len(builder.left),
        up_slots=up,
        up_tails=tails[up],
        up_starts=np.searchsorted(heads[up], np.arange(net.nodes + 1)),
    )
