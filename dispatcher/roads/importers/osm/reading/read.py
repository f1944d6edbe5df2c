# SPDX-License-Identifier: Apache-2.0
"""Reads an OpenStreetMap extract: `.osm` or JSON, packed or not, or `.osm.pbf`.

What must hold: what kind of file it is is seen from its first bytes, not from its name; the same
extract gives the same data in each kind; a file is read in pieces, and one that cannot be read
whole is refused in one sentence.
"""

import bz2
import gzip
import os
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from dispatcher.roads.importers.datum import DATUMS, to_wgs84
from dispatcher.roads.importers.osm.reading.collect import Collector, Unfit, checked_place
from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    Clip,
    MapImportError,
    OsmData,
    OsmNode,
)
from dispatcher.roads.importers.osm.reading.extent import around_places, bounds_of
from dispatcher.roads.importers.osm.reading.json_reader import read_json
from dispatcher.roads.importers.osm.reading.pbf_reader import read_pbf
from dispatcher.roads.importers.osm.reading.xml_reader import read_xml

MAX_FILE_BYTES = 256_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
CHUNK_BYTES = 1 << 18
HEAD_BYTES = 32
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_ACROSS_DEG = 10

# What people give by mistake, by its first bytes.
OTHER_KINDS = {
    b"PK\x03\x04": "is a ZIP file: unpack it first",
    b"\xfd7zXZ": "is packed by xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "is packed by zstd: unpack it first",
    b"\xff\xe0": "is an o5m file: osmium cat makes an .osm.pbf of it",
}


def read_osm(path: Path, clip: Clip | None = None, datum: str = "wgs84") -> OsmData:
    """Everything in the file, in WGS84; with a `clip` only what reaches into it.

    Raises MapImportError; ModuleNotFoundError for a PBF where osmium is not installed.
    """
    if datum not in DATUMS:
        raise MapImportError(f"the datum is {datum!r}, not one of {', '.join(DATUMS)}")
    found = _read(path)
    try:
        sha256 = found.finish()
        _into_wgs84(found, datum)
        _across_date_line(found)
    except Unfit as error:
        raise MapImportError(f"{path}: {error}") from None
    if clip is not None:
        bounds = clip.bounds
        _cut(found, clip, path)
    else:
        bounds, note = bounds_of(found.boxes, found.nodes, found.ways, found.relations)
        if note:
            found.notes[note] = 1
    return OsmData(
        found.nodes, found.ways, found.relations, bounds, sha256, clip, found.notes, datum
    )


def _read(path: Path) -> Collector:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                most_mb = MAX_FILE_BYTES // 1_000_000
                raise MapImportError(f"{path}: larger than {most_mb} MB: cut the campus out first")
            head = file.read(HEAD_BYTES)
            file.seek(0)
            if b"OSMHeader" in head:
                return read_pbf(path)
            _check_head(head, path)
            chunks = _chunks(file, head, path)
            start = next(chunks, b"")
            if start.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"{"):
                return read_json(path, _content(start, chunks, path))
            return read_xml(path, chain((start,), chunks))
    except OSError as error:
        raise MapImportError(f"{path}: cannot be read: {error.strerror or error}") from None


def _check_head(head: bytes, path: Path) -> None:
    if not head:
        raise MapImportError(f"{path}: is empty")
    for start, what in OTHER_KINDS.items():
        if head.startswith(start):
            raise MapImportError(f"{path}: {what}")
    if path.suffix == ".pbf" and not head.lstrip().startswith(b"<"):
        raise MapImportError(f"{path}: not whole PBF: it does not begin with an OSMHeader")


