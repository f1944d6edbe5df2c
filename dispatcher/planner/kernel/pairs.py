# SPDX-License-Identifier: Apache-2.0
"""Where two visits that belong together cost least: pick-up, then drop-off, in one trip.

What must hold: like `placing`, whatever is found is possible as the plan stands. The pick-up's
place is O(1) to judge; from there the trip is walked until the drop-off has been tried everywhere.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.chains import attach, find_gap, retime
from dispatcher.planner.kernel.chance import draw
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.energy import bears
from dispatcher.planner.kernel.growing import add_need, clear_trial, may_join, open_row, put
from dispatcher.planner.kernel.keeping import keep_robot, keep_trip, new_trip, take_in
from dispatcher.planner.kernel.layout import I64, MEMORY, VOID, tuple_of
from dispatcher.planner.kernel.rows import between, end_of, job, length_mm, robot, start_of, stop
from dispatcher.planner.kernel.stats import measure


@inner(I64(MEMORY, I64, I64))
def _row_for(m, j, reached):  # type: ignore[no-untyped-def]
    """The first row of a visit that who is there at `reached` can keep; -1: none."""
    for row in range(m[j + c.ROWS], m[j + c.ROWS_END], c.SLOT_COLUMNS):
        if reached <= m[row + c.CLOSES]:
            return row
    return -1


@inner(VOID(MEMORY, I64, I64))
def _try_trip(m, t, v):  # type: ignore[no-untyped-def]
    """Put into the trial trip `t` with what `v` adds to it wherever it comes."""
    for column in range(c.TRIP_COLUMNS):
        m[m[c.TRIAL] + column] = m[t + column]
    add_need(m, v)
    m[m[c.TRIAL] + c.LENGTH] += 1


@inner(I64(MEMORY, I64, I64))
def _bears_pair(m, t, v):  # type: ignore[no-untyped-def]
    """Whether the robot of `t` can drive that much more: by an upper bound of the way round."""
    x, to = m[c.TRIAL], m[job(m, v) + c.PARTNER]
    _try_trip(m, t, v)
    longest_mm = longest_ms = 0
    for p in range(m[t + c.LENGTH] + 2):
        at = m[stop(t, p) + c.VISIT]
        longest_mm = max(longest_mm, length_mm(m, at, v), length_mm(m, to, at))
        into, out = between(m, v, at) + c.TIME_FROM, between(m, to, at) + c.TIME_TO
        longest_ms = max(longest_ms, m[into], m[out])
    m[x + c.TRIP_MM] += 2 * longest_mm + length_mm(m, v, to)
    longer_ms = 2 * longest_ms + m[between(m, v, to) + c.TIME_TO]
    m[x + c.DURATION] += longer_ms
    m[x + c.EARLY_END] += longer_ms
    m[x + c.LATE_START] -= longer_ms
    return bears(m, m[t + c.ROBOT], m[t + c.PLACE], 1, start_of(m, t), end_of(m, t))


@inner(tuple_of(5)(MEMORY, I64, I64, I64))
def _scan_pair(m, t, v, below):  # type: ignore[no-untyped-def]
    """The cheapest two places in trip `t` for `v` and its partner, below a price: what they add,
    after which stops (both as the trip is now; -1: none), in which rows."""
    j, x = job(m, v), m[c.TRIAL]
    to = m[j + c.PARTNER]
    to_j = job(m, to)
    _try_trip(m, t, v)
    departs = max(m[t + c.READY], m[x + c.FREED]) + m[x + c.LOADING]
    over = m[t + c.ZEND] - m[x + c.UNLOADING]
    room = m[m[t + c.ROBOT] + c.ROOM + 3] - m[x + c.LOAD + 3]
    best, best_p, best_q, best_row, best_to = below, -1, -1, -1, -1
    last = m[t + c.LENGTH]
    for p in range(last + 1):
        s = stop(t, p)
        if m[s + c.PE] > m[j + c.LATEST]:
            break
        if m[s + c.STOP_COLUMNS + c.SZ] < m[j + c.EARLIEST]:
            continue
        here, after = m[s + c.VISIT], m[s + c.STOP_COLUMNS + c.VISIT]
        into = between(m, v, here)
        reached = max(departs + m[s + c.PT], m[s + c.PE]) + m[into + c.TIME_FROM]
        row = _row_for(m, j, reached)
        if row < 0:
            continue
        first = m[into + c.COST_FROM] + m[row + c.PRICE] - m[s + c.ARC]
        now, at, held = max(reached, m[row + c.OPENS]), v, m[s + c.HELD]
        for q in range(p, last + 1):
            s = stop(t, q)
            held = max(held, m[s + c.HELD])
            if held + m[j + c.LEG_LOAD] > room:
                break
            n = s + c.STOP_COLUMNS
            after = m[n + c.VISIT]
            on, out = between(m, to, at), between(m, to, after)
            added = first + m[on + c.COST_FROM] + m[out + c.COST_TO]
            if q > p:
                behind = m[stop(t, p + 1) + c.VISIT]
                added += m[between(m, v, behind) + c.COST_TO] - m[s + c.ARC]
            if added < best:
                reached = now + m[on + c.TIME_FROM]
                to_row = _row_for(m, to_j, reached)
                if to_row >= 0:
                    added += m[to_row + c.PRICE]
                    leaves = max(reached, m[to_row + c.OPENS]) + m[out + c.TIME_TO]
                    in_time = leaves <= min(m[n + c.SZ], over - m[n + c.SS])
                    in_time = in_time and added < best and draw(m, 1024) >= m[c.BLINKS]
                    if in_time and (not m[c.LIMITED] or _bears_pair(m, t, v)):
                        best, best_p, best_q, best_row, best_to = added, p, q, row, to_row
            if q == last:
                break
            now += m[between(m, after, at) + c.TIME_FROM]
            if now > min(m[n + c.SZ], over - m[n + c.SS]):
                break
            now, at = max(now, m[m[n + c.ROW] + c.OPENS]), after
    return best, best_p, best_q, best_row, best_to


@inner(VOID(MEMORY, I64, I64, I64, I64, I64))
def _alone_pair(m, v, row, to_row, start, end):  # type: ignore[no-untyped-def]
    """Put into the trial, which is empty, the trip for `v` and its partner alone."""
    x, to = m[c.TRIAL], m[job(m, v) + c.PARTNER]
    into, on, out = between(m, v, start), between(m, v, to), between(m, to, end)
    add_need(m, v)
    m[x + c.LENGTH] += 1
    opens = max(m[row + c.OPENS] + m[on + c.TIME_TO], m[to_row + c.OPENS])
    closes = min(m[row + c.CLOSES], m[to_row + c.CLOSES] - m[on + c.TIME_TO])
    m[x + c.DURATION] = m[into + c.TIME_FROM] + m[on + c.TIME_TO] + m[out + c.TIME_TO]
    m[x + c.EARLY_END] = opens + m[out + c.TIME_TO]
    m[x + c.LATE_START] = closes - m[into + c.TIME_FROM]
    m[x + c.TRIP_MM] = length_mm(m, start, v) + length_mm(m, v, to) + length_mm(m, to, end)
    m[x + c.TRIP_COST] = m[c.TRIP_PRICE] + m[row + c.PRICE] + m[to_row + c.PRICE]
    m[x + c.TRIP_COST] += m[into + c.COST_FROM] + m[on + c.COST_TO] + m[out + c.COST_TO]


@inner(tuple_of(7)(MEMORY, I64, I64))
def _open_pair(m, v, below):  # type: ignore[no-untyped-def]
    """The cheapest trip of their own below a price: what it adds, robot (-1: none), number, where
    it starts and ends, and the two rows."""
    j = job(m, v)
    to = m[j + c.PARTNER]
    best, best_k, best_q, best_start, best_end, best_row, best_to = below, -1, -1, -1, -1, -1, -1
    stationless = m[c.STATIONLESS] > 0
    if m[j + c.LEG_LOAD] > m[c.MOST_ROOM]:
        return best, best_k, best_q, best_start, best_end, best_row, best_to
    for choice in range(m[c.ROBOTS] if stationless else m[c.STATIONS]):
        start = m[robot(m, choice) + c.BEGIN] if stationless else m[c.VISITS] + choice
        end = m[robot(m, choice) + c.FINISH] if stationless else start
        for row in range(m[j + c.ROWS], m[j + c.ROWS_END], c.SLOT_COLUMNS):
            reached = m[row + c.OPENS] + m[between(m, v, to) + c.TIME_TO]
            to_row = _row_for(m, job(m, to), reached)
            if to_row < 0:
                continue
            clear_trial(m, choice if stationless else -1, end)
            _alone_pair(m, v, row, to_row, start, end)
            added = m[m[c.TRIAL] + c.TRIP_COST]
            if added >= best:
                continue
            k, q, ways = find_gap(m, start, end, -1, best - added)
            if k >= 0:
                best, best_k, best_q, best_start = added + ways, k, q, start
                best_end, best_row, best_to = end, row, to_row
                break
    return best, best_k, best_q, best_start, best_end, best_row, best_to


@inner(I64(MEMORY, I64))
def place_pair(m, v):  # type: ignore[no-untyped-def]
    """Put `v` and its partner, both absent, where they cost least; 0: nowhere below their price."""
    j = job(m, v)
    below, best_t, best_p, best_q, best_row, best_to = m[j + c.SKIP], -1, -1, -1, -1, -1
    for number in range(m[c.ROBOTS]):
        k = robot(m, number)
        for i in range(m[k + c.TRIPS]):
            t = m[k + c.ROBOT_COLUMNS + i]
            if may_join(m, t, j):
                added, p, q, row, to_row = _scan_pair(m, t, v, below)
                if p >= 0:
                    below, best_t, best_p, best_q = added, t, p, q
                    best_row, best_to = row, to_row
    _, k, place, start, end, row, to_row = _open_pair(m, v, below)
    if k < 0 and best_t < 0:
        return 0
    take_in(m, v)
    if k >= 0:
        t = new_trip(m)
        keep_robot(m, k)
        pin = m[k + c.NUMBER] if m[c.STATIONLESS] else -1
        open_row(m, t, start, end, pin, end)
        put(m, t, 0, v, row)
        put(m, t, 1, m[j + c.PARTNER], to_row)
        measure(m, t)
        attach(m, t, k, place)
    else:
        keep_trip(m, best_t)
        keep_robot(m, m[best_t + c.ROBOT])
        put(m, best_t, best_p, v, best_row)
        put(m, best_t, best_q + 1, m[j + c.PARTNER], best_to)
        measure(m, best_t)
        retime(m, m[best_t + c.ROBOT])
    return 1
