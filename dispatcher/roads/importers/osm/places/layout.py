# SPDX-License-Identifier: Apache-2.0
"""Where things stand: the station, the roads around it, the stops, chargers and parking.

What must hold: everything stands on one part of the net, so each place is reached from every other;
where a thing stands depends on what is near it only, so that a change elsewhere moves nothing.
"""

from collections.abc import Collection

import shapely
from msgspec import Struct

from dispatcher.roads.importers.osm.net.islands import Apart, apart_of
from dispatcher.roads.importers.osm.net.net import Part, RoadNet, Stretch, parts_of
from dispatcher.roads.importers.osm.places.buildings import Block
from dispatcher.roads.importers.osm.places.snap import MAX_MOVE_MM, MAX_SNAP_M, Kerb, KerbFinder
from dispatcher.roads.importers.osm.places.station import Spot, asked_spot, likely_spots
from dispatcher.roads.importers.osm.reading.data import MapImportError, OsmData
from dispatcher.roads.importers.report import Unserved
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.parking import GROUP_SLOTS, GROUP_SPACING_MM, STATION_CLEAR_MM
from robot_agent.campus_frame import distance_mm

MAX_PARTS_TRIED = 50
STOPS_APART_MM = 2_000
STATION_SPACING_MM = 4_000
STANDING_CLASSES = ("road", "shared", "path")


class Charger(Struct, frozen=True):
    """A place to charge that no source names."""

    kerb: Kerb
    slots: int


class Layout(Struct):
    """`stops` are by building id; `driven` are the ids of the edges of the part with the station
    (none where no way leads back), `apart` is everything else.
    """

    part: Part
    driven: frozenset[str]
    apart: Apart
    spot: Spot
    kerb: Kerb
    stops: dict[str, Kerb]
    unserved: list[Unserved]
    chargers: list[Charger]


class Site(Struct, frozen=True):
    """What a layout is made from."""

    data: OsmData
    net: RoadNet
    blocks: list[Block]
    left_hand: bool
    profile: RobotProfile

    def finder(self, edges: list[Stretch]) -> KerbFinder:
        return KerbFinder(self.net, edges, self.blocks, self.left_hand, self.profile.width_mm)


def lay_out(site: Site, station: str, robots: int) -> Layout:
    """Chooses a place for everything. Raises MapImportError."""
    parts = parts_of(site.net)
    if not parts:
        return _stranded(site)
    if station:
        spot, part, kerb = _asked_station(site, station, parts)
    else:
        spot, part, kerb = _likely_station(site, parts[0])
    finder = site.finder(part.edges)
    others = [other for other in parts if other is not part]
    stops, unserved = _stops(site, finder, others)
    kerb = _clear_of(finder, kerb, list(stops.values()))
    driven = frozenset(edge.id for edge in part.edges)
    return Layout(
        part=part,
        driven=driven,
        apart=apart_of(site.net, site.data, part),
        spot=spot,
        kerb=kerb,
        stops=stops,
        unserved=unserved,
        chargers=_chargers(finder, kerb, stops, robots),
    )


def _stranded(site: Site) -> Layout:
    """Where every way is one-way and leads nowhere back: a map to draw on, with a station alone."""
    longest = min(site.net.edges, key=lambda edge: (-site.net.length_mm(edge), edge.id))
    part = Part([longest], 2, site.net.places[longest.start])
    kerb = site.finder(part.edges).anywhere()
    spot = Spot("Station", (kerb.x_mm, kerb.y_mm), "the longest way")
    why = "no way here leads back to where it began"
    unserved = [
        Unserved(block.id, block.label, why, 0.0, *block.middle)
        for block in site.blocks
        if block.served
    ]
    return Layout(part, frozenset(), Apart([], {}, []), spot, kerb, {}, unserved, [])


def _asked_station(site: Site, station: str, parts: list[Part]) -> tuple[Spot, Part, Kerb]:
    """On the largest part that comes near enough: never on a scrap of way beside the real one."""
    spot = asked_spot(station, site.data, site.net.frame, site.blocks)
    for part in parts[:MAX_PARTS_TRIED]:
        kerb = _kerb_at(spot, site.finder(part.edges), site.blocks)
        if kerb is not None:
            return spot, part, kerb
    gap_m = site.finder(parts[0].edges).gap_m(shapely.Point(spot.point))
    raise MapImportError(
        f"no road for robots within {MAX_SNAP_M} m of the station ({spot.why}); "
        f"the nearest of the main net is {gap_m:.0f} m away"
    )


