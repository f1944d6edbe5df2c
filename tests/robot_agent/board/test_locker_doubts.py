# SPDX-License-Identifier: Apache-2.0
"""What nobody knows of the locker's doors is told, and no door opens on it."""

from pathlib import Path

import msgspec
import pytest

from robot_agent.board.words import BoardKind, DoorState
from robot_agent.core.events import DoorChanged, LockDoor, OpenDoor, PartFailed
from robot_agent.core.spec import RobotSpec
from tests.robot_agent.board.test_core_on_boards import CODE, Minded, SetPositionSeen
from tests.robot_agent.board.two_boards import DOORS, TwoBoards, WiredBoard, spec_with
from tests.robot_agent.core.small_world import handover, pick, road

FOR_A_PERSON = OpenDoor("S1", "a-1", "p-1", fills=False, at_dock=False)
OTHER_CODE = "555555"


def started(robot: TwoBoards) -> TwoBoards:
    """Standing, all told."""
    robot.run(1_500)
    robot.release()
    robot.run(1_500)
    robot.heard.events.clear()
    return robot


def faults(robot: TwoBoards) -> dict[str, str]:
    """Of each part the last that was told."""
    return {one.part: one.text for one in robot.heard.of(PartFailed)}


def told(robot: TwoBoards) -> dict[str, str]:
    return {one.compartment: one.door for one in robot.heard.of(DoorChanged)}


def locker_id(robot: TwoBoards) -> str:
    hello = robot.body.locker.session.hello
    assert hello is not None
    return hello.unique_id.hex()


def is_bolted(robot: TwoBoards, name: str) -> bool:
    return robot.plant.locker[name].bolted


def look_into(robot: TwoBoards) -> None:
    """A person turns the service key on and off."""
    robot.plant.press("service_key", robot.clock.ms, 3_000)
    robot.run(6_000)


def restarted_with(robot: TwoBoards, *compartments: str) -> None:
    robot.kill_agent()
    robot.run(500)
    robot.spec = msgspec.structs.replace(robot.spec, compartments=compartments)
    robot.start_agent()
    robot.run(3_000)


def with_spare_door(folder: Path) -> TwoBoards:
    robot = TwoBoards(folder)
    robot.locker = WiredBoard(BoardKind.LOCKER, minor=1, door_count=len(DOORS) + 1)
    return started(robot)


def force_spare_door(robot: TwoBoards) -> None:
    """Its bolt is drawn for a moment."""
    pins = robot.plant.locker_pins
    spare = 1 << len(DOORS)

    def forced() -> object:
        was = pins()
        latched = bytes([was.latched[0] & ~spare]) + was.latched[1:]
        return msgspec.structs.replace(was, latched=latched)

    robot.plant.locker_pins = forced  # type: ignore[assignment]
    robot.run(300)
    robot.plant.locker_pins = pins  # type: ignore[method-assign]
    robot.run(1_500)


def test_a_locker_whose_doors_have_other_names_opens_none_until_a_person_has_looked(
    tmp_path: Path,
) -> None:
    robot = started(TwoBoards(tmp_path))
    restarted_with(robot, "M1", "S1")
    board = locker_id(robot)
    assert faults(robot)["compartments"] == (
        f"locker board {board} with the doors M1 S1, but it was locker board {board} with the"
        " doors S1 M1: look what lies where, then turn the service key on and off"
    )
    assert told(robot) == {"M1": "unknown", "S1": "unknown"}
    robot.perform(FOR_A_PERSON)
    robot.run(2_000)
    assert all(is_bolted(robot, name) for name in DOORS)
    restarted_with(robot, "M1", "S1")
    assert faults(robot)["compartments"], "another start is nobody's look"
    look_into(robot)
    assert faults(robot)["compartments"] == ""
    assert told(robot) == {"M1": "shut", "S1": "shut"}
    restarted_with(robot, "M1", "S1")
    assert "compartments" not in faults(robot)


def test_another_locker_board_opens_no_door_until_a_person_has_looked(tmp_path: Path) -> None:
    robot = started(TwoBoards(tmp_path))
    kept, board = tmp_path / "board-doors.json", locker_id(robot)
    kept.write_text(kept.read_text().replace(board, "ab" * 12))
    restarted_with(robot, *DOORS)
    assert faults(robot)["compartments"].startswith(
        f"locker board {board} with the doors S1 M1, but it was locker board {'ab' * 12} with"
    )
    robot.perform(FOR_A_PERSON)
    robot.run(2_000)
    assert is_bolted(robot, "S1")
    look_into(robot)
    robot.perform(FOR_A_PERSON)
    robot.run(1_000)
    assert not is_bolted(robot, "S1")


def test_names_of_doors_that_cannot_be_read_open_none_until_a_person_has_looked(
    tmp_path: Path,
) -> None:
    (tmp_path / "board-doors.json").write_text("?")
    robot = TwoBoards(tmp_path)
    robot.run(3_000)
    assert "board-doors.json: cannot be read" in faults(robot)["compartments"]
    assert set(told(robot).values()) == {"unknown"}
    look_into(robot)
    assert set(told(robot).values()) == {"shut"}


def test_names_of_doors_that_cannot_be_kept_open_none(tmp_path: Path) -> None:
    (tmp_path / "board-doors.new").mkdir()
    robot = TwoBoards(tmp_path)
    robot.run(3_000)
    assert "board-doors.json: cannot be written" in faults(robot)["compartments"]
    assert set(told(robot).values()) == {"unknown"}


