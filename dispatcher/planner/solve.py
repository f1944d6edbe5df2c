# SPDX-License-Identifier: Apache-2.0
"""A plan in named steps, each visible in its log; the best plan that passes the judge is the plan.

What must hold: whatever the steps do, the answer is never one that `check` rejects, and never
worse than a live plan that still holds and lacks nothing. Steps: `keep` (such a live plan),
`insert` (into the live plan where there is one), `search` (the kernel, which inserts for itself
where there is much), `construct` (OR-Tools from nothing), `improve` and `part` (OR-Tools on the
best plan so far, or on some of its trips), `places` (bays and charger places by CP-SAT).
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.check import check
from dispatcher.planner.costs import cost_of
from dispatcher.planner.draft import Draft
from dispatcher.planner.frozen import restored, settled, thawed
from dispatcher.planner.legs import Legs
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.prefix import parcels_in
from dispatcher.planner.problem import Problem
from dispatcher.planner.quick import empty, finish, insert, insert_all
from dispatcher.planner.solution import Solution, Step
from dispatcher.planner.uncollected import uncollected
from dispatcher.planner.validate import validate

if TYPE_CHECKING:
    from dispatcher.planner.recombine_step import Pool
    from dispatcher.planner.search_step import Search

AFTER_MS = 2
AFTER_PARCEL_US = 40
"""What timing and judging a plan takes, at most, and for each parcel."""
FEW_PARCELS = 40
MEASURED_MS = 500
"""With so much to spend the first plan is timed too, to know how long that takes."""
TRIES_MOST = 60
"""So many of the parcels that a step has left out are tried by insertion after it."""
RECOMBINE_MS = 300
"""CP-SAT's deterministic time where work is counted."""
PLACES_MS = 200
"""The same for sharing bays and charger places."""
PLACES_PERCENT = 10
PLACES_LEAST_MS = 20
"""What is kept of a budget for that, and with less it is left out."""
PEEK_NS = 1_000_000_000
"""A search is looked at so often, to report how far it is."""


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
    if params.engine == "kernel":
        # Loaded before the budget begins: it is not this problem's work.
        from dispatcher.planner import search_step  # noqa: F401
    purse = Purse(budget)
    validate(problem)
    with uncollected():
        return _Solve(problem, purse, seed, params, report).run(start)