def _likely_station(site: Site, main: Part) -> tuple[Spot, Part, Kerb]:
    finder = site.finder(main.edges)
    roads = [site.net.points[edge.start] for edge in main.edges]
    spots = list(likely_spots(site.data, site.net.frame, site.blocks, roads))
    for spot in spots:
        kerb = _kerb_at(spot, finder, site.blocks)
        if kerb is not None:
            return spot, main, kerb
    middle = spots[-1]
    along = finder.along(middle.point, STATION_SPACING_MM, STANDING_CLASSES)
    kerb = along[0] if along else finder.anywhere()
    return Spot(middle.name, middle.point, f"the kerb nearest to {middle.why}"), main, kerb


def _clear_of(finder: KerbFinder, kerb: Kerb, stops: list[Kerb]) -> Kerb:
    """The station out of the way of who stops: along its kerb, else at another one near it."""

    def is_clear(one: Kerb, clear_mm: int) -> bool:
        here = (one.x_mm, one.y_mm)
        return all(distance_mm(here, (stop.x_mm, stop.y_mm)) >= clear_mm for stop in stops)

    moved = finder.apart_from(kerb, stops, STATION_CLEAR_MM)
    if is_clear(moved, STOPS_APART_MM):
        return moved
    here = (kerb.x_mm, kerb.y_mm)
    others = finder.along(here, STATION_SPACING_MM, STANDING_CLASSES, MAX_MOVE_MM)
    return next((one for one in others if is_clear(one, STATION_CLEAR_MM)), kerb)


def _kerb_at(spot: Spot, finder: KerbFinder, blocks: list[Block]) -> Kerb | None:
    here = shapely.Point(spot.point)
    own = next((i for i, block in enumerate(blocks) if block.shape.contains(here)), None)
    return finder.near(here, None) if own is None else finder.serving(blocks[own], own)


def _stops(
    site: Site, finder: KerbFinder, others: list[Part]
) -> tuple[dict[str, Kerb], list[Unserved]]:
    stops: dict[str, Kerb] = {}
    unserved: list[Unserved] = []
    elsewhere: KerbFinder | None = None
    beside: dict[str, list[Kerb]] = {}
    for own, block in enumerate(site.blocks):
        if not block.served:
            continue
        kerb = finder.serving(block, own)
        if kerb is not None:
            near = beside.setdefault(kerb.edge, [])
            near.append(finder.apart_from(kerb, near, STOPS_APART_MM, own))
            stops[block.id] = near[-1]
            continue
        if elsewhere is None:
            elsewhere = site.finder([edge for other in others for edge in other.edges])
        gap_m = finder.gap_m(block.shape)
        why = f"no road within {MAX_SNAP_M} m"
        if gap_m <= MAX_SNAP_M:
            why = "every road near it lies behind another building"
        elif elsewhere.serving(block, own) is not None:
            why = "the road beside it is not joined to the main net"
        unserved.append(Unserved(block.id, block.label, why, round(gap_m, 1), *block.middle))
    return stops, unserved


def served_by(site: Site, edges: list[Stretch], wanted: Collection[str]) -> int:
    """How many of some buildings (by id) the kerbs of these edges would serve."""
    if not wanted:
        return 0
    finder = site.finder(edges)
    return sum(
        block.id in wanted and finder.serving(block, own) is not None
        for own, block in enumerate(site.blocks)
    )


def _chargers(
    finder: KerbFinder, station: Kerb, stops: dict[str, Kerb], robots: int
) -> list[Charger]:
    """One for each robot, in groups along the kerbs nearest to the station."""
    taken: dict[str, list[int]] = {}
    for kerb in (station, *stops.values()):
        taken.setdefault(kerb.edge, []).append(kerb.offset_mm)
    here = (station.x_mm, station.y_mm)
    wide = finder.along(here, GROUP_SPACING_MM, ("road", "shared"))
    along = [
        kerb
        for kerb in wide or finder.along(here, GROUP_SPACING_MM, ("path",))
        if all(
            abs(kerb.offset_mm - offset_mm) >= GROUP_SPACING_MM // 3
            for offset_mm in taken.get(kerb.edge, ())
        )
    ]
    wanted = -(-robots // GROUP_SLOTS)
    kerbs = _distinct(along, [station, *stops.values()], 2 * wanted) or [station]
    # Every other spot is left to parking.
    kerbs = kerbs[:: 2 if len(kerbs) > 1 else 1]
    groups = min(wanted, len(kerbs))
    return [
        Charger(kerbs[number], robots // groups + (number < robots % groups))
        for number in range(groups)
    ]


def _distinct(kerbs: list[Kerb], taken: list[Kerb], most: int) -> list[Kerb]:
    """Those that stand nowhere another does: two ways may be drawn on the same line."""
    spots = [(kerb.x_mm, kerb.y_mm) for kerb in taken]
    found: list[Kerb] = []
    for kerb in kerbs:
        here = (kerb.x_mm, kerb.y_mm)
        if all(distance_mm(here, spot) >= STOPS_APART_MM for spot in spots):
            spots.append(here)
            found.append(kerb)
            if len(found) == most:
                break
    return found
