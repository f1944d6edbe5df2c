# SPDX-License-Identifier: Apache-2.0
"""The contenders by name: what each needs, what it cannot, and how it is run.

What must hold: nobody is asked what it has no word for (that is said as `n/a`, with the reason),
and what is imported or compiled once a process is not on anybody's clock: each warms up on a small
problem first. The clock is the CPU time of this process, building a solver's own data included.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import msgspec

from dispatcher.bench.planner_ortools import solve_ortools
from dispatcher.bench.planner_pyvrp import solve_pyvrp
from dispatcher.bench.planner_tours import Tours
from dispatcher.bench.planner_view import NotExpressible, view_of
from dispatcher.bench.planner_vroom import solve_vroom
from dispatcher.planner.problem import Problem
from dispatcher.planner.solution import Solution


class Answer(msgspec.Struct, frozen=True):
    """One plan of a solver, after `cpu_s` of its clock: routes, or a plan of ours."""

    cpu_s: float
    tours: Tours | None = None
    plan: Solution | None = None
    iterations: int = -1


Tell = Callable[[Answer], None]
WARM_UP_S: Final = 0.02
"""The budget of the small problem on which each contender warms up; shorter than any real one."""


class Contender(NamedTuple):
    """One solver with its settings. `packages` are what must be installed; a `timeless` one has no
    budget and no seed: it is run once and its own CPU time is told."""

    name: str
    packages: tuple[str, ...]
    refuses: Callable[[Problem], str]
    run: Callable[[Problem, float, int, Tell], None]
    timeless: bool = False

    def warm_up(self, problem: Problem) -> None:
        """Imports and loads all that a run needs."""
        self.run(problem, WARM_UP_S, 1, lambda _: None)


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


def _run_ours(engine: str, problem: Problem, cpu_s: float, seed: int, tell: Tell) -> None:
    from dispatcher.planner.budget import Budget
    from dispatcher.planner.params import Params
    from dispatcher.planner.solve import solve

    params = msgspec.convert({"engine": engine}, Params)
    # Loading compiled code is not on the clock, so no clock may end it.
    budget = Budget(cpu_ms=round(cpu_s * 1000)) if cpu_s > WARM_UP_S else Budget(iterations=50)
    began_s = time.process_time()
    plan = solve(problem, budget, seed, params=params)
    spent_s = time.process_time() - began_s
    steps = [step.work for step in plan.log if step.name == SEARCH_STEP]
    tell(Answer(spent_s, plan=plan, iterations=sum(steps) if steps else -1))


def _run_pyvrp(problem: Problem, cpu_s: float, seed: int, tell: Tell) -> None:
    view = view_of(problem)
    began_s = time.process_time()
    tours, iterations = solve_pyvrp(view, cpu_s, seed)
    tell(Answer(time.process_time() - began_s, tours, iterations=iterations))


def _run_vroom(level: int, problem: Problem, _cpu_s: float, _seed: int, tell: Tell) -> None:
    view = view_of(problem)
    began_s = time.process_time()
    tours = solve_vroom(view, level)
    tell(Answer(time.process_time() - began_s, tours))


def _run_ortools(setting: str, problem: Problem, cpu_s: float, _seed: int, tell: Tell) -> None:
    view = view_of(problem)
    began_s = time.process_time()

    def on_better(tours: Tours) -> None:
        tell(Answer(time.process_time() - began_s, tours))

    solve_ortools(view, setting, cpu_s, on_better)


SEARCH_STEP: Final = "search"
"""The name of the kernel's step in the log of a plan; its work is iterations."""
VROOM_LEVELS: Final = (1, 3, 5)
OURS: Final = "ours"

CONTENDERS: Final = {
    one.name: one
    for one in (
        Contender(OURS, (), _takes_all, partial(_run_ours, "kernel")),
        Contender("ours-ortools", (), _takes_all, partial(_run_ours, "ortools")),
        Contender("pyvrp", ("pyvrp",), _words_missing, _run_pyvrp),
        *(
            Contender(
                f"vroom-{level}",
                ("vroom",),
                _single_trips_only,
                partial(_run_vroom, level),
                timeless=True,
            )
            for level in VROOM_LEVELS
        ),
        Contender("ortools-default", (), _words_missing, partial(_run_ortools, "default")),
        Contender("ortools-best", (), _words_missing, partial(_run_ortools, "best")),
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
