# SPDX-License-Identifier: Apache-2.0
"""A small good map to spoil, and maps as people draw them, for the tests of the map tools."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dispatcher.roads.editing.map_file import MapFile

Raw = dict[str, Any]
Spoil = Callable[[dict[str, Raw]], object]
EAST_DEG = 0.001  # 71.7 m at this latitude; a degree of latitude is 111.2 km
NORTH_DEG = 0.001

CORNERS = {
    "a": [10.0, 50.0],
    "b": [10.0 + 2 * EAST_DEG, 50.0],
    "c": [10.0 + 2 * EAST_DEG, 50.0 + NORTH_DEG],
    "d": [10.0, 50.0 + NORTH_DEG],
}


def feature(kind: str, shape: str, at: object, **facts: object) -> Raw:
    geometry = {"type": shape, "coordinates": at}
    return {"type": "Feature", "properties": {"kind": kind, **facts}, "geometry": geometry}


def edge(name: str, start: str, end: str, *between: list[float], **facts: object) -> Raw:
    """A line between two corners of the square."""
    line = [CORNERS[start], *between, CORNERS[end]]
    ends = {"from": start, "to": end}
    return feature("edge", "LineString", line, id=name, **ends, passing="wide", **facts)


def square() -> dict[str, Raw]:
    """By id: a ring of four wide edges of 143 and 111 m, everything a campus needs beside them."""
    found = [
        feature("site", "Point", [10.0, 50.0], id="s", format="campus-map/1", timezone="UTC"),
        *(edge(f"e-{a}{b}", a, b) for a, b in ("ab", "bc", "cd", "da")),
        hung("station", "depot", "e-ab", 20.0, [10.0003, 49.99994], name="Post"),
        hung("stop", "stop-1", "e-cd", 30.0, [10.0016, 50.00106], name="Haus 1", building="h1"),
        hung("charger", "charger-1", "e-ab", 80.0, [10.0011, 49.99994], slots=8),
        hung("parking", "parking-1", "e-bc", 50.0, [10.00206, 50.00045], slots=8),
        feature(
            "building",
            "Polygon",
            [[[10.0014, 50.0012], [10.0016, 50.0012], [10.0016, 50.0013], [10.0014, 50.0012]]],
            id="h1",
            name="Haus 1",
            use="dorm",
            stop="stop-1",
        ),
    ]
    return {str(one["properties"]["id"]): one for one in found}


def hung(kind: str, id_: str, on: str, offset_m: float, at: list[float], **facts: object) -> Raw:
    return feature(kind, "Point", at, id=id_, edge=on, offset_m=offset_m, **facts)


def text_of(features: dict[str, Raw] | list[Raw]) -> str:
    found = list(features.values()) if isinstance(features, dict) else features
    lines = ",\n".join(json.dumps(one) for one in found)
    return '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n"


def drawn(features: dict[str, Raw] | list[Raw]) -> MapFile:
    return MapFile.parse(text_of(features), "campus.geojson")


def spoiled(spoil: Spoil) -> MapFile:
    """The square with something wrong."""
    features = square()
    spoil(features)
    return drawn(features)


def write(path: Path, features: dict[str, Raw] | list[Raw]) -> Path:
    path.write_text(text_of(features), encoding="utf-8")
    return path


GEOJSON_IO = """{
  "type": "FeatureCollection",
  "features": [
    {
      "type": "Feature",
      "properties": {},
      "geometry": {
        "coordinates": [[10.0, 50.0], [10.002, 50.0]],
        "type": "LineString"
      },
      "id": 0
    },
    {
      "type": "Feature",
      "properties": {},
      "geometry": {
        "coordinates": [[10.001, 50.000004], [10.001, 50.001]],
        "type": "LineString"
      }
    },
    {
      "type": "Feature",
      "properties": {},
      "geometry": {
        "coordinates": [[10.002005, 50.0], [10.002, 50.001], [10.001002, 50.001]],
        "type": "LineString"
      }
    },
    {
      "type": "Feature",
      "properties": {"name": "Post office", "marker-color": "#7e7e7e"},
      "geometry": {"coordinates": [10.0003, 50.00005], "type": "Point"}
    },
    {
      "type": "Feature",
      "properties": {"name": "Haus 1", "slots": "2"},
      "geometry": {"coordinates": [10.0018, 50.0009], "type": "Point"}
    },
    {
      "type": "Feature",
      "properties": {"name": "Gate"},
      "geometry": {"coordinates": [10.0005, 50.0], "type": "Point"}
    },
    {
      "type": "Feature",
      "properties": {},
      "geometry": {
        "coordinates": [[[10.0013, 50.0003], [10.0015, 50.0003], [10.0015, 50.0004]]],
        "type": "Polygon"
      }
    }
  ]
}
"""
"""geojson.io: no ids that last, empty properties, `coordinates` first, texts for numbers."""

QGIS_ROADS = """{
"type": "FeatureCollection",
"name": "roads",
"crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:OGC:1.3:CRS84" } },
"features": [
{ "type": "Feature", "properties": { "fid": 1, "kind": null, "speed_mps": "1.5", "oneway": null }, \
"geometry": { "type": "MultiLineString", "coordinates": [ [ [ 10.0, 50.0, 0.0 ], \
[ 10.002, 50.0, 0.0 ] ] ] } },
{ "type": "Feature", "properties": { "fid": 2, "kind": "edge", "speed_mps": null, "oneway": "" }, \
"geometry": { "type": "MultiLineString", "coordinates": [ [ [ 10.002, 50.0 ], \
[ 10.002, 50.001 ] ], [ [ 10.002, 50.001 ], [ 10.001, 50.001 ] ] ] } }
]
}
"""
QGIS_STOPS = """{
"type": "FeatureCollection",
"name": "stops",
"crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:OGC:1.3:CRS84" } },
"features": [
{ "type": "Feature", "properties": { "fid": 1, "kind": "station", "name": "Post", "slots": 2.0 }, \
"geometry": { "type": "Point", "coordinates": [ 10.0003, 50.00005 ] } },
{ "type": "Feature", "properties": { "fid": 2, "kind": "Stop", "name": "Haus 1", "slots": null }, \
"geometry": { "type": "Point", "coordinates": [ 10.0018, 50.00095 ] } }
]
}
"""
"""QGIS: a file a layer, a `crs`, `fid`, null where nothing was filled in, lines in parts."""
