# SPDX-License-Identifier: Apache-2.0
"""When a robot is where in one trip.

What must hold: int only. A trip ends as early as it can; then it sets out as late as it can without
ending later or making a handover late (later, where it is late anyway): a robot waits at the
station, where parcels can still join, and not at a stop. Where it still waits at a stop, it got
there as early as it could.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dispatcher.planner.legs import WAIT_MAX_MS, Leaving, Legs
from dispatcher.planner.problem import FOREVER_MS
from dispatcher.planner.solution import LOAD
from dispatcher.planner.stands import Stand

Times = tuple[int, int, int]
"""Arrival, start and departure of one stand, in ms."""


class Run(NamedTuple):
    """A trip with times, one for each stand. `late_ms` is that of all tasks, each as heavy.

    `penalty` is what it costs beside way, duty and plain lateness, in 1/1000 cost units;
    `energy_mwh` what it takes from the robot's battery. Both are 0 where the problem has none.
    """

    depart_not_before_ms: int
    end_node: str
    end_ms: int
    late_ms: int
    length_mm: int
    times: tuple[Times, ...]
    penalty: int = 0
    energy_mwh: int = 0

    @property
    def duty_ms(self) -> int:
        """From setting out to the end."""
        return self.end_ms - self.depart_not_before_ms


def run_trip(legs: Legs, node: str, free_ms: int, stands: Sequence[Stand]) -> Run | None:
    """Time one trip of a robot that is free at `node` from `free_ms`; None: no way, or one of its
    stands comes after the last moment at which it is allowed."""
    if not legs.later:
        return _run_by_one_table(legs, node, free_ms, stands)
    table, until_ms = legs.slot(free_ms)
    run = _run_by_one_table(table, node, free_ms, stands)
    if run is not None and run.end_ms <= until_ms:
        return run
    return _run_by_slots(legs, node, free_ms, stands)


def _run_by_one_table(legs: Legs, node: str, free_ms: int, stands: Sequence[Stand]) -> Run | None:
    now_ms, late_ms, length_mm, waits = free_ms, 0, 0, False
    times: list[Times] = []
    for stand_node, earliest_ms, service_ms, latests_ms, _, extra in stands:
        ms, mm = legs[node][stand_node]
        if ms < 0:
            return None
        start_ms = arrive_ms = now_ms + ms
        if start_ms < earliest_ms:
            start_ms = earliest_ms
        if extra is not None:
            start_ms = extra.first_start_ms(start_ms)
            if start_ms > extra.limit_ms:
                return None
        for latest_ms in latests_ms:
            if start_ms > latest_ms:
                late_ms += start_ms - latest_ms
        if start_ms > arrive_ms:
            waits = True
        now_ms = start_ms + service_ms
        times.append((arrive_ms, start_ms, now_ms))
        length_mm += mm
        node = stand_node
    set_out_ms = free_ms
    if waits:
        set_out_ms += times[0][1] - times[0][0]
        times[0] = (times[0][1], *times[0][1:])
        set_out_ms += _put_off(stands, times)
    return Run(set_out_ms, node, now_ms, late_ms, length_mm, tuple(times))


def _put_off(stands: Sequence[Stand], times: list[Times]) -> int:
    """Move waits at stops to before the first stand; by how much that starts later."""
    slack_ms = 0
    for number in range(len(times) - 1, 0, -1):
        slack_ms += times[number][1] - times[number][0]
        if slack_ms:
            start_ms = times[number - 1][1]
            slack_ms = _last_start_ms(stands[number - 1], start_ms, start_ms + slack_ms) - start_ms
    put_off_ms = moved_ms = slack_ms
    for number, (arrive_ms, start_ms, depart_ms) in enumerate(times):
        if not moved_ms:
            break
        arrive_ms += moved_ms
        at_ms = max(start_ms, arrive_ms)
        extra = stands[number].extra
        if extra is not None:
            at_ms = extra.first_start_ms(at_ms)
        moved_ms = at_ms - start_ms
        times[number] = (arrive_ms, at_ms, depart_ms + moved_ms)
    return put_off_ms


def _last_start_ms(stand: Stand, start_ms: int, by_ms: int) -> int:
    """The last start from `start_ms` (which is allowed) up to `by_ms` that makes nothing late, nor
    what is late already later."""
    for latest_ms in stand.latests_ms:
        by_ms = min(by_ms, max(latest_ms, start_ms))
    extra = stand.extra
    if extra is not None:
        by_ms = min(by_ms, extra.limit_ms)
        for due in extra.dues:
            if due.planned_robot and start_ms <= due.planned_until_ms:
                by_ms = min(by_ms, due.planned_until_ms)
        by_ms = extra.last_start_ms(by_ms)
    return by_ms


def _run_by_slots(legs: Legs, node: str, free_ms: int, stands: Sequence[Stand]) -> Run | None:
    """The same where the way depends on when one sets out. A robot may wait for a better way: as
    long as it likes before a trip and after loading, else up to `WAIT_MAX_MS`. It starts nothing
    where the way there is closed by then."""
    early = _forward(legs, node, free_ms, stands)
    if early is None:
        return None
    by_ms = early.times[-1][1]
    for number in range(len(stands) - 1, 0, -1):
        before = stands[number - 1]
        _, start_ms, depart_ms = early.times[number - 1]
        ready_ms = min(depart_ms, start_ms + before.service_ms)
        last = legs.leave_last(before.node, stands[number].node, by_ms, ready_ms)
        latest_ms = last.depart_ms - before.service_ms if last else start_ms
        by_ms = _last_start_ms(before, start_ms, max(start_ms, latest_ms))
    out = legs.leave_last(node, stands[0].node, by_ms, free_ms)
    if out is None or out.depart_ms == early.depart_not_before_ms:
        return early
    late = _forward(legs, node, free_ms, stands, out, by_ms)
    if late is None or late.end_ms > early.end_ms or late.late_ms > early.late_ms:
        return early
    return late


def _start_ms(leaving: Leaving, stand: Stand, least_ms: int) -> int:
    """When a stand starts for who comes there."""
    start_ms = max(leaving.arrive_ms, stand.earliest_ms, least_ms)
    return stand.extra.first_start_ms(start_ms) if stand.extra is not None else start_ms


def _forward(
    legs: Legs,
    node: str,
    free_ms: int,
    stands: Sequence[Stand],
    out: Leaving | None = None,
    begin_ms: int = 0,
) -> Run | None:
    """A trip as early as it can be, or setting out as `out` says and starting at `begin_ms`."""
    late_ms = length_mm = set_out_ms = 0
    ready_ms, wait_ms = free_ms, FOREVER_MS
    times: list[Times] = []
    for stand in stands:
        leaving = out if out and not times else legs.leave(node, stand.node, ready_ms, wait_ms)
        start_ms = _start_ms(leaving, stand, 0 if times else begin_ms)
        while leaving.ms >= 0 and legs.at(start_ms)[node][stand.node][0] < 0:
            # Closed by the time at which it may start there: then not before it opens again.
            opens_ms = legs.slot(start_ms)[1]
            if opens_ms > ready_ms + wait_ms:
                return None
            leaving = legs.leave(node, stand.node, opens_ms, ready_ms + wait_ms - opens_ms)
            start_ms = _start_ms(leaving, stand, 0)
        if leaving.ms < 0 or (stand.extra is not None and start_ms > stand.extra.limit_ms):
            return None
        if times:
            times[-1] = (*times[-1][:2], leaving.depart_ms)
        else:
            set_out_ms = leaving.depart_ms
        late_ms += sum(max(0, start_ms - latest_ms) for latest_ms in stand.latests_ms)
        ready_ms = start_ms + stand.service_ms
        times.append((leaving.arrive_ms, start_ms, ready_ms))
        length_mm += leaving.mm
        node = stand.node
        wait_ms = FOREVER_MS if stand.tasks and stand.tasks[0][0] == LOAD else WAIT_MAX_MS
    return Run(set_out_ms, node, ready_ms, late_ms, length_mm, tuple(times))
