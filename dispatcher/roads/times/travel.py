# SPDX-License-Identifier: Apache-2.0
"""How long every way takes, for one map revision, one robot speed and one set of conditions.

What must hold: times are exact int ms (the search adds whole numbers in float64, far below 2^53);
a path's arcs add up to exactly the time given for it; between equally fast ways the choice depends
on edge ids alone. Rows (the times from every node to one target) are made when first asked for and
the least recently used are dropped above MAX_ROWS rows or MAX_TABLE_BYTES, but never one that the
same call asks for; what is asked of rows that are there is answered without a search.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from dispatcher.roads.arc_arrays import Flags, Ints
from dispatcher.roads.conditions import OPEN, Conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.times.along import next_arcs, sums_along
from dispatcher.roads.times.energy import drive_uwh_per_kg, way_mwh
from dispatcher.roads.times.lookup import Exits, exits, on_arcs
from dispatcher.roads.times.repair import Weighing, repaired
from dispatcher.roads.times.row_store import RowStore
from dispatcher.roads.times.search import FAR, RowSearch

UNREACHABLE = -1
MAX_ROWS = 4096
MAX_TABLE_BYTES = 96 << 20
LEAST_ROWS = 64
"""So many rows are kept of the largest map, whatever they take."""
MATRIX_ROWS = 256


class Unreachable(ValueError):
    """There is no way from one node to the other."""


def rows_kept(nodes: int) -> int:
    """How many rows a table of so many nodes keeps."""
    row_bytes = np.dtype(np.int64).itemsize * max(nodes, 1)
    return min(MAX_ROWS, max(LEAST_ROWS, MAX_TABLE_BYTES // row_bytes))


class TravelTimes:
    """Times and ways between nodes; unknown node ids raise KeyError."""

    def __init__(self, graph: RoadGraph, speed_mm_s: int, conditions: Conditions = OPEN) -> None:
        """`speed_mm_s` is what robot, factsheet and board allow: `least_speed_mm_s` of them.

        A road's own limit counts beside it. Raises ValueError for a speed that is not above 0.
        """
        if speed_mm_s <= 0:
            raise ValueError(f"speed_mm_s is {speed_mm_s}, not above 0")
        self.graph = graph
        self.speed_mm_s = speed_mm_s
        self.conditions = conditions
        self.searches = 0
        """Rows searched so far, and repairs of rows (a search each)."""
        net = graph.net
        lengths_mm = net.lengths_mm.copy()
        for arc, extra_mm in conditions.extra_mm:
            lengths_mm[arc] = max(1, lengths_mm[arc] + extra_mm)
        self._drive_ms = -(-lengths_mm * 1000 // np.minimum(net.speeds_mm_s, speed_mm_s))
        self._closed = np.zeros(net.arcs, dtype=np.bool_)
        self._closed[list(conditions.closed)] = True
        weights_ms = np.where(self._closed, FAR, self._drive_ms + net.wait_ms)
        self._weighing = Weighing(weights_ms, RowSearch(net, graph.elimination, weights_ms))
        self._shut = np.zeros(net.nodes, dtype=np.bool_)
        self._shut[list(conditions.shut)] = True
        self._limit = rows_kept(net.nodes)
        self._rows = RowStore(net.nodes, self._limit)
        self._sums: OrderedDict[tuple[int, RobotProfile | None], Ints] = OrderedDict()

    @property
    def held_bytes(self) -> int:
        """What the rows and sums take, also where other tables share them."""
        return self._rows.held_bytes + sum(sums.nbytes for sums in self._sums.values())

    def time_ms(self, from_node: str, to_place_node: str) -> int:
        """The fastest way's time; UNREACHABLE where there is none.

        Passing or entering a node with a gate costs its wait; leaving one does not.
        """
        row = self._row(self.graph.node_number(to_place_node))
        return said(int(row[self.graph.node_number(from_node)]))

    def at(self, _depart_ms: int) -> "TravelTimes":
        """The table for who sets out then: itself, since it is that of one moment."""
        return self

    def changes_ms(self) -> tuple[int, ...]:
        """When another table comes into force: never."""
        return ()

    def times_to(self, to_node: str) -> Ints:
        """By node number: the time from there; UNREACHABLE where there is no way."""
        row = self._row(self.graph.node_number(to_node))
        return np.where(row >= FAR, UNREACHABLE, row)

    def length_mm(self, from_node: str, to_node: str) -> int:
        """The length along the fastest way; UNREACHABLE where there is none."""
        at, target = self.graph.node_number(from_node), self.graph.node_number(to_node)
        if self._row(target)[at] >= FAR:
            return UNREACHABLE
        return int(self._summed(target, None)[at])

    def energy_mwh(self, from_node: str, to_node: str, load_g: int, profile: RobotProfile) -> int:
        """What the fastest way costs with that load aboard; UNREACHABLE where there is none."""
        at, target = self.graph.node_number(from_node), self.graph.node_number(to_node)
        time_ms = int(self._row(target)[at])
        if time_ms >= FAR:
            return UNREACHABLE
        return way_mwh(time_ms, int(self._summed(target, profile)[at]), load_g, profile)

    def path(self, from_node: str, to_node: str) -> tuple[str, ...]:
        """The nodes of the fastest way, both ends included. Raises Unreachable."""
        node_ids = self.graph.node_ids
        heads = self.graph.net.heads
        return (from_node, *(node_ids[heads[arc]] for arc in self.path_arcs(from_node, to_node)))

    def path_arcs(self, from_node: str, to_node: str) -> tuple[int, ...]:
        """The arc numbers of the fastest way; none where both are one. Raises Unreachable."""
        at, target = self.graph.node_number(from_node), self.graph.node_number(to_node)
        row = self._row(target)
        if row[at] >= FAR:
            raise Unreachable(f"there is no way from {from_node} to {to_node}")
        starts, heads, weights = self._plain
        arcs = []
        rest_ms = int(row[at])
        while at != target:
            arc = starts[at]
            while weights[arc] + int(row[heads[arc]]) != rest_ms:
                arc += 1
            arcs.append(arc)
            rest_ms -= weights[arc]
            at = heads[arc]
        return tuple(arcs)

    def arc_ms(self, arc: int) -> int:
        """What driving the arc takes, with the wait at its head; UNREACHABLE where it is closed."""
        return said(int(self._weighing.weights_ms[arc]))

    def matrix(self, nodes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Times in ms, [i][j] from nodes[i] to nodes[j]."""
        numbers = self._numbers(nodes)
        found = np.empty((len(numbers), len(numbers)), dtype=np.int64)
        chunk = min(MATRIX_ROWS, self._limit)
        for start in range(0, len(numbers), chunk):
            some = numbers[start : start + chunk]
            self._fill(some)
            found[:, start : start + chunk] = self._rows.values(some, numbers[:, None])
        found[found >= FAR] = UNREACHABLE
        return tuple(map(tuple, found.tolist()))

    def lengths(self, nodes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Lengths in mm along the fastest ways, [i][j] from nodes[i] to nodes[j]."""
        numbers = self._numbers(nodes)
        columns = []
        for target in numbers.tolist():
            reached = self._row(target)[numbers] < FAR
            columns.append(np.where(reached, self._summed(target, None)[numbers], UNREACHABLE))
        return tuple(zip(*(column.tolist() for column in columns), strict=True))

    def from_anywhere(self, arcs: Ints, offsets_mm: Ints, targets: Ints) -> Ints:
        """ms from each robot, `offsets_mm` along its arc, to its own target (a node number).

        UNREACHABLE where there is no way. Raises ValueError where a robot is not on its arc,
        IndexError for an unknown arc.
        """
        robots = self._exits(arcs, offsets_mm)
        found = np.empty(len(targets), dtype=np.int64)
        for some in self._portions(targets):
            ahead = self._rows.values(targets[some], robots.ahead_nodes[some])
            back = self._rows.values(targets[some], robots.back_nodes[some])
            found[some] = np.minimum(ahead + robots.ahead_ms[some], back + robots.back_ms[some])
        return told(found, targets, self._shut)

    def from_anywhere_to_all(self, arcs: Ints, offsets_mm: Ints, targets: Ints) -> Ints:
        """[i, j]: ms from robot i to targets[j]; as `from_anywhere`."""
        robots = self._exits(arcs, offsets_mm)
        found = np.empty((len(targets), len(arcs)), dtype=np.int64)
        for some in self._portions(targets):
            # Row by row: each is read where it lies, and fits the cache.
            for number in np.arange(len(targets))[some].tolist():
                row = self._row(int(targets[number]))
                np.add(row[robots.ahead_nodes], robots.ahead_ms, out=found[number])
                back_ms = row[robots.back_nodes] + robots.back_ms
                np.minimum(found[number], back_ms, out=found[number])
        return told(found.T, targets, self._shut)

    def fill(self, targets: Sequence[str]) -> None:
        """Makes the rows of all these targets in one go; of more than are kept, the last ones."""
        for _ in self._portions(self._numbers(targets)):
            pass

    def under(self, conditions: Conditions) -> "TravelTimes":
        """The table for other conditions, as if made afresh, with a row for each one here.

        Rows that are not touched are shared, the others repaired or searched again.
        """
        other = TravelTimes(self.graph, self.speed_mm_s, conditions)
        targets = self._rows.targets()
        ours = targets[~(self._shut[targets] | other._shut[targets])]
        store = self._rows.shared(ours)
        done = repaired(self.graph.net, store, self._weighing, other._weighing)
        untouched = ours[~np.isin(ours, done.touched)]
        other._rows = store.shared(untouched)
        if len(done.touched):
            other._rows.add(done.touched, done.rows, ours)
        other.searches = done.searches
        stale = dict.fromkeys([*done.touched.tolist(), *done.rerouted.tolist()])
        kept = dict.fromkeys(target for target in untouched.tolist() if target not in stale)
        other._sums.update((key, sums) for key, sums in self._sums.items() if key[0] in kept)
        other._fill(targets)
        return other

    @cached_property
    def _plain(self) -> tuple[list[int], list[int], list[int]]:
        """(starts, heads, weights) as lists: one number at a time these are several times faster"""
        net = self.graph.net
        return net.starts.tolist(), net.heads.tolist(), self._weighing.weights_ms.tolist()

    def _numbers(self, nodes: Sequence[str]) -> Ints:
        return np.array([self.graph.node_number(node) for node in nodes], dtype=np.int64)

    def _exits(self, arcs: Ints, offsets_mm: Ints) -> Exits:
        return exits(on_arcs(self.graph.net, self._drive_ms, self._closed, arcs), offsets_mm)

    def _row(self, target: int) -> Ints:
        row = self._rows.row(target)
        if row is None:
            self._fill(np.array([target]))
            row = self._rows.row(target)
            assert row is not None
        return row

    def _portions(self, targets: Ints) -> Iterator[Ints | slice]:
        """Which of the targets to look at together: their rows are there until the next portion."""
        missing = self._rows.missing(targets)
        if not len(missing):
            yield slice(None)
            return
        wanted = np.unique(targets)
        for start in range(0, len(wanted), self._limit):
            some = wanted[start : start + self._limit]
            self._fill(some)
            yield (
                slice(None) if len(some) == len(wanted) else np.flatnonzero(np.isin(targets, some))
            )

    def _fill(self, targets: Ints) -> None:
        """Makes the rows that are missing and drops none of these; no more than are kept."""
        missing = self._rows.missing(targets)
        if not len(missing):
            return
        shut = self._shut[missing]
        rows = self._weighing.search.rows(missing[~shut])
        self.searches += len(rows)
        if shut.any():
            of_shut = np.full((np.count_nonzero(shut), self.graph.net.nodes), FAR)
            of_shut[np.arange(len(of_shut)), missing[shut]] = 0
            both = np.empty((len(missing), self.graph.net.nodes), dtype=np.int64)
            both[shut], both[~shut] = of_shut, rows
            rows = both
        self._rows.add(missing, rows, targets)

    def _summed(self, target: int, profile: RobotProfile | None) -> Ints:
        """Along the way from each node: mm, or uWh for each kg of a robot with that profile."""
        sums = self._sums.get((target, profile))
        if sums is None:
            net = self.graph.net
            by_arc = net.lengths_mm if profile is None else drive_uwh_per_kg(net, profile)
            onward = next_arcs(net, self._weighing.weights_ms, self._row(target), target)
            sums = self._sums[target, profile] = sums_along(net, onward, by_arc)
            if len(self._sums) > self._limit:
                self._sums.popitem(last=False)
        return sums


def said(time_ms: int) -> int:
    """A time as it is told: UNREACHABLE for FAR."""
    return UNREACHABLE if time_ms >= FAR else time_ms


def told(times_ms: Ints, targets: Ints, shut: Flags) -> Ints:
    """What is said of robots, in place: only who stands at a shut target (`shut` by node) gets
    there. [..., target]"""
    no_way = times_ms >= FAR
    if shut[targets].any():
        no_way |= shut[targets] & (times_ms > 0)
    times_ms[no_way] = UNREACHABLE
    return times_ms
