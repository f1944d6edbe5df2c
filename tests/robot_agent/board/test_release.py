# SPDX-License-Identifier: Apache-2.0
"""What an operator's release lets on, and for how long, on both boards' C and the plant."""

from pathlib import Path

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import MotionStopped, PartFailed, Passed, Release
from tests.robot_agent.board.two_boards import START, UNREAD, TwoBoards
from tests.robot_agent.drivers.bodies import path


def way(length_mm: int = 3_000) -> tuple[tuple[int, int], tuple[int, int]]:
    return ((START.x_mm, START.y_mm), (START.x_mm + length_mm, START.y_mm))


def ran_with_motors(robot: TwoBoards, ms: int) -> bool:
    """Whether they were on at any moment."""
    seen = []
    for _ in range(ms // 10):
        robot.run(10)
        seen.append(robot.plant.motors_on)
    return any(seen)


@pytest.fixture
def robot(tmp_path: Path) -> TwoBoards:
    """Switched on; nobody has released it."""
    made = TwoBoards(tmp_path)
    made.run(1_500)
    return made


def test_a_release_ends_the_stop_though_the_motors_wait_until_it_goes(robot: TwoBoards) -> None:
    robot.perform(Release("power_on"))
    assert robot.cause == "none"
    assert not ran_with_motors(robot, 15_000)
    assert robot.cause == "none"
    robot.perform(path(way()))
    robot.run(8_000)
    assert Passed(7, 0) in robot.heard.events


def test_a_release_is_for_one_stop_and_not_for_the_next_reset(robot: TwoBoards) -> None:
    robot.perform(Release("power_on"))
    robot.reset_drive(ResetCause.POWER_ON)
    robot.run(1_000)
    assert robot.cause == "power_on"
    robot.perform(path(way()))
    assert not ran_with_motors(robot, 3_000)


def test_the_same_stop_after_another_reset_is_another_stop(robot: TwoBoards) -> None:
    robot.reset_drive(ResetCause.POWER_ON)
    robot.run(1_000)
    robot.drive.start(ResetCause.POWER_ON, b"", 1_000)
    robot.run(1_000)
    told = [one for one in robot.heard.of(MotionStopped) if one.cause == "power_on"]
    assert [one.resets for one in told] == [0, 1, 2]


def test_a_release_is_void_after_the_cable_was_out(robot: TwoBoards) -> None:
    robot.perform(Release("power_on"))
    robot.pull_cables()
    robot.reset_drive(ResetCause.POWER_ON)
    robot.run(1_000)
    robot.plug_cables()
    robot.run(1_000)
    assert robot.cause == "power_on"
    robot.perform(path(way()))
    assert not ran_with_motors(robot, 3_000)


def test_a_release_that_was_used_is_used_up(robot: TwoBoards) -> None:
    robot.perform(Release("power_on"), path(way(9_000)))
    robot.run(2_000)
    robot.reset_drive(ResetCause.POWER_ON)
    assert not ran_with_motors(robot, 4_000)
    assert robot.cause == "power_on"


def test_a_release_before_a_stop_is_none(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path, cause=ResetCause.WATCHDOG)
    robot.perform(Release("watchdog"))
    robot.run(1_500)
    assert robot.cause == "watchdog"


def test_a_release_that_the_board_refuses_leaves_it_stopped(robot: TwoBoards) -> None:
    robot.release()
    robot.perform(path(way(9_000)))
    robot.run(2_000)
    robot.motor_dc = 1_000
    robot.run(2_000)
    assert robot.cause == "motor_fault"
    robot.perform(Release("motor_fault"))
    assert robot.cause == "none"
    robot.run(500)
    # It is as hot as before.
    assert robot.cause == "motor_fault"
    told = [one for one in robot.heard.of(PartFailed) if one.part == "motor"]
    assert [one.text for one in told] == ["over temperature", "", "over temperature"]


def test_a_release_waits_for_a_door_that_is_still_open(robot: TwoBoards) -> None:
    # As it was left when its power went.
    robot.plant.force_door("S1")
    robot.locker.restart(ResetCause.POWER_ON)
    robot.run(1_500)
    robot.perform(Release("power_on"), path(way()))
    assert not ran_with_motors(robot, 3_000)
    assert robot.cause == "none"
    told = [one.text for one in robot.heard.of(PartFailed) if one.part == "motors"]
    assert "doors_shut" in told[-1]
    robot.plant.shut_door("S1")
    robot.run(8_000)
    assert Passed(7, 0) in robot.heard.events


def test_motors_and_brake_are_left_alone_while_somebody_works_on_the_robot(
    robot: TwoBoards,
) -> None:
    robot.plant.press("service_key", robot.clock.ms)
    robot.run(100)
    robot.perform(Release("power_on"), path(way()))
    assert not ran_with_motors(robot, 3_000)
    robot.plant.release("service_key", robot.clock.ms)
    robot.run(8_000)
    assert Passed(7, 0) in robot.heard.events


def test_motors_are_off_until_it_is_known_whether_somebody_works_on_the_robot(
    robot: TwoBoards,
) -> None:
    robot.release()
    robot.reset_drive(ResetCause.POWER_ON)
    robot.plant.press("service_key", robot.clock.ms)
    robot.misread = UNREAD
    robot.run(800)
    robot.perform(Release("power_on"), path(way()))
    robot.misread = {}
    assert not ran_with_motors(robot, 3_000)


def test_the_stops_of_a_morning_are_told_in_order(robot: TwoBoards) -> None:
    robot.perform(Release("power_on"), path(way()))
    robot.run(8_000)
    causes = [one.cause for one in robot.heard.of(MotionStopped)]
    assert causes == ["power_on", "none", "stopped_by_agent"]
