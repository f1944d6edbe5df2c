# SPDX-License-Identifier: Apache-2.0
"""The second speed: a live plan mended in a tenth of a second.

What must hold: nothing is lost, whatever the budget: what the plan lacks is inserted before the
search begins, by the kernel where it takes the plan in, else by insertion. The search starts from
that plan at a low temperature (`Params.warm`), so that it mends and does not rebuild, and no other
step takes time from it.
"""

from typing import Final

import msgspec

from dispatcher.planner.budget import Budget
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.part import travel_of
from dispatcher.planner.problem import Problem
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve
from dispatcher.planner.steady import steady
from dispatcher.planner.uncollected import uncollected

REPAIR: Final = Budget(cpu_ms=100)


def repair(
    problem: Problem,
    plan: Solution,
    budget: Budget = REPAIR,
    seed: int = 0,
    params: Params = DEFAULTS,
) -> Solution:
    """The live plan with all that is new in it, and better where that is soon found.

    Raises what `solve` does.
    """
    gentle = msgspec.structs.replace(params, recombine=0, finish=0)
    with uncollected():
        return kept_steady(problem, plan, solve(problem, budget, seed, plan, gentle))


def kept_steady(problem: Problem, plan: Solution, new: Solution) -> Solution:
    """The new plan, where changing the live one has its price only as far as it pays."""
    if problem.costs.per_change <= 0:
        return new
    return steady(problem, travel_of(problem), plan, new)
