# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map stats`: what a map holds, in numbers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.map_check_command import RobotOption, profile_of
from dispatcher.cli.output import JsonOption, fail, say

if TYPE_CHECKING:
    from dispatcher.roads.editing.stats import MapStats

MAX_REASONS = 6


def stats(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="A campus map, or what `map import` reads.")
    ],
    robot: RobotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count what a map holds: roads, parts, stops, gates, what was left out.

    An OpenStreetMap extract is imported in memory with the usual options first.
    """
    import msgspec

    from dispatcher.roads.editing.stats import stats_of
    from robot_agent.campus import CampusError, parse_campus

    profile = profile_of(robot)
    text, dropped = _campus_text(source)
    try:
        found = stats_of(parse_campus(text, str(source)), dropped, profile)
    except CampusError as error:
        said = str(error) if str(error).startswith(str(source)) else f"{source}: {error}"
        fail(f"{said}; `dispatcher map check` tells all")
    say(_table(found))
    if as_json:
        print(msgspec.json.encode({"map": str(source), **msgspec.structs.asdict(found)}).decode())


def _campus_text(source: Path) -> tuple[str, dict[str, int]]:
    """The text of a campus map, and what its import left out."""
    from dispatcher.roads.editing.map_file import MapFile, MapFileError
    from dispatcher.roads.editing.stats import dropped_of
    from dispatcher.roads.importers.any_map import import_any, kind_of
    from dispatcher.roads.importers.import_options import ImportOptions
    from dispatcher.roads.importers.osm.reading.data import MapImportError

    if not source.exists():
        fail(f"{source}: no such file")
    try:
        if source.suffix == ".geojson" or kind_of(source) == "campus map":
            file = MapFile.read(source)
            return file.text, dropped_of(file)
        result = import_any(source, ImportOptions())
    except (MapFileError, MapImportError) as error:
        fail(str(error))
    return result.campus_text, result.report.dropped


def _table(found: "MapStats") -> list[str]:
    """For people: a row a subject."""
    from dispatcher.roads.wording import many, times

    share = f"{found.largest_component_share:.1%} of the nodes in the largest part"
    by_class = ", ".join(f"{name} {km:.1f}" for name, km in found.km_by_class.items())
    gates = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in found.gates_by_kind.items())
    dropped = times(found.dropped_by, MAX_REASONS)
    rows = {
        "site": f"{found.site} ({found.name}), map {found.digest[:12]}, {found.timezone}",
        "road graph": f"{many(found.nodes, 'node')}, {many(found.arcs, 'arc')} "
        f"({found.one_way_arcs} one-way), {many(found.dead_ends, 'dead end')}, "
        f"degree {found.degree_median} (p90 {found.degree_p90})",
        "parts": f"{share}, {many(found.islands, 'island')} ({many(found.island_nodes, 'node')})",
        "roads": f"{many(found.edges, 'edge')}, {found.km:.1f} km: {by_class or 'none'}",
        "of it": f"{found.km_main:.1f} km can be reached from the station and left again",
        "passing": f"{found.km_wide:.1f} km wide, {found.km_narrow:.1f} km narrow, "
        f"{found.km_passing_guessed:.1f} km of it guessed",
        "gates": f"{found.gates}: {gates}" if gates else "0",
        "stops": f"{found.stops}, {found.stops_unreachable} unreachable; "
        f"{many(found.stations, 'station')}",
        "buildings": f"{found.buildings}, {found.buildings_without_stop} without a stop, "
        f"{found.buildings_unsnapped} of them with a name or people living in them",
        "waiting": f"{many(found.waiting, 'place')} ({many(found.waiting_slots, 'slot')}), "
        f"{found.waiting_proposed} proposed",
        "chargers": f"{found.chargers} ({many(found.charger_slots, 'slot')}); "
        f"parking {found.parking} ({many(found.parking_slots, 'slot')})",
        "zones": str(found.zones),
        "left out": f"{found.dropped}: {dropped}" if dropped else str(found.dropped),
    }
    width = max(map(len, rows))
    return [f"{name:<{width}}  {row}" for name, row in rows.items()]
