# SPDX-License-Identifier: Apache-2.0
"""What is wrong with features one at a time: words, units, hours; and what the reader refuses.

Looks at the raw file, so that it has something to say of a map that does not read, too.
"""

import re
from itertools import pairwise
from typing import Any

import msgspec

from dispatcher.roads.editing.map_file import MapFile, RawFeature, positions
from dispatcher.roads.editing.map_properties import READ, meant_kind, meant_property
from dispatcher.roads.faults.fault_book import FaultBook
from robot_agent.campus import CampusError
from robot_agent.campus_features import MAX_FROM_ORIGIN_MM
from robot_agent.campus_format import CampusFault
from robot_agent.campus_frame import distance_mm, frame_at
from robot_agent.campus_hours import HoursError, parse_hours

LENGTH_RATIO_LOW, LENGTH_RATIO_HIGH = 0.8, 1.5
LENGTH_SLACK_M = 5


class _Range(msgspec.Struct, frozen=True):
    """Beyond these a value is probably in another unit, though the reader may take it."""

    low: float
    high: float
    above: str
    below: str = ""


RANGES = {
    "speed_mps": _Range(
        *(0.3, 7, "looks like km/h; give metres a second (5 km/h is 1.4)"),
        "is slower than a crawl; give metres a second",
    ),
    "width_m": _Range(0.2, 30, "looks like centimetres; give metres", "is narrower than a robot"),
    "wait_s": _Range(0, 600, "looks like milliseconds; give seconds"),
    "dwell_s": _Range(0, 3600, "looks like milliseconds; give seconds"),
    "incline_pct": _Range(-45, 45, "is steeper than a stair; give per cent, not per mille"),
    "max_height_m": _Range(1, 30, "looks like centimetres; give metres"),
}

ADVICE = (
    (r"this id is taken", "duplicate_id", "give one of them another id"),
    (r"its length is zero", "zero_length", "delete it, or draw its second point elsewhere"),
    (r"its line starts", "loose_end", "move the end onto the node, or let `map fix` snap it"),
    (r"hang on the roads by either", "not_hung", "`map fix` hangs it on the nearest edge"),
    (r"offset_m .* is not on edge", "bad_offset", "`map fix` measures it anew"),
    (r"is not there$", "no_such_feature", "`map fix` hangs it anew, or correct the id"),
    (r"its stop .* is not a stop", "no_such_feature", "name a stop or a station, or none"),
    (r"km from the site's origin", "too_far_away", "see its coordinates and those of the site"),
    (r"m from where it hangs", "too_far_away", "`map fix` hangs it on the nearest edge"),
    (
        r"not a longitude and lat",
        "unreadable",
        "if swapped, `map fix` turns them round",
    ),
    (r"has no (kind|properties)", "unreadable", "`map fix` tells the kind by the geometry"),
    (r"^id must be", "unreadable", "`map fix` gives it one"),
    (r"(from|to) must be", "unreadable", "`map fix` finds the nodes at its ends"),
    (r'must be .*, not "', "unreadable", "`map fix` turns texts into numbers where that is plain"),
)
"""What the reader says, the code that stands for it, and what to do."""


def note_features(book: FaultBook) -> None:
    """Notes what is suspicious about each feature on its own; after the reader's refusal."""
    for feature in book.file.features:
        if not feature.kind:
            continue
        if feature.kind not in READ:
            near = meant_kind(feature.kind)
            if near:
                what = f"its kind {feature.kind!r} is not known and skipped; did you mean {near}?"
                book.add("unknown_kind", what, feature)
            continue
        _note_names(book, feature)
        if not book.has("wrong_unit", feature):
            _note_units(book, feature)
        _note_hours(book, feature)
    _note_lonely_nodes(book)


def note_refusal(book: FaultBook, error: CampusError) -> None:
    """Notes everything for which the reader refused the file."""
    for fault in error.found:
        _note_refused(book, fault)
    if not error.found:
        for text in error.faults:
            book.add("unreadable", text.removeprefix(f"{book.file.source}:1: "))


def _note_refused(book: FaultBook, fault: CampusFault) -> None:
    feature = book.file.features[fault.index]
    code, advice = "unreadable", ""
    for pattern, its_code, its_advice in ADVICE:
        if re.search(pattern, fault.text):
            code, advice = its_code, its_advice
            break
    if _is_swapped_site(book.file):
        advice = "latitude and longitude of the site look swapped; GeoJSON has longitude first"
    elif _is_swapped(book.file, feature):
        advice = "latitude and longitude look swapped; `map fix` turns them round"
    unit = RANGES.get(fault.text.partition(" ")[0])
    if unit and "not within" in fault.text:
        code, advice = "wrong_unit", unit.above
    book.add(code, f"{fault.text}; {advice}" if advice else fault.text, feature)


