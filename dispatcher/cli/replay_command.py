# SPDX-License-Identifier: Apache-2.0
"""`dispatcher replay`: feeds a kept journal again and compares every decision."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.roads.graph import RoadGraph

EXIT_NO = 1
EXIT_BAD_INPUT = 2
TELL_EVERY = 20_000


def replay(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder of a journal, as --keep leaves it.")
    ],
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every decision and state (the only mode yet).")
    ] = False,
    campus_map: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="The campus; else DIR/campus.geojson."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Last line of stdout: one JSON object.")
    ] = False,
) -> None:
    """Decide a recorded day again: the same inputs must give the same decisions, byte for byte.

    Exit code: 0 no difference, 1 a difference (the first is named), 2 bad input.
    """
    import msgspec

    from dispatcher.replay.journal_reader import JournalReader, JournalReadError
    from dispatcher.replay.verify import verify as verify_records
    from robot_agent.campus import CampusError

    if not verify:
        print("dispatcher replay: say what to do with the day: --verify", file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT)
    try:
        reader = JournalReader.open(folder)
        graph = _graph(campus_map or folder / "campus.geojson", reader.head)
        began = time.monotonic()
        verdict = verify_records(
            reader.records(),
            reader.first_link,
            reader.snapshot_hashes(),
            graph,
            lambda seq: _tell(seq, reader.count),
        )
    except (JournalReadError, CampusError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT) from None
    reader.close()
    took_s = time.monotonic() - began
    print(_sentence(verdict.inputs, verdict.decisions, took_s), file=sys.stderr)
    first = verdict.first_difference
    if first is not None:
        where = f"record {first.seq} ({first.event or 'unreadable'}) at {first.at_ms} ms"
        print(
            f"{verdict.differences} differences; the first: {where}: {first.what}", file=sys.stderr
        )
        if not verdict.complete:
            print("the replay could not go on from there", file=sys.stderr)
    if as_json:
        result = msgspec.to_builtins(verdict)
        print(json.dumps(result))
    elif first is None:
        print("no difference")
    if first is not None:
        raise typer.Exit(EXIT_NO)


def _graph(path: Path, head: "Mapping[str, str]") -> "RoadGraph":
    """The roads of the journal. Raises CampusError, or JournalReadError where it is another map."""
    from dispatcher.replay.journal_reader import JournalReadError
    from dispatcher.roads.from_campus import road_graph
    from robot_agent.campus import read_campus

    campus = read_campus(path)
    if campus.digest != head.get("map_digest"):
        raise JournalReadError(
            f"{path}: not the map of this journal (digest {campus.digest[:12]}, recorded "
            f"{head.get('map_digest', '')[:12]}): name the right one with --map"
        )
    return road_graph(campus)


def _tell(seq: int, count: int) -> None:
    if seq and seq % TELL_EVERY == 0:
        print(f"{seq} of {count} records", file=sys.stderr)


def _sentence(inputs: int, decisions: int, took_s: float) -> str:
    return f"{inputs} inputs fed again, {decisions} decisions compared in {took_s:.1f} s"
