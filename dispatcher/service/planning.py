# SPDX-License-Identifier: Apache-2.0
"""The bridge to the planner's worker processes: a question goes out, an event comes back.

What must hold: every question is answered by exactly one `PlanReceived`, a plan or why there is
none; nothing here waits on the loop.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

import msgspec

from dispatcher.config import PlannerSection
from dispatcher.core.effects import AskPlanner
from dispatcher.core.events import Event, PlanReceived
from dispatcher.planner.budget import Budget
from dispatcher.planner.params import Params
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve
from dispatcher.service.site import PlanTask

ERROR_CHARS_MAX = 200


class PlannerStats(msgspec.Struct):
    """Since the daemon's start. `asked_site_ms` is when the newest plan's question was put."""

    calls: int = 0
    failed: int = 0
    asked_site_ms: int = 0


class PlanningBridge:
    """Of one site; any executor will do."""

    def __init__(
        self, pool: Executor, config: PlannerSection, offer: Callable[[Event], None]
    ) -> None:
        self.stats = PlannerStats()
        self._pool = pool
        self._config = config
        self._offer = offer
        self._loop = asyncio.get_running_loop()

    def ask(self, effect: AskPlanner, task: PlanTask) -> None:
        """Put a question; the answer comes as an event."""
        started_ns = time.monotonic_ns()
        self.stats.calls += 1

        def done(future: Future[Solution]) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._answer, effect, task, future, started_ns)

        try:
            future = self._pool.submit(
                solve,
                msgspec.structs.replace(task.problem, matrices=task.matrices),
                Budget(wall_ms=self._config.budget_ms),
                self._config.seed,
                task.live,
                Params(engine=self._config.engine),
            )
        except RuntimeError as error:  # the pool is shut down
            self._offer(_failed(effect, error, 0))
            return
        future.add_done_callback(done)

    def _answer(
        self, effect: AskPlanner, task: PlanTask, future: Future[Solution], started_ns: int
    ) -> None:
        wall_ms = (time.monotonic_ns() - started_ns) // 1_000_000
        if future.cancelled():
            self._offer(_failed(effect, RuntimeError("the planner was stopped"), wall_ms))
            return
        error = future.exception()
        if error is not None:
            self.stats.failed += 1
            self._offer(_failed(effect, error, wall_ms))
            return
        self.stats.asked_site_ms = task.problem.now_ms
        self._offer(PlanReceived(plan_request=effect.id, plan=future.result(), wall_ms=wall_ms))


def _failed(effect: AskPlanner, error: BaseException, wall_ms: int) -> PlanReceived:
    text = f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX]
    return PlanReceived(plan_request=effect.id, error=text, wall_ms=wall_ms)
