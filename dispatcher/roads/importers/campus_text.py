# SPDX-License-Identifier: Apache-2.0
"""Writes campus maps: one feature a line, sorted by id, so that two revisions compare well."""

import json
from collections.abc import Sequence
from typing import Any

from robot_agent.campus_format import MAX_TEXT_CHARS
from robot_agent.campus_frame import near_degrees

Feature = dict[str, Any]
LatLon = tuple[float, float]

FOR_PEOPLE = ("name", "name_en", "surface")


def point_feature(kind: str, at: LatLon, /, **facts: object) -> Feature:
    return _feature(kind, "Point", _position(at), facts)


def line_feature(kind: str, line: Sequence[LatLon], **facts: object) -> Feature:
    return _feature(kind, "LineString", [_position(at) for at in line], facts)


def area_feature(kind: str, ring: Sequence[LatLon], **facts: object) -> Feature:
    return _feature(kind, "Polygon", [[_position(at) for at in ring]], facts)


def campus_text(features: Sequence[Feature]) -> str:
    """The whole collection as text."""
    ordered = sorted(features, key=lambda feature: str(feature["properties"]["id"]))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in ordered)
    return '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n"


def _feature(kind: str, shape: str, coordinates: object, facts: dict[str, object]) -> Feature:
    """Facts that say nothing (empty text, None) are left out, long texts for people are cut."""
    said = {key: value for key, value in facts.items() if value not in ("", None)}
    for key in FOR_PEOPLE:
        text = said.get(key)
        if isinstance(text, str) and len(text) > MAX_TEXT_CHARS:
            said[key] = text[: MAX_TEXT_CHARS - 1] + "…"
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"kind": kind, **said}, "geometry": geometry}


def _position(at: LatLon) -> list[float]:
    # RFC 7946: longitude first; seven digits are a centimetre, which is what the sources hold.
    return [round(near_degrees(at[1]), 7), round(at[0], 7)]
