# SPDX-License-Identifier: Apache-2.0
"""Makes a campus map without roads from a CSV of places: id, kind, name, and where they are.

What must hold: the table is taken whole or not at all, and then what is wrong is named as
`FILE:LINE: column: what`. Positions are either all `lat`, `lon` (degrees, WGS 84) or all `x_m`,
`y_m` (metres east and north of anywhere); in metres and without an origin the middle of the places
is put where 0 degrees meet, and the map says so.
"""

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from dispatcher.roads.importers.campus_text import LatLon, campus_text, point_feature
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.site_locale import NO_ZONE, time_zone
from dispatcher.roads.planar.planar_graph import MAX_PLACES
from robot_agent.campus_features import DEFAULT_DETOUR_PCT, DEFAULT_PLANAR_MPS
from robot_agent.campus_format import FORMAT
from robot_agent.campus_frame import frame_at
from robot_agent.campus_model import ROLES

MAX_BYTES = 4_000_000
MAX_FAULTS = 20
MAX_FROM_MIDDLE_M = 50_000
MAX_ID_CHARS = 64
SITE_ID = "site"
DEGREES = ("lat", "lon")
METRES = ("x_m", "y_m")
LIMITS = {"lat": 90, "lon": 180, "x_m": 100_000_000, "y_m": 100_000_000}
SPELLINGS = {"latitude": "lat", "longitude": "lon", "lng": "lon", "x": "x_m", "y": "y_m"}
LEAST_SPEED_MPS, MOST_SPEED_MPS = 0.01, 20.0
LEAST_DETOUR_PCT, MOST_DETOUR_PCT = 100, 1_000


class PlacesOptions(Struct, frozen=True):
    """`detour_pct`: how long a way is, in per cent of the straight line. Empty: as found.

    `origin` is the (latitude, longitude) of x_m = y_m = 0.
    """

    speed_mps: float = DEFAULT_PLANAR_MPS
    detour_pct: int = DEFAULT_DETOUR_PCT
    timezone: str = ""
    site_id: str = ""
    origin: LatLon | None = None


class _Place(Struct, frozen=True):
    """A row; `at` is (lat, lon) in degrees or (x, y) in metres."""

    line: int
    id: str
    kind: str
    name: str
    slots: int
    at: tuple[float, float]


def import_places(path: Path, options: PlacesOptions | None = None) -> str:
    """The text of a campus map. Raises MapImportError, one line for each thing wrong."""
    options = options or PlacesOptions()
    _check_options(options)
    return places_map(_text(path), str(path), path.stem, options)


def places_map(text: str, source: str, name: str, options: PlacesOptions) -> str:
    """The text of a campus map from that of a table. Raises MapImportError."""
    axes, places = _read(text, source)
    site_id = options.site_id or SITE_ID
    for place in places:
        if place.id == site_id:
            raise MapImportError(f"{source}:{place.line}: id: {site_id!r} is the site's own")
    middle = _middle([place.at for place in places])
    note = "WGS 84"
    if axes == DEGREES:
        origin = middle
        positions = [place.at for place in places]
    else:
        origin = options.origin or (0.0, 0.0)
        east_m, north_m = (0.0, 0.0) if options.origin else (round(middle[0]), round(middle[1]))
        frame = frame_at(*origin)
        positions = [
            (
                origin[0] + (place.at[1] - north_m) * 1000 / frame.y_mm_per_deg,
                origin[1] + (place.at[0] - east_m) * 1000 / frame.x_mm_per_deg,
            )
            for place in places
        ]
        note = f"made up: x_m {east_m:g}, y_m {north_m:g} lies at {origin[0]:g}, {origin[1]:g}"
    _check_extent(origin, positions, places, source)
    located = axes == DEGREES or options.origin is not None
    try:
        zone = time_zone(options.timezone, *origin).value if located else options.timezone
    except ValueError as error:
        raise MapImportError(f"time zone: {error}") from None
    site = point_feature(
        "site",
        origin,
        id=site_id,
        format=FORMAT,
        name=name,
        roads="planar",
        speed_mps=options.speed_mps,
        detour_pct=options.detour_pct,
        timezone=zone or NO_ZONE,
        crs_note=note,
        source=Path(source).name,
    )
    features = [
        point_feature(place.kind, at, id=place.id, name=place.name, slots=place.slots)
        for place, at in zip(places, positions, strict=True)
    ]
    return campus_text([site, *features])


