# SPDX-License-Identifier: Apache-2.0
"""What has changed from one revision of a map to the next, and what it means for the way to a stop.

What must hold: features are compared by id and by what the reader makes of them, edges as drawn: a
default that is written out is no change, nor is a cut that a new stop makes. Joints that say
nothing are not told of; they move with their edges.
"""

from statistics import median
from typing import Any

import msgspec
import shapely
from msgspec import Struct

from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.site_roads import travel_times
from dispatcher.roads.times.travel import UNREACHABLE
from dispatcher.roads.traffic.drawn import DrawnEdge, drawn_edges
from robot_agent.campus import ROLES, Campus, Node
from robot_agent.campus_frame import Point, distance_mm, frame_at, line_length_mm, to_lat_lon
from robot_agent.campus_model import Waiting

MAX_WORST = 10
ROUNDING_MM = 10
"""What seven digits of a degree leave open."""


class Moved(msgspec.Struct, frozen=True):
    kind: str
    id: str
    name: str
    m: float


class Renamed(msgspec.Struct, frozen=True):
    """`what` is `name`, or `id` where the same line goes under another id."""

    kind: str
    id: str
    what: str
    old: str
    new: str


class Changed(msgspec.Struct, frozen=True):
    """A fact in the words of the model; `line` and `outline` are given by their lengths in m."""

    kind: str
    id: str
    fact: str
    old: object
    new: object


class WayChange(msgspec.Struct, frozen=True):
    """The time from the nearest station to a stop; None: there is no way."""

    stop: str
    name: str
    old_s: float | None
    new_s: float | None


class TravelChange(msgspec.Struct, frozen=True):
    """Of the stops of both maps that could be and can be reached; `worst` first the most slowed."""

    stops: int
    changed: int
    median_pct: float
    worst: list[WayChange]
    cut_off: list[WayChange]
    reached_now: list[WayChange]


class Difference(msgspec.Struct, frozen=True):
    same: bool
    digest_same: bool
    old_digest: str
    new_digest: str
    moved: list[Moved]
    renamed: list[Renamed]
    changed: list[Changed]
    vanished: dict[str, list[str]]
    added: dict[str, list[str]]
    km_vanished: float
    km_added: float
    travel: TravelChange | None


class _Thing(msgspec.Struct, frozen=True):
    """A feature with its points in the frame of the new map; `facts` is all else that matters."""

    id: str
    name: str
    at: Point | None
    line: tuple[Point, ...]
    length_mm: int
    facts: dict[str, Any]


Things = dict[str, _Thing]


def differences(old: Campus, new: Campus, speed_mm_s: int) -> Difference:
    """Compares two maps; travel times are those of a robot of the given top speed."""
    moved: list[Moved] = []
    renamed: list[Renamed] = []
    changed: list[Changed] = []
    vanished: dict[str, list[str]] = {}
    added: dict[str, list[str]] = {}
    olds, news = _by_kind(old, new), _by_kind(new, new)
    for kind, before in olds.items():
        after = news[kind]
        for key in sorted(before.keys() & after.keys()):
            pair = (kind, before[key], after[key])
            moved += _moves(*pair)
            renamed += _renames(*pair)
            changed += _changes(*pair)
        gone, come = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
        if kind == "edge":
            pairs = _same_lines(before, after, gone, come)
            renamed += [Renamed("edge", a, "id", a, b) for a, b in pairs.items()]
            gone = [key for key in gone if key not in pairs]
            come = [key for key in come if key not in pairs.values()]
        vanished |= {kind: gone} if gone else {}
        added |= {kind: come} if come else {}
    return Difference(
        same=old.digest == new.digest and not any((moved, renamed, changed, vanished, added)),
        digest_same=old.digest == new.digest,
        old_digest=old.digest,
        new_digest=new.digest,
        moved=moved,
        renamed=renamed,
        changed=changed,
        vanished=vanished,
        added=added,
        km_vanished=_km(olds["edge"], vanished.get("edge", [])),
        km_added=_km(news["edge"], added.get("edge", [])),
        travel=_travel(old, new, speed_mm_s),
    )


def _by_kind(campus: Campus, frame_of: Campus) -> dict[str, Things]:
    frame = frame_at(frame_of.site.lat_deg, frame_of.site.lon_deg)
    same_origin = frame == frame_at(campus.site.lat_deg, campus.site.lon_deg)

    def mm(at: Point) -> Point:
        return at if same_origin else frame.to_mm(*to_lat_lon(campus.site, *at))

    def thing(struct: Struct) -> _Thing:
        facts = msgspec.structs.asdict(struct)
        x_mm, y_mm = facts.pop("x_mm", None), facts.pop("y_mm", None)
        return _Thing(
            id=facts.pop("id"),
            name=facts.pop("name", ""),
            at=None if x_mm is None else mm((x_mm, y_mm)),
            line=tuple(mm(at) for at in (*facts.pop("shape", ()), *facts.pop("outline", ()))),
            length_mm=facts.pop("length_mm", 0),
            facts=facts,
        )

    nodes = [node for node in campus.nodes.values() if _says_something(node)]
    drawn = drawn_edges(campus)
    edges = [one.edge for one in drawn.values()]
    # The site's place is told in mm, as that of everything else.
    site = thing(msgspec.structs.replace(campus.site, lat_deg=0.0, lon_deg=0.0))
    found: dict[str, list[Struct]] = {"node": [*nodes], "edge": [*edges]}
    for role in ROLES:
        found[role] = [place for place in campus.places.values() if place.role == role]
    found["waiting"] = [_on_drawn(waiting, drawn) for waiting in campus.waiting.values()]
    found["building"] = [*campus.buildings.values()]
    found["zone"] = [*campus.zones.values()]
    things = {kind: {one.id: one for one in map(thing, found[kind])} for kind in found}
    return {"site": {"site": msgspec.structs.replace(site, at=mm((0, 0)))}, **things}


