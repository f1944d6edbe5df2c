# SPDX-License-Identifier: Apache-2.0
"""The policy that asks many possible futures: a trip waits if most of them would let others join.

What must hold: with the same seed the same futures are drawn and the same trips wait. It is `Hold`
for the trips that the futures agree on, and leaves all others as planned.
"""

from collections import Counter
from random import Random
from typing import Final

import msgspec

from dispatcher.planner.budget import Budget
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.policy.hold import Hold
from dispatcher.planner.policy.protocol import Stream
from dispatcher.planner.problem import Parcel, Problem
from dispatcher.planner.solution import Solution, Trip
from dispatcher.planner.solve import solve

FUTURE: Final = "~"
"""How the ids of drawn parcels begin; it sorts after whatever a site uses."""


class Consensus:
    """Draws `scenarios` futures from a stream, and plans each within `budget`.

    A trip waits where in more than `agree` of 100 of them it goes together with what is to come.
    """

    def __init__(
        self,
        stream: Stream,
        seed: int,
        scenarios: int = 8,
        agree: int = 50,
        budget: Budget | None = None,
        params: Params = DEFAULTS,
        hold: Hold | None = None,
    ) -> None:
        """Raises ValueError for numbers that cannot be."""
        if not 1 <= scenarios <= 1000 or not 0 <= agree <= 100:
            raise ValueError("1 to 1000 scenarios, and agree from 0 to 100")
        self._stream = stream
        self._seed = seed
        self._scenarios = scenarios
        self._agree = agree
        self._budget = budget or Budget(iterations=2000)
        self._params = params
        self._hold = hold or Hold()

    def hold(self, problem: Problem, plan: Solution, /) -> Solution:
        """The plan, in which the trips wait that most futures would merge with others."""
        plan = self._hold.spread(problem, plan)
        votes: Counter[tuple[str, int]] = Counter()
        for number in range(self._scenarios):
            rng = Random(f"{self._seed}:{problem.now_ms}:{number}")
            future = self._future(problem, rng)
            if not future:
                continue
            several = (*problem.parcels, *future)
            whole = msgspec.structs.replace(problem, parcels=several)
            solved = solve(whole, self._budget, self._seed + number, plan, self._params)
            votes.update(_merged(plan, solved))
        wanted = {
            key for key, count in votes.items() if count * 100 > self._agree * self._scenarios
        }
        return self._hold.hold_some(problem, plan, wanted) if wanted else plan

    def _future(self, problem: Problem, rng: Random) -> tuple[Parcel, ...]:
        drawn = self._stream.draw(problem, rng)
        return tuple(
            msgspec.structs.replace(parcel, id=f"{FUTURE}{number:04d}")
            for number, parcel in enumerate(drawn)
        )


def _merged(plan: Solution, solved: Solution) -> list[tuple[str, int]]:
    """The trips of the plan of which most parcels ride with a future one."""
    joined: set[str] = set()
    for entry in solved.plans:
        for trip in entry.trips:
            names = _carried(trip)
            if any(name.startswith(FUTURE) for name in names):
                joined.update(names)
    found = []
    for entry in plan.plans:
        for number, trip in enumerate(entry.trips):
            names = _carried(trip)
            if names and 2 * sum(1 for name in names if name in joined) > len(names):
                found.append((entry.robot, number))
    return found


def _carried(trip: Trip) -> list[str]:
    return list(dict.fromkeys(task.parcel for visit in trip.visits for task in visit.tasks))
