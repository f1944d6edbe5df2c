# SPDX-License-Identifier: Apache-2.0
"""`dispatcher broker` and `dispatcher robot` as a person types them."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dispatcher.cli.main import main
from tests.dispatcher.service.rig import write_site

FLEET = """\
[site]
id = "toy"
map = "map.geojson"
data_dir = "data"
[mqtt]
url = "mqtts://localhost:8883"
[fleet]
registry = "robots.json"
broker = "broker"
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_it(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(words)
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run_it


@pytest.fixture
def site_file(tmp_path: Path, run: Run) -> str:
    code, _, _ = run("broker", "init", str(tmp_path / "broker"), "--host", "hub.example", "--json")
    assert code == 0
    return str(write_site(tmp_path, FLEET))


def add(run: Run, site_file: str, bundle: Path, *more: str) -> tuple[int, str, str]:
    words = ("acme/R1", "--compartments", "S1,M1", "--config", site_file, "-o", str(bundle), *more)
    return run("robot", "add", *words)


def listed(run: Run, site_file: str) -> list[dict[str, Any]]:
    code, out, _ = run("robot", "list", "--config", site_file, "--json")
    assert code == 0
    rows: list[dict[str, Any]] = json.loads(out.splitlines()[-1])["robots"]
    return rows


def test_a_broker_folder_says_how_to_start_it_and_is_not_overwritten(
    tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "broker"
    code, out, err = run("broker", "init", str(folder), "--host", "10.0.0.5", "--json")
    assert code == 0
    assert json.loads(out)["url"] == "mqtts://10.0.0.5:8883"
    assert f"mosquitto -c {folder / 'mosquitto.conf'}" in err
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, _, err = run("broker", "init", str(folder))
    assert code == 2
    assert "is not empty: nothing was changed" in err
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("option", "value"), [("--host", "a b"), ("--host", "-x"), ("--interface", "a/b")]
)
def test_a_name_that_would_break_a_file_is_refused(
    tmp_path: Path, run: Run, option: str, value: str
) -> None:
    code, _, err = run("broker", "init", str(tmp_path / "b"), f"{option}={value}")
    assert code == 2
    assert "allowed:" in err
    assert not (tmp_path / "b").exists()


def test_a_bundle_has_what_a_robot_needs_and_the_terminal_none_of_it(
    tmp_path: Path, run: Run, site_file: str
) -> None:
    path = tmp_path / "r1.json"
    code, out, err = add(run, site_file, path, "--version", "2.0.0", "--json")
    assert code == 0, err
    assert json.loads(out) == {
        "robot": "acme/R1",
        "broker": "not running",
        "bundle": str(path),
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    bundle = json.loads(path.read_text())
    assert bundle["format"] == 1
    assert (bundle["robot"], bundle["site"], bundle["interface"]) == ("acme/R1", "toy", "uagv")
    assert bundle["broker"] == "mqtts://hub.example:8883"
    assert bundle["map"]["type"] == "FeatureCollection"
    assert bundle["made_ms"] > 1_700_000_000_000
    assert "BEGIN CERTIFICATE" in bundle["ca_pem"]
    assert "BEGIN CERTIFICATE" in bundle["cert_pem"]
    assert "BEGIN PRIVATE KEY" in bundle["key_pem"]
    assert [len(key) for key in bundle["robot_keys"]] == [64]
    for secret in (bundle["password"], bundle["robot_keys"][0], bundle["key_pem"][28:60]):
        assert secret
        assert secret not in out + err
    (row,) = listed(run, site_file)
    assert (row["robot"], row["state"], row["version"]) == ("acme/R1", "good", "2.0.0")


def test_credentials_are_exchanged_and_taken_back(tmp_path: Path, run: Run, site_file: str) -> None:
    add(run, site_file, tmp_path / "r1.json")
    words = ("robot", "rotate", "acme/R1", "--config", site_file)
    assert run(*words, "-o", str(tmp_path / "new.json"))[0] == 0
    assert len(json.loads((tmp_path / "new.json").read_text())["robot_keys"]) == 2
    assert listed(run, site_file)[0]["state"] == "exchanging"
    code, _, err = run(*words, "-o", str(tmp_path / "newer.json"))
    assert (code, "an exchange is open" in err) == (2, True)
    assert not (tmp_path / "newer.json").exists()
    assert run(*words, "--done")[0] == 0
    assert listed(run, site_file)[0]["state"] == "good"
    assert run("robot", "revoke", "acme/R1", "--config", site_file)[0] == 0
    assert listed(run, site_file)[0]["state"] == "revoked"
    code, _, err = run("robot", "revoke", "acme/R1", "--config", site_file)
    assert (code, "is revoked" in err) == (0, True), "it may be repeated"
    code, _, err = run(*words, "--done")
    assert (code, "is revoked" in err) == (2, True)
    assert run("robot", "retire", "acme/R1", "--config", site_file)[0] == 0
    assert listed(run, site_file) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("acme/R 1", "--compartments", "S1"), "acme/R 1: no robot is called like this"),
        (("R8", "--compartments", "S1"), "allowed: MANUFACTURER/SERIAL, each of 1 to 64 letters"),
        (("acme/R1/x", "--compartments", "S1"), "as in acme/R7"),
        (("acme/R1", "--compartments", "X1"), "that begin with their size: S1 M2 L1"),
        (("acme/R1", "--compartments", "S1,S1"), "--compartments: one of them is there twice"),
        (("acme/R1", "--compartments", "S1", "--version", "1.1"), "--version: 1.1: allowed: a ver"),
        (("acme/R1", "--compartments", "S1", "--interface", "a/b"), "--interface: a/b: allowed"),
        (("acme/R1", "--compartments", "S1", "--battery-mwh", "0"), "--battery-mwh: 0: allowed"),
    ],
)
def test_a_robot_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, run: Run, site_file: str, words: tuple[str, ...], sentence: str
) -> None:
    output = tmp_path / "r.json"
    code, _, err = run("robot", "add", *words, "--config", site_file, "-o", str(output))
    assert code == 2
    assert sentence in err
    assert not output.exists()
    assert not (tmp_path / "robots.json").exists()


def test_a_site_without_a_register_says_what_is_missing(tmp_path: Path, run: Run) -> None:
    site = str(write_site(tmp_path))
    code, _, err = run("robot", "list", "--config", site)
    assert code == 2
    assert "[fleet] registry" in err
    code, _, err = run("robot", "drain", "acme/R1", "--api", "http://127.0.0.1:1")
    assert code == 3


def test_who_revokes_is_told_that_the_broker_does_not_know_yet(
    tmp_path: Path, run: Run, site_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(run, site_file, tmp_path / "r1.json")
    monkeypatch.setattr("dispatcher.provisioning.broker.BrokerFolder.tell", lambda _: "not ours")
    code, out, err = run("robot", "revoke", "acme/R1", "--config", site_file, "--json")
    assert (code, json.loads(out)["broker"]) == (3, "not ours")
    assert "it does not know yet: tell it with kill -HUP" in err
