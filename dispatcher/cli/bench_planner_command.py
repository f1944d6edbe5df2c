# SPDX-License-Identifier: Apache-2.0
"""`dispatcher bench planner`: plans by Drover, PyVRP, VROOM and OR-Tools at equal CPU time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dispatcher.cli.output import JsonOption, fail, say

if TYPE_CHECKING:
    from dispatcher.bench.planner import Ask

SetName = Literal["campus", "public", "multitrip", "fleet", "lilim", "large", "speeds", "policies"]
EXIT_MISSING = 3
EXIT_INTERRUPTED = 130


def planner(
    chosen: Annotated[SetName, typer.Option("--set", help="Which instances.")] = "campus",
    seconds: Annotated[str, typer.Option(metavar="S,S", help="CPU seconds. [1,2,10]")] = "",
    seeds: Annotated[int, typer.Option(help="Runs of each, with seeds 1, 2, ...")] = 3,
    solvers: Annotated[
        str, typer.Option(metavar="NAME,NAME", help="Who takes part; all unless you say.")
    ] = "",
    files: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="These instances instead.")
    ] = None,
    only: Annotated[str, typer.Option(metavar="TEXT", help="Instances named so.")] = "",
    resume: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Keeps each run; goes on from it.")
    ] = None,
    make_references: Annotated[
        bool, typer.Option(help="Long runs; the best costs are stored to compare with.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Plans side by side on one core, each contender with the same CPU seconds.

    Every plan is judged and costed by the same check. Ours may be `ours` or `ours-ortools`; the
    others are `pyvrp`, `vroom` (or `vroom-1`, `vroom-3`, `vroom-5`), `ortools-default` and
    `ortools-best`. Public instances are looked for in DROVER_DATA/vrp. Three sets have no
    contenders: `fleet` is one repair cycle of 400 campuses, `speeds` are promises and repairs on
    campus days, `policies` are days lived under each policy (with --only and --resume).
    """
    from dispatcher.bench import planner as bench
    from dispatcher.bench.planner_instances import NoData
    from dispatcher.bench.planner_solvers import NotInstalled

    ask = bench.Ask(
        set=chosen,
        seconds=seconds or (bench.REFERENCE_SECONDS if make_references else bench.SECONDS),
        seeds=1 if make_references else seeds,
        solvers=solvers or (bench.REFERENCE_SOLVERS if make_references else bench.SOLVERS),
        files=tuple(files or ()),
        only=only,
        resume=resume,
    )
    try:
        if chosen == "fleet":
            _fleet(ask, as_json=as_json)
        elif chosen == "speeds":
            _speeds(ask, as_json=as_json)
        elif chosen == "policies":
            _policies(ask, as_json=as_json)
        elif make_references:
            _references(ask, as_json=as_json)
        else:
            _grid(ask, as_json=as_json)
    except (NotInstalled, NoData) as error:
        say([str(error)])
        raise typer.Exit(EXIT_MISSING) from None
    except (ValueError, OSError, RuntimeError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        kept = f"; the runs so far are in {resume}" if resume else ""
        say([f"interrupted{kept}"])
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _hear(line: str) -> None:
    say([line])


def _grid(ask: "Ask", *, as_json: bool) -> None:
    import msgspec

    from dispatcher.bench.planner import bench_planner
    from dispatcher.bench.planner_table import table_of

    report = bench_planner(ask, _hear)
    table = table_of(report.summary, report.machine)
    _show(table, msgspec.json.encode(report) if as_json else None)


def _references(ask: "Ask", *, as_json: bool) -> None:
    import msgspec

    from dispatcher.bench.planner import make_references

    # What was typed is kept with what came of it.
    count = make_references(ask, " ".join(["dispatcher", *sys.argv[1:]]), _hear)
    _show(f"{count} references stored", msgspec.json.encode({"stored": count}) if as_json else None)


def _fleet(ask: "Ask", *, as_json: bool) -> None:
    import msgspec

    from dispatcher.bench.planner_fleet import bench_fleet, fleet_table

    if ask.files or ask.only or ask.resume:
        fail("--set fleet: it takes no --files, --only or --resume: it is one short run")
    report = bench_fleet(_hear)
    _show(fleet_table(report), msgspec.json.encode(report) if as_json else None)


def _speeds(ask: "Ask", *, as_json: bool) -> None:
    import msgspec

    from dispatcher.bench.planner_speeds import bench_speeds, speed_table

    if ask.files or ask.resume:
        fail("--set speeds: it takes no --files and no --resume: its days are its own")
    report = bench_speeds(_hear, draws=ask.seeds, only=ask.only)
    _show(speed_table(report), msgspec.json.encode(report) if as_json else None)


def _policies(ask: "Ask", *, as_json: bool) -> None:
    import msgspec

    from dispatcher.bench.planner_policies import bench_policies, policy_table

    if ask.files:
        fail("--set policies: it takes no --files: its days are its own")
    report = bench_policies(_hear, seeds=ask.seeds, only=ask.only, resume=ask.resume)
    _show(policy_table(report), msgspec.json.encode(report) if as_json else None)


def _show(table: str, answer: bytes | None) -> None:
    print(table, file=sys.stderr if answer else sys.stdout)
    if answer:
        print(answer.decode())
