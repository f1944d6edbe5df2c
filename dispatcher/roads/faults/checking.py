# SPDX-License-Identifier: Apache-2.0
"""Judges a map file: every fault with its place, line and remedy, errors and warnings apart."""

from pathlib import Path

import msgspec

from dispatcher.roads.editing.map_file import MapFile, MapFileError
from dispatcher.roads.faults.fault_book import ERROR, FaultBook, MapFault
from dispatcher.roads.faults.feature_faults import note_features, note_refusal
from dispatcher.roads.faults.place_faults import (
    note_buildings,
    note_chargers,
    note_gates,
    note_places,
    note_zones,
)
from dispatcher.roads.faults.road_faults import note_roads
from dispatcher.roads.faults.traffic_faults import traffic_faults
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.reach import RoadParts
from robot_agent.campus import Campus, CampusError, parse_campus


class CheckOptions(msgspec.Struct, frozen=True):
    """`robots` 0: how many there will be is not known; `now_ms` 0: nothing counts as over."""

    robots: int = 0
    profile: RobotProfile = RobotProfile()
    now_ms: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """`campus` is None where the file does not read; `counts` are of all faults, by code."""

    campus: Campus | None
    errors: tuple[MapFault, ...]
    warnings: tuple[MapFault, ...]
    counts: dict[str, int]


PLAIN = CheckOptions()


def check_file(path: Path, options: CheckOptions = PLAIN) -> Verdict:
    """Judges a file; one that is no map at all gets a verdict too."""
    try:
        file = MapFile.read(path)
    except MapFileError as error:
        where, _, what = str(error).removeprefix(f"{path}:").partition(": ")
        line = int(where) if where.isdecimal() else 1
        text = what if where.isdecimal() else str(error).removeprefix(f"{path}: ")
        fault = MapFault("unreadable", ERROR, "", None, None, line, text)
        return Verdict(None, (fault,), (), {"unreadable": 1})
    return check_map(file, options)


def check_map(file: MapFile, options: CheckOptions = PLAIN) -> Verdict:
    """Judges a map; where the reader refuses it, the roads are not looked at."""
    book = FaultBook(file)
    campus: Campus | None = None
    try:
        campus = parse_campus(file.text, file.source)
    except CampusError as error:
        note_refusal(book, error)
    note_features(book)
    if campus is not None:
        _note_campus(book, campus, options)
    faults = book.faults()
    return Verdict(
        campus,
        tuple(fault for fault in faults if fault.severity == ERROR),
        tuple(fault for fault in faults if fault.severity != ERROR),
        dict(sorted(book.counts.items())),
    )


def _note_campus(book: FaultBook, campus: Campus, options: CheckOptions) -> None:
    parts = RoadParts(campus)
    note_places(book, parts)
    note_buildings(book, parts)
    note_gates(book)
    note_zones(book, campus, options.now_ms)
    note_chargers(book, campus, options.robots)
    for fault in traffic_faults(campus, options.profile, options.robots):
        book.add_traffic(fault)
    if not campus.site.planar:
        note_roads(book, parts)
