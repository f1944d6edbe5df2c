# SPDX-License-Identifier: Apache-2.0
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from robot_agent.board.codec import Frame, decode
from robot_agent.board.drive_messages import DriveStateReport
from robot_agent.board.identity import facts_of
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import Hello
from robot_agent.board.locker_messages import LockerReport
from robot_agent.board.update import why_not
from robot_agent.board.words import PROTOCOL_MAJOR, BoardKind
from robot_agent.cli import main
from robot_agent.core.memory import Kept
from robot_agent.service.state_lock import state_lock
from robot_agent.service.store import Store
from robot_agent.vda5050.state import Load
from tests.firmware_stubs.boards import LOCKER_PINS
from tests.robot_agent.board.chip import chip, image_of

OURS = (0, 1, 0)
"""The version that the C core has."""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    pytest.importorskip("smpclient", reason="needs smpclient (pip install smpclient)")
    file = tmp_path / "drive.bin"
    file.write_bytes(image_of(OURS))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "state"
    made.mkdir()
    return made


def said(kind: type[Message], **values: object) -> Message:
    """All else is 0."""
    zero = decode(Frame(kind.ID, PROTOCOL_MAJOR, 0, 0, 0, bytes(255)))
    return msgspec.structs.replace(zero, **values)


@contextmanager
def as_somebody() -> Iterator[None]:
    """Root may read everything."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(was)


def update(image: Path, device: str, folder: Path) -> int:
    words = ["--image", str(image), "--device", device, "--state-dir", str(folder)]
    return main(["board", "update", *words])


def test_both_boards_say_who_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with chip(BoardKind.DRIVE) as drive, chip(BoardKind.LOCKER) as locker:
        words = ["--drive", drive.device, "--locker", locker.device]
        assert main(["board", "info", *words, "--json"]) == 0
        told = json.loads(capsys.readouterr().out.splitlines()[-1])["boards"]
        assert main(["board", "info", *words]) == 0
        shown = capsys.readouterr().out
    assert [one["board"] for one in told] == ["drive", "locker"]
    assert told[0]["stop_cause"] == "power_on"
    assert told[0]["restarted_by"] == "operator"
    assert told[0]["inputs"]["e_stop_clear"] is True
    assert told[0]["speed_limit_mm_s"] == 1_670
    assert told[0]["link"]["crc_errors"] == 0
    assert told[1]["doors"] == ["locked"] * 4
    assert told[1]["occupied"] == []
    assert all(one["firmware"] == "0.1.0" and one["boot_count"] == 1 for one in told)
    assert "reset_cause:        power_on" in shown
    assert "e_stop_clear 1" in shown


def test_words_of_a_later_board_are_shown_as_numbers() -> None:
    """Other kinds, states and causes are only ever added at the end."""
    heard: tuple[Message, ...] = (
        said(Hello, board_kind=7, reset_cause=9, door_count=2),
        said(DriveStateReport, drive_state=8, stop_cause=99),
        said(LockerReport, doors=bytes((1, 77, 0))),
    )
    told = facts_of("dev", {type(one): one for one in heard})
    assert told.board == "unknown (7)"
    assert told.reset_cause == "unknown (9)"
    assert (told.state, told.stop_cause, told.restarted_by) == ("unknown (8)", "cause_99", "person")
    assert told.doors == ["locked", "unknown (77)"]
    assert why_not(msgspec.structs.replace(told, has_loader=True)) == "it is unknown (8)"


def test_a_device_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "drive")
    assert main(["board", "info", "--drive", missing]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"robot-agent: {missing}: No such file or directory: see to its cable")


def test_a_board_on_the_others_cable_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with chip(BoardKind.LOCKER) as locker:
        assert main(["board", "info", "--drive", locker.device]) == 1
    assert "it is not a drive board" in capsys.readouterr().err


def test_a_question_needs_a_device(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["board", "info"]) == 2
    assert "--drive DEV" in capsys.readouterr().err


def test_a_board_gets_new_firmware_over_its_line(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chip(BoardKind.DRIVE) as drive:
        assert update(image, drive.device, folder) == 0
        assert drive.taken == image.read_bytes()
        assert drive.board.frames
    said = capsys.readouterr()
    assert said.out == f"{drive.device}: drive board with firmware 0.1.0\n"
    assert "100 %" in said.err


def test_a_board_that_comes_back_with_its_old_firmware_is_said(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image.write_bytes(image_of((9, 0, 1)))
    with chip(BoardKind.DRIVE) as drive:
        assert update(image, drive.device, folder) == 1
    assert "came back with firmware 0.1.0, not 9.0.1" in capsys.readouterr().err


def test_a_loader_that_refuses_is_said(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chip(BoardKind.DRIVE) as drive:
        drive.breaks_off = True
        assert update(image, drive.device, folder) == 1
    assert "its loader refuses the image" in capsys.readouterr().err


def test_a_board_without_a_loader_gets_none(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chip(BoardKind.DRIVE, has_loader=False) as drive:
        assert update(image, drive.device, folder) == 1
        assert not drive.in_loader
    assert "it has no loader" in capsys.readouterr().err


def test_a_locker_with_something_in_it_gets_none(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chip(BoardKind.LOCKER) as locker:
        locker.pins = msgspec.structs.replace(LOCKER_PINS, occupied=b"\4" + bytes(7))
        assert update(image, locker.device, folder) == 1
    assert "something lies behind its doors 2" in capsys.readouterr().err


def test_a_robot_that_remembers_a_load_gets_none(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Kept(loads={"S1": Load(load_id="p-1", load_type="S", load_position="S1")})
    Store(folder).write(msgspec.json.encode(kept))
    assert update(image, "/dev/null", folder) == 1
    assert "something aboard, in S1" in capsys.readouterr().err


def test_a_memory_that_cannot_be_read_says_nothing_is_aboard_to_nobody(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Store(folder).write(b"[]")
    assert update(image, "/dev/null", folder) == 1
    assert "memory cannot be read" in capsys.readouterr().err


def test_where_the_memory_is_not_found_nobody_knows_what_is_aboard(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "elsewhere"))
    words = ["board", "update", "--image", str(image), "--device"]
    with chip(BoardKind.DRIVE) as drive:
        assert main([*words, drive.device]) == 2
        assert not drive.in_loader
        said = capsys.readouterr().err
        assert f"{tmp_path}/elsewhere: the agent's memory is not there" in said
        assert "--no-agent" in said
        assert main([*words, drive.device, "--no-agent"]) == 0


def test_no_agent_is_not_believed_where_there_is_a_memory(
    image: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Kept(loads={"S1": Load(load_id="p-1", load_type="S", load_position="S1")})
    Store(folder).write(msgspec.json.encode(kept))
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    words = ["--image", str(image), "--device", "/dev/null", "--no-agent"]
    assert main(["board", "update", *words]) == 1
    assert "something aboard, in S1" in capsys.readouterr().err


@pytest.mark.parametrize("inner", ["", "state"])
def test_a_folder_that_nobody_may_read_is_one_sentence(
    image: Path, inner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory() as name:
        # The image may be read, the folder or where it lies may not.
        open_to_all, closed = Path(name), Path(name) / "closed"
        copy = open_to_all / "drive.bin"
        copy.write_bytes(image.read_bytes())
        (closed / "state").mkdir(parents=True)
        open_to_all.chmod(0o755)
        closed.chmod(0)
        try:
            with as_somebody():
                assert update(copy, "/dev/null", closed / inner) in (1, 2)
        finally:
            closed.chmod(0o700)
    said = capsys.readouterr().err
    assert f"{closed / inner}: cannot be" in said
    assert "Permission denied" in said
    assert said.count("\n") == 1


def test_an_agent_at_work_keeps_its_boards(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with state_lock(folder):
        assert update(image, "/dev/null", folder) == 1
    assert "another agent is at work" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"firmware", image_of(OURS)[:-1]])
def test_what_is_no_image_is_not_sent(
    image: Path, folder: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    image.write_bytes(content)
    assert update(image, "/dev/null", folder) == 1
    assert "is no MCUboot image" in capsys.readouterr().err


def test_a_line_that_is_none_is_one_sentence(
    image: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update(image, "/dev/null", folder) == 1
    assert "/dev/null: it is no serial line" in capsys.readouterr().err
