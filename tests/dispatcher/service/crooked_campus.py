# SPDX-License-Identifier: Apache-2.0
"""A small campus for tests: a station and two stops on three roads, two of them with bends.

st --(2 bends)--> a --(straight)--> b --(1 bend, drawn from c to b)-- c
"""

import json

from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import parse_campus, to_lat_lon

POINTS_M = {"st": (0, 0), "a": (100, 0), "b": (200, 0), "c": (200, 100)}
ROADS = {
    "e1": ("st", "a", [(0, 0), (30, 10), (60, 10), (100, 0)]),
    "e2": ("a", "b", [(100, 0), (200, 0)]),
    "e3": ("c", "b", [(200, 100), (220, 50), (200, 0)]),
}
ROLES = {"st": "station", "b": "stop", "c": "stop", "a": "charger"}


class _Origin:
    lat_deg = 49.0
    lon_deg = 8.4


def crooked_graph() -> RoadGraph:
    """The road graph of this campus."""
    return RoadGraph.from_campus(parse_campus(geojson(), "crooked.geojson"))


def geojson() -> str:
    """The campus as its file would be."""
    features = [
        _feature(
            "crooked",
            "Point",
            _at((0, 0)),
            kind="site",
            format="campus-map/1",
            name="Crooked",
        )
    ]
    features += [_feature(key, "Point", _at(xy), kind="node") for key, xy in POINTS_M.items()]
    for key, (start, end, line) in ROADS.items():
        ends = {"kind": "edge", "from": start, "to": end, "class": "path", "speed_mps": 2.0}
        features.append(_feature(key, "LineString", [_at(point) for point in line], **ends))
    for node, role in ROLES.items():
        place = {"kind": role, "node": node, "name": f"Place {node}", "slots": 2}
        features.append(_feature(f"{role}-{node}", "Point", _at(POINTS_M[node]), **place))
    return json.dumps({"type": "FeatureCollection", "features": features})


def _at(point_m: tuple[float, float]) -> list[float]:
    lat_deg, lon_deg = to_lat_lon(_Origin(), round(point_m[0] * 1000), round(point_m[1] * 1000))
    return [lon_deg, lat_deg]


def _feature(key: str, form: str, coordinates: object, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"id": key, **properties},
        "geometry": {"type": form, "coordinates": coordinates},
    }
