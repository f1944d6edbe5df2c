# SPDX-License-Identifier: Apache-2.0
"""Imports a map of any kind that Drover reads: what it is is seen from its content.

What must hold: the name of a file says nothing; what cannot be read is refused in one sentence that
lists what can.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dispatcher.roads.importers.import_options import ImportOptions, unused_options
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.report import ImportResult
from robot_agent.campus import parse_campus
from robot_agent.campus_format import MAX_FILE_BYTES

CAMPUS_MAP = "campus map"
HEAD_BYTES = 4096
READABLE = (
    "OpenStreetMap extracts (.osm, .osm.gz, .osm.pbf, Overpass .json), campus maps (.geojson), "
    "VDMA LIF (.json) and CSV tables of places"
)
PACKED = (b"\x1f\x8b", b"BZh")
PLACES_OPTIONS = ("speed_mps", "detour_pct", "timezone", "site_id", "origin")
LATITUDES = ("lat", "latitude", "y", "y_m")


def import_any(path: Path, options: ImportOptions) -> ImportResult:
    """Reads a map and makes a campus map of it. Raises MapImportError.

    Also ModuleNotFoundError where a package is missing that this kind of file needs.
    """
    kind = kind_of(path)
    if kind == "OpenStreetMap":
        from dispatcher.roads.importers.osm.importing import import_osm

        others = ("origin", "rotation_deg", "vehicle_type", "speed_mps", "detour_pct")
        used = [name for name in options.__struct_fields__ if name not in others]
        return _noted(import_osm(path, options), options, used)
    if kind == "places":
        return _noted(_places(path, options), options, PLACES_OPTIONS)
    if kind == "LIF":
        from dispatcher.roads.importers.lif.importing import USED_OPTIONS, import_lif

        return _noted(import_lif(path, options), options, USED_OPTIONS)
    from dispatcher.roads.importers.campus_geojson import import_geojson

    return _noted(import_geojson(path), options, ())


def _noted(result: ImportResult, options: ImportOptions, used: Sequence[str]) -> ImportResult:
    """Says which options did nothing, so that nobody relies on them."""
    unused = unused_options(options, used)
    if unused:
        what = f"not used for {result.report.source_format}: {', '.join(unused)}"
        result.report.warnings.append(what)
    return result


def _places(path: Path, options: ImportOptions) -> ImportResult:
    from dispatcher.roads.importers.campus_geojson import report_of_campus
    from dispatcher.roads.importers.places_csv import PlacesOptions, import_places

    asked = PlacesOptions(**{name: getattr(options, name) for name in PLACES_OPTIONS})
    text = import_places(path, asked)
    report = report_of_campus(parse_campus(text, str(path)), path.name, "table of places")
    return ImportResult(text, report)


def kind_of(path: Path) -> str:
    """`OpenStreetMap`, CAMPUS_MAP, `LIF` or `places`. Raises MapImportError."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise MapImportError(f"{path}: cannot be read: {error.strerror}") from None
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"OSMHeader" in head[:32] or head.startswith(PACKED) or text.startswith(b"<"):
        return "OpenStreetMap"
    if text.startswith((b"{", b"[")):
        return _kind_of_json(path)
    if _is_table(text):
        return "places"
    what = "is empty" if not text else "is no map of a kind that is known"
    raise MapImportError(f"{path}: {what}; what can be read: {READABLE}")


def _kind_of_json(path: Path) -> str:
    document = _document(path)
    if isinstance(document, dict):
        if "layouts" in document or "metaInformation" in document:
            return "LIF"
        if document.get("type") == "FeatureCollection":
            return CAMPUS_MAP
        if isinstance(document.get("elements"), list):
            return "OpenStreetMap"
    raise MapImportError(f"{path}: is JSON but no map; what can be read: {READABLE}")


def _document(path: Path) -> Any:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise MapImportError(f"{path}: larger than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise MapImportError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise MapImportError(f"{path}:1: not JSON that can be read: {error}") from None


def _is_table(text: bytes) -> bool:
    first = text.splitlines()[0].decode("utf-8", "replace").lower() if text else ""
    columns = [one.strip(' "') for one in first.replace(";", ",").replace("\t", ",").split(",")]
    return len(columns) > 1 and any(name in columns for name in LATITUDES)
