# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map diff`: what has changed between two revisions of a map."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.map_check_command import RobotOption, profile_of
from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say

if TYPE_CHECKING:
    from dispatcher.roads.editing.differences import (
        Changed,
        Difference,
        Renamed,
        TravelChange,
        WayChange,
    )
    from robot_agent.campus import Campus

MAX_LISTED = 50


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD.geojson", help="The map as it was.")],
    new: Annotated[Path, typer.Argument(metavar="NEW.geojson", help="The map as it is.")],
    robot: RobotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what has changed from one revision of a map to the next, and for the ways to its stops.

    Exit 0 where nothing has, 1 where something has, as `diff` does.
    """
    import msgspec

    from dispatcher.roads.editing.differences import differences

    speed_mm_s = profile_of(robot).speed_mm_s
    found = differences(_campus(old), _campus(new), speed_mm_s)
    say(_lines(found))
    if as_json:
        facts = {"old": str(old), "new": str(new), **msgspec.structs.asdict(found)}
        print(msgspec.json.encode(facts).decode())
    if not found.same:
        raise typer.Exit(EXIT_NO)


def _campus(path: Path) -> "Campus":
    from dispatcher.roads.from_campus import road_graph
    from robot_agent.campus import CampusError, read_campus

    try:
        campus = read_campus(path)
    except CampusError as error:
        fail(f"{error}; `dispatcher map check` tells all")
    try:
        road_graph(campus)
    except CampusError as error:
        fail(f"{path}: {error}")
    return campus


def _lines(found: "Difference") -> Iterator[str]:
    from dispatcher.roads.wording import many

    told = [
        *(f"{one.kind} {one.id}: moved by {one.m:.2f} m {_name(one.name)}" for one in found.moved),
        *(f"{one.kind} {one.id}: {_renamed(one)}" for one in found.renamed),
        *(f"{one.kind} {one.id}: {_changed(one)}" for one in found.changed),
    ]
    for what, by_kind, km in (
        ("vanished", found.vanished, found.km_vanished),
        ("new", found.added, found.km_added),
    ):
        for kind, names in by_kind.items():
            length = f" ({km:.3f} km)" if kind == "edge" else ""
            told.append(f"{what}: {len(names)} of kind {kind}{length}: {_few(names)}")
    yield from (line.rstrip() for line in told[:MAX_LISTED])
    if len(told) > MAX_LISTED:
        yield f"and {many(len(told) - MAX_LISTED, 'change')} more (with --json)"
    if found.travel:
        yield from _travel_lines(found.travel)
    digests = f"{found.old_digest[:12]} and {found.new_digest[:12]}"
    if found.same:
        yield "no difference"
    elif found.digest_same:
        yield f"the maps decide alike (map {found.new_digest[:12]}); only words differ"
    else:
        what = "" if told else ", by less than 10 mm"
        yield f"the maps differ{what}: {digests}"


def _renamed(one: "Renamed") -> str:
    return f"{one.what} was {one.old or 'not given'!r} and is {one.new or 'not given'!r}"


def _changed(one: "Changed") -> str:
    from dispatcher.roads.editing.fact_words import said_change

    return said_change(one.fact, one.old, one.new)


def _travel_lines(travel: "TravelChange") -> Iterator[str]:
    from dispatcher.roads.wording import many

    yield (
        f"ways from the nearest station: {travel.changed} of {many(travel.stops, 'stop')} changed, "
        f"median {travel.median_pct:+.1f} %"
    )
    for way in travel.worst:
        yield f"  {_way(way)}: {way.old_s:.0f} s, now {way.new_s:.0f} s"
    for way in travel.cut_off[:MAX_LISTED]:
        yield f"  {_way(way)}: can no longer be reached"
    for way in travel.reached_now[:MAX_LISTED]:
        yield f"  {_way(way)}: can be reached now"


def _way(way: "WayChange") -> str:
    return f"{way.stop} {_name(way.name)}".rstrip()


def _name(name: str) -> str:
    return f"({name})" if name else ""


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
