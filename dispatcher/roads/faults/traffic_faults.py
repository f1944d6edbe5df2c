# SPDX-License-Identifier: Apache-2.0
"""What would make robots wait for each other for long, or for ever: for `map check`.

An error breaks what the traffic rules rest on: a parking slot for every robot, no waiting where
nobody may stand, every place within reach while robots stand in all the others. What must hold:
the same map gives the same faults in the same order.
"""

from collections.abc import Iterator

import shapely
from msgspec import Struct

from dispatcher.roads.faults.lane_faults import in_the_lane, locked_in
from dispatcher.roads.faults.narrow_stretches import MAX_STRETCH_MM, NarrowStretch, narrow_stretches
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import drawn_edges, driven_edges
from dispatcher.roads.traffic.parking import parking_slots
from dispatcher.roads.traffic.passing import Passing, passings
from dispatcher.roads.traffic.waiting import usable_waiting
from dispatcher.roads.traffic.waiting_room import CLEAR_MM, Room
from dispatcher.roads.wording import many
from robot_agent.campus import Campus, to_lat_lon
from robot_agent.campus_frame import Point, line_length_mm

ERROR, WARNING = "error", "warning"
SHOWN_PROPOSALS = 3


class TrafficFault(Struct, frozen=True):
    """`code` groups them: `few_parking`, `few_waiting`, `narrow_way` or `traffic`; `id` is the
    site's where no one feature is to blame."""

    severity: str
    code: str
    id: str
    lat_deg: float
    lon_deg: float
    sentence: str


def traffic_faults(campus: Campus, profile: RobotProfile, robots: int) -> Iterator[TrafficFault]:
    """Everything found, kind by kind. In a planar site only parking can be judged."""
    yield from _too_little_parking(campus, robots)
    if campus.site.planar:
        return
    drawn = driven_edges(campus)
    wide = passings(drawn, profile)
    yield from _too_little_waiting(campus, wide, robots)
    yield from _ill_placed(campus, profile)
    standing = in_the_lane(campus, drawn, wide, profile)
    for one in standing:
        yield _fault(campus, WARNING, one.id, one.point, one.sentence)
    for place, sentence in locked_in(campus, standing):
        yield _fault(campus, ERROR, place.id, (place.x_mm, place.y_mm), sentence)
    for stretch in narrow_stretches(campus, drawn, wide):
        sentence = _too_long(stretch)
        yield _fault(campus, WARNING, stretch.edge, stretch.point, sentence, "narrow_way")


def _too_long(stretch: NarrowStretch) -> str:
    # Up: a stretch of 200.4 m is more than 200 m.
    through_m, total_m = -(-stretch.through_mm // 1000), -(-stretch.total_mm // 1000)
    more = f", part of {total_m / 1000:.1f} km of such ways" if total_m > through_m else ""
    help_ = "add a waiting place"
    if stretch.proposed:
        shown = ", ".join(stretch.proposed[:SHOWN_PROPOSALS])
        rest = len(stretch.proposed) - SHOWN_PROPOSALS
        others = f" ({rest} more are proposed there)" if rest > 0 else ""
        help_ = f"say may_wait=yes of {shown}{others} where robots may stand"
    return (
        f"{through_m} m of narrow way without a waiting place{more}, more than "
        f"{MAX_STRETCH_MM // 1000} m: {help_}, or say passing=wide where two robots pass"
    )


def _fault(
    campus: Campus, severity: str, name: str, at: Point, sentence: str, code: str = "traffic"
) -> TrafficFault:
    return TrafficFault(severity, code, name, *to_lat_lon(campus.site, *at), sentence)


def _too_little_parking(campus: Campus, robots: int) -> Iterator[TrafficFault]:
    slots = parking_slots(campus)
    if slots < robots:
        sentence = (
            f"{many(slots, 'parking slot')} for {many(robots, 'robot')}: one that is in the way "
            "must always find a free slot; add parking or slots"
        )
        yield _fault(campus, ERROR, campus.site.id, (0, 0), sentence, "few_parking")


def _too_little_waiting(
    campus: Campus, wide: dict[str, Passing], robots: int
) -> Iterator[TrafficFault]:
    slots = sum(waiting.slots for waiting in usable_waiting(campus))
    if slots < robots and not all(passing.wide for passing in wide.values()):
        proposed = len(campus.waiting) - len(usable_waiting(campus))
        sentence = (
            f"{many(slots, 'slot')} at waiting places for {many(robots, 'robot')}, and narrow ways "
            f"between them; {many(proposed, 'proposed place')} for you to confirm (may_wait=yes)"
        )
        yield _fault(campus, WARNING, campus.site.id, (0, 0), sentence, "few_waiting")


def _ill_placed(campus: Campus, profile: RobotProfile) -> Iterator[TrafficFault]:
    """Waiting places and stops where nobody may stand, wherever they lie."""
    drawn = drawn_edges(campus)
    room = Room(campus, drawn, passings(drawn, profile), profile)
    zones = [zone for zone in campus.zones.values() if zone.zone_kind == "no_stop"]
    areas = [shapely.Polygon(zone.outline) for zone in zones]

    def zone_at(point: Point, level: int) -> str:
        here = shapely.Point(point)
        return next(
            (
                zone.id
                for zone, area in zip(zones, areas, strict=True)
                if zone.level in (None, level) and area.intersects(here)
            ),
            "",
        )

    for waiting in usable_waiting(campus):
        point = (waiting.x_mm, waiting.y_mm)
        edge = campus.edges.get(waiting.edge)
        level = edge.level if edge else campus.nodes[waiting.node].level
        zone = zone_at(point, level)
        if zone:
            sentence = f"robots may wait here, but it lies in the no_stop zone {zone}"
            yield _fault(campus, ERROR, waiting.id, point, sentence)
        if edge is None:
            if not room.may_stand_at(waiting.node):
                sentence = f"robots may wait here, but {waiting.node} is no node to stop at"
                yield _fault(campus, ERROR, waiting.id, point, sentence)
            continue
        if not edge.may_wait:
            sentence = f"robots may wait here, but nobody may on edge {edge.id} (may_wait is false)"
            yield _fault(campus, ERROR, waiting.id, point, sentence)
        to_end_mm = line_length_mm(edge.shape) - waiting.offset_mm
        for node, away_mm in ((edge.from_node, waiting.offset_mm), (edge.to_node, to_end_mm)):
            if away_mm < room.clear_at(node):
                sentence = (
                    f"it lies {away_mm / 1000:.1f} m from {node}, a gate or crossing; keep "
                    f"{CLEAR_MM // 1000} m clear"
                )
                yield _fault(campus, WARNING, waiting.id, point, sentence)
    for place in campus.places.values():
        point = (place.x_mm, place.y_mm)
        zone = zone_at(point, campus.nodes[place.node].level)
        if zone:
            sentence = f"a {place.role} in the no_stop zone {zone}: robots would have to stop there"
            yield _fault(campus, ERROR, place.id, point, sentence)
