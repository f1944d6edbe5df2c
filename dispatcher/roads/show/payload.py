# SPDX-License-Identifier: Apache-2.0
"""A campus map as the plain data that the page draws: JSON-ready, in whole centimetres.

What must hold: the same map gives the same data, whatever the order of its features. What decides
(shapes, nodes, times) comes from the campus as read; what only people look at comes from the file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from dispatcher.roads.drive_time import drive_ms
from dispatcher.roads.faults.fault_book import ERROR, MapFault
from dispatcher.roads.show.columns import Facts, clean_facts, columns
from dispatcher.roads.show.islands import Shape, island_gaps
from robot_agent.campus import ROLES, Campus, Edge
from robot_agent.campus_format import Feature, FeatureError
from robot_agent.campus_frame import Frame, Point, frame_at

MARK_KINDS = (*ROLES, "waiting", "node")
AREA_KINDS = ("area", "building", "zone")
UNSHOWN = ("id", "kind")
MM_PER_CM = 10
NO_WAY = -1
MAX_DECOR_MM = 50_000_000
MAX_FINDINGS = 500


def map_data(
    campus: Campus, features: Sequence[Feature], findings: Sequence[MapFault], speed_mm_s: int
) -> dict[str, object]:
    """Everything that the page shows. `speed_mm_s` is what a robot drives at most."""
    ordered = sorted(features, key=lambda feature: feature.id)
    frame = frame_at(campus.site.lat_deg, campus.site.lon_deg)
    drawn = {feature.id: feature for feature in ordered if feature.kind == "edge"}
    numbers = {edge_id: number for number, edge_id in enumerate(drawn)}
    parts = [(part, numbers[_drawn_id(part.id, numbers)]) for part in campus.edges.values()]
    return {
        "site": _site(campus, ordered, frame, speed_mm_s),
        "nodes": list(campus.nodes),
        "edges": {"ids": list(drawn), "facts": columns(_edge_facts(drawn, parts))},
        "parts": _parts(campus, parts, speed_mm_s),
        "islands": _islands(drawn, parts),
        "marks": {kind: _marks(campus, ordered, kind, frame) for kind in MARK_KINDS},
        "shapes": {kind: _shapes(ordered, kind, frame) for kind in AREA_KINDS},
        "trees": list(_trees(ordered, frame)),
        "findings": [_finding(fault, frame) for fault in _fair(findings)],
        "findings_left_out": max(0, len(findings) - MAX_FINDINGS),
    }


def _site(
    campus: Campus, features: Sequence[Feature], frame: Frame, speed_mm_s: int
) -> dict[str, object]:
    found = next(feature for feature in features if feature.kind == "site")
    return {
        "facts": clean_facts(found.properties, UNSHOWN),
        "id": campus.site.id,
        "name": campus.site.name,
        "digest": campus.digest,
        "lat": campus.site.lat_deg,
        "lon": campus.site.lon_deg,
        "cm_per_degree": [
            round(frame.x_mm_per_deg / MM_PER_CM, 3),
            round(frame.y_mm_per_deg / MM_PER_CM, 3),
        ],
        "speed_mm_s": speed_mm_s,
    }


def _drawn_id(part_id: str, known: dict[str, int]) -> str:
    """The reader cuts edges at places: `e7.2` is the second part of `e7`."""
    return part_id if part_id in known else part_id.rpartition(".")[0]


def _edge_facts(drawn: dict[str, Feature], parts: list[tuple[Edge, int]]) -> list[Facts]:
    lengths_mm = [0] * len(drawn)
    one: dict[int, Edge] = {}
    for part, number in parts:
        lengths_mm[number] += part.length_mm
        one[number] = part
    return [
        {
            **clean_facts(feature.properties, UNSHOWN),
            "class": one[number].road_class,
            "speed_mps": one[number].speed_mm_s / 1000,
            "oneway": one[number].oneway,
            "access": one[number].access,
            "length_m": lengths_mm[number] / 1000,
            "may_wait": one[number].may_wait,
        }
        for number, feature in enumerate(drawn.values())
    ]


def _parts(campus: Campus, parts: list[tuple[Edge, int]], speed_mm_s: int) -> dict[str, object]:
    """The edges as cut at places, with what driving each takes there and back (or NO_WAY)."""
    nodes = {node_id: number for number, node_id in enumerate(campus.nodes)}
    there, back = [], []
    for part, _ in parts:
        drive = drive_ms(part.length_mm, min(part.speed_mm_s, speed_mm_s))
        shut = part.access == "closed"
        there.append(
            NO_WAY
            if shut or part.oneway == "backward"
            else drive + campus.nodes[part.to_node].wait_ms
        )
        back.append(
            NO_WAY
            if shut or part.oneway == "forward"
            else drive + campus.nodes[part.from_node].wait_ms
        )
    return {
        "edge": [number for _, number in parts],
        "from": [nodes[part.from_node] for part, _ in parts],
        "to": [nodes[part.to_node] for part, _ in parts],
        "there_ms": there,
        "back_ms": back,
        "line": [_steps(part.shape) for part, _ in parts],
    }


def _islands(drawn: dict[str, Feature], parts: list[tuple[Edge, int]]) -> list[dict[str, object]]:
    labels = [feature.properties.get("island") for feature in drawn.values()]
    main: list[Shape] = []
    islands: dict[int, list[Shape]] = {}
    for part, number in parts:
        label = labels[number]
        if isinstance(label, int) and not isinstance(label, bool) and label > 0:
            islands.setdefault(label, []).append(part.shape)
        else:
            main.append(part.shape)
    return [
        {
            "island": gap.island,
            "gap_mm": gap.gap_mm,
            "line": _steps((gap.from_point, gap.to_point)),
        }
        for gap in island_gaps(islands, main)
    ]


def _marks(
    campus: Campus, features: Sequence[Feature], kind: str, frame: Frame
) -> dict[str, object]:
    """Things that are points: places, waiting places, and nodes with something to say."""
    nodes = {node_id: number for number, node_id in enumerate(campus.nodes)}
    found = [feature for feature in features if feature.kind == kind and _says(feature)]
    points = [frame.to_mm(*feature.point()) for feature in found]
    rows = [clean_facts(feature.properties, UNSHOWN) for feature in found]
    at = [feature.id if kind == "node" else "" for feature in found]
    for number, feature in enumerate(found):
        place = campus.places.get(feature.id)
        if place is not None:
            at[number] = place.node
            defaults: Facts = {"slots": place.slots, "dwell_s": place.dwell_ms / 1000}
            rows[number] = defaults | rows[number]
    return {
        "ids": [feature.id for feature in found],
        "x": [_cm(x) for x, _ in points],
        "y": [_cm(y) for _, y in points],
        "node": [nodes.get(node, -1) for node in at],
        "facts": columns(rows),
    }


def _says(feature: Feature) -> bool:
    return feature.kind != "node" or bool(
        feature.properties.get("gate", "none") != "none"
        or feature.properties.get("wait_s")
        or feature.properties.get("open_hours")
    )


def _shapes(features: Sequence[Feature], kind: str, frame: Frame) -> dict[str, object]:
    """Buildings, zones, and areas that are only there to be seen."""
    found = [
        (feature, rings)
        for feature in features
        if feature.kind == kind and (rings := list(_rings(feature, frame)))
    ]
    return {
        "ids": [feature.id for feature, _ in found],
        "rings": [rings for _, rings in found],
        "facts": columns([clean_facts(feature.properties, UNSHOWN) for feature, _ in found]),
    }


def _rings(feature: Feature, frame: Frame) -> Iterator[list[int]]:
    """Each ring of a polygon or of several; what is not one is passed over: nobody rests on it."""
    found, wanted = feature.geometry.get("coordinates"), feature.geometry.get("type")
    polygons = found if wanted == "MultiPolygon" else [found] if wanted == "Polygon" else []
    for ring in (ring for polygon in _items(polygons) for ring in _items(polygon)):
        try:
            outline = _alone(feature, "Polygon", [ring]).outline()
        except FeatureError:
            continue
        points = [frame.to_mm(*position) for position in outline]
        if all(_near(point) for point in points):
            yield _steps(points)


def _trees(features: Sequence[Feature], frame: Frame) -> Iterator[list[int]]:
    """x, y and radius of each tree."""
    for feature in features:
        if feature.kind != "tree":
            continue
        several = feature.geometry.get("type") == "MultiPoint"
        found = feature.geometry.get("coordinates")
        for position in _items(found) if several else [found]:
            try:
                point = frame.to_mm(*_alone(feature, "Point", position).point())
                radius_mm = feature.thousandths("radius_m", 0.1, 50, 3)
            except FeatureError:
                continue
            if _near(point):
                yield [_cm(point[0]), _cm(point[1]), _cm(radius_mm)]


def _alone(feature: Feature, kind: str, coordinates: object) -> Feature:
    geometry = {"type": kind, "coordinates": coordinates}
    return msgspec.structs.replace(feature, geometry=geometry)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _near(point: Point) -> bool:
    return max(abs(point[0]), abs(point[1])) <= MAX_DECOR_MM


def _fair(findings: Sequence[MapFault]) -> list[MapFault]:
    """As many as there is room for: every error first, then in turn the first of each code."""
    if len(findings) <= MAX_FINDINGS:
        return list(findings)
    turn: Counter[tuple[str, str]] = Counter()
    ranked: list[tuple[bool, int, int]] = []
    for number, fault in enumerate(findings):
        kind = (fault.severity, fault.code)
        ranked.append((fault.severity != ERROR, turn[kind], number))
        turn[kind] += 1
    return [findings[number] for number in sorted(one[2] for one in sorted(ranked)[:MAX_FINDINGS])]


def _finding(fault: MapFault, frame: Frame) -> dict[str, object]:
    facts: dict[str, object] = {
        "level": fault.severity,
        "what": fault.message,
        "id": fault.id,
        "line": fault.line,
    }
    if fault.lat is not None and fault.lon is not None:
        x_mm, y_mm = frame.to_mm(fault.lat, fault.lon)
        facts |= {"x": _cm(x_mm), "y": _cm(y_mm)}
    return facts


def _steps(points: Iterable[Point]) -> list[int]:
    """A line as its first point and the steps from there: short numbers for a short file."""
    flat: list[int] = []
    last_x = last_y = 0
    for x_mm, y_mm in points:
        x, y = _cm(x_mm), _cm(y_mm)
        flat += (x - last_x, y - last_y)
        last_x, last_y = x, y
    return flat


def _cm(mm: int) -> int:
    return (mm + MM_PER_CM // 2) // MM_PER_CM
