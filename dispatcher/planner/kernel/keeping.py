# SPDX-License-Identifier: Apache-2.0
"""Putting things aside before they are changed, so that an iteration can be undone.

What must hold: whoever changes a trip, or a robot's chain, has called `keep_trip` or `keep_robot`
for it before, in this iteration. Every visit that an iteration takes out or offers a place is in
the list of offers.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.chains import retime
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.layout import I64, MEMORY, VOID
from dispatcher.planner.kernel.rows import job, stop


@inner(VOID(MEMORY))
def begin(m):  # type: ignore[no-untyped-def]
    """A new iteration: nothing is put aside."""
    m[c.CLOCK] += 1
    m[c.TOUCHED_MANY] = 0
    m[c.MET_MANY] = 0
    m[c.KEPT_END] = m[c.KEPT]


@inner(VOID(MEMORY, I64))
def keep_trip(m, t):  # type: ignore[no-untyped-def]
    """Put trip `t` aside, once an iteration."""
    if m[t + c.TRIP_KEPT] == m[c.CLOCK]:
        return
    m[t + c.TRIP_KEPT] = m[c.CLOCK]
    m[m[c.TOUCHED] + m[c.TOUCHED_MANY]] = t
    m[c.TOUCHED_MANY] += 1
    to, size = m[c.KEPT_END], c.TRIP_COLUMNS
    if m[t + c.FREE_AT] < 0:
        size += (m[t + c.LENGTH] + 2) * c.STOP_COLUMNS
    for i in range(size):
        m[to + i] = m[t + i]
    m[c.KEPT_END] = to + size


@inner(VOID(MEMORY, I64))
def keep_robot(m, k):  # type: ignore[no-untyped-def]
    """Put the chain of robot `k` aside, once an iteration; its trips are timed anew by `undo`."""
    if m[k + c.MET_AT] == m[c.CLOCK]:
        return
    m[k + c.MET_AT] = m[c.CLOCK]
    number = m[c.MET_MANY]
    m[m[c.MET] + number] = k
    m[c.MET_MANY] = number + 1
    to = m[c.KEPT_CHAINS] + number * m[c.ROBOT_WIDTH]
    count = m[k + c.TRIPS]
    m[to] = count
    for q in range(count):
        m[to + 1 + q] = m[k + c.ROBOT_COLUMNS + q]


@inner(VOID(MEMORY, I64))
def leave_out(m, v):  # type: ignore[no-untyped-def]
    """Visit `v` (and its partner) is in no trip."""
    j, number = job(m, v), m[c.ABSENT_MANY]
    m[j + c.WHERE] = -1
    if m[j + c.PARTNER] >= 0:
        m[job(m, m[j + c.PARTNER]) + c.WHERE] = -1
    m[m[c.ABSENT_LIST] + number] = v
    m[j + c.ABSENT_AT] = number
    m[c.ABSENT_MANY] = number + 1
    m[c.COST] += m[j + c.SKIP]


@inner(VOID(MEMORY, I64))
def take_in(m, v):  # type: ignore[no-untyped-def]
    """Visit `v` is absent no more."""
    j, last = job(m, v), m[c.ABSENT_MANY] - 1
    moved = m[m[c.ABSENT_LIST] + last]
    m[m[c.ABSENT_LIST] + m[j + c.ABSENT_AT]] = moved
    m[job(m, moved) + c.ABSENT_AT] = m[j + c.ABSENT_AT]
    m[j + c.ABSENT_AT] = -1
    m[c.ABSENT_MANY] = last
    m[c.COST] -= m[j + c.SKIP]


@inner(VOID(MEMORY, I64))
def _use(m, t):  # type: ignore[no-untyped-def]
    """Take trip `t` out of the list of unused ones."""
    last = m[c.FREE_MANY] - 1
    moved = m[m[c.FREE_LIST] + last]
    m[m[c.FREE_LIST] + m[t + c.FREE_AT]] = moved
    m[moved + c.FREE_AT] = m[t + c.FREE_AT]
    m[t + c.FREE_AT] = -1
    m[c.FREE_MANY] = last


@inner(I64(MEMORY))
def new_trip(m):  # type: ignore[no-untyped-def]
    """An unused trip, now in use; it is empty and on no robot."""
    t = m[m[c.FREE_LIST] + m[c.FREE_MANY] - 1]
    keep_trip(m, t)
    _use(m, t)
    m[t + c.LENGTH] = m[t + c.GAP] = m[t + c.TRIP_COST] = 0
    return t


@inner(VOID(MEMORY, I64))
def drop_trip(m, t):  # type: ignore[no-untyped-def]
    """Trip `t`, which is on no robot, is unused from now on."""
    m[c.COST] -= m[t + c.TRIP_COST]
    m[m[c.FREE_LIST] + m[c.FREE_MANY]] = t
    m[t + c.FREE_AT] = m[c.FREE_MANY]
    m[c.FREE_MANY] += 1


@inner(VOID(MEMORY, I64, I64))
def _restore(m, t, kept):  # type: ignore[no-untyped-def]
    """Trip `t` as it was put aside at `kept`."""
    was_free, is_free = m[kept + c.FREE_AT] >= 0, m[t + c.FREE_AT] >= 0
    if was_free and not is_free:
        drop_trip(m, t)
    elif is_free and not was_free:
        _use(m, t)
    at = m[t + c.FREE_AT]
    size = c.TRIP_COLUMNS
    if not was_free:
        size += (m[kept + c.LENGTH] + 2) * c.STOP_COLUMNS
    for i in range(size):
        m[t + i] = m[kept + i]
    m[t + c.FREE_AT] = at


@inner(VOID(MEMORY, I64))
def undo(m, cost):  # type: ignore[no-untyped-def]
    """Everything as it was when the iteration began and the plan cost `cost`."""
    for i in range(m[c.OFFERS_MANY]):
        offer = m[m[c.OFFERS] + i]
        v, was_absent = offer >> 1, offer & 1
        is_absent = m[job(m, v) + c.ABSENT_AT] >= 0
        if was_absent and not is_absent:
            leave_out(m, v)
        elif is_absent and not was_absent:
            take_in(m, v)
    kept = m[c.KEPT]
    for number in range(m[c.TOUCHED_MANY]):
        t = m[m[c.TOUCHED] + number]
        _restore(m, t, kept)
        kept += c.TRIP_COLUMNS
        if m[t + c.FREE_AT] >= 0:
            continue
        kept += (m[t + c.LENGTH] + 2) * c.STOP_COLUMNS
        for p in range(1, m[t + c.LENGTH] + 1):
            j = job(m, m[stop(t, p) + c.VISIT])
            m[j + c.WHERE] = t
            m[j + c.AT] = p
    for number in range(m[c.MET_MANY]):
        k = m[m[c.MET] + number]
        kept = m[c.KEPT_CHAINS] + number * m[c.ROBOT_WIDTH]
        m[k + c.TRIPS] = m[kept]
        for q in range(m[kept]):
            m[k + c.ROBOT_COLUMNS + q] = m[kept + 1 + q]
        retime(m, k)
    m[c.COST] = cost
