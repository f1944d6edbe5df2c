# SPDX-License-Identifier: Apache-2.0
"""What is wrong with places, buildings and zones of a map whose features each read well."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import shapely

from dispatcher.roads.faults.fault_book import FaultBook
from dispatcher.roads.faults.island_faults import main_part, road_lines
from dispatcher.roads.reach import RoadParts, unserved
from dispatcher.roads.valid_shape import valid_shape
from dispatcher.roads.wording import many
from robot_agent.campus import Campus, Edge, Place, Zone
from robot_agent.campus_frame import Point, distance_mm
from robot_agent.campus_model import LIVED_IN

FAR_FROM_ROAD_MM = 50_000
SAME_SPOT_MM = 300
SHOWN_GATES = 3


def note_places(book: FaultBook, parts: RoadParts) -> None:
    """Notes what cannot be served, lies oddly or is named twice."""
    campus = parts.campus
    _note_timezone(book, campus)
    if not any(place.role == "station" for place in campus.places.values()):
        what = "the map has no station: draw a Point with kind station where you load"
        book.add("no_station", what)
    for one in unserved(parts):
        code = "trap" if one.back else "unreachable"
        advice = "see the oneway and access of the edges between, and islands"
        place = one.place
        book.add_at(code, f"{one}; {advice}", place.id, campus.site, (place.x_mm, place.y_mm))
    for place in campus.places.values():
        _note_place(book, campus, place)
    _note_same_spots(book, campus)
    _note_names(book, campus)


def note_buildings(book: FaultBook, parts: RoadParts) -> None:
    """Notes homes that nobody brings anything to, and why that may be."""
    campus = parts.campus
    served = {place.building for place in campus.places.values() if place.building}
    homes = [
        one
        for one in campus.buildings.values()
        if one.use in LIVED_IN and not one.stop and one.id not in served
    ]
    if not homes:
        return
    edges = [edge for edge in campus.edges.values() if edge.access != "closed"]
    tree = shapely.STRtree(road_lines(edges)) if edges else None
    main = main_part(parts)
    for home in homes:
        why = f"a way comes within {FAR_FROM_ROAD_MM // 1000} m; give them a stop there"
        if tree is not None:
            outline = shapely.Polygon(home.outline)
            near = tree.query(outline, "dwithin", distance=FAR_FROM_ROAD_MM).tolist()
            labels = [int(parts.weak[parts.number[edges[one].from_node]]) for one in near]
            if not near:
                why = f"no way comes within {FAR_FROM_ROAD_MM // 1000} m; draw one and a stop"
            elif main not in labels:
                why = "the ways beside them are on an island; join that, then give them a stop"
        what = f"people live here and no stop serves them: {why}"
        book.add_at("building_unserved", what, home.id, campus.site, home.outline[0])


def note_gates(book: FaultBook) -> None:
    """Notes in one line which gates are open only because nobody said that they are not."""
    guessed = [
        one.id for one in book.file.of_kind("node") if one.properties.get("gate_from") == "guess"
    ]
    if not guessed:
        return
    more = len(guessed) - SHOWN_GATES
    shown = ", ".join(guessed[:SHOWN_GATES]) + (f" and {more} more" if more > 0 else "")
    gates = "1 gate is" if len(guessed) == 1 else f"{len(guessed)} gates are"
    what = (
        f"{gates} taken as passable without anybody having said so ({shown}): look at them; where "
        "robots may pass take out gate_from, else close the edges"
    )
    book.add("gate_guess", what, ids=tuple(guessed))


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
        fleet = f"; {many(robots, 'robot')} would need about {needed}" if robots else ""
        have = many(slots, "charging slot")
        what = f"the map has {have}{fleet}: draw a Point with kind charger and slots"
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
            what = f"another {place.role} has its name: people mix them up"
            at = (place.x_mm, place.y_mm)
            pair = (place.id, other.id)
            book.add_at("name_twice", what, place.id, campus.site, at, pair)


def _without_effect(zone: Zone, edges: list[Edge], tree: shapely.STRtree | None) -> str:
    if zone.zone_kind in ("slow", "crowded") and zone.factor_pct == 100:
        return "its factor_pct is 100, which changes nothing; give more than 100, or delete it"
    if tree is None:
        return ""
    area = valid_shape(shapely.Polygon(zone.outline))
    on_level = [
        number
        for number in tree.query(area, predicate="intersects").tolist()
        if zone.level is None or edges[number].level == zone.level
    ]
    return "" if on_level else "no road runs through it; correct its outline or level"
