# SPDX-License-Identifier: Apache-2.0
"""Brings the rows of a travel table from one set of weights to another.

What must hold: the result is bit for bit what a fresh search gives. A row that no changed arc
touches stays; of a touched row only the nodes behind slower or closed arcs are searched again, all
rows in one search; a faster or opened arc is laid over the row.
"""

from collections.abc import Iterator

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatcher.roads.arc_arrays import ArcArrays, Flags, Ints
from dispatcher.roads.times.row_store import RowStore
from dispatcher.roads.times.search import FAR, RowSearch

PAIRS_PER_ROW = 8
"""Above so many changed tails a touched row, on average, a search of the row costs less."""
MAX_TAILS_PER_ROW = 0.5
"""Each changed tail costs a search, too."""
MANY_CHANGED_PART = 8
"""Above one changed arc for every 8 nodes all is searched afresh: to look which rows it matters to
costs as much time, and more memory than the table."""
WHOLE_ROW_PART = 8
"""A row of which more than 1 / 8 is affected is searched as a whole."""
BLOCK_NUMBERS = 16_384


class Weighing(msgspec.Struct, frozen=True):
    """Weights by arc in ms (FAR: closed), and the searches in them."""

    weights_ms: Ints
    search: RowSearch


class Repaired(msgspec.Struct, frozen=True):
    """The touched targets, sorted, and their new rows."""

    touched: Ints
    rows: Ints
    rerouted: Ints
    """Untouched targets whose times stay while the choice between equally fast ways may change."""
    searches: int


class _Change(msgspec.Struct, frozen=True):
    """Changed arcs against rows: which of them matter where. [row, arc]"""

    arcs: Ints
    matters: Flags

    def by_tail(self, net: ArcArrays) -> Iterator[tuple[int, Ints, Flags]]:
        """Each tail with arcs that matter somewhere: its arcs, and where they matter."""
        used = self.matters.any(axis=0)
        arcs, matters = self.arcs[used], self.matters[:, used]
        tails = net.tails[arcs]
        for tail in np.unique(tails).tolist():
            mine = tails == tail
            yield tail, arcs[mine], matters[:, mine]


def repaired(net: ArcArrays, store: RowStore, old: Weighing, new: Weighing) -> Repaired:
    """What becomes of all rows of the store. `old` are the weights they were made with."""
    targets = store.targets()
    before, after = old.weights_ms, new.weights_ms
    if np.count_nonzero(after != before) * MANY_CHANGED_PART > net.nodes:
        return Repaired(targets, new.search.rows(targets), targets[:0], len(targets))
    rising = _tight(net, store, targets, np.flatnonzero(after > before), before)
    falling_arcs = np.flatnonzero(after < before)
    at_tail = store.values(targets[:, None], net.tails[falling_arcs])
    through = after[falling_arcs] + store.values(targets[:, None], net.heads[falling_arcs])
    falls = through < at_tail
    hit = rising.matters.any(axis=1) | falls.any(axis=1)
    equals = ((through == at_tail) & (at_tail < FAR)).any(axis=1)
    touched = targets[hit]
    rerouted = targets[equals & ~hit]
    rising = _Change(rising.arcs, rising.matters[hit])
    if not len(touched):
        return Repaired(touched, np.empty((0, net.nodes), dtype=np.int64), rerouted, 0)
    pairs = np.count_nonzero(rising.matters) + np.count_nonzero(falls)
    tails = np.count_nonzero(rising.matters.any(axis=0)) + np.count_nonzero(falls.any(axis=0))
    if pairs > PAIRS_PER_ROW * len(touched) or tails >= MAX_TAILS_PER_ROW * len(touched):
        return Repaired(touched, new.search.rows(touched), rerouted, len(touched))
    rows = store.rows(touched)
    searches = 0
    again = np.zeros(len(touched), dtype=np.bool_)
    if rising.matters.any():
        affected, searches = _affected(net, rows, rising, old.search)
        again = np.count_nonzero(affected, axis=1) * WHOLE_ROW_PART > net.nodes
        affected[again] = False
        if affected.any():
            _search_affected(net, rows, affected, np.maximum(before, after))
            searches += 1
    if again.any():
        rows[again] = new.search.rows(touched[again])
        searches += int(np.count_nonzero(again))
    if len(falling_arcs):
        searches += _lay_over(net, rows, falling_arcs, new)
    return Repaired(touched, rows, rerouted, searches)


