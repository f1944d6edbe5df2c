# SPDX-License-Identifier: Apache-2.0
"""Whatever is wrong with what a demo is given: one line, the right exit code, nothing started."""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcher.cli.main import main
from dispatcher.demo import broker
from dispatcher.demo.run import terminated_like_interrupted
from dispatcher.parcel_file import NO_DAY, ParcelFileError, read_parcels


@pytest.fixture(autouse=True)
def no_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs would put their folder here."""
    (tmp_path / "runs").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "runs"))


def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: object) -> tuple[int, str]:
    """The exit code and the line that says why."""
    with pytest.raises(SystemExit) as left:
        main(["demo", *map(str, words)])
    _, why = capsys.readouterr().err.splitlines()
    assert list((tmp_path / "runs").iterdir()) == []
    return int(left.value.code or 0), why


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, why = refused(capsys, tmp_path, "--port", port)
    assert (code, why) == (2, f"--port {port}: Address already in use")


def test_a_bad_row_of_the_parcels_file_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    parcels = tmp_path / "parcels.csv"
    parcels.write_text("parcel,announced,slot_until,stop\np1,08:00,09:00,moon\n", encoding="utf-8")
    code, why = refused(capsys, tmp_path, "--parcels", parcels)
    assert (code, why) == (2, f"{parcels}:2: stop: the map has no stop 'moon'")


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_map_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    campus = tmp_path / "campus.geojson"
    campus.write_text(text, encoding="utf-8")
    code, why = refused(capsys, tmp_path, "--map", campus)
    assert code == 2
    assert why.startswith(str(campus))


def test_an_osm_file_without_roads_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    osm = tmp_path / "sea.osm"
    osm.write_text('<osm version="0.6"><node id="1" lat="1" lon="1"/></osm>', encoding="utf-8")
    code, why = refused(capsys, tmp_path, "--map", osm)
    assert code == 2
    assert why.startswith(str(osm))


def test_a_missing_broker_says_how_to_get_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    monkeypatch.setattr(broker, "SYSTEM_FOLDERS", ())
    code, why = refused(capsys, tmp_path, "--broker", "mosquitto")
    assert code == 3
    assert "apt install mosquitto, or use --broker amqtt" in why


@pytest.mark.parametrize(
    "words", [("--speed", 61), ("--robots", 0), ("--engine", "magic"), ("--broker", "post")]
)
def test_an_option_out_of_range_says_what_is_allowed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[object, ...]
) -> None:
    code, why = refused(capsys, tmp_path, *words)
    assert code == 2
    assert "allowed:" in why


def test_a_folder_with_something_in_it_is_not_taken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "journal.sqlite").touch()
    code, why = refused(capsys, tmp_path, "--keep", kept)
    assert (code, why) == (2, f"--keep {kept}: the folder is not empty")


@pytest.mark.parametrize("hours", ["inf", "1e300"])
def test_hours_without_an_end_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, hours: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["demo", "--until-h", hours])
    assert left.value.code == 2
    assert "allowed: 0 to 10000" in capsys.readouterr().err
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.fixture
def hang_up_as_before() -> Iterator[None]:
    """What a closed terminal does is as it was, whatever this run was started with."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_up_as_before")
def test_a_terminal_that_is_closed_ends_the_demo_like_ctrl_c() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with pytest.raises(KeyboardInterrupt), terminated_like_interrupted():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


@pytest.mark.usefixtures("hang_up_as_before")
def test_under_nohup_a_demo_outlives_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with terminated_like_interrupted():
        os.kill(os.getpid(), signal.SIGHUP)


def test_a_mass_of_very_many_digits_is_named(tmp_path: Path) -> None:
    parcels = tmp_path / "parcels.csv"
    row = f"p1,08:00,09:00,moon,{'9' * 5000}"
    parcels.write_text(f"parcel,announced,slot_until,stop,mass_g\n{row}\n", encoding="utf-8")
    with pytest.raises(ParcelFileError, match=r":2: mass_g: '9{20}' is no whole number"):
        read_parcels(parcels, NO_DAY)
