# SPDX-License-Identifier: Apache-2.0
"""Where things stand: the station, the roads around it, the stops, chargers and parking.

What must hold: everything stands on one part of the net, so each place is reached from every other.
"""

import shapely
from msgspec import Struct

from dispatcher.roads.importers.osm_buildings import Block
from dispatcher.roads.importers.osm_data import MapImportError, OsmData
from dispatcher.roads.importers.osm_roads import Part, RoadNet, parts_of
from dispatcher.roads.importers.osm_snap import MAX_SNAP_M, Kerb, KerbFinder
from dispatcher.roads.importers.osm_station import Spot, asked_spot, likely_spots

GROUP_SLOTS = 4
GROUP_SPACING_MM = 12_000
STATION_SPACING_MM = 4_000


class Unserved(Struct, frozen=True):
    """A building that should be served and is not."""

    name: str
    why: str


class MadeUp(Struct, frozen=True):
    """A charger or parking that no source names."""

    role: str
    kerb: Kerb
    slots: int


class Layout(Struct):
    """`stops` are by building id; `islands` are the parts of the net that were left out."""

    part: Part
    islands: list[Part]
    spot: Spot
    kerb: Kerb
    stops: dict[int, Kerb]
    unserved: list[Unserved]
    made_up: list[MadeUp]


def lay_out(data: OsmData, net: RoadNet, blocks: list[Block], station: str, robots: int) -> Layout:
    """Chooses a place for everything. Raises MapImportError."""
    parts = parts_of(net)
    if not parts:
        raise MapImportError("no road here that a robot can drive and come back on")
    shapes = [block.shape for block in blocks]
    if station:
        spot, part, kerb = _asked_station(asked_spot(station, data, net.frame), net, parts, shapes)
    else:
        spots = list(likely_spots(data, net.frame, blocks))
        spot, part, kerb = _likely_station(spots, net, parts[0], shapes)
    finder = KerbFinder(net, part.edges, shapes)
    stops, unserved = _stops(finder, blocks)
    if not stops:
        raise MapImportError(
            f"none of {len(unserved)} buildings with a name or that people live in lies within "
            f"{MAX_SNAP_M} m of the roads around the station {spot.name}"
        )
    made_up = _made_up(finder, kerb, stops, robots)
    islands = [other for other in parts if other is not part]
    return Layout(part, islands, spot, kerb, stops, unserved, made_up)


def _asked_station(
    spot: Spot, net: RoadNet, parts: list[Part], shapes: list[shapely.Polygon]
) -> tuple[Spot, Part, Kerb]:
    """On the largest part that comes near enough: never on a scrap of way beside the real one."""
    for part in parts:
        kerb = _kerb_at(spot, KerbFinder(net, part.edges, shapes), shapes)
        if kerb is not None:
            return spot, part, kerb
    gap_m = KerbFinder(net, parts[0].edges, shapes).gap_m(shapely.Point(spot.point))
    raise MapImportError(
        f"no road for robots within {MAX_SNAP_M} m of the station ({spot.why}); "
        f"the nearest of the main net is {gap_m:.0f} m away"
    )


def _likely_station(
    spots: list[Spot], net: RoadNet, main: Part, shapes: list[shapely.Polygon]
) -> tuple[Spot, Part, Kerb]:
    finder = KerbFinder(net, main.edges, shapes)
    for spot in spots:
        kerb = _kerb_at(spot, finder, shapes)
        if kerb is not None:
            return spot, main, kerb
    middle = spots[-1]
    kerbs = finder.along(middle.point, STATION_SPACING_MM, ("road", "shared", "path"))
    if not kerbs:
        raise MapImportError("no kerb here that a station could stand at")
    return Spot(middle.name, middle.point, f"the kerb nearest to {middle.why}"), main, kerbs[0]


def _kerb_at(spot: Spot, finder: KerbFinder, shapes: list[shapely.Polygon]) -> Kerb | None:
    here = shapely.Point(spot.point)
    own = next((i for i, shape in enumerate(shapes) if shape.contains(here)), None)
    return finder.near([here if own is None else shapes[own]], own)


def _stops(finder: KerbFinder, blocks: list[Block]) -> tuple[dict[int, Kerb], list[Unserved]]:
    stops: dict[int, Kerb] = {}
    unserved: list[Unserved] = []
    for own, block in enumerate(blocks):
        if not block.served:
            continue
        kerb = finder.near([*block.doors, block.shape], own)
        if kerb is not None:
            stops[block.id] = kerb
            continue
        gap_m = finder.gap_m(block.shape)
        why = f"nearest road at {gap_m:.1f} m"
        if gap_m <= MAX_SNAP_M:
            why = "every road near it lies behind another building"
        unserved.append(Unserved(block.label, why))
    return stops, unserved


def _made_up(
    finder: KerbFinder, station: Kerb, stops: dict[int, Kerb], robots: int
) -> list[MadeUp]:
    """Chargers and parking in turn along the kerbs nearest to the station, with their slots."""
    taken: dict[str, list[int]] = {}
    for kerb in (station, *stops.values()):
        taken.setdefault(kerb.edge, []).append(kerb.offset_mm)
    here = (station.x_mm, station.y_mm)
    wide = finder.along(here, GROUP_SPACING_MM, ("road", "shared"))
    kerbs = [
        kerb
        for kerb in wide or finder.along(here, GROUP_SPACING_MM, ("path",))
        if all(
            abs(kerb.offset_mm - offset_mm) >= GROUP_SPACING_MM // 3
            for offset_mm in taken.get(kerb.edge, ())
        )
    ] or [station, station]
    groups = min(-(-robots // GROUP_SLOTS), max(1, len(kerbs) // 2))
    made: list[MadeUp] = []
    for number in range(groups):
        slots = robots // groups + (number < robots % groups)
        for turn, role in enumerate(("charger", "parking")):
            made.append(MadeUp(role, kerbs[(2 * number + turn) % len(kerbs)], slots))
    return made
