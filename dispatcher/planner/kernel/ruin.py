# SPDX-License-Identifier: Apache-2.0
"""Taking visits out of the plan: strings of neighbours, related ones, whole trips.

What must hold: every visit that is taken out is absent and in the list of offers afterwards, a
visit and its partner always together; no trip is left unmeasured, none empty. Strings after
Christiaens and Vanden Berghe, Transportation Science 54(2), 2020.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.chains import attach, detach, find_gap, retime
from dispatcher.planner.kernel.chance import draw
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.keeping import drop_trip, keep_robot, keep_trip, leave_out
from dispatcher.planner.kernel.layout import BIG, I64, MEMORY, VOID
from dispatcher.planner.kernel.rows import end_of, job, robot, start_of, stop
from dispatcher.planner.kernel.stats import measure

STRING_RUIN = 80
RELATED_RUIN = 25
ROBOT_RUIN = 5
TRIES = 20


@inner(I64(MEMORY, I64))
def _trip_of(m, v):  # type: ignore[no-untyped-def]
    return m[job(m, v) + c.WHERE]


@inner(VOID(MEMORY, I64, I64))
def _cut(m, t, v):  # type: ignore[no-untyped-def]
    """Close trip `t` over `v`. What stands behind it has moved up since it was measured."""
    s = stop(t, 1)
    while m[s + c.VISIT] != v:
        s += c.STOP_COLUMNS
    last = stop(t, m[t + c.LENGTH] + 1)
    while s < last:
        m[s + c.VISIT] = m[s + c.STOP_COLUMNS + c.VISIT]
        m[s + c.ROW] = m[s + c.STOP_COLUMNS + c.ROW]
        s += c.STOP_COLUMNS
    m[t + c.LENGTH] -= 1


@inner(VOID(MEMORY, I64))
def _take_out(m, v):  # type: ignore[no-untyped-def]
    """Take `v`, and its partner, out of its trip; the trip is then dirty."""
    if m[job(m, v) + c.PARTNER] < -1:
        v = -2 - m[job(m, v) + c.PARTNER]
    j = job(m, v)
    t = m[j + c.WHERE]
    keep_trip(m, t)
    keep_robot(m, m[t + c.ROBOT])
    _cut(m, t, v)
    if m[j + c.PARTNER] >= 0:
        _cut(m, t, m[j + c.PARTNER])
    m[t + c.DIRTY] = 1
    leave_out(m, v)
    m[m[c.OFFERS] + m[c.OFFERS_MANY]] = 2 * v
    m[c.OFFERS_MANY] += 1


@inner(VOID(MEMORY, I64))
def _take_out_chosen(m, count):  # type: ignore[no-untyped-def]
    for i in range(count):
        v = m[m[c.CHOSEN] + i]
        if _trip_of(m, v) >= 0:  # a partner may have gone with one before it
            _take_out(m, v)


@inner(I64(MEMORY))
def _somebody(m):  # type: ignore[no-untyped-def]
    """A visit that is in a trip, by chance; -1: none was met."""
    for _ in range(TRIES):
        v = draw(m, m[c.VISITS])
        if _trip_of(m, v) >= 0:
            return v
    return -1


@inner(VOID(MEMORY, I64, I64, I64))
def _string(m, t, at, count):  # type: ignore[no-untyped-def]
    """`count` visits of trip `t` around its stop `at`; half the time some between stay."""
    length, stay = m[t + c.LENGTH], 0
    if 1 < count < length and draw(m, 2):
        stay = 1
        while count + stay < length and draw(m, 2):
            stay += 1
    whole = count + stay
    first = min(max(1, at - draw(m, whole)), length - whole + 1)
    skipped = first + 1 + draw(m, count - 1) if stay else 0
    chosen = 0
    for p in range(first, first + whole):
        if not (stay and skipped <= p < skipped + stay):
            m[m[c.CHOSEN] + chosen] = m[stop(t, p) + c.VISIT]
            chosen += 1
    _take_out_chosen(m, chosen)


@inner(VOID(MEMORY, I64))
def _strings(m, seed):  # type: ignore[no-untyped-def]
    """Strings of neighbouring visits out of neighbouring trips."""
    visits, trips = 0, 0
    for number in range(m[c.ROBOTS]):
        k = robot(m, number)
        trips += m[k + c.TRIPS]
        for q in range(m[k + c.TRIPS]):
            visits += m[m[k + c.ROBOT_COLUMNS + q] + c.LENGTH]
    longest = max(1, min(m[c.LONGEST], (visits + trips - 1) // trips))
    strings = 1 + draw(m, max(1, 4 * m[c.MEAN_REMOVED] // (1 + longest) - 1))
    for i in range(-1, m[c.NEAR_MANY]):
        v = seed if i < 0 else m[m[c.NEAR] + seed * m[c.NEAR_MANY] + i]
        t = _trip_of(m, v)
        if t < 0 or m[t + c.DIRTY]:
            continue
        most = min(m[t + c.LENGTH], longest)
        _string(m, t, m[job(m, v) + c.AT], 1 + draw(m, most))
        strings -= 1
        if strings == 0:
            return


@inner(VOID(MEMORY, I64))
def _related(m, seed):  # type: ignore[no-untyped-def]
    """Visits that are like one another in place, window and release."""
    wanted = 1 + draw(m, max(1, m[c.MEAN_REMOVED] * 3 // 2))
    _take_out(m, seed)
    for i in range(m[c.RELATED_MANY]):
        v = m[m[c.RELATED] + seed * m[c.RELATED_MANY] + i]
        # One in four is passed over, so that the same seed does not always mean the same.
        if _trip_of(m, v) >= 0 and draw(m, 4):
            _take_out(m, v)
            wanted -= 1
            if wanted <= 0:
                return


@inner(VOID(MEMORY, I64))
def _empty_trip(m, t):  # type: ignore[no-untyped-def]
    count = m[t + c.LENGTH]
    for p in range(1, count + 1):
        m[m[c.CHOSEN] + p - 1] = m[stop(t, p) + c.VISIT]
    _take_out_chosen(m, count)


@inner(VOID(MEMORY, I64))
def _whole_trips(m, seed):  # type: ignore[no-untyped-def]
    """One to three trips that are neighbours."""
    wanted = 1 + draw(m, 3)
    for i in range(-1, m[c.NEAR_MANY]):
        v = seed if i < 0 else m[m[c.NEAR] + seed * m[c.NEAR_MANY] + i]
        if _trip_of(m, v) >= 0:
            _empty_trip(m, _trip_of(m, v))
            wanted -= 1
            if wanted == 0:
                return


@inner(VOID(MEMORY, I64))
def _robots_trips(m, seed):  # type: ignore[no-untyped-def]
    """Two or three trips that one robot drives after one another."""
    t = _trip_of(m, seed)
    k, first = m[t + c.ROBOT], m[t + c.PLACE]
    for q in range(first, min(m[k + c.TRIPS], first + 2 + draw(m, 2))):
        _empty_trip(m, m[k + c.ROBOT_COLUMNS + q])


@inner(VOID(MEMORY))
def _settle(m):  # type: ignore[no-untyped-def]
    """Measure what is left of dirty trips; drop those that are empty."""
    for number in range(m[c.TOUCHED_MANY]):
        t = m[m[c.TOUCHED] + number]
        if m[t + c.DIRTY]:
            if m[t + c.LENGTH] > 0:
                measure(m, t)
                continue
            m[t + c.DIRTY] = 0
            detach(m, t)
            drop_trip(m, t)
    for number in range(m[c.MET_MANY]):
        retime(m, m[m[c.MET] + number])


@inner(VOID(MEMORY))
def ruin(m):  # type: ignore[no-untyped-def]
    """One ruin of a kind drawn by chance."""
    seed = _somebody(m)
    if seed < 0:
        return
    kind = draw(m, STRING_RUIN + RELATED_RUIN + ROBOT_RUIN + m[c.TRIP_RUIN])
    if kind < STRING_RUIN:
        _strings(m, seed)
    elif kind < STRING_RUIN + RELATED_RUIN:
        _related(m, seed)
    elif kind < STRING_RUIN + RELATED_RUIN + ROBOT_RUIN:
        _robots_trips(m, seed)
    else:
        _whole_trips(m, seed)
    _settle(m)


@inner(VOID(MEMORY))
def reschedule(m):  # type: ignore[no-untyped-def]
    """Take one to three trips off their robots and put each into the loosest gap there is.

    A trip that finds none goes back where it was: its own gap is still there.
    """
    for _ in range(1 + draw(m, 3)):
        seed = _somebody(m)
        if seed < 0:
            return
        t = _trip_of(m, seed)
        if m[t + c.TRIP_PIN] >= 0:
            continue
        k, q, x = m[t + c.ROBOT], m[t + c.PLACE], m[c.TRIAL]
        keep_trip(m, t)
        keep_robot(m, k)
        for column in range(c.TRIP_COLUMNS):
            m[x + column] = m[t + column]
        detach(m, t)
        retime(m, k)
        skipped = k if draw(m, 2) else -1
        to, at, _ = find_gap(m, start_of(m, t), end_of(m, t), skipped, BIG)
        if to < 0:
            to, at = k, q
        keep_robot(m, to)
        attach(m, t, to, at)
