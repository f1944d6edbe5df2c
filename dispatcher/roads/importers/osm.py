# SPDX-License-Identifier: Apache-2.0
"""Imports an OpenStreetMap extract (`.osm`) as a campus map.

What must hold: the map that comes out is read without a fault, and every place in it can be
reached from the station and left again; whatever was left out, assumed or made up is in the report;
the same file and options give the same text.
"""

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from dispatcher.roads.importers.campus_text import Feature, campus_text, point_feature
from dispatcher.roads.importers.osm_buildings import Block, blocks_of
from dispatcher.roads.importers.osm_data import MapImportError, OsmData
from dispatcher.roads.importers.osm_features import (
    building_features,
    place_features,
    road_features,
)
from dispatcher.roads.importers.osm_layout import Layout, Unserved, lay_out
from dispatcher.roads.importers.osm_read import read_osm
from dispatcher.roads.importers.osm_roads import Part, RoadNet, road_net
from dispatcher.roads.importers.osm_rules import MAIN_ROADS
from robot_agent.campus_format import FORMAT
from robot_agent.campus_frame import frame_at

__all__ = ["ImportOptions", "ImportReport", "ImportResult", "MapImportError", "import_osm"]

MAX_ROBOTS = 1000
MAX_HALF_SIDE_MM = 10_000_000
ATTRIBUTION = "© OpenStreetMap contributors, www.openstreetmap.org/copyright"


class ImportOptions(Struct, frozen=True):
    """`station` is a name or `lat,lon`; `robots` sizes the chargers and parking made up."""

    station: str = ""
    robots: int = 24
    timezone: str = "UTC"
    site_id: str = ""
    main_roads: str = "tertiary"
    private: bool = False


class Island(Struct, frozen=True):
    """A part of the net that a robot cannot get to, or not back from."""

    nodes: int
    length_m: int
    lat_deg: float
    lon_deg: float


class ImportReport(Struct):
    """What was taken, left out, assumed and made up."""

    source: str
    station: str
    station_why: str
    nodes: int
    edges: int
    length_m: int
    ways_kept: dict[str, int]
    ways_dropped: dict[str, int]
    islands: list[Island]
    lived_in: int
    lived_in_served: int
    stops: int
    unserved: list[Unserved]
    notes: dict[str, int]
    generated: dict[str, int]
    not_handled: dict[str, int]
    warnings: list[str]


class ImportResult(Struct, frozen=True):
    campus_text: str
    report: ImportReport


def import_osm(path: Path, options: ImportOptions) -> ImportResult:
    """Reads an extract and makes a campus map of it. Raises MapImportError."""
    _check(options)
    data = read_osm(path)
    try:
        return _import(data, path, options)
    except MapImportError as error:
        raise MapImportError(f"{path}: {error}") from None


def _import(data: OsmData, path: Path, options: ImportOptions) -> ImportResult:
    frame = frame_at(*data.bounds.centre)
    east_mm, north_mm = frame.to_mm(data.bounds.north_deg, data.bounds.east_deg)
    if max(east_mm, north_mm) > MAX_HALF_SIDE_MM:
        size_km = f"{east_mm / 500_000:.0f} x {north_mm / 500_000:.0f} km"
        raise MapImportError(f"covers {size_km}, which is no campus: cut one out of it")
    net = road_net(data, frame, options.main_roads, options.private)
    if not net.edges:
        raise MapImportError("no road here that a robot may drive")
    blocks = blocks_of(data, net.frame)
    layout = lay_out(data, net, blocks, options.station, options.robots)
    features = [
        _site_feature(data, path, options),
        *road_features(net, layout),
        *place_features(net, layout, blocks, options.robots),
        *building_features(blocks, layout.stops),
    ]
    return ImportResult(campus_text(features), _report(data, path, options, net, blocks, layout))


def _report(
    data: OsmData,
    path: Path,
    options: ImportOptions,
    net: RoadNet,
    blocks: list[Block],
    layout: Layout,
) -> ImportReport:
    lived_in = [block.id for block in blocks if block.served and block.lived_in]
    generated = Counter({"station": 1})
    generated.update(made.role for made in layout.made_up)
    return ImportReport(
        source=path.name,
        station=layout.spot.name,
        station_why=layout.spot.why,
        nodes=layout.part.nodes,
        edges=len(layout.part.edges),
        length_m=_length_m(net, layout.part),
        ways_kept=dict(net.kept.most_common()),
        ways_dropped=dict(net.dropped.most_common()),
        islands=[Island(one.nodes, _length_m(net, one), *one.at) for one in layout.islands],
        lived_in=len(lived_in),
        lived_in_served=sum(block_id in layout.stops for block_id in lived_in),
        stops=len(layout.stops),
        unserved=layout.unserved,
        notes=dict(net.notes.most_common()),
        generated=dict(generated),
        not_handled=_not_handled(data),
        warnings=_warnings(options, layout),
    )


def _length_m(net: RoadNet, part: Part) -> int:
    return (sum(map(net.length_mm, part.edges)) + 500) // 1000


def _check(options: ImportOptions) -> None:
    if not 1 <= options.robots <= MAX_ROBOTS:
        raise MapImportError(f"robots is {options.robots}, not within 1 and {MAX_ROBOTS}")
    if options.main_roads not in MAIN_ROADS:
        known = ", ".join(MAIN_ROADS)
        raise MapImportError(f"main roads is {options.main_roads!r}, not one of {known}")
    try:
        ZoneInfo(options.timezone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise MapImportError(f"{options.timezone!r} is no IANA time zone") from None


def _site_feature(data: OsmData, path: Path, options: ImportOptions) -> Feature:
    return point_feature(
        "site",
        data.bounds.centre,
        id=options.site_id or path.name.split(".")[0],
        format=FORMAT,
        name=path.name.split(".")[0],
        revision=f"osm-{data.sha256[:12]}",
        timezone=options.timezone,
        attribution=ATTRIBUTION,
        licence="ODbL-1.0",
        source=path.name,
    )


def _not_handled(data: OsmData) -> dict[str, int]:
    """What this importer knows to be there and leaves out."""
    found: Counter[str] = Counter()
    for relation in data.relations.values():
        tags = relation.tags
        if tags.get("type") == "multipolygon":
            for key in ("building", "highway"):
                found[f"multipolygons with {key}"] += key in tags
    for node in data.nodes.values():
        found["kerb heights"] += "kerb" in node.tags
    for way in data.ways.values():
        if "highway" in way.tags:
            for key in ("incline", "surface", "smoothness"):
                found[f"ways with {key}"] += key in way.tags
            found["ways with sidewalk=separate"] += way.tags.get("sidewalk") == "separate"
    return {what: count for what, count in sorted(found.items()) if count}


def _warnings(options: ImportOptions, layout: Layout) -> list[str]:
    warnings: list[str] = []
    if options.timezone == "UTC":
        warnings.append("the site's time zone is taken as UTC: give --timezone")
    if not options.station:
        warnings.append(f"the station is a guess ({layout.spot.why}): give --station")
    return warnings
