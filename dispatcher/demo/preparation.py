# SPDX-License-Identifier: Apache-2.0
"""Everything that is checked and read before a demo starts anything.

What must hold: input that is no good is refused here, in one sentence, and nothing is running.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dispatcher.data_files import demo_campus_path
from dispatcher.demo.broker import choose_broker, free_port
from dispatcher.demo.campus_file import CampusFile, CampusFileError, load_campus
from dispatcher.demo.clock import SPEED_MAX, PlannerTimes, allowed_speed, planner_times
from dispatcher.demo.options import EXIT_BAD_INPUT, DemoError, DemoOptions
from dispatcher.demo.run_folder import RunFolder
from dispatcher.parcel_file import Day, ParcelFileError, ParcelRow, read_parcels
from dispatcher.planner.params import ENGINES
from dispatcher.roads.graph import RoadGraph

PARCELS: Final = 300
MORNING_S: Final = 8 * 3600
LEAD_MS: Final = 60_000
ROBOTS_MAX: Final = 500
BOARD_ROBOTS_MAX: Final = 200
BOARD_PARCELS_A_ROBOT: Final = 2
BOARD_LEAD_MS: Final = 5_000
BOARD_SLOT_MS: Final = 20 * 60_000
"""So soon that every robot has to set out."""
UNTIL_H_MAX: Final = 10_000
PLAN_TAKES_BUDGETS: Final = 2
"""Where all goes well a plan takes its budget; on a busy machine it may take two."""


class Prepared(NamedTuple):
    """What a run is made of; `start_site_ms` is the site time at which it begins."""

    campus: CampusFile
    zone: tzinfo
    rows: Sequence[ParcelRow]
    start_site_ms: int
    planner: PlannerTimes
    speed: float
    broker_kind: str
    api_port: int
    mqtt_port: int
    notes: Sequence[str]


def check(options: DemoOptions) -> tuple[str, int]:
    """What can be said without reading anything: the broker's kind and the API's port."""
    if not 1 <= options.speed <= SPEED_MAX:
        raise DemoError(f"--speed {options.speed:g}: allowed: 1 to {SPEED_MAX:g}", EXIT_BAD_INPUT)
    if not 1 <= options.robots <= ROBOTS_MAX:
        raise DemoError(f"--robots {options.robots}: allowed: 1 to {ROBOTS_MAX}", EXIT_BAD_INPUT)
    if not 0 <= options.until_h <= UNTIL_H_MAX:
        sentence = f"--until-h {options.until_h:g}: allowed: 0 to {UNTIL_H_MAX}"
        raise DemoError(sentence, EXIT_BAD_INPUT)
    if options.engine not in ENGINES:
        sentence = f"--engine {options.engine}: allowed: {', '.join(ENGINES)}"
        raise DemoError(sentence, EXIT_BAD_INPUT)
    if options.firmware:
        _check_firmware(options)
    return choose_broker(options.broker), free_port(options.port)


def _check_firmware(options: DemoOptions) -> None:
    if options.firmware != "host":
        raise DemoError(f"--firmware {options.firmware}: allowed: host", EXIT_BAD_INPUT)
    if options.speed != 1:
        raise DemoError(
            f"--speed {options.speed:g}: firmware runs in real time, leave it out", EXIT_BAD_INPUT
        )
    if options.robots > BOARD_ROBOTS_MAX:
        sentence = f"--robots {options.robots}: with --firmware allowed: 1 to {BOARD_ROBOTS_MAX}"
        raise DemoError(sentence, EXIT_BAD_INPUT)


def prepare(options: DemoOptions, folder: RunFolder) -> Prepared:
    """Reads map and parcels, puts the map in the folder. Raises DemoError."""
    broker_kind, api_port = check(options)
    try:
        source = options.map or demo_campus_path()
        campus = load_campus(source, folder.campus, options.robots)
    except CampusFileError as error:
        raise DemoError(str(error), EXIT_BAD_INPUT) from None
    if campus.path != folder.campus:
        folder.campus.write_bytes(campus.path.read_bytes())
    notes = [campus.note] if campus.note else []
    zone = _zone(campus.graph)
    rows, start_ms = _parcels(options, campus.graph, zone)
    planner = planner_times(options.robots)
    speed = allowed_speed(options.speed, PLAN_TAKES_BUDGETS * planner.budget_ms)
    if speed < options.speed:
        notes.append(
            f"slowed from x{options.speed:g} to x{speed:g}: plans for {options.robots} robots take "
            f"seconds, and must not be older than 2 minutes of site time"
        )
    return Prepared(
        campus, zone, rows, start_ms, planner, speed, broker_kind, api_port, free_port(), notes
    )


def _zone(graph: RoadGraph) -> tzinfo:
    try:
        return ZoneInfo(graph.campus.site.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _parcels(
    options: DemoOptions, graph: RoadGraph, zone: tzinfo
) -> tuple[Sequence[ParcelRow], int]:
    day = Day(datetime.now(zone).date(), zone)
    if options.parcels is not None:
        rows = _from_file(options.parcels, day, graph)
        lead_ms = BOARD_LEAD_MS if options.firmware else LEAD_MS
        return rows, rows[0].announced_ms - lead_ms
    from dispatcher.simulation.demand import demo_parcels

    start_ms = day.at_ms(MORNING_S)
    count = BOARD_PARCELS_A_ROBOT * options.robots if options.firmware else PARCELS
    try:
        drawn = demo_parcels(graph, options.seed, count, start_ms)
    except ValueError as error:
        raise DemoError(str(error), EXIT_BAD_INPUT) from None
    return (_soon(drawn, start_ms, _near_stops(graph)) if options.firmware else drawn), start_ms


def _near_stops(graph: RoadGraph) -> Sequence[str]:
    """The stops that are nearest to the station, as the crow flies: a quarter of all."""
    station = graph.node(graph.places("station")[0].node)
    stops = sorted(
        graph.places("stop"),
        key=lambda stop: math.hypot(
            graph.node(stop.node).x_mm - station.x_mm, graph.node(stop.node).y_mm - station.y_mm
        ),
    )
    return [stop.id for stop in stops[: -(-len(stops) // 4)]]


def _soon(rows: Sequence[ParcelRow], start_ms: int, stops: Sequence[str]) -> Sequence[ParcelRow]:
    """The same parcels for a demo in real time: all lie there within a minute, and are wanted,
    nearby."""
    times = (start_ms + LEAD_MS * number // len(rows) for number in range(len(rows)))
    return tuple(
        row._replace(
            stop=stops[number % len(stops)],
            announced_ms=now_ms,
            at_station_ms=now_ms,
            slot_from_ms=start_ms,
            slot_until_ms=start_ms + BOARD_SLOT_MS,
        )
        for number, (row, now_ms) in enumerate(zip(rows, times, strict=True))
    )


def _from_file(path: Path, day: Day, graph: RoadGraph) -> list[ParcelRow]:
    try:
        return read_parcels(path, day, [stop.id for stop in graph.places("stop")])
    except ParcelFileError as error:
        raise DemoError(str(error), EXIT_BAD_INPUT) from None
