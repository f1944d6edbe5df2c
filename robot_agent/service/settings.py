# SPDX-License-Identifier: Apache-2.0
"""What can be set about an agent: a struct for each table of its TOML file.

Each field has its unit last in its name, its limits in its type, and in `ALLOWED` the words for
them. A path that begins with `credential:` is a file that systemd hands over (LoadCredential).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from robot_agent.service.link import MqttVersion
from robot_agent.service.wall_clock import Trust
from robot_agent.vda5050.header import VERSION

CREDENTIAL = "credential:"

Name = Annotated[str, Meta(pattern=r"^[^/$+#\x00-\x1f]{0,128}$")]
Serial = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{0,128}$")]
Compartment = Annotated[str, Meta(pattern=r"^[SML][A-Za-z0-9_-]{0,15}$")]
Compartments = Annotated[tuple[Compartment, ...], Meta(min_length=1, max_length=64)]
Url = Annotated[str, Meta(pattern=r"^(|mqtts?://[^/@?#]+/?)$")]
Version = Annotated[str, Meta(pattern=r"^2\.\d{1,4}\.\d{1,4}$")]
Speed = Annotated[int, Meta(ge=1, le=20_000)]
Rate = Annotated[int, Meta(ge=1, le=20_000)]
Length = Annotated[int, Meta(ge=1, le=20_000)]
Mass = Annotated[int, Meta(ge=1, le=10_000_000)]
Period = Annotated[int, Meta(ge=0, le=3_600_000)]
StatePeriod = Annotated[int, Meta(ge=500, le=30_000)]


class RobotTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[robot]`: what it is."""

    manufacturer: Name = ""
    serial: Serial = ""
    site: Name = ""
    compartments: Compartments = ("S1", "S2", "M1", "L1")
    occupancy_sensor: bool = False
    keys_file: str = ""
    computer: str = ""
    speed_mm_s: Speed = 1_500
    acceleration_mm_s2: Rate = 1_000
    deceleration_mm_s2: Rate = 2_000
    max_load_g: Mass = 100_000
    width_mm: Length = 700
    length_mm: Length = 1_200
    height_mm: Length = 1_100
    tolerance_mm: Length = 500
    keypad_lock_ms: Period = 60_000


class BrokerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[broker]`: whom it hears."""

    url: Url = ""
    interface: Name = "uagv"
    version: Version = VERSION
    mqtt: MqttVersion = "auto"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    username: str = ""
    password_file: str = ""
    state_period_ms: StatePeriod = 30_000
    visualization_ms: Period = 0


class DriverTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[driver]`: its body."""

    name: str = ""
    bench: bool = False
    options: dict[str, str | int | float | bool] = {}


class FilesTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[files]`: where things lie."""

    map: str = ""
    state_dir: str = ""
    file_urls: bool = False


class ClockTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[clock]`: when its time is believed."""

    trust: Trust = "auto"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    robot: RobotTable = RobotTable()
    broker: BrokerTable = BrokerTable()
    driver: DriverTable = DriverTable()
    files: FilesTable = FilesTable()
    clock: ClockTable = ClockTable()


NEEDED = ("robot.manufacturer", "robot.serial", "broker.url", "driver.name", "files.map")
"""What has no default, `files.state_dir` apart: systemd may give that."""

ALLOWED = {
    "robot.manufacturer": "1 to 128 characters without / $ + #",
    "robot.serial": "1 to 128 of A-Z a-z 0-9 _ . : -",
    "robot.site": "the site's id, up to 128 characters without / $ + #; empty: the map's id",
    "robot.compartments": "1 to 64 names such as S1, M1, L1: the first letter is the size",
    "robot.speed_mm_s": "1 to 20000",
    "robot.acceleration_mm_s2": "1 to 20000",
    "robot.deceleration_mm_s2": "1 to 20000",
    "robot.max_load_g": "1 to 10000000",
    "robot.width_mm": "1 to 20000",
    "robot.length_mm": "1 to 20000",
    "robot.height_mm": "1 to 20000",
    "robot.tolerance_mm": "1 to 20000",
    "robot.keypad_lock_ms": "0 to 3600000",
    "broker.url": "mqtt://HOST:PORT or mqtts://HOST:PORT",
    "broker.interface": "1 to 128 characters without / $ + #",
    "broker.version": "2.x.y, such as 2.1.0 or 2.0.0",
    "broker.mqtt": "auto, 5 or 3.1.1",
    "broker.state_period_ms": "500 to 30000",
    "broker.visualization_ms": "0 (none) to 3600000",
    "driver.name": "emulated, emulated-base, board, lines://HOST:PORT or package.module:factory",
    "driver.options": "a table of texts, numbers, true and false",
    "clock.trust": "auto, timesyncd, rtc or always",
}
