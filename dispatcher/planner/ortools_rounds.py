# SPDX-License-Identifier: Apache-2.0
"""OR-Tools alone on a plan, round by round: all of it in one model, then neighbouring trips.

What must hold: a round is offered to the caller, who keeps only what is good and better; the next
one sets out from the best there is. The whole gets stuck in its first local optimum; parts of it
are solved from there again and again, which is what OR-Tools does best in the seconds there are.
"""

from collections.abc import Callable
from random import Random
from typing import Final, Protocol

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.draft import Draft
from dispatcher.planner.ortools_step import MODEL_PARCELS, improve, is_once
from dispatcher.planner.quick import adopt, insert_all
from dispatcher.planner.routing_search import Search
from dispatcher.planner.solution import Solution

PART_STOPS: Final = 40
"""Trips are added to a part until it has so many stops."""
PART_EXTRA: Final = 10
"""A part is offered so many of the parcels that are left out."""
PART_MS: Final = 200
PART_PERCENT: Final = 10
"""What a part may take: so long, or where work is counted so much of what is left."""
ROUNDS_MAX: Final = 2_000
WHOLE_PERCENT: Final = 40
FAILURES_A_TRIP: Final = 3
"""After so many parts without gain for each trip there is, all of it is searched once more, or
where work is counted, that is the end."""


class Offer(Protocol):
    """Takes a draft under a step's name; whether it is now the best plan."""

    def __call__(self, name: str, work: int, draft: Draft, /) -> bool: ...


def improve_by_rounds(
    best: Callable[[], Solution], empty: Callable[[], Draft], purse: Purse, seed: int, offer: Offer
) -> None:
    """Spend the purse on the plan `best()`; `empty()` gives drafts to fill."""
    failures = 0
    random = Random(seed)
    for work in range(1, ROUNDS_MAX + 1):
        old, new = empty(), empty()
        adopt(old, best())
        trips = [(r, n) for r, robot in enumerate(old.robots) for n in range(len(robot.trips))]
        stuck = failures > FAILURES_A_TRIP * len(trips)
        if not trips or (stuck and not purse.by_time):
            return
        whole = (work == 1 or stuck) and (len(old.jobs) <= MODEL_PARCELS or is_once(old))
        search = _search(purse, whole=whole, stuck=stuck)
        if search is None:
            return
        left_out = [one.parcel for one in best().unserved if one.parcel in old.jobs]
        part = None
        if not whole:
            part = _neighbours(old, trips, random)
            left_out = random.sample(left_out, min(PART_EXTRA, len(left_out)))
        improve(new, old, left_out, search, seed + work, part)
        insert_all(new, _lost(old, new))
        gained = offer("improve" if whole else "part", work, new)
        failures = 0 if gained or stuck else failures + 1


def _search(purse: Purse, *, whole: bool, stuck: bool) -> Search | None:
    """What the next round may take; None: nothing is left."""
    if whole or not purse.by_time:
        budget = purse.share(WHOLE_PERCENT if whole else PART_PERCENT)
        return Search(budget, guided=stuck) if budget else None
    left_ms = purse.left_ms()
    return Search(Budget(wall_ms=min(PART_MS, left_ms))) if left_ms else None


def _lost(old: Draft, new: Draft) -> list[str]:
    """What `old` carries and `new` does not: a model may be a little wrong."""
    kept = {name for robot in new.robots for trip in robot.trips for name in trip.parcels}
    had = [name for robot in old.robots for trip in robot.trips for name in trip.parcels]
    return [name for name in had if name not in kept]


def _neighbours(
    draft: Draft, trips: list[tuple[int, int]], random: Random
) -> frozenset[tuple[int, int]]:
    """The trips that come nearest to a stop drawn at random, as many as make a part."""
    robots, legs = draft.robots, draft.legs
    nodes = {
        (r, n): [stop.node for stop in robots[r].trips[n].stops or robots[r].trips[n].stands()]
        for r, n in trips
    }
    centre = random.choice(random.choice(list(nodes.values())))
    near = sorted(trips, key=lambda trip: min(legs.leg(centre, node) for node in nodes[trip]))
    part: list[tuple[int, int]] = []
    stops = 0
    for trip in near:
        if stops >= PART_STOPS:
            break
        part.append(trip)
        stops += len(nodes[trip])
    return frozenset(part)
