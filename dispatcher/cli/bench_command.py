# SPDX-License-Identifier: Apache-2.0
"""`dispatcher bench`: measure on your own machine, side by side with what you would use instead."""

from pathlib import Path
from typing import Annotated

import typer

from dispatcher.cli.bench_planner_command import planner
from dispatcher.cli.output import JsonOption, fail, say

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


app.command()(planner)
