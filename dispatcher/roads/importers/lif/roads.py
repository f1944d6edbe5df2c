# SPDX-License-Identifier: Apache-2.0
"""Makes roads of the directed edges of a LIF: for one type of vehicle, opposite ones as one road.

What must hold: no edge vanishes without being counted; two edges become one two-way road only where
they differ in nothing but direction.
"""

from collections import Counter

from msgspec import Struct, structs
from shapely import LineString, hausdorff_distance

from dispatcher.roads.importers.lif.data import Lif, LifEdge, LifNode, LifWay
from dispatcher.roads.importers.osm.reading.data import MapImportError
from robot_agent.campus_frame import Point, distance_mm, line_length_mm, without_repeats
from robot_agent.campus_joining import END_TOLERANCE_MM

SAME_CURVE_MM = 50
LIFT_BEND_MM = 500
LEAST_SPEED_MM_S, MOST_SPEED_MM_S = 10, 20_000
MAX_FAULTS = 20


class Road(Struct, frozen=True):
    """Drawn from `start` to `end`; `speed_mm_s` 0: not said."""

    id: str
    name: str
    start: str
    end: str
    shape: tuple[Point, ...]
    speed_mm_s: int
    closed: bool
    two_way: bool
    level: int
    curved: bool


class Roads(Struct, frozen=True):
    """`dropped` counts edges left out, `notes` what was assumed of those taken, by reason."""

    roads: list[Road]
    dropped: dict[str, int]
    notes: dict[str, int]
    warnings: list[str]


def roads_of(lif: Lif, vehicle_type: str, source: str) -> Roads:
    """Raises MapImportError where the vehicle type is not known or a line misses its nodes."""
    types = sorted({way.vehicle_type for edge in lif.edges.values() for way in edge.ways})
    if vehicle_type and vehicle_type not in types:
        known = ", ".join(map(repr, types[:20])) or "none"
        raise MapImportError(f"{source}: no vehicle type {vehicle_type!r} here; there are: {known}")
    dropped, notes = Counter[str](), Counter[str]()
    faults: list[str] = []
    one_ways: list[Road] = []
    partial = 0
    for edge in lif.edges.values():
        way = _chosen(edge, vehicle_type)
        partial += bool(way) and len(edge.ways) < len(types)
        if way is None and (vehicle_type or edge.ways):
            dropped[f"edges that vehicle type {vehicle_type!r} may not use"] += 1
        elif vehicle_type and _is_barred(edge, vehicle_type, lif.nodes):
            dropped[f"edges at a node that vehicle type {vehicle_type!r} may not use"] += 1
        elif way is not None and way.speed_mm_s == 0:
            dropped["edges with maxSpeed 0"] += 1
        else:
            road = _road(edge, way, lif.nodes, notes, faults)
            if road is None:
                dropped["edges from a node to itself"] += 1
            else:
                one_ways.append(road)
    if faults:
        raise MapImportError("\n".join(f"{source}: {fault}" for fault in faults[:MAX_FAULTS]))
    warnings: list[str] = []
    if len(types) > 1 and not vehicle_type:
        notes["vehicle types, on each edge the slowest counts"] = len(types)
        if partial:
            warnings.append(
                f"{partial} edges are not for every vehicle type: say which with --vehicle-type "
                f"({', '.join(types[:5])})"
            )
    roads = _two_ways(one_ways)
    merged = sum(road.two_way for road in roads)
    if merged:
        notes["pairs of opposite edges made one two-way edge"] = merged
    return Roads(roads, dict(dropped), dict(notes), warnings)


def _chosen(edge: LifEdge, vehicle_type: str) -> LifWay | None:
    """That of the vehicle type asked for, else the slowest; None where there is none."""
    if vehicle_type:
        return next((way for way in edge.ways if way.vehicle_type == vehicle_type), None)
    said = [way for way in edge.ways if way.speed_mm_s is not None]
    # Sorted by name too: which of two equal ones is told first in the file says nothing.
    by_speed = sorted(said, key=lambda way: (way.speed_mm_s or 0, way.vehicle_type))
    return next(iter(by_speed or sorted(edge.ways, key=lambda way: way.vehicle_type)), None)


