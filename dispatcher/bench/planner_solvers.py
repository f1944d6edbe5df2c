# SPDX-License-Identifier: Apache-2.0
"""The contenders by name: what each needs, what it cannot, and how it is run.

What must hold: nobody is asked what it has no word for (that is said as `n/a`, with the reason),
and what is imported or compiled once a process is not on anybody's clock: each warms up on a small
problem first. The clock is the CPU time of this process, building a solver's own data included.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import msgspec

from dispatcher.bench.planner_ortools import solve_ortools
from dispatcher.bench.planner_pyvrp import solve_pyvrp
from dispatcher.bench.planner_tours import Tours
from dispatcher.bench.planner_view import NotExpressible, View, view_of
from dispatcher.bench.planner_vroom import solve_vroom
from dispatcher.planner.problem import Problem
from dispatcher.planner.solution import Solution


class Answer(msgspec.Struct, frozen=True):
    """One plan of a solver, after `cpu_s` of its clock: routes, or a plan of ours."""

    tours: Tours | None = None
    plan: Solution | None = None
    iterations: int = -1
    cpu_s: float = 0.0


Tell = Callable[[Answer], None]
WARM_UP_S: Final = 0.02
"""The budget of the small problem on which each contender warms up; shorter than any real one."""


class Task(NamedTuple):
    """What is to be solved, for how long; `view` is what others than we read."""

    problem: Problem
    view: View | None
    seconds: float
    seed: int


class Contender(NamedTuple):
    """One solver with its settings. `packages` are what must be installed. A `timeless` one has no
    budget: its own CPU time is told. One without seeds (`seeded`) is run once."""

    name: str
    packages: tuple[str, ...]
    refuses: Callable[[Problem], str]
    solve: Callable[[Task, Tell], None]
    reads_views: bool = True
    timeless: bool = False
    seeded: bool = True

    def task(self, problem: Problem, seconds: float, seed: int) -> Task:
        """Before the clock begins. Raises NotExpressible."""
        return Task(problem, view_of(problem) if self.reads_views else None, seconds, seed)

    def warm_up(self, problem: Problem) -> None:
        """Imports and loads all that a run needs."""
        self.solve(self.task(problem, WARM_UP_S, 1), lambda _: None)


def _takes_all(_: Problem) -> str:
    return ""


def _words_missing(problem: Problem) -> str:
    try:
        view_of(problem)
    except NotExpressible as error:
        return str(error)
    return ""


def _single_trips_only(problem: Problem) -> str:
    missing = _words_missing(problem)
    if missing:
        return missing
    view = view_of(problem)
    if view.several_trips:
        return "several trips of a robot"
    return "releases" if view.released else ""


def _ours(engine: str, task: Task, tell: Tell) -> None:
    from dispatcher.planner.budget import Budget
    from dispatcher.planner.params import Params
    from dispatcher.planner.solve import solve

    params = msgspec.convert({"engine": engine}, Params)
    budget = Budget(cpu_ms=round(task.seconds * 1000))
    if task.seconds <= WARM_UP_S:
        budget = Budget(iterations=50)  # loading compiled code may take longer than that

    def report(plan: Solution) -> None:
        tell(Answer(plan=plan))

    plan = solve(task.problem, budget, task.seed, params=params, report=report)
    works = [step.work for step in plan.log if step.name == SEARCH_STEP]
    tell(Answer(plan=plan, iterations=sum(works) if works else -1))


def _pyvrp(task: Task, tell: Tell) -> None:
    assert task.view is not None
    tours, iterations = solve_pyvrp(task.view, task.seconds, task.seed)
    tell(Answer(tours, iterations=iterations))


def _vroom(level: int, task: Task, tell: Tell) -> None:
    assert task.view is not None
    tell(Answer(solve_vroom(task.view, level)))


def _ortools(setting: str, task: Task, tell: Tell) -> None:
    assert task.view is not None
    solve_ortools(task.view, setting, task.seconds, lambda tours: tell(Answer(tours)))


SEARCH_STEP: Final = "search"
"""The name of the kernel's step in the log of a plan; its work is iterations."""
VROOM_LEVELS: Final = (1, 3, 5)
OURS: Final = "ours"

CONTENDERS: Final = {
    one.name: one
    for one in (
        Contender(OURS, (), _takes_all, partial(_ours, "kernel"), reads_views=False),
        Contender("ours-ortools", (), _takes_all, partial(_ours, "ortools"), reads_views=False),
        Contender("pyvrp", ("pyvrp",), _words_missing, _pyvrp),
        *(
            Contender(
                f"vroom-{level}",
                ("vroom",),
                _single_trips_only,
                partial(_vroom, level),
                timeless=True,
                seeded=False,
            )
            for level in VROOM_LEVELS
        ),
        *(
            Contender(
                f"ortools-{setting}",
                (),
                _words_missing,
                partial(_ortools, setting),
                seeded=False,
            )
            for setting in ("default", "best")
        ),
    )
}
GROUPS: Final = {"vroom": tuple(f"vroom-{level}" for level in VROOM_LEVELS)}
"""Names that stand for several."""
EXTRA: Final = "pip install 'drover-dispatch[bench]'"


class BadSolver(ValueError):
    """No such contender."""


class NotInstalled(ValueError):
    """A contender whose package is missing; says what to install."""


def contenders_of(names: tuple[str, ...]) -> tuple[Contender, ...]:
    """Those asked for, each once. Raises BadSolver, NotInstalled."""
    wanted = [one for name in names for one in GROUPS.get(name, (name,))]
    for name in wanted:
        if name not in CONTENDERS:
            known = ", ".join((*CONTENDERS, *GROUPS))
            raise BadSolver(f"no solver {name!r}; there are: {known}")
        for package in CONTENDERS[name].packages:
            if not _installed(package):
                raise NotInstalled(f"{name} is not installed: {EXTRA}")
    return tuple(CONTENDERS[name] for name in dict.fromkeys(wanted))


def _installed(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None
