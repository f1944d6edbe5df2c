# SPDX-License-Identifier: Apache-2.0
"""A plan in named steps, each visible in its log; the best plan that passes the judge is the plan.

What must hold: whatever the steps do, the answer is never worse than insertion alone, and never one
that `check` rejects. Steps: `insert` (into the live plan where there is one), `construct` (OR-Tools
from nothing), `improve` and `part` (OR-Tools on the best plan so far, or on some of its trips).
"""

from collections.abc import Callable

import msgspec

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.check import check
from dispatcher.planner.draft import Draft
from dispatcher.planner.frozen import restored, thawed
from dispatcher.planner.legs import Legs
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.problem import Problem
from dispatcher.planner.quick import empty, finish, insert, insert_all
from dispatcher.planner.solution import Solution, Step
from dispatcher.planner.validate import validate


class BadPlan(RuntimeError):
    """No step gave a plan that its problem allows; the message names the first rule broken."""


def nobody(_plan: Solution) -> None:
    """Whom a better plan is reported to where nobody waits for it."""


def solve(
    problem: Problem,
    budget: Budget,
    seed: int,
    start: Solution | None = None,
    params: Params = DEFAULTS,
    report: Callable[[Solution], None] = nobody,
) -> Solution:
    """The best plan within the budget; `start` is the live plan. `report` gets every plan that is
    better than all before it and that `check` has nothing against.

    Raises ValueError for a problem without matrices, BadProblem where it contradicts itself.
    """
    purse = Purse(budget)
    validate(problem)
    return _Solve(problem, purse, seed, report).run(start, params.engine)


class _Solve:
    def __init__(
        self, problem: Problem, purse: Purse, seed: int, report: Callable[[Solution], None]
    ) -> None:
        if problem.matrices is None:
            raise ValueError("a problem to be solved needs its matrices")
        self.problem = problem
        self.travel = problem.matrices
        self.left = thawed(problem, self.travel)
        self.legs = Legs(self.travel)
        self.purse = purse
        self.seed = seed
        self.report = report
        self.ids = tuple(parcel.id for parcel in problem.parcels)
        self.log: list[Step] = []
        self.best: Solution | None = None
        self.fault = ""

    def run(self, start: Solution | None, engine: str) -> Solution:
        """All steps of an engine."""
        if start is not None:
            self.offer("insert", len(self.ids), self.inserted(start))
        self.offer("insert", len(self.ids), self.inserted(empty(self.problem)))
        if engine != "quick" and self.ids and self.problem.robots:
            self.construct()
            self.improve()
        if self.best is None:
            raise BadPlan(f"no plan obeys the problem: {self.fault}")
        return msgspec.structs.replace(self.best, log=tuple(self.log))

    def inserted(self, start: Solution) -> Solution:
        """A plan with all parcels inserted that it lacks."""
        return insert(self.problem, self.travel, start, self.ids)

    def completed(self, draft: Draft) -> Solution:
        """A draft as a plan, with all parcels inserted that it lacks."""
        plan = finish(draft, self.travel, insert_all(draft, tuple(draft.jobs)))
        return plan if self.left is self.problem else restored(self.problem, self.travel, plan)

    def offer(self, name: str, work: int, plan: Solution) -> bool:
        """Log a step; keep its plan if it is good and the cheapest."""
        self.log.append(Step(name=name, work=work, cost=plan.cost.total))
        if self.best is not None and plan.cost.total >= self.best.cost.total:
            return False
        faults = check(self.problem, self.travel, plan)
        if faults:
            self.fault = self.fault or f"{faults[0].rule}: {faults[0].text}"
            return False
        self.best = plan
        self.report(plan)
        return True

    def construct(self) -> None:
        """OR-Tools from nothing."""
        from dispatcher.planner.ortools_step import construct

        draft = self.drafted()
        models = construct(draft, tuple(draft.jobs), self.purse, self.seed)
        if models:
            self.offer("construct", models, self.completed(draft))

    def improve(self) -> None:
        """OR-Tools on the best plan, round by round, while there is something left to spend."""
        from dispatcher.planner.ortools_rounds import improve_by_rounds

        if self.best is not None:
            improve_by_rounds(self.known, self.drafted, self.purse, self.seed, self.offer_draft)

    def known(self) -> Solution:
        """The best plan so far."""
        assert self.best is not None, "improved is what there is"
        return self.best

    def drafted(self) -> Draft:
        """An empty draft of all that is not frozen."""
        return Draft(self.left, self.legs)

    def offer_draft(self, name: str, work: int, draft: Draft) -> bool:
        """Offer a draft with what it lacks inserted; log it where it is better."""
        plan = self.completed(draft)
        better = self.best is None or plan.cost.total < self.best.cost.total
        return better and self.offer(name, work, plan)
