# SPDX-License-Identifier: Apache-2.0
"""Imports an OpenStreetMap extract as a campus map.

What must hold: the map that comes out is read without a fault, and every place in it can be
reached from the station and left again; whatever was left out, assumed or made up is in the report;
the same extract and options give the same text, whatever the order or the kind of the file.
"""

from pathlib import Path

from dispatcher.roads.importers.campus_text import Feature, campus_text, point_feature
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.net.net import Stretch
from dispatcher.roads.importers.osm.net.offers import Offer, offers_of
from dispatcher.roads.importers.osm.net.roads import road_net
from dispatcher.roads.importers.osm.places.buildings import blocks_of
from dispatcher.roads.importers.osm.places.features import (
    building_features,
    place_features,
    road_features,
)
from dispatcher.roads.importers.osm.places.layout import Layout, Site, lay_out, served_by
from dispatcher.roads.importers.osm.places.site_name import site_name
from dispatcher.roads.importers.osm.reading.data import MapImportError, OsmData
from dispatcher.roads.importers.osm.reading.read import read_osm
from dispatcher.roads.importers.osm.report import Findings, note_traffic, report_of
from dispatcher.roads.importers.osm.rules.rules import MAIN_ROADS, RoadRules
from dispatcher.roads.importers.report import ImportReport, ImportResult
from dispatcher.roads.importers.site_locale import driving_side, time_zone
from dispatcher.roads.traffic.parking import parking_features
from dispatcher.roads.traffic.waiting import waiting_features
from robot_agent.campus import Campus, CampusError, parse_campus
from robot_agent.campus_format import FORMAT, MAX_FEATURES
from robot_agent.campus_frame import frame_at

__all__ = ["ImportOptions", "ImportReport", "ImportResult", "MapImportError", "import_osm"]

MAX_ROBOTS = 1000
# The reader takes 50 km about the origin; ways may be drawn a little beyond the bounds.
MAX_HALF_SIDE_MM = 45_000_000
MAX_EDGES_FOR_OFFERS = 20_000
MAX_LATITUDE_DEG = 85
# On the site feature; the report has all.
MAX_REASONS = 12
ATTRIBUTION = "© OpenStreetMap contributors, www.openstreetmap.org/copyright"


def import_osm(path: Path, options: ImportOptions) -> ImportResult:
    """Reads an extract and makes a campus map of it. Raises MapImportError.

    Also ModuleNotFoundError, for a PBF where osmium is not installed.
    """
    _check(options)
    data = read_osm(path, options.clip, options.datum)
    try:
        return _import(data, path, options)
    except (MapImportError, CampusError) as error:
        raise MapImportError(f"{path}: {error}") from None


def _import(data: OsmData, path: Path, options: ImportOptions) -> ImportResult:
    _check_size(data)
    frame = frame_at(*data.bounds.centre)
    try:
        zone = time_zone(options.timezone, frame.lat_deg, frame.lon_deg)
    except ValueError as error:
        raise MapImportError(str(error)) from None
    side = driving_side(options.left_hand, data, frame, zone)
    rules = _rules(options)
    net = road_net(data, frame, rules)
    if not net.edges:
        raise MapImportError(_no_road(data, dict(net.dropped)))
    blocks = blocks_of(data, frame)
    site = Site(data, net, blocks.found, side.value == "left", options.profile)
    layout = lay_out(site, options.station, options.robots)
    features = [
        _site_feature(site, path, options, zone.value),
        *road_features(net, layout.apart.island_of),
        *place_features(net, layout, blocks.found, options.robots),
        *building_features(blocks.found, layout.stops),
    ]
    parking, waiting = list[Feature](), list[Feature]()
    if layout.driven:
        driven = [one for one in features if _is_driven(one, layout)]
        parking = parking_features(_campus(driven), options.profile, options.robots)
        waiting = waiting_features(_campus([*driven, *parking]), options.profile)
    features += [*parking, *waiting]
    if len(features) > MAX_FEATURES:
        raise MapImportError(
            f"{len(features):,} features, more than {MAX_FEATURES:,}: take a part with --clip"
        )
    # Each offer is a net of its own: of a whole city that would be minutes.
    offers: list[Offer] | None = None
    if len(net.edges) <= MAX_EDGES_FOR_OFFERS:
        without_stop = {one.id for one in layout.unserved}

        def newly_served(edges: list[Stretch]) -> int:
            return served_by(site, edges, without_stop)

        offers = offers_of(data, rules, net, layout.part, layout.apart, newly_served)
    found = Findings(path.name, options, data, net, blocks, layout, zone, side, offers)
    report = report_of(found)
    note_traffic(report, parking, waiting, options.robots)
    return ImportResult(campus_text(features), report)


