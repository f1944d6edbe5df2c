# SPDX-License-Identifier: Apache-2.0
"""Where a robot on boards is, and who may say so: on both boards' C and the plant."""

import math
from pathlib import Path

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import DoorChanged as Door
from robot_agent.core.events import ModeChanged, Passed, Posed, SetPosition
from tests.robot_agent.board.two_boards import START, TwoBoards
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
    robot.run(500)
    assert robot.heard.of(ModeChanged)[-1] == ModeChanged("SERVICE")
    robot.plant.release("service_key", robot.clock.ms)
    robot.run(500)
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
