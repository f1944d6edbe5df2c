# SPDX-License-Identifier: Apache-2.0
"""What `--clip` says: a box as W,S,E,N in degrees, or a GeoJSON file with a polygon.

What must hold: a clip has an inside on earth; it is in WGS84, whatever datum it was given in.
"""

import json
import math
from pathlib import Path
from typing import Any

import shapely

from dispatcher.roads.importers.datum import to_wgs84
from dispatcher.roads.importers.osm.reading.data import Bounds, Clip, MapImportError
from dispatcher.roads.valid_shape import valid_shape

MAX_CLIP_BYTES = 1_000_000
MAX_NESTING = 4


def read_clip(text: str, datum: str = "wgs84") -> Clip:
    """The clip that a box or the path of a GeoJSON file names. Raises MapImportError."""
    box = _numbers(text)
    if box is None:
        shape, what = _polygons(Path(text)), f"the clip {text}"
    elif len(box) != 4 or box[0] >= box[2] or box[1] >= box[3]:
        raise MapImportError(f"the clip {text} is no W,S,E,N in degrees with W < E and S < N")
    else:
        shape, what = shapely.box(*box), f"the clip {text}"
    west, south, east, north = shape.bounds
    if min(west, -east) < -180 or min(south, -north) < -90:
        raise MapImportError(f"{what} does not lie on earth: longitude comes first, in degrees")
    if datum != "wgs84":
        shape = shapely.transform(shape, lambda points: _moved(points, datum))
        west, south, east, north = shape.bounds
    return Clip(Bounds(south, west, north, east), shape)


def _numbers(text: str) -> list[float] | None:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def _moved(points: Any, datum: str) -> list[tuple[float, float]]:
    places = [to_wgs84((float(lat), float(lon)), datum) for lon, lat in points]
    return [(lon, lat) for lat, lon in places]


def _polygons(path: Path) -> shapely.Polygon | shapely.MultiPolygon:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CLIP_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise MapImportError(
            f"the clip {path} is no W,S,E,N and no file that can be read: {why}"
        ) from None
    if len(content) > MAX_CLIP_BYTES:
        raise MapImportError(f"{path}: larger than {MAX_CLIP_BYTES // 1_000_000} MB")
    try:
        shapes = _shapes(json.loads(content), MAX_NESTING)
        shape = shapely.union_all([valid_shape(one) for one in shapes])
    except (ValueError, TypeError, KeyError, RecursionError, shapely.errors.ShapelyError):
        raise MapImportError(f"{path}: not GeoJSON with a polygon") from None
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.area == 0:
        raise MapImportError(f"{path}: holds no polygon with an inside")
    return shape


def _shapes(thing: Any, depth: int) -> list[Any]:
    """The polygons of a geometry, a feature or a collection of features."""
    if not isinstance(thing, dict) or not depth:
        raise ValueError
    kind = thing.get("type")
    if kind == "FeatureCollection":
        return [shape for one in thing["features"] for shape in _shapes(one, depth - 1)]
    if kind == "Feature":
        return _shapes(thing["geometry"], depth - 1)
    if kind not in ("Polygon", "MultiPolygon"):
        return []
    return [shapely.from_geojson(json.dumps(thing))]