def _tight(net: ArcArrays, store: RowStore, targets: Ints, arcs: Ints, weights_ms: Ints) -> _Change:
    """Where each of the arcs lies on a fastest way."""
    at_tail = store.values(targets[:, None], net.tails[arcs])
    through = weights_ms[arcs] + store.values(targets[:, None], net.heads[arcs])
    return _Change(arcs, (through == at_tail) & (at_tail < FAR))


def _affected(net: ArcArrays, rows: Ints, rising: _Change, search: RowSearch) -> tuple[Flags, int]:
    """[row, node]: whether a fastest way of the node runs over an arc that has become slower."""
    groups = list(rising.by_tail(net))
    to_tail = search.rows(np.array([tail for tail, _, _ in groups], dtype=np.int64))
    affected = np.zeros(rows.shape, dtype=np.bool_)
    for (tail, _, matters), to in zip(groups, to_tail, strict=True):
        for some in _blocks(np.flatnonzero(matters.any(axis=1)), net.nodes):
            # No FAR comes in here: the tail of an arc on a fastest way has a time, and not 0.
            ahead = rows[some]
            ahead -= ahead[:, tail, None].copy()
            affected[some] |= ahead == to
    return affected, len(groups)


def _blocks(numbers: Ints, width: int) -> Iterator[Ints]:
    """So few rows at a time that they stay in the processor's cache."""
    height = max(1, BLOCK_NUMBERS // width)
    for start in range(0, len(numbers), height):
        yield numbers[start : start + height]


def _search_affected(net: ArcArrays, rows: Ints, affected: Flags, weights_ms: Ints) -> None:
    """Makes the affected nodes of all rows right, in one search over (row, node) pairs.

    The search starts from one more node, the source: its arcs stand for the ways that leave the
    affected part, with the rest of the way (which is known) in their weight.
    """
    flat = np.flatnonzero(affected)
    row_of, node_of = np.divmod(flat, net.nodes)
    number = np.full(affected.size, -1, dtype=np.int32)
    number[flat] = np.arange(len(flat), dtype=np.int32)
    counts = net.starts[node_of + 1] - net.starts[node_of]
    firsts = np.cumsum(counts) - counts
    arcs = np.arange(counts.sum()) + np.repeat(net.starts[node_of] - firsts, counts)
    pair = np.repeat(np.arange(len(flat)), counts)
    heads = row_of[pair] * net.nodes + net.heads[arcs]
    weights, head_pair = weights_ms[arcs], number[heads]
    inner = head_pair >= 0
    known = np.where(inner, FAR, weights + rows.reshape(-1)[heads])
    seeds = np.minimum.reduceat(known, firsts)
    seeded = np.flatnonzero(seeds < FAR)
    inner &= weights < FAR
    source = len(flat)
    data = np.concatenate((seeds[seeded], weights[inner])).astype(np.float64)
    tails = np.concatenate((np.full(len(seeded), source), head_pair[inner]))
    ends = np.concatenate((seeded, pair[inner]))
    pairs_net = csr_matrix((data, (tails, ends)), shape=(source + 1, source + 1))
    found = dijkstra(pairs_net, indices=source)[:source]
    rows.reshape(-1)[flat] = np.minimum(found, FAR).astype(np.int64)


def _lay_over(net: ArcArrays, rows: Ints, arcs: Ints, new: Weighing) -> int:
    """Takes in the faster and opened arcs; the number of searches.

    Of a new fastest way take the last such arc: after it the way is the old one, before it the way
    to the arc's tail is found in the new weights.
    """
    through = new.weights_ms[arcs] + rows[:, net.heads[arcs]]
    better = _Change(arcs, through < rows[:, net.tails[arcs]])
    groups = list(better.by_tail(net))
    if not groups:
        return 0
    to_tail = new.search.rows(np.array([tail for tail, _, _ in groups], dtype=np.int64))
    onward = []
    for _, mine, matters in groups:
        ways = new.weights_ms[mine] + rows[:, net.heads[mine]]
        onward.append(np.where(matters, ways, FAR).min(axis=1))
    for best, to in zip(onward, to_tail, strict=True):
        for some in _blocks(np.flatnonzero(best < FAR), net.nodes):
            rows[some] = np.minimum(rows[some], to + best[some, None])
    return len(groups)
