# SPDX-License-Identifier: Apache-2.0
from pathlib import Path
from typing import Any

import msgspec
import pytest

from robot_agent.service.config import ConfigError, as_toml, read_settings
from robot_agent.service.settings import Settings

WHOLE = """\
[robot]
manufacturer = "acme"
serial = "R1"
compartments = ["S1", "L1"]

[broker]
url = "mqtt://broker:1883"

[driver]
name = "emulated"

[driver.options]
seed = 7

[files]
map = "campus.geojson"
"""


def read(
    tmp_path: Path, text: str = WHOLE, environment: dict[str, str] | None = None, **flags: Any
) -> Settings:
    file = tmp_path / "agent.toml"
    file.write_text(text)
    given = {key.replace("__", "."): value for key, value in flags.items()}
    return read_settings(file, environment or {}, given)


def test_flags_stand_above_the_environment_and_that_above_the_file(tmp_path: Path) -> None:
    environment = {"DROVER_AGENT_ROBOT_SERIAL": "R2", "DROVER_AGENT_ROBOT_MANUFACTURER": "bolt"}
    settings = read(tmp_path, environment=environment, robot__serial="R3")
    robot = settings.robot
    assert (robot.manufacturer, robot.serial, robot.compartments) == ("bolt", "R3", ("S1", "L1"))


def test_an_environment_gives_numbers_lists_and_switches_as_text(tmp_path: Path) -> None:
    environment = {
        "DROVER_AGENT_ROBOT_SPEED_MM_S": "900",
        "DROVER_AGENT_ROBOT_COMPARTMENTS": "S1,M2",
        "DROVER_AGENT_DRIVER_BENCH": "true",
    }
    settings = read(tmp_path, environment=environment)
    assert (settings.robot.speed_mm_s, settings.driver.bench) == (900, True)
    assert settings.robot.compartments == ("S1", "M2")


def test_what_is_printed_reads_back_the_same(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert read(tmp_path, as_toml(settings)) == settings


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'serial = "R1"',
            'serial = "R 1"',
            "agent.toml:3: robot.serial = 'R 1' is not allowed",
        ),
        (
            'compartments = ["S1", "L1"]',
            "compartments = 5",
            "agent.toml:4: robot.compartments = 5 is not allowed",
        ),
        (
            'url = "mqtt://broker:1883"',
            'url = "http://broker"',
            "allowed: mqtt://HOST:PORT or mqtts://HOST:PORT",
        ),
        ("[files]", "[flies]", r"agent.toml:15: there is no table \[flies\]; allowed: robot, br"),
        ('name = "emulated"', 'nmae = "emulated"', "agent.toml:10: there is no setting driver.nm"),
        ("seed = 7", "seed = [7]", "agent.toml:12: driver.options = .* allowed: a table"),
        ('map = "campus.geojson"', "", "files.map is missing: .*DROVER_AGENT_FILES_MAP"),
        ("[robot]", "[robot", "is not TOML: .*line 1"),
        ('"S1", "L1"', '"S1", "S1"', "one is there twice"),
        (
            'url = "mqtt://broker:1883"',
            'url = "mqtt://broker:1883"\nca_file = "ca.pem"',
            "is not encrypted",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_the_line_the_key_the_value_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in WHOLE
    with pytest.raises(ConfigError, match=sentence) as fault:
        read(tmp_path, WHOLE.replace(old, new))
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "DROVER_AGENT_ROBOT_SPEED_MM_S",
            "fast",
            "robot.speed_mm_s = 'fast' .*allowed: 1 to 20000",
        ),
        ("DROVER_AGENT_ROBOT_WINGS", "2", "there is no setting robot.wings; allowed: manufacturer"),
        ("DROVER_AGENT_DRIVER_OPTIONS", "{}", "are set in the file only"),
        ("DROVER_AGENT_CLOCK_TRUST", "never", "allowed: auto, timesyncd, rtc or always"),
    ],
)
def test_a_fault_in_the_environment_names_its_variable(
    tmp_path: Path, variable: str, value: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{variable}: .*{sentence}"):
        read(tmp_path, environment={variable: value})


def test_every_setting_says_what_is_allowed() -> None:
    def limited(kind: Any) -> bool:
        return kind not in (bool, str)

    from robot_agent.service.settings import ALLOWED

    known = {
        f"{table.name}.{field.name}": field.type
        for table in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(table.type)
    }
    assert set(ALLOWED) <= set(known)
    assert [key for key, kind in known.items() if limited(kind) and key not in ALLOWED] == []
