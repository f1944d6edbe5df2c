# SPDX-License-Identifier: Apache-2.0
"""What a campus map holds, in numbers.

`nodes`, `arcs`, degrees and parts are of the road graph, in which mere joints are gone; `edges`, km
and everything else are of the map. An island is a part of the net that hangs together by ways of
any direction without the main part, in which the first station lies: as the importer numbers them.
"""

import re
from collections import Counter
from typing import Any

import msgspec
import numpy as np

from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.faults.island_faults import main_part, part_edges
from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.reach import RoadParts, unserved, unsnapped
from dispatcher.roads.traffic.drawn import drawn_edges
from dispatcher.roads.traffic.passing import passings
from robot_agent.campus import Campus, to_lat_lon

MM_PER_KM = 1_000_000
DROPPED = "dropped_"
"""Properties of the site with this prefix say how many of a thing an importer left out."""
DROPPED_BY = re.compile(r"(\d{1,9}) (.+)")
"""One reason of `dropped_by`, which holds several: `44 highway=platform; 27 access=private`."""


class MapStats(msgspec.Struct, frozen=True):
    """Lengths in km, shares from 0 to 1; `bbox` is south, west, north, east. `km_main` is what can
    be reached from the station and left again."""

    site: str
    name: str
    digest: str
    timezone: str
    bbox: tuple[float, float, float, float] | None
    nodes: int
    arcs: int
    one_way_arcs: int
    edges: int
    edges_closed: int
    km: float
    km_main: float
    km_by_class: dict[str, float]
    km_wide: float
    km_narrow: float
    km_passing_guessed: float
    islands: int
    island_nodes: int
    largest_component_share: float
    dead_ends: int
    degree_median: int
    degree_p90: int
    edge_m_median: float
    edge_m_p90: float
    stations: int
    stops: int
    stops_unreachable: int
    buildings: int
    buildings_unsnapped: int
    buildings_without_stop: int
    gates: int
    gates_by_kind: dict[str, int]
    chargers: int
    charger_slots: int
    parking: int
    parking_slots: int
    waiting: int
    waiting_slots: int
    waiting_proposed: int
    zones: int
    ignored: int
    dropped: int
    dropped_by: dict[str, int]


def stats_of(campus: Campus, dropped: dict[str, int], profile: RobotProfile) -> MapStats:
    """Wide and narrow are as a robot of the profile sees them; `dropped` is told by reason."""
    graph = road_graph(campus)
    parts = RoadParts(campus)
    served = {place.building for place in campus.places.values()}
    unreachable = {one.place.id for one in unserved(parts) if one.place.role == "stop"}
    gates = Counter(node.gate for node in campus.nodes.values() if node.gate != "none")
    slots: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    for place in campus.places.values():
        roles[place.role] += 1
        slots[place.role] += place.slots
    stations = roles["station"]
    return MapStats(
        site=campus.site.id,
        name=campus.site.name,
        digest=campus.digest,
        timezone=campus.site.timezone,
        bbox=_bbox(campus),
        **_graph_figures(graph, parts),
        **_road_figures(campus, profile),
        km_main=_km(_main_mm(parts)),
        stations=stations,
        stops=roles["stop"],
        stops_unreachable=len(unreachable) if stations else roles["stop"],
        buildings=len(campus.buildings),
        buildings_unsnapped=len(unsnapped(campus)),
        buildings_without_stop=sum(
            not building.stop and building.id not in served
            for building in campus.buildings.values()
        ),
        gates=gates.total(),
        gates_by_kind=dict(sorted(gates.items())),
        chargers=roles["charger"],
        charger_slots=slots["charger"],
        parking=roles["parking"],
        parking_slots=slots["parking"],
        waiting=sum(one.confirmed for one in campus.waiting.values()),
        waiting_slots=sum(one.slots for one in campus.waiting.values() if one.confirmed),
        waiting_proposed=sum(not one.confirmed for one in campus.waiting.values()),
        zones=len(campus.zones),
        ignored=campus.ignored,
        dropped=sum(dropped.values()),
        dropped_by=dict(sorted(dropped.items(), key=lambda one: (-one[1], one[0]))),
    )


def dropped_of(file: MapFile) -> dict[str, int]:
    """What the site feature says that an importer left out; empty where it says nothing."""
    properties = file.site.properties if file.site else {}
    counts = {
        name.removeprefix(DROPPED): value
        for name, value in properties.items()
        if name.startswith(DROPPED) and isinstance(value, int) and not isinstance(value, bool)
    }
    said = properties.get("dropped_by")
    if not isinstance(said, str):
        return counts
    reasons: dict[str, int] = {}
    for part in said.split("; "):
        match = DROPPED_BY.fullmatch(part.strip())
        if match:
            reasons[match[2]] = reasons.get(match[2], 0) + int(match[1])
    # The reasons are those of the ways; what they leave open is not lost.
    rest = counts.pop("ways", 0) - sum(reasons.values())
    return {**reasons, **({"other ways": rest} if rest > 0 else {}), **counts}


