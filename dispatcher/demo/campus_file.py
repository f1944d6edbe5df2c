# SPDX-License-Identifier: Apache-2.0
"""Any map a user may name, as a campus: a campus map as it is, others imported first, saying so."""

from pathlib import Path
from typing import NamedTuple

from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import CampusError, parse_campus, read_campus


class CampusFileError(ValueError):
    """A map that cannot be used: one sentence with file, line and why."""


class CampusFile(NamedTuple):
    """A map in use: where its GeoJSON lies, its graph, and what was done to get it (or empty)."""

    path: Path
    graph: RoadGraph
    note: str


def load_campus(source: Path, imported: Path, robots: int = 24) -> CampusFile:
    """Reads `source`; what is no campus map is imported into the file `imported`, with room for
    `robots`.

    Raises CampusFileError; ModuleNotFoundError where this kind of file needs a package more.
    """
    from dispatcher.roads.importers.any_map import CAMPUS_MAP, import_any, kind_of
    from dispatcher.roads.importers.import_options import ImportOptions
    from dispatcher.roads.importers.osm.reading.data import MapImportError

    try:
        if kind_of(source) == CAMPUS_MAP:
            return CampusFile(source, road_graph(read_campus(source)), "")
        done = import_any(source, ImportOptions(robots=robots))
        graph = road_graph(parse_campus(done.campus_text, str(source)))
        imported.write_text(done.campus_text, encoding="utf-8")
    except (CampusError, MapImportError) as error:
        raise CampusFileError(str(error)) from None
    except OSError as error:
        raise CampusFileError(f"{imported}: cannot be written: {error.strerror}") from None
    report = done.report
    return CampusFile(
        imported,
        graph,
        f"{source}: imported {report.length_m / 1000:.1f} km of way and {report.stops} stops; "
        f"station: {report.station} ({report.station_why})",
    )
