# SPDX-License-Identifier: Apache-2.0
"""Where a robot on boards is, and who may say so: on both boards' C and the plant."""

import math
from pathlib import Path

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import DoorChanged as Door
from robot_agent.core.events import ModeChanged, Passed, Posed, Release, SetPosition
from tests.robot_agent.board.two_boards import START, UNREAD, TwoBoards
from tests.robot_agent.drivers.bodies import path


@pytest.fixture
def robot(tmp_path: Path) -> TwoBoards:
    """Switched on and released by an operator, as every morning."""
    made = TwoBoards(tmp_path)
    made.run(1_500)
    made.release()
    made.run(1_000)
    return made


def test_it_is_where_somebody_says_it_is(robot: TwoBoards) -> None:
    robot.perform(SetPosition(5_000, -2_000, 1_571))
    robot.run(100)
    pose = robot.pose
    assert (pose.x_mm, pose.y_mm, pose.heading_mrad) == (5_000, -2_000, 1_571)
    assert pose.localized


def test_put_down_nowhere_it_does_not_know_its_place_until_it_is_told(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path, start="")
    robot.run(1_500)
    robot.release()
    assert not robot.pose.localized
    robot.perform(SetPosition(0, 0, 0))
    assert robot.pose.localized


def test_the_service_key_is_its_mode_and_who_turns_it_back_has_seen_the_place(
    robot: TwoBoards,
) -> None:
    robot.reset_drive(ResetCause.WATCHDOG)
    robot.run(1_000)
    assert not robot.pose.localized
    robot.plant.press("service_key", robot.clock.ms)
    robot.run(700)
    assert robot.heard.of(ModeChanged)[-1] == ModeChanged("SERVICE")
    robot.plant.release("service_key", robot.clock.ms)
    robot.run(700)
    assert robot.heard.of(ModeChanged)[-1] == ModeChanged("AUTOMATIC")
    assert robot.pose.localized


def test_a_forced_door_is_forgiven_before_the_mode_says_that_somebody_has_looked(
    robot: TwoBoards,
) -> None:
    robot.plant.force_door("S1")
    robot.run(500)
    assert robot.heard.of(Door)[-1] == Door("S1", "forced")
    robot.plant.press("service_key", robot.clock.ms)
    robot.run(500)
    robot.plant.shut_door("S1")
    robot.run(500)
    assert robot.heard.of(Door)[-1] == Door("S1", "forced")
    robot.plant.release("service_key", robot.clock.ms)
    robot.run(3_000)
    told = [one for one in robot.heard.events if isinstance(one, Door | ModeChanged)]
    assert told[-2:] == [Door("S1", "shut"), ModeChanged("AUTOMATIC")]


def test_a_key_that_reads_turned_for_a_moment_was_not_turned(robot: TwoBoards) -> None:
    robot.plant.force_door("S1")
    robot.run(300)
    robot.plant.shut_door("S1")
    robot.reset_drive(ResetCause.PIN)
    robot.run(1_500)
    for for_ms in (60, 400):
        robot.plant.press("service_key", robot.clock.ms, for_ms)
        robot.run(3_000)
    assert robot.heard.of(Door)[-1] == Door("S1", "forced")
    assert not robot.pose.localized
    assert ModeChanged("SERVICE") not in robot.heard.events


def test_a_key_that_is_off_for_a_moment_was_not_turned_back(robot: TwoBoards) -> None:
    robot.plant.force_door("S1")
    robot.run(300)
    robot.plant.press("service_key", robot.clock.ms)
    robot.plant.shut_door("S1")
    robot.run(1_000)
    robot.plant.release("service_key", robot.clock.ms)
    robot.run(300)
    robot.plant.press("service_key", robot.clock.ms)
    robot.run(2_000)
    assert robot.heard.of(ModeChanged)[-1] == ModeChanged("SERVICE")
    assert robot.heard.of(Door)[-1] == Door("S1", "forced")


def test_a_board_that_was_reset_with_the_key_turned_does_not_say_it_was_turned_back(
    robot: TwoBoards,
) -> None:
    robot.plant.press("service_key", robot.clock.ms)
    robot.run(1_000)
    before = len(robot.heard.of(ModeChanged))
    robot.reset_drive(ResetCause.PIN)
    robot.misread = UNREAD
    robot.run(900)
    robot.misread = {}
    robot.run(2_000)
    assert robot.heard.of(ModeChanged)[before:] == []
    assert not robot.pose.localized


