# SPDX-License-Identifier: Apache-2.0
"""Proposes parking: a slot for every robot at the kerbs near the station.

What must hold: with the slots that the map has there are at least as many as robots, for a robot
that is in the way must always find one free; parked robots stand clear of junctions and places.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from dispatcher.roads.importers.campus_text import Feature, point_feature
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import DrawnEdge, driven_edges, ways_from
from dispatcher.roads.traffic.passing import Passing, border_mm, passings
from dispatcher.roads.traffic.waiting_room import Room, Span
from robot_agent.campus import Campus, to_lat_lon
from robot_agent.campus_frame import distance_mm

# Robots that charge or park stand in groups of so many, so far apart along a kerb.
GROUP_SLOTS = 4
GROUP_SPACING_MM = 12_000
# So far from the station nobody parks and nothing else stops.
STATION_CLEAR_MM = 10_000
NEAR_MM = 600_000
ROLES_OF_ORIGIN = ("station", "charger", "stop")


class _Kerb(Struct, frozen=True, order=True):
    """Sorted, the best comes first."""

    far: bool
    narrow: bool
    way_mm: int
    edge: str
    offset_mm: int
    direction: str


def parking_slots(campus: Campus) -> int:
    """How many robots the parking of a campus holds."""
    return sum(place.slots for place in campus.places.values() if place.role == "parking")


def parking_features(campus: Campus, profile: RobotProfile, robots: int) -> list[Feature]:
    """Features of kind `parking` for what a finished campus lacks to hold `robots`, sorted by id.

    An importer calls it once roads, station, stops and chargers are there (parse the features so
    far), adds what comes back, and asks for `waiting_features` after that. Up to four slots a
    place, on the side of the road that robots drive on, the nearest kerbs to the station first,
    wide ways within 600 m before narrow ones. Fewer come back where the kerbs do not hold as many:
    `map check` says so.
    """
    lacking = robots - parking_slots(campus)
    drawn = driven_edges(campus)
    wide = passings(drawn, profile)
    room = Room(campus, drawn, wide, profile)
    found: dict[str, Feature] = {}
    spots = [(place.x_mm, place.y_mm) for place in campus.places.values()]
    for kerb in sorted(_kerbs(campus, drawn, wide)):
        if lacking <= 0:
            break
        one = drawn[kerb.edge]
        slots = min(GROUP_SLOTS, lacking)
        # Room for two at a mouth stays free before every junction.
        junction_mm = 2 * (border_mm(profile) + profile.length_mm)
        ends_mm = (
            junction_mm if room.is_junction(one.edge.from_node) else 0,
            junction_mm if room.is_junction(one.edge.to_node) else 0,
        )
        middle = _about(room.stretch(kerb.offset_mm, kerb.direction, slots), kerb.offset_mm)
        if not (
            room.is_free(kerb.edge, middle, kerb.direction, ends_mm)
            and room.blocks_nobody(kerb.edge, kerb.offset_mm, kerb.direction, 1)
        ):
            continue
        apart_mm = GROUP_SPACING_MM // 2
        spread = (kerb.offset_mm - apart_mm, kerb.offset_mm + apart_mm)
        room.take(kerb.edge, spread, kerb.direction)
        name = f"parking-{kerb.edge}-{kerb.offset_mm // 1000}"
        if name in found or name in campus.places:
            continue
        point = room.standing_at(kerb.edge, kerb.offset_mm, kerb.direction)
        # Two ways may be drawn on the same line.
        if any(distance_mm(point, spot) < profile.length_mm for spot in spots):
            continue
        spots.append(point)
        found[name] = point_feature(
            "parking",
            to_lat_lon(campus.site, *point),
            id=name,
            edge=kerb.edge,
            offset_m=kerb.offset_mm / 1000,
            slots=slots,
            generated=True,
        )
        lacking -= slots
    return [found[key] for key in sorted(found)]


def _about(stretch: Span, offset_mm: int) -> Span:
    """The same length with the offset in its middle."""
    half_mm = (stretch[1] - stretch[0] + 1) // 2
    return offset_mm - half_mm, offset_mm + half_mm


def _kerbs(
    campus: Campus, drawn: Mapping[str, DrawnEdge], wide: Mapping[str, Passing]
) -> Iterator[_Kerb]:
    """Every spot on a fixed grid along the roads that lead to the station."""
    away_mm = ways_from(_origins(campus), drawn)
    for edge_id, one in drawn.items():
        ends = [away_mm.get(node) for node in (one.edge.from_node, one.edge.to_node)]
        if ends[0] is None or ends[1] is None:
            continue
        for direction in one.directions:
            for offset_mm in range(GROUP_SPACING_MM, one.line_mm, GROUP_SPACING_MM):
                along = [
                    abs(at_mm - offset_mm) for at_mm, node in one.places if away_mm.get(node) == 0
                ]
                way_mm = min(ends[0] + offset_mm, ends[1] + one.line_mm - offset_mm, *along)
                if way_mm >= STATION_CLEAR_MM:
                    narrow = not wide[edge_id].wide
                    far = way_mm > NEAR_MM
                    yield _Kerb(far, narrow, way_mm, edge_id, offset_mm, direction)


def _origins(campus: Campus) -> list[str]:
    """The nodes of the stations; without one, of whatever robots drive to."""
    for role in ROLES_OF_ORIGIN:
        nodes = sorted({place.node for place in campus.places.values() if place.role == role})
        if nodes:
            return nodes
    return sorted(campus.nodes)[:1]
