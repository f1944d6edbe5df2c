# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map export`: what a user sees."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatcher.cli.map_commands import app
from tests.dispatcher.roads.exporters.rich_campus import rich_text


@pytest.fixture
def campus(tmp_path: Path) -> Path:
    path = tmp_path / "uni.geojson"
    path.write_text(rich_text(), encoding="utf-8")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("to", ["lif", "open-rmf", "geojson"])
def test_a_map_is_written_in_each_format(to: str, campus: Path, tmp_path: Path) -> None:
    made = run("export", campus, "--to", to, "-o", tmp_path / "out", "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout.splitlines()[-1])
    assert (told["to"], told["output"]) == (to, str(tmp_path / "out"))
    assert (to == "geojson") == (told["lost"] == [])
    assert json.loads((tmp_path / "out").read_text(encoding="utf-8"))


def test_what_is_lost_is_said(campus: Path, tmp_path: Path) -> None:
    made = run("export", campus, "--to", "lif", "-o", tmp_path / "out.json")
    assert made.stdout == ""
    assert "lost: waits at nodes: 1 (b)\n" in made.stderr
    assert "lost: traffic keeps left: 1\n" in made.stderr


def test_a_lif_that_was_exported_can_be_imported(campus: Path, tmp_path: Path) -> None:
    run("export", campus, "--to", "lif", "-o", tmp_path / "uni.json", "--vehicle-type", "cart")
    made = run(
        *("import", tmp_path / "uni.json", "-o", tmp_path / "back.geojson", "--origin", "50,10"),
        *("--vehicle-type", "cart", "--station", "Hub", "--json"),
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout.splitlines()[-1])["source_format"] == "VDMA LIF 1.0"
    assert run("check", tmp_path / "back.geojson").exit_code == 0


def test_a_spoilt_lif_is_refused_and_the_old_map_stays(tmp_path: Path) -> None:
    source, output = tmp_path / "x.json", tmp_path / "out.geojson"
    source.write_text('{"metaInformation": {"lifVersion": "3.1"}, "layouts": []}', encoding="utf-8")
    output.write_text("old", encoding="utf-8")
    made = run("import", source, "-o", output)
    assert made.exit_code == 2
    assert 'x.json: metaInformation.lifVersion: is "3.1", this reads LIF 1.0' in made.stderr
    assert output.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--to", "yaml"), "--to is 'yaml', not one of lif, open-rmf, geojson"),
        (("--to", "lif", "--plain"), "--plain is for --to geojson"),
    ],
)
def test_a_wrong_wish_is_refused(
    words: tuple[str, ...], fault: str, campus: Path, tmp_path: Path
) -> None:
    made = run("export", campus, *words, "-o", tmp_path / "out")
    assert (made.exit_code, made.stderr) == (2, fault + "\n")
    assert not (tmp_path / "out").exists()


def test_a_faulty_map_is_not_exported(campus: Path, tmp_path: Path) -> None:
    campus.write_text(rich_text().replace('"slots": 4', '"slots": "x"'), encoding="utf-8")
    for to in ("lif", "open-rmf", "geojson"):
        made = run("export", campus, "--to", to, "-o", tmp_path / "out")
        assert made.exit_code == 2
        assert 'slots must be a number, not "x"' in made.stderr
    assert run("export", tmp_path / "none", "--to", "lif", "-o", tmp_path / "out").exit_code == 2
    assert not (tmp_path / "out").exists()
