# SPDX-License-Identifier: Apache-2.0
"""A map file as it was drawn: raw GeoJSON features with their lines, for whoever edits or judges.

What must hold: nothing is lost that the format does not know (unknown properties, kinds and members
of a feature stay), and what is read here need not be a good map, only a list of features.
"""

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from dispatcher.roads.importers.campus_text import campus_text
from robot_agent.campus_format import (
    HALF_CHARACTER,
    MAX_FEATURES,
    MAX_FILE_BYTES,
    feature_lines,
    holds_half_characters,
)

LatLon = tuple[float, float]

GEOMETRIES = (
    *("Point", "MultiPoint", "LineString", "MultiLineString"),
    *("Polygon", "MultiPolygon", "GeometryCollection"),
)
# WGS 84 by the names that QGIS and others give it; anything else is metres or another ellipsoid.
WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "WGS84", "WGS 84")


class MapFileError(ValueError):
    """A file that is no list of features; one sentence with the file and the line."""


class RawFeature(msgspec.Struct):
    """One feature as it stands in the file; `raw` is the whole GeoJSON object."""

    index: int
    line: int
    raw: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        found = self.raw.get("properties")
        return found if isinstance(found, dict) else {}

    @property
    def kind(self) -> str:
        """Empty where it has none."""
        found = self.properties.get("kind")
        return found if isinstance(found, str) else ""

    @property
    def id(self) -> str:
        """Empty where it has none that can be read."""
        found = self.properties.get("id")
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        return found if isinstance(found, str) else ""

    @property
    def shape(self) -> str:
        """The type of its geometry; empty where it has none."""
        geometry = self.raw.get("geometry")
        found = geometry.get("type") if isinstance(geometry, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def coordinates(self) -> Any:
        geometry = self.raw.get("geometry")
        return geometry.get("coordinates") if isinstance(geometry, dict) else None

    @property
    def at(self) -> LatLon | None:
        """A point of it for people to look at: of a line its middle, of an area its first."""
        found = positions(self.coordinates)
        return found[len(found) // 2 if self.shape == "LineString" else 0] if found else None


class MapFile(msgspec.Struct, dict=True):
    """A whole file; `text` is what was read, `members` what it says besides its features."""

    source: str
    text: str
    members: dict[str, Any]
    features: list[RawFeature]

    @classmethod
    def read(cls, path: Path) -> "MapFile":
        """Raises MapFileError, also where the file cannot be read."""
        try:
            with path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise MapFileError(f"{path}: cannot be read: {error.strerror}") from None
        return cls.parse(content, str(path))

    @classmethod
    def parse(cls, content: bytes | str, source: str) -> "MapFile":
        """Raises MapFileError."""
        text = _text(content, source)
        document = _document(text, source)
        raws = document.pop("features", None)
        if not isinstance(raws, list):
            raise MapFileError(f"{source}:1: the FeatureCollection has no list of features")
        if not raws:
            raise MapFileError(f"{source}:1: the FeatureCollection is empty")
        if len(raws) > MAX_FEATURES:
            raise MapFileError(f"{source}:1: {len(raws):,} features, more than {MAX_FEATURES:,}")
        lines = feature_lines(text)
        features: list[RawFeature] = []
        for index, raw in enumerate(raws):
            if not isinstance(raw, dict) or raw.get("type") != "Feature":
                raise MapFileError(f"{source}:{lines[index]}: not a GeoJSON Feature")
            features.append(RawFeature(index, lines[index], raw))
        return cls(source, text, document, features)

    @cached_property
    def by_id(self) -> dict[str, RawFeature]:
        """The first feature of each id."""
        found: dict[str, RawFeature] = {}
        for feature in self.features:
            if feature.id:
                found.setdefault(feature.id, feature)
        return found

    @property
    def site(self) -> RawFeature | None:
        return next((one for one in self.features if one.kind == "site"), None)

    def of_kind(self, *kinds: str) -> list[RawFeature]:
        return of_kind(self.features, *kinds)

    def canonical(self) -> str:
        """As Drover writes it: one feature a line, sorted by id. Every id must be there."""
        return campus_text([feature.raw for feature in self.features])


def of_kind(features: Iterable[RawFeature], *kinds: str) -> list[RawFeature]:
    return [one for one in features if one.kind in kinds]


def positions(coordinates: Any) -> list[LatLon]:
    """Every (latitude, longitude) in coordinates of any shape; what is no position is left out."""
    found: list[LatLon] = []
    ahead = [coordinates]
    while ahead:
        part = ahead.pop()
        if not isinstance(part, list):
            continue
        if len(part) >= 2 and all(map(is_degree, part[:2])):
            found.append((float(part[1]), float(part[0])))
        else:
            ahead += part[::-1]
    return found


def is_degree(value: object) -> bool:
    """Whether it can be a longitude or a latitude at all; NaN cannot."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -180 <= value <= 180


def _text(content: bytes | str, source: str) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise MapFileError(f"{source}:1: larger than {MAX_FILE_BYTES // 1_000_000} MB")
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MapFileError(f"{source}:{line}: not UTF-8 text") from None


def _document(text: str, source: str) -> dict[str, Any]:
    if not text.strip():
        raise MapFileError(f"{source}:1: the file is empty")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise MapFileError(f"{source}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise MapFileError(f"{source}:1: not JSON that can be read: {error}") from None
    if holds_half_characters(text, document):
        raise MapFileError(f"{source}:1: {HALF_CHARACTER}")
    found = document.get("type") if isinstance(document, dict) else None
    if found != "FeatureCollection":
        raise MapFileError(f"{source}:1: {_not_a_collection(found)}")
    collection: dict[str, Any] = document
    crs = _crs_name(collection.get("crs"))
    if crs and not any(name in crs for name in WGS84_NAMES):
        raise MapFileError(
            f"{source}:1: its coordinates are in {crs[:80]}, not longitude and latitude; "
            "export it in EPSG:4326 (WGS 84)"
        )
    return collection


def _not_a_collection(found: object) -> str:
    wanted = "where a map is a GeoJSON FeatureCollection"
    if found == "Topology":
        return f"this is TopoJSON {wanted}; convert it (QGIS, mapshaper)"
    if found == "Feature":
        return f"this is one Feature alone {wanted}"
    if found in GEOMETRIES:
        return f"this is a bare {found} {wanted}"
    return "this is not a GeoJSON FeatureCollection"


def _crs_name(crs: object) -> str:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""
