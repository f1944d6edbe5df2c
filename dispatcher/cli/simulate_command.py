# SPDX-License-Identifier: Apache-2.0
"""`dispatcher simulate`: a scenario in virtual time, its summary, and its journal to keep.

What must hold: the journal is written by the service's own writer, so that `dispatcher replay`
reads it like any other; with one seed the result is the same, whether it is kept or not.
"""

import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dispatcher.roads.graph import RoadGraph
    from dispatcher.simulation.run import Result
    from dispatcher.simulation.scenario import Scenario
    from dispatcher.simulation.world import World

EXIT_NO = 1
EXIT_BAD_INPUT = 2
TELL_EVERY_S = 2.0
FAULTS_SHOWN = 20


def simulate(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A file, or the name of a shipped one: demo.")
    ],
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of parcels, people, codes and the planner.")
    ] = 1,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Put the journal and the map here.")
    ] = None,
    engine: Annotated[
        str,
        typer.Option(metavar="kernel|ortools|quick", help="What plans; else as the file says."),
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Last line of stdout: one JSON object.")
    ] = False,
) -> None:
    """The real dispatcher and the real robots' cores in virtual time, without a network.

    Exit code: 0 done, 1 the world's own ledger says otherwise than the dispatcher's books, 2 bad
    input.
    """
    from dispatcher.roads.from_campus import road_graph
    from dispatcher.service.journal import JournalError
    from dispatcher.simulation.scenario import ScenarioError
    from robot_agent.campus import CampusError, read_campus

    began = time.monotonic()
    try:
        path = _scenario_path(scenario)
        day = _planned_by(_read(path), engine)
        map_path = _map_path(day.map, path)
        campus = read_campus(map_path)
        with ExitStack() as stack:
            folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _claim(folder)
            shutil.copyfile(map_path, folder / "campus.geojson")
            result = _run(day, road_graph(campus), campus.digest, seed, folder)
    except (CampusError, JournalError, ScenarioError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT) from None
    wall_s = time.monotonic() - began
    _report(result, day, seed, wall_s, keep)
    if as_json:
        print(json.dumps(_object(result, day, wall_s)))
    if result.faults:
        raise typer.Exit(EXIT_NO)


def _run(day: "Scenario", graph: "RoadGraph", map_digest: str, seed: int, folder: Path) -> "Result":
    """Simulate, with every record in the journal of `folder`."""
    from dispatcher.service.journal import Journal
    from dispatcher.service.journal_writer import JournalWriter
    from dispatcher.simulation.run import run_scenario

    journal = Journal.open(
        folder, site=graph.campus.site.id, map_digest=map_digest, created_ms=day.start_ms
    )
    writer = JournalWriter(journal.path, on_commit=lambda _: None)
    try:
        return run_scenario(day, graph, seed, journal.chain, writer.append, _Progress(day).tell)
    finally:
        writer.close()
        journal.close()


class _Progress:
    """A line on stderr every few seconds."""

    def __init__(self, day: "Scenario") -> None:
        self._start_ms = day.start_ms
        self._told = time.monotonic()

    def tell(self, world: "World") -> None:
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            minutes = (world.time.now_ms - self._start_ms) // 60_000
            parcels = world.dispatcher.summary()
            done, known = parcels["delivered"], parcels["accepted"]
            clock = f"{minutes // 60}:{minutes % 60:02}"
            print(f"after {clock} h: {done} of {known} parcels delivered", file=sys.stderr)


def _scenario_path(name: str) -> Path:
    from dispatcher.data_files import scenarios_folder

    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return path
    shipped = scenarios_folder() / f"{name}.toml"
    if shipped.is_file():
        return shipped
    names = ", ".join(sorted(one.stem for one in scenarios_folder().glob("*.toml")))
    raise ValueError(f"scenario {name!r}: neither a file nor one that is shipped ({names})")


def _read(path: Path) -> "Scenario":
    from dispatcher.simulation.scenario import ScenarioError, parse_scenario

    try:
        return parse_scenario(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not UTF-8 text: {error.reason}") from None


def _planned_by(day: "Scenario", engine: str) -> "Scenario":
    """The day with the engine asked for, where one is, and that can be had here."""
    from msgspec.structs import replace

    from dispatcher.planner.compile import engine_here
    from dispatcher.planner.params import ENGINES

    wanted = next((one for one in ENGINES if one == engine), None)
    if engine and wanted is None:
        raise ValueError(f"--engine {engine}: allowed: {', '.join(ENGINES)}")
    here = engine_here(wanted or day.planner.engine, lambda text: print(text, file=sys.stderr))
    return replace(day, planner=replace(day.planner, engine=here))


def _map_path(name: str, scenario: Path) -> Path:
    from dispatcher.data_files import maps_folder

    shipped = maps_folder() / name / "campus.geojson"
    return shipped if shipped.is_file() else scenario.parent / name


def _claim(folder: Path) -> None:
    """A new run never mixes with an old one's files."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError(f"--keep {folder}: the folder is not empty")


def _report(result: "Result", day: "Scenario", seed: int, wall_s: float, keep: Path | None) -> None:
    summary = result.summary
    counts = ", ".join(f"{count} {name}" for name, count in summary.parcels.items())
    hours = (result.ended_ms - day.start_ms) / 3_600_000
    drive = f"{summary.trips} trips, {summary.km:.1f} km"
    lines = [
        f"{hours:.1f} h of site time in {wall_s:.1f} s (seed {seed})",
        f"parcels: {counts}; {summary.on_time_share:.1%} on time; {drive}",
        f"{result.records} records, journal {result.journal}",
    ]
    lines += [f"fault: {fault}" for fault in result.faults[:FAULTS_SHOWN]]
    if len(result.faults) > FAULTS_SHOWN:
        lines.append(f"and {len(result.faults) - FAULTS_SHOWN} more faults")
    if keep:
        lines.append(f"journal and map: {keep} (try: dispatcher replay {keep} --verify)")
    print("\n".join(lines), file=sys.stderr)


def _object(result: "Result", day: "Scenario", wall_s: float) -> dict[str, object]:
    import msgspec

    open_parcels = {
        key: f"{outcome.state}: {outcome.reason}" if outcome.reason else outcome.state
        for key, outcome in result.outcomes.items()
        if outcome.state not in ("delivered", "returned", "cancelled")
    }
    summary: dict[str, object] = msgspec.to_builtins(result.summary)
    return {
        **summary,
        "speed": round((result.ended_ms - day.start_ms) / 1000 / max(wall_s, 0.001), 1),
        "open_reasons": dict(Counter(open_parcels.values()).most_common()),
        "open_parcels": open_parcels,
        "records": result.records,
        "journal": result.journal,
        "alarms": len(result.alarms),
        "refused": len(result.refused),
        "faults": list(result.faults),
    }
