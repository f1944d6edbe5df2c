# SPDX-License-Identifier: Apache-2.0
"""The format of VRPLIB and CVRPLIB: a head of `KEY : value` lines, then sections of numbers.

What must hold: a section that is not understood is refused by name, since leaving it out would make
another problem of it. What the numbers mean is in `vrplib_problem`.
"""

import re
from typing import Final, NamedTuple

from dispatcher.planner.families.source import NODES_MAX, Line, Source

SECTIONS: Final = (
    "NODE_COORD_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DEMAND_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "RELEASE_TIME_SECTION",
    "VEHICLES_RELOAD_DEPOT_SECTION",
    "DEPOT_SECTION",
    "DISPLAY_DATA_SECTION",
)
KEYS: Final = (
    "NAME",
    "COMMENT",
    "TYPE",
    "DIMENSION",
    "VEHICLES",
    "CAPACITY",
    "SERVICE_TIME",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "EDGE_DATA_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
)
TELLING: Final = ("DIMENSION", "NODE_COORD_SECTION", "EDGE_WEIGHT_TYPE", "CAPACITY")
HEAD: Final = "head"
_KEY = re.compile(r"([A-Z][A-Z0-9_]*)\s*:?\s*(.*)", re.DOTALL)


class Entry(NamedTuple):
    """The value of a key, and where it stands."""

    line: Line
    value: str


class Content(NamedTuple):
    """What a file says: its head and its sections, each a row of lines."""

    source: Source
    head: dict[str, Entry]
    sections: dict[str, list[Line]]

    def amount(self, key: str, default: int | None = None) -> int:
        """A whole number of the head. Raises BadFamilyFile."""
        entry = self.head.get(key)
        if entry is None:
            if default is None:
                raise self.source.fault(None, HEAD, f"{key} is missing")
            return default
        return self.source.amount(entry.line, HEAD, key, entry.value)

    def word(self, key: str, default: str = "") -> str:
        """A word of the head, in capitals; empty where it is not there."""
        entry = self.head.get(key)
        return entry.value.upper() if entry else default

    def per_node(self, section: str, *fields: str) -> list[Line]:
        """The lines of a section that has one for each node, in the nodes' order."""
        count = self.amount("DIMENSION")
        lines = self.sections.get(section)
        if lines is None:
            raise self.source.fault(None, section, "the section is missing")
        found: list[Line | None] = [None] * count
        for line in lines:
            self.source.row(line, section, ("node", *fields))
            number = self.source.amount(line, section, "node", line.words[0])
            if not 1 <= number <= count:
                said = f"node {number}, but there are nodes 1 to {count}"
                raise self.source.fault(line, section, said)
            if found[number - 1] is not None:
                raise self.source.fault(line, section, f"node {number} is there twice")
            found[number - 1] = line
        rows = [line for line in found if line is not None]
        if len(rows) < count:
            said = f"node {found.index(None) + 1} is missing"
            raise self.source.fault(lines[-1] if lines else None, section, said)
        return rows


def is_vrplib(source: Source) -> bool:
    """Whether a file has a key or section that only this format has."""
    return any(line.words[0].rstrip(":") in TELLING for line in source.lines)


def content_of(source: Source) -> Content:
    """A file in its parts. Raises BadFamilyFile."""
    head: dict[str, Entry] = {}
    sections: dict[str, list[Line]] = {}
    section: list[Line] | None = None
    for line in source.lines:
        first = line.words[0].rstrip(":")
        if first == "EOF":
            break
        if first.endswith("_SECTION"):
            section = _opened(source, sections, line, first)
        elif first[:1].isalpha():
            section = None
            _keep(source, head, line)
        elif section is None:
            raise source.fault(line, HEAD, f"{line.words[0][:40]!r} where a key must be")
        else:
            section.append(line)
    content = Content(source, head, sections)
    count = content.amount("DIMENSION")
    if count > NODES_MAX:
        said = f"{count:,} nodes, the limit is {NODES_MAX:,}"
        raise source.fault(head["DIMENSION"].line, HEAD, said)
    if count < 2:  # the depot and somebody to go to
        raise source.fault(head["DIMENSION"].line, HEAD, f"DIMENSION is {count}: no customers")
    return content


def _opened(source: Source, sections: dict[str, list[Line]], line: Line, name: str) -> list[Line]:
    if name not in SECTIONS:
        raise source.fault(line, name, "this section is not supported")
    if name in sections:
        raise source.fault(line, name, "the section is there twice")
    return sections.setdefault(name, [])


def _keep(source: Source, head: dict[str, Entry], line: Line) -> None:
    match = _KEY.fullmatch(" ".join(line.words))
    key, value = match.groups() if match else ("", "")
    if key not in KEYS:
        shown = (key or line.words[0])[:40]
        raise source.fault(line, HEAD, f"{shown!r} is not a key that is supported")
    if key in head:
        raise source.fault(line, HEAD, f"{key} is there twice")
    head[key] = Entry(line, value)
