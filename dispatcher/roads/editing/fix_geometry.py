# SPDX-License-Identifier: Apache-2.0
"""Mends geometries: parts become features, heights go, rings close, swapped degrees turn round."""

from typing import Any

from dispatcher.roads.editing.draft import Draft
from dispatcher.roads.editing.map_file import RawFeature, positions
from dispatcher.roads.faults.feature_faults import is_near

DEPTHS = {
    "Point": 0,
    "LineString": 1,
    "MultiPoint": 1,
    "Polygon": 2,
    "MultiLineString": 2,
    "MultiPolygon": 3,
}
SINGLE = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}


def mend_geometries(draft: Draft) -> None:
    for feature in draft.ours():
        if not isinstance(feature.raw.get("properties"), dict):
            feature.raw["properties"] = {}
        _cut_heights(draft, feature)
        _close_rings(draft, feature)
    for feature in draft.ours():
        _split_parts(draft, feature)
    _turn_round(draft)


def _cut_heights(draft: Draft, feature: RawFeature) -> None:
    geometry, depth = feature.raw.get("geometry"), DEPTHS.get(feature.shape)
    if not isinstance(geometry, dict) or depth is None:
        return
    flat = _flat(feature.coordinates, depth)
    if flat != feature.coordinates:
        geometry["coordinates"] = flat
        draft.say(feature, "heights taken out of its coordinates")


def _flat(raw: Any, depth: int) -> Any:
    if not isinstance(raw, list):
        return raw
    return raw[:2] if depth == 0 else [_flat(part, depth - 1) for part in raw]


def _close_rings(draft: Draft, feature: RawFeature) -> None:
    if feature.shape != "Polygon" or not isinstance(feature.coordinates, list):
        return
    for ring in feature.coordinates:
        if isinstance(ring, list) and len(ring) > 2 and ring[0] != ring[-1]:
            ring.append(ring[0])
            draft.say(feature, "its ring closed")


def _split_parts(draft: Draft, feature: RawFeature) -> None:
    """A MultiLineString of QGIS mostly holds one line; others become a feature a part."""
    single, parts = SINGLE.get(feature.shape), feature.coordinates
    if single is None or not isinstance(parts, list) or not parts:
        return
    feature.raw["geometry"] = {"type": single, "coordinates": parts[0]}
    if len(parts) == 1:
        draft.say(feature, f"its only part made a {single}")
        return
    for number, part in enumerate(parts[1:], 2):
        properties = dict(feature.properties)
        # A part is another thing: what names the whole stays with the first.
        for name in ("id", "fid", "from", "to", "length_m"):
            properties.pop(name, None)
        if feature.id:
            properties["id"] = draft.free_name(f"{feature.id}-{number}")
        geometry = {"type": single, "coordinates": part}
        raw = {"type": "Feature", "properties": properties, "geometry": geometry}
        draft.features.append(RawFeature(feature.index, feature.line, raw))
    for name in ("from", "to", "length_m"):
        feature.properties.pop(name, None)
    draft.say(feature, f"split into its {len(parts)} parts")


def _turn_round(draft: Draft) -> None:
    """Swaps latitude and longitude where only that makes sense."""
    sites = [one for one in draft.of_kind("site") if one.at]
    ours = [one for one in draft.ours() if one.at]
    if sites:
        site = sites[0].at
        swapped = [
            one
            for one in ours
            if one is not sites[0]
            and site
            and all(
                not is_near(at, site) and is_near(at[::-1], site)
                for at in positions(one.coordinates)
            )
        ]
    else:
        swapped = ours if _all_swapped([at for one in ours if (at := one.at)]) else []
    for feature in swapped:
        depth = DEPTHS.get(feature.shape)
        if depth is not None:
            feature.raw["geometry"]["coordinates"] = _swapped(feature.coordinates, depth)
            draft.say(feature, "its latitude and longitude were swapped; turned round")


def _all_swapped(found: list[tuple[float, float]]) -> bool:
    """No latitude is beyond 90 degrees; where all of a file are, it can only be the other way."""
    return bool(found) and all(abs(lat) > 90 and abs(lon) <= 90 for lat, lon in found)


def _swapped(raw: Any, depth: int) -> Any:
    if not isinstance(raw, list):
        return raw
    return raw[1::-1] if depth == 0 else [_swapped(part, depth - 1) for part in raw]
