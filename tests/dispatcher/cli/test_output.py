# SPDX-License-Identifier: Apache-2.0
"""How the commands write files, and what they let through to the terminal."""

import os
import stat
import threading
from pathlib import Path

import pytest
import typer

from dispatcher.cli.output import check_output, fail, say, shown, write_whole


def test_a_file_is_written_whole_and_nothing_else_is_touched(tmp_path: Path) -> None:
    beside = tmp_path / "map.geojson.part"
    beside.write_text("mine")
    write_whole(tmp_path / "map.geojson", "new")
    assert (tmp_path / "map.geojson").read_text() == "new"
    assert beside.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_who_may_read_a_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "map"
    path.write_text("old")
    path.chmod(0o600)
    write_whole(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_pipe_stays_a_pipe_and_gets_the_text(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "new")
    reader.join(10)
    assert heard == ["new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", [".", "", "none/map.geojson"])
def test_where_nothing_can_be_written_is_said_beforehand(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(typer.Exit) as left:
        check_output(Path(name))
    assert left.value.exit_code == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_source_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "campus.osm"
    source.write_text("roads")
    with pytest.raises(typer.Exit):
        check_output(tmp_path / "." / "campus.osm", None, source)
    assert "would be lost" in capsys.readouterr().err


def test_half_a_character_is_refused_and_leaves_the_old_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "map"
    path.write_text("old")
    with pytest.raises(typer.Exit):
        write_whole(path, "a\ud800b")
    assert "half a character" in capsys.readouterr().err
    assert path.read_text() == "old"


def test_text_of_a_map_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(["\x1b[31mred\x1b]0;x\x07 \u202eback \ud800 北门", "x" * 100_000])
    with pytest.raises(typer.Exit):
        fail("one\x1b\ntwo")
    first, second, *rest = capsys.readouterr().err.splitlines()
    assert first == "\\u001b[31mred\\u001b]0;x\\u0007 \\u202eback \\ud800 北门"
    assert len(second) == 2000
    assert rest == ["one\\u001b", "two"]
    assert shown("plain") == "plain"
