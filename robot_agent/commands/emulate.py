# SPDX-License-Identifier: Apache-2.0
"""`robot-agent emulate`: many robots in one process, in real time, over MQTT."""

import argparse
import asyncio
import secrets
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from robot_agent.campus import Campus, read_campus
from robot_agent.commands.open_files import allow_files
from robot_agent.commands.parsing import (
    HelpWithDefaults,
    InputError,
    broker_at,
    check_range,
    compartments_of,
    make_folder,
)
from robot_agent.core.spec import RobotSpec
from robot_agent.emulated_fleet import (
    CHARGE_MW,
    DRIVE_MWH_PER_KM,
    IDLE_MW,
    inclines_of,
    shadows_of,
    starting_places,
)
from robot_agent.emulation.faults import parse_faults
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.truth import BodyParams
from robot_agent.emulator import EmulatedSpec, EmulatorOptions, emulate
from robot_agent.service.clock import SiteClock
from robot_agent.service.ground import ground_of
from robot_agent.service.notices import say
from robot_agent.vda5050.header import VERSION
from robot_agent.vda5050.topics import topic

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MAX_ROBOTS = 10_000
STATE_PERIOD_MS = 30_000
MIN_STATE_INTERVAL_REAL_MS = 500
"""In site time as much longer as that runs faster: at most two states a real second."""
SPARE_FILES = 64
VERSIONS = (VERSION, "2.0.0")


def add_parser(subparsers: "Subparsers") -> None:
    """`emulate` and its options."""
    command = subparsers.add_parser(
        "emulate",
        help="many robots in one process, in real time, over MQTT",
        description="Robots that drive, load, hand over and charge; Ctrl-C takes them offline.",
        formatter_class=HelpWithDefaults,
    )
    command.set_defaults(run=run)
    add = command.add_argument
    add("--broker", required=True, metavar="URL", help="mqtt://HOST:PORT")
    add("--map", required=True, metavar="FILE", type=Path, help="the campus map")
    add("--count", default=1, type=int, metavar="N", help="how many robots")
    add("--manufacturer", default="drover", metavar="NAME", help="a level of the topics")
    add("--serial-prefix", default="R", metavar="P", help="robots are P1, P2, ...")
    add("--compartments", default="S1,S2,M1,L1", metavar="IDS", help="first letter: size")
    add("--keys", type=Path, metavar="FILE", help="TOML or JSON: robot id to key in hex")
    add("--codes", type=Path, metavar="FILE", help="JSON lines with the recipients' codes")
    add("--seed", default=1, type=int, metavar="N", help="of the recipients' luck")
    add("--speed", default=1.0, type=float, metavar="X", help="site time per real time")
    add("--clock-start-wall-ms", type=int, metavar="W", help="a wall time (default: now)")
    add("--clock-start-site-ms", type=int, metavar="S", help="the site time at W (default: W)")
    people = PeopleParams()
    add(
        "--no-show-pct",
        default=people.no_show_pct,
        type=int,
        metavar="PCT",
        help="of people who never come",
    )
    add(
        "--late-pct",
        default=people.late_pct,
        type=int,
        metavar="PCT",
        help="of people who come late",
    )
    add("--robot-speed-mm-s", default=3_000, type=int, metavar="V", help="how fast a robot drives")
    add("--battery-mwh", default=1_500_000, type=int, metavar="E", help="capacity of a battery")
    add("--interface", default="uagv", metavar="NAME", help="first level of the topics")
    add("--protocol-version", default=VERSION, choices=VERSIONS, help="what headers say")
    add("--state-period-ms", type=int, metavar="MS", help="a state at least so often (real time)")
    add("--occupancy-sensor", action="store_true", help="compartments see what lies in them")
    add(
        "--faults",
        default="",
        metavar="WORDS",
        help="what goes wrong, as in jam=1%%,gnss=0.2/h,shadow=stop:library",
    )
    add("--state-dir", type=Path, metavar="DIR", help="robots remember here over a restart")
    add("--verbose", action="store_true", help="a line every few seconds")


def run(options: argparse.Namespace) -> int:
    """Runs until it is told to end. Raises InputError, CampusError."""
    with tempfile.TemporaryDirectory(prefix="robot-agent-") as files:
        emulation = _emulation(options, Path(files))
        allow_files(len(emulation.robots) + SPARE_FILES)
        _run(emulation)
    return 0


