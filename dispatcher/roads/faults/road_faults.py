# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the roads: where lines cross or end without a joint, and what hangs apart.

Works on arrays over all edges at once, so that a town's map is judged in seconds.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import shapely

from dispatcher.roads.editing.map_file import RawFeature
from dispatcher.roads.faults.fault_book import FaultBook
from dispatcher.roads.reach import RoadParts
from robot_agent.campus import Campus, Edge
from robot_agent.campus_frame import Point, distance_mm

JOINT_MM = 1_000
"""So near to a shared joint a crossing is a matter of rounding."""
NEAR_MISS_MM = 2_000
BATCH = 256
MAX_PAIRS = 50_000
"""A tangle of lines on one spot has more; nobody reads on, and memory has an end."""
STUB_MM = 5_000
"""A dead end shorter than this lies near its own neighbours without being a near miss."""

Lines = npt.NDArray[np.object_]


class Drawn(Protocol):
    """A stretch of way as far as its line matters; points in mm."""

    @property
    def from_node(self) -> str: ...

    @property
    def to_node(self) -> str: ...

    @property
    def level(self) -> int: ...

    @property
    def shape(self) -> tuple[Point, ...]: ...


def note_roads(book: FaultBook, parts: RoadParts) -> None:
    """Notes everything about lines and ways; a planar site has none."""
    campus = parts.campus
    edges = list(campus.edges.values())
    if not edges:
        return
    lines = road_lines(edges)
    tree = shapely.STRtree(lines)
    _note_crossings(book, campus, edges, lines, tree)
    _note_near_misses(book, campus, edges, tree)
    _note_doubles(book, campus, edges)
    _note_islands(book, parts)
    _note_dead_one_ways(book, parts)


def road_lines(edges: list[Edge]) -> Lines:
    """The edges as shapely lines, in mm."""
    sizes = [len(edge.shape) for edge in edges]
    points = np.array([point for edge in edges for point in edge.shape], dtype=np.float64)
    lines: Lines = shapely.linestrings(points, indices=np.repeat(np.arange(len(edges)), sizes))
    return lines


def crossings(
    edges: Sequence[Drawn], lines: Lines, tree: shapely.STRtree
) -> list[tuple[int, int, Point]]:
    """Pairs of edges of one level that cross where they share no joint, and the points (mm)."""
    found: list[tuple[int, int, Point]] = []
    for one, other in pairs_of(tree, lines, "crosses"):
        if one >= other or edges[one].level != edges[other].level:
            continue
        points = shapely.get_coordinates(shapely.intersection(lines[one], lines[other]))
        shared = _shared_ends(edges[one], edges[other])
        for x, y in sorted({(round(x), round(y)) for x, y in points.tolist()}):
            if all(distance_mm((x, y), end) > JOINT_MM for end in shared):
                found.append((one, other, (x, y)))
    return found


def pairs_of(
    tree: shapely.STRtree, shapes: Lines, predicate: str, distance: float | None = None
) -> Iterator[tuple[int, int]]:
    """(number of the shape, number in the tree), sorted; the first MAX_PAIRS of them."""
    left = MAX_PAIRS
    for start in range(0, len(shapes), BATCH):
        batch = shapes[start : start + BATCH]
        first, second = tree.query(batch, predicate=predicate, distance=distance)
        for one, other in sorted(zip(first.tolist(), second.tolist(), strict=True))[:left]:
            yield start + one, other
        left -= len(first)
        if left <= 0:
            return


def same_source(one: RawFeature | None, other: RawFeature | None) -> bool:
    """Lines of one thing of OpenStreetMap cross on purpose: the lines of sight over a square."""
    names = [feature.properties.get("osm_id") for feature in (one, other) if feature]
    return len(names) == 2 and names[0] is not None and names[0] == names[1]


def _shared_ends(one: Drawn, other: Drawn) -> list[Point]:
    ends = {one.from_node: one.shape[0], one.to_node: one.shape[-1]}
    return [ends[node] for node in (other.from_node, other.to_node) if node in ends]


def _note_crossings(
    book: FaultBook, campus: Campus, edges: list[Edge], lines: Lines, tree: shapely.STRtree
) -> None:
    for one, other, at in crossings(edges, lines, tree):
        if same_source(book.feature_of(edges[one].id), book.feature_of(edges[other].id)):
            continue
        what = (
            f"it crosses edge {edges[other].id} on one level without a joint; if the ways meet, "
            "`map fix --join-crossings` joins them; if one is a bridge, give it another level"
        )
        book.add_at("crossing", what, edges[one].id, campus.site, at)


