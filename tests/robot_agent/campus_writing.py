# SPDX-License-Identifier: Apache-2.0
"""Small campus maps, written feature by feature."""

import json
from typing import Any

from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_frame import frame_at

FRAME = frame_at(40.0, 116.0)


def at(x_m: float, y_m: float) -> list[float]:
    """Longitude and latitude of a point given in metres about the origin."""
    return [116.0 + x_m * 1000 / FRAME.x_mm_per_deg, 40.0 + y_m * 1000 / FRAME.y_mm_per_deg]


def feature(kind: str, shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties},
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def site(**changes: Any) -> dict[str, Any]:
    facts = {"id": "north", "format": "campus-map/1", "timezone": "Asia/Shanghai", **changes}
    return feature("site", "Point", at(0, 0), **facts)


def edge(name: str, start: str, end: str, points: list[Any], **changes: Any) -> dict[str, Any]:
    facts = {"id": name, "from": start, "to": end, **changes}
    return feature("edge", "LineString", [at(x, y) for x, y in points], **facts)


def stop(name: str, x_m: float, y_m: float, **changes: Any) -> dict[str, Any]:
    return feature("stop", "Point", at(x_m, y_m), id=name, **changes)


def text(*features: dict[str, Any]) -> str:
    lines = ",\n".join(json.dumps(one) for one in features)
    return '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n"


def parse(*features: dict[str, Any]) -> Campus:
    return parse_campus(text(*features), "north.geojson")


STREET = edge("e1", "a", "b", [(0, 0), (60, 0), (60, 40)])
