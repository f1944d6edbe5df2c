# SPDX-License-Identifier: Apache-2.0
"""What holds on the roads when: zones with hours, opening hours of gates and edges, closures.

What must hold: time is cut into slots, half-open, in each of which nothing changes; the same facts
in force give the same conditions, as one value, whenever they are. Hours are those of the site's
clocks: an hour that comes twice holds twice, one that is left out does not come.

A gate or edge outside its opening hours lets nobody in: arcs into the gate's node are closed and
the node is no target, whoever stands there may leave. Of several slow zones at one spot the slowest
counts, and only where a way is inside them.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

import msgspec

from dispatcher.roads.closing.areas import Area, Areas, area_of
from dispatcher.roads.closing.closures import Closure, arcs_and_nodes_shut, area_of_closure
from dispatcher.roads.closing.local_week import DAY_MS, LAST_MS, LocalWeek
from dispatcher.roads.conditions import Conditions, conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_areas import areas_of
from robot_agent.campus import Zone
from robot_agent.campus_hours import WeekHours, parse_hours

SLOW_KINDS = ("slow", "crowded")
LOOK_MS = 16 * DAY_MS
"""What comes every week comes within two, also where one is missing an hour."""
STEP_MS = 2 * DAY_MS
CONDITIONS_KEPT = 64
SLOTS_KEPT = 16


class TimetableError(ValueError):
    """A site's time zone is unknown; one sentence."""


class Slot(msgspec.Struct, frozen=True):
    """`conditions` hold from `from_ms` (0: since ever) until just before `until_ms` (0: for good).

    Both are moments at which something changes.
    """

    conditions: Conditions
    from_ms: int
    until_ms: int

    def holds_at(self, now_ms: int) -> bool:
        return self.from_ms <= now_ms and (now_ms < self.until_ms or not self.until_ms)


class _When(msgspec.Struct, frozen=True):
    """In force from `from_ms` until `until_ms` (0: no end), while `hours` (None: always) say so."""

    from_ms: int = 0
    until_ms: int = 0
    hours: WeekHours | None = None
    outside_hours: bool = False


class _Fact(msgspec.Struct, frozen=True):
    """Something that is in force at times, and what it does to the roads then."""

    when: _When
    closed_area: Area | None = None
    slow_area: Area | None = None
    factor_pct: int = 100
    closed_arcs: tuple[int, ...] = ()
    shut_node: int | None = None


_Active = tuple[int, ...]