def _is_barred(edge: LifEdge, vehicle_type: str, nodes: dict[str, LifNode]) -> bool:
    """LIF 1.0: a node that names vehicle types, and not this one, is no node for it."""
    ends = (nodes[edge.start].vehicle_types, nodes[edge.end].vehicle_types)
    return any(types and vehicle_type not in types for types in ends)


def _road(
    edge: LifEdge,
    way: LifWay | None,
    nodes: dict[str, LifNode],
    notes: Counter[str],
    faults: list[str],
) -> Road | None:
    """None where there is nothing to drive along."""
    ends = (nodes[edge.start].at, nodes[edge.end].at)
    line = way.line if way else ()
    if line:
        gaps = [distance_mm(*pair) for pair in ((ends[0], line[0]), (ends[1], line[-1]))]
        if max(gaps) > END_TOLERANCE_MM:
            faults.append(
                f"{edge.path}: its trajectory starts {gaps[0] / 1000:.2f} m from node {edge.start} "
                f"and ends {gaps[1] / 1000:.2f} m from node {edge.end}; "
                f"{END_TOLERANCE_MM / 1000} m is allowed"
            )
    shape = without_repeats((ends[0], *line[1:-1], ends[1]))
    if line_length_mm(shape) == 0:
        if edge.start == edge.end:
            return None
        # Two levels of a lift: the road net needs a way between them, and the reader a length.
        notes["edges between nodes at one position (a lift?), drawn 1 m long"] += 1
        shape = (ends[0], (ends[0][0] + LIFT_BEND_MM, ends[0][1]), ends[1])
    if way is None:
        notes["edges without vehicleTypeEdgeProperties, taken as open"] += 1
    elif way.speed_mm_s is None:
        notes["edges without maxSpeed, taken as ways shared with people"] += 1
    speed = (way.speed_mm_s if way else None) or 0
    if speed and not LEAST_SPEED_MM_S <= speed <= MOST_SPEED_MM_S:
        notes["edges with a maxSpeed brought within 0.01 and 20 m/s"] += 1
        speed = min(max(speed, LEAST_SPEED_MM_S), MOST_SPEED_MM_S)
    closed = way.restricted if way else False
    if closed:
        notes["edges with a loadRestriction, closed: loaded or empty robots must keep out"] += 1
    curved = way.curved if way else False
    return Road(
        id=edge.id,
        name=edge.name,
        start=edge.start,
        end=edge.end,
        shape=shape,
        speed_mm_s=speed,
        closed=closed,
        two_way=False,
        level=edge.level,
        curved=curved,
    )


def _two_ways(one_ways: list[Road]) -> list[Road]:
    """Joins opposite roads; the id, the name and the direction are those of the lesser id."""
    by_id = sorted(one_ways, key=lambda road: (len(road.id), road.id))
    waiting: dict[tuple[str, str], list[Road]] = {}
    for road in by_id:
        waiting.setdefault((road.start, road.end), []).append(road)
    gone: set[str] = set()
    found: list[Road] = []
    for road in by_id:
        if road.id in gone:
            continue
        back = next(
            (
                other
                for other in waiting.get((road.end, road.start), [])
                if other.id != road.id and other.id not in gone and _opposite(road, other)
            ),
            None,
        )
        gone.add(road.id)
        if back is not None:
            gone.add(back.id)
        found.append(structs.replace(road, two_way=back is not None))
    return found


def _opposite(road: Road, other: Road) -> bool:
    if (road.speed_mm_s, road.closed) != (other.speed_mm_s, other.closed):
        return False
    if road.shape == other.shape[::-1]:
        return True
    # Two curves are sampled from either end, so they need not meet in the same points.
    both_curved = road.curved and other.curved
    return both_curved and bool(
        hausdorff_distance(LineString(road.shape), LineString(other.shape)) <= SAME_CURVE_MM
    )
