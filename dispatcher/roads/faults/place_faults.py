# SPDX-License-Identifier: Apache-2.0
"""What is wrong with places, buildings and zones of a map whose features each read well."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import shapely

from dispatcher.roads.faults.fault_book import FaultBook
from dispatcher.roads.faults.road_faults import road_lines
from dispatcher.roads.reach import RoadParts, unserved
from robot_agent.campus import Campus, Edge, Place, Zone
from robot_agent.campus_frame import Point, distance_mm

FAR_FROM_ROAD_MM = 50_000
SAME_SPOT_MM = 300
LIVED_IN = ("dorm", "residence")


def note_places(book: FaultBook, parts: RoadParts) -> None:
    """Notes what cannot be served, lies oddly or is named twice."""
    campus = parts.campus
    _note_timezone(book, campus)
    if not any(place.role == "station" for place in campus.places.values()):
        book.add("no_station", "it has no station: draw a Point with kind station where you load")
    for one in unserved(parts):
        code = "trap" if one.back else "unreachable"
        advice = "see the oneway and access of the edges between, and islands"
        place = one.place
        book.add_at(code, f"{one}; {advice}", place.id, campus.site, (place.x_mm, place.y_mm))
    for place in campus.places.values():
        _note_place(book, campus, place)
    _note_same_spots(book, campus)
    _note_names(book, campus)


def note_buildings(book: FaultBook, campus: Campus) -> None:
    """Notes homes that nobody brings anything to."""
    served = {place.building for place in campus.places.values() if place.building}
    for building in campus.buildings.values():
        if building.use in LIVED_IN and not building.stop and building.id not in served:
            name = f" ({building.name})" if building.name else ""
            what = f"people live here{name}, but no stop serves it: give it a stop"
            book.add_at("building_unserved", what, building.id, campus.site, building.outline[0])


def note_zones(book: FaultBook, campus: Campus, now_ms: int) -> None:
    """Notes zones that change nothing, or nothing any more. Expired ones only where now is told."""
    edges = list(campus.edges.values())
    tree = shapely.STRtree(road_lines(edges)) if edges else None
    for zone in campus.zones.values():
        at = zone.outline[0]
        if now_ms and zone.until_ms and zone.until_ms <= now_ms:
            what = "its time is over (until); delete it"
            book.add_at("zone_expired", what, zone.id, campus.site, at)
        why = _without_effect(zone, edges, tree)
        if why:
            book.add_at("zone_without_effect", why, zone.id, campus.site, at)


def note_chargers(book: FaultBook, campus: Campus, robots: int) -> None:
    """Notes too few charging slots for a fleet; a third at once is what slots of a day ask for."""
    slots = sum(place.slots for place in campus.places.values() if place.role == "charger")
    needed = max(1, -(-robots // 3))
    if slots < needed:
        fleet = f"; {robots} robots need about {needed}" if robots else ""
        what = f"it has {slots} charging slots{fleet}: draw a Point with kind charger and slots"
        book.add("few_chargers", what)


def _note_timezone(book: FaultBook, campus: Campus) -> None:
    name = campus.site.timezone
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        what = f"timezone {name!r} is not known: give an IANA name such as Asia/Shanghai"
        book.add("timezone", what, book.feature_of(campus.site.id))


def _note_place(book: FaultBook, campus: Campus, place: Place) -> None:
    node = campus.nodes[place.node]
    at = (place.x_mm, place.y_mm)
    gap_mm = distance_mm(at, (node.x_mm, node.y_mm))
    if gap_mm > FAR_FROM_ROAD_MM:
        what = (
            f"it lies {gap_mm / 1000:.0f} m from where it hangs on the roads; move it to the kerb, "
            "or take out its edge and offset_m and run `map fix`"
        )
        book.add_at("far_from_road", what, place.id, campus.site, at)
    if place.building and campus.buildings and place.building not in campus.buildings:
        what = f"its building {place.building} is not in the map; correct the id or leave it out"
        book.add_at("no_such_building", what, place.id, campus.site, at)


def _note_same_spots(book: FaultBook, campus: Campus) -> None:
    """Each place against the first on its spot, found by a grid: a heap of places stays quick."""
    first: dict[Point, Place] = {}
    for place in campus.places.values():
        at = (place.x_mm, place.y_mm)
        column, row = (value // SAME_SPOT_MM for value in at)
        other = next(
            (
                near
                for x in (column - 1, column, column + 1)
                for y in (row - 1, row, row + 1)
                if (near := first.get((x, y)))
                and distance_mm((near.x_mm, near.y_mm), at) <= SAME_SPOT_MM
            ),
            None,
        )
        if other is None:
            first.setdefault((column, row), place)
            continue
        what = f"it stands on the same spot as {other.role} {other.id}; move one"
        book.add_at("same_spot", what, place.id, campus.site, at)


def _note_names(book: FaultBook, campus: Campus) -> None:
    first: dict[tuple[str, str], Place] = {}
    for place in campus.places.values():
        if not place.name or place.role not in ("stop", "station"):
            continue
        other = first.setdefault((place.role, place.name), place)
        if other is not place:
            what = f"it has the name of {other.role} {other.id}, {place.name!r}: people mix them up"
            at = (place.x_mm, place.y_mm)
            book.add_at("name_twice", what, place.id, campus.site, at)


def _without_effect(zone: Zone, edges: list[Edge], tree: shapely.STRtree | None) -> str:
    if zone.zone_kind in ("slow", "crowded") and zone.factor_pct == 100:
        return "its factor_pct is 100, which changes nothing; give more than 100, or delete it"
    if tree is None:
        return ""
    area = shapely.make_valid(shapely.Polygon(zone.outline))
    on_level = [
        number
        for number in tree.query(area, predicate="intersects").tolist()
        if zone.level is None or edges[number].level == zone.level
    ]
    return "" if on_level else "no road runs through it; correct its outline or level"