def _graph_figures(graph: RoadGraph, parts: RoadParts) -> dict[str, Any]:
    if graph.campus.site.planar:
        return _no_figures(len(graph.node_ids))
    net = graph.net
    pairs = {
        (tail, head) for tail, head in zip(net.tails.tolist(), net.heads.tolist(), strict=True)
    }
    neighbours: list[set[int]] = [set() for _ in range(net.nodes)]
    for tail, head in pairs:
        neighbours[tail].add(head)
        neighbours[head].add(tail)
    degrees = np.array([len(near) for near in neighbours if near], dtype=np.int64)
    strong = np.bincount(np.array(graph.components, dtype=np.int64), minlength=1)
    _, islands = part_edges(parts)
    apart = {
        node for one in islands for edge in one.edges for node in (edge.from_node, edge.to_node)
    }
    return {
        "nodes": net.nodes,
        "arcs": net.arcs,
        "one_way_arcs": sum((head, tail) not in pairs for tail, head in pairs),
        "islands": len(islands),
        "island_nodes": len(apart),
        "largest_component_share": round(int(strong.max()) / max(1, net.nodes), 4),
        "dead_ends": int((degrees == 1).sum()),
        "degree_median": _rank(degrees, 50),
        "degree_p90": _rank(degrees, 90),
    }


def _no_figures(nodes: int) -> dict[str, Any]:
    """A planar site: everybody goes straight to everybody."""
    names = ("arcs", "one_way_arcs", "islands", "island_nodes", "dead_ends")
    degrees = ("degree_median", "degree_p90")
    return {"nodes": nodes, "largest_component_share": 1.0, **dict.fromkeys((*names, *degrees), 0)}


def _main_mm(parts: RoadParts) -> int:
    """Ways both ends of which lie where a robot of the station comes and goes."""
    campus, strong = parts.campus, parts.strong
    if campus.site.planar or not len(strong):
        return 0
    stations = [place.node for place in campus.places.values() if place.role == "station"]
    in_main = strong[parts.weak == main_part(parts)]
    core = int(strong[parts.number[stations[0]]]) if stations else parts.largest(in_main)
    return sum(
        edge.length_mm
        for edge in campus.edges.values()
        if edge.access != "closed"
        and all(strong[parts.number[node]] == core for node in (edge.from_node, edge.to_node))
    )


def _road_figures(campus: Campus, profile: RobotProfile) -> dict[str, Any]:
    drawn = drawn_edges(campus)
    wide = passings(drawn, profile)
    by_class: Counter[str] = Counter()
    by_passing: Counter[str] = Counter()
    for edge_id, one in drawn.items():
        by_class[one.edge.road_class] += one.edge.length_mm
        by_passing["wide" if wide[edge_id].wide else "narrow"] += one.edge.length_mm
        by_passing["guessed"] += 0 if wide[edge_id].sure else one.edge.length_mm
    lengths = np.array([one.edge.length_mm for one in drawn.values()], dtype=np.int64)
    return {
        "edges": len(drawn),
        "edges_closed": sum(one.edge.access == "closed" for one in drawn.values()),
        "km": _km(by_class.total()),
        "km_by_class": {name: _km(length) for name, length in sorted(by_class.items())},
        "km_wide": _km(by_passing["wide"]),
        "km_narrow": _km(by_passing["narrow"]),
        "km_passing_guessed": _km(by_passing["guessed"]),
        "edge_m_median": _rank(lengths, 50) / 1000,
        "edge_m_p90": _rank(lengths, 90) / 1000,
    }


def _bbox(campus: Campus) -> tuple[float, float, float, float] | None:
    points = [
        *((node.x_mm, node.y_mm) for node in campus.nodes.values()),
        *(point for edge in campus.edges.values() for point in edge.shape),
        *((place.x_mm, place.y_mm) for place in campus.places.values()),
    ]
    if not points:
        return None
    xs, ys = ([point[axis] for point in points] for axis in (0, 1))
    south, west = to_lat_lon(campus.site, min(xs), min(ys))
    north, east = to_lat_lon(campus.site, max(xs), max(ys))
    return round(south, 7), round(west, 7), round(north, 7), round(east, 7)


def _rank(values: Ints, per_cent: int) -> int:
    """A value that is there, not one between two: the figures stay whole."""
    return int(np.percentile(values, per_cent, method="lower")) if len(values) else 0


def _km(length_mm: int) -> float:
    return round(length_mm / MM_PER_KM, 3)