def _chunks(file: BinaryIO, head: bytes, path: Path) -> Iterator[bytes]:
    """The unpacked content, never more than MAX_UNPACKED_BYTES of it."""
    source: BinaryIO = file
    if head.startswith(b"\x1f\x8b"):
        source = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
    elif head.startswith(b"BZh"):
        source = bz2.BZ2File(file)  # type: ignore[assignment]
    unpacked_bytes = 0
    while True:
        try:
            chunk = source.read(CHUNK_BYTES)
        except (EOFError, OSError, zlib.error) as error:
            where = f"after {unpacked_bytes:,} unpacked bytes"
            raise MapImportError(f"{path}: its packing is broken {where}: {error}") from None
        if not chunk:
            return
        unpacked_bytes += len(chunk)
        if unpacked_bytes > MAX_UNPACKED_BYTES:
            raise MapImportError(f"{path}: unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
        yield chunk


def _content(start: bytes, chunks: Iterator[bytes], path: Path) -> bytes:
    """JSON is read whole, so less of it is taken."""
    content = bytearray(start)
    for chunk in chunks:
        content += chunk
        if len(content) > MAX_FILE_BYTES:
            most_mb = MAX_FILE_BYTES // 1_000_000
            raise MapImportError(
                f"{path}: more than {most_mb} MB of JSON: cut the campus out first"
            )
    return bytes(content).removeprefix(BYTE_ORDER_MARK)


def _into_wgs84(found: Collector, datum: str) -> None:
    """Raises Unfit."""
    if datum == "wgs84":
        return
    for node_id, node in found.nodes.items():
        place = to_wgs84((node.lat_deg, node.lon_deg), datum)
        found.nodes[node_id] = OsmNode(*checked_place(place, f"node {node_id}"), node.tags)
    found.boxes = [
        around_places(
            checked_place(to_wgs84((lat, lon), datum), "bounds")
            for lat in (box.south_deg, box.north_deg)
            for lon in (box.west_deg, box.east_deg)
        )
        for box in found.boxes
    ]


def _across_date_line(found: Collector) -> None:
    """What lies on both sides of it is told in longitudes that run on beyond 180 degrees."""
    lons = [node.lon_deg for node in found.nodes.values()]
    if max(lons) - min(lons) <= 180:
        return
    onward = [lon + 360 if lon < 0 else lon for lon in lons]
    if max(onward) - min(onward) > MAX_ACROSS_DEG:
        return
    for (key, node), lon in zip(list(found.nodes.items()), onward, strict=True):
        found.nodes[key] = OsmNode(node.lat_deg, lon, node.tags)
    # A box about the whole earth is what a tool finds that knows no date line.
    found.boxes = [
        Bounds(box.south_deg, box.west_deg + turn, box.north_deg, box.east_deg + turn)
        for box in found.boxes
        if box.east_deg - box.west_deg <= 180
        for turn in ([360] if box.east_deg < 0 else [0])
    ]


def _cut(found: Collector, clip: Clip, path: Path) -> None:
    """Leaves ways that reach into the clip, whole, and lone nodes that lie in it."""
    inside = {key for key, node in found.nodes.items() if clip.holds(node.lat_deg, node.lon_deg)}
    if not inside:
        whole = around_places((node.lat_deg, node.lon_deg) for node in found.nodes.values())
        raise MapImportError(
            f"{path}: nothing of it lies in the clip {_said(clip.bounds)}; it covers {_said(whole)}"
        )
    kept = {key: way for key, way in found.ways.items() if not inside.isdisjoint(way.refs)}
    # Rings of a multipolygon are only whole together.
    for relation in found.relations.values():
        members = [member.ref for member in relation.members if member.kind == "way"]
        if relation.tags.get("type") == "multipolygon" and any(ref in kept for ref in members):
            kept |= {ref: found.ways[ref] for ref in members if ref in found.ways}
    needed = inside.union(*(way.refs for way in kept.values()))
    found.ways = kept
    found.nodes = {key: node for key, node in found.nodes.items() if key in needed}


def _said(bounds: Bounds) -> str:
    """As W,S,E,N."""
    sides = (bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg)
    return ",".join(f"{side:.5f}" for side in sides)
