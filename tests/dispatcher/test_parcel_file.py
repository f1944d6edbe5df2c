# SPDX-License-Identifier: Apache-2.0
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatcher.parcel_file import NO_DAY, Day, ParcelFileError, read_parcels, write_parcels

HEADER = "parcel,announced,at_station,slot_from,slot_until,stop,size,mass_g,recipient,kind"
GOOD = "p1,08:00:00,08:05:00,08:00:00,08:40:00,oak,S,900,anna,delivery"
BERLIN = ZoneInfo("Europe/Berlin")
STOPS = ("oak", "elm")


def faults_of(folder: Path, *lines: str, header: str = HEADER) -> list[str]:
    """The faults of such a file, the file's own name left out."""
    path = folder / "parcels.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    with pytest.raises(ParcelFileError) as caught:
        read_parcels(path, NO_DAY, STOPS)
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (GOOD.replace("oak", "moon"), "3: stop: the map has no stop 'moon'"),
        (GOOD.replace("08:05:00", "8 o'clock"), '3: at_station: "8 o\'clock" is no time'),
        (GOOD.replace("08:40:00", "07:59:59"), "3: slot_until: 07:59:59 is before the slot"),
        (GOOD.replace(",S,", ",XL,"), "3: size: 'XL' is none of S, M, L"),
        (GOOD.replace("900", "-3"), "3: mass_g: '-3' is no whole number of grams"),
        (GOOD.replace("delivery", "transfer"), "3: kind: 'transfer' is none of"),
        (GOOD.replace("p1", "p 1"), "3: parcel: 'p 1' is no id"),
        (GOOD.replace("p1", "p0"), "3: parcel: 'p0' is already on line 2"),
        (GOOD + ",more", "3: row: has 11 cells where the header has 10"),
        (
            GOOD.replace("08:05:00", "2026-09-01T08:05:00"),
            "3: at_station: 2026-09-01T08:05:00 is an ISO 8601 time in a file of clock times",
        ),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(tmp_path: Path, row: str, fault: str) -> None:
    (found,) = faults_of(tmp_path, GOOD.replace("p1", "p0"), row)
    assert found.startswith(fault)


def test_every_bad_row_is_named_in_one_pass(tmp_path: Path) -> None:
    rows = [
        GOOD.replace("p1", "p0").replace("oak", "moon"),
        GOOD,
        GOOD.replace("p1", "p2").replace(",S,", ",Q,"),
    ]
    assert [fault.split(":")[0] for fault in faults_of(tmp_path, *rows)] == ["2", "4"]


def test_a_column_that_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    assert faults_of(tmp_path, GOOD, header=HEADER.replace("stop,", "halt,")) == [
        "1: halt: no such column",
        "1: stop: the column is missing",
    ]


def test_a_file_without_parcels_or_no_file_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == ["2: there is no parcel in this file"]
    with pytest.raises(ParcelFileError, match="cannot be read: No such file"):
        read_parcels(tmp_path / "nowhere.csv", NO_DAY)


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_bytes(HEADER.encode() + b"\n\xff\xfe\n")
    with pytest.raises(ParcelFileError, match=r"parcels\.csv:2: is not UTF-8"):
        read_parcels(path, NO_DAY)


def test_hours_past_24_are_the_small_hours_of_the_next_day(tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_text("parcel,announced,slot_until,stop\np1,23:50,24:10:30,oak\n", encoding="utf-8")
    day = Day(date(2026, 9, 1), BERLIN)
    (row,) = read_parcels(path, day, STOPS)
    assert row.slot_until_ms - row.announced_ms == 20 * 60_000 + 30_000
    assert (row.size, row.kind, row.at_station_ms) == ("S", "delivery", row.announced_ms)


def test_clock_times_are_the_sites_also_when_the_clocks_change() -> None:
    night = Day(date(2026, 10, 25), BERLIN)
    assert night.at_ms(12 * 3600) - night.at_ms(0) == 13 * 3_600_000


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    source, copy = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    write_parcels(copy, read_parcels(source, NO_DAY), NO_DAY)
    assert copy.read_text(encoding="utf-8") == source.read_text(encoding="utf-8")


def test_iso_times_without_offset_are_the_sites(tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    path.write_text(
        "parcel,announced,slot_until,stop\np1,2026-09-01T08:00,2026-09-01T07:00Z,oak\n",
        encoding="utf-8",
    )
    (row,) = read_parcels(path, Day(date(2026, 1, 1), BERLIN), STOPS)
    assert row.slot_until_ms - row.announced_ms == 3_600_000
