# SPDX-License-Identifier: Apache-2.0
"""How a change of a fact is said to people: the property as the file names it, with its unit.

What must hold: every fact of the model of a campus has words, in the terms of `maps/README.md`.
"""

import datetime as dt

UNITS = (
    ("_mm_s", "_mps", 1000, "m/s"),
    ("_mm", "_m", 1000, "m"),
    ("_permille", "_pct", 10, "%"),
)
SECONDS = ("wait_ms", "dwell_ms")
NAMES = {
    "road_class": "class",
    "from_node": "from",
    "to_node": "to",
    "confirmed": "may_wait",
    "planar": "roads",
    "from_ms": "from",
    "until_ms": "until",
}
PLAIN_UNITS = {"power_w": "W", "detour_pct": "%", "factor_pct": "%", "line": "m", "outline": "m"}


def said_change(fact: str, old: object, new: object) -> str:
    """`speed_mps 2.5 m/s, now 1 m/s`."""
    if fact in ("line", "outline"):
        return f"redrawn: its {fact} was {_said(fact, old)} long and is {_said(fact, new)}"
    return f"{property_of(fact)} was {_said(fact, old)} and is {_said(fact, new)}"


def property_of(fact: str) -> str:
    """The property in the file from which a fact comes."""
    if fact in NAMES:
        return NAMES[fact]
    if fact in SECONDS:
        return fact.replace("_ms", "_s")
    for ending, written, _, _ in UNITS:
        if fact.endswith(ending):
            return fact.removesuffix(ending) + written
    return fact


def _said(fact: str, value: object) -> str:
    if value in ("", None) or (fact in ("from_ms", "until_ms", "width_mm") and not value):
        return "not given"
    if fact == "planar":
        return "planar" if value else "net"
    if fact == "confirmed":
        return "yes" if value else "proposed"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if fact in ("from_ms", "until_ms"):
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC).isoformat(" ")
    if fact in SECONDS:
        return f"{value / 1000:g} s"
    for ending, _, factor, unit in UNITS:
        if fact.endswith(ending):
            return f"{round(value / factor, 3):g} {unit}"
    unit = PLAIN_UNITS.get(fact, "")
    number = f"{round(value, 2):g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}".strip()
