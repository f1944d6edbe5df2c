# SPDX-License-Identifier: Apache-2.0
"""A map file on the workbench: raw features that steps of mending change, each change noted.

What must hold: no step touches a feature without saying so, and features of foreign kinds are never
touched at all.
"""

import hashlib
import json
from typing import Any

import msgspec

from dispatcher.roads.editing.map_file import LatLon, MapFile, RawFeature, is_degree, of_kind
from dispatcher.roads.editing.map_properties import READ


class Change(msgspec.Struct, frozen=True):
    """One thing that was mended: on which feature, where it lies, on which line it was read."""

    id: str
    what: str
    lat: float | None
    lon: float | None
    line: int


class Draft:
    """The features of a file, free to be changed, and what has been changed so far."""

    def __init__(self, file: MapFile) -> None:
        # Parsed anew rather than copied: the file stays as it was read.
        self.features = MapFile.parse(file.text, file.source).features
        self._told: list[tuple[RawFeature, str]] = []
        self.names = {one.id for one in self.features if one.id} | {
            str(one.properties.get(end))
            for one in self.features
            for end in ("from", "to")
            if one.properties.get(end) is not None
        }

    def say(self, feature: RawFeature, what: str) -> None:
        self._told.append((feature, what))

    def changes(self) -> tuple[Change, ...]:
        """All that was said, under the ids that the features have in the end."""
        found: list[Change] = []
        for feature, what in self._told:
            lat, lon = feature.at or (None, None)
            name = feature.id or f"feature number {feature.index + 1}"
            found.append(Change(name, what, lat, lon, feature.line))
        return tuple(found)

    def of_kind(self, *kinds: str) -> list[RawFeature]:
        return of_kind(self.features, *kinds)

    def ours(self) -> list[RawFeature]:
        """What is of our kinds, or of none yet."""
        return [one for one in self.features if not one.kind or one.kind in READ]

    def free_name(self, wanted: str) -> str:
        """The name, or where it is taken the name with a number; taken from now on."""
        name, number = wanted, 2
        while name in self.names:
            name, number = f"{wanted}-{number}", number + 1
        self.names.add(name)
        return name


def name_of(kind: str, coordinates: Any) -> str:
    """An id that depends on nothing but the geometry, so that a second run gives the same."""
    digest = hashlib.sha256(json.dumps(coordinates, sort_keys=True).encode()).hexdigest()
    return f"{kind}-{digest[:8]}"


def line_of(feature: RawFeature) -> list[LatLon]:
    """The (latitude, longitude) of a good LineString; empty for anything else."""
    raw = feature.coordinates
    if feature.shape != "LineString" or not isinstance(raw, list) or len(raw) < 2:
        return []
    points = [position(one) for one in raw]
    return [one for one in points if one] if all(points) else []


def point_of(feature: RawFeature) -> LatLon | None:
    """The (latitude, longitude) of a good Point; None for anything else."""
    return position(feature.coordinates) if feature.shape == "Point" else None


def position(raw: Any) -> LatLon | None:
    """(latitude, longitude), or None where this is none."""
    if not isinstance(raw, list) or len(raw) < 2 or not all(map(is_degree, raw[:2])):
        return None
    return (float(raw[1]), float(raw[0])) if abs(raw[1]) <= 90 else None