class _Solve:
    def __init__(
        self,
        problem: Problem,
        purse: Purse,
        seed: int,
        params: Params,
        report: Callable[[Solution], None],
    ) -> None:
        if problem.matrices is None:
            raise ValueError("a problem to be solved needs its matrices")
        self.problem = problem
        self.travel = problem.matrices
        self.left = thawed(problem, self.travel)
        self.legs = Legs(self.travel)
        self.purse = purse
        self.seed = seed
        self.params = params
        self.report = report
        self.ids = tuple(parcel.id for parcel in problem.parcels)
        self.log: list[Step] = []
        self.best: Solution | None = None
        self.fault = ""
        self.since_ms = time.process_time_ns() // 1_000_000

    def run(self, start: Solution | None) -> Solution:
        """All steps of an engine."""
        engine = self.params.engine
        possible = bool(self.ids and self.problem.robots)
        # Insertion knows the few things that the kernel only comes near to; it is quick where
        # there is little. Else the kernel inserts, and insertion what is left out then.
        by_kernel = engine == "kernel" and possible
        inserts = not by_kernel or len(self.ids) <= FEW_PARCELS or not self.is_plain()
        if start is not None and self.is_whole(start):
            self.offer("keep", len(self.ids), self.costed(start))
        if start is not None and inserts:
            self.offer("insert", len(self.ids), self.inserted(start))
        if inserts and not (by_kernel and self.best):
            self.offer("insert", len(self.ids), self.inserted(empty(self.problem)))
        if by_kernel:
            self.search(start)
        for known in (start, empty(self.problem)):
            if known is not None and self.best is None:
                self.offer("insert", len(self.ids), self.inserted(known))
        if engine == "ortools" and possible:
            self.construct()
            self.improve()
        if engine != "quick" and (self.problem.bays or self.problem.chargers):
            self.share_places()
        if self.best is None:
            raise BadPlan(f"no plan obeys the problem: {self.fault}")
        return msgspec.structs.replace(self.best, log=tuple(self.log))

    def is_plain(self) -> bool:
        """Whether there is nothing that the kernel only comes near to: ways between stations, bays
        and charger places, batteries, opening hours, roads that change."""
        left = self.left
        shared = left.bays or left.chargers or left.openings or self.travel.later
        batteries = any(robot.battery is not None for robot in left.robots)
        return len(left.stations) == 1 and not shared and not batteries

    def is_whole(self, plan: Solution) -> bool:
        """Whether a live plan is of these robots, and says of each parcel where it is."""
        named = [*parcels_in([trip for one in plan.plans for trip in one.trips])]
        named.extend(one.parcel for one in plan.unserved)
        robots = [robot.id for robot in self.problem.robots]
        return [one.robot for one in plan.plans] == robots and sorted(named) == sorted(self.ids)

    def costed(self, plan: Solution) -> Solution:
        """A live plan as it is, at today's prices."""
        cost = cost_of(self.problem, self.travel, plan)
        return msgspec.structs.replace(plan, cost=cost, log=())

    def search(self, start: Solution | None) -> None:
        """The kernel, from the best plan so far, from the live plan or from nothing."""
        from dispatcher.planner.search_step import Search

        search, warm = Search(self.left, self.seed, self.params), 0
        live = self.best or start
        if live is not None:
            search.adopt({plan.robot: plan.trips for plan in live.plans})
        search.begin()
        if start is not None:
            warm = self.params.warm
        after_ms = self.after_ms(search)
        peeked_ns, pool = 0, self.pool()

        def seen() -> None:
            """Collect trips; report now and then, where the budget is long enough for that."""
            nonlocal peeked_ns
            now_ns = self.purse.spent_ns()
            if pool is not None:
                pool.collect(search)
            if self.report is not nobody and now_ns > peeked_ns + PEEK_NS:
                peeked_ns = now_ns
                self.report_if_good(self.searched(search, tries=0))

        left_ms = self.purse.left_ms()
        percent = max(0, left_ms - after_ms) * 100 // max(1, left_ms) if left_ms else 100
        later = self.params.recombine + self.params.finish
        later += PLACES_PERCENT if self.problem.bays or self.problem.chargers else 0
        percent = percent * max(1, 100 - later) // 100
        search.run(self.purse, percent, warm, seen)
        self.offer("search", search.iterations, self.searched(search))
        if pool is not None:
            self.recombine(search, pool, after_ms)
        if self.params.finish:
            self.improve()
        for name in ("recombine", "finish"):
            if not getattr(self.params, name):
                note = "left out: no gain for its time when measured"
                self.log.append(Step(name, 0, self.known().cost.total, note=note))

    def after_ms(self, search: "Search") -> int:
        """What is to be left after a search, to time its plan exactly and to judge it. Where the
        budget is long enough its first plan is, and tells how long that takes."""
        if self.purse.left_ms() < MEASURED_MS:
            return AFTER_MS + len(self.ids) * AFTER_PARCEL_US // 1000
        begin_ns = self.purse.spent_ns()
        self.offer("construct", len(self.ids), self.searched(search, tries=0))
        return AFTER_MS + (self.purse.spent_ns() - begin_ns) * 3 // 2_000_000

    def pool(self) -> "Pool | None":
        """Where good trips are collected, if they are to be recombined."""
        if not self.params.recombine:
            return None
        from dispatcher.planner.recombine_step import Pool

        return Pool()

    def recombine(self, search: "Search", pool: "Pool", after_ms: int) -> None:
        """CP-SAT: the best set of the trips seen, on the robots."""
        from dispatcher.planner.effort import Effort
        from dispatcher.planner.recombine_step import best_of_pool, refusal
        from dispatcher.planner.search_step import fill

        cost, note = self.known().cost.total, refusal(search)
        if note:
            self.log.append(Step("recombine", 0, cost, note=note))
            return
        left_ms = max(1, self.purse.left_ms() - after_ms) if self.purse.by_time else RECOMBINE_MS
        wall_ms = left_ms if self.purse.by_time else 100 * RECOMBINE_MS
        chosen = best_of_pool(search, pool, Effort(left_ms, wall_ms, self.seed))
        draft = self.drafted()
        fill(draft, search.visits, chosen.plan)
        self.offer("recombine", chosen.columns, self.completed(draft))

    def searched(self, search: "Search", tries: int = TRIES_MOST) -> Solution:
        """The best plan of a search, timed exactly; so much of what it lacks is tried to insert."""
        from dispatcher.planner.search_step import fill

        draft = self.drafted()
        fill(draft, search.visits, search.routes())
        return self.completed(draft, tries)

    def report_if_good(self, plan: Solution) -> None:
        """Report a plan of a step that goes on, if it is the best so far."""
        worse = self.best is not None and plan.cost.total >= self.best.cost.total
        if not worse and not check(self.problem, self.travel, plan):
            self.best = plan
            self.report(plan)

    def inserted(self, start: Solution) -> Solution:
        """A plan with all parcels inserted that it lacks."""
        return insert(self.problem, self.travel, start, self.ids, self.goes_on)

    def completed(self, draft: Draft, tries: int = TRIES_MOST) -> Solution:
        """A draft as a plan, with parcels inserted that it lacks."""
        left = iter(range(tries))

        def goes_on() -> bool:
            return self.goes_on() and next(left, None) is not None

        return self.planned(draft, insert_all(draft, tuple(draft.jobs), goes_on))

    def goes_on(self) -> bool:
        """Whether there is time left, where time is what is spent."""
        return not self.purse.by_time or self.purse.left_ms() > 0

    def planned(self, draft: Draft, reasons: dict[str, str]) -> Solution:
        """A draft as a plan of the whole problem; what it lacks is unserved, for these reasons."""
        plan = finish(draft, self.travel, reasons)
        return plan if self.left is self.problem else restored(self.problem, self.travel, plan)

    def offer(self, name: str, work: int, plan: Solution) -> bool:
        """Log a step; keep its plan if it is good and the cheapest."""
        before = self.best.cost.total if self.best is not None else plan.cost.total
        faults = check(self.problem, self.travel, plan) if plan.cost.total <= before else ()
        note = f"{faults[0].rule}: {faults[0].text}" if faults else ""
        better = not faults and (self.best is None or plan.cost.total < before)
        gain = before - plan.cost.total if better else 0
        now_ms = time.process_time_ns() // 1_000_000
        self.log.append(Step(name, work, plan.cost.total, gain, now_ms - self.since_ms, note))
        self.since_ms = now_ms
        self.fault = self.fault or note
        if better:
            self.best = plan
            self.report(plan)
        return better

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

    def share_places(self) -> None:
        """CP-SAT: bays and charger places of the best plan, where the order of starts delays it."""
        from dispatcher.planner.effort import Effort
        from dispatcher.planner.resource_step import schedule_resources

        by_time, left_ms = self.purse.by_time, self.purse.left_ms()
        if self.best is None or (by_time and left_ms < PLACES_LEAST_MS):
            return
        # Half of it: the rest is for the model and for timing and judging what comes out.
        effort = Effort(PLACES_MS, left_ms // 2 if by_time else 100 * PLACES_MS, self.seed)
        plans = schedule_resources(self.problem, self.travel, self.best.plans, effort)
        if plans != self.best.plans:
            moved = msgspec.structs.replace(self.best, plans=plans)
            shared = settled(self.problem, self.travel, moved)
            self.offer("places", len(plans), shared)

    def known(self) -> Solution:
        """The best plan so far."""
        assert self.best is not None, "improved is what there is"
        return self.best

    def drafted(self) -> Draft:
        """An empty draft of all that is not frozen."""
        return Draft(self.left, self.legs)

    def offer_draft(self, name: str, work: int, draft: Draft) -> bool:
        """Offer a draft; log it where it is better."""
        plan = self.planned(draft, {one.parcel: one.reason for one in self.known().unserved})
        better = plan.cost.total < self.known().cost.total
        return better and self.offer(name, work, plan)
