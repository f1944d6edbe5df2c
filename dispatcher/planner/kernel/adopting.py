# SPDX-License-Identifier: Apache-2.0
"""Taking a live plan in, as the start of a search.

What must hold: what is taken in obeys every rule; a trip that does not (its robot is late, a window
has passed) is not taken, and its visits stay absent.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.chains import attach, gap_room, has_room
from dispatcher.planner.kernel.compiling import entry, inner
from dispatcher.planner.kernel.energy import bears
from dispatcher.planner.kernel.growing import open_row, put
from dispatcher.planner.kernel.keeping import begin, drop_trip, keep_robot, new_trip, take_in
from dispatcher.planner.kernel.layout import I64, MEMORY, VOID
from dispatcher.planner.kernel.rows import between, end_of, job, robot, start_of, stop
from dispatcher.planner.kernel.stats import measure


@inner(I64(MEMORY, I64, I64))
def _choose_rows(m, t, departs):  # type: ignore[no-untyped-def]
    """Give each visit of a trip that departs then the row that it can keep; 0: one has none."""
    now, before = departs, m[stop(t, 0) + c.VISIT]
    for p in range(1, m[t + c.LENGTH] + 1):
        s = stop(t, p)
        here = m[s + c.VISIT]
        now += m[between(m, here, before) + c.TIME_FROM]
        j = job(m, here)
        row = m[j + c.ROWS]
        while row < m[j + c.ROWS_END] and now > m[row + c.CLOSES]:
            row += c.SLOT_COLUMNS
        if row == m[j + c.ROWS_END]:
            return 0
        m[s + c.ROW] = row
        now, before = max(now, m[row + c.OPENS]), here
    return 1


@inner(I64(MEMORY, I64, I64))
def _fits_last(m, t, k):  # type: ignore[no-untyped-def]
    """Whether trip `t`, whose visits are written, can be the last of robot `k`; measures it."""
    count, x = m[k + c.TRIPS], m[c.TRIAL]
    at, ready = m[k + c.BEGIN], m[k + c.FREE]
    if count:
        last = m[k + c.ROBOT_COLUMNS + count - 1]
        at, ready = end_of(m, last), m[last + c.END]
    start, end = start_of(m, t), end_of(m, t)
    ready += m[between(m, start, at) + c.TIME_FROM]
    if not _choose_rows(m, t, ready):
        return 0
    measure(m, t)
    # Now it is known how long loading takes and when all of it is there.
    if not _choose_rows(m, t, max(ready, m[t + c.FREED]) + m[t + c.LOADING]):
        return 0
    measure(m, t)
    for p in range(1, m[t + c.LENGTH] + 1):
        if m[stop(t, p) + c.PE] > m[stop(t, p) + c.SZ]:
            return 0
        if m[stop(t, p) + c.HELD] > m[k + c.ROOM + 3]:
            return 0
    for column in range(c.TRIP_COLUMNS):
        m[x + column] = m[t + column]
    if (count and m[t + c.TRIP_PIN] >= 0) or not has_room(m, k):
        return 0
    room, _ = gap_room(m, k, count, start, end)
    if room < 0:
        return 0
    return bears(m, k, count, 0, start, end) if m[c.LIMITED] else 1


@inner(I64(MEMORY, I64, I64, I64))
def _written(m, k, at, length):  # type: ignore[no-untyped-def]
    """A new trip with the visits that stand at `at`."""
    t, pinned, home = new_trip(m), m[c.STATIONLESS] > 0, m[c.VISITS]
    for i in range(length):
        j = job(m, m[at + i])
        if m[j + c.STATION] >= 0:
            home = m[j + c.STATION]
        if m[j + c.PIN] >= 0:
            pinned = 1
    if pinned:
        end = m[k + c.FINISH] if m[c.STATIONLESS] else home
        open_row(m, t, m[k + c.BEGIN], end, m[k + c.NUMBER], home)
    else:
        open_row(m, t, home, home, -1, home)
    for i in range(length):
        put(m, t, i, m[at + i], m[job(m, m[at + i]) + c.ROWS])
    return t


@entry(VOID(MEMORY))
def adopt(m):  # type: ignore[no-untyped-def]
    """Take in the plan that stands at BEST_PLAN: for each robot the number of its trips, for each
    trip the number of its visits and the visits."""
    begin(m)
    at = m[c.BEST_PLAN]
    for number in range(m[c.ROBOTS]):
        k = robot(m, number)
        trips = m[at]
        at += 1
        for _ in range(trips):
            length = m[at]
            t = _written(m, k, at + 1, length)
            if _fits_last(m, t, k):
                for i in range(length):
                    if m[job(m, m[at + 1 + i]) + c.PARTNER] >= -1:
                        take_in(m, m[at + 1 + i])
                keep_robot(m, k)
                attach(m, t, k, m[k + c.TRIPS])
            else:
                for i in range(length):
                    m[job(m, m[at + 1 + i]) + c.WHERE] = -1
                drop_trip(m, t)
            at += 1 + length
