# SPDX-License-Identifier: Apache-2.0
"""What is wrong with lines of roads: where they cross, end or lie on each other without a joint.

Works on arrays over all edges at once, so that a town's map is judged in seconds.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import shapely

from dispatcher.roads.editing.map_file import RawFeature
from dispatcher.roads.faults.fault_book import FaultBook
from dispatcher.roads.faults.island_faults import (
    is_cut_end,
    note_dead_one_ways,
    note_islands,
    road_lines,
)
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

TOUCH_MM = 10
"""Two lines so near lie on each other as far as seven digits of a degree can say."""
SQUARE_LINE = re.compile(r"[wr]\d+x-")
"""How the ids of straight lines over a square begin, which an importer makes."""

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
    note_islands(book, parts)
    note_dead_one_ways(book, parts)


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


def meet_on_purpose(one: RawFeature | None, other: RawFeature | None) -> bool:
    """Lines of sight over a square cross what is drawn there, and lines of one thing each other."""
    features = [feature for feature in (one, other) if feature]
    if any(SQUARE_LINE.match(feature.id) for feature in features):
        return True
    names = [feature.properties.get("osm_id") for feature in features]
    return len(names) == 2 and names[0] is not None and names[0] == names[1]


def _shared_ends(one: Drawn, other: Drawn) -> list[Point]:
    ends = {one.from_node: one.shape[0], one.to_node: one.shape[-1]}
    return [ends[node] for node in (other.from_node, other.to_node) if node in ends]


def _note_crossings(
    book: FaultBook, campus: Campus, edges: list[Edge], lines: Lines, tree: shapely.STRtree
) -> None:
    for one, other, at in crossings(edges, lines, tree):
        if meet_on_purpose(book.feature_of(edges[one].id), book.feature_of(edges[other].id)):
            continue
        what = (
            f"it crosses edge {book.named(edges[other].id)} on one level without a joint; if the "
            "ways meet, `map fix --join-crossings` joins them; if one is a bridge, give it another "
            "level"
        )
        book.add_at("crossing", what, edges[one].id, campus.site, at)


def _note_near_misses(
    book: FaultBook, campus: Campus, edges: list[Edge], tree: shapely.STRtree
) -> None:
    incident: dict[str, list[int]] = {}
    for number, edge in enumerate(edges):
        incident.setdefault(edge.from_node, []).append(number)
        incident.setdefault(edge.to_node, []).append(number)
    ends = [
        node
        for node, numbers in sorted(incident.items())
        if len(numbers) == 1 and not is_cut_end(node)
    ]
    places = [(campus.nodes[node].x_mm, campus.nodes[node].y_mm) for node in ends]
    points = shapely.points(np.array(places, dtype=np.float64).reshape(-1, 2))
    told: set[int] = set()
    found: list[tuple[float, int, int]] = []
    for index, other in pairs_of(tree, points, "dwithin", NEAR_MISS_MM):
        own = edges[incident[ends[index]][0]]
        if index in told or not _is_near_miss(own, edges[other]):
            continue
        told.add(index)
        gap_mm = float(shapely.distance(points[index], tree.geometries[other]))
        found.append((gap_mm, index, other))
    for gap_mm, index, other in sorted(found):
        own = edges[incident[ends[index]][0]]
        what = _near_miss(book.named(edges[other].id), gap_mm)
        node = campus.nodes[ends[index]]
        book.add_at("near_miss", what, own.id, campus.site, (node.x_mm, node.y_mm))


def _near_miss(other: str, gap_mm: float) -> str:
    if gap_mm < TOUCH_MM:
        return (
            f"its end touches edge {other} without a joint; if the ways meet there, take out its "
            "from or to and run `map fix`; if not, give one of them another level"
        )
    return (
        f"it ends {gap_mm / 1000:.2f} m from edge {other}, not joined to it; join them (draw the "
        "end onto the line, take out its from or to, run `map fix`) or leave a clear gap"
    )


def _is_near_miss(own: Edge, other: Edge) -> bool:
    if own.id == other.id or own.level != other.level:
        return False
    return own.length_mm > STUB_MM or not _shared_ends(own, other)


def _note_doubles(book: FaultBook, campus: Campus, edges: list[Edge]) -> None:
    first: dict[tuple[Point, ...], Edge] = {}
    for edge in edges:
        other = first.setdefault(min(edge.shape, edge.shape[::-1]), edge)
        if other is edge or other.level != edge.level:
            continue
        if not any(SQUARE_LINE.match(one.id) for one in (edge, other)):
            what = f"it is drawn exactly over edge {book.named(other.id)}; delete one of them"
            book.add_at("drawn_twice", what, edge.id, campus.site, edge.shape[0])
