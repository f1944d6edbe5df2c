# SPDX-License-Identifier: Apache-2.0
"""Any map a user may name, as a campus: `.geojson` as it is, `.osm` imported first, saying so."""

from pathlib import Path
from typing import NamedTuple

from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import CampusError, parse_campus, read_campus

OSM_SUFFIXES = (".osm", ".xml")


class CampusFileError(ValueError):
    """A map that cannot be used: one sentence with file, line and why."""


class CampusFile(NamedTuple):
    """A map in use: where its GeoJSON lies, its graph, and what was done to get it (or empty)."""

    path: Path
    graph: RoadGraph
    note: str


def load_campus(source: Path, imported: Path, robots: int = 24) -> CampusFile:
    """Reads `source`; an `.osm` is imported into the file `imported`, with room for `robots`.

    Raises CampusFileError.
    """
    try:
        if source.suffix.lower() not in OSM_SUFFIXES:
            return CampusFile(source, road_graph(read_campus(source)), "")
        text, note = _import_osm(source, robots)
        graph = road_graph(parse_campus(text, str(source)))
        imported.write_text(text, encoding="utf-8")
    except CampusError as error:
        raise CampusFileError(str(error)) from None
    except OSError as error:
        raise CampusFileError(f"{imported}: cannot be written: {error.strerror}") from None
    return CampusFile(imported, graph, note)


def _import_osm(source: Path, robots: int) -> tuple[str, str]:
    from dispatcher.roads.importers.osm import ImportOptions, MapImportError, import_osm

    try:
        done = import_osm(source, ImportOptions(robots=robots))
    except MapImportError as error:
        raise CampusFileError(str(error)) from None
    report = done.report
    return done.campus_text, (
        f"{source}: imported {report.length_m / 1000:.1f} km of way and {report.stops} stops; "
        f"station: {report.station} ({report.station_why})"
    )
