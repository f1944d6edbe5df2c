# SPDX-License-Identifier: Apache-2.0
"""Mends properties: kinds told by geometry, values in the type the reader takes, ids for all."""

import hashlib
import re
from typing import Any

from dispatcher.roads.editing.draft import Draft, name_of, position
from dispatcher.roads.editing.map_file import RawFeature, positions
from dispatcher.roads.editing.map_properties import READ, type_of
from robot_agent.campus_format import FORMAT

BY_SHAPE = {"LineString": "edge", "Polygon": "building", "Point": "stop"}
NO_KIND = "note"
"""For what no kind of ours can be: the reader counts it and goes on."""
SAYING = ("type", "role", "marker-symbol", "amenity", "name", "title")
Words = tuple[tuple[str, dict[str, str]], ...]
POINT_WORDS: Words = (
    (r"charger|charging|charging-station|ladestation", {"kind": "charger"}),
    (r"parking|car park|parkplatz", {"kind": "parking"}),
    (r"station|depot|hub|post office|parcel cent(re|er)|warehouse|mail ?room", {"kind": "station"}),
    (r"lift.gate", {"kind": "node", "gate": "lift_gate"}),
    (r"gate|barrier", {"kind": "node", "gate": "gate"}),
    (r"bollards?", {"kind": "node", "gate": "bollard"}),
)
AREA_WORDS: Words = (
    (r"closed|closure|construction", {"kind": "zone", "zone_kind": "closed"}),
    (r"no.stop", {"kind": "zone", "zone_kind": "no_stop"}),
    (r"crowded", {"kind": "zone", "zone_kind": "crowded"}),
    (r"slow|zone", {"kind": "zone", "zone_kind": "slow"}),
)
"""What a point or an area is, by the words with which somebody marked it."""
CHOICES = {
    *("gate", "oneway", "class", "access", "passing", "passing_from", "at", "direction"),
    *("may_wait", "zone_kind", "roads", "timezone"),
}
"""Texts that may not be empty where they are given."""
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
DECIMAL = re.compile(r"[+-]?\d{0,12}[.,]\d{1,12}")
POINTED_AT = ("site", "node", "stop", "station", "building")
"""Of these a copied id is left for a person to tell apart: somebody may point at one of the two."""


def give_kinds(draft: Draft) -> None:
    for feature in draft.features:
        given = feature.properties.get("kind")
        if isinstance(given, str) and given.strip():
            wanted = given.strip().lower()
            if given != wanted and wanted in READ:
                feature.properties["kind"] = wanted
                draft.say(feature, f"its kind written as {wanted}")
            continue
        facts, why = _facts_of(feature)
        for name, value in facts.items():
            _put_first(feature, name, feature.properties.get(name) or value)
        draft.say(feature, f"kind {feature.kind}, by its {why}")


def _facts_of(feature: RawFeature) -> tuple[dict[str, str], str]:
    """What it is, and what of it says so."""
    if not positions(feature.coordinates):
        return {"kind": NO_KIND}, "want of a geometry"
    words = {"Point": POINT_WORDS, "Polygon": AREA_WORDS}.get(feature.shape, ())
    for name in SAYING:
        text = feature.properties.get(name)
        for pattern, facts in words:
            if isinstance(text, str) and re.search(rf"\b({pattern})\b", text.lower()):
                return facts, f"{name} {text[:60]!r}"
    return {"kind": BY_SHAPE.get(feature.shape, NO_KIND)}, f"geometry, a {feature.shape}"


def type_values(draft: Draft) -> None:
    """Tables of editors hold texts and fractions where the format has numbers and ids."""
    for feature in draft.of_kind(*READ):
        for name, value in list(feature.properties.items()):
            kind = type_of(feature.kind, name)
            typed = _typed(name, kind, value)
            if typed is value:
                continue
            if typed is None:
                del feature.properties[name]
                draft.say(feature, f"its empty {name} taken out")
            else:
                feature.properties[name] = typed
                draft.say(feature, f"its {name} {value!r} made {typed!r}")


