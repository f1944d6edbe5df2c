# SPDX-License-Identifier: Apache-2.0
"""Small towns drawn in metres (x east, y north), for the tests of waiting places and parking."""

import json
from typing import Any

from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_frame import frame_at

Feature = dict[str, Any]
Metres = tuple[float, float]
FRAME = frame_at(0.0, 0.0)


def at(point: Metres) -> list[float]:
    return [point[0] * 1000 / FRAME.x_mm_per_deg, point[1] * 1000 / FRAME.y_mm_per_deg]


def feature(kind: str, name: str, shape: str, where: object, **facts: object) -> Feature:
    geometry = {"type": shape, "coordinates": where}
    return {
        "type": "Feature",
        "properties": {"kind": kind, "id": name, **facts},
        "geometry": geometry,
    }


def road(name: str, *line: Metres, **facts: object) -> Feature:
    """Its nodes are called after where it starts and ends: `0,0`, `100,0`..."""
    ends = {"from": f"{line[0][0]:g},{line[0][1]:g}", "to": f"{line[-1][0]:g},{line[-1][1]:g}"}
    return feature("edge", name, "LineString", [at(point) for point in line], **ends, **facts)


def thing(kind: str, name: str, where: Metres, **facts: object) -> Feature:
    """A node, a place or a waiting place."""
    return feature(kind, name, "Point", at(where), **facts)


def square(kind: str, name: str, low: Metres, high: Metres, **facts: object) -> Feature:
    corners = [low, (high[0], low[1]), high, (low[0], high[1]), low]
    return feature(kind, name, "Polygon", [[at(corner) for corner in corners]], **facts)


def town(*features: Feature, **site: object) -> Campus:
    here = thing("site", "town", (0, 0), format="campus-map/1", **site)
    collection = {"type": "FeatureCollection", "features": [here, *features]}
    return parse_campus(json.dumps(collection), "town")
