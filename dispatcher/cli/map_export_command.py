# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map export`: a campus map in the format of somebody else's program.

What must hold: the file is written whole or not at all, and what the other format has no place for
is said, by count and by name.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatcher.cli.output import JsonOption, check_output, fail, say, write_whole

if TYPE_CHECKING:
    from dispatcher.roads.exporters.losses import Export

FORMATS = ("lif", "open-rmf", "geojson")
DEFAULT_VEHICLE_TYPE = "drover"


def export(
    source: Annotated[Path, typer.Argument(metavar="FILE.geojson", help="The campus map.")],
    to: Annotated[str, typer.Option("--to", help=f"The format: {'|'.join(FORMATS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    vehicle_type: Annotated[
        str, typer.Option(metavar="ID", help="The vehicle type that a LIF speaks of.")
    ] = DEFAULT_VEHICLE_TYPE,
    plain: Annotated[
        bool, typer.Option("--plain", help="GeoJSON with nothing but what the map's format names.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a campus map in another format, and say what is lost."""
    import msgspec

    from dispatcher.roads.exporters.losses import line_of

    if to not in FORMATS:
        fail(f"--to is {to!r}, not one of {', '.join(FORMATS)}")
    if plain and to != "geojson":
        fail("--plain is for --to geojson")
    check_output(output, source)
    made = _made(source, to, vehicle_type, plain)
    write_whole(output, made.text)
    say(f"lost: {line_of(one)}" for one in made.lost)
    say([f"wrote {output}" + ("" if made.lost else "; nothing is lost")])
    if as_json:
        facts = {"file": str(source), "to": to, "output": str(output), "lost": made.lost}
        print(msgspec.json.encode(facts).decode())


def _made(source: Path, to: str, vehicle_type: str, plain: bool) -> "Export":
    from dispatcher.roads.editing.map_file import MapFile, MapFileError
    from dispatcher.roads.exporters.losses import ExportError
    from robot_agent.campus import CampusError, parse_campus

    try:
        drawn = MapFile.read(source)
        campus = parse_campus(drawn.text, str(source))
        if to == "geojson":
            from dispatcher.roads.exporters.geojson import export_geojson

            return export_geojson(drawn, plain)
        if to == "lif":
            from dispatcher.roads.exporters.lif import export_lif

            now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            return export_lif(campus, vehicle_type, now)
        from dispatcher.roads.exporters.open_rmf import export_open_rmf

        return export_open_rmf(campus)
    except MapFileError as error:
        fail(str(error))
    except CampusError as error:
        fail(f"{error}; `dispatcher map check` tells all")
    except ExportError as error:
        fail(f"{source}: {error}")
