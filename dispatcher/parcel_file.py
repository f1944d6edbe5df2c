# SPDX-License-Identifier: Apache-2.0
"""The parcels file: a day's parcels as CSV, for people, spreadsheets and scripts.

What must hold: a file is taken whole or not at all, and then every fault of it is named as
`FILE:LINE: column: what is wrong`. Times are either clock times of one day (`HH:MM:SS`; hours may
pass 24 for the small hours of the day after) or ISO 8601, in one file all the same way.
"""

import csv
import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple

COLUMNS = (
    "parcel",
    "announced",
    "at_station",
    "slot_from",
    "slot_until",
    "stop",
    "size",
    "mass_g",
    "recipient",
    "kind",
)
REQUIRED = ("parcel", "announced", "slot_until", "stop")
SIZES = ("S", "M", "L")
KINDS = ("delivery", "return")
PARCEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")

MAX_FILE_BYTES = 64_000_000
MAX_ROWS = 200_000
MAX_FAULTS_SHOWN = 20
MAX_MASS_G = 100_000
MASS_DIGITS_MAX = 20  # int() itself refuses very long ones
MAX_RECIPIENT_LENGTH = 120


class ParcelFileError(ValueError):
    """A parcels file that cannot be used; `faults` holds one line for each thing wrong."""

    def __init__(self, faults: list[str]) -> None:
        shown = faults[:MAX_FAULTS_SHOWN]
        if len(faults) > len(shown):
            shown.append(f"and {len(faults) - len(shown)} more faults")
        super().__init__("\n".join(shown))
        self.faults = faults


class Day(NamedTuple):
    """The day that clock times belong to, in the site's time zone."""

    date: date
    timezone: tzinfo = UTC

    def at_ms(self, clock_s: int) -> int:
        """The UTC epoch ms of a clock time, given in seconds after midnight (may pass 24 h)."""
        wall = datetime.combine(self.date, time()) + timedelta(seconds=clock_s)
        return round(wall.replace(tzinfo=self.timezone).timestamp() * 1000)

    def clock(self, at_ms: int) -> str:
        """`HH:MM:SS` after this day's midnight; hours pass 24 on the day after."""
        wall = datetime.fromtimestamp(at_ms / 1000, self.timezone).replace(tzinfo=None)
        seconds = round((wall - datetime.combine(self.date, time())).total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


NO_DAY = Day(date(2000, 1, 1))
"""For files of clock times that are only passed on, where the date does not matter."""


class ParcelRow(NamedTuple):
    """One parcel. Times are UTC epoch ms; `at_station_ms` is when it lies ready for loading."""

    parcel: str
    announced_ms: int
    at_station_ms: int
    slot_from_ms: int
    slot_until_ms: int
    stop: str
    size: str = "S"
    mass_g: int = 0
    recipient: str = ""
    kind: str = "delivery"


def write_parcels(path: Path, rows: Iterable[ParcelRow], day: Day) -> None:
    """Writes the rows with clock times of `day`. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            times = (row.announced_ms, row.at_station_ms, row.slot_from_ms, row.slot_until_ms)
            rest = (row.stop, row.size, row.mass_g, row.recipient, row.kind)
            writer.writerow((row.parcel, *map(day.clock, times), *rest))


def read_parcels(path: Path, day: Day, stops: Collection[str] | None = None) -> list[ParcelRow]:
    """The file's parcels in order of announcement; with `stops`, others are faults.

    Raises ParcelFileError, also where the file cannot be read.
    """
    text = _text_of(path)
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    faults: list[str] = []
    rows: list[ParcelRow] = []
    try:
        header = next(reader, [])
        _check_header(path, header)
        read = _RowReader(path, header, day, stops)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            row = read.row(reader.line_num, cells, faults)
            if row is not None:
                rows.append(row)
            if len(rows) > MAX_ROWS:
                raise ParcelFileError([f"{path}: more than {MAX_ROWS} parcels"])
    except csv.Error as error:
        faults.append(f"{path}:{reader.line_num}: is no CSV: {error}")
    if faults:
        raise ParcelFileError(faults)
    if not rows:
        raise ParcelFileError([f"{path}:2: there is no parcel in this file"])
    return sorted(rows, key=lambda row: (row.announced_ms, row.parcel))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ParcelFileError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(content) > MAX_FILE_BYTES:
        raise ParcelFileError([f"{path}: is larger than {MAX_FILE_BYTES} bytes"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ParcelFileError([f"{path}:{line}: is not UTF-8"]) from None


def _check_header(path: Path, header: list[str]) -> None:
    faults = [f"{path}:1: {name}: no such column" for name in header if name not in COLUMNS]
    faults += [
        f"{path}:1: {name}: the column is missing" for name in REQUIRED if name not in header
    ]
    faults += [
        f"{path}:1: {name}: the column is there twice" for name in COLUMNS if header.count(name) > 1
    ]
    if faults:
        raise ParcelFileError(faults)


class _Fault(ValueError):
    """What is wrong with one cell: its column and why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column}: {why}")


