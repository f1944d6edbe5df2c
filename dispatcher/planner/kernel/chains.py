# SPDX-License-Identifier: Apache-2.0
"""Trips on robots: when each can be, and where there is a gap for one more.

What must hold: a chain is timed as early as can be (`READY`, `END`) and as late as can be
(`ZBEGIN`, `ZEND`); a trip that keeps to READY and ZEND disturbs nobody. A trip is a job: it departs
at s0 = max(ready and loaded, min(E - T, L)) or later, until L, and then takes max(T, E - s0). To
depart before s0 never ends it earlier.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.energy import bears
from dispatcher.planner.kernel.layout import I64, MEMORY, VOID, tuple_of
from dispatcher.planner.kernel.rows import between, end_of, robot, start_of


@inner(VOID(MEMORY, I64))
def _cost_ways(m, k):  # type: ignore[no-untyped-def]
    """Count what driving to, between and after the trips of robot `k` costs."""
    count, at, cost = m[k + c.TRIPS], m[k + c.BEGIN], 0
    for q in range(count):
        t = m[k + c.ROBOT_COLUMNS + q]
        cost += m[between(m, start_of(m, t), at) + c.COST_FROM]
        at = end_of(m, t)
    if count:
        cost += m[between(m, m[k + c.FINISH], at) + c.COST_FROM]
    m[c.COST] += cost - m[k + c.WAYS]
    m[k + c.WAYS] = cost


@inner(VOID(MEMORY, I64))
def retime(m, k):  # type: ignore[no-untyped-def]
    """Time all trips of robot `k`, which must be possible, forwards and backwards."""
    count, at, now = m[k + c.TRIPS], m[k + c.BEGIN], m[k + c.FREE]
    if m[c.LIMITED]:
        bears(m, k, -1, 0, 0, 0)  # sets the gaps for charging
    for q in range(count):
        t = m[k + c.ROBOT_COLUMNS + q]
        m[t + c.ROBOT] = k
        m[t + c.PLACE] = q
        ready = now + m[between(m, start_of(m, t), at) + c.TIME_FROM] + m[t + c.GAP]
        m[t + c.READY] = ready
        departs = max(ready, m[t + c.FREED]) + m[t + c.LOADING]
        departs = max(departs, min(m[t + c.EARLY_END] - m[t + c.DURATION], m[t + c.LATE_START]))
        now = max(departs + m[t + c.DURATION], m[t + c.EARLY_END]) + m[t + c.UNLOADING]
        m[t + c.END] = now
        at = end_of(m, t)
    latest, to = m[k + c.SHIFT_END], m[k + c.FINISH]
    for q in range(count - 1, -1, -1):
        t = m[k + c.ROBOT_COLUMNS + q]
        over = latest - m[between(m, to, end_of(m, t)) + c.TIME_FROM]
        m[t + c.ZEND] = over
        departs = min(over - m[t + c.UNLOADING] - m[t + c.DURATION], m[t + c.LATE_START])
        m[t + c.ZBEGIN] = departs - m[t + c.LOADING]
        latest, to = m[t + c.ZBEGIN] - m[t + c.GAP], start_of(m, t)
    if m[c.LINKED]:
        _cost_ways(m, k)


@inner(VOID(MEMORY, I64, I64, I64))
def attach(m, t, k, q):  # type: ignore[no-untyped-def]
    """Make trip `t` number `q` of robot `k`."""
    chain, count = k + c.ROBOT_COLUMNS, m[k + c.TRIPS]
    for i in range(count, q, -1):
        m[chain + i] = m[chain + i - 1]
    m[chain + q] = t
    m[k + c.TRIPS] = count + 1
    retime(m, k)


@inner(VOID(MEMORY, I64))
def detach(m, t):  # type: ignore[no-untyped-def]
    """Take trip `t` off its robot, whose other trips are not timed anew."""
    k = m[t + c.ROBOT]
    chain, count = k + c.ROBOT_COLUMNS, m[k + c.TRIPS] - 1
    for i in range(m[t + c.PLACE], count):
        m[chain + i] = m[chain + i + 1]
        m[m[chain + i] + c.PLACE] = i
    m[k + c.TRIPS] = count
    m[t + c.GAP] = 0


@inner(tuple_of(2)(MEMORY, I64, I64, I64, I64))
def gap_room(m, k, q, start, end):  # type: ignore[no-untyped-def]
    """How loose the trial is as number `q` of robot `k` (-1: it does not fit there), and what
    driving to and from it adds."""
    x, count = m[c.TRIAL], m[k + c.TRIPS]
    at, ready = m[k + c.BEGIN], m[k + c.FREE]
    if q > 0:
        before = m[k + c.ROBOT_COLUMNS + q - 1]
        at, ready = end_of(m, before), m[before + c.END]
    to, latest = m[k + c.FINISH], m[k + c.SHIFT_END]
    if q < count:
        after = m[k + c.ROBOT_COLUMNS + q]
        to, latest = start_of(m, after), m[after + c.ZBEGIN] - m[after + c.GAP]
    there, on = between(m, start, at), between(m, to, end)
    departs = max(ready + m[there + c.TIME_FROM], m[x + c.FREED]) + m[x + c.LOADING]
    departs = max(departs, min(m[x + c.EARLY_END] - m[x + c.DURATION], m[x + c.LATE_START]))
    if departs > m[x + c.LATE_START]:
        return -1, 0
    ends = max(departs + m[x + c.DURATION], m[x + c.EARLY_END]) + m[x + c.UNLOADING]
    room = latest - m[on + c.TIME_FROM] - ends
    if room < 0 or not m[c.LINKED]:
        return room, 0
    added = m[there + c.COST_FROM] + m[on + c.COST_FROM]
    if count > 0:
        added -= m[between(m, to, at) + c.COST_FROM]
    return room, added


@inner(I64(MEMORY, I64))
def has_room(m, k):  # type: ignore[no-untyped-def]
    """Whether robot `k` has room for what the trial carries, and may make one more trip."""
    x = m[c.TRIAL]
    for i in range(4):
        if m[x + c.LOAD + i] > m[k + c.ROOM + i]:
            return 0
    return 1 if m[k + c.TRIPS] < m[k + c.TRIPS_MAX] else 0


@inner(tuple_of(3)(MEMORY, I64, I64, I64, I64))
def find_gap(m, start, end, skipped, below):  # type: ignore[no-untyped-def]
    """The gap for the trial that adds least driving, and of those the loosest.

    Robot `skipped` is left out (-1: none). Returns robot (-1: there is none), number and added cost
    (less than `below`).
    """
    best_room, best_k, best_q, best_added = -1, -1, -1, below
    m[c.SEARCHES] += 1
    pin = m[m[c.TRIAL] + c.TRIP_PIN]
    for number in range(m[c.ROBOTS]):
        k = robot(m, number)
        count = m[k + c.TRIPS]
        if k == skipped or (pin >= 0 and number != pin) or not has_room(m, k):
            continue
        if count == 0 and pin < 0:
            if m[m[k + c.KIND] + c.SEEN] == m[c.SEARCHES]:
                continue
            m[m[k + c.KIND] + c.SEEN] = m[c.SEARCHES]
        first = 0
        if count > 0 and m[m[k + c.ROBOT_COLUMNS] + c.TRIP_PIN] >= 0:
            first = 1
        for q in range(first, 1 if pin >= 0 else count + 1):
            room, added = gap_room(m, k, q, start, end)
            if room < 0 or added > best_added:
                continue
            if added == best_added and (best_k < 0 or room <= best_room):
                continue
            if m[c.LIMITED] and not bears(m, k, q, 0, start, end):
                continue
            best_room, best_k, best_q, best_added = room, k, q, added
    return best_k, best_q, best_added
