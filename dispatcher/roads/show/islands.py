# SPDX-License-Identifier: Apache-2.0
"""How far each unconnected part of a road net lies from the rest, as the crow flies.

What must hold: the gap is measured to the part that carries no island number, in whole mm.
"""

from collections.abc import Mapping, Sequence

import msgspec
import shapely

from robot_agent.campus_frame import Point

Shape = tuple[Point, ...]


class Gap(msgspec.Struct, frozen=True):
    """The shortest bridge from an island to the main net; `gap_mm` -1: there is no main net."""

    island: int
    gap_mm: int
    from_point: Point
    to_point: Point


def island_gaps(islands: Mapping[int, Sequence[Shape]], main: Sequence[Shape]) -> list[Gap]:
    """One gap an island, by number."""
    tree = shapely.STRtree([shapely.LineString(shape) for shape in main])
    return [_gap(number, islands[number], tree) for number in sorted(islands)]


def _gap(number: int, shapes: Sequence[Shape], tree: shapely.STRtree) -> Gap:
    start = shapes[0][0]
    if not len(tree.geometries):
        return Gap(number, -1, start, start)
    lines = [shapely.LineString(shape) for shape in shapes]
    pairs, distances = tree.query_nearest(lines, return_distance=True, all_matches=False)
    best = int(distances.argmin())
    ours, theirs = lines[int(pairs[0][best])], tree.geometries[int(pairs[1][best])]
    (x0, y0), (x1, y1) = shapely.shortest_line(ours, theirs).coords
    return Gap(
        number, round(float(distances[best])), (round(x0), round(y0)), (round(x1), round(y1))
    )