def _note_near_misses(
    book: FaultBook, campus: Campus, edges: list[Edge], tree: shapely.STRtree
) -> None:
    incident: dict[str, list[int]] = {}
    for number, edge in enumerate(edges):
        incident.setdefault(edge.from_node, []).append(number)
        incident.setdefault(edge.to_node, []).append(number)
    ends = [node for node, numbers in sorted(incident.items()) if len(numbers) == 1]
    places = [(campus.nodes[node].x_mm, campus.nodes[node].y_mm) for node in ends]
    points = shapely.points(np.array(places, dtype=np.float64).reshape(-1, 2))
    told: set[int] = set()
    for index, other in pairs_of(tree, points, "dwithin", NEAR_MISS_MM):
        own = edges[incident[ends[index]][0]]
        if index in told or not _is_near_miss(own, edges[other]):
            continue
        told.add(index)
        gap_m = float(shapely.distance(points[index], tree.geometries[other])) / 1000
        what = (
            f"it ends {gap_m:.2f} m from edge {edges[other].id}, not joined to it; join them "
            "(draw the end onto the line and run `map fix`) or leave a clear gap"
        )
        node = campus.nodes[ends[index]]
        book.add_at("near_miss", what, own.id, campus.site, (node.x_mm, node.y_mm))


def _is_near_miss(own: Edge, other: Edge) -> bool:
    if own.id == other.id or own.level != other.level:
        return False
    return own.length_mm > STUB_MM or not _shared_ends(own, other)


def _note_doubles(book: FaultBook, campus: Campus, edges: list[Edge]) -> None:
    first: dict[tuple[Point, ...], Edge] = {}
    for edge in edges:
        other = first.setdefault(min(edge.shape, edge.shape[::-1]), edge)
        if other is not edge and other.level == edge.level:
            what = f"it is drawn exactly over edge {other.id}; delete one of them"
            book.add_at("drawn_twice", what, edge.id, campus.site, edge.shape[0])


def _note_islands(book: FaultBook, parts: RoadParts) -> None:
    """Parts of the net without any way to the main one, with the gap that separates them."""
    campus, weak = parts.campus, parts.weak
    main = main_part(parts)
    edges = [edge for edge in campus.edges.values() if edge.access != "closed"]
    labels = np.array([weak[parts.number[edge.from_node]] for edge in edges], dtype=np.int64)
    apart = np.flatnonzero(labels != main)
    if not len(apart) or len(apart) == len(edges):
        return
    lines = road_lines(edges)
    kept = np.flatnonzero(labels == main)
    tree = shapely.STRtree(lines[kept])
    (own, near), gaps = tree.query_nearest(lines[apart], return_distance=True, all_matches=False)
    best: dict[int, tuple[float, int, int]] = {}
    length_mm: dict[int, int] = {}
    for number, other, gap in zip(own.tolist(), near.tolist(), gaps.tolist(), strict=True):
        edge_number = int(apart[number])
        label = int(labels[edge_number])
        best[label] = min(best.get(label, (gap, edge_number, other)), (gap, edge_number, other))
        length_mm[label] = length_mm.get(label, 0) + edges[edge_number].length_mm
    for label in sorted(best, key=lambda one: (-length_mm[one], one)):
        gap, number, other = best[label]
        what = (
            f"it belongs to an island of {length_mm[label] / 1000:.0f} m of way, {gap / 1000:.1f} "
            f"m from edge {edges[int(kept[other])].id}; draw the missing way, or leave it out"
        )
        edge = edges[number]
        book.add_at("island", what, edge.id, campus.site, edge.shape[0])


def main_part(parts: RoadParts) -> int:
    """The weakly connected part of the first station; without one, the largest."""
    stations = [one for one in parts.campus.places.values() if one.role == "station"]
    if stations:
        return int(parts.weak[parts.number[stations[0].node]])
    return parts.largest(parts.weak)


def _note_dead_one_ways(book: FaultBook, parts: RoadParts) -> None:
    """Roads of the main part that can be entered and not left, or left and not entered."""
    campus, strong = parts.campus, parts.strong
    in_main = parts.weak == main_part(parts)
    if not in_main.any():
        return
    core = strong == parts.largest(strong[in_main])
    middle = parts.node_ids[int(np.flatnonzero(core)[0])]
    there, back = parts.reached_from(middle), parts.reaching(middle)
    edge_at: dict[str, str] = {}
    for edge in campus.edges.values():
        edge_at.setdefault(edge.from_node, edge.id)
        edge_at.setdefault(edge.to_node, edge.id)
    for numbers in parts.clusters(in_main & ~core):
        node = campus.nodes[parts.node_ids[numbers[0]]]
        if there[numbers].all():
            way = "can be driven to but not left again"
        elif back[numbers].all():
            way = "can be left but not driven to"
        else:
            way = "cannot be driven to and left again"
        more = f" and {len(numbers) - 1} nodes more" if len(numbers) > 1 else ""
        what = f"node {node.id}{more} {way}: see the oneway of the edges around"
        book.add_at("dead_one_way", what, edge_at[node.id], campus.site, (node.x_mm, node.y_mm))