class _RowReader:
    """Reads rows one by one and remembers what must not come twice or change."""

    def __init__(
        self, path: Path, header: list[str], day: Day, stops: Collection[str] | None
    ) -> None:
        self.path = path
        self.header = header
        self.day = day
        self.stops = None if stops is None else frozenset(stops)
        self.line_of: dict[str, int] = {}
        self.clock_times: bool | None = None

    def row(self, line: int, cells: list[str], faults: list[str]) -> ParcelRow | None:
        """The parcel on this line, or None and its fault added."""
        try:
            return self._parse(line, self._cells(cells))
        except _Fault as fault:
            faults.append(f"{self.path}:{line}: {fault}")
            return None

    def _cells(self, cells: list[str]) -> dict[str, str]:
        if len(cells) != len(self.header):
            raise _Fault("row", f"has {len(cells)} cells where the header has {len(self.header)}")
        return dict(zip(self.header, (cell.strip() for cell in cells), strict=True))

    def _parse(self, line: int, cell: dict[str, str]) -> ParcelRow:
        parcel = cell["parcel"]
        if not PARCEL_ID.fullmatch(parcel):
            raise _Fault("parcel", f"{parcel!r} is no id (letters, digits, '._-', at most 64)")
        first = self.line_of.setdefault(parcel, line)
        if first != line:
            raise _Fault("parcel", f"{parcel!r} is already on line {first}")
        announced_ms = self._time("announced", cell["announced"])
        at_station_ms = self._time("at_station", cell.get("at_station", ""), announced_ms)
        slot_from_ms = self._time("slot_from", cell.get("slot_from", ""), announced_ms)
        slot_until_ms = self._time("slot_until", cell["slot_until"])
        if slot_until_ms < slot_from_ms:
            raise _Fault("slot_until", f"{cell['slot_until']} is before the slot begins")
        if slot_until_ms < announced_ms:
            raise _Fault("slot_until", f"{cell['slot_until']} is before the announcement")
        if self.stops is not None and cell["stop"] not in self.stops:
            raise _Fault("stop", f"the map has no stop {cell['stop']!r}")
        recipient = cell.get("recipient", "")
        if len(recipient) > MAX_RECIPIENT_LENGTH:
            raise _Fault("recipient", f"is longer than {MAX_RECIPIENT_LENGTH} characters")
        return ParcelRow(
            parcel,
            announced_ms,
            at_station_ms,
            slot_from_ms,
            slot_until_ms,
            cell["stop"],
            size=_one_of("size", cell.get("size", ""), SIZES),
            mass_g=_mass(cell.get("mass_g", "")),
            recipient=recipient,
            kind=_one_of("kind", cell.get("kind", ""), KINDS),
        )

    def _time(self, column: str, text: str, otherwise_ms: int | None = None) -> int:
        if not text and otherwise_ms is not None:
            return otherwise_ms
        clock = CLOCK.fullmatch(text)
        if self.clock_times is None:
            self.clock_times = clock is not None
        if clock is not None:
            if not self.clock_times:
                raise _Fault(column, f"{text} is a clock time in a file of ISO 8601 times")
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            return self.day.at_ms(hours * 3600 + minutes * 60 + seconds)
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self.day.timezone)
            at_ms = round(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            raise _Fault(column, f"{text!r} is no time (HH:MM:SS or ISO 8601)") from None
        if self.clock_times:
            raise _Fault(column, f"{text} is an ISO 8601 time in a file of clock times")
        return at_ms


def _one_of(column: str, text: str, choices: tuple[str, ...]) -> str:
    if not text:
        return choices[0]
    if text not in choices:
        raise _Fault(column, f"{text!r} is none of {', '.join(choices)}")
    return text


def _mass(text: str) -> int:
    if not text:
        return 0
    is_number = text.isascii() and text.isdigit() and len(text) < MASS_DIGITS_MAX
    if not is_number or int(text) > MAX_MASS_G:
        raise _Fault("mass_g", f"{text[:20]!r} is no whole number of grams from 0 to {MAX_MASS_G}")
    return int(text)
