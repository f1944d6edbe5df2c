# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map check`: what is wrong with a campus map."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say

if TYPE_CHECKING:
    from dispatcher.roads.faults.checking import Verdict
    from dispatcher.roads.faults.fault_book import MapFault
    from dispatcher.roads.profile import RobotProfile

MAX_LISTED = 20
RobotOption = Annotated[
    Path | None, typer.Option("--robot", metavar="ROBOT.toml", help="The robot's size and limits.")
]


def check(
    campus_map: Annotated[Path, typer.Argument(metavar="FILE.geojson", help="A campus map.")],
    robots: Annotated[
        int, typer.Option(min=0, help="How many robots there will be; 0: not known.")
    ] = 0,
    robot: RobotOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a campus map: every fault with its line, its place and what to do about it.

    Exit 1 where there is an error; warnings alone do not count, unless --strict.
    """
    import time

    from dispatcher.roads.faults.checking import CheckOptions, check_file

    if not campus_map.exists():
        fail(f"{campus_map}: no such file")
    options = CheckOptions(robots, profile_of(robot), time.time_ns() // 1_000_000)
    verdict = check_file(campus_map, options)
    ok = not verdict.errors and not (strict and verdict.warnings)
    say_verdict(campus_map, verdict)
    if as_json:
        print_verdict(campus_map, verdict, ok=ok)
    if not ok:
        raise typer.Exit(EXIT_NO)


def profile_of(robot: Path | None) -> "RobotProfile":
    """The profile of a file; without one the usual robot. A bad file ends the command."""
    from dispatcher.roads.profile import ProfileError, RobotProfile, read_profile

    try:
        return read_profile(robot) if robot else RobotProfile()
    except ProfileError as error:
        fail(str(error))


def say_verdict(campus_map: Path, verdict: "Verdict") -> None:
    """The faults for people: errors first, of each code the first MAX_LISTED."""
    campus = verdict.campus
    if campus is not None:
        km = sum(edge.length_mm for edge in campus.edges.values()) / 1e6
        say(
            [
                f"site: {campus.site.id} (map {campus.digest[:12]})",
                f"roads: {len(campus.nodes)} nodes, {len(campus.edges)} edges, {km:.1f} km",
                f"places: {len(campus.places)}, waiting places: {len(campus.waiting)}",
                f"buildings: {len(campus.buildings)}, zones: {len(campus.zones)}",
            ]
        )
    say(_lines(campus_map, (*verdict.errors, *verdict.warnings), verdict.counts))
    errors, warnings = len(verdict.errors), len(verdict.warnings)
    say([f"{errors} errors, {warnings} warnings" if errors or warnings else "no fault found"])


def print_verdict(campus_map: Path, verdict: "Verdict", *, ok: bool) -> None:
    """The one object of `--json`."""
    import msgspec

    facts = {
        "map": str(campus_map),
        "digest": verdict.campus.digest if verdict.campus else None,
        "ok": ok,
        "errors": verdict.errors,
        "warnings": verdict.warnings,
        "counts": verdict.counts,
    }
    print(msgspec.json.encode(facts).decode())


def _lines(campus_map: Path, faults: Iterable["MapFault"], counts: dict[str, int]) -> Iterable[str]:
    told: Counter[str] = Counter()
    for fault in faults:
        told[fault.code] += 1
        if told[fault.code] > MAX_LISTED:
            continue
        where = f" ({fault.lat:.6f},{fault.lon:.6f})" if fault.lat is not None else ""
        name = f"{fault.id}{where}: " if fault.id else ""
        yield f"{campus_map}:{fault.line}: {fault.severity}: {name}{fault.message} [{fault.code}]"
    for code, count in counts.items():
        if count > MAX_LISTED:
            yield f"{count - MAX_LISTED} more of {code} (with --json)"
