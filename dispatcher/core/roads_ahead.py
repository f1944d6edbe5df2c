# SPDX-License-Identifier: Apache-2.0
"""The roads from now on: which travel times hold for who sets out when, as far as that is known.

What must hold: it is a pure function of roads, closures and moment. A table is only made once
somebody asks for a way in it, so a site whose roads never change pays nothing, and one whose roads
do pays for the hours that its plans reach into.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from dispatcher.planner.problem import Table, Travel
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.conditions import Conditions
from dispatcher.roads.times.road_times import RoadTimes
from dispatcher.roads.times.travel import TravelTimes

AHEAD_MS: Final = 24 * 3_600_000
"""So far is looked ahead; what holds then is taken to hold ever after."""

CHANGES_MAX: Final = 6
"""So many changes are looked at, fewer than the tables that `RoadTimes` keeps."""


class _Hours:
    """The travel times under some conditions, made when first asked for."""

    def __init__(self, roads: RoadTimes, conditions: Conditions) -> None:
        self._roads = roads
        self._conditions = conditions

    @cached_property
    def _table(self) -> TravelTimes:
        return self._roads.under(self._conditions)

    def time_ms(self, from_node: str, to_node: str, /) -> int:
        """Driving time, or `UNREACHABLE`."""
        return self._table.time_ms(from_node, to_node)

    def length_mm(self, from_node: str, to_node: str, /) -> int:
        """Length of the fastest way, or `UNREACHABLE`."""
        return self._table.length_mm(from_node, to_node)

    def matrix(self, nodes: Sequence[str], /) -> Table:
        """The times between all of these, [from][to]."""
        return self._table.matrix(nodes)

    def lengths(self, nodes: Sequence[str], /) -> Table:
        """The lengths between all of these, [from][to]."""
        return self._table.lengths(nodes)

    def at(self, _depart_ms: int, /) -> Travel:
        """Itself."""
        return self

    def changes_ms(self) -> Sequence[int]:
        """None."""
        return ()


class RoadsAhead:
    """The travel times of a site from `now_ms` on; a `Travel` of its planner."""

    def __init__(self, roads: RoadTimes, closures: Sequence[Closure], now_ms: int) -> None:
        """Raises AreaError."""
        slot = roads.slot_at(now_ms, closures)
        self._now = roads.at(now_ms, closures)
        self._changes_ms: list[int] = []
        self._later: list[_Hours] = []
        while 0 < slot.until_ms <= now_ms + AHEAD_MS and len(self._later) < CHANGES_MAX:
            begin_ms, before = slot.until_ms, slot.conditions
            slot = roads.slot_at(begin_ms, closures)
            if slot.conditions != before:
                self._changes_ms.append(begin_ms)
                self._later.append(_Hours(roads, slot.conditions))

    def time_ms(self, from_node: str, to_node: str, /) -> int:
        """Driving time by the roads of now, or `UNREACHABLE`."""
        return self._now.time_ms(from_node, to_node)

    def length_mm(self, from_node: str, to_node: str, /) -> int:
        """Length of the way that is fastest now, or `UNREACHABLE`."""
        return self._now.length_mm(from_node, to_node)

    def matrix(self, nodes: Sequence[str], /) -> Table:
        """The times between all of these by the roads of now, [from][to]."""
        return self._now.matrix(nodes)

    def lengths(self, nodes: Sequence[str], /) -> Table:
        """The lengths between all of these by the roads of now, [from][to]."""
        return self._now.lengths(nodes)

    def at(self, depart_ms: int, /) -> Travel:
        """The table for who sets out at that moment."""
        number = bisect_right(self._changes_ms, depart_ms)
        return self._later[number - 1] if number else self._now

    def changes_ms(self) -> Sequence[int]:
        """When another table comes into force, in order."""
        return self._changes_ms
