# SPDX-License-Identifier: Apache-2.0
"""How long it takes from place to place on a site without roads: a table, made without a search.

What must hold: it answers like `TravelTimes`. A way is one straight line, so where that line is
closed there is no way, though a robot might have gone round: nobody can say where round is.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.conditions import OPEN, Conditions
from dispatcher.roads.planar.planar_graph import PlanarGraph
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.times.energy import drive_uwh_per_kg, way_mwh
from dispatcher.roads.times.lookup import NOT_THERE, Exits, OnArcs, exits
from dispatcher.roads.times.search import FAR
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes, Unreachable, said, told


class PlanarTimes(TravelTimes):
    """Times and ways between nodes; unknown node ids raise KeyError. It never searches."""

    def __init__(self, graph: PlanarGraph, speed_mm_s: int, conditions: Conditions = OPEN) -> None:
        if speed_mm_s <= 0:
            raise ValueError(f"speed_mm_s is {speed_mm_s}, not above 0")
        self.graph = graph
        self.speed_mm_s = speed_mm_s
        self.conditions = conditions
        self.searches = 0
        self._plane = graph
        lengths_mm = graph.ways_mm.copy()
        extras = np.array(conditions.extra_mm, dtype=np.int64).reshape(-1, 2)
        np.put(
            lengths_mm, extras[:, 0], np.maximum(1, lengths_mm.flat[extras[:, 0]] + extras[:, 1])
        )
        speed = min(speed_mm_s, graph.campus.site.speed_mm_s)
        self._drive_ms = -(-lengths_mm * 1000 // speed)
        waits = [graph.node(node_id).wait_ms for node_id in graph.node_ids]
        self._wait_ms = np.array(waits, dtype=np.int64)
        self._closed = np.zeros(lengths_mm.shape, dtype=np.bool_)
        np.put(self._closed, list(conditions.closed), True)
        self._shut = np.zeros(len(lengths_mm), dtype=np.bool_)
        self._shut[list(conditions.shut)] = True
        times_ms = np.where(self._closed, FAR, self._drive_ms + self._wait_ms)
        times_ms[:, self._shut] = FAR
        np.fill_diagonal(times_ms, 0)
        self._times_ms = times_ms

    @property
    def held_bytes(self) -> int:
        """What the table takes."""
        return self._times_ms.nbytes + self._drive_ms.nbytes + self._closed.nbytes

    def time_ms(self, from_node: str, to_place_node: str) -> int:
        """The time straight there; UNREACHABLE where that is closed."""
        tail, head = self.graph.node_number(from_node), self.graph.node_number(to_place_node)
        return said(int(self._times_ms[tail, head]))

    def at(self, _depart_ms: int) -> "PlanarTimes":
        """The table for who sets out then: itself, since it is that of one moment."""
        return self

    def changes_ms(self) -> tuple[int, ...]:
        """When another table comes into force: never."""
        return ()

    def times_to(self, to_node: str) -> Ints:
        """By node number: the time from there; UNREACHABLE where there is no way."""
        column = self._times_ms[:, self.graph.node_number(to_node)]
        return np.where(column >= FAR, UNREACHABLE, column)

    def length_mm(self, from_node: str, to_node: str) -> int:
        """The length straight there; UNREACHABLE where that is closed."""
        tail, head = self.graph.node_number(from_node), self.graph.node_number(to_node)
        open_way = self._times_ms[tail, head] < FAR
        return int(self._plane.ways_mm[tail, head]) if open_way else UNREACHABLE

    def energy_mwh(self, from_node: str, to_node: str, load_g: int, profile: RobotProfile) -> int:
        """What the way costs on the flat with that load aboard; UNREACHABLE where there is none."""
        time_ms, mm = self.time_ms(from_node, to_node), self.length_mm(from_node, to_node)
        if time_ms == UNREACHABLE:
            return UNREACHABLE
        flat = msgspec.structs.replace(
            self.graph.net, lengths_mm=np.array([mm]), incline_permille=np.array([0])
        )
        return way_mwh(time_ms, int(drive_uwh_per_kg(flat, profile)[0]), load_g, profile)

    def path(self, from_node: str, to_node: str) -> tuple[str, ...]:
        """The two nodes, or the one where both are one. Raises Unreachable."""
        if self.time_ms(from_node, to_node) == UNREACHABLE:
            raise Unreachable(f"there is no way from {from_node} to {to_node}")
        return (from_node,) if from_node == to_node else (from_node, to_node)

    def path_arcs(self, from_node: str, to_node: str) -> tuple[int, ...]:
        """The one arc; none where both are one. Raises Unreachable."""
        path = self.path(from_node, to_node)
        return (self.graph.arc_number(*path),) if len(path) == 2 else ()

    def arc_ms(self, arc: int) -> int:
        """What driving the arc takes, with the wait at its head; UNREACHABLE where it is closed."""
        return said(int(self._times_ms.flat[arc]))

    def matrix(self, nodes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Times in ms, [i][j] from nodes[i] to nodes[j]."""
        return self._table(nodes, self._times_ms)

    def lengths(self, nodes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Lengths in mm along the ways, [i][j] from nodes[i] to nodes[j]."""
        return self._table(nodes, self._plane.ways_mm)

    def from_anywhere(self, arcs: Ints, offsets_mm: Ints, targets: Ints) -> Ints:
        """ms from each robot, `offsets_mm` along its arc, to its own target (a node number).

        It goes on to the arc's end or back, by the rules of a road. Raises ValueError where a robot
        is not on its arc, IndexError for an unknown arc.
        """
        robots = self._exits(arcs, offsets_mm)
        ahead = self._times_ms[robots.ahead_nodes, targets] + robots.ahead_ms
        back = self._times_ms[robots.back_nodes, targets] + robots.back_ms
        return told(np.minimum(ahead, back), targets, self._shut)

    def from_anywhere_to_all(self, arcs: Ints, offsets_mm: Ints, targets: Ints) -> Ints:
        """[i, j]: ms from robot i to targets[j]; as `from_anywhere`."""
        robots = self._exits(arcs, offsets_mm)
        ahead = self._times_ms[np.ix_(robots.ahead_nodes, targets)] + robots.ahead_ms[:, None]
        back = self._times_ms[np.ix_(robots.back_nodes, targets)] + robots.back_ms[:, None]
        return told(np.minimum(ahead, back), targets, self._shut)

    def fill(self, targets: Sequence[str]) -> None:
        """Everything is there already. Raises KeyError for an unknown node."""
        for target in targets:
            self.graph.node_number(target)

    def under(self, conditions: Conditions) -> "PlanarTimes":
        """The table for other conditions."""
        return PlanarTimes(self._plane, self.speed_mm_s, conditions)

    def _table(self, nodes: Sequence[str], values: Ints) -> tuple[tuple[int, ...], ...]:
        picked = [self.graph.node_number(node) for node in nodes]
        pairs = np.ix_(picked, picked)
        found = np.where(self._times_ms[pairs] < FAR, values[pairs], UNREACHABLE)
        return tuple(map(tuple, found.tolist()))

    def _exits(self, arcs: Ints, offsets_mm: Ints) -> Exits:
        """Raises ValueError for a robot that is not on its arc, IndexError for an unknown arc."""
        tails, heads = np.divmod(arcs, len(self.graph.node_ids))
        if (arcs < 0).any() or (tails == heads).any():
            raise ValueError(NOT_THERE)
        robots = OnArcs(
            tails=tails,
            heads=heads,
            lengths_mm=self._plane.ways_mm[tails, heads],
            ms=self._drive_ms[tails, heads],
            back_ms=self._drive_ms[heads, tails],
            wait_ms=self._wait_ms[heads],
            back_wait_ms=self._wait_ms[tails],
            may_turn=self._closed[tails, heads] | ~self._closed[heads, tails],
        )
        return exits(robots, offsets_mm)
