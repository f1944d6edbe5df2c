# SPDX-License-Identifier: Apache-2.0
"""Imports a VDMA LIF 1.0 file: what robot makers hand over with machines that speak VDA 5050.

What must hold: positions stay as they are to the mm; ids of nodes stay, for the machines know them,
and the other ids where nothing else has them; what a campus map has no place for is counted.
"""

import hashlib
from pathlib import Path

import networkx as nx

from dispatcher.roads.importers.campus_geojson import report_of_campus
from dispatcher.roads.importers.campus_text import campus_text
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.lif.data import Lif
from dispatcher.roads.importers.lif.features import Ids, Placed, features_of
from dispatcher.roads.importers.lif.ground import Ground, ground_of
from dispatcher.roads.importers.lif.places import Stands, stands_of
from dispatcher.roads.importers.lif.read import read_lif
from dispatcher.roads.importers.lif.roads import Road, Roads, roads_of
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.report import ImportReport, ImportResult
from robot_agent.campus import CampusError, parse_campus
from robot_agent.campus_format import MAX_FILE_BYTES

SOURCE_FORMAT = "VDMA LIF 1.0"
DIGEST_CHARS = 12
USED_OPTIONS = (
    "station",
    "timezone",
    "site_id",
    "left_hand",
    "origin",
    "rotation_deg",
    "vehicle_type",
)


def import_lif(path: Path, options: ImportOptions | None = None) -> ImportResult:
    """Raises MapImportError, one line for each thing wrong."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise MapImportError(f"{path}: cannot be read: {error.strerror}") from None
    return lif_map(content, str(path), options or ImportOptions())


def lif_map(content: bytes | str, source: str, options: ImportOptions) -> ImportResult:
    """The campus map of the content of a LIF file. Raises MapImportError."""
    lif = read_lif(content, source)
    roads = roads_of(lif, options.vehicle_type, source)
    main = _main_part(roads.roads)
    if not main:
        raise MapImportError(f"{source}: no edge here that a robot may drive there and back")
    ground = ground_of(lif, options, source)
    nodes = {node.id: ground.on_map(node.at) for node in lif.nodes.values()}
    stands = stands_of(
        ground.stations(lif), options.station, ground.frame, {one: nodes[one] for one in main}
    )
    name = Path(source).name
    raw = content.encode() if isinstance(content, str) else content
    placed = Placed(
        lif=lif,
        roads=roads.roads,
        stands=stands.stands,
        nodes=nodes,
        ground=ground,
        site_id=options.site_id or name.split(".")[0] or "site",
        revision=f"lif-{hashlib.sha256(raw).hexdigest()[:DIGEST_CHARS]}",
        source=name,
    )
    ids = Ids.of(placed)
    text = campus_text(features_of(placed, ids))
    try:
        campus = parse_campus(text, source)
    except CampusError as error:
        raise MapImportError(f"{source}: makes no campus map: {error}") from None
    report = report_of_campus(campus, name, SOURCE_FORMAT)
    _tell(report, lif, roads, stands, ground)
    report.notes |= ids.notes
    lonely = sum(not (road.start in main and road.end in main) for road in roads.roads)
    if lonely:
        report.notes["edges that robots cannot get to and back from"] = lonely
    return ImportResult(text, report)


def _main_part(roads: list[Road]) -> dict[str, None]:
    """The nodes of the largest part in which there is a way from each to each, in order."""
    graph = nx.DiGraph()
    for road in roads:
        if not road.closed and road.start != road.end:
            graph.add_edge(road.start, road.end)
            if road.two_way:
                graph.add_edge(road.end, road.start)
    parts = [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]
    best = min(parts, key=lambda part: (-len(part), part[0]), default=[])
    return dict.fromkeys(best)


def _tell(report: ImportReport, lif: Lif, roads: Roads, stands: Stands, ground: Ground) -> None:
    report.timezone_why = ground.zone.why
    report.traffic_why = ground.traffic_why
    report.station, report.station_why = stands.station, stands.station_why
    report.dropped = {**roads.dropped, **stands.dropped, **report.dropped}
    levels = {
        f"level {name!r} taken as level {number}": 1
        for name, number in lif.level_names.items()
        if name != str(number) and len(lif.level_names) > 1
    }
    report.notes = {**report.notes, **roads.notes, **stands.notes, **lif.notes, **levels}
    report.not_handled = {
        **{f"{name} (not used)": count for name, count in lif.unused.items()},
        **{f"unknown field {name}": count for name, count in lif.unknown.items()},
    }
    report.warnings = [*ground.warnings, *roads.warnings, *report.warnings]
    if stands.dropped:
        told = ", ".join(f"{count} {why}" for why, count in stands.dropped.items())
        report.warnings.append(f"left out: {told}")
    if not stands.sure:
        report.warnings.append(
            f"the station, where parcels are loaded, is {stands.station_why}: say it with --station"
        )
    if any(stand.made_up for stand in stands.stands):
        report.generated["station"] = 1
    if not any(stand.role == "parking" for stand in stands.stands):
        report.warnings.append(
            "no parking: add Points of kind parking with node and slots, one slot a robot at least"
        )
