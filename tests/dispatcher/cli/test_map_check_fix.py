# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map check|fix|stats|diff`: what a user sees, and that no input breaks them."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dispatcher.cli.map_commands import app
from tests.data_sets import data_file
from tests.dispatcher.roads.drawn_maps import (
    GEOJSON_IO,
    QGIS_ROADS,
    QGIS_STOPS,
    feature,
    square,
    write,
)

MAP = Path(__file__).parents[3] / "maps" / "lindenhof" / "campus.geojson"
STATS_KEYS = {
    *("nodes", "arcs", "km", "islands", "largest_component_share", "stops", "stops_unreachable"),
    *("buildings", "buildings_unsnapped", "gates", "dropped"),
}


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def last_line(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.geojson", square())


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    features = square()
    features["e-ab"]["properties"]["speed_mp"] = 1
    return write(tmp_path / "odd.geojson", features)


def test_warnings_are_told_but_count_only_where_the_user_is_strict(odd: Path) -> None:
    checked = run("check", odd, "--json")
    assert checked.exit_code == 0
    assert f"{odd}:3: warning: e-ab (50.000000,10.002000): its property" in checked.stderr
    assert "0 errors, 1 warning\n" in checked.stderr
    found = last_line(checked)
    assert (found["map"], found["ok"], found["errors"]) == (str(odd), True, [])
    assert len(found["digest"]) == 64
    assert found["warnings"][0].keys() == {
        *("code", "severity", "id", "lat", "lon", "line", "message", "name", "ids")
    }
    assert found["counts"] == {"unknown_property": 1}
    strict = run("check", odd, "--strict", "--json")
    assert (strict.exit_code, last_line(strict)["ok"]) == (1, False)


def test_errors_are_a_no(good: Path) -> None:
    text = good.read_text(encoding="utf-8")
    good.write_text(text.replace('"station"', '"depot"'), encoding="utf-8")
    checked = run("check", good, "--json")
    assert checked.exit_code == 1
    assert [one["code"] for one in last_line(checked)["errors"]] == ["no_station"]


def test_fleet_and_robot_are_looked_at(good: Path, tmp_path: Path) -> None:
    assert last_line(run("check", good, "--robots", 8, "--json"))["counts"] == {}
    counts = last_line(run("check", good, "--robots", 30, "--json"))["counts"]
    assert counts == {"few_chargers": 1, "few_parking": 1}
    robot = tmp_path / "robot.toml"
    robot.write_text("[robot]\nwidth_m = 9.0\n", encoding="utf-8")
    bad = run("check", good, "--robot", robot)
    assert (bad.exit_code, len(bad.stderr.splitlines())) == (2, 1)
    assert "robot.width_m" in bad.stderr


def test_what_does_not_read_is_told_as_json_too(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text('{"type": "Topology"}', encoding="utf-8")
    checked = run("check", path, "--json")
    assert checked.exit_code == 1
    assert (last_line(checked)["digest"], last_line(checked)["ok"]) == (None, False)
    assert "this is TopoJSON" in checked.stderr


def test_a_drawing_is_mended_and_judged(tmp_path: Path) -> None:
    drawing, output = tmp_path / "yard.geojson", tmp_path / "campus.geojson"
    drawing.write_text(GEOJSON_IO, encoding="utf-8")
    made = run("fix", drawing, "-o", output, "--timezone", "Europe/Berlin", "--json")
    assert made.exit_code == 0, made.stderr
    found = last_line(made)
    assert (found["output"], found["errors"]) == (str(output), [])
    assert found["changes"][0].keys() == {"id", "what", "lat", "lon", "line"}
    assert "wrote" in made.stderr
    assert run("check", output).exit_code == 0
    before = output.read_bytes()
    again = run("fix", output, "-o", output, "--json")
    assert (last_line(again)["changes"], output.read_bytes()) == ([], before)


def test_layers_of_qgis_are_taken_together(tmp_path: Path) -> None:
    roads, stops = tmp_path / "roads.geojson", tmp_path / "stops.geojson"
    roads.write_text(QGIS_ROADS, encoding="utf-8")
    stops.write_text(QGIS_STOPS, encoding="utf-8")
    output = tmp_path / "campus.geojson"
    made = run("fix", roads, stops, "-o", output, "--site", "yard")
    assert made.exit_code == 0, made.stderr
    assert last_line(run("stats", output, "--json"))["site"] == "yard"


def test_a_dry_run_writes_nothing(good: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.geojson"
    made = run("fix", good, "-o", output, "--dry-run", "--site", "other", "--json")
    assert (made.exit_code, output.exists()) == (0, False)
    assert last_line(made)["output"] is None
    assert run("fix", good).exit_code == 2


def test_what_cannot_be_mended_is_left_for_the_user(tmp_path: Path) -> None:
    features = square()
    del features["depot"]
    path, output = write(tmp_path / "x.geojson", features), tmp_path / "out.geojson"
    made = run("fix", path, "-o", output)
    assert made.exit_code == 1
    assert ": the map has no station" in made.stderr
    assert output.exists()


def test_stats_hold_the_promised_keys(good: Path) -> None:
    for path in (good, MAP):
        shown = run("stats", path, "--json")
        assert shown.exit_code == 0
        assert last_line(shown).keys() >= STATS_KEYS
        assert "road graph" in shown.stderr


def test_stats_of_an_extract_are_those_of_its_import(tmp_path: Path) -> None:
    extract = tmp_path / "x.osm"
    extract.write_text(
        '<osm version="0.6"><node id="1" lat="50.0" lon="10.0"/>'
        '<node id="2" lat="50.0" lon="10.003"/><node id="3" lat="50.001" lon="10.003"/>'
        '<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way>'
        '<way id="8"><nd ref="2"/><nd ref="3"/><tag k="highway" v="steps"/></way></osm>',
        encoding="utf-8",
    )
    found = last_line(run("stats", extract, "--json"))
    assert (found["km"], found["dropped"]) == (0.215, 1)


def test_stats_of_real_extracts() -> None:
    found = last_line(run("stats", data_file("maps/ajou-suwon.osm"), "--json"))
    assert found["stops_unreachable"] == 0
    assert found["largest_component_share"] > 0.9


def test_diff_answers_like_diff(good: Path, odd: Path, tmp_path: Path) -> None:
    same = run("diff", good, odd, "--json")
    assert (same.exit_code, last_line(same)["same"]) == (0, True)
    assert "no difference" in same.stderr
    features = square()
    features["stop-1"]["geometry"]["coordinates"][1] += 0.0001
    features["e-ab"]["properties"]["speed_mps"] = 1
    del features["e-da"]
    moved = run("diff", good, write(tmp_path / "new.geojson", features), "--json")
    assert (moved.exit_code, last_line(moved)["same"]) == (1, False)
    assert "stop stop-1: moved by 11.12 m (Haus 1)" in moved.stderr
    assert "edge e-ab: speed_mps was 2.5 m/s and is 1 m/s" in moved.stderr
    assert "vanished: 1 of kind edge (0.111 km): e-da" in moved.stderr
    assert "1 of 1 stop changed, median +" in moved.stderr
    assert run("diff", good, tmp_path / "none.geojson").exit_code == 2


def test_roundings_are_no_changes_to_read_about(good: Path, tmp_path: Path) -> None:
    features = square()
    features["stop-1"]["properties"]["offset_m"] = 30.004
    new = write(tmp_path / "new.geojson", features)
    found = run("diff", good, new, "--json")
    assert last_line(found)["changed"] == []
    assert "offset" not in found.stderr
    assert "the maps differ, by less than 10 mm" in found.stderr


def test_faults_that_say_the_same_are_one_line_and_all_in_json(tmp_path: Path) -> None:
    features = square()
    far = [[20 + 1e-4, 50.002], [20, 50.002], [20, 50.0021], [20 + 1e-4, 50.002]]
    for number in range(5):
        ring = [[lon - 10 + number * 2e-4, lat] for lon, lat in far]
        name = f"home-{number}"
        features[name] = feature("building", "Polygon", [ring], id=name, name="Hof", use="dorm")
    path = write(tmp_path / "homes.geojson", features)
    checked = run("check", path, "--json")
    (line,) = [one for one in checked.stderr.splitlines() if "building_unserved" in one]
    assert '5 times: home-0 "Hof" (50.002000,10.000100), home-1 "Hof", home-2 "Hof" and' in line
    assert "and 2 more: people live here and no stop serves them: no way comes within 50 m" in line
    assert [one["id"] for one in last_line(checked)["warnings"]] == [f"home-{n}" for n in range(5)]
    assert "0 errors, 5 warnings" in checked.stderr


def test_of_each_kind_of_warning_the_gravest_are_listed_and_the_rest_counted(
    tmp_path: Path,
) -> None:
    features = square()
    for number in range(4):
        line = [[10.004, 50 + number * 1e-3], [10.0041 + number * 1e-4, 50 + number * 1e-3]]
        name = f"far-{number}"
        ends = {"from": f"{name}-0", "to": f"{name}-1"}
        features[name] = feature("edge", "LineString", line, id=name, passing="wide", **ends)
    said = run("check", write(tmp_path / "x.geojson", features)).stderr
    assert [line.split(": ")[2][:5] for line in said.splitlines() if "[island]" in line] == [
        "far-3",
        "far-2",
    ]
    assert "not listed here: 2 × island; --json lists all" in said


def test_a_waiting_place_that_is_found_again_is_said_once(good: Path) -> None:
    said = run("fix", good, "--dry-run", "--waiting").stderr
    assert said.count("is found again by the next --waiting") == 1


@pytest.mark.parametrize("command", ["check", "fix", "stats", "diff"])
def test_a_missing_file_is_one_sentence(command: str, good: Path, tmp_path: Path) -> None:
    words = {"fix": ["--dry-run"], "diff": [good]}.get(command, [])
    result = run(command, tmp_path / "none.geojson", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "No such file" in result.stderr or "no such file" in result.stderr


ODD_VALUES: list[Any] = [
    *(None, True, -1, 0, 1e308, -1e308, float("nan"), float("inf"), 10**400, "", "x", "\ud800"),
    *([], {}, [[]], [1, 2], [[1, 2], [3, 4]], [10.0, 50.0], {"type": "Point"}, "edge", "stop"),
    *("e-ab", "a", 50.0, 90.0, 180.0, [None, None], [[[10.0, 50.0]] * 4], "2026-01-01", "24/7"),
]


def copied(other: Any, name: Any) -> Any:
    there = name in (other if isinstance(other, dict) else range(len(other)))
    return json.loads(json.dumps(other[name])) if there else None


def mutated(document: Any, rng: random.Random) -> Any:
    """The document with a few values replaced, moved, doubled or gone."""
    spots: list[tuple[Any, Any]] = []
    ahead = [document]
    while ahead:
        part = ahead.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part))
        for key in keys:
            spots.append((part, key))
            if isinstance(part[key], dict | list):
                ahead.append(part[key])
    for part, key in rng.sample(spots, rng.randint(1, 4)):
        if key not in (part if isinstance(part, dict) else range(len(part))):
            continue
        what = rng.randrange(4)
        if what == 0 and isinstance(part, list):
            part.append(part[key])
        elif what == 1:
            del part[key]
        elif what == 2:
            other, name = rng.choice(spots)
            part[key] = copied(other, name)
        else:
            part[key] = rng.choice(ODD_VALUES)
    return document


@pytest.mark.parametrize("seed", range(4))
def test_no_mutated_map_breaks_a_command(seed: int, good: Path, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "mutated.geojson"
    for number in range(40):
        source = json.loads(GEOJSON_IO) if number % 4 == 3 else None
        text = json.dumps(mutated(source or json.loads(good.read_text(encoding="utf-8")), rng))
        if number % 10 == 9:
            text = text[: rng.randrange(len(text))]
        path.write_text(text, encoding="utf-8")
        for words in (
            ("check", path, "--robots", 3),
            ("fix", path, "--dry-run", "--join-crossings", "--waiting"),
            ("stats", path),
            ("diff", good, path),
        ):
            result = run(*words, "--json")
            assert result.exit_code in (0, 1, 2), (words, text)
            assert result.exception is None or isinstance(result.exception, SystemExit), (
                words,
                text,
                result.exc_info,
            )
            if result.exit_code != 2:
                last_line(result)
