# SPDX-License-Identifier: Apache-2.0
"""Reads OpenStreetMap XML as it streams by: extracts, Overpass answers, JOSM and change files.

What must hold: an error names the line; a document that declares anything (DOCTYPE, entities) is
refused before a single entity is resolved; elements marked as deleted are left out. Source: the
OpenStreetMap wiki on `OSM XML`, `OsmChange`, `JOSM file format`, and `Overpass API/Overpass QL`
for `out geom`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from dispatcher.roads.importers.osm.reading.collect import Collector, Unfit, checked_id
from dispatcher.roads.importers.osm.reading.data import MapImportError, OsmMember, Place, Tags

MAX_DEPTH = 12
MAX_IDLE_BYTES = 8_000_000  # without a new element: one endless tag, text or comment
MAX_PARTS = 50_000  # tags, nodes and members of one element
MAX_REMARK_CHARACTERS = 200
ROOTS = ("osm", "osmChange")
KINDS = frozenset({"node", "way", "relation"})
UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})

Attributes = dict[str, str]


def read_xml(path: Path, chunks: Iterable[bytes]) -> Collector:
    """Raises MapImportError."""
    reader = _XmlReader()
    try:
        for chunk in chunks:
            reader.feed(chunk)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise MapImportError(f"{path}:{error.lineno}: not whole XML: {what}") from None
    except Unfit as error:
        line = reader.parser.CurrentLineNumber
        raise MapImportError(f"{path}:{line}: not OpenStreetMap data: {error}") from None
    return reader.found


class _XmlReader:
    """`found` is what was read whole; what is being read stands in the underscored fields."""

    def __init__(self) -> None:
        self.found = Collector()
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = _only_utf_8
        self.parser.StartDoctypeDeclHandler = _no_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._idle_bytes = 0
        self._open: list[str] = []
        self._kind = ""
        self._own: Attributes = {}
        self._tags: Tags = {}
        self._refs: list[int] = []
        self._members: list[OsmMember] = []
        self._deleting = False
        self._remark = ""

    def feed(self, chunk: bytes) -> None:
        """Raises ExpatError and Unfit."""
        self._idle_bytes += len(chunk)
        self.parser.Parse(chunk, False)
        if self._idle_bytes > MAX_IDLE_BYTES:
            raise Unfit(f"{MAX_IDLE_BYTES // 1_000_000} MB without a new element")

    def _start(self, name: str, attributes: Attributes) -> None:
        self._idle_bytes = 0
        if not self._open and name not in ROOTS:
            raise Unfit(f"the file begins with <{name[:40]}>, not with <osm>")
        if len(self._open) == MAX_DEPTH:
            raise Unfit(f"elements in each other more than {MAX_DEPTH} deep")
        self._open.append(name)
        if self._kind:
            self._part(name, attributes)
        elif name in KINDS:
            self._kind, self._own = name, attributes
            self._tags, self._refs, self._members = {}, [], []
        elif name == "bounds":
            self.found.box(
                _place(attributes, name, "minlat", "minlon"),
                _place(attributes, name, "maxlat", "maxlon"),
            )
        elif name == "delete":
            self._deleting = True
        elif name == "remark":
            self.parser.CharacterDataHandler = self._remark_text

    def _part(self, name: str, attributes: Attributes) -> None:
        """Something inside a node, way or relation."""
        whose = f"{self._kind} {self._own.get('id', '?')[:20]}"
        if name in KINDS:
            raise Unfit(f"a {name} inside {whose}")
        if len(self._tags) + len(self._refs) + len(self._members) > MAX_PARTS:
            raise Unfit(f"{whose} has more than {MAX_PARTS:,} parts")
        if name == "tag":
            self._tags[_text(attributes, "k", f"a tag of {whose}")] = _text(
                attributes, "v", f"a tag of {whose}"
            )
        elif name == "nd" and self._kind == "way":
            ref = _id(attributes, "ref", f"a nd of {whose}")
            self._refs.append(ref)
            if "lat" in attributes and not self._gone():
                self.found.drawn_node(ref, _place(attributes, f"node {ref}"))
        elif name == "member" and self._kind == "relation":
            what = f"a member of {whose}"
            kind, ref = _text(attributes, "type", what), _id(attributes, "ref", what)
            self._members.append(OsmMember(kind, ref, attributes.get("role", "")))

    def _end(self, name: str) -> None:
        self._open.pop()
        if self._kind and name == self._kind:
            if self._gone():
                self.found.notes["deleted elements"] += 1
            else:
                self._keep()
            self._kind = ""
        elif name == "delete":
            self._deleting = False
        elif name == "remark":
            self.parser.CharacterDataHandler = None
            if "error" in self._remark:
                raise Unfit(f"the server broke off: {' '.join(self._remark.split())}")

    def _keep(self) -> None:
        key = _id(self._own, "id", f"a {self._kind}")
        version = _id(self._own, "version", f"{self._kind} {key}", "0")
        if self._kind == "node":
            self.found.node(key, _place(self._own, f"node {key}"), self._tags, version)
        elif self._kind == "way":
            self.found.way(key, tuple(self._refs), self._tags, version)
        else:
            self.found.relation(key, tuple(self._members), self._tags, version)

    def _gone(self) -> bool:
        own = self._own
        return self._deleting or own.get("action") == "delete" or own.get("visible") == "false"

    def _remark_text(self, text: str) -> None:
        self._remark = (self._remark + text)[:MAX_REMARK_CHARACTERS]


def _only_utf_8(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in UTF_8:
        raise Unfit(f"its encoding is {encoding[:40]}, not UTF-8")


def _no_doctype(name: str, *_: object) -> NoReturn:
    raise Unfit(f"it declares a DOCTYPE ({name[:40]}), which no extract needs")


def _text(attributes: Attributes, name: str, whose: str) -> str:
    if name not in attributes:
        raise Unfit(f"{whose} has no {name}")
    return attributes[name]


def _id(attributes: Attributes, name: str, whose: str, default: str | None = None) -> int:
    text = attributes.get(name, default)
    if text is None:
        raise Unfit(f"{whose} has no {name}")
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20):
        raise Unfit(f"{name} is '{text[:40]}' in {whose}, which is no whole number")
    return checked_id(int(text), f"{name} of {whose}")


def _place(attributes: Attributes, whose: str, lat: str = "lat", lon: str = "lon") -> Place:
    values: list[float] = []
    for name in (lat, lon):
        text = _text(attributes, name, whose)
        try:
            values.append(float(text))
        except ValueError:
            raise Unfit(f"{name} is '{text[:40]}' in {whose}, which is no number") from None
    return values[0], values[1]
