# SPDX-License-Identifier: Apache-2.0
"""Whether a robot can drive its trips: range and battery, with charging between trips.

What must hold: what this says yes to is possible. Energy is counted a little above what the trips
take (each leg and each stand is rounded up by who counts exactly), the way to a charger and back
before the trip that would not do without.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.layout import I64, MEMORY, tuple_of
from dispatcher.planner.kernel.rows import between, end_of, length_mm, start_of
from dispatcher.planner.kernel.stats import waits


@inner(I64(MEMORY, I64, I64, I64, I64))
def _trip_at(m, k, i, at, replaced):  # type: ignore[no-untyped-def]
    """Trip number `i` of robot `k`, with the trial as number `at`."""
    if at < 0 or i < at:
        return m[k + c.ROBOT_COLUMNS + i]
    if i == at:
        return m[c.TRIAL]
    return m[k + c.ROBOT_COLUMNS + i - 1 + replaced]


@inner(I64(MEMORY, I64, I64, I64))
def needed_mwh(m, k, t, way_mm):  # type: ignore[no-untyped-def]
    """What trip `t` takes from robot `k`, with a way to it."""
    per_km = m[k + c.PER_KM] * 1000 + m[k + c.PER_KG_KM] * m[t + c.LOAD + 3]
    driving = (m[t + c.TRIP_MM] + way_mm) * per_km // 1_000_000_000
    span = m[t + c.DURATION] + waits(m, t) + m[t + c.LOADING] + m[t + c.UNLOADING]
    return driving + span * m[k + c.IDLE] // 3_600_000 + 2 * m[t + c.LENGTH] + 8


@inner(tuple_of(2)(MEMORY, I64, I64, I64, I64))
def _charged(m, k, left_mwh, rest_mwh, takes_mwh):  # type: ignore[no-untyped-def]
    """How long charging takes before a trip (-1: even a full battery is too little), and what is
    in the battery then: what all its trips still take, as far as it holds that."""
    full, reserve = m[k + c.CAPACITY], m[k + c.RESERVE]
    wanted = min(full, max(rest_mwh, takes_mwh) + reserve)
    if wanted - takes_mwh < reserve or (m[k + c.POWER] <= 0 and m[k + c.SWAP] <= 0):
        return -1, left_mwh
    if m[k + c.SWAP] > 0:
        return m[k + c.DETOUR] + m[k + c.SWAP], full
    missing = wanted + m[k + c.DETOUR_MWH] - left_mwh
    return m[k + c.DETOUR] + missing * 3_600_000 // m[k + c.POWER] + 1, wanted


@inner(I64(MEMORY, I64, I64, I64, I64, I64))
def bears(m, k, at, replaced, start, end):  # type: ignore[no-untyped-def]
    """Whether robot `k` can drive its trips with the trial (from place `start` to `end`) as number
    `at`, in place of `replaced` (0, 1) that is there.

    With `at` -1 its trips as they are; then the gaps for charging are set.
    """
    count = m[k + c.TRIPS] - replaced + (1 if at >= 0 else 0)
    place, now, left_mwh, driven_mm = m[k + c.BEGIN], m[k + c.FREE], m[k + c.CHARGE], 0
    rest_mwh = 0
    if m[k + c.CAPACITY] > 0:
        for i in range(count):
            rest_mwh += needed_mwh(m, k, _trip_at(m, k, i, at, replaced), 0)
    for i in range(count):
        t = _trip_at(m, k, i, at, replaced)
        tried = i == at
        begins = start if tried else start_of(m, t)
        way_mm = length_mm(m, place, begins)
        driven_mm += m[t + c.TRIP_MM] + way_mm
        gap = 0
        if m[k + c.CAPACITY] > 0:
            takes = needed_mwh(m, k, t, way_mm)
            if left_mwh - takes < m[k + c.RESERVE]:
                gap, left_mwh = _charged(m, k, left_mwh, rest_mwh, takes)
                if gap < 0:
                    return 0
            left_mwh -= takes
            rest_mwh -= takes
        if at < 0:
            m[t + c.GAP] = gap
        ready = now + gap + m[between(m, begins, place) + c.TIME_FROM]
        departs = max(ready, m[t + c.FREED]) + m[t + c.LOADING]
        departs = max(departs, min(m[t + c.EARLY_END] - m[t + c.DURATION], m[t + c.LATE_START]))
        if departs > m[t + c.LATE_START]:
            return 0
        now = max(departs + m[t + c.DURATION], m[t + c.EARLY_END]) + m[t + c.UNLOADING]
        place = end if tried else end_of(m, t)
    driven_mm += length_mm(m, place, m[k + c.FINISH])
    now += m[between(m, m[k + c.FINISH], place) + c.TIME_FROM]
    return 1 if driven_mm <= m[k + c.RANGE_MM] and now <= m[k + c.SHIFT_END] else 0
