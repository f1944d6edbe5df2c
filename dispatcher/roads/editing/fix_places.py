# SPDX-License-Identifier: Apache-2.0
"""Hangs places on the roads: those that hang nowhere, beside their edge, or far from it.

What must hold: a place that the reader takes and that lies within MAX_GAP_MM of where it hangs is
left as it is.
"""

import shapely

from dispatcher.roads.editing.draft import Draft, line_of, point_of
from dispatcher.roads.editing.map_file import RawFeature
from dispatcher.roads.editing.map_properties import PLACE_KINDS
from dispatcher.roads.faults.feature_faults import number_of
from robot_agent.campus_frame import (
    Frame,
    Point,
    cut_line,
    distance_mm,
    line_length_mm,
    without_repeats,
)

MAX_GAP_MM = 50_000
END_TOLERANCE_MM = 500


def hang_places(draft: Draft, frame: Frame) -> None:
    edges: dict[str, tuple[Point, ...]] = {}
    drivable: list[str] = []
    nodes: dict[str, Point] = {}
    for feature in draft.of_kind("node"):
        at = point_of(feature)
        if at:
            nodes[feature.id] = frame.to_mm(*at)
    for feature in draft.of_kind("edge"):
        line = line_of(feature)
        shape = without_repeats([frame.to_mm(*at) for at in line]) if line else ()
        if len(shape) < 2:
            continue
        edges[feature.id] = shape
        for end, at_mm in (("from", shape[0]), ("to", shape[-1])):
            nodes.setdefault(str(feature.properties.get(end)), at_mm)
        if feature.properties.get("access") != "closed":
            drivable.append(feature.id)
    if not drivable:
        return
    tree = shapely.STRtree([shapely.LineString(edges[edge_id]) for edge_id in drivable])
    for feature in draft.of_kind(*PLACE_KINDS, "waiting"):
        at = point_of(feature)
        if at is None:
            continue
        at_mm = frame.to_mm(*at)
        gap_mm = _gap_mm(feature, at_mm, edges, nodes)
        if gap_mm is None or gap_mm > MAX_GAP_MM:
            _hang(draft, feature, at_mm, gap_mm, tree, drivable)


def _gap_mm(
    feature: RawFeature, at: Point, edges: dict[str, tuple[Point, ...]], nodes: dict[str, Point]
) -> int | None:
    """How far a place lies from where it hangs; None where it hangs nowhere."""
    node, edge = (feature.properties.get(name) for name in ("node", "edge"))
    if node is not None:
        hook = nodes.get(str(node)) if edge is None else None
        return distance_mm(hook, at) if hook else None
    shape, offset_m = edges.get(str(edge)), number_of(feature, "offset_m")
    if shape is None or offset_m is None or abs(offset_m) > 1e6:
        return None
    offset_mm, drawn_mm = round(offset_m * 1000), line_length_mm(shape)
    if not -END_TOLERANCE_MM <= offset_mm <= drawn_mm + END_TOLERANCE_MM:
        return None
    return distance_mm(cut_line(shape, min(max(offset_mm, 0), drawn_mm))[0][-1], at)


def _hang(
    draft: Draft,
    feature: RawFeature,
    at: Point,
    gap_mm: int | None,
    tree: shapely.STRtree,
    names: list[str],
) -> None:
    point = shapely.Point(at)
    near, gaps = tree.query_nearest(point, return_distance=True)
    # A point can be as near to two edges, at the joint between: the smallest id.
    edge_id, number = min((names[one], one) for one in near.tolist())
    best_mm = float(gaps[0])
    if best_mm > MAX_GAP_MM or (gap_mm is not None and best_mm >= gap_mm):
        return
    offset_mm = round(tree.geometries[number].project(point))
    feature.properties.pop("node", None)
    feature.properties.update(edge=edge_id, offset_m=offset_mm / 1000)
    where = f"{edge_id}, {offset_mm / 1000:.1f} m along it, {best_mm / 1000:.1f} m away"
    draft.say(feature, f"hung on edge {where}")
