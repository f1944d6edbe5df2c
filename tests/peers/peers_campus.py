# SPDX-License-Identifier: Apache-2.0
"""A small campus on which robots of two makes meet: a straight road with one side road.

st (station) --100 m--> a (charger) --100 m--> b (staffed stop) --50 m--> p (parking)
                                               b --50 m north--> c (stop)
"""

import json
from typing import Any

from robot_agent.campus_frame import frame_at

SITE = "peers"
LAT_DEG, LON_DEG = 49.0, 8.4
POINTS_M = {"st": (0, 0), "a": (100, 0), "b": (200, 0), "p": (250, 0), "c": (200, 50)}
ROADS = {"e1": ("st", "a"), "e2": ("a", "b"), "e3": ("b", "p"), "e4": ("b", "c")}
PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "st": ("station", {"slots": 20}),
    "a": ("charger", {"slots": 4, "power_w": 500}),
    "b": ("stop", {"slots": 20, "staffed": True}),
    "c": ("stop", {"slots": 20}),
    "p": ("parking", {"slots": 20}),
}


def geojson() -> str:
    """The campus as its file would be."""
    site = {"kind": "site", "id": SITE, "format": "campus-map/1", "name": "Peers"}
    features = [_feature("Point", _at("st"), **site)]
    features += [_feature("Point", _at(key), kind="node", id=key) for key in POINTS_M]
    for key, (start, end) in ROADS.items():
        facts = {"kind": "edge", "id": key, "from": start, "to": end, "speed_mps": 6.0}
        line = [_at(start), _at(end)]
        features.append(_feature("LineString", line, **facts, width_m=6.0, **{"class": "road"}))
    for node, (role, facts) in PLACES.items():
        named = {"kind": role, "id": f"{role}-{node}", "node": node, "name": f"Place {node}"}
        features.append(_feature("Point", _at(node), **named, **facts))
    return json.dumps({"type": "FeatureCollection", "features": features})


def _at(node: str) -> list[float]:
    frame = frame_at(LAT_DEG, LON_DEG)
    x_m, y_m = POINTS_M[node]
    return [LON_DEG + x_m * 1000 / frame.x_mm_per_deg, LAT_DEG + y_m * 1000 / frame.y_mm_per_deg]


def _feature(shape: str, coordinates: object, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape, "coordinates": coordinates},
    }
