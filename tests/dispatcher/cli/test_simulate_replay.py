# SPDX-License-Identifier: Apache-2.0
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dispatcher.cli.main import main
from tests.dispatcher.service.crooked_campus import geojson
from tests.dispatcher.simulation.small_day import TEXT


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    (tmp_path / "crooked.geojson").write_text(geojson())
    text = TEXT.replace('"crooked"', '"crooked.geojson"')
    path = tmp_path / "small.toml"
    path.write_text(text.replace("PARCELS", "6").replace("ENGINE", "ortools"))
    return path


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        code = main([str(word) for word in words])
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def last_object(out: str) -> Any:
    return json.loads(out.splitlines()[-1])


def test_a_day_is_simulated_kept_and_replayed_without_a_difference(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    code, out, _ = call(capsys, "simulate", scenario, "--json", "--keep", keep)
    assert code == 0
    result = last_object(out)
    parcels = result["parcels"]
    assert parcels["accepted"] == 6 == parcels["delivered"] + parcels["open"]
    assert result["faults"] == []
    code, out, err = call(capsys, "replay", keep, "--verify", "--json")
    assert code == 0
    verdict = last_object(out)
    assert verdict["inputs"] == result["records"]
    assert verdict["differences"] == 0
    assert verdict["first_difference"] is None
    assert f"{result['records']} inputs fed again" in err


def test_one_changed_byte_of_a_kept_journal_is_named(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    call(capsys, "simulate", scenario, "--keep", keep)
    with sqlite3.connect(keep / "journal.sqlite") as connection:
        connection.execute("UPDATE records SET at_ms = at_ms + 1 WHERE seq = 12")
    connection.close()
    code, out, err = call(capsys, "replay", keep, "--verify", "--json")
    assert code == 1
    assert last_object(out)["first_difference"]["seq"] == 12
    assert "the first: record 12" in err


def test_one_seed_is_one_journal_under_any_hash_seed(scenario: Path) -> None:
    def journal(hash_seed: str) -> str:
        words = [sys.executable, "-m", "dispatcher.cli.main", "simulate", scenario, "--json"]
        done = subprocess.run(
            words,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        )
        return str(last_object(done.stdout)["journal"])

    assert journal("0") == journal("4711")


def test_bad_input_is_one_line_and_exit_code_2(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    call(capsys, "simulate", scenario, "--keep", keep)
    other = tmp_path / "other.geojson"
    other.write_text(geojson().replace("2.0", "1.5"))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "journal.sqlite").write_bytes(b"not a database at all")
    cases = [
        (("simulate", "nowhere"), "neither a file nor one that is shipped (demo)"),
        (("simulate", tmp_path / "none.toml"), "none.toml: cannot be read: No such file"),
        (("simulate", scenario, "--keep", keep), "the folder is not empty"),
        (("replay", tmp_path / "empty", "--verify"), "no journal.sqlite here"),
        (("replay", broken, "--verify"), "not a journal"),
        (("replay", keep, "--verify", "--map", other), "not the map of this journal"),
        (("replay", keep), "--verify"),
    ]
    for words, sentence in cases:
        code, out, err = call(capsys, *words)
        assert (code, out) == (2, ""), words
        assert sentence in err
        assert len(err.splitlines()) == 1


def test_a_journal_of_another_format_is_refused(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    call(capsys, "simulate", scenario, "--keep", keep)
    with sqlite3.connect(keep / "journal.sqlite") as connection:
        connection.execute("UPDATE head SET value = '99' WHERE key = 'format'")
    connection.close()
    code, _, err = call(capsys, "replay", keep, "--verify")
    assert code == 2
    assert "written in format 99" in err
