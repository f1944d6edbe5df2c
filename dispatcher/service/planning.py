# SPDX-License-Identifier: Apache-2.0
"""The bridge to the planner's worker processes: a question goes out, an event comes back.

What must hold: every question is answered by exactly one `PlanReceived`, a plan or why there is
none; nothing here waits on the loop.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future

import msgspec

from dispatcher.config import PlannerSection
from dispatcher.core.effects import AskPlanner
from dispatcher.core.events import Event, PlanReceived
from dispatcher.planner.budget import Budget
from dispatcher.planner.params import Engine, Params
from dispatcher.planner.pool import Answer
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve
from dispatcher.service.engine import EngineSwitch
from dispatcher.service.site import PlanTask

ERROR_CHARS_MAX = 200


class PlannerStats(msgspec.Struct):
    """Since the daemon's start. `asked_site_ms` is when the newest plan's question was put.

    `plans` counts plans by engine, `unfinished` those whose worker died or was late and that are
    the best it had reported, `reports` what workers reported. The rest counts by step, as
    `Solution.log` says it.
    """

    calls: int = 0
    failed: int = 0
    asked_site_ms: int = 0
    reports: int = 0
    unfinished: int = 0
    plans: Counter[str] = msgspec.field(default_factory=Counter)
    step_work: Counter[str] = msgspec.field(default_factory=Counter)
    step_gain: Counter[str] = msgspec.field(default_factory=Counter)
    step_cpu_ms: Counter[str] = msgspec.field(default_factory=Counter)

    def count(self, engine: str, plan: Solution) -> None:
        """One more plan."""
        self.plans[engine] += 1
        for step in plan.log:
            self.step_work[step.name] += step.work
            self.step_gain[step.name] += step.gain
            self.step_cpu_ms[step.name] += step.cpu_ms


class PlanningBridge:
    """Of one site; any executor will do."""

    def __init__(
        self,
        pool: Executor,
        config: PlannerSection,
        engines: EngineSwitch,
        offer: Callable[[Event], None],
        tell: Callable[[str], None],
    ) -> None:
        self.stats = PlannerStats()
        self._pool = pool
        self._config = config
        self._engines = engines
        self._offer = offer
        self._tell = tell
        self._loop = asyncio.get_running_loop()

    def ask(self, effect: AskPlanner, task: PlanTask) -> None:
        """Put a question; the answer comes as an event."""
        started_ns = time.monotonic_ns()
        self.stats.calls += 1
        engine = self._engines.now

        def done(future: Future[Solution]) -> None:
            wall_ms = (time.monotonic_ns() - started_ns) // 1_000_000
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._answer, effect, task, engine, future, wall_ms)

        try:
            future = self._pool.submit(
                solve,
                msgspec.structs.replace(task.problem, matrices=task.matrices),
                Budget(wall_ms=self._config.budget_ms),
                self._config.seed,
                task.live,
                Params(engine=engine),
            )
        except RuntimeError as error:  # the pool is full, or shut down
            self._offer(_failed(effect, error, 0))
            return
        future.add_done_callback(done)

    def _answer(
        self,
        effect: AskPlanner,
        task: PlanTask,
        engine: Engine,
        future: Future[Solution],
        wall_ms: int,
    ) -> None:
        if isinstance(future, Answer):
            self.stats.reports += future.reports
        if future.cancelled():
            self._offer(_failed(effect, RuntimeError("the planner was stopped"), wall_ms))
            return
        error = future.exception()
        unfinished = future.unfinished if isinstance(future, Answer) else ""
        self._engines.ended(engine, failed=bool(error or unfinished))
        if error is not None:
            self.stats.failed += 1
            self._offer(_failed(effect, error, wall_ms))
            return
        if unfinished:
            self.stats.unfinished += 1
            self._tell(f"a plan was not finished, the best so far is taken: {unfinished}")
        plan = future.result()
        self.stats.count(engine, plan)
        self.stats.asked_site_ms = task.problem.now_ms
        self._offer(PlanReceived(plan_request=effect.id, plan=plan, wall_ms=wall_ms))


def _failed(effect: AskPlanner, error: BaseException, wall_ms: int) -> PlanReceived:
    text = f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX]
    return PlanReceived(plan_request=effect.id, error=text, wall_ms=wall_ms)
