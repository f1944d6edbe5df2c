# SPDX-License-Identifier: Apache-2.0
"""Imports a campus map of our own: read, judged, written again in the one canonical layout.

What must hold: nothing is lost that the format does not know, nothing is added, and a map that an
importer wrote comes out byte for byte as it went in.
"""

from collections import Counter
from pathlib import Path

from dispatcher.roads.editing.map_file import MapFile, MapFileError
from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.report import ImportReport, ImportResult
from dispatcher.roads.reach import reach_faults, unsnapped
from robot_agent.campus import Campus, CampusError, parse_campus

MAX_SHOWN = 3


def import_geojson(path: Path) -> ImportResult:
    """Raises MapImportError."""
    try:
        source = MapFile.read(path)
        campus = parse_campus(source.text, str(path))
        report = report_of_campus(campus, path.name, "campus map")
    except (MapFileError, CampusError) as error:
        hint = f"; dispatcher map check {path} names every fault, map fix mends what can be mended"
        raise MapImportError(f"{error}{hint}") from None
    return ImportResult(source.canonical(), report)


def report_of_campus(campus: Campus, source: str, source_format: str) -> ImportReport:
    """What there is to tell of a map that says everything itself. Raises CampusError."""
    site = campus.site
    stations = [place for place in campus.places.values() if place.role == "station"]
    roles = Counter(place.role for place in campus.places.values())
    gates = Counter(node.gate for node in campus.nodes.values() if node.gate != "none")
    faults = reach_faults(road_graph(campus))
    return ImportReport(
        source=source,
        source_format=source_format,
        site=site.id,
        timezone=site.timezone,
        timezone_why="as the map says",
        traffic_keeps="left" if site.left_hand else "right",
        traffic_why="as the map says",
        station=stations[0].name or stations[0].id if stations else "none",
        station_why="as the map says",
        nodes=len(campus.nodes),
        edges=len(campus.edges),
        length_m=(sum(edge.length_mm for edge in campus.edges.values()) + 500) // 1000,
        kept=dict(Counter(edge.road_class for edge in campus.edges.values()).most_common()),
        buildings=len(campus.buildings),
        buildings_unsnapped=len(unsnapped(campus)),
        stops=roles["stop"],
        gates=dict(gates.most_common()),
        dropped={"features of a kind that is not known": campus.ignored} if campus.ignored else {},
        warnings=faults[:MAX_SHOWN] + (["and more"] if len(faults) > MAX_SHOWN else []),
        next_steps=["judge it: dispatcher map check FILE; look at it: dispatcher map show FILE"],
    )