def _emulation(options: argparse.Namespace, files: Path) -> EmulatorOptions:
    _check_numbers(options)
    if options.state_dir is not None and options.speed != 1 and not _has_clock(options):
        raise InputError(
            "--state-dir with --speed wants --clock-start-wall-ms and --clock-start-site-ms: "
            "otherwise time would jump back at a restart"
        )
    wall_ms = options.clock_start_wall_ms
    if wall_ms is None:
        wall_ms = time.time_ns() // 1_000_000
    site_ms = wall_ms if options.clock_start_site_ms is None else options.clock_start_site_ms
    broker = replace(broker_at(options.broker, options.interface), version=options.protocol_version)
    robots = _robots(options, read_campus(options.map), _keys(options.keys))
    if options.state_dir is not None:
        make_folder(options.state_dir)
    if options.keys is None or options.codes is None:
        missing = "--codes" if options.keys is not None else "--keys"
        say(f"without {missing} nobody can open a handover that wants a code")
    return EmulatorOptions(
        broker=broker,
        robots=robots,
        clock=SiteClock(wall_ms, site_ms, options.speed),
        seed=options.seed,
        files=options.state_dir or files,
        codes=options.codes,
        remembers=options.state_dir is not None,
        verbose=options.verbose,
    )


def _check_numbers(options: argparse.Namespace) -> None:
    check_range("--count", options.count, 1, MAX_ROBOTS)
    check_range("--no-show-pct", options.no_show_pct, 0, 100)
    check_range("--late-pct", options.late_pct, 0, 100)
    check_range("--robot-speed-mm-s", options.robot_speed_mm_s, 1, 20_000)
    check_range("--battery-mwh", options.battery_mwh, 1, 1_000_000_000)
    if options.state_period_ms is not None:
        check_range("--state-period-ms", options.state_period_ms, 100, 600_000)
    if not 0.1 <= options.speed <= 1_000:
        raise InputError(f"--speed {options.speed} is not between 0.1 and 1000")


def _has_clock(options: argparse.Namespace) -> bool:
    return options.clock_start_wall_ms is not None and options.clock_start_site_ms is not None


def _robots(
    options: argparse.Namespace, campus: Campus, keys: dict[str, bytes] | None
) -> tuple[EmulatedSpec, ...]:
    compartments = compartments_of(options.compartments)
    try:
        faults = parse_faults(options.faults)
        shadows = shadows_of(campus, faults.shadow_places)
    except ValueError as error:
        raise InputError(f"--faults: {error}") from None
    try:
        places = starting_places(campus, options.count)
        for number in range(1, options.count + 1):
            serial = f"{options.serial_prefix}{number}"
            topic(options.interface, options.manufacturer, serial, "state")
    except ValueError as error:
        raise InputError(str(error)) from None
    interval_ms = round(MIN_STATE_INTERVAL_REAL_MS * options.speed)
    period_ms = max(STATE_PERIOD_MS, interval_ms)
    if options.state_period_ms is not None:
        period_ms = round(options.state_period_ms * options.speed)
    spec = RobotSpec(
        manufacturer=options.manufacturer,
        serial="",
        compartments=compartments,
        robot_keys=(),
        ground=ground_of(campus),
        speed_mm_s=options.robot_speed_mm_s,
        occupancy_sensor=options.occupancy_sensor,
        min_state_interval_ms=min(interval_ms, period_ms),
        state_period_ms=period_ms,
    )
    params = BodyParams(
        robot_id="",
        compartments=compartments,
        x_mm=0,
        y_mm=0,
        speed_mm_s=options.robot_speed_mm_s,
        acceleration_mm_s2=spec.acceleration_mm_s2,
        deceleration_mm_s2=spec.deceleration_mm_s2,
        battery_mwh=options.battery_mwh,
        drive_mwh_per_km=DRIVE_MWH_PER_KM,
        idle_mw=IDLE_MW,
        charge_mw=CHARGE_MW,
        occupancy_sensor=options.occupancy_sensor,
        inclines=inclines_of(campus),
        shadows=shadows,
        people=PeopleParams(no_show_pct=options.no_show_pct, late_pct=options.late_pct),
        faults=faults,
    )
    robots = []
    for number, place in enumerate(places, start=1):
        serial = f"{options.serial_prefix}{number}"
        robot_id = f"{options.manufacturer}/{serial}"
        node = campus.nodes[place.node]
        robots.append(
            EmulatedSpec(
                replace(spec, serial=serial, robot_keys=(_key(keys, robot_id, options.keys),)),
                replace(params, robot_id=robot_id, x_mm=node.x_mm, y_mm=node.y_mm),
                node.id,
            )
        )
    return tuple(robots)


def _keys(path: Path | None) -> dict[str, bytes] | None:
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
        read = tomllib.loads(text) if path.suffix == ".toml" else msgspec.json.decode(text)
        return {
            robot: bytes.fromhex(key)
            for robot, key in msgspec.convert(read, dict[str, str]).items()
        }
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, msgspec.MsgspecError) as error:
        # The file is full of secrets: the error may name a place in it, never a value.
        raise InputError(
            f"{path}: not a table of robot id to hex key ({type(error).__name__})"
        ) from None


def _key(keys: dict[str, bytes] | None, robot: str, path: Path | None) -> bytes:
    if keys is None:
        return secrets.token_bytes(32)
    if robot not in keys:
        raise InputError(f"{path}: no key for robot {robot}")
    return keys[robot]


def _run(emulation: EmulatorOptions) -> None:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(emulate(emulation))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed: the same, faster."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
