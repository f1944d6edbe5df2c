# SPDX-License-Identifier: Apache-2.0
"""`robot-agent board emulate` as a process: real boards, their lines, hands in their world."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from robot_agent.board.codec import Reader, decode, encode_frame, frame_of
from robot_agent.board.drive_messages import DriveStateReport
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import Hello, Open
from robot_agent.board.locker_messages import LockerReport
from robot_agent.board.words import SAFETY_HASH, BoardKind, DoorState, DriveInputs, DriveState
from tests.robot_agent.campus_writing import STREET, at, feature, site, text
from tests.tools import require_tool

WITHIN_S = 20.0
RUN = [sys.executable, "-m", "robot_agent.cli", "board", "emulate"]
MAP = text(site(), STREET, feature("station", "Point", at(5, 0), id="depot", edge="e1", offset_m=5))


def running(process: int) -> bool:
    """Whether there is such a process, and not only what is left of it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(done: Callable[[], bool], what: str) -> None:
    limit_s = time.monotonic() + WITHIN_S
    while not done():
        assert time.monotonic() < limit_s, what
        time.sleep(0.02)


class Plant:
    """The command at work for one robot, and an agent's bare ends of its lines."""

    def __init__(self, folder: Path) -> None:
        campus = folder / "north.geojson"
        campus.write_text(MAP)
        self.folder = folder / "boards"
        self.process = subprocess.Popen(
            [*RUN, "--map", str(campus), "--dir", str(self.folder), "--compartments", "S1,M1"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert self.process.stderr is not None
        self.said = self.process.stderr.readline()
        assert "1 robots with 2 boards" in self.said, self.said + self.process.stderr.read()
        until((self.folder / "control").exists, "no control")
        self.ends = {
            kind: os.open(self.folder / "R1" / kind, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            for kind in ("drive", "locker")
        }
        self.readers = {kind: Reader() for kind in self.ends}

    def boards(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def hand(self, **request: Any) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / "control"))
            line.sendall(json.dumps({"robot": "R1", **request}).encode() + b"\n")
            return dict(json.loads(line.makefile().readline()))

    def hear(self, kind: str) -> list[Message]:
        try:
            received = os.read(self.ends[kind], 65_536)
        except BlockingIOError:
            return []
        return [decode(frame) for frame in self.readers[kind].feed(received)]

    def await_message(self, kind: str, wanted: Callable[[Message], bool], what: str) -> None:
        until(lambda: any(wanted(message) for message in self.hear(kind)), what)

    def end(self) -> None:
        for end in self.ends.values():
            os.close(end)
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    for tool in ("gcc", "make"):
        require_tool(tool)
    plant = Plant(tmp_path)
    yield plant
    plant.end()


def test_both_boards_answer_on_their_lines_and_see_their_world(plant: Plant) -> None:
    for kind, number in (("drive", BoardKind.DRIVE), ("locker", BoardKind.LOCKER)):
        opening = encode_frame(frame_of(Open(7, SAFETY_HASH, 1), 0, 1, 0))
        os.write(plant.ends[kind], opening)

        def answers(message: Message, number: int = number) -> bool:
            return (
                isinstance(message, Hello) and message.board_kind == number and message.session != 0
            )

        plant.await_message(kind, answers, f"no hello of the {kind} board")
    shut = DriveInputs.DOORS_SHUT | DriveInputs.E_STOP_CLEAR
    plant.await_message(
        "drive",
        lambda one: isinstance(one, DriveStateReport) and one.inputs & shut == shut,
        "no doors seen shut over the wire",
    )
    plant.await_message(
        "locker",
        lambda one: (
            isinstance(one, LockerReport) and one.doors[:2] == bytes([DoorState.LOCKED] * 2)
        ),
        "two doors, locked",
    )


def test_a_hand_on_the_e_stop_latches_and_only_the_reset_button_frees(plant: Plant) -> None:
    def state(wanted: DriveState) -> Callable[[Message], bool]:
        return lambda one: isinstance(one, DriveStateReport) and one.drive_state == wanted

    plant.await_message("drive", state(DriveState.DISARMED), "not up")
    plant.hand(press="e_stop")
    plant.await_message("drive", state(DriveState.E_STOP_LATCHED), "not latched")
    plant.hand(release="e_stop")
    plant.await_message(
        "drive",
        lambda one: (
            isinstance(one, DriveStateReport) and bool(one.inputs & DriveInputs.E_STOP_CLEAR)
        ),
        "not released",
    )
    plant.hand(press="reset_button", for_ms=600)
    plant.await_message("drive", state(DriveState.DISARMED), "not freed")


def test_a_forced_door_is_seen(plant: Plant) -> None:
    def state(wanted: DoorState) -> Callable[[Message], bool]:
        return lambda one: isinstance(one, LockerReport) and one.doors[1] == wanted

    plant.await_message("locker", state(DoorState.LOCKED), "not up")
    assert plant.hand(force="M1")["doors"]["M1"]["closed"] is False
    plant.await_message("locker", state(DoorState.FORCED), "not forced")


def test_a_hand_that_asks_for_nonsense_is_told_so(plant: Plant) -> None:
    assert plant.hand(press="nose") == {
        "error": "'nose' is none of e_stop, bumper, tilt, obstacle_sensor, reset_button, "
        "service_key"
    }
    assert plant.hand(robot="R9") == {"error": "there is no robot 'R9'"}
    assert "unknown field" in plant.hand(sing="a song")["error"]


def test_sigterm_leaves_no_board_behind(plant: Plant) -> None:
    boards = plant.boards()
    assert len(boards) == 2
    plant.process.terminate()
    assert plant.process.wait(WITHIN_S) == 0
    assert not any(running(board) for board in boards)
    assert not (plant.folder / "control").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="not run: only Linux ends them then")
def test_a_plant_that_is_killed_takes_its_boards_with_it(plant: Plant) -> None:
    boards = plant.boards()
    plant.process.kill()
    until(lambda: not any(running(board) for board in boards), "boards outlive their plant")


def test_a_board_that_ends_is_named_and_the_others_go_on(plant: Plant) -> None:
    drive = next(
        board
        for board in plant.boards()
        if b"drive" in Path(f"/proc/{board}/cmdline").read_bytes().split(b"\0")[0]
    )
    os.kill(drive, signal.SIGKILL)
    assert plant.process.stderr is not None
    assert "R1 has lost its drive board" in plant.process.stderr.readline()
    plant.await_message(
        "locker", lambda one: isinstance(one, LockerReport), "the locker is gone, too"
    )
    assert plant.hand()["motors_on"] is False


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--firmware", "nowhere"], "is not there: make -C firmware_stubs host builds it"),
        (["--port", "mps2"], "QEMU is not installed: apt install qemu-system-arm"),
        ([], "make is not installed: apt install make"),
    ],
)
def test_what_is_missing_is_named_in_one_sentence(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    campus = tmp_path / "north.geojson"
    campus.write_text(MAP)
    done = subprocess.run(
        [*RUN, "--map", str(campus), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 3
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_more_doors_than_the_chips_image_has_is_bad_input(tmp_path: Path) -> None:
    campus = tmp_path / "north.geojson"
    campus.write_text(MAP)
    nine = ",".join(f"S{number}" for number in range(9))
    done = subprocess.run(
        [*RUN, "--map", str(campus), "--port", "mps2", "--compartments", nine],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (done.returncode, "8 doors, not 9" in done.stderr) == (2, True)
