# SPDX-License-Identifier: Apache-2.0
"""The third speed: a plan in all steps, in half a second to two, from the live plan.

What must hold: the answer costs no more than a live plan that still holds and lacks nothing.
The search begins as hot as one from nothing: with time to spare, a cool one stays near where it is.
"""

from typing import Final

import msgspec

from dispatcher.planner.budget import Budget
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.problem import Problem
from dispatcher.planner.repair import kept_steady
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve

REPLAN: Final = Budget(cpu_ms=1000)


def replan(
    problem: Problem,
    plan: Solution,
    budget: Budget = REPLAN,
    seed: int = 0,
    params: Params = DEFAULTS,
) -> Solution:
    """The best plan that all steps find. Raises what `solve` does."""
    hot = msgspec.structs.replace(params, warm=params.hot)
    return kept_steady(problem, plan, solve(problem, budget, seed, plan, hot))