def lifted(robot: TwoBoards) -> None:
    """And put down elsewhere, and let on by its button."""
    robot.plant.press("tilt", robot.clock.ms)
    robot.run(1_000)
    robot.plant.carry_to(robot.x_mm, 15_000, math.pi)
    robot.plant.release("tilt", robot.clock.ms)
    robot.run(500)
    robot.plant.press("reset_button", robot.clock.ms, 500)
    robot.run(1_000)


def test_a_robot_that_was_lifted_stays_until_somebody_says_where_it_stands(
    robot: TwoBoards,
) -> None:
    robot.perform(path(((START.x_mm, START.y_mm), (START.x_mm + 9_000, START.y_mm))))
    robot.run(2_000)
    lifted(robot)
    assert robot.cause == "new_session"
    assert not robot.pose.localized
    stood_mm = robot.x_mm
    robot.run(5_000)
    assert robot.x_mm == stood_mm
    robot.perform(SetPosition(START.x_mm, START.y_mm + 15_000, 3_142))
    assert robot.pose.localized


def test_a_robot_carried_away_with_its_e_stop_pressed_does_not_know_its_place(
    robot: TwoBoards,
) -> None:
    """The graver cause hides the tilt."""
    robot.plant.press("e_stop", robot.clock.ms)
    robot.run(500)
    assert robot.pose.localized
    robot.plant.press("tilt", robot.clock.ms, 1_000)
    robot.run(1_500)
    robot.plant.release("e_stop", robot.clock.ms)
    assert not robot.pose.localized


def test_a_robot_lifted_while_its_agent_was_away_does_not_know_its_place(
    robot: TwoBoards,
) -> None:
    robot.run(1_000)
    robot.kill_agent()
    lifted(robot)
    robot.start_agent()
    robot.run(1_500)
    assert not robot.pose.localized


def test_a_lost_encoder_has_not_counted_the_way(robot: TwoBoards) -> None:
    robot.perform(path(((START.x_mm, START.y_mm), (START.x_mm + 20_000, START.y_mm))))
    robot.run(3_000)
    robot.misread = {"left_ticks": robot.plant.chassis.left.ticks}
    robot.run(3_000)
    assert robot.cause == "motor_fault"
    assert not robot.pose.localized
    robot.perform(Release("motor_fault"))
    assert robot.pose.localized


def test_wheels_that_count_what_they_cannot_have_rolled_are_not_believed(
    robot: TwoBoards,
) -> None:
    x_mm = robot.pose.x_mm
    for wheel in (robot.plant.chassis.left, robot.plant.chassis.right):
        wheel.travelled_mm += 2_900
    robot.run(200)
    assert not robot.pose.localized
    assert robot.pose.x_mm == x_mm


def test_a_board_that_has_lost_its_memory_counts_from_another_start(robot: TwoBoards) -> None:
    """Its boot count is 1 again, and its encoders stand at 0."""
    robot.perform(path(((START.x_mm, START.y_mm), (START.x_mm + 2_600, START.y_mm))))
    robot.run(8_000)
    x_mm = robot.pose.x_mm
    for wheel in (robot.plant.chassis.left, robot.plant.chassis.right):
        wheel.travelled_mm = 0.0
    robot.drive.start(ResetCause.POWER_ON, b"", 1_000)
    robot.run(2_000)
    assert robot.body.drive.session.hello is not None
    assert robot.body.drive.session.hello.boot_count == 1
    assert not robot.pose.localized
    assert robot.pose.x_mm == x_mm
    robot.release()
    assert robot.pose.localized


def test_a_curve_is_followed_as_closely_as_wheels_can(robot: TwoBoards) -> None:
    x, y = START.x_mm, START.y_mm
    robot.perform(path(((x, y), (x + 4_000, y)), ((x + 4_000, y), (x + 4_000, y + 4_000))))
    robot.run(20_000)
    assert Passed(7, 1) in robot.heard.events
    truth = robot.plant.chassis
    assert math.dist((truth.x_mm, truth.y_mm), (4_000, 4_000)) < 300
    assert abs(robot.pose.x_mm - x - truth.x_mm) < 30
    assert abs(robot.pose.y_mm - y - truth.y_mm) < 30


def test_poses_come_each_second(robot: TwoBoards) -> None:
    before = len(robot.heard.of(Posed))
    robot.run(5_000)
    assert len(robot.heard.of(Posed)) - before in (4, 5, 6)
