# SPDX-License-Identifier: Apache-2.0
"""The search: ruin, put back, accept or undo; again and again.

What must hold: the plan in hand obeys every rule after each iteration; what is no good is undone
without a trace. Nothing but the memory and its own generator decides.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.chance import draw
from dispatcher.planner.kernel.compiling import entry, inner
from dispatcher.planner.kernel.keeping import begin, undo
from dispatcher.planner.kernel.layout import I64, MEMORY, VOID
from dispatcher.planner.kernel.pairs import place_pair
from dispatcher.planner.kernel.placing import place
from dispatcher.planner.kernel.rows import job, robot, stop
from dispatcher.planner.kernel.ruin import reschedule, ruin

OFFERS_MOST = 24
"""So many of the absent are offered a place again in one iteration."""


@inner(VOID(MEMORY, I64))
def _offer_absent(m, most):  # type: ignore[no-untyped-def]
    """Offer absent visits a place: all, or by chance some where there are more than `most`."""
    count = m[c.ABSENT_MANY]
    first = draw(m, count) if count > most else 0
    for i in range(min(count, most)):
        m[m[c.OFFERS] + i] = 2 * m[m[c.ABSENT_LIST] + (first + i) % count] + 1
    m[c.OFFERS_MANY] = min(count, most)


@inner(I64(MEMORY, I64, I64))
def _key(m, v, order):  # type: ignore[no-untyped-def]
    """Smaller: earlier. Of fourteen orders in all, four are chance."""
    j = job(m, v)
    if order < 4:
        return draw(m, 1 << 30)
    if order < 6:
        return -(m[j + c.NEED + 3] + m[j + c.NEED + 2] + m[j + c.LEG_LOAD])
    if order < 8:
        return -m[j + c.FAR]
    if order < 9:
        return m[j + c.FAR]
    if order < 11:
        return m[j + c.LATEST] - m[j + c.EARLIEST]
    if order < 12:
        return m[j + c.LATEST]
    if order < 13:
        return -m[j + c.RELEASE]
    return m[j + c.LATEST] - m[j + c.RELEASE]


@inner(VOID(MEMORY))
def _put_back(m):  # type: ignore[no-untyped-def]
    """Find a place for every visit on offer, in an order drawn by chance."""
    order, count = draw(m, 14), m[c.OFFERS_MANY]
    offers, keys = m[c.OFFERS], m[c.KEYS]
    for i in range(count):
        offer = m[offers + i]
        key = _key(m, offer >> 1, order)
        at = i
        while at > 0 and m[keys + at - 1] > key:
            m[keys + at] = m[keys + at - 1]
            m[offers + at] = m[offers + at - 1]
            at -= 1
        m[keys + at] = key
        m[offers + at] = offer
    for i in range(count):
        v = m[offers + i] >> 1
        if m[job(m, v) + c.PARTNER] >= 0:
            place_pair(m, v)
        else:
            place(m, v)


@inner(VOID(MEMORY))
def _remember(m):  # type: ignore[no-untyped-def]
    """The plan in hand is the best so far: write it down, robot by robot."""
    m[c.BEST] = m[c.COST]
    to = m[c.BEST_PLAN]
    for number in range(m[c.ROBOTS]):
        k = robot(m, number)
        m[to] = m[k + c.TRIPS]
        to += 1
        for q in range(m[k + c.TRIPS]):
            t = m[k + c.ROBOT_COLUMNS + q]
            m[to], m[to + 1] = m[t + c.LENGTH], m[t + c.TRIP_COST]
            to += 2
            for p in range(1, m[t + c.LENGTH] + 1):
                m[to] = m[stop(t, p) + c.VISIT]
                m[to + 1] = m[stop(t, p) + c.ROW]
                to += 2


@entry(VOID(MEMORY))
def construct(m):  # type: ignore[no-untyped-def]
    """Offer every absent visit a place: in an empty plan, or in a live one."""
    begin(m)
    _offer_absent(m, m[c.VISITS])
    _put_back(m)
    _remember(m)


@entry(VOID(MEMORY, I64, I64))
def search(m, iterations, temperature):  # type: ignore[no-untyped-def]
    """So many iterations at one temperature, in cost."""
    for _ in range(iterations):
        old = m[c.COST]
        begin(m)
        _offer_absent(m, OFFERS_MOST)
        ruin(m)
        if draw(m, 5) == 0:
            reschedule(m)
        _put_back(m)
        chance = m[m[c.LOGS] + draw(m, 4096)]
        if m[c.COST] < old + ((temperature * chance) >> 16):
            if m[c.COST] < m[c.BEST]:
                _remember(m)
        else:
            undo(m, old)