class Timetable:
    """For one graph and one set of closures. Times are UTC epoch ms from 0 on."""

    def __init__(
        self,
        graph: RoadGraph,
        closures: Sequence[Closure] = (),
        zone: tzinfo | None = None,
        areas: Areas | None = None,
    ) -> None:
        """`zone` in place of the site's time zone; `areas` where there are some for this graph.

        Raises AreaError where the outline of a zone or closure bounds no area, TimetableError.
        """
        self._graph = graph
        self._areas = areas or areas_of(graph)
        self._facts = (*_map_facts(graph, self._areas), *(_closure_fact(one) for one in closures))
        whens = [fact.when for fact in self._facts]
        weekly = [when.hours for when in whens if when.hours is not None]
        self._week = LocalWeek(zone or _zone_of(graph)) if weekly else None
        minutes = {minute for hours in weekly for span in hours.spans for minute in span}
        self._minutes = tuple(sorted(minutes))
        dates = {date for when in whens for date in (when.from_ms, when.until_ms)}
        self._dates = tuple(sorted(date for date in dates if 0 < date <= LAST_MS))
        self._known: OrderedDict[_Active, Conditions] = OrderedDict()
        self._slots: deque[Slot] = deque(maxlen=SLOTS_KEPT)

    def conditions_at(self, now_ms: int) -> Slot:
        """The slot in which `now_ms` lies; what is beyond all dates is as at their ends."""
        now_ms = min(max(now_ms, 0), LAST_MS)
        found = next((slot for slot in self._slots if slot.holds_at(now_ms)), None)
        if found is None:
            active = self._active(now_ms)
            follows = any(slot.until_ms == now_ms for slot in self._slots)
            from_ms = now_ms if follows and now_ms else self._since(now_ms, active)
            found = Slot(self._conditions(active), from_ms, self._until(now_ms, active))
            self._slots.appendleft(found)
        return found

    def is_for_good(self, from_ms: int, until_ms: int) -> bool:
        """Whether what held all the time from `from_ms` until `until_ms` will hold ever after."""
        last_ms = self._dates[-1] if self._dates else 0
        return until_ms - max(from_ms, last_ms) > LOOK_MS

    def _active(self, at_ms: int) -> _Active:
        """The numbers of the facts in force."""
        minute = self._week.minute(at_ms) if self._week else 0
        return tuple(
            number for number, fact in enumerate(self._facts) if _in_force(fact.when, at_ms, minute)
        )

    def _until(self, now_ms: int, active: _Active) -> int:
        """The first moment after now at which other facts are in force; 0: there is none."""
        at_ms = now_ms + 1
        while at_ms <= LAST_MS:
            end_ms = min(at_ms + LOOK_MS, LAST_MS)
            # In small steps: mostly something changes within hours.
            for start_ms in range(at_ms, end_ms + 1, STEP_MS):
                for border_ms in self._borders(start_ms, min(start_ms + STEP_MS - 1, end_ms)):
                    if self._active(border_ms) != active:
                        return border_ms
            # What comes every week would have come, unless a date begins it in these weeks.
            if not any(at_ms <= date <= end_ms for date in self._dates):
                end_ms = (
                    min((date for date in self._dates if date > end_ms), default=LAST_MS + 1) - 1
                )
            at_ms = end_ms + 1
        return 0

    def _since(self, now_ms: int, active: _Active) -> int:
        """The last moment up to now at which these facts came into force; 0: since ever."""
        at_ms = now_ms
        while at_ms > 0:
            start_ms = max(at_ms - LOOK_MS, 1)
            for border_ms in reversed(self._borders(start_ms, at_ms)):
                if self._active(border_ms - 1) != active:
                    return border_ms
            if not any(start_ms <= date <= at_ms for date in self._dates):
                start_ms = max((date for date in self._dates if date < start_ms), default=0) + 1
            at_ms = start_ms - 1
        return 0

    def _borders(self, from_ms: int, until_ms: int) -> list[int]:
        dates = [date for date in self._dates if from_ms <= date <= until_ms]
        weekly = self._week.borders(from_ms, until_ms, self._minutes) if self._week else []
        return sorted({*dates, *weekly})

    def _conditions(self, active: _Active) -> Conditions:
        known = self._known.get(active)
        if known is None:
            known = self._known[active] = self._made([self._facts[number] for number in active])
            if len(self._known) > CONDITIONS_KEPT:
                self._known.popitem(last=False)
        return known

    def _made(self, facts: Sequence[_Fact]) -> Conditions:
        areas = [fact.closed_area for fact in facts if fact.closed_area is not None]
        closed, shut = arcs_and_nodes_shut(self._areas, areas)
        closed.update(arc for fact in facts for arc in fact.closed_arcs)
        shut.update(fact.shut_node for fact in facts if fact.shut_node is not None)
        slow = [(fact.factor_pct, fact.slow_area) for fact in facts if fact.slow_area is not None]
        extras = self._areas.extra_mm(slow)
        extra_mm = {arc: mm for arc, mm in extras.items() if arc not in closed}
        return conditions(closed, shut, extra_mm)


def _in_force(when: _When, at_ms: int, minute: int) -> bool:
    if at_ms < when.from_ms or (when.until_ms and at_ms >= when.until_ms):
        return False
    return when.hours is None or when.hours.open_at(minute) != when.outside_hours


def _map_facts(graph: RoadGraph, areas: Areas) -> Iterator[_Fact]:
    """What the map says of times, in the order of its ids."""
    for zone in graph.campus.zones.values():
        if zone.zone_kind == "closed" or zone.zone_kind in SLOW_KINDS:
            yield _zone_fact(zone)
    for number, node_id in enumerate(graph.node_ids):
        hours = _not_always(graph.node(node_id).open_hours)
        if hours is not None:
            when = _When(hours=hours, outside_hours=True)
            yield _Fact(when, closed_arcs=areas.into(number), shut_node=number)
    by_hours: dict[str, list[int]] = {}
    for number in range(graph.net.arcs):
        hours_text = graph.arc(number).edge.open_hours
        if hours_text:
            by_hours.setdefault(hours_text, []).append(number)
    for text, arcs in sorted(by_hours.items()):
        hours = _not_always(text)
        if hours is not None:
            yield _Fact(_When(hours=hours, outside_hours=True), closed_arcs=tuple(arcs))


def _zone_fact(zone: Zone) -> _Fact:
    when = _When(zone.from_ms, zone.until_ms, _not_always(zone.hours))
    area = area_of(zone.outline, zone.level, f"zone {zone.id}")
    if zone.zone_kind == "closed":
        return _Fact(when, closed_area=area)
    return _Fact(when, slow_area=area, factor_pct=zone.factor_pct)


def _closure_fact(closure: Closure) -> _Fact:
    return _Fact(_When(closure.from_ms, closure.until_ms), closed_area=area_of_closure(closure))


def _not_always(text: str) -> WeekHours | None:
    hours = parse_hours(text) if text else None
    return None if hours is None or hours.always else hours


def _zone_of(graph: RoadGraph) -> tzinfo:
    site = graph.campus.site
    try:
        return ZoneInfo(site.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        raise TimetableError(f"site {site.id}: {site.timezone!r} is no known time zone") from None
