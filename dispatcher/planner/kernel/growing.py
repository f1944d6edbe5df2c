# SPDX-License-Identifier: Apache-2.0
"""Trips that are only thought of: one with a visit more, one for a visit alone.

What must hold: the numbers put into the trial are those that `measure` would find, without walking
through the trip.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.layout import BIG, I64, MEMORY, VOID
from dispatcher.planner.kernel.rows import between, job, length_mm, stop
from dispatcher.planner.kernel.stats import waits


@inner(VOID(MEMORY, I64))
def add_need(m, v):  # type: ignore[no-untyped-def]
    """What visit `v` adds to the trial wherever it comes."""
    x, j = m[c.TRIAL], job(m, v)
    m[x + c.LENGTH] += 1
    m[x + c.FREED] = max(m[x + c.FREED], m[j + c.RELEASE])
    m[x + c.LOADING] += m[j + c.DOCK]
    m[x + c.UNLOADING] += m[j + c.UNDOCK]
    if m[j + c.LOADED] and m[x + c.LOADS] == 0:
        m[x + c.LOADING] += m[c.LOADING_MS]
    if m[j + c.UNLOADED] and m[x + c.UNLOADS] == 0:
        m[x + c.UNLOADING] += m[c.LOADING_MS]
    m[x + c.LOADS] += m[j + c.LOADED]
    m[x + c.UNLOADS] += m[j + c.UNLOADED]
    for i in range(4):
        m[x + c.LOAD + i] += m[j + c.NEED + i]


@inner(VOID(MEMORY, I64, I64, I64, I64))
def grow(m, t, p, v, row):  # type: ignore[no-untyped-def]
    """Put into the trial what trip `t` would be with visit `v`, in `row`, after its stop `p`."""
    x, s, n = m[c.TRIAL], stop(t, p), stop(t, p + 1)
    i, j = m[s + c.VISIT], m[n + c.VISIT]
    for column in range(c.TRIP_COLUMNS):
        m[x + column] = m[t + column]
    add_need(m, v)
    to_v, from_v = between(m, v, i), between(m, v, j)
    leg_in, leg_out = m[to_v + c.TIME_FROM], m[from_v + c.TIME_TO]
    starts = max(m[s + c.PE] + leg_in, m[row + c.OPENS])
    closes, rest = m[job(m, v) + c.END_CLOSES], leg_out + m[n + c.SS]
    latest = min(m[row + c.CLOSES], m[n + c.SZ] - leg_out, closes - rest)
    m[x + c.EARLY_END] = max(starts + rest, m[n + c.SE], m[job(m, v) + c.END_OPENS])
    m[x + c.LATE_START] = min(m[s + c.PL], latest - leg_in - m[s + c.PT])
    m[x + c.DURATION] += leg_in + leg_out - (m[n + c.PT] - m[s + c.PT])
    if m[c.LIMITED]:
        m[x + c.TRIP_MM] += length_mm(m, i, v) + length_mm(m, v, j) - length_mm(m, i, j)
    added = m[to_v + c.COST_FROM] + m[from_v + c.COST_TO] - m[s + c.ARC] + m[row + c.PRICE]
    m[x + c.TRIP_COST] += added + m[c.WAIT_PRICE] * (waits(m, x) - waits(m, t))


@inner(VOID(MEMORY, I64, I64))
def clear_trial(m, pin, home):  # type: ignore[no-untyped-def]
    """An empty trial."""
    x = m[c.TRIAL]
    for column in range(c.TRIP_COLUMNS):
        m[x + column] = 0
    m[x + c.FREED] = -BIG
    m[x + c.TRIP_PIN] = pin
    m[x + c.HOME] = home


@inner(VOID(MEMORY, I64, I64, I64, I64))
def alone(m, v, row, start, end):  # type: ignore[no-untyped-def]
    """Put into the trial, which is empty, the trip from `start` over visit `v` to `end`."""
    x, to_v, from_v = m[c.TRIAL], between(m, v, start), between(m, v, end)
    add_need(m, v)
    m[x + c.DURATION] = m[to_v + c.TIME_FROM] + m[from_v + c.TIME_TO]
    j = job(m, v)
    m[x + c.EARLY_END] = max(m[row + c.OPENS] + m[from_v + c.TIME_TO], m[j + c.END_OPENS])
    closes = m[j + c.END_CLOSES] - m[x + c.DURATION]
    m[x + c.LATE_START] = min(m[row + c.CLOSES] - m[to_v + c.TIME_FROM], closes)
    m[x + c.TRIP_MM] = length_mm(m, start, v) + length_mm(m, v, end)
    m[x + c.TRIP_COST] = m[to_v + c.COST_FROM] + m[from_v + c.COST_TO] + m[row + c.PRICE]
    m[x + c.TRIP_COST] += m[c.TRIP_PRICE]


@inner(I64(MEMORY, I64, I64))
def may_join(m, t, j):  # type: ignore[no-untyped-def]
    """Whether trip `t`, on its robot, has room for the visit of row `j`, and stations agree."""
    k = m[t + c.ROBOT]
    if m[t + c.LOAD + 3] + m[j + c.NEED + 3] > m[k + c.ROOM + 3]:
        return 0
    if m[t + c.LOAD + 2] + m[j + c.NEED + 2] > m[k + c.ROOM + 2]:
        return 0
    if m[t + c.LOAD + 1] + m[j + c.NEED + 1] > m[k + c.ROOM + 1]:
        return 0
    if m[t + c.LOAD] + m[j + c.NEED] > m[k + c.ROOM]:
        return 0
    if m[j + c.STATION] >= 0 and m[t + c.HOME] != m[j + c.STATION]:
        return 0
    pin, asked = m[t + c.TRIP_PIN], m[j + c.PIN]
    return 0 if pin != asked and (asked >= 0 or m[j + c.LOADED]) else 1


@inner(VOID(MEMORY, I64, I64, I64, I64))
def put(m, t, p, v, row):  # type: ignore[no-untyped-def]
    """Write `v` into trip `t`, after stop `p`; nothing is measured."""
    for at in range(m[t + c.LENGTH] + 1, p, -1):
        s = stop(t, at)
        m[s + c.STOP_COLUMNS + c.VISIT] = m[s + c.VISIT]
        m[s + c.STOP_COLUMNS + c.ROW] = m[s + c.ROW]
    s = stop(t, p + 1)
    m[s + c.VISIT] = v
    m[s + c.ROW] = row
    m[t + c.LENGTH] += 1


@inner(VOID(MEMORY, I64, I64, I64, I64, I64))
def open_row(m, t, start, end, pin, home):  # type: ignore[no-untyped-def]
    """An empty trip from `start` to `end` in the row of `t`."""
    m[t + c.TRIP_PIN] = pin
    m[t + c.HOME] = home
    m[stop(t, 0) + c.VISIT] = start
    m[stop(t, 1) + c.VISIT] = end
