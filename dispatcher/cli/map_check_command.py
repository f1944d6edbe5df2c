# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map check`: what is wrong with a campus map."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say

if TYPE_CHECKING:
    from dispatcher.roads.faults.checking import Verdict
    from dispatcher.roads.faults.fault_book import MapFault
    from dispatcher.roads.profile import RobotProfile

MAX_ERRORS, MAX_WARNINGS = 20, 2
"""So many lines of a code; whoever has more to mend begins with the gravest."""
MAX_NAMED = 3
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
    """The faults for people: errors first, then the gravest of each kind."""
    from dispatcher.roads.wording import many, times

    campus = verdict.campus
    if campus is not None:
        km = sum(edge.length_mm for edge in campus.edges.values()) / 1e6
        nodes, edges = many(len(campus.nodes), "node"), many(len(campus.edges), "edge")
        waiting = many(len(campus.waiting), "waiting place")
        buildings = many(len(campus.buildings), "building")
        say(
            [
                f"site: {campus.site.id} (map {campus.digest[:12]})",
                f"roads: {nodes}, {edges}, {km:.1f} km",
                f"places: {len(campus.places)}, {waiting}",
                f"{buildings}, {many(len(campus.zones), 'zone')}",
            ]
        )
    rest: dict[str, int] = {}
    say(_lines(campus_map, verdict.errors, MAX_ERRORS, rest))
    say(_lines(campus_map, verdict.warnings, MAX_WARNINGS, rest))
    if rest:
        say([f"not listed here: {times(rest)}; --json lists all, `map show` draws them"])
    found = {"error": len(verdict.errors), "warning": len(verdict.warnings)}
    said = [many(count, noun) for noun, count in found.items()]
    say([", ".join(said) if any(found.values()) else "no fault found"])


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


def _lines(
    campus_map: Path, faults: Sequence["MapFault"], most: int, rest: dict[str, int]
) -> Iterator[str]:
    """A line a fault; faults that say the same are one line, of each code the first `most`. What
    is not told is counted in `rest`."""
    by_code: dict[str, dict[str, list[MapFault]]] = {}
    for fault in faults:
        by_code.setdefault(fault.code, {}).setdefault(fault.message, []).append(fault)
    for code, by_message in by_code.items():
        groups = list(by_message.values())
        for group in groups[:most]:
            first = group[0]
            who = f"{_who(group)}: " if first.id else ""
            what = f"{first.severity}: {who}{first.message} [{code}]"
            yield f"{campus_map}:{first.line}: {what}"
        if groups[most:]:
            rest[code] = rest.get(code, 0) + sum(map(len, groups[most:]))


def _who(group: Sequence["MapFault"]) -> str:
    """The first with its place; of several that say the same, how many and the first few."""
    first = group[0]
    where = f" ({first.lat:.6f},{first.lon:.6f})" if first.lat is not None else ""
    if len(group) == 1:
        return f"{_named(first)}{where}"
    others = [_named(one) for one in group[1:MAX_NAMED]]
    more = f" and {len(group) - MAX_NAMED:,} more" if len(group) > MAX_NAMED else ""
    return f"{len(group):,} times: {', '.join([f'{_named(first)}{where}', *others])}{more}"


def _named(fault: "MapFault") -> str:
    return f'{fault.id} "{fault.name}"' if fault.name else fault.id
