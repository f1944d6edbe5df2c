# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map import`: make a campus map from other map data.

What must hold: a map is written only when it reads back without a fault and every place in it can
be reached and left; otherwise nothing is written.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say, write_whole

if TYPE_CHECKING:
    from dispatcher.roads.importers.osm import ImportReport

MAX_LISTED = 30


def import_map(
    extract: Annotated[Path, typer.Argument(metavar="FILE.osm", help="An OpenStreetMap extract.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The campus map to write.")],
    station: Annotated[
        str, typer.Option(help="Where parcels are loaded: a name in the extract, or lat,lon.")
    ] = "",
    robots: Annotated[int, typer.Option(help="How many to make chargers and parking for.")] = 24,
    timezone: Annotated[str, typer.Option(help="IANA name, such as Asia/Shanghai.")] = "UTC",
    site: Annotated[str, typer.Option(help="The site's id; else the file's name.")] = "",
    main_roads: Annotated[
        str,
        typer.Option(help="Highest public road to drive along: none|tertiary|secondary|primary."),
    ] = "tertiary",
    private: Annotated[
        bool, typer.Option("--private", help="Private ways are ours: drive them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a campus map of a .osm file, offline, and say what was left out or made up."""
    import msgspec

    from dispatcher.roads.graph import RoadGraph
    from dispatcher.roads.importers.osm import ImportOptions, MapImportError, import_osm
    from dispatcher.roads.reach import reach_faults
    from robot_agent.campus import CampusError, parse_campus

    options = ImportOptions(
        station=station,
        robots=robots,
        timezone=timezone,
        site_id=site,
        main_roads=main_roads,
        private=private,
    )
    try:
        result = import_osm(extract, options)
        campus = parse_campus(result.campus_text, str(output))
    except (MapImportError, CampusError) as error:
        fail(str(error))
    faults = reach_faults(RoadGraph.from_campus(campus))
    if faults:
        say(faults)
        raise typer.Exit(EXIT_NO)
    write_whole(output, result.campus_text)
    say(_report_lines(result.report))
    say([f"wrote {output} (map {campus.digest[:12]})"])
    if as_json:
        facts = {"output": str(output), "digest": campus.digest}
        print(msgspec.json.encode({**facts, **msgspec.structs.asdict(result.report)}).decode())


def _report_lines(report: "ImportReport") -> list[str]:
    """The report for people, most important first."""
    islands_m = sum(island.length_m for island in report.islands)
    lines = [
        f"roads: {report.nodes} nodes, {report.edges} edges, {report.length_m / 1000:.1f} km",
        f"station: {report.station} ({report.station_why})",
        f"stops: {report.stops}",
        f"served of the buildings people live in: {report.lived_in_served} of {report.lived_in}",
        f"made up: {_counted(report.generated)}",
        f"ways taken: {_counted(report.ways_kept)}",
    ]
    if report.ways_dropped:
        lines.append(f"ways left out: {_counted(report.ways_dropped)}")
    if report.islands:
        lines.append(
            f"islands left out: {len(report.islands)}, {islands_m / 1000:.1f} km, the largest at "
            f"{report.islands[0].lat_deg:.5f},{report.islands[0].lon_deg:.5f}"
        )
    if report.notes:
        lines.append(f"assumed: {_counted(report.notes)}")
    if report.not_handled:
        lines.append(f"not handled yet: {_counted(report.not_handled)}")
    lines += [f"not served: {one.name}: {one.why}" for one in report.unserved[:MAX_LISTED]]
    if len(report.unserved) > MAX_LISTED:
        lines.append(f"not served: {len(report.unserved) - MAX_LISTED} more (all with --json)")
    return lines + [f"warning: {warning}" for warning in report.warnings]


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())
