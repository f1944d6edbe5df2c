# SPDX-License-Identifier: Apache-2.0
"""Doors and keypad of the driver `board`, on both boards' C and the plant."""

from pathlib import Path

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import (
    CodeEntered,
    CodeJudged,
    ContentsSeen,
    LockDoor,
    OpenDoor,
    PartFailed,
)
from robot_agent.core.events import DoorChanged as Door
from tests.robot_agent.board.two_boards import START, TwoBoards, spec_with
from tests.robot_agent.drivers.bodies import path

FOR_A_PERSON = OpenDoor("S1", "a-1", "p-1", fills=False, at_dock=False)
FOR_STAFF = OpenDoor("S1", "a-1", "p-1", fills=True, at_dock=True)


def doors(robot: TwoBoards) -> list[Door | ContentsSeen]:
    return [one for one in robot.heard.events if isinstance(one, Door | ContentsSeen)]


@pytest.fixture
def robot(tmp_path: Path) -> TwoBoards:
    """Standing, all told; what it says from now on is heard."""
    made = TwoBoards(tmp_path)
    made.run(1_500)
    made.release()
    made.run(1_500)
    made.heard.events.clear()
    return made


def test_when_it_starts_it_tells_each_door_and_what_lies_behind(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.plant.locker["M1"].inside = "p-9"
    robot.run(1_000)
    assert doors(robot) == [
        ContentsSeen("S1", occupied=False),
        Door("S1", "shut"),
        ContentsSeen("M1", occupied=True),
        Door("M1", "shut"),
    ]


def test_a_door_is_unlocked_opened_filled_and_shut(robot: TwoBoards) -> None:
    robot.perform(FOR_STAFF)
    robot.run(500)
    assert doors(robot) == []
    assert robot.plant.open_door("S1")
    robot.run(300)
    robot.plant.put_in("S1", "p-1")
    robot.run(300)
    robot.plant.shut_door("S1")
    robot.run(1_500)
    assert doors(robot) == [
        Door("S1", "open"),
        ContentsSeen("S1", occupied=True),
        Door("S1", "shut"),
    ]
    assert robot.plant.locker["S1"].bolted


def test_without_an_occupancy_sensor_nothing_is_said_of_contents(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path, spec=spec_with(occupancy=False))
    robot.run(1_000)
    assert robot.heard.of(ContentsSeen) == []


def test_a_door_is_unlocked_as_soon_as_the_robot_stands(robot: TwoBoards) -> None:
    x, y = START.x_mm, START.y_mm
    robot.perform(path(((x, y), (x + 3_000, y))))
    robot.run(2_500)
    assert not robot.plant.stands
    robot.perform(FOR_A_PERSON)
    robot.run(500)
    assert not robot.plant.open_door("S1")
    robot.run(4_500)
    assert robot.plant.stands
    assert robot.plant.open_door("S1")


def test_a_door_that_may_not_be_unlocked_for_ten_seconds_is_told_as_jammed(
    robot: TwoBoards,
) -> None:
    robot.perform(FOR_A_PERSON)
    # It never comes to stand, as far as the wire says.
    x, y = START.x_mm, START.y_mm
    robot.perform(path(((x, y), (x + 30_000, y))))
    robot.run(200)
    robot.perform(LockDoor("S1"))
    robot.run(2_500)
    robot.heard.events.clear()
    robot.perform(FOR_A_PERSON)
    robot.run(11_000)
    assert doors(robot)[0] == Door("S1", "jammed")
    assert robot.plant.locker["S1"].bolted


def test_a_lock_that_does_not_move_is_told_as_jammed(robot: TwoBoards) -> None:
    robot.plant.locker["S1"].stuck = True
    robot.perform(FOR_A_PERSON)
    robot.run(25_000)
    assert doors(robot) == [Door("S1", "jammed")]


def test_a_lock_that_does_not_close_is_nothing_to_drive_off_with(robot: TwoBoards) -> None:
    robot.perform(FOR_A_PERSON)
    robot.run(500)
    robot.plant.open_door("S1")
    robot.run(300)
    robot.plant.locker["S1"].stuck = True
    robot.plant.shut_door("S1")
    robot.run(25_000)
    assert doors(robot)[-1] == Door("S1", "unknown")


def test_a_door_waits_unlocked_for_as_long_as_the_core_wants_it(robot: TwoBoards) -> None:
    """The board locks it after 8 s, for the agent may be gone; it is not."""
    robot.perform(FOR_A_PERSON)
    robot.run(17_000)
    assert robot.plant.open_door("S1")


def test_a_door_that_nobody_opens_is_locked_and_told_though_it_was_shut_all_the_time(
    robot: TwoBoards,
) -> None:
    robot.perform(FOR_A_PERSON)
    robot.run(3_000)
    robot.perform(LockDoor("S1"))
    robot.run(2_000)
    assert robot.plant.locker["S1"].bolted
    assert doors(robot) == [Door("S1", "shut")]
    robot.perform(LockDoor("S1"))
    robot.run(1_000)
    assert doors(robot)[-2:] == [Door("S1", "shut"), Door("S1", "shut")]


def test_a_dead_agents_door_locks_by_itself(robot: TwoBoards) -> None:
    robot.perform(FOR_A_PERSON)
    robot.run(500)
    assert not robot.plant.locker["S1"].bolted
    robot.kill_agent()
    robot.run(10_000)
    assert robot.plant.locker["S1"].bolted


def test_a_forced_door_is_told(robot: TwoBoards) -> None:
    robot.plant.force_door("M1")
    robot.run(500)
    assert doors(robot) == [Door("M1", "forced")]


def test_doors_of_a_board_that_is_gone_are_not_known(robot: TwoBoards) -> None:
    robot.pull_cables()
    robot.run(2_000)
    assert doors(robot) == [Door("S1", "unknown"), Door("M1", "unknown")]
    faults = {one.part: one.text for one in robot.heard.of(PartFailed)}
    assert faults["locker board"] == "locker: the line is gone"
    robot.plug_cables()
    robot.run(1_000)
    assert doors(robot)[-4:] == [
        ContentsSeen("S1", occupied=False),
        Door("S1", "shut"),
        ContentsSeen("M1", occupied=False),
        Door("M1", "shut"),
    ]


def test_a_locker_with_too_few_doors_is_a_fault(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.locker.door_count = 1
    robot.locker.restart(ResetCause.POWER_ON)
    robot.run(2_000)
    texts = [one.text for one in robot.heard.of(PartFailed) if one.part == "doors"]
    assert texts[-1] == "the locker board has 1 doors, robot.compartments names 2"


def type_in(robot: TwoBoards, keys: str) -> None:
    robot.plant.locker.type(keys, robot.clock.ms)
    robot.run(200 * len(keys) + 300)


def wrong_entries(robot: TwoBoards) -> int:
    report = robot.body.locker.report
    assert report is not None
    return report.wrong_entries


def judge(robot: TwoBoards, *, accepted: bool) -> None:
    """As the core does at once."""
    robot.perform(CodeJudged(robot.heard.of(CodeEntered)[-1].entry, accepted))
    robot.run(500)


def test_a_code_is_told_once_and_answered_by_what_the_core_judged(robot: TwoBoards) -> None:
    type_in(robot, "493817#")
    assert robot.heard.of(CodeEntered) == [CodeEntered("493817", entry=1)]
    judge(robot, accepted=True)
    assert robot.heard.of(CodeEntered) == [CodeEntered("493817", entry=1)]
    assert wrong_entries(robot) == 0


def test_a_code_of_which_nobody_says_anything_counts_as_wrong(robot: TwoBoards) -> None:
    type_in(robot, "111111#")
    robot.run(6_000)
    assert wrong_entries(robot) == 1


def test_what_is_judged_late_is_not_said_of_the_next_entry(robot: TwoBoards) -> None:
    type_in(robot, "493817#")
    robot.run(6_000)
    type_in(robot, "111111#")
    robot.perform(CodeJudged(1, accepted=True))
    robot.run(500)
    assert wrong_entries(robot) == 2
    judge(robot, accepted=False)
    assert wrong_entries(robot) == 2


def test_an_entry_that_the_agent_heard_before_it_was_started_anew_is_told_once(
    robot: TwoBoards,
) -> None:
    robot.plant.locker.type("493817#", robot.clock.ms)
    while not robot.heard.of(CodeEntered):
        robot.run(10)
    robot.kill_agent()
    robot.run(500)
    robot.start_agent()
    robot.run(6_000)
    assert robot.heard.of(CodeEntered) == []
    type_in(robot, "493817#")
    assert robot.heard.of(CodeEntered) == [CodeEntered("493817", entry=2)]


@pytest.mark.parametrize("is_agent_started_anew", [False, True])
def test_a_code_is_heard_after_the_board_has_forgotten_how_far_it_had_counted(
    robot: TwoBoards, is_agent_started_anew: bool
) -> None:
    type_in(robot, "111111#")
    judge(robot, accepted=False)
    robot.locker.start(ResetCause.POWER_ON, b"", robot.clock.ms)
    if is_agent_started_anew:
        robot.run(6_000)
        robot.start_agent()
    robot.run(1_000)
    type_in(robot, "493817#")
    assert robot.heard.of(CodeEntered)[-1] == CodeEntered("493817", entry=1)
    judge(robot, accepted=True)
    assert wrong_entries(robot) == 0


def test_no_digit_is_on_the_disk(robot: TwoBoards) -> None:
    type_in(robot, "493817#")
    kept = [one.read_bytes() for one in robot.folder.iterdir()]
    assert kept
    assert b"493817" not in b"".join(kept)


def test_a_door_that_opens_for_staff_makes_no_code_right(robot: TwoBoards) -> None:
    type_in(robot, "111111#")
    robot.perform(FOR_STAFF)
    robot.run(1_500)
    assert wrong_entries(robot) == 1


def test_a_parcel_refused_by_its_code_was_a_right_code(robot: TwoBoards) -> None:
    type_in(robot, "493817*")
    assert robot.heard.of(CodeEntered) == [CodeEntered("493817", refuse=True, entry=1)]
    judge(robot, accepted=True)
    assert wrong_entries(robot) == 0


def test_a_code_that_the_core_does_not_accept_is_answered_at_once(robot: TwoBoards) -> None:
    type_in(robot, "111111#")
    judge(robot, accepted=False)
    type_in(robot, "222222#")
    assert len(robot.heard.of(CodeEntered)) == 2
    assert wrong_entries(robot) == 2


def test_five_wrong_codes_lock_the_keypad_in_the_board(robot: TwoBoards) -> None:
    for _ in range(5):
        type_in(robot, "111111#")
        judge(robot, accepted=False)
    report = robot.body.locker.report
    assert report is not None
    assert report.keypad_locked_ms > 50_000
    type_in(robot, "493817#")
    assert len(robot.heard.of(CodeEntered)) == 5


def test_no_digit_is_ever_said(robot: TwoBoards, capsys: pytest.CaptureFixture[str]) -> None:
    type_in(robot, "493817#")
    robot.run(2_000)
    said = capsys.readouterr()
    assert "493817" not in said.out + said.err


def test_a_way_of_no_robot_is_no_door(robot: TwoBoards) -> None:
    robot.perform(OpenDoor("X9", "a", "p", fills=False, at_dock=False), LockDoor("X9"))
    robot.run(500)
    assert doors(robot) == []
