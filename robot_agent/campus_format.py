# SPDX-License-Identifier: Apache-2.0
"""The text side of a campus map: GeoJSON in, features with checked properties out.

Used by `robot_agent.campus` alone. What must hold: whatever is wrong with a feature is said with
the file, the line where the feature starts, its id and the reason, and one bad feature does not
hide the faults of the next.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

MAX_FILE_BYTES = 64_000_000
MAX_FEATURES = 200_000
MAX_FAULTS = 50
MAX_TEXT_CHARS = 512
FORMAT = "campus-map/1"
HALF_CHARACTER = r"not text: it holds half a character (an escape such as \ud800 alone)"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class CampusFault(Struct, frozen=True):
    """What is wrong with one feature: the number it has in the file, its line, its id."""

    index: int
    line: int
    id: str
    text: str


class CampusError(ValueError):
    """A campus map that cannot be used; `faults` holds one line for each thing wrong with it.

    `found` says the same in parts, where it is about features.
    """

    def __init__(self, faults: Sequence[str], found: Sequence[CampusFault] = ()) -> None:
        self.faults = tuple(faults)
        self.found = tuple(found)
        more = len(self.faults) - 1
        super().__init__(self.faults[0] + (f" (and {more} more faults)" if more else ""))


class FeatureError(Exception):
    """What is wrong with one feature, before it is known where that feature stands."""


class Feature(Struct):
    """One feature of the collection, with accessors that refuse what does not fit."""

    index: int
    id: str
    kind: str
    properties: dict[str, Any]
    geometry: dict[str, Any]

    def has(self, name: str) -> bool:
        return self.properties.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        value = self.properties.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value):
            raise FeatureError(f"{name} must be a text, not {_shown(value)}")
        if len(value) > MAX_TEXT_CHARS:
            raise FeatureError(f"{name} is longer than {MAX_TEXT_CHARS} characters")
        return value

    def reference(self, name: str) -> str:
        """An id, which a hand-drawn map may hold as a whole number."""
        value = self.properties.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise FeatureError(f"{name} is {_shown(value)}, not one of {', '.join(allowed)}")
        return value

    def truth(self, name: str, *, default: bool) -> bool:
        value = self.properties.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise FeatureError(f"{name} must be true or false, not {_shown(value)}")
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        value = self.properties.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FeatureError(f"{name} must be a number, not {_shown(value)}")
        if not low <= value <= high:
            raise FeatureError(f"{name} is {_shown(value)}, not within {low:g} and {high:g}")
        return float(value)

    def thousandths(self, name: str, low: float, high: float, default: float | None = None) -> int:
        """A number in metres, seconds or m/s as whole mm, ms or mm/s."""
        return round(self.number(name, low, high, default) * 1000)

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        value = self.number(name, low, high, default)
        if value != int(value):
            raise FeatureError(f"{name} is {value:g}, not a whole number")
        return int(value)

    def point(self) -> tuple[float, float]:
        """(latitude, longitude) in degrees."""
        return _position(self._coordinates("Point"))

    def line(self) -> list[tuple[float, float]]:
        return _positions(self._coordinates("LineString"), 2, "a line")

    def outline(self) -> list[tuple[float, float]]:
        """The outer ring of a polygon; holes say nothing about where a robot goes."""
        rings = self._coordinates("Polygon")
        if not isinstance(rings, list) or not rings:
            raise FeatureError("its polygon has no ring")
        return _positions(rings[0], 4, "a ring")

    def _coordinates(self, wanted: str) -> object:
        found = self.geometry.get("type")
        if found != wanted:
            raise FeatureError(f"a {self.kind} needs a {wanted}, not {_shown(found)}")
        return self.geometry.get("coordinates")


def decode_features(content: str | bytes, source: str) -> list[Feature]:
    """Every feature that has a kind and an id, in file order; raises CampusError."""
    text = _text(content, source)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CampusError([f"{source}:{error.lineno}: not JSON: {error.msg}"]) from None
    except (ValueError, RecursionError) as error:
        raise CampusError([f"{source}:1: not JSON that can be read: {error}"]) from None
    if holds_half_characters(text, document):
        raise CampusError([f"{source}:1: {HALF_CHARACTER}"])
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise CampusError([f"{source}:1: not a GeoJSON FeatureCollection"])
    raw_features = document.get("features")
    if not isinstance(raw_features, list):
        raise CampusError([f"{source}:1: the FeatureCollection has no list of features"])
    if len(raw_features) > MAX_FEATURES:
        count = f"{len(raw_features):,} features, more than {MAX_FEATURES:,}"
        raise CampusError([f"{source}:1: {count}"])
    features: list[Feature] = []
    faults = Faults(text, source)
    for index, raw in enumerate(raw_features):
        try:
            features.append(_feature(index, raw))
        except FeatureError as error:
            faults.add(index, _raw_id(raw), error)
    _refuse_duplicates(features, faults)
    faults.raise_if_any()
    return features


class Faults:
    """Collects what is wrong, feature by feature, up to MAX_FAULTS."""

    def __init__(self, content: str | bytes, source: str) -> None:
        self._text = _text(content, source)
        self._source = source
        self._found: list[tuple[int, str, str]] = []

    def add(self, index: int, feature_id: str, error: FeatureError | str) -> None:
        if len(self._found) < MAX_FAULTS:
            self._found.append((index, feature_id, str(error)))

    def raise_if_any(self) -> None:
        """Raises CampusError. Lines are looked up only here: a good map never pays for them."""
        if self._found:
            lines = feature_lines(self._text)
            found = [
                CampusFault(index, lines[index], feature_id, text)
                for index, feature_id, text in sorted(self._found)
            ]
            raise CampusError(
                [f"{self._source}:{one.line}: feature {one.id}: {one.text}" for one in found], found
            )


def _text(content: str | bytes, source: str) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise CampusError([f"{source}:1: larger than {MAX_FILE_BYTES // 1_000_000} MB"])
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CampusError([f"{source}:{line}: not UTF-8 text"]) from None


def _feature(index: int, raw: object) -> Feature:
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        raise FeatureError("not a GeoJSON Feature")
    properties, geometry = raw.get("properties"), raw.get("geometry")
    if not isinstance(properties, dict):
        raise FeatureError("has no properties")
    kind = properties.get("kind")
    if not isinstance(kind, str):
        raise FeatureError("has no kind")
    feature = Feature(
        index, _raw_id(raw), kind, properties, geometry if isinstance(geometry, dict) else {}
    )
    feature.id = feature.reference("id")
    return feature


def _refuse_duplicates(features: list[Feature], faults: Faults) -> None:
    first: dict[str, Feature] = {}
    for feature in features:
        other = first.setdefault(feature.id, feature)
        if other is not feature:
            faults.add(
                feature.index,
                feature.id,
                f"this id is taken by feature number {other.index + 1}, a {other.kind}",
            )


def _raw_id(raw: object) -> str:
    properties = raw.get("properties") if isinstance(raw, dict) else None
    found = properties.get("id") if isinstance(properties, dict) else None
    return _shown(found).strip('"') if found is not None else "without id"


def _position(raw: object) -> tuple[float, float]:
    if not isinstance(raw, list) or len(raw) < 2:
        raise FeatureError("a position needs longitude and latitude")
    for value in raw[:2]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FeatureError(f"coordinate {_shown(value)} is not a number")
    # Compared before the conversion: an int of a thousand digits does not fit a float.
    if not (-180 <= raw[0] <= 180 and -90 <= raw[1] <= 90):
        shown = f"{_shown(raw[0])}, {_shown(raw[1])}"
        raise FeatureError(f"coordinates {shown} are not a longitude and latitude in degrees")
    return float(raw[1]), float(raw[0])


def _positions(raw: object, least: int, what: str) -> list[tuple[float, float]]:
    if not isinstance(raw, list) or len(raw) < least:
        raise FeatureError(f"{what} needs at least {least} positions")
    return [_position(position) for position in raw]


def _shown(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def holds_half_characters(text: str, document: object) -> bool:
    r"""Whether JSON text has an escape such as \ud800 alone: no file can be written with it."""
    if not _SURROGATE.search(text):
        return False
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return True
    return False


def feature_lines(text: str) -> list[int]:
    """The line on which each feature starts, of a text that is known to be a FeatureCollection."""
    decoder = json.JSONDecoder()
    at = _skip(text, text.index("{") + 1)
    lines: list[int] = []
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if key != "features":
            at = _skip(text, decoder.raw_decode(text, at)[1])
            continue
        # A key given twice: the last one counts, as in json.loads.
        lines = []
        line, counted_to = 1, 0
        at = _skip(text, at + 1)
        while text[at] != "]":
            line += text.count("\n", counted_to, at)
            counted_to = at
            lines.append(line)
            at = _skip(text, decoder.raw_decode(text, at)[1])
        at = _skip(text, at + 1)
    return lines


def _skip(text: str, at: int) -> int:
    """The next position that is neither white space nor a comma or colon."""
    while text[at] in " \t\r\n,:":
        at += 1
    return at
