# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from robot_agent.cli import main
from robot_agent.service.config import read_settings
from robot_agent.service.credentials import computer_serial
from tests.project.source_tree import ROOT
from tests.tools import require_tool

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"
KEY = "00112233445566778899aabbccddeeff"
NEW_KEY = "ff" * 32
WORST_SCORE = 2.0


def bundle(folder: Path, **other: Any) -> Path:
    content = {
        "format": 1,
        "robot": "acme/R7",
        "broker": "mqtts://broker.example:8883",
        "interface": "uagv",
        "site": "lindenhof",
        "ca_pem": "CA",
        "cert_pem": "CERT",
        "key_pem": "SECRET",
        "username": "",
        "password": "",
        "robot_keys": [KEY],
        "map": msgspec.json.decode(MAP.read_bytes()),
        "made_ms": 1_700_000_000_000,
    }
    file = folder / "bundle.json"
    file.write_bytes(msgspec.json.encode(content | other))
    return file


def install(root: Path, *arguments: str | Path) -> int:
    return main(["install", "--prefix", str(root), *map(str, arguments)])


def installed(root: Path, name: str) -> Path:
    return (
        root
        / {
            "unit": "etc/systemd/system/drover-agent.service",
            "rules": "etc/udev/rules.d/60-drover.rules",
            "config": "etc/drover/agent.toml",
            "keys": "etc/drover/secrets/robot.keys",
            "map": "etc/drover/campus.geojson",
        }[name]
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A computer that has joined."""
    root = tmp_path / "root"
    assert install(root, "--bundle", bundle(tmp_path), "--driver", "emulated") == 0
    return root


def test_a_bundle_makes_this_computer_a_robot_and_is_used_up(root: Path, tmp_path: Path) -> None:
    assert not (tmp_path / "bundle.json").exists()
    settings = read_settings(installed(root, "config"), {}, {})
    assert (settings.robot.manufacturer, settings.robot.serial) == ("acme", "R7")
    assert settings.robot.computer == computer_serial()
    assert settings.broker.key_file == "credential:key.pem"
    assert installed(root, "keys").read_text() == KEY + "\n"
    assert installed(root, "rules").read_text().count("SYMLINK") == 3
    assert msgspec.json.decode(installed(root, "map").read_bytes()) == msgspec.json.decode(
        MAP.read_bytes()
    )


def test_nobody_but_root_may_read_a_secret(root: Path) -> None:
    secrets = installed(root, "keys").parent
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in secrets.iterdir()} == {0o600}
    assert installed(root, "config").stat().st_mode & 0o777 == 0o600
    open_files = [p for p in root.rglob("*") if p.is_file() and p.stat().st_mode & 0o004]
    assert not any(KEY in file.read_text() or "SECRET" in file.read_text() for file in open_files)


def test_a_dry_run_writes_nothing_and_keeps_the_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, root = bundle(tmp_path), tmp_path / "root"
    assert install(root, "--bundle", file, "--driver", "emulated", "--dry-run") == 0
    assert file.exists()
    assert not root.exists()
    assert str(installed(root, "unit")) in capsys.readouterr().out


def test_a_new_version_keeps_settings_and_secrets_and_can_be_rolled_back(root: Path) -> None:
    unit, config = installed(root, "unit"), installed(root, "config")
    unit.write_text(unit.read_text().replace("ExecStart=", "ExecStart=/opt/drover/old"))
    old_unit, old_config = unit.read_text(), config.read_text()
    assert install(root, "--driver", "lines://127.0.0.1:9000", "--compartments", "L1,L2") == 0
    assert "/opt/drover/old" not in unit.read_text()
    assert "LoadCredential=robot.keys" in unit.read_text()
    settings = read_settings(config, {}, {})
    assert settings.driver.name == "lines://127.0.0.1:9000"
    assert settings.robot.compartments == ("L1", "L2")
    new_unit = unit.read_text()
    assert install(root, "--rollback") == 0
    assert (unit.read_text(), config.read_text()) == (old_unit, old_config)
    assert installed(root, "keys").stat().st_mode & 0o777 == 0o600
    assert install(root, "--rollback") == 0
    assert unit.read_text() == new_unit


def test_new_credentials_change_the_identity_and_nothing_else(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = installed(root, "config")
    config.write_text(config.read_text().replace("speed_mm_s = 1500", "speed_mm_s = 900"))
    own_map = installed(root, "map")
    own_map.write_bytes(own_map.read_bytes() + b"\n")
    new = {"robot_keys": [NEW_KEY, KEY], "username": "acme/R7~2", "compartments": ["L1"]}
    before = read_settings(config, {}, {})
    assert install(root, "--bundle", bundle(tmp_path, **new)) == 0
    after = read_settings(config, {}, {})
    assert after.broker.username == "acme/R7~2"
    assert msgspec.structs.replace(after, broker=before.broker) == before
    assert own_map.read_bytes().endswith(b"\n")
    assert installed(root, "keys").read_text() == f"{NEW_KEY}\n{KEY}\n"
    assert "systemctl daemon-reload && sudo systemctl restart" in capsys.readouterr().err


def test_a_rollback_never_brings_old_secrets_back(root: Path, tmp_path: Path) -> None:
    """The broker knows them no more: a robot with them would be shut out."""
    unit, config = installed(root, "unit"), installed(root, "config")
    unit.write_text(unit.read_text().replace("ExecStart=", "ExecStart=/opt/drover/old"))
    new = {"robot_keys": [NEW_KEY], "username": "acme/R7~2", "password": "new"}
    assert install(root, "--bundle", bundle(tmp_path, **new), "--driver", "emulated-base") == 0
    assert install(root, "--rollback") == 0
    assert "/opt/drover/old" in unit.read_text()
    settings = read_settings(config, {}, {})
    assert settings.driver.name == "emulated"
    assert (settings.broker.username, settings.broker.password_file) == (
        "acme/R7~2",
        "credential:password",
    )
    assert "LoadCredential=password:/etc/drover/secrets/password" in unit.read_text()
    assert installed(root, "keys").read_text() == NEW_KEY + "\n"
    kept = [file for file in (root / "var/lib/drover-install").rglob("*") if file.is_file()]
    assert kept
    assert not any(KEY in file.read_text() for file in kept)


def test_compartments_and_site_come_with_the_bundle(tmp_path: Path) -> None:
    file, root = bundle(tmp_path, compartments=["L1", "L2"]), tmp_path / "root"
    assert install(root, "--bundle", file, "--driver", "emulated") == 0
    robot = read_settings(installed(root, "config"), {}, {}).robot
    assert (robot.compartments, robot.site) == (("L1", "L2"), "lindenhof")


@pytest.mark.parametrize(
    ("other", "flags", "words"),
    [
        ({}, ["--driver", "bogus"], "driver 'bogus' is none of"),
        ({}, ["--driver", "lines://body"], "is not lines://HOST:PORT"),
        ({}, ["--driver", "no_such.module:make"], "cannot be imported"),
        ({}, ["--driver", "emulated", "--compartments", "X1"], "does not begin with S, M or L"),
        ({"compartments": ["X1"]}, ["--driver", "emulated"], "robot.compartments = "),
        ({"interface": "a/b"}, ["--driver", "emulated"], "broker.interface = 'a/b' is not allowed"),
    ],
)
def test_what_could_not_work_is_refused_before_the_bundle_is_used_up(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    other: dict[str, Any],
    flags: list[str],
    words: str,
) -> None:
    file, root = bundle(tmp_path, **other), tmp_path / "root"
    assert install(root, "--bundle", file, *flags) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert file.exists()
    assert not root.exists()


def test_an_unknown_driver_is_refused_without_a_bundle_too(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = installed(root, "config").read_text()
    assert install(root, "--driver", "bogus") == 2
    assert "driver 'bogus' is none of" in capsys.readouterr().err
    assert installed(root, "config").read_text() == config


def test_the_agents_own_user_gets_to_its_map_whatever_the_umask(tmp_path: Path) -> None:
    root, before = tmp_path / "root", os.umask(0o077)
    try:
        assert install(root, "--bundle", bundle(tmp_path), "--driver", "emulated") == 0
    finally:
        os.umask(before)
    for folder in (root / "etc", root / "etc/drover", root / "etc/systemd/system"):
        assert folder.stat().st_mode & 0o777 == 0o755
    assert installed(root, "map").stat().st_mode & 0o777 == 0o644
    assert installed(root, "keys").parent.stat().st_mode & 0o777 == 0o700
    assert installed(root, "keys").stat().st_mode & 0o777 == 0o600


def test_a_person_types_robot_agent_and_gets_the_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, link = tmp_path / "root", tmp_path / "root/usr/local/bin/robot-agent"
    for version in ("1", "2"):
        program = tmp_path / version / "robot-agent"
        program.parent.mkdir()
        program.touch()
        monkeypatch.setattr("sys.executable", str(program.with_name("python")))
        given = ("--bundle", bundle(tmp_path), "--driver", "emulated") if version == "1" else ()
        assert install(root, *given) == 0
        assert link.readlink() == program
        assert f"ExecStart={program} run" in installed(root, "unit").read_text()
    assert install(root, "--rollback") == 0
    assert link.readlink() == tmp_path / "1" / "robot-agent"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"format": 2}, r"place \$.format is wrong"),
        ({"robot": "acme"}, r"place \$.robot is wrong"),
        ({"robot_keys": ["hunter2"]}, r"place \$.robot_keys"),
        ({"wings": 2}, "field wings is wrong"),
        ({"key_pem": ""}, "cert_pem and key_pem belong together"),
        ({"map": {"type": "FeatureCollection", "features": []}}, "0 site features"),
        ({"map": None}, "holds no map: give --map FILE"),
    ],
)
def test_a_bad_bundle_is_one_line_without_its_secrets_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: dict[str, Any], words: str
) -> None:
    file, root = bundle(tmp_path, **other), tmp_path / "root"
    assert install(root, "--bundle", file, "--driver", "emulated") == 2
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert said.count("\n") == 1
    assert not any(secret in said for secret in ("hunter2", "SECRET", KEY))
    assert file.exists()
    assert not root.exists()


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install(tmp_path) == 2
    assert "the first install wants --bundle FILE" in capsys.readouterr().err
    assert install(tmp_path, "--bundle", bundle(tmp_path)) == 2
    assert "--driver is missing" in capsys.readouterr().err
    assert install(tmp_path, "--rollback") == 3
    assert "no earlier install" in capsys.readouterr().err


def test_systemd_takes_the_unit_as_it_is(root: Path) -> None:
    analyze = require_tool("systemd-analyze")
    unit = installed(root, "unit")
    done = subprocess.run(
        [analyze, "verify", unit], capture_output=True, text=True, check=False, timeout=60
    )
    mine = [line for line in done.stderr.splitlines() if "drover-agent" in line]
    assert (done.returncode, mine) == (0, [])


def test_the_sandbox_scores_at_most_2_0(root: Path) -> None:
    analyze = require_tool("systemd-analyze")
    unit = installed(root, "unit")
    done = subprocess.run(
        [analyze, "security", "--offline=true", unit],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert score, done.stdout + done.stderr
    assert float(score[1]) <= WORST_SCORE
