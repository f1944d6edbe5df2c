# SPDX-License-Identifier: Apache-2.0
"""The fields of VDMA LIF 1.0, and a reader of JSON objects that names what is wrong by its path.

Used by `lif_read` alone. What must hold: a wrong value is a fault with path and id, and the reading
goes on with the next thing; a field that the table does not know is counted and left alone.
"""

import json
import math
from collections import Counter
from typing import Any

MAX_FAULTS = 20
MAX_TEXT_CHARS = 512
MAX_METRES = 100_000_000.0

# Per object of the format: the fields that are read, then those that Drover has no use for. Texts
# for people only, which say nothing about the roads, are not worth counting and so count as read.
READ: dict[str, tuple[str, ...]] = {
    "file": ("metaInformation", "layouts"),
    "metaInformation": ("projectIdentification", "creator", "exportTimestamp", "lifVersion"),
    "layout": (
        *("layoutId", "layoutName", "layoutVersion", "layoutLevelId", "layoutDescription"),
        *("nodes", "edges", "stations"),
    ),
    "node": (
        *("nodeId", "nodeName", "nodeDescription", "mapId", "nodePosition"),
        "vehicleTypeNodeProperties",
    ),
    "vehicleTypeNodeProperty": ("vehicleTypeId",),
    "nodePosition": ("x", "y"),
    "edge": (
        *("edgeId", "edgeName", "edgeDescription", "startNodeId", "endNodeId"),
        "vehicleTypeEdgeProperties",
    ),
    "vehicleTypeEdgeProperty": ("vehicleTypeId", "maxSpeed", "loadRestriction", "trajectory"),
    "loadRestriction": ("loaded", "unloaded"),
    "trajectory": ("degree", "knotVector", "controlPoints"),
    "controlPoint": ("x", "y", "weight"),
    "station": (
        *("stationId", "stationName", "stationDescription", "interactionNodeIds"),
        "stationPosition",
    ),
    "stationPosition": ("x", "y"),
}
UNUSED: dict[str, tuple[str, ...]] = {
    "vehicleTypeNodeProperty": ("theta", "actions"),
    "vehicleTypeEdgeProperty": (
        *("vehicleOrientation", "orientationType", "rotationAllowed", "actions"),
        *("rotationAtStartNodeAllowed", "rotationAtEndNodeAllowed", "maxRotationSpeed"),
        *("minHeight", "maxHeight", "reentryAllowed"),
    ),
    "loadRestriction": ("loadSetNames",),
    "station": ("stationHeight",),
    "stationPosition": ("theta",),
}

Object = dict[str, Any]


class Fields:
    """Reads values out of objects; what is wrong gathers in `faults`."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.more = 0
        self.unknown: Counter[str] = Counter()
        self.unused: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()

    def fault(self, path: str, what: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(f"{path}: {what}")
        else:
            self.more += 1

    def record(self, value: object, kind: str, path: str) -> Object | None:
        """The value where it is an object, its fields looked over; else a fault."""
        if not isinstance(value, dict):
            self.fault(path, f"must be an object, not {shown(value)}")
            return None
        for name, held in value.items():
            if name in READ[kind]:
                continue
            if name in UNUSED.get(kind, ()):
                if held not in (None, []):
                    self.unused[name] += 1
            else:
                self.unknown[_writable(f"{kind}.{name}"[:MAX_TEXT_CHARS])] += 1
        return value

    def child(self, parent: Object, name: str, path: str) -> Object | None:
        """The object in a field that may be missing."""
        if parent.get(name) is None:
            return None
        return self.record(parent[name], name, _inside(path, name))

    def items(self, parent: Object, name: str, path: str) -> list[Any]:
        """The list in a field; one that is missing is empty."""
        value = parent.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(_inside(path, name), f"must be a list, not {shown(value)}")
            return []
        return value

    def id(self, parent: Object, name: str, path: str) -> str:
        """An id; whole numbers are taken as their text. Empty after a fault."""
        return self.id_of(parent.get(name), f"{path}.{name}")

    def id_of(self, value: object, path: str) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
            return str(value)
        if not isinstance(value, str) or not value.strip():
            self.fault(path, f"must be a text, not {shown(value)}")
            return ""
        if len(value) > MAX_TEXT_CHARS:
            self.fault(path, f"is longer than {MAX_TEXT_CHARS} characters")
            return ""
        if _writable(value) != value:
            self.fault(path, f"is no Unicode text: {shown(value)}")
            return ""
        return value

    def words(self, parent: Object, name: str) -> str:
        """A text for people: of another type it says nothing, too long it is cut."""
        value = parent.get(name)
        if value is not None and not isinstance(value, str):
            self.notes[f"{name} that is no text"] += 1
        return _writable(value.strip()[:MAX_TEXT_CHARS]) if isinstance(value, str) else ""

    def number(self, parent: Object, name: str, path: str, most: float) -> float:
        """A finite number, at most so far from 0; 0 after a fault."""
        return self.number_of(parent.get(name), f"{path}.{name}", most)

    def number_of(self, value: object, path: str, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(path, f"must be a number, not {shown(value)}")
            return 0.0
        # Compared before the conversion: an int of a thousand digits does not fit a float.
        if not -most <= value <= most:
            self.fault(path, f"is {shown(value)}, not within {-most:g} and {most:g}")
            return 0.0
        return float(value)

    def position(self, parent: Object, path: str) -> tuple[float, float]:
        """(x, y) in mm, not rounded."""
        x, y = (self.number(parent, axis, path, MAX_METRES) * 1000 for axis in ("x", "y"))
        return x, y


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _writable(text: str) -> str:
    """Without halves of a surrogate pair, which JSON can escape and no file can hold."""
    return text.encode("utf-8", "replace").decode()


def shown(value: object) -> str:
    """A wrong value for a sentence, short."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case float() if not math.isfinite(value):
            return str(value)
        case int() if abs(value) > 10**18:
            return "a number of many digits"
    text = json.dumps(value, ensure_ascii=False)
    short = text if len(text) <= 60 else text[:57] + "..."
    return short.encode("utf-8", "backslashreplace").decode()
