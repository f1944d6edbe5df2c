# SPDX-License-Identifier: Apache-2.0
"""Mends a map file that was drawn by hand: fills in what geojson.io and QGIS leave out.

What must hold: what is right is not touched, so that mending a mended or an imported map changes no
byte; every change is told; nothing is thrown away.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from dispatcher.roads.editing.draft import Change, Draft
from dispatcher.roads.editing.fix_geometry import mend_geometries
from dispatcher.roads.editing.fix_identity import give_ids, give_kinds, give_site, type_values
from dispatcher.roads.editing.fix_places import hang_places
from dispatcher.roads.editing.fix_roads import join_roads
from dispatcher.roads.editing.map_file import MapFile, MapFileError, RawFeature
from dispatcher.roads.editing.osm_words import take_over_tags
from dispatcher.roads.importers.campus_text import campus_text
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.waiting import waiting_features, without_generated
from robot_agent.campus import CampusError, parse_campus
from robot_agent.campus_features import MAX_LATITUDE_DEG
from robot_agent.campus_frame import frame_at


class FixOptions(msgspec.Struct, frozen=True):
    """`site_id` and `timezone` empty: as in the file, else made up; `waiting`: make places to wait
    where there are none, for robots of `profile`."""

    site_id: str = ""
    timezone: str = ""
    join_crossings: bool = False
    waiting: bool = False
    profile: RobotProfile = RobotProfile()


PLAIN = FixOptions()
MAX_ROUNDS = 20


class Fixed(msgspec.Struct, frozen=True):
    """The mended text; the very text that was read where `changes` is empty."""

    text: str
    changes: tuple[Change, ...]


def together(files: Sequence[MapFile]) -> MapFile:
    """Several files as one: QGIS writes a file a layer. Raises MapFileError."""
    if len(files) == 1:
        return files[0]
    raws = [feature.raw for file in files for feature in file.features]
    document = {"type": "FeatureCollection", "features": raws}
    names = "+".join(file.source for file in files)
    joined = MapFile.parse(msgspec.json.encode(document), names)
    lines = [feature.line for file in files for feature in file.features]
    for feature, line in zip(joined.features, lines, strict=True):
        feature.line = line
    return joined


def fix_map(file: MapFile, options: FixOptions = PLAIN) -> Fixed:
    """Raises MapFileError where the file cannot be worked on at all."""
    try:
        draft = Draft(file)
        _mend(draft, Path(file.source).stem, options)
        changes = draft.changes()
        if not changes:
            return Fixed(file.text, ())
        text = MapFile(file.source, "", {}, draft.features).canonical()
    except RecursionError:
        raise MapFileError(f"{file.source}:1: its values are nested too deeply") from None
    return Fixed(text, changes)


def _mend(draft: Draft, stem: str, options: FixOptions) -> None:
    mend_geometries(draft)
    give_kinds(draft)
    take_over_tags(draft)
    type_values(draft)
    give_site(draft, options.site_id, options.timezone, stem)
    give_ids(draft)
    sites = draft.of_kind("site")
    at = sites[0].at if sites else None
    if at is None or abs(at[0]) > MAX_LATITUDE_DEG:
        return
    frame = frame_at(*at)
    if sites[0].properties.get("roads") != "planar":
        for _ in range(MAX_ROUNDS):
            # A line that crosses itself is seen to do so once it is cut.
            done = len(draft.changes())
            join_roads(draft, frame, at_crossings=options.join_crossings)
            if len(draft.changes()) == done:
                break
        hang_places(draft, frame)
        if options.waiting:
            _renew_waiting(draft, options.profile)


def _renew_waiting(draft: Draft, profile: RobotProfile) -> None:
    """The generated waiting places as they are found today; those of people stay."""
    raws = [feature.raw for feature in draft.features]
    kept = without_generated(raws)
    kept_ids = {str(raw["properties"].get("id")) for raw in kept}
    old = {one.id: one for one in draft.features if one.id not in kept_ids}
    try:
        found = waiting_features(parse_campus(campus_text(kept), "map"), profile)
    except CampusError:
        return  # what is still wrong is told by the check that follows
    draft.features = [one for one in draft.features if one.id in kept_ids]
    for raw in found:
        feature = RawFeature(len(draft.features), 1, raw)
        known = old.pop(feature.id, None)
        if known is None or known.raw != raw:
            draft.say(feature, "a waiting place" if known is None else "a waiting place, renewed")
        draft.features.append(feature)
    for feature in old.values():
        draft.say(feature, "a generated waiting place that is none any more, taken out")
