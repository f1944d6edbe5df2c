# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map import`: make a campus map from other map data.

What must hold: a map is written only when it reads back without a fault and every place in it can
be reached and left; otherwise nothing is written.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, check_output, fail, say, write_whole

if TYPE_CHECKING:
    from dispatcher.roads.importers.import_options import ImportOptions
    from dispatcher.roads.importers.report import ImportReport, ImportResult

SITE_ID = re.compile(r"[\w][\w.-]{0,63}")
REPORT_SUFFIXES = (".json", ".html")

Source = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="An OpenStreetMap extract (.osm, .osm.gz, .osm.pbf, Overpass .json), a campus "
        "map (.geojson), LIF (.json) or a CSV of places; its content tells which.",
    ),
]
MainRoads = Annotated[
    str, typer.Option(help="Highest public road to drive along: none|tertiary|secondary|primary.")
]
CrossRoads = Annotated[
    bool, typer.Option("--cross-roads", help="Higher public roads may be crossed.")
]
Private = Annotated[bool, typer.Option("--private", help="Private ways are ours: drive them.")]
Ramps = Annotated[bool, typer.Option("--ramps", help="Use steps that have a ramp for wheels.")]
OtherLevels = Annotated[
    bool, typer.Option("--other-levels", help="Use ways indoors and on other levels.")
]
LeftHand = Annotated[
    bool | None,
    typer.Option("--left-hand/--right-hand", help="The side of traffic; else as found."),
]
ClipBox = Annotated[
    str, typer.Option(metavar="W,S,E,N", help="Take this box, or polygon of a .geojson, only.")
]
Crs = Annotated[str, typer.Option(help="What the coordinates are in: wgs84|gcj02|bd09.")]
Origin = Annotated[
    str, typer.Option(metavar="LAT,LON", help="Where x = y = 0 lies, for maps in metres.")
]
PlanarSpeed = Annotated[float, typer.Option(help="How fast robots go on a site without roads.")]
Detour = Annotated[
    int, typer.Option(help="How long a way is there, in per cent of the straight line.")
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the whole report: .html to read, or .json."),
]


def import_map(
    source: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="The campus map to write.")],
    station: Annotated[
        str, typer.Option(help="Where parcels are loaded: a name in the extract, or lat,lon.")
    ] = "",
    robots: Annotated[int, typer.Option(help="How many to make chargers and parking for.")] = 24,
    timezone: Annotated[str, typer.Option(help="IANA name; else the one at the place.")] = "",
    site: Annotated[str, typer.Option(help="The site's id; else the file's name.")] = "",
    main_roads: MainRoads = "tertiary",
    cross_roads: CrossRoads = False,
    private: Private = False,
    ramps: Ramps = False,
    other_levels: OtherLevels = False,
    left_hand: LeftHand = None,
    clip: ClipBox = "",
    crs: Crs = "wgs84",
    origin: Origin = "",
    rotation: Annotated[
        float,
        typer.Option(metavar="DEG", help="How far x is turned anticlockwise from east (LIF)."),
    ] = 0.0,
    vehicle_type: Annotated[
        str, typer.Option(metavar="ID", help="Whose edges and speeds to take (LIF).")
    ] = "",
    robot: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="The robot's size and limits.")
    ] = None,
    speed_mps: PlanarSpeed = 2.5,
    detour_pct: Detour = 130,
    report: Report = None,
    as_json: JsonOption = False,
) -> None:
    """Make a campus map of other map data, offline, and say what was left out or made up."""
    from dispatcher.roads.importers.clip import read_clip
    from dispatcher.roads.importers.import_options import ImportOptions, read_place
    from dispatcher.roads.importers.osm.reading.data import MapImportError
    from dispatcher.roads.profile import ProfileError, RobotProfile, read_profile

    _refuse(source, output, report, robot, rotation, site)
    try:
        options = ImportOptions(
            station=station,
            robots=robots,
            timezone=timezone,
            site_id=site,
            main_roads=main_roads,
            cross_roads=cross_roads,
            private=private,
            ramps=ramps,
            other_levels=other_levels,
            left_hand=left_hand,
            clip=read_clip(clip, crs) if clip else None,
            datum=crs,
            origin=read_place(origin) if origin else None,
            rotation_deg=rotation,
            vehicle_type=vehicle_type,
            speed_mps=speed_mps,
            detour_pct=detour_pct,
            profile=read_profile(robot) if robot else RobotProfile(),
        )
    except (MapImportError, ProfileError) as error:
        fail(str(error))
    result, digest = _imported(source, options, output)
    write_whole(output, result.campus_text)
    _tell(result.report, output, digest, report, as_json)


def _refuse(
    source: Path, output: Path, report: Path | None, robot: Path | None, rotation: float, site: str
) -> None:
    """Leaves with a sentence before any work is done that could not be used."""
    if report is not None and report.suffix not in REPORT_SUFFIXES:
        fail(f"{report}: a report is a file .html or .json")
    check_output(output, source, robot)
    if report is not None:
        check_output(report, source, robot, output)
    if not abs(rotation) <= 360:
        fail(f"--rotation is {rotation}, not within -360 and 360")
    if site and not SITE_ID.fullmatch(site):
        fail(f"--site is {site!r}, not 1 to 64 letters, digits, dots, dashes and underscores")


def _imported(source: Path, options: "ImportOptions", output: Path) -> tuple["ImportResult", str]:
    """The map and its digest; leaves with a sentence where it is not fit for use."""
    from dispatcher.roads.from_campus import road_graph
    from dispatcher.roads.importers.any_map import import_any
    from dispatcher.roads.importers.osm.reading.data import MapImportError
    from dispatcher.roads.reach import reach_faults
    from robot_agent.campus import CampusError, parse_campus

    try:
        result = import_any(source, options)
        campus = parse_campus(result.campus_text, str(output))
        faults = reach_faults(road_graph(campus))
    except (MapImportError, CampusError) as error:
        fail(str(error))
    if faults:
        say(faults)
        raise typer.Exit(EXIT_NO)
    return result, campus.digest


def _tell(
    found: "ImportReport", output: Path, digest: str, page: Path | None, as_json: bool
) -> None:
    import msgspec

    from dispatcher.roads.importers.report import report_lines

    facts = {"output": str(output), "digest": digest, **msgspec.structs.asdict(found)}
    text = msgspec.json.encode(facts).decode()
    if page is not None:
        if page.suffix == ".html":
            from dispatcher.roads.importers.report_page import report_page

            write_whole(page, report_page(found))
        else:
            write_whole(page, msgspec.json.format(text, indent=1) + "\n")
    say(report_lines(found))
    say([f"wrote {output} (map {digest[:12]})" + (f", report {page}" if page else "")])
    if as_json:
        print(text)