def _note_names(book: FaultBook, feature: RawFeature) -> None:
    for name in feature.properties:
        near = meant_property(feature.kind, name)
        if near and feature.properties.get(near) is None:
            what = f"its property {name!r} is not known and skipped; did you mean {near}?"
            book.add("unknown_property", what, feature)


def _note_units(book: FaultBook, feature: RawFeature) -> None:
    for name, unit in RANGES.items():
        value = number_of(feature, name)
        if value is None or value == 0:
            continue
        if value > unit.high or value < min(unit.low, 0):
            book.add("unit", f"{name} is {value:g}, which {unit.above}", feature)
        elif value < unit.low:
            book.add("unit", f"{name} is {value:g}, which {unit.below}", feature)
    if feature.kind == "edge":
        _note_length(book, feature)


def _note_length(book: FaultBook, feature: RawFeature) -> None:
    given_m, drawn_m = number_of(feature, "length_m"), drawn_length_m(feature)
    if given_m is None or not drawn_m or abs(given_m - drawn_m) < LENGTH_SLACK_M:
        return
    ratio = given_m / drawn_m
    if LENGTH_RATIO_LOW <= ratio <= LENGTH_RATIO_HIGH:
        return
    units = {1000: "millimetres", 100: "centimetres", 0.001: "kilometres", 3.28: "feet"}
    near = [unit for factor, unit in units.items() if 0.9 <= ratio / factor <= 1.1]
    advice = f"it looks like {near[0]}; give metres" if near else "leave it out, or measure again"
    what = f"length_m is {given_m:g}, but its line is {drawn_m:.1f} m long; {advice}"
    book.add("unit", what, feature)


def _note_hours(book: FaultBook, feature: RawFeature) -> None:
    for name in ("open_hours", "hours"):
        text = feature.properties.get(name)
        if name not in READ[feature.kind] or not isinstance(text, str) or not text:
            continue
        try:
            never = not parse_hours(text).spans
        except HoursError:
            continue  # the reader says so
        if never:
            then = "holds" if name == "hours" else "is open"
            what = f"with {name} {text!r} it never {then}; correct the hours or leave them out"
            book.add("never_open", what, feature)


def _note_lonely_nodes(book: FaultBook) -> None:
    """A gate drawn beside the roads, or on a line that does not know it, holds nobody up."""
    named = {
        str(one.properties.get(name))
        for one in book.file.features
        for name in ("from", "to", "node")
        if one.properties.get(name) is not None
    }
    for node in book.file.of_kind("node"):
        if node.id and node.id not in named:
            what = "no edge ends at this node; `map fix` cuts the edge that it is drawn on"
            book.add("lonely_node", what, node)


def number_of(feature: RawFeature, name: str) -> float | None:
    """A property where it is a number that a float can hold; else None."""
    value: Any = feature.properties.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1e15 < value < 1e15 else None


def drawn_length_m(feature: RawFeature) -> float:
    """How long its line is on the ground, whatever it says itself."""
    line = positions(feature.coordinates)
    if len(line) < 2 or abs(line[0][0]) > 89:
        return 0.0
    frame = frame_at(*line[0])
    return sum(distance_mm(a, b) for a, b in pairwise(frame.to_mm(*at) for at in line)) / 1000


def is_near(at: tuple[float, float], site: tuple[float, float]) -> bool:
    """Whether a point can belong to a site at all."""
    if abs(site[0]) > 85:
        return False
    x_mm, y_mm = frame_at(*site).to_mm(*at)
    return max(abs(x_mm), abs(y_mm)) <= MAX_FROM_ORIGIN_MM


def _is_swapped(file: MapFile, feature: RawFeature) -> bool:
    site = file.site.at if file.site else None
    if site is None or feature.kind == "site" or feature.at is None:
        return False
    return not is_near(feature.at, site) and is_near(feature.at[::-1], site)


def _is_swapped_site(file: MapFile) -> bool:
    """All but the site agree on where the campus is."""
    site = file.site.at if file.site else None
    others = [one.at for one in file.features if one.kind != "site" and one.at]
    return (
        site is not None
        and bool(others)
        and all(not is_near(at, site) and is_near(at, site[::-1]) for at in others[:20])
    )