def _check_options(options: PlacesOptions) -> None:
    if not LEAST_SPEED_MPS <= options.speed_mps <= MOST_SPEED_MPS:
        raise MapImportError(
            f"a speed of {options.speed_mps:g} m/s is not within {LEAST_SPEED_MPS} and "
            f"{MOST_SPEED_MPS:g}"
        )
    if not LEAST_DETOUR_PCT <= options.detour_pct <= MOST_DETOUR_PCT:
        raise MapImportError(
            f"a detour of {options.detour_pct} per cent is not within {LEAST_DETOUR_PCT} "
            f"(straight) and {MOST_DETOUR_PCT}"
        )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MapImportError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise MapImportError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MapImportError(f"{path}:{line}: not UTF-8 text") from None


def _read(text: str, source: str) -> tuple[tuple[str, str], list[_Place]]:
    """Which two columns say where, and the places in the order of the table."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    faults: list[str] = []
    places: list[_Place] = []
    lines: dict[str, int] = {}
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [
            SPELLINGS.get(cell.strip().lower(), cell.strip().lower()) for cell in next(rows, [])
        ]
        axes = _axes(header, source)
        for cells in rows:
            if len(places) == MAX_PLACES:
                faults.append(f"{source}:{rows.line_num}: more than {MAX_PLACES:,} places")
            if len(faults) >= MAX_FAULTS or len(places) == MAX_PLACES:
                break
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                faults.append(
                    f"{source}:{rows.line_num}: {len(cells)} cells where the header has "
                    f"{len(header)}"
                )
                continue
            row = dict(zip(header, map(str.strip, cells), strict=True))
            place, wrong = _place(row, rows.line_num, axes)
            wrong += _taken(place.id, rows.line_num, lines)
            faults += [f"{source}:{rows.line_num}: {what}" for what in wrong]
            places.append(place)
    except csv.Error as error:
        raise MapImportError(f"{source}:{rows.line_num}: is no table: {error}") from None
    if not places and not faults:
        faults = [f"{source}:1: there is no place in the table"]
    if faults:
        raise MapImportError("\n".join(faults[:MAX_FAULTS]))
    return axes, places


def _axes(header: list[str], source: str) -> tuple[str, str]:
    missing = [name for name in ("id",) if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    found = [axes for axes in (DEGREES, METRES) if set(axes) <= set(header)]
    if missing or twice or len(found) != 1:
        why = (
            f"column {missing[0]} is missing"
            if missing
            else f"column {twice[0] or 'without a name'} is there twice"
            if twice
            else "needs either the columns lat and lon, or x_m and y_m"
        )
        raise MapImportError(f"{source}:1: {why}")
    return found[0]


def _place(row: Mapping[str, str], line: int, axes: tuple[str, str]) -> tuple[_Place, list[str]]:
    """The place of a row and what is wrong with it."""
    wrong: list[str] = []
    kind = row.get("kind", "").lower() or "stop"
    if kind not in ROLES:
        wrong.append(f"kind: {row['kind']!r} is not one of {', '.join(ROLES)}")
    if not 0 < len(row["id"]) <= MAX_ID_CHARS or "~" in row["id"]:
        wrong.append(f"id: {row['id'][:70]!r} is not 1 to {MAX_ID_CHARS} characters without ~")
    slots = row.get("slots", "") or "1"
    if not (slots.isascii() and slots.isdigit() and 1 <= int(slots[:9]) <= 10_000):
        wrong.append(f"slots: {slots[:70]!r} is not a whole number from 1 to 10,000")
        slots = "1"
    at: list[float] = []
    for axis in axes:
        try:
            value = float(row[axis])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            wrong.append(f"{axis}: {row[axis][:70]!r} is no number such as 12.5")
        elif abs(value) > LIMITS[axis]:
            wrong.append(f"{axis}: {value:g} is not within {LIMITS[axis]:,} either way")
        at.append(value)
    return _Place(line, row["id"], kind, row.get("name", ""), int(slots[:9]), (at[0], at[1])), wrong


def _taken(place_id: str, line: int, lines: dict[str, int]) -> list[str]:
    first = lines.setdefault(place_id, line)
    return [] if first == line else [f"id: {place_id[:70]!r} is taken by line {first}"]


def _middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    first, second = [point[0] for point in points], [point[1] for point in points]
    return (min(first) + max(first)) / 2, (min(second) + max(second)) / 2


def _check_extent(
    origin: LatLon, positions: list[LatLon], places: list[_Place], source: str
) -> None:
    frame = frame_at(*origin)
    far = [
        f"{source}:{place.line}: {place.id} is more than {MAX_FROM_MIDDLE_M // 1000} km from "
        "the origin"
        for place, at in zip(places, positions, strict=True)
        if max(map(abs, frame.to_mm(*at))) >= MAX_FROM_MIDDLE_M * 1000
    ]
    if far:
        raise MapImportError("\n".join(far[:MAX_FAULTS]))
