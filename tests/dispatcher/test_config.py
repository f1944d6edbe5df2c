# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import msgspec
import pytest

from dispatcher.config import (
    Config,
    ConfigError,
    load_config,
    parse_config,
    print_config,
    to_site_spec,
)
from dispatcher.config_keys import Key, keys
from dispatcher.core.site import Policy

HERE = Path("/sites/linde/site.toml")
SMALL = """\
[site]
id = "linde"
map = "campus.geojson"
data_dir = "data"

[keys]
file = "keys.json"

[[robots]]
manufacturer = "drover"
serial = "r2"
compartments = ["S1", "M1"]

[[robots]]
manufacturer = "drover"
serial = "r1"
compartments = ["L1"]
battery_mwh = 900000
"""


def config_of(more: str = "", text: str = SMALL) -> Config:
    return parse_config(text + more, HERE)


def test_paths_are_relative_to_the_file() -> None:
    assert config_of().site.map == "/sites/linde/campus.geojson"
    assert config_of().mqtt.password_file == ""


def test_the_core_gets_robots_sorted_and_time_outs_stretched_by_the_clock() -> None:
    spec = to_site_spec(config_of("[clock]\nspeed = 30\n"), epoch=7)
    assert [robot.id for robot in spec.robots] == ["drover/r1", "drover/r2"]
    assert spec.robots[0].battery_mwh == 900_000
    assert spec.epoch == 7
    assert spec.policy.resend_ms == 30 * Policy().resend_ms
    assert spec.policy.handover_wait_ms == Policy().handover_wait_ms


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            "[api]\nhost = '127.0.0.1'\nport = 70000\n",
            "linde/site.toml:21: [api] port = 70000: allowed: a whole number from 0 to 65535",
        ),
        ("[api]\nprot = 80\n", "site.toml:20: [api] unknown key prot: did you mean port?"),
        ("[apis]\nport = 80\n", "site.toml:19: unknown section [apis]: did you mean api?"),
        ("[policy]\nreserve_pct = 101\n", "[policy] reserve_pct = 101: allowed: a whole number"),
        ("[api]\nport = true\n", "[api] port = true: allowed"),
        ("[api]\nhost = '0.0.0.0'\n", "allowed without a token_file"),
        ("[clock]\nstart_site_ms = 5\n", "start_site_ms needs start_wall_ms"),
        ("[[robots]]\nmanufacturer = 'a'\n", "site.toml:19: [[robots]] serial is missing"),
        (
            "[[robots]]\nmanufacturer='drover'\nserial='r1'\ncompartments=['S1']\n",
            "site.toml:21: robot drover/r1 is there twice",
        ),
        ("[[robots]]\nmanufacturer='d'\nserial='9'\ncompartments=['X1']\n", "compartments = "),
        (
            "[[robots]]\nmanufacturer='d'\nserial='9'\ncompartments=['S1', 'M1', 'S1']\n",
            "site.toml:22: [[robots]] compartments: one of them is there twice",
        ),
        (
            '[[robots]]\nmanufacturer="d\\n"\nserial="9"\ncompartments=["S1"]\n',
            "manufacturer = ",
        ),
        ("[mqtt]\nurl = 'mqtt://me:secret@h'\n", "no password in it"),
        ("[clock]\nspeed = nan\n", "[clock] speed = NaN: allowed: a number from 0.1"),
        ("[api\n", "not TOML"),
    ],
)
def test_a_fault_is_one_sentence_with_place_and_what_is_allowed(more: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_of(more)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none.toml")


def test_the_printed_config_is_a_site_file_that_reads_as_the_same_config() -> None:
    config = config_of("[mqtt]\ninterface = 'x'\n")
    assert parse_config(print_config(config), HERE) == config


def test_a_site_without_robots_is_shown_their_keys_as_comments() -> None:
    config = config_of(text=SMALL.partition("[[robots]]")[0])
    printed = print_config(config)
    assert "\n# [[robots]]\n# manufacturer = " in printed
    assert parse_config(printed, HERE) == config


def row_of(key: Key, printed: str) -> str:
    section = printed.partition(f"[{key.section}]")[2]
    return next(line for line in section.splitlines() if line.startswith(f"{key.name} = "))


def test_every_key_is_printed_with_limit_and_default_and_every_default_is_within_its_limit() -> (
    None
):
    printed = print_config(config_of())
    for key in keys():
        row = row_of(key, printed)
        assert key.allowed() in row
        assert "default" in row or "required" in row
        if not key.required:
            assert msgspec.convert(key.default, key.type) == key.default


def test_every_key_is_printed_with_its_meaning() -> None:
    printed = print_config(config_of())
    for key in keys():
        assert key.about, f"[{key.section}] {key.name}: what does it mean?"
        row = row_of(key, printed)
        assert row.endswith(f": {key.about}")


def test_every_number_of_the_policy_can_be_set() -> None:
    names = {key.name for key in keys() if key.section == "policy"}
    assert names == set(Policy.__struct_fields__)
