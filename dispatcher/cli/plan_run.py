# SPDX-License-Identifier: Apache-2.0
"""One solve in this process, timed, judged; it can be stopped."""

import time
from typing import TYPE_CHECKING, NamedTuple

import typer

from dispatcher.cli.output import fail, say

if TYPE_CHECKING:
    from dispatcher.cli.plan_case import Case
    from dispatcher.planner.budget import Budget
    from dispatcher.planner.check import Violation
    from dispatcher.planner.params import Params
    from dispatcher.planner.solution import Solution

EXIT_STOPPED = 130
LONG_MS = 2000


class Found(NamedTuple):
    """A plan, what the judge says of it, and what it took."""

    solution: "Solution"
    violations: "tuple[Violation, ...]"
    cpu_s: float


def run(case: "Case", budget: "Budget", seed: int, params: "Params") -> Found:
    """Solve and judge; leaves with one sentence where the problem contradicts itself."""
    from dispatcher.planner.check import check
    from dispatcher.planner.problem import BadProblem
    from dispatcher.planner.solve import BadPlan, solve

    problem = case.problem
    assert problem.matrices is not None, "a case has its matrices"
    if budget.iterations or budget.cpu_ms > LONG_MS:
        much = f"{budget.iterations:,} iterations" if budget.iterations else "up to "
        much += "" if budget.iterations else f"{budget.cpu_ms / 1000:g} CPU s"
        sizes = f"{len(problem.parcels)} parcels, {len(problem.robots)} robots"
        say([f"{case.name}: {sizes}; {params.engine}, seed {seed}, {much}"])
    begin_s = time.process_time()
    try:
        solution = solve(problem, budget, seed, params=params)
    except (BadPlan, BadProblem) as error:
        fail(f"{case.name}: {error}")
    except KeyboardInterrupt:
        say(["stopped before there was a plan"])
        raise typer.Exit(EXIT_STOPPED) from None
    cpu_s = time.process_time() - begin_s
    return Found(solution, check(problem, problem.matrices, solution), cpu_s)
