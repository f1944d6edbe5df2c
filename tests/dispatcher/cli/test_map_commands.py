# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map`: what a user sees of importing and checking maps."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatcher.cli.map_commands import app

EXTRACT = """<osm version="0.6">
<node id="1" lat="50.0" lon="10.0"/><node id="2" lat="50.0" lon="10.003"/>
<node id="3" lat="50.0001" lon="10.001"/><node id="4" lat="50.0001" lon="10.0012"/>
<node id="5" lat="50.0002" lon="10.0012"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way>
<way id="8"><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="3"/>
<tag k="building" v="dormitory"/><tag k="name" v="Haus Süd"/></way>
</osm>
"""


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "campus.osm"
    path.write_text(EXTRACT, encoding="utf-8")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_an_extract_becomes_a_map_that_passes_the_check(extract: Path, tmp_path: Path) -> None:
    output = tmp_path / "campus.geojson"
    made = run("import", extract, "-o", output, "--robots", 4, "--timezone", "Europe/Berlin")
    assert made.exit_code == 0, made.output
    assert made.stdout == ""
    assert "1 of 1 that people live in" in made.stderr
    assert "time zone: Europe/Berlin (asked for)" in made.stderr
    assert "warning" not in made.stderr
    checked = run("check", output)
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "0 errors" in checked.stderr


def test_the_whole_report_is_written_to_read_or_to_count(extract: Path, tmp_path: Path) -> None:
    output, page, facts = (tmp_path / name for name in ("m.geojson", "r.html", "r.json"))
    made = run("import", extract, "-o", output, "--report", page)
    assert f"report {page}" in made.stderr
    assert "<h1>Map import: campus.osm</h1>" in page.read_text("utf-8")
    made = run("import", extract, "-o", output, "--report", facts, "--json")
    assert json.loads(facts.read_text("utf-8")) == json.loads(made.stdout)
    made = run("import", extract, "-o", output, "--report", tmp_path / "r.pdf")
    assert (made.exit_code, "a report is a file .html or .json" in made.stderr) == (2, True)


def test_only_the_part_asked_for_is_taken(extract: Path, tmp_path: Path) -> None:
    output = tmp_path / "campus.geojson"
    south_of_the_house = "9.9,49.9,10.1,50.00005"
    made = run(
        "import", extract, "-o", output, "--clip", south_of_the_house, "--left-hand", "--json"
    )
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout)
    assert (facts["length_m"], facts["buildings"]) == (215, 0)
    assert facts["traffic_keeps"] == "left"
    refused = run("import", extract, "-o", output, "--clip", "9,9,1,1")
    assert (refused.exit_code, "the clip" in refused.stderr) == (2, True)


def test_what_a_robot_is_like_comes_from_a_file(extract: Path, tmp_path: Path) -> None:
    output, robot = tmp_path / "campus.geojson", tmp_path / "robot.toml"
    robot.write_text("[robot]\nwidth_m = 0.6\n", encoding="utf-8")
    assert run("import", extract, "-o", output, "--robot", robot).exit_code == 0
    robot.write_text("[robot]\nwidth = 0.6\n", encoding="utf-8")
    made = run("import", extract, "-o", output, "--robot", robot)
    assert (made.exit_code, "width_m" in made.stderr) == (2, True)


def test_with_json_the_last_line_is_one_object(extract: Path, tmp_path: Path) -> None:
    output = tmp_path / "campus.geojson"
    made = json.loads(run("import", extract, "-o", output, "--json").stdout.splitlines()[-1])
    assert made["stops"] == 1
    checked = json.loads(run("check", output, "--json").stdout.splitlines()[-1])
    assert (checked["ok"], checked["errors"]) == (True, [])
    assert checked["digest"] == made["digest"]


def test_a_faulty_map_is_told_line_by_line(extract: Path, tmp_path: Path) -> None:
    output = tmp_path / "campus.geojson"
    run("import", extract, "-o", output, "--station", "50.0,10.0015")
    text = output.read_text(encoding="utf-8")
    output.write_text(text.replace('"oneway": "no"', '"oneway": "forward"'), encoding="utf-8")
    checked = run("check", output, "--json")
    assert checked.exit_code == 1
    found = json.loads(checked.stdout)["errors"]
    assert any("stop stop-w8 (Haus Süd) cannot be reached from" in one["message"] for one in found)
    output.write_text(text.replace('"slots": 8', '"slots": "two"'), encoding="utf-8")
    checked = run("check", output)
    assert checked.exit_code == 1
    assert 'slots must be a number, not "two"' in checked.stderr


def test_a_bad_extract_leaves_the_old_map_alone(extract: Path, tmp_path: Path) -> None:
    output = tmp_path / "campus.geojson"
    output.write_text("old", encoding="utf-8")
    extract.write_text(EXTRACT[:300], encoding="utf-8")
    made = run("import", extract, "-o", output, "--json")
    assert (made.exit_code, made.stdout) == (2, "")
    assert len(made.stderr.splitlines()) == 1
    assert output.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_missing_files_and_folders_are_said_to_be_missing(extract: Path, tmp_path: Path) -> None:
    assert "no such file" in run("check", tmp_path / "none").stderr
    made = run("import", extract, "-o", tmp_path / "none" / "x.geojson")
    assert made.exit_code == 2
    assert "cannot be written: No such file" in made.stderr
