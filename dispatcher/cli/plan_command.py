# SPDX-License-Identifier: Apache-2.0
"""`dispatcher plan solve FILE`: one routing problem solved, judged and costed.

What must hold: whether a plan is feasible is what `check` says, never what the solver says, and
what it costs is counted again in the convention of the file's family.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, check_output, fail, say, write_whole
from dispatcher.cli.plan_answers import register

if TYPE_CHECKING:
    from dispatcher.cli.plan_case import Case
    from dispatcher.planner.budget import Budget
    from dispatcher.planner.check import Violation
    from dispatcher.planner.params import Params

DEFAULT_SECONDS = 10.0
SECONDS_MAX = 86_400
VIOLATIONS_SHOWN = 20

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Solve routing problems from files, and explain plans.",
)


class Format(StrEnum):
    """What a file may be; the families of VRPLIB are told by the file itself."""

    AUTO = "auto"
    JSON = "json"
    SOLOMON = "solomon"
    HOMBERGER = "homberger"
    LI_LIM = "li-lim"
    VRPLIB = "vrplib"
    CVRP = "cvrp"
    VRPTW = "vrptw"
    MTVRPTWR = "mtvrptwr"


class Objective(StrEnum):
    """What a benchmark file is solved for."""

    FAMILY = "family"
    DISTANCE = "distance"
    VEHICLES = "vehicles"


class Engine(StrEnum):
    """Who plans."""

    KERNEL = "kernel"
    ORTOOLS = "ortools"
    QUICK = "quick"


register(app)


@app.callback()
def group() -> None:
    """Solve routing problems from files, and explain plans."""


@app.command()
def solve(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A problem.")],
    form: Annotated[
        Format, typer.Option("--format", help="What FILE is; auto: as its content says.")
    ] = Format.AUTO,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=SECONDS_MAX,
            help="CPU seconds that this process may plan for, reading not counted. "
            f"[default: {DEFAULT_SECONDS:g}]",
        ),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10**12,
            help="Work instead of time: the same command gives the same plan again.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the search.")] = 1,
    engine: Annotated[
        Engine | None, typer.Option(help="Who plans. [default: as --params says, or kernel]")
    ] = None,
    params: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Parameters of the planner.")
    ] = None,
    objective: Annotated[
        Objective,
        typer.Option(help="Of a benchmark: as its family counts, or distance, or vehicles first."),
    ] = Objective.FAMILY,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="ROUTES", help="Write the plan: a .sol file, or JSON."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Solve one problem: our own JSON, or a file of Solomon, Gehring and Homberger, Li and Lim or
    VRPLIB (CVRP, windows, several trips with release times).

    Prints what the plan costs as the family's solution files say it. Exits 1 where the judge finds
    a broken rule.
    """
    from dispatcher.cli.plan_case import read_case

    if seconds is not None and iterations is not None:
        fail("--seconds and --iterations exclude each other")
    if output is not None:
        check_output(output, file, params)
    settings = _params(params, engine)
    budget = _budget(seconds, iterations)
    case = read_case(file, form.value, objective.value)
    faults = _solve(case, budget, seed, settings, output, as_json=as_json)
    if faults:
        say(
            f"check: {one.rule}: robot {one.robot or '-'}, {one.where or '-'}, "
            f"{one.at_ms} ms: {one.text}"
            for one in faults[:VIOLATIONS_SHOWN]
        )
        raise typer.Exit(EXIT_NO)


def _params(path: Path | None, engine: Engine | None) -> "Params":
    import msgspec

    from dispatcher.planner.compile import engine_here
    from dispatcher.planner.params import DEFAULTS, ParamsError, load_params

    try:
        params = load_params(path) if path else DEFAULTS
    except ParamsError as error:
        fail(str(error))
    wanted = engine.value if engine else params.engine
    return msgspec.structs.replace(params, engine=engine_here(wanted, lambda text: say([text])))


def _budget(seconds: float | None, iterations: int | None) -> "Budget":
    from dispatcher.planner.budget import Budget

    if iterations is not None:
        return Budget(iterations=iterations)
    return Budget(cpu_ms=max(1, round((seconds or DEFAULT_SECONDS) * 1000)))


def _solve(
    case: "Case",
    budget: "Budget",
    seed: int,
    params: "Params",
    output: Path | None,
    *,
    as_json: bool,
) -> "tuple[Violation, ...]":
    """Solve, judge, print, write; what the judge found."""
    import msgspec

    from dispatcher.cli.plan_report import report_of, summary
    from dispatcher.cli.plan_run import run

    found = run(case, budget, seed, params)
    report = report_of(case, found, seed, params.engine)
    say(summary(report, found.solution))
    if output is not None:
        write_whole(output, case.routes_text(found.solution))
    if as_json:
        print(msgspec.json.encode(report).decode())
    return found.violations
