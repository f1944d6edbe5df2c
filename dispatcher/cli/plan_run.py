# SPDX-License-Identifier: Apache-2.0
"""One solve in this process, timed and judged, with its progress; Ctrl-C takes the best so far."""

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
SILENT_S = 2.0
EVERY_S = 1.0


class Found(NamedTuple):
    """A plan, what the judge says of it, and what it took."""

    solution: "Solution"
    violations: "tuple[Violation, ...]"
    cpu_s: float


class _Watch:
    """Keeps the best plan so far, and says now and then what it costs."""

    def __init__(self, case: "Case") -> None:
        self.case = case
        self.best: Solution | None = None
        self.begin_s = self.said_s = time.monotonic()

    def take(self, solution: "Solution") -> None:
        """A plan as good as any before."""
        self.best = solution
        now_s = time.monotonic()
        if now_s - self.begin_s < SILENT_S or now_s - self.said_s < EVERY_S:
            return
        self.said_s = now_s
        cost, left_out = self.case.cost_of(solution), len(solution.unserved)
        say([f"{now_s - self.begin_s:7.1f} s  cost {cost}, {left_out} unserved"])


def run(case: "Case", budget: "Budget", seed: int, params: "Params") -> Found:
    """Solve and judge; leaves with one sentence where the problem contradicts itself."""
    from dispatcher.planner.check import check
    from dispatcher.planner.problem import BadProblem
    from dispatcher.planner.solve import BadPlan, solve

    problem = case.problem
    assert problem.matrices is not None, "a case has its matrices"
    sizes = f"{len(problem.parcels)} parcels, {len(problem.robots)} robots"
    say([f"{case.name}: {sizes}; {params.engine}, seed {seed}, {_much(budget)}"])
    watch, begin_s = _Watch(case), time.process_time()
    try:
        solution = solve(problem, budget, seed, params=params, report=watch.take)
    except (BadPlan, BadProblem) as error:
        fail(f"{case.name}: {error}")
    except KeyboardInterrupt:
        if watch.best is None:
            say(["stopped before there was a plan"])
            raise typer.Exit(EXIT_STOPPED) from None
        say(["stopped: this is the best plan so far"])
        solution = watch.best
    cpu_s = time.process_time() - begin_s
    return Found(solution, check(problem, problem.matrices, solution), cpu_s)


def _much(budget: "Budget") -> str:
    if budget.iterations:
        return f"{budget.iterations:,} iterations"
    return f"{budget.cpu_ms / 1000:g} CPU s"
