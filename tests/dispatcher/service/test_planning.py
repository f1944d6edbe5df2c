# SPDX-License-Identifier: Apache-2.0
"""From the core's question to its answer: by which engine, and what where a worker fails."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import msgspec
import pytest

from dispatcher.config import PlannerSection
from dispatcher.core.effects import AskPlanner
from dispatcher.core.events import PlanReceived
from dispatcher.planner.compile import Compiled
from dispatcher.planner.pool import Answer, BrokenWorker, InlineExecutor
from dispatcher.planner.quick import empty
from dispatcher.planner.solution import Solution, Step
from dispatcher.service import engine as engine_module
from dispatcher.service.engine import FAILURES_MAX, EngineSwitch
from dispatcher.service.planning import PlanningBridge
from dispatcher.service.site import PlanTask
from tests.dispatcher.planner.problems import draw

QUESTION = AskPlanner(id="p1", seq=1, reason="test")


class Desk:
    """A bridge, and what came back over it."""

    def __init__(self, pool: Executor, engines: EngineSwitch | None = None) -> None:
        self.events: list[Any] = []
        self.lines: list[str] = []
        self.engines = engines or EngineSwitch("quick")
        self.bridge = PlanningBridge(
            pool,
            PlannerSection(budget_ms=10),
            self.engines,
            self.events.append,
            self.lines.append,
        )
        problem, travel = draw(3, robots=2, parcels=5, plain=True)
        problem = msgspec.structs.replace(problem, now_ms=7)
        self.task = PlanTask(problem, travel, empty(problem))

    async def ask(self) -> PlanReceived:
        self.bridge.ask(QUESTION, self.task)
        for _ in range(5):
            await asyncio.sleep(0)
        return self.events.pop()


class Scripted(Executor):
    """Answers as the test says, and remembers with which engine it was asked."""

    def __init__(self, *endings: Callable[[Answer[Solution]], object]) -> None:
        self.endings = list(endings)
        self.engines: list[str] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.engines.append(args[4].engine)
        answer: Answer[Solution] = Answer()
        self.endings.pop(0)(answer)
        return answer


def good(answer: Answer[Solution]) -> None:
    answer.set_result(Solution(plans=(), log=(Step("search", 9, 5, gain=3, cpu_ms=2),)))


def died(answer: Answer[Solution]) -> None:
    answer.end_early(BrokenWorker("the worker died"))


def died_with_a_plan(answer: Answer[Solution]) -> None:
    answer.take_report(Solution(plans=()))
    died(answer)


async def test_a_question_is_answered_with_a_plan() -> None:
    desk = Desk(InlineExecutor())
    received = await desk.ask()
    assert received.plan_request == "p1"
    assert received.plan is not None
    stats = desk.bridge.stats
    assert (stats.calls, stats.failed, stats.asked_site_ms, stats.plans) == (1, 0, 7, {"quick": 1})


async def test_what_each_step_did_is_counted() -> None:
    desk = Desk(Scripted(good, good))
    for _ in range(2):
        await desk.ask()
    stats = desk.bridge.stats
    assert (stats.step_work, stats.step_gain, stats.step_cpu_ms) == (
        {"search": 18},
        {"search": 6},
        {"search": 4},
    )


async def test_a_plan_that_was_not_finished_is_taken_and_named() -> None:
    desk = Desk(Scripted(died_with_a_plan))
    received = await desk.ask()
    assert received.plan == Solution(plans=())
    assert desk.bridge.stats.unfinished == 1
    assert desk.lines == [
        "a plan was not finished, the best so far is taken: the worker died",
    ]


async def test_a_failed_question_says_why() -> None:
    desk = Desk(Scripted(died))
    received = await desk.ask()
    assert (received.plan, received.error) == (None, "BrokenWorker: the worker died")
    assert desk.bridge.stats.failed == 1


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Says whether there is machine code of the kernel."""

    def put(there: bool) -> None:
        monkeypatch.setattr(engine_module, "missing", lambda: "")
        monkeypatch.setattr(engine_module, "use_cache", lambda: "")
        monkeypatch.setattr(engine_module, "is_compiled", lambda: there)

    return put


def quickly() -> Compiled:
    """Stands for the compiler."""
    return Compiled(1.0, 1.0, cold=True, folder="", note="")


def never() -> Compiled:
    """Stands for a compiler that fails."""
    raise ImportError("Numba needs another NumPy")


async def test_or_tools_plans_until_the_kernel_is_compiled_and_workers_are_renewed_first(
    compiled: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled(False)
    monkeypatch.setattr(engine_module, "compile_in_background", quickly)
    desk = Desk(pool := Scripted(good, good), EngineSwitch("kernel"))
    await desk.ask()
    renewed = []
    await desk.engines.bring_kernel(lambda: renewed.append(desk.engines.now))
    await desk.ask()
    assert pool.engines == ["ortools", "kernel"]
    assert renewed == ["ortools"]
    assert desk.bridge.stats.plans == {"ortools": 1, "kernel": 1}


async def test_a_compiled_kernel_plans_at_once(compiled: Callable[[bool], None]) -> None:
    compiled(True)
    assert EngineSwitch("kernel").now == "kernel"


async def test_where_the_kernel_cannot_be_compiled_or_tools_goes_on(
    compiled: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled(False)
    monkeypatch.setattr(engine_module, "compile_in_background", never)
    engines = EngineSwitch("kernel")
    await engines.bring_kernel(lambda: pytest.fail("nothing to renew"))
    assert engines.now == "ortools"


async def test_a_kernel_that_keeps_failing_is_given_up(compiled: Callable[[bool], None]) -> None:
    compiled(True)
    endings = [died, good, *[died_with_a_plan] * FAILURES_MAX, good]
    desk = Desk(pool := Scripted(*endings), EngineSwitch("kernel"))
    for _ in endings:
        await desk.ask()
    assert pool.engines == ["kernel"] * (2 + FAILURES_MAX) + ["ortools"]
