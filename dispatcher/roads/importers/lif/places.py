# SPDX-License-Identifier: Apache-2.0
"""Makes places of the stations of a LIF, and says which is the one where parcels are loaded.

A LIF does not say what a station is for, so its texts have to. What must hold: every station of the
file is a place or is counted with a reason; what was guessed is said.
"""

import difflib
import re
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from dispatcher.roads.importers.import_options import read_place
from dispatcher.roads.importers.lif.data import Lif, LifStation
from dispatcher.roads.importers.osm.reading.data import MapImportError
from robot_agent.campus_frame import Frame, Point, distance_mm
from robot_agent.campus_joining import MAX_PLACE_TO_ROAD_MM
from robot_agent.campus_model import ROLES

MADE_UP_ID = "parcel-station"
MAX_NAMES_SHOWN = 5
COORDINATES = re.compile(r"\s*-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?\s*")
WORDS = {
    "charger": re.compile(r"charg|\blade(?!n)|laden\b|ladestation|充电|충전"),
    "parking": re.compile(r"\bpark|parkplatz|abstell|\bidle\b|停车|주차"),
    "station": re.compile(r"\bdepot\b|\bhub\b|warehouse|post ?office|parcel|paket|快递|택배"),
}


class Stand(Struct, frozen=True):
    """A place as it will be on the map, hanging on a node."""

    id: str
    role: str
    node: str
    name: str
    at: Point
    made_up: bool = False


class Stands(Struct, frozen=True):
    stands: list[Stand]
    station: str
    station_why: str
    sure: bool
    dropped: dict[str, int]
    notes: dict[str, int]


def stands_of(lif: Lif, asked: str, frame: Frame, points: Mapping[str, Point]) -> Stands:
    """`points` are where robots can get to and away from again, on the map. Raises MapImportError.

    `asked` is the id or name of a station of the LIF, or `lat,lon`.
    """
    dropped, notes = Counter[str](), Counter[str]()
    stands: list[Stand] = []
    for station in lif.stations.values():
        node = next((one for one in station.nodes if one in points), "")
        if not station.nodes:
            dropped["stations without an interaction node"] += 1
        elif not node:
            dropped["stations that robots of the main part cannot get to and back from"] += 1
        else:
            if len(station.nodes) > 1:
                notes["stations with several interaction nodes, the first counts"] += 1
            stands.append(_stand(station, node, points[node], notes))
    if asked:
        chosen, why = _asked(asked, lif, stands, frame), f"asked for as {asked.strip()}"
        stands = [_with_role(one, chosen) for one in stands]
        return Stands(stands, chosen.name or chosen.id, why, True, dict(dropped), dict(notes))
    said = [one for one in stands if one.role == "station"]
    if said:
        named = said[0].name or said[0].id
        return Stands(stands, named, "its texts say so", True, dict(dropped), dict(notes))
    return _guessed(stands, points, dropped, notes)


def _stand(station: LifStation, node: str, node_at: Point, notes: Counter[str]) -> Stand:
    role = station.about.casefold()
    if role not in ROLES:
        text = f"{station.id} {station.name} {station.about}".casefold().replace("_", " ")
        role = next((role for role, words in WORDS.items() if words.search(text)), "stop")
        what = {"stop": "stops", "station": "where parcels are loaded, by their texts"}
        notes[f"stations taken as {what.get(role, f'{role}, by their texts')}"] += 1
    at = station.at or node_at
    if distance_mm(at, node_at) > MAX_PLACE_TO_ROAD_MM:
        limit_m = MAX_PLACE_TO_ROAD_MM // 1000
        notes[f"stations more than {limit_m} m from their node, put at the node"] += 1
        at = node_at
    return Stand(station.id, role, node, station.name, at)


def _with_role(stand: Stand, chosen: Stand) -> Stand:
    role = "stop" if stand.role == "station" else stand.role
    role = "station" if stand.id == chosen.id else role
    return Stand(stand.id, role, stand.node, stand.name, stand.at)


def _asked(asked: str, lif: Lif, stands: list[Stand], frame: Frame) -> Stand:
    if COORDINATES.fullmatch(asked):
        point = frame.to_mm(*read_place(asked))
        if not stands:
            raise MapImportError(f"there is no station in it to take as {asked!r}")
        return min(stands, key=lambda one: (distance_mm(one.at, point), one.id))
    wanted = asked.strip().casefold()
    found = [one for one in stands if one.id.casefold() == wanted]
    found = found or [one for one in stands if one.name.casefold() == wanted]
    found = found or [one for one in stands if wanted and wanted in one.name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(one.id for one in found[:MAX_NAMES_SHOWN])
        raise MapImportError(f"{asked!r} names {len(found)} stations ({shown}): say an id")
    names = [text for one in lif.stations.values() for text in (one.id, one.name) if text]
    known = {name.casefold(): name for name in names}
    if wanted in known:
        raise MapImportError(f"station {asked!r} has no node that robots get to and back from")
    near = difflib.get_close_matches(wanted, sorted(known), MAX_NAMES_SHOWN, 0.4)
    hint = f"; near it: {', '.join(known[name] for name in near)}" if near else ""
    raise MapImportError(f"no station here is called {asked!r}{hint}")


def _guessed(
    stands: list[Stand], points: Mapping[str, Point], dropped: Counter[str], notes: Counter[str]
) -> Stands:
    """The stop nearest to the middle; without a stop a station is made up at a node there."""
    middle = _middle(list(points.values()))
    stops = [one for one in stands if one.role == "stop"]
    # A map needs a stop besides: a lone one stays a stop.
    if len(stops) > 1:
        best = min(stops, key=lambda one: (distance_mm(one.at, middle), one.id))
        stands = [_with_role(one, best) for one in stands]
        why = "a guess: the stop nearest to the middle"
        return Stands(stands, best.name or best.id, why, False, dict(dropped), dict(notes))
    node = min(points, key=lambda one: (distance_mm(points[one], middle), one))
    made_up = Stand(MADE_UP_ID, "station", node, "", points[node], made_up=True)
    why = f"made up at node {node}, near the middle"
    return Stands([*stands, made_up], MADE_UP_ID, why, False, dict(dropped), dict(notes))


def _middle(points: list[Point]) -> Point:
    xs, ys = sorted(point[0] for point in points), sorted(point[1] for point in points)
    return xs[len(xs) // 2], ys[len(ys) // 2]
