# SPDX-License-Identifier: Apache-2.0
"""A small left-hand campus with one of everything that a page shows, and names that attack it."""

import json
from typing import Any

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' {{script}} \u2028"
CHINESE, KOREAN = "第三教学楼", "율곡관 학생식당"
LAT, LON = -33.9, 151.2
DEG_PER_M_NORTH, DEG_PER_M_EAST = 1 / 110_930, 1 / 92_500


def at(x_m: float, y_m: float) -> list[float]:
    return [round(LON + x_m * DEG_PER_M_EAST, 7), round(LAT + y_m * DEG_PER_M_NORTH, 7)]


def feature(
    kind: str, id_: str, geometry: str, coordinates: Any, /, **facts: Any
) -> dict[str, Any]:
    properties = {"id": id_, "kind": kind, **{key.strip("_"): facts[key] for key in facts}}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def point(kind: str, id_: str, x_m: float, y_m: float, /, **facts: Any) -> dict[str, Any]:
    return feature(kind, id_, "Point", at(x_m, y_m), **facts)


def edge(id_: str, start: str, end: str, /, *line: tuple[float, float], **facts: Any) -> Any:
    points = [at(*position) for position in line]
    return feature("edge", id_, "LineString", points, from_=start, to=end, **facts)


def box(kind: str, id_: str, x_m: float, y_m: float, side_m: float, /, **facts: Any) -> Any:
    corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m), (0, 0)]
    ring = [at(x_m + dx, y_m + dy) for dx, dy in corners]
    return feature(kind, id_, "Polygon", [ring], **facts)


def features() -> list[dict[str, Any]]:
    return [*_roads(), *_points(), *_areas()]


def campus_bytes() -> bytes:
    collection = {"type": "FeatureCollection", "features": features()}
    return json.dumps(collection, ensure_ascii=False).encode("utf-8")


def _roads() -> list[dict[str, Any]]:
    guess = {"passing_from": "guess"}
    return [
        edge("e-main", "a", "b", (0, 0), (200, 0), class_="road", width_m=7, passing="wide",
             name="Main Avenue", surface="asphalt"),
        edge("e-east", "b", "c", (200, 0), (200, 150), class_="shared", passing="narrow", **guess),
        edge("e-north", "c", "d", (200, 150), (0, 150), class_="shared", oneway="forward",
             passing="wide", **guess),
        edge("e-west", "d", "a", (0, 150), (0, 0), class_="path", incline_pct=9.5,
             passing="narrow", passing_from="width", width_m=1.6),
        edge("e-bridge", "m", "n", (100, -40), (100, 60), (100, 190), class_="shared", level=1,
             surface="wood"),
        edge("e-up", "a", "m", (0, 0), (40, -40), (100, -40), class_="path"),
        edge("e-down", "n", "d", (100, 190), (40, 190), (0, 150), class_="path"),
        edge("e-tunnel", "a", "c", (0, 0), (60, 80), (140, 70), (200, 150), class_="path",
             level=-1),
        edge("e-cross", "b", "x", (200, 0), (215, 0), class_="crossing"),
        edge("e-out", "x", "y", (215, 0), (330, 0), class_="road"),
        edge("e-hall", "c", "h", (200, 150), (260, 160), class_="indoor"),
        edge("e-staff", "y", "z", (330, 0), (330, 90), class_="shared", access="staff"),
        edge("e-shut", "z", "c", (330, 90), (200, 150), class_="shared", access="closed"),
        edge("e-far", "i", "j", (260, 60), (290, 60), class_="path", island=1),
    ]  # fmt: skip


def _points() -> list[dict[str, Any]]:
    gates = [
        ("bollard", "d", 0, 150),
        ("gate", "y", 330, 0),
        ("lift_gate", "x", 215, 0),
        ("crossing", "b", 200, 0),
        ("kerb", "c", 200, 150),
    ]
    return [
        point("site", "every", 0, 0, format="campus-map/1", name=HOSTILE, revision="r1",
              left_hand=True, timezone="Australia/Sydney", attribution="© nobody",
              licence="CC0-1.0", source="drawn"),
        *(point("node", node, x, y, gate=gate, wait_s=5, open_hours="Mo-Fr 07:00-19:00")
          for gate, node, x, y in gates),
        point("station", "st", 20, -6, edge="e-main", offset_m=20, name="Parcel Office", slots=3),
        point("stop", "s-hall", 150, 6, edge="e-main", offset_m=150, name=HOSTILE, building="hall"),
        point("stop", "s-north", 120, 156, edge="e-north", offset_m=80, name=KOREAN),
        point("charger", "ch", 40, -6, edge="e-main", offset_m=40, power_w=500),
        point("parking", "pk", 60, -6, edge="e-main", offset_m=60, slots=4),
        point("waiting", "w-mouth", 203, 10, edge="e-east", offset_m=10, at="mouth", slots=2),
        point("waiting", "w-kerb", 100, 4, edge="e-main", offset_m=100, at="kerb",
              direction="forward"),
        point("waiting", "w-corner", -3, 75, edge="e-west", offset_m=75, at="corner",
              may_wait="proposed"),
    ]  # fmt: skip


def _areas() -> list[dict[str, Any]]:
    return [
        box("building", "hall", 130, 15, 40, name=HOSTILE, use="teaching", stop="s-hall"),
        box("building", "dorm", 20, 90, 40, name=CHINESE, use="dorm"),
        box("building", "mensa", 215, 165, 30, name=KOREAN, use="canteen"),
        box("area", "lake", 70, 90, 25, use="water"),
        box("zone", "z-closed", 270, 100, 50, zone_kind="closed"),
        box("zone", "z-slow", -10, -60, 40, zone_kind="slow", factor_pct=150),
        box("zone", "z-crowd", 180, -60, 40, zone_kind="crowded", hours="Mo-Fr 11:30-13:00"),
        box("zone", "z-free", 300, -50, 40, zone_kind="no_stop"),
        feature("tree", "trees", "MultiPoint", [at(20, 60), at(30, 60), at(40, 60)], radius_m=3),
    ]
