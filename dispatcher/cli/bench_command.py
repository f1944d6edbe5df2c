# SPDX-License-Identifier: Apache-2.0
"""`dispatcher bench`: measure on your own machine, side by side with what you would use instead."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from dispatcher.cli.bench_planner_command import planner
from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say

EXIT_MISSING = 3

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Benchmarks, all contenders in one run."
)


@app.callback()
def group() -> None:
    """Benchmarks, all contenders in one run."""


@app.command()
def roads(
    campus_map: Annotated[Path, typer.Option("--map", metavar="FILE.geojson", help="A map.")],
    stops: Annotated[int, typer.Option(min=2, max=4000, help="How many stops to travel to.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn at random.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Travel times by networkx, plain scipy and Drover: tables, look-ups, paths, closures.

    First all results are compared; they must be equal to the millisecond. Takes a minute or two on
    a map of some thousand nodes, most of it networkx.
    """
    import msgspec

    from dispatcher.bench.road_table import table_of
    from dispatcher.bench.roads import bench_roads
    from robot_agent.campus import CampusError

    if not campus_map.exists():
        fail(f"{campus_map}: no such file")
    try:
        report = bench_roads(campus_map, stops, seed, lambda line: say([line]))
    except (CampusError, ValueError) as error:
        fail(str(error))
    print(table_of(report))
    if as_json:
        print(msgspec.json.encode(report).decode())


@app.command()
def emulator(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many robots.")] = 2_000,
    seconds: Annotated[int, typer.Option(min=1, max=3_600, help="To measure, twice.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Of the ways they drive.")] = 1,
    agent: Annotated[
        Literal["emulate", "run"],
        typer.Option(help="Which robot-agent: many in one process, or the one of a real robot."),
    ] = "emulate",
    as_json: JsonOption = False,
) -> None:
    """Emulated robots in one process, a state a second each: CPU and memory, standing and driving.

    The goal is under 40 % of a core and 100 MB for 2000 robots; with --agent run --count 1, the
    agent of one robot, under 1 % and 40 MB.

    Exit code: 0 met, 1 above, 3 without mosquitto or /proc.
    """
    import msgspec

    from dispatcher.bench.emulator import bench_emulator, table_of
    from dispatcher.bench.emulator_machine import BenchError

    try:
        report = bench_emulator(count, seconds, seed, lambda line: say([line]), agent)
    except BenchError as error:
        say([str(error)])
        raise typer.Exit(EXIT_MISSING) from None
    print(table_of(report))
    if as_json:
        print(msgspec.json.encode(report).decode())
    if not report.goal_met:
        raise typer.Exit(EXIT_NO)


@app.command()
def board(
    trials: Annotated[int, typer.Option(min=1, max=10_000, help="On each port.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """The drive board's firmware: from the last valid drive command to motors off.

    On a process and on a Cortex-M3 in QEMU, at the plant's end by this machine's clock, and by the
    board's own; the limit of 250 ms is judged by the latter.

    Exit code: 0 met, 1 above, 3 without a compiler or QEMU.
    """
    import msgspec

    from dispatcher.bench.board import bench_board, table_of
    from dispatcher.bench.board_processes import NoBoard

    try:
        report = bench_board(trials, lambda line: say([line]))
    except NoBoard as error:
        say([str(error)])
        raise typer.Exit(EXIT_MISSING) from None
    print(table_of(report))
    if as_json:
        print(msgspec.json.encode(report).decode())
    if not report.goal_met:
        raise typer.Exit(EXIT_NO)


app.command()(planner)
