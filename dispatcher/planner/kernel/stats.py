# SPDX-License-Identifier: Apache-2.0
"""What a trip is, whoever drives it and whenever: its times at every stop, and its cost.

What must hold: after `measure` every column of the trip's row and of its stops that does not depend
on its robot is right. Starting at s, service at stop p starts at max(s + PT, PE); it must start by
SZ for all later windows to be kept. Waiting is in neither PT nor SS.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.layout import BIG, I64, MEMORY, VOID
from dispatcher.planner.kernel.rows import between, job, length_mm, stop


@inner(VOID(MEMORY, I64))
def _carried(m, t):  # type: ignore[no-untyped-def]
    """What trip `t` carries, and what that makes of its loading and unloading."""
    released, docks, undocks, loads, unloads, held = -BIG, 0, 0, 0, 0, 0
    large = middle = small = mass = 0
    m[stop(t, 0) + c.HELD] = 0
    for p in range(1, m[t + c.LENGTH] + 1):
        s = stop(t, p)
        j = job(m, m[s + c.VISIT])
        released = max(released, m[j + c.RELEASE])
        docks += m[j + c.DOCK]
        undocks += m[j + c.UNDOCK]
        loads += m[j + c.LOADED]
        unloads += m[j + c.UNLOADED]
        large += m[j + c.NEED]
        middle += m[j + c.NEED + 1]
        small += m[j + c.NEED + 2]
        mass += m[j + c.NEED + 3]
        held += m[j + c.LEG_LOAD]
        m[s + c.HELD] = held
        m[j + c.WHERE] = t
        m[j + c.AT] = p
    m[t + c.FREED] = released
    m[t + c.LOADS] = loads
    m[t + c.UNLOADS] = unloads
    m[t + c.LOADING] = docks + (m[c.LOADING_MS] if loads else 0)
    m[t + c.UNLOADING] = undocks + (m[c.LOADING_MS] if unloads else 0)
    m[t + c.LOAD] = large
    m[t + c.LOAD + 1] = middle
    m[t + c.LOAD + 2] = small
    m[t + c.LOAD + 3] = mass


@inner(I64(MEMORY, I64))
def waits(m, t):  # type: ignore[no-untyped-def]
    """How long a trip stands idle at stops, however well it is timed."""
    return max(0, m[t + c.EARLY_END] - m[t + c.LATE_START] - m[t + c.DURATION])


@inner(VOID(MEMORY, I64))
def measure(m, t):  # type: ignore[no-untyped-def]
    """Reckon all of trip `t` from its visits and the rows they are in."""
    last = m[t + c.LENGTH] + 1
    s = stop(t, 0)
    total, early, late = 0, -BIG, BIG
    m[s + c.PT], m[s + c.PE], m[s + c.PL] = 0, -BIG, BIG
    cost, driven_mm, limited = m[c.TRIP_PRICE], 0, m[c.LIMITED]
    end_opens, end_closes = -BIG, BIG
    before = m[s + c.VISIT]
    for p in range(1, last + 1):
        s = stop(t, p)
        here = m[s + c.VISIT]
        way = between(m, here, before)
        arc = m[way + c.COST_FROM]
        m[s - c.STOP_COLUMNS + c.ARC] = arc
        cost += arc
        if limited:
            driven_mm += length_mm(m, before, here)
        total += m[way + c.TIME_FROM]
        early += m[way + c.TIME_FROM]
        if p < last:
            row = m[s + c.ROW]
            cost += m[row + c.PRICE]
            early = max(early, m[row + c.OPENS])
            late = min(late, m[row + c.CLOSES] - total)
            j = job(m, here)
            end_opens = max(end_opens, m[j + c.END_OPENS])
            end_closes = min(end_closes, m[j + c.END_CLOSES])
        else:
            early = max(early, end_opens)
            late = min(late, end_closes - total)
        m[s + c.PT], m[s + c.PE], m[s + c.PL] = total, early, late
        before = here
    m[t + c.DURATION], m[t + c.EARLY_END], m[t + c.LATE_START] = total, early, late
    rest, ends, latest = 0, end_opens, end_closes
    m[s + c.SS], m[s + c.SE], m[s + c.SZ] = rest, ends, latest
    after = total
    for p in range(last - 1, -1, -1):
        s = stop(t, p)
        leg_ms = after - m[s + c.PT]
        after = m[s + c.PT]
        rest += leg_ms
        latest -= leg_ms
        if p > 0:
            row = m[s + c.ROW]
            ends = max(ends, m[row + c.OPENS] + rest)
            latest = min(latest, m[row + c.CLOSES])
        m[s + c.SS], m[s + c.SE], m[s + c.SZ] = rest, ends, latest
    cost += waits(m, t) * m[c.WAIT_PRICE]
    m[c.COST] += cost - m[t + c.TRIP_COST]
    m[t + c.TRIP_COST] = cost
    m[t + c.TRIP_MM] = driven_mm
    m[t + c.DIRTY] = 0
    _carried(m, t)