def _on_drawn(waiting: Waiting, drawn: dict[str, DrawnEdge]) -> Waiting:
    """With the edge and the offset that the file gives, whatever cuts the edge today."""
    edge_id = waiting.edge if waiting.edge in drawn else waiting.edge.rpartition(".")[0]
    starts = {part: start_mm for start_mm, part in drawn[edge_id].parts} if edge_id else {}
    offset_mm = waiting.offset_mm + starts.get(waiting.edge, 0)
    return msgspec.structs.replace(waiting, edge=edge_id, offset_mm=offset_mm)


def _says_something(node: Node) -> bool:
    return bool(
        node.gate != "none" or node.wait_ms or node.open_hours or node.width_mm or node.name
    )


def _moves(kind: str, before: _Thing, after: _Thing) -> list[Moved]:
    if before.at is None or after.at is None:
        return []
    gap_mm = distance_mm(before.at, after.at)
    if gap_mm < ROUNDING_MM:
        return []
    return [Moved(kind, after.id, after.name, gap_mm / 1000)]


def _renames(kind: str, before: _Thing, after: _Thing) -> list[Renamed]:
    found = []
    if before.id != after.id:  # of the site alone: it is the one of its kind
        found.append(Renamed(kind, before.id, "id", before.id, after.id))
    if before.name != after.name:
        found.append(Renamed(kind, after.id, "name", before.name, after.name))
    return found


def _changes(kind: str, before: _Thing, after: _Thing) -> list[Changed]:
    found = [
        Changed(kind, after.id, fact, old, after.facts[fact])
        for fact, old in before.facts.items()
        if not _is_same(fact, old, after.facts[fact])
    ]
    if _is_redrawn(before.line, after.line):
        what = "line" if kind == "edge" else "outline"
        lengths = [line_length_mm(one.line) / 1000 for one in (before, after)]
        found.append(Changed(kind, after.id, what, *lengths))
    elif abs(before.length_mm - after.length_mm) >= ROUNDING_MM:
        found.append(Changed(kind, after.id, "length_mm", before.length_mm, after.length_mm))
    return found


def _is_same(fact: str, old: object, new: object) -> bool:
    """Lengths in mm that differ by less than a map can say are the same."""
    if fact.endswith("_mm") and isinstance(old, int) and isinstance(new, int):
        return abs(old - new) < ROUNDING_MM
    return old == new


def _is_redrawn(before: tuple[Point, ...], after: tuple[Point, ...]) -> bool:
    """Whether the lines lie apart; where places cut them matters not."""
    if before == after:
        return False
    one, other = shapely.LineString(before), shapely.LineString(after)
    return bool(shapely.hausdorff_distance(one, other) >= ROUNDING_MM)


def _same_lines(before: Things, after: Things, gone: list[str], come: list[str]) -> dict[str, str]:
    """Vanished edges whose very line is there under a new id."""
    by_ends: dict[tuple[Point, Point], list[str]] = {}
    for key in come:
        by_ends.setdefault((after[key].line[0], after[key].line[-1]), []).append(key)
    pairs: dict[str, str] = {}
    for key in gone:
        line = before[key].line
        near = by_ends.get((line[0], line[-1]), [])
        same = [one for one in near if not _is_redrawn(line, after[one].line)]
        if same:
            pairs[key] = same[0]
            near.remove(same[0])
    return pairs


def _km(edges: Things, names: list[str]) -> float:
    return round(sum(edges[name].length_mm for name in names) / 1_000_000, 3)


def _travel(old: Campus, new: Campus, speed_mm_s: int) -> TravelChange | None:
    """None where a map has no station or no stop is in both."""
    before, after = _times_s(old, speed_mm_s), _times_s(new, speed_mm_s)
    stops = sorted(before.keys() & after.keys())
    if not stops:
        return None
    ways = [WayChange(key, new.places[key].name, before[key], after[key]) for key in stops]
    both = [
        (way.old_s, way.new_s, way)
        for way in ways
        if way.old_s is not None and way.new_s is not None
    ]
    shares = [(new_s - old_s) / max(old_s, 1.0) for old_s, new_s, _ in both]
    changed = sorted((old_s - new_s, way.stop, way) for old_s, new_s, way in both if old_s != new_s)
    return TravelChange(
        stops=len(both),
        changed=len(changed),
        median_pct=round(100 * median(shares), 1) if shares else 0.0,
        worst=[way for _, _, way in changed[:MAX_WORST]],
        cut_off=[way for way in ways if way.old_s is not None and way.new_s is None],
        reached_now=[way for way in ways if way.old_s is None and way.new_s is not None],
    )


def _times_s(campus: Campus, speed_mm_s: int) -> dict[str, float | None]:
    """By stop: from the nearest station."""
    graph = road_graph(campus)
    times = travel_times(graph, speed_mm_s)
    stations = graph.places("station")
    found: dict[str, float | None] = {}
    for stop in graph.places("stop") if stations else ():
        each = [times.time_ms(station.node, stop.node) for station in stations]
        found[stop.id] = min((ms / 1000 for ms in each if ms != UNREACHABLE), default=None)
    return found
