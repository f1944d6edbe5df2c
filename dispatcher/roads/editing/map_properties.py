# SPDX-License-Identifier: Apache-2.0
"""Which properties the features of a map may have, for tools that judge and mend them.

`maps/README.md` says what each means, the reader (`robot_agent.campus`) what values it takes; a
test compares this table with what the reader asks for.
"""

from difflib import get_close_matches

_COMMON = {"id": "id", "kind": "text"}
_LEVEL = {"level": "number"}
_HUNG = {"node": "id", "edge": "id", "offset_m": "number", "name": "text", "slots": "number"}
_PLACE = {
    **_HUNG,
    **dict.fromkeys(("dwell_s", "power_w"), "number"),
    "building": "id",
    **dict.fromkeys(("staffed", "shadow"), "truth"),
}

READ: dict[str, dict[str, str]] = {
    "site": {
        **dict.fromkeys(("format", "name", "revision", "timezone"), "text"),
        **dict.fromkeys(("attribution", "licence", "roads"), "text"),
        "left_hand": "truth",
        "speed_mps": "number",
        "detour_pct": "number",
    },
    "node": {
        "gate": "text",
        "wait_s": "number",
        "name": "text",
        "width_m": "number",
        "open_hours": "text",
        **_LEVEL,
    },
    "edge": {
        **dict.fromkeys(("from", "to"), "id"),
        **dict.fromkeys(("oneway", "class", "access", "passing", "passing_from"), "text"),
        **dict.fromkeys(("speed_mps", "width_m", "length_m", "incline_pct", "capacity"), "number"),
        "may_wait": "truth",
        "open_hours": "text",
        **_LEVEL,
    },
    **dict.fromkeys(("stop", "station", "charger", "parking"), _PLACE),
    "waiting": {**_HUNG, **dict.fromkeys(("at", "direction", "may_wait"), "text")},
    "building": {"name": "text", "use": "text", "stop": "id"},
    "zone": {
        **dict.fromkeys(("zone_kind", "hours", "from", "until"), "text"),
        "factor_pct": "number",
        **_LEVEL,
    },
}
"""What the reader looks at, by kind: the name of the property and what stands in it."""

KINDS = tuple(READ)
PLACE_KINDS = ("stop", "station", "charger", "parking")

UNREAD: dict[str, tuple[str, ...]] = {
    "site": ("source", "source_date", "crs_note", "invented", "dropped_ways", "dropped_by"),
    "node": ("gate_from", "name_en"),
    "edge": (
        *("covered", "highway", "incline_from", "island", "max_height_m", "name", "osm_id"),
        "surface",
    ),
    "zone": ("name",),
    **dict.fromkeys(PLACE_KINDS, ("name_en", "snap_m", "generated")),
    "building": ("name_en",),
}
"""Facts for people that maps of ours carry; nothing reads them, and they are no typing errors."""


def type_of(kind: str, name: str) -> str:
    """`text`, `number`, `truth` or `id`; empty for what the reader does not look at."""
    return _COMMON.get(name) or READ.get(kind, {}).get(name, "")


def meant_kind(kind: str) -> str:
    """The kind that was probably meant by an unknown one; empty where nothing is near."""
    lowered = kind.strip().lower()
    near = [lowered] if lowered in READ else get_close_matches(lowered, KINDS, n=1, cutoff=0.75)
    return near[0] if near else ""


def meant_property(kind: str, name: str) -> str:
    """The property that was probably meant by an unknown one; empty where nothing is near."""
    known = (*_COMMON, *READ[kind])
    if name in known or name in UNREAD.get(kind, ()):
        return ""
    lowered = name.strip().lower().replace("-", "_")
    if lowered in known:
        return lowered
    # Short names are near to each other by chance ("top" and "stop").
    close = get_close_matches(lowered, known, n=1, cutoff=0.8) if len(lowered) > 3 else []
    return close[0] if close else ""