@pytest.mark.parametrize("gap_ms", [600, 4_000, 30_000])
@pytest.mark.parametrize("is_opened", [False, True])
def test_a_door_that_was_unlocked_when_the_board_fell_silent_is_doubted_and_not_unlocked_again(
    tmp_path: Path, gap_ms: int, is_opened: bool
) -> None:
    robot = started(TwoBoards(tmp_path, spec=spec_with(occupancy=False)))
    robot.perform(FOR_A_PERSON)
    robot.run(600)
    assert not is_bolted(robot, "S1")
    robot.pull_cables()
    if is_opened:
        assert robot.plant.open_door("S1")
        robot.run(200)
        robot.plant.shut_door("S1")
    robot.run(gap_ms)
    robot.plug_cables()
    robot.run(2_000)
    words = [one.door for one in robot.heard.of(DoorChanged) if one.compartment == "S1"]
    assert words[0] == "unknown"
    assert words[-1] == "shut"
    for _ in range(100):
        robot.run(100)
        assert is_bolted(robot, "S1")


def test_a_door_that_was_about_to_lock_when_the_board_fell_silent_is_doubted(
    tmp_path: Path,
) -> None:
    robot = started(TwoBoards(tmp_path, spec=spec_with(occupancy=False)))
    robot.perform(FOR_A_PERSON)
    robot.run(600)
    robot.perform(LockDoor("S1"))
    robot.pull_cables()
    assert told(robot)["S1"] == "unknown"


def test_a_door_that_was_asked_for_while_the_board_was_gone_opens_when_it_is_back(
    tmp_path: Path,
) -> None:
    robot = started(TwoBoards(tmp_path))
    robot.pull_cables()
    robot.perform(FOR_A_PERSON)
    robot.run(3_000)
    robot.plug_cables()
    robot.run(1_500)
    assert not is_bolted(robot, "S1")


def test_a_spare_door_that_was_forced_is_told_and_forgiven(tmp_path: Path) -> None:
    robot = with_spare_door(tmp_path)
    assert robot.body.drive.doors_shut
    force_spare_door(robot)
    assert faults(robot)["spare doors"] == (
        "of the locker board's doors without a compartment not locked: 2: shut them, then turn"
        " the service key on and off"
    )
    assert not robot.body.drive.doors_shut
    look_into(robot)
    report = robot.body.locker.report
    assert report is not None
    assert report.doors[len(DOORS)] == DoorState.LOCKED
    assert faults(robot)["spare doors"] == ""
    assert robot.body.drive.doors_shut


@pytest.fixture
def at_the_stop(tmp_path: Path) -> Minded:
    """With p in S1 and q in S2, both waited for."""
    robot = Minded(tmp_path)
    robot.run(1_500)
    robot.feed(SetPositionSeen(robot))
    people = (handover("p", "S1", code=CODE), handover("q", "S2", code=OTHER_CODE))
    robot.order(road(2, actions={0: (pick("p", "S1", 1_000), pick("q", "S2", 1_000)), 1: people}))
    robot.release()
    for name in ("S1", "S2"):
        while is_bolted(robot, name):
            robot.run(100)
        robot.served(name)
    robot.until("hand-q RUNNING")
    return robot


def wrong_entries(robot: TwoBoards) -> int:
    report = robot.body.locker.report
    assert report is not None
    return report.wrong_entries


def test_right_codes_of_those_who_stand_in_line_do_not_lock_the_keypad(
    at_the_stop: Minded,
) -> None:
    robot = at_the_stop
    robot.types(f"{CODE}#")
    assert robot.plant.open_door("S1")
    for _ in range(6):
        robot.types(f"{OTHER_CODE}#")
        assert wrong_entries(robot) == 0
    assert is_bolted(robot, "S2")
    robot.types("111111#")
    assert wrong_entries(robot) == 1
    robot.plant.shut_door("S1")
    robot.run(2_000)
    assert not is_bolted(robot, "S2")


def test_a_parcel_is_in_nobodys_known_custody_when_the_board_fell_silent_with_its_door_unlocked(
    at_the_stop: Minded,
) -> None:
    robot = at_the_stop
    robot.types(f"{CODE}#")
    assert not is_bolted(robot, "S1")
    robot.pull_cables()
    assert robot.plant.open_door("S1")
    robot.run(500)
    robot.plant.shut_door("S1")
    robot.run(2_000)
    robot.plug_cables()
    robot.run(3_000)
    ended = robot.world.action("hand-p")
    assert (ended.action_status, ended.result_description) == ("FAILED", "interrupted")
    robot.types(f"{CODE}#")
    assert is_bolted(robot, "S1")
    robot.types(f"{OTHER_CODE}#")
    assert not is_bolted(robot, "S2")


def test_no_code_opens_the_door_that_has_anothers_name_since(at_the_stop: Minded) -> None:
    robot = at_the_stop
    spec: RobotSpec = robot.spec
    restarted_with(robot, "S2", "S1", *spec.compartments[2:])
    robot.types(f"{CODE}#")
    robot.run(2_000)
    assert all(is_bolted(robot, name) for name in spec.compartments)
    assert "doorOpen" in robot.world.errors
