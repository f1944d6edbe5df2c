# SPDX-License-Identifier: Apache-2.0
"""A routing problem as visits, each with the windows in which it may start and what those cost.

What must hold: a parcel that needs no stop of its own (from station to station, or aboard and to be
unloaded there) has no visit; insertion places it afterwards. Lateness is priced by bands, so that
the cost of a trip depends on the windows its visits are in and not on the moment it starts.
"""

from typing import Final, NamedTuple

from dispatcher.planner.problem import Parcel, Problem, Window
from dispatcher.planner.solution import HAND_IN, HAND_OUT
from dispatcher.planner.stands import Stand, task_stand

LATE_BANDS_S: Final = (60, 180, 300, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800)
"""Lateness is priced by bands of these ends, each at its middle; then doubling."""
BANDS_MAX: Final = 24
PRICE_MAX: Final = 1 << 44
AGES_MS: Final = 1 << 50
"""Nobody plans that far ahead."""


class Visit(NamedTuple):
    """One handover at a stop; `partner` is the visit that must follow it, or -1."""

    parcel: Parcel
    kind: str
    stand: Stand
    partner: int


def visits_of(problem: Problem) -> list[Visit]:
    """Every handover at a stop, in the order of the parcels; a transfer's two follow each other."""
    stations = set(problem.stations)
    visits: list[Visit] = []
    for parcel in problem.parcels:
        kinds = []
        if not parcel.aboard and parcel.pickup not in stations:
            kinds.append(HAND_IN)
        if parcel.dropoff not in stations:
            kinds.append(HAND_OUT)
        for number, kind in enumerate(kinds):
            first_of_two = len(kinds) == 2 and number == 0
            stand = task_stand(problem, parcel, kind)
            visits.append(Visit(parcel, kind, stand, len(visits) + 1 if first_of_two else -1))
    return visits


def windows_of(problem: Problem, visit: Visit) -> list[tuple[int, int, int]]:
    """(opens, closes, price) of a visit, by rising time; empty: there is no time for it."""
    parcel, costs = visit.parcel, problem.costs
    if visit.kind == HAND_IN:
        first = Window(max(parcel.pickup_earliest_ms, parcel.ready_ms), parcel.pickup_latest_ms)
        more = parcel.more_pickups
    else:
        first = Window(parcel.dropoff_earliest_ms, parcel.dropoff_latest_ms)
        more = parcel.more_dropoffs
    over_ms = min(problem.horizon_ms, problem.now_ms + AGES_MS)
    rows = [(window.earliest_ms, window.latest_ms, 0) for window in (first, *more)]
    last_ms = rows[-1][1]
    if last_ms < over_ms and parcel.late_max_ms > 0:
        # A late row opens when the last window does: nobody waits in order to be late.
        first_ms, ends_s = rows[-1][0], list(LATE_BANDS_S)
        while len(ends_s) < BANDS_MAX:
            ends_s.append(2 * ends_s[-1])
        end_ms, before_s = min(over_ms, last_ms + parcel.late_max_ms), 0
        for end_s in ends_s:
            price = costs.per_late_s * parcel.priority * 1000 * (before_s + end_s) // 2
            if last_ms + before_s * 1000 >= end_ms:
                break
            price += parcel.promise_cost * 1000
            rows.append((first_ms, min(end_ms, last_ms + end_s * 1000), min(price, PRICE_MAX)))
            before_s = end_s
    opened = [one.windows for one in problem.openings if one.node == visit.stand.node]
    if opened:
        rows = [
            (max(row[0], window.earliest_ms), min(row[1], window.latest_ms), row[2])
            for row in rows
            for window in opened[0]
        ]
    now = problem.now_ms
    kept = [
        (max(opens, now) - now, min(closes, over_ms) - now, price) for opens, closes, price in rows
    ]
    return [row for row in kept if row[0] <= row[1]]
