# SPDX-License-Identifier: Apache-2.0
"""What the map commands refuse: in one sentence, with everything left as it was."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dispatcher.cli.map_commands import app
from tests.project.source_tree import ROOT

LINDENHOF = ROOT / "maps" / "lindenhof" / "campus.geojson"


@pytest.fixture
def campus_map(tmp_path: Path) -> Path:
    path = tmp_path / "campus.geojson"
    path.write_bytes(LINDENHOF.read_bytes())
    return path


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A map with hours whose time zone no machine knows."""
    document = json.loads(LINDENHOF.read_text("utf-8"))
    for feature in document["features"]:
        if feature["properties"]["kind"] == "site":
            feature["properties"]["timezone"] = "Mars/X"
        if feature["properties"]["kind"] == "edge":
            feature["properties"]["open_hours"] = "Mo-Fr 06:00-22:00"
    path = tmp_path / "nowhere.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["show", "MAP", "-o", "MAP"],
        ["export", "MAP", "--to", "open-rmf", "-o", "MAP"],
        ["import", "MAP", "-o", "MAP"],
        ["import", "MAP", "-o", "OUT", "--report", "OUT.json"],
    ],
)
def test_no_command_writes_over_what_it_reads_or_writes_besides(
    words: list[str], campus_map: Path
) -> None:
    out = campus_map.with_name("out.json")
    named = {"MAP": str(campus_map), "OUT": str(out), "OUT.json": str(out)}
    before = campus_map.read_bytes()
    out.write_text("mine")
    result = CliRunner().invoke(app, [named.get(word, word) for word in words])
    assert result.exit_code == 2, result.output
    assert "would be lost" in result.output
    assert (campus_map.read_bytes(), out.read_text()) == (before, "mine")


def test_a_report_that_cannot_be_written_leaves_no_map(campus_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.geojson"
    words = ["import", str(campus_map), "-o", str(out), "--report", str(tmp_path / "no" / "x.html")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "cannot be written" in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    "words", [["stats", "BAD"], ["diff", "BAD", "MAP"], ["diff", "MAP", "BAD"]]
)
def test_an_unknown_time_zone_is_said(words: list[str], campus_map: Path, nowhere: Path) -> None:
    named = {"MAP": str(campus_map), "BAD": str(nowhere)}
    result = CliRunner().invoke(app, [named.get(word, word) for word in words])
    assert result.exit_code == 2, result.output
    assert str(nowhere) in result.output
    assert "'Mars/X' is no known time zone" in result.output
    assert isinstance(result.exception, SystemExit | typer.Exit)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--rotation", "nan"], "--rotation is nan, not within -360 and 360"),
        (["--site", "../x"], "--site is '../x', not 1 to 64 letters"),
        (["--report", "x.pdf"], "a report is a file .html or .json"),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_any_work(
    words: list[str], why: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.geojson"
    result = CliRunner().invoke(app, ["import", str(tmp_path / "none"), "-o", str(out), *words])
    assert result.exit_code == 2
    assert why in result.output
    assert not out.exists()


def test_an_option_that_does_nothing_is_said(campus_map: Path, tmp_path: Path) -> None:
    words = ["import", str(campus_map), "-o", str(tmp_path / "out.geojson"), "--private"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "warning: not used for campus map: --private" in result.output