def _typed(name: str, kind: str, value: Any) -> Any:
    """The value as the reader takes it; itself where it is right or beyond help; None: drop it."""
    if isinstance(value, str) and kind and not value.strip():
        return None if kind != "text" or name in CHOICES else value
    if kind == "number" and isinstance(value, str):
        return _number(value.strip(), value)
    if kind == "truth" and isinstance(value, str | int) and not isinstance(value, bool):
        return TRUTHS.get(str(value).strip().lower(), value)
    if isinstance(value, bool):
        return value
    if kind == "id" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if kind == "text" and isinstance(value, int):
        return str(value) if abs(value) < 2**63 else value
    return value


def _number(text: str, otherwise: str) -> Any:
    if re.fullmatch(r"[+-]?\d{1,12}", text):
        return int(text)
    # Tables of some countries have a comma there.
    return float(text.replace(",", ".")) if DECIMAL.fullmatch(text) else otherwise


def give_site(draft: Draft, site_id: str, timezone: str, stem: str) -> None:
    """The site feature: found, completed, or put at the middle of the map."""
    sites = draft.of_kind("site")
    if not sites:
        _new_site(draft, site_id or re.sub(r"[^\w-]+", "-", stem).strip("-") or "site", timezone)
        return
    site = sites[0]
    wanted = {"format": site.properties.get("format") or FORMAT}
    if site_id:
        wanted["id"] = site_id
    if timezone:
        wanted["timezone"] = timezone
    for name, value in wanted.items():
        if site.properties.get(name) != value:
            site.properties[name] = value
            draft.say(site, f"its {name} set to {value}")
            draft.names.add(value)


def _new_site(draft: Draft, site_id: str, timezone: str) -> None:
    found = [at for one in draft.of_kind(*READ) for at in positions(one.coordinates)]
    if not found:
        return
    lats, lons = ([at[axis] for at in found] for axis in (0, 1))
    middle = [round((min(lons) + max(lons)) / 2, 7), round((min(lats) + max(lats)) / 2, 7)]
    if position(middle) is None:
        return
    properties = {"kind": "site", "id": draft.free_name(site_id), "format": FORMAT}
    properties["timezone"] = timezone or "UTC"
    geometry = {"type": "Point", "coordinates": middle}
    raw = {"type": "Feature", "properties": properties, "geometry": geometry}
    feature = RawFeature(len(draft.features), 1, raw)
    draft.features.append(feature)
    guess = "" if timezone else " (a guess: give --timezone)"
    draft.say(feature, f"the site itself, at the middle, time zone {properties['timezone']}{guess}")


def give_ids(draft: Draft) -> None:
    """Ids for all: the editor's own where it has one, else by the geometry; copies told apart."""
    seen: set[str] = set()
    for feature in draft.features:
        old = feature.id
        if old and old not in seen:
            seen.add(old)
            continue
        if old and feature.kind in POINTED_AT:
            continue  # somebody points at one of them: a person must say at which
        name = draft.free_name(_wanted_name(feature))
        seen.add(name)
        _put_first(feature, "id", name)
        if not old:
            draft.say(feature, "given this id")
            continue
        draft.say(feature, f"was a second {old}: given this id")
        if feature.kind == "edge":
            # QGIS copies all properties when a line is split: neither half need keep its ends.
            _forget_ends(draft, [feature, *(one for one in draft.of_kind("edge") if one.id == old)])


def _wanted_name(feature: RawFeature) -> str:
    kind, fid = feature.kind, feature.properties.get("fid")
    if feature.id:
        return feature.id
    if isinstance(fid, int) and not isinstance(fid, bool) and abs(fid) < 10**12:
        return f"{kind}-{fid}"
    given = feature.raw.get("id")
    if isinstance(given, str) and 0 < len(given) <= 100:
        return given
    if feature.coordinates is None:
        return f"{kind}-{hashlib.sha256(str(feature.index).encode()).hexdigest()[:8]}"
    return name_of(kind, feature.coordinates)


def _forget_ends(draft: Draft, edges: list[RawFeature]) -> None:
    for edge in edges:
        for end in ("from", "to", "length_m"):
            if edge.properties.pop(end, None) is not None and end != "length_m":
                draft.say(edge, f"its {end} forgotten: it is no longer the whole line")


def _put_first(feature: RawFeature, name: str, value: Any) -> None:
    """Sets a property so that it reads first, as in maps of ours."""
    rest = {key: old for key, old in feature.properties.items() if key != name}
    feature.raw["properties"] = {name: value, **rest}
