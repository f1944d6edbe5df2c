# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispatcher.cli.map_commands import app
from dispatcher.data_files import demo_campus_path


def show(*words: object) -> Result:
    return CliRunner().invoke(app, ["show", *(str(word) for word in words)])


def test_show_writes_one_page_and_tells_its_size(tmp_path: Path) -> None:
    page = tmp_path / "campus.html"
    done = show(demo_campus_path(), "-o", page, "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts == {
        "output": str(page),
        "bytes": page.stat().st_size,
        "digest": facts["digest"],
    }
    assert facts["digest"] in page.read_text("utf-8")
    assert list(tmp_path.iterdir()) == [page]


def test_show_tells_how_fast_the_robot_is(tmp_path: Path) -> None:
    robot, page = tmp_path / "robot.toml", tmp_path / "campus.html"
    robot.write_text("[robot]\nspeed_mps = 2.5\n", "utf-8")
    done = show(demo_campus_path(), "-o", page, "--robot", robot)
    assert done.exit_code == 0, done.output
    assert '"speed_mm_s":2500' in page.read_text("utf-8")


def test_show_marks_what_the_check_finds(tmp_path: Path) -> None:
    sick, page = tmp_path / "sick.geojson", tmp_path / "campus.html"
    text = demo_campus_path().read_text("utf-8")
    sick.write_text(text.replace('"kind":"station"', '"kind":"parking"'), "utf-8")
    done = show(sick, "-o", page)
    assert done.exit_code == 0, done.output
    assert '"level":"error"' in page.read_text("utf-8")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"type":"FeatureCollection","features":[]}'])
def test_show_refuses_what_is_no_map_and_keeps_the_old_page(tmp_path: Path, content: bytes) -> None:
    bad, page = tmp_path / "bad.geojson", tmp_path / "page.html"
    bad.write_bytes(content)
    page.write_text("old", "utf-8")
    done = show(bad, "-o", page)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{bad}:1: ")
    assert page.read_text("utf-8") == "old"


def test_show_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = show(tmp_path / "none.geojson", "-o", tmp_path / "page.html")
    assert done.exit_code == 2
    assert done.stderr == f"{tmp_path}/none.geojson: cannot be read: No such file or directory\n"