def _is_driven(feature: Feature, layout: Layout) -> bool:
    """Parking and waiting places lie on the main part, like every place."""
    return feature["properties"]["kind"] != "edge" or feature["properties"]["id"] in layout.driven


def _campus(features: list[Feature]) -> Campus:
    return parse_campus(campus_text(features), "the map made of it")


def _check(options: ImportOptions) -> None:
    if not 1 <= options.robots <= MAX_ROBOTS:
        raise MapImportError(f"robots is {options.robots}, not within 1 and {MAX_ROBOTS}")
    if options.main_roads not in MAIN_ROADS:
        known = ", ".join(MAIN_ROADS)
        raise MapImportError(f"main roads is {options.main_roads!r}, not one of {known}")


def _check_size(data: OsmData) -> None:
    frame = frame_at(*data.bounds.centre)
    if abs(frame.lat_deg) > MAX_LATITUDE_DEG:
        raise MapImportError(f"lies beyond {MAX_LATITUDE_DEG} degrees of latitude")
    east_mm, north_mm = frame.to_mm(data.bounds.north_deg, data.bounds.east_deg)
    if max(east_mm, north_mm) > MAX_HALF_SIDE_MM:
        size_km = f"{east_mm / 500_000:.0f} x {north_mm / 500_000:.0f} km"
        most_km = MAX_HALF_SIDE_MM / 500_000
        raise MapImportError(
            f"covers {size_km}, more than {most_km:.0f} km a side: take a part with --clip W,S,E,N"
        )


def _rules(options: ImportOptions) -> RoadRules:
    return RoadRules(
        profile=options.profile,
        main_roads=options.main_roads,
        cross_roads=options.cross_roads,
        private=options.private,
        ramps=options.ramps,
        other_levels=options.other_levels,
    )


def _no_road(data: OsmData, dropped: dict[str, int]) -> str:
    if not dropped and any("highway" in way.tags for way in data.ways.values()):
        return "no road here: of every way with the tag highway less than two nodes are in it"
    if not dropped:
        return "no road here: it holds no way with the tag highway"
    found = ", ".join(f"{count} {why}" for why, count in list(dropped.items())[:5])
    return f"no road here that a robot may drive ({found})"


def _site_feature(site: Site, path: Path, options: ImportOptions, zone: str) -> Feature:
    data, dropped = site.data, site.net.dropped
    stem = path.name.split(".")[0] or "site"
    return point_feature(
        "site",
        data.bounds.centre,
        id=options.site_id or stem,
        format=FORMAT,
        name=site_name(data, site.net.frame) or stem,
        revision=f"osm-{data.sha256[:12]}",
        timezone=zone,
        left_hand=site.left_hand or None,
        attribution=ATTRIBUTION,
        licence="ODbL-1.0",
        source=path.name,
        crs_note="" if options.datum == "wgs84" else f"made WGS84 of {options.datum}",
        dropped_ways=dropped.total() or None,
        dropped_by="; ".join(f"{count} {why}" for why, count in dropped.most_common(MAX_REASONS)),
    )
