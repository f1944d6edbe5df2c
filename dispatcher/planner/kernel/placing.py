# SPDX-License-Identifier: Apache-2.0
"""Where one visit costs least: into a trip, into a trip that changes robot for it, or alone.

What must hold: whatever is found is possible as the plan stands. A place in a trip is O(1) by the
trip's statistics. A trip that its robot's other trips leave no room to grow may move to another
robot ("re-homing"). One place in a hundred is overlooked on purpose ("blinks").
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.chains import attach, detach, find_gap, retime
from dispatcher.planner.kernel.chance import draw
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.energy import bears
from dispatcher.planner.kernel.growing import alone, clear_trial, grow, may_join, open_row, put
from dispatcher.planner.kernel.keeping import keep_robot, keep_trip, new_trip, take_in
from dispatcher.planner.kernel.layout import BIG, I64, MEMORY, VOID, tuple_of
from dispatcher.planner.kernel.rows import between, end_of, job, robot, start_of, stop
from dispatcher.planner.kernel.stats import measure


@inner(I64(MEMORY, I64, I64))
def _is_possible(m, t, moved):  # type: ignore[no-untyped-def]
    """Whether the trial, which `t` would become, has a place on another robot (`moved`), or the
    robot of `t` can drive it where `t` is."""
    start, end = start_of(m, t), end_of(m, t)
    if moved:
        k, _, _ = find_gap(m, start, end, m[t + c.ROBOT], BIG)
        return 1 if k >= 0 else 0
    if m[c.LIMITED]:
        return bears(m, m[t + c.ROBOT], m[t + c.PLACE], 1, start, end)
    return 1


@inner(I64(I64, I64, I64, MEMORY))
def _row_at(reached, first, rows_end, m):  # type: ignore[no-untyped-def]
    """The first row that who is there at `reached` can keep; `rows_end`: none."""
    row = first
    while row < rows_end and reached > m[row + c.CLOSES]:
        row += c.SLOT_COLUMNS
    return row


@inner(tuple_of(2)(MEMORY, I64, I64))
def _handling(m, t, j):  # type: ignore[no-untyped-def]
    """How long loading and unloading of trip `t` take with the visit of row `j`."""
    loading, unloading = m[t + c.LOADING] + m[j + c.DOCK], m[t + c.UNLOADING] + m[j + c.UNDOCK]
    if m[j + c.LOADED] and m[t + c.LOADS] == 0:
        loading += m[c.LOADING_MS]
    if m[j + c.UNLOADED] and m[t + c.UNLOADS] == 0:
        unloading += m[c.LOADING_MS]
    return loading, unloading


@inner(tuple_of(4)(MEMORY, I64, I64, I64))
def _scan(m, t, v, below):  # type: ignore[no-untyped-def]
    """The cheapest place for `v` in trip `t` that adds less than `below`: what it adds, after
    which stop, in which row (-1: none), and whether the trip must change robot for it."""
    j = job(m, v)
    loading, unloading = _handling(m, t, j)
    departs = max(m[t + c.READY], m[t + c.FREED], m[j + c.RELEASE]) + loading
    over = min(m[t + c.ZEND] - unloading, m[j + c.END_CLOSES])
    latest = min(m[t + c.LATE_START], over - m[t + c.DURATION])
    stays = departs <= latest and max(m[t + c.EARLY_END], m[j + c.END_OPENS]) <= over
    moves, exact = m[t + c.TRIP_PIN] < 0, m[c.WAIT_PRICE] > 0 or m[c.LIMITED] > 0
    best, best_p, best_row = below, -1, -1
    away, away_p, away_row = below, -1, -1
    early, late = m[j + c.EARLIEST], m[j + c.LATEST]
    first, rows_end = m[j + c.ROWS], m[j + c.ROWS_END]
    ways, blinks = between(m, v, 0), m[c.BLINKS]
    s = stop(t, 0)
    to_v = ways + 4 * m[s + c.VISIT]
    for p in range(m[t + c.LENGTH] + 1):
        s = stop(t, p)
        n = s + c.STOP_COLUMNS
        from_v = ways + 4 * m[n + c.VISIT]
        way, to_v = to_v, from_v
        added = m[way + c.COST_FROM] + m[from_v + c.COST_TO] - m[s + c.ARC]
        if added >= best or m[n + c.SZ] < early:
            continue
        if m[s + c.PE] > late:
            break
        leg_in, leg_out = m[way + c.TIME_FROM], m[from_v + c.TIME_TO]
        row = rows_end
        if stays:
            reached = max(departs + m[s + c.PT], m[s + c.PE]) + leg_in
            row = _row_at(reached, first, rows_end, m)
            if row < rows_end:
                leaves = max(reached, m[row + c.OPENS]) + leg_out
                if leaves > min(m[n + c.SZ], over - m[n + c.SS]):
                    row = rows_end
        moved = 0
        if row == rows_end:
            if not moves:
                continue
            moved = 1
            reached = m[s + c.PE] + leg_in
            row = _row_at(reached, first, rows_end, m)
            if row == rows_end:
                continue
            leaves = max(reached, m[row + c.OPENS]) + leg_out
            if leaves > min(m[n + c.SZ], m[j + c.END_CLOSES] - m[n + c.SS]):
                continue
        added += m[row + c.PRICE]
        if added >= best or (blinks and draw(m, 1024) < blinks):
            continue
        if moved:
            # Only the cheapest is looked at: to search all gaps for each takes half of the time.
            if added < away:
                away, away_p, away_row = added, p, row
            continue
        if exact:
            grow(m, t, p, v, row)
            added = m[m[c.TRIAL] + c.TRIP_COST] - m[t + c.TRIP_COST]
            if added >= best or not _is_possible(m, t, 0):
                continue
        best, best_p, best_row = added, p, row
    if away < best:
        grow(m, t, away_p, v, away_row)
        added = m[m[c.TRIAL] + c.TRIP_COST] - m[t + c.TRIP_COST]
        if added < best and _is_possible(m, t, 1):
            return added, away_p, away_row, 1
    return best, best_p, best_row, 0


@inner(I64(MEMORY, I64, I64))
def _home_for(m, v, k):  # type: ignore[no-untyped-def]
    """Where a trip that begins where robot `k` is ends: at the station nearest to `v`."""
    if m[c.STATIONLESS]:
        return m[k + c.FINISH]
    home = m[c.VISITS]
    for station in range(home, home + m[c.STATIONS]):
        if m[between(m, v, station) + c.COST_TO] < m[between(m, v, home) + c.COST_TO]:
            home = station
    return home


@inner(tuple_of(5)(MEMORY, I64, I64))
def _open_trip(m, v, below):  # type: ignore[no-untyped-def]
    """The cheapest trip of its own for `v` below a price: what it adds, robot (-1: none), number,
    where it ends, row."""
    j = job(m, v)
    best, best_k, best_q, best_home, best_row = below, -1, -1, -1, -1
    pinned = m[j + c.PIN] >= 0 or m[c.STATIONLESS] > 0
    for choice in range(m[c.ROBOTS] if pinned else m[c.STATIONS]):
        if pinned:
            if m[j + c.PIN] >= 0 and choice != m[j + c.PIN]:
                continue
            pin, start = choice, m[robot(m, choice) + c.BEGIN]
            home = _home_for(m, v, robot(m, choice))
        else:
            pin, start = -1, m[c.VISITS] + choice
            home = start
            if m[j + c.STATION] >= 0 and m[j + c.STATION] != home:
                continue
        for row in range(m[j + c.ROWS], m[j + c.ROWS_END], c.SLOT_COLUMNS):
            clear_trial(m, pin, home)
            alone(m, v, row, start, home)
            added = m[m[c.TRIAL] + c.TRIP_COST]
            if added >= best:
                break
            k, q, ways = find_gap(m, start, home, -1, best - added)
            if k >= 0:
                best, best_k, best_q = added + ways, k, q
                best_home, best_row = home, row
                break
    return best, best_k, best_q, best_home, best_row


@inner(VOID(MEMORY, I64, I64, I64, I64, I64))
def _join(m, v, t, p, row, moved):  # type: ignore[no-untyped-def]
    take_in(m, v)
    k = m[t + c.ROBOT]
    keep_trip(m, t)
    keep_robot(m, k)
    if not moved:
        put(m, t, p, v, row)
        measure(m, t)
        retime(m, k)
        return
    grow(m, t, p, v, row)
    to, q, _ = find_gap(m, start_of(m, t), end_of(m, t), k, BIG)
    keep_robot(m, to)
    detach(m, t)
    retime(m, k)
    put(m, t, p, v, row)
    measure(m, t)
    attach(m, t, to, q)


@inner(VOID(MEMORY, I64, I64, I64, I64, I64))
def _open(m, v, k, q, home, row):  # type: ignore[no-untyped-def]
    take_in(m, v)
    t = new_trip(m)
    keep_robot(m, k)
    pinned = m[job(m, v) + c.PIN] >= 0 or m[c.STATIONLESS] > 0
    pin, start = (m[k + c.NUMBER], m[k + c.BEGIN]) if pinned else (-1, home)
    open_row(m, t, start, home, pin, home)
    put(m, t, 0, v, row)
    measure(m, t)
    attach(m, t, k, q)


@inner(I64(MEMORY, I64))
def place(m, v):  # type: ignore[no-untyped-def]
    """Put `v`, which is absent, where it costs least; 0: nowhere below the price of leaving it."""
    j = job(m, v)
    below = m[j + c.SKIP]
    best_t, best_p, best_row, best_moved = -1, -1, -1, 0
    for number in range(m[c.ROBOTS]):
        k = robot(m, number)
        for q in range(m[k + c.TRIPS]):
            t = m[k + c.ROBOT_COLUMNS + q]
            if may_join(m, t, j):
                added, p, row, moved = _scan(m, t, v, below)
                if row >= 0:
                    below, best_t, best_p, best_row, best_moved = added, t, p, row, moved
    _, k, q, home, row = _open_trip(m, v, below)
    if k >= 0:
        _open(m, v, k, q, home, row)
    elif best_t >= 0:
        _join(m, v, best_t, best_p, best_row, best_moved)
    else:
        return 0
    return 1
