# SPDX-License-Identifier: Apache-2.0
"""The policy that asks many possible futures: a parcel waits if in most of them it does.

Drawn parcels are added to what is known, and each such future is planned fast. A parcel that most
futures take along only later, with others that are still to come, is kept back from the trips that
leave now; the plan is then made again without it in them. After the postponement in "iterative
conditional dispatch" (Lan and others, An iterative sample scenario approach for the dynamic
dispatch waves problem, arXiv 2308.14476).

What must hold: with the same seed the same futures are drawn and the same parcels wait. Nobody who
can be on time becomes late by it, as far as is known. Trips leave as late as `Hold` lets them.
"""

from collections import Counter
from random import Random
from typing import Final

import msgspec

from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.part import places_of, travel_of
from dispatcher.planner.policy.hold import Hold
from dispatcher.planner.policy.protocol import Stream
from dispatcher.planner.problem import Parcel, Problem
from dispatcher.planner.quick import cost_of
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve

FUTURE: Final = "~"
"""How the ids of drawn parcels begin; it sorts after whatever a site uses."""


class Consensus:
    """Draws `scenarios` futures from a stream, and plans each within `budget`.

    What leaves before the next plan, `period_ms` from now, in fewer than `agree` of 100 futures
    waits until then. `hold` says how late trips may leave.
    """

    def __init__(
        self,
        stream: Stream,
        seed: int,
        period_ms: int,
        *,
        scenarios: int = 8,
        agree: int = 30,
        budget: Budget | None = None,
        params: Params = DEFAULTS,
        hold: Hold | None = None,
    ) -> None:
        """Raises ValueError for numbers that cannot be."""
        if not 1 <= scenarios <= 1000 or not 0 <= agree <= 100 or period_ms < 0:
            raise ValueError("1 to 1000 scenarios, agree from 0 to 100, period_ms not below zero")
        self._stream = stream
        self._seed = seed
        self._period_ms = period_ms
        self._scenarios = scenarios
        self._agree = agree
        self._budget = budget or Budget(iterations=2000)
        self._params = params
        self._hold = hold or Hold()

    def hold(self, problem: Problem, plan: Solution, /) -> Solution:
        """The plan in which those parcels wait that most futures let wait."""
        until_ms = problem.now_ms + self._period_ms
        plan = self._hold.hold(problem, plan)
        leaving = _leaving(plan, until_ms)
        votes: Counter[str] = Counter()
        asked = 0
        for number in range(self._scenarios if leaving else 0):
            rng = Random(f"{self._seed}:{problem.now_ms}:{number}")
            future = self._future(problem, rng)
            if future:
                asked += 1
                votes.update(self._leaving_then(problem, plan, future, number, until_ms))
        waiting = [name for name in leaving if votes[name] * 100 < self._agree * asked]
        return self._without(problem, plan, waiting, until_ms) if waiting else plan

    def _future(self, problem: Problem, rng: Random) -> tuple[Parcel, ...]:
        drawn = self._stream.draw(problem, rng)
        return tuple(
            msgspec.structs.replace(parcel, id=f"{FUTURE}{number:04d}")
            for number, parcel in enumerate(drawn)
        )

    def _leaving_then(
        self,
        problem: Problem,
        plan: Solution,
        future: tuple[Parcel, ...],
        number: int,
        until_ms: int,
    ) -> list[str]:
        """What leaves before the next plan if that future comes."""
        whole = msgspec.structs.replace(problem, parcels=(*problem.parcels, *future))
        solved = solve(whole, self._budget, self._seed + number, plan, self._params)
        return _leaving(self._hold.hold(whole, solved), until_ms)

    def _without(
        self, problem: Problem, plan: Solution, waiting: list[str], until_ms: int
    ) -> Solution:
        """The best plan in which these parcels are not there before the next plan is made; the
        plan as it is where that makes somebody late or is not good."""
        later = tuple(
            msgspec.structs.replace(parcel, ready_ms=max(parcel.ready_ms, until_ms))
            if parcel.id in waiting
            else parcel
            for parcel in problem.parcels
        )
        posed = msgspec.structs.replace(problem, parcels=later)
        made = self._hold.hold(posed, solve(posed, self._budget, self._seed, None, self._params))
        travel = travel_of(problem)
        made = msgspec.structs.replace(made, cost=cost_of(problem, travel, made))
        worse = len(made.unserved) > len(plan.unserved) or made.cost.late > plan.cost.late
        return plan if worse or check(problem, travel, made) else made


def _leaving(plan: Solution, until_ms: int) -> list[str]:
    """The parcels of the trips that leave before a time."""
    departs = [
        (entry.robot, number)
        for entry in plan.plans
        for number, trip in enumerate(entry.trips)
        if trip.depart_not_before_ms < until_ms
    ]
    return [name for name, at in places_of(plan).items() if (at.robot, at.trip) in departs]
