# SPDX-License-Identifier: Apache-2.0
"""From settings to an agent that is ready to run, or one sentence that says what is wrong."""

import os
import secrets
from pathlib import Path

from robot_agent.campus import Campus, read_campus
from robot_agent.core.spec import RobotSpec
from robot_agent.drivers.base import Driver, Setup
from robot_agent.drivers.loading import load_driver
from robot_agent.service.agent import Agent
from robot_agent.service.config import ConfigError
from robot_agent.service.credentials import broker_of, check_computer, path_of, robot_keys
from robot_agent.service.ground import ground_of
from robot_agent.service.log_reports import LogReports
from robot_agent.service.map_store import MapStore
from robot_agent.service.notices import say
from robot_agent.service.places import CONFIG, STATE
from robot_agent.service.recall import CURE, open_robot
from robot_agent.service.settings import Settings
from robot_agent.service.store import Store
from robot_agent.service.wall_clock import AgentClock
from robot_agent.service.watchdog import Notifier


def spec_of(settings: Settings, campus: Campus) -> RobotSpec:
    """Raises CredentialError."""
    robot, broker = settings.robot, settings.broker
    if robot.keys_file:
        keys = robot_keys(robot.keys_file)
    else:
        say("robot.keys_file is not set: no code will open a door")
        keys = (secrets.token_bytes(32),)
    return RobotSpec(
        manufacturer=robot.manufacturer,
        serial=robot.serial,
        compartments=robot.compartments,
        robot_keys=keys,
        ground=ground_of(campus),
        site=robot.site,
        speed_mm_s=robot.speed_mm_s,
        acceleration_mm_s2=robot.acceleration_mm_s2,
        deceleration_mm_s2=robot.deceleration_mm_s2,
        max_load_g=robot.max_load_g,
        width_mm=robot.width_mm,
        length_mm=robot.length_mm,
        height_mm=robot.height_mm,
        occupancy_sensor=robot.occupancy_sensor,
        tolerance_mm=robot.tolerance_mm,
        state_period_ms=broker.state_period_ms,
        visualization_ms=broker.visualization_ms,
        keypad_lock_ms=robot.keypad_lock_ms,
    )


def campus_of(settings: Settings) -> Campus:
    """Raises CampusError, CredentialError."""
    return read_campus(path_of(settings.files.map))


def driver_of(
    settings: Settings, spec: RobotSpec, campus: Campus, folder: Path, clock: AgentClock
) -> Driver:
    """Raises DriverError."""
    setup = Setup(
        spec=spec,
        campus=campus,
        now_ms=clock.now_ms,
        folder=folder,
        options=settings.driver.options,
        bench=settings.driver.bench,
    )
    return load_driver(settings.driver.name, setup)


def state_folder(settings: Settings, given: str | None) -> Path:
    """`given`: systemd's STATE_DIRECTORY; root, to try things out, takes the place where that will
    be. Raises ConfigError."""
    name = settings.files.state_dir or (given or "").partition(":")[0]
    if not name and os.geteuid() == 0 and Path("/", CONFIG).is_file():
        name = f"/{STATE}"
    if not name:
        raise ConfigError("files.state_dir is missing: set it, or give --state-dir DIR")
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"files.state_dir = {name!r}: cannot be made: {error.strerror}") from None
    return folder


def agent_of(settings: Settings, folder: Path) -> Agent:
    """Inside a running loop. Raises CredentialError, CampusError, DriverError, StoreError."""
    check_computer(settings)
    campus = campus_of(settings)
    spec = spec_of(settings, campus)
    clock = AgentClock()
    store = Store(folder)
    robot, lost = open_robot(store, spec, clock.now_ms())
    if lost:
        say(f"what the robot remembered is lost ({lost}): {CURE}")
    return Agent(
        robot,
        driver_of(settings, spec, campus, folder, clock),
        store,
        MapStore(folder / "maps", file_urls=settings.files.file_urls),
        LogReports(folder / "reports"),
        broker_of(settings),
        clock,
        settings.clock.trust,
        Notifier(),
        has_lost=bool(lost),
    )
