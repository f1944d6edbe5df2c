# SPDX-License-Identifier: Apache-2.0
"""The travel times of this moment, for one road graph and one robot speed.

What must hold: the table for a set of conditions is the same one for as long as it is kept,
whenever it is asked for, so that what closes and opens again costs nothing the second time. A new
table is made from the one that is most like it, so that only what is touched is searched again.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import tzinfo

from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.closing.timetable import Slot, Timetable
from dispatcher.roads.conditions import Conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_areas import areas_of
from dispatcher.roads.site_roads import travel_times
from dispatcher.roads.times.travel import TravelTimes

TABLES_KEPT = 8
KEPT_BYTES = 384 << 20
LEAST_TABLES = 2
"""So many are kept whatever they take: the one of now, and the one that will be back."""
TIMETABLES_KEPT = 8


class RoadTimes:
    """The tables of one graph and speed by moment: what holds when, and the times for it.

    At most TABLES_KEPT tables are kept, fewer where they take more than KEPT_BYTES.
    """

    def __init__(self, graph: RoadGraph, speed_mm_s: int, zone: tzinfo | None = None) -> None:
        """`speed_mm_s` is the `least_speed_mm_s` of robot, factsheet and board; `zone` in place
        of the site's time zone. Raises AreaError, TimetableError, ValueError.
        """
        self.graph = graph
        self.speed_mm_s = speed_mm_s
        self.tables_made = 0
        self._searches_before = 0
        self._zone = zone
        self._areas = areas_of(graph)
        self._timetables: OrderedDict[tuple[Closure, ...], Timetable] = OrderedDict()
        self._tables: OrderedDict[Conditions, TravelTimes] = OrderedDict()
        self._last_asked: tuple[tuple[Closure, ...], Timetable] | None = None
        self._last_slot: tuple[Slot, TravelTimes] | None = None
        self.timetable()

    @property
    def searches(self) -> int:
        """Rows searched so far, in the tables that are kept and in those that were dropped."""
        return self._searches_before + sum(table.searches for table in self._tables.values())

    def timetable(self, closures: Sequence[Closure] = ()) -> Timetable:
        """What holds when, with these closures. Raises AreaError."""
        # Asked with every event: the last answer is found without hashing every outline.
        asked = tuple(closures)
        if self._last_asked is not None and self._last_asked[0] == asked:
            return self._last_asked[1]
        key = tuple(sorted(asked, key=lambda closure: closure.id))
        known = self._timetables.get(key)
        if known is None:
            known = Timetable(self.graph, key, self._zone, self._areas)
            self._timetables[key] = known
            if len(self._timetables) > TIMETABLES_KEPT:
                self._timetables.popitem(last=False)
        else:
            self._timetables.move_to_end(key)
        self._last_asked = asked, known
        return known

    def slot_at(self, now_ms: int, closures: Sequence[Closure] = ()) -> Slot:
        """What holds now, since when and until when. Raises AreaError."""
        return self.timetable(closures).conditions_at(now_ms)

    def at(self, now_ms: int, closures: Sequence[Closure] = ()) -> TravelTimes:
        """The times for what holds now. Raises AreaError."""
        slot = self.slot_at(now_ms, closures)
        if self._last_slot is None or self._last_slot[0] is not slot:
            self._last_slot = slot, self.under(slot.conditions)
        return self._last_slot[1]

    def under(self, conditions: Conditions) -> TravelTimes:
        """The times under these conditions."""
        table = self._tables.get(conditions)
        if table is None:
            table = self._made(conditions)
            self._tables[conditions] = table
            self.tables_made += 1
            self._drop_surplus()
        else:
            self._tables.move_to_end(conditions)
        return table

    def _drop_surplus(self) -> None:
        held_bytes = [table.held_bytes for table in self._tables.values()]
        while len(held_bytes) > TABLES_KEPT or (
            len(held_bytes) > LEAST_TABLES and sum(held_bytes) > KEPT_BYTES
        ):
            _, dropped = self._tables.popitem(last=False)
            self._searches_before += dropped.searches
            del held_bytes[0]

    def _made(self, conditions: Conditions) -> TravelTimes:
        if not self._tables:
            return travel_times(self.graph, self.speed_mm_s, conditions)
        # The last used of those that are equally near: what is used now has the rows wanted now.
        nearest = min(reversed(self._tables), key=lambda known: _difference(known, conditions))
        return self._tables[nearest].under(conditions)


def _difference(a: Conditions, b: Conditions) -> int:
    """How many arcs and nodes are not the same under both."""
    return sum(
        len(set(ours) ^ set(theirs))
        for ours, theirs in ((a.closed, b.closed), (a.shut, b.shut), (a.extra_mm, b.extra_mm))
    )
