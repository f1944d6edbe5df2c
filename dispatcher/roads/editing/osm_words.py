# SPDX-License-Identifier: Apache-2.0
"""Takes over what is drawn with the words of OpenStreetMap: tags on lines copied from JOSM or QGIS.

What must hold: what already has the property of ours keeps it, so that a map that an importer made
is left alone; a tag stays beside what is made of it.
"""

from typing import Any

from dispatcher.roads.editing.draft import Draft
from dispatcher.roads.editing.map_file import RawFeature
from dispatcher.roads.importers.osm.rules.values import metres, speed_mm_s
from dispatcher.roads.importers.osm.rules.ways import ROAD_CLASS
from robot_agent.campus_model import ACCESSES, CLASS_SPEED_MPS, ONEWAYS

ONEWAY = {
    **dict.fromkeys(("yes", "true", "1"), "forward"),
    **dict.fromkeys(("-1", "reverse"), "backward"),
    **dict.fromkeys(("false", "0"), "no"),
}
OPEN_WORDS = ("yes", "permissive", "designated", "public", "destination", "customers", "delivery")
ACCESS = {
    **dict.fromkeys(OPEN_WORDS, "open"),
    **dict.fromkeys(("no", "private", "forestry", "agricultural", "military"), "closed"),
}
MAIN_ROADS = ("primary", "secondary", "tertiary")
DEFAULT_CLASS = "shared"


def take_over_tags(draft: Draft) -> None:
    """Says each; a word that nobody knows stays for the check to tell."""
    for feature in draft.of_kind("edge"):
        _take_over_way(draft, feature)
    for feature in draft.of_kind("edge", "node"):
        width_m = metres(_word(feature, "width"))
        if width_m and feature.properties.get("width_m") is None:
            _put(draft, feature, "width_m", width_m, "width")
    for feature in draft.of_kind("waiting"):
        words = {"true": "yes", "1": "yes", "no": "proposed", "false": "proposed", "0": "proposed"}
        _translate(draft, feature, "may_wait", words)


def _take_over_way(draft: Draft, feature: RawFeature) -> None:
    found = feature.properties
    if _word(feature, "oneway") not in ONEWAYS:
        _translate(draft, feature, "oneway", ONEWAY)
    highway = _word(feature, "highway")
    if _word(feature, "access") not in ACCESSES:
        on_foot = ACCESS.get(_word(feature, "foot"))
        # The most specific key decides: a private road may be open on foot.
        words = dict.fromkeys(ACCESS, "open") if on_foot == "open" else ACCESS
        _translate(draft, feature, "access", words)
    if highway == "steps" and found.get("access") is None:
        _put(draft, feature, "access", "closed", "highway")
    road_class = "road" if highway in MAIN_ROADS else ROAD_CLASS.get(highway)
    if road_class and found.get("class") is None:
        _put(draft, feature, "class", road_class, "highway")
    limit_mps = speed_mm_s(_word(feature, "maxspeed")) / 1000
    own_mps = CLASS_SPEED_MPS.get(str(found.get("class") or DEFAULT_CLASS), 0)
    # A limit above what a robot drives on such a way says nothing.
    if 0 < limit_mps < own_mps and found.get("speed_mps") is None:
        _put(draft, feature, "speed_mps", limit_mps, "maxspeed")


def _word(feature: RawFeature, name: str) -> str:
    """A value as a mapper's word; tables hold numbers and truths where tags are texts."""
    value = feature.properties.get(name)
    return str(value).strip().lower() if isinstance(value, str | int | float) else ""


def _translate(draft: Draft, feature: RawFeature, name: str, words: dict[str, str]) -> None:
    wanted, value = words.get(_word(feature, name)), feature.properties.get(name)
    if wanted and value != wanted:
        feature.properties[name] = wanted
        draft.say(feature, f"its {name} {value!r} made {wanted!r}")


def _put(draft: Draft, feature: RawFeature, name: str, value: Any, source: str) -> None:
    feature.properties[name] = value
    draft.say(feature, f"its {name} {value!r}, by its {source} {feature.properties[source]!r}")
