# SPDX-License-Identifier: Apache-2.0
"""The driver `board` on both boards' C and the plant, in time that is moved by hand."""

from pathlib import Path

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import (
    BatteryRead,
    Charge,
    Follow,
    MotionStopped,
    PartFailed,
    Passed,
    Release,
    Resume,
    SafetyChanged,
    Signal,
)
from tests.robot_agent.board.two_boards import START, TwoBoards
from tests.robot_agent.drivers.bodies import path

EAST = (START.x_mm + 6_000, START.y_mm)


def way(path_id: int = 7, length_mm: int = 6_000) -> Follow:
    return path(((START.x_mm, START.y_mm), (START.x_mm + length_mm, START.y_mm)), path_id=path_id)


def faults(robot: TwoBoards) -> dict[str, str]:
    return {one.part: one.text for one in robot.heard.of(PartFailed)}


@pytest.fixture
def robot(tmp_path: Path) -> TwoBoards:
    """Switched on and released by an operator, as every morning."""
    made = TwoBoards(tmp_path)
    made.run(1_500)
    made.release()
    made.run(1_000)
    return made


def test_switched_on_it_stands_until_an_operator_releases_it(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.run(1_500)
    robot.perform(way())
    robot.run(3_000)
    assert robot.cause == "power_on"
    assert robot.x_mm == 0
    robot.release()
    robot.run(10_000)
    assert Passed(7, 0) in robot.heard.events
    assert faults(robot) == {}


def test_a_release_for_another_cause_changes_nothing(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.run(1_500)
    robot.perform(Release("watchdog"))
    robot.run(1_000)
    assert robot.cause == "power_on"


@pytest.mark.parametrize("minor", [0, 1])
def test_it_drives_to_the_end_of_its_way_with_boards_of_last_year_too(
    tmp_path: Path, minor: int
) -> None:
    robot = TwoBoards(tmp_path, minor)
    robot.run(1_500)
    robot.release()
    robot.perform(way())
    robot.run(12_000)
    assert Passed(7, 0) in robot.heard.events
    assert abs(robot.pose.x_mm - EAST[0]) < 200
    # It knows where it is as well as its wheels do.
    assert abs(robot.pose.x_mm - START.x_mm - robot.x_mm) < 30


def test_its_motors_are_off_while_it_has_nowhere_to_go(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(12_000)
    assert not robot.plant.motors_on
    assert robot.cause == "stopped_by_agent"
    assert robot.plant.stands


def test_it_goes_on_by_itself_after_a_drive_command_was_late(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(3_000)
    # A loaded machine: for half a second nobody has time for the agent.
    robot.is_agent_up = False
    robot.run(500)
    robot.is_agent_up = True
    robot.run(12_000)
    assert "command_timeout" in [one.cause for one in robot.heard.of(MotionStopped)]
    assert robot.body.drive.timeouts == 1
    assert Passed(7, 0) in robot.heard.events


def test_the_agent_that_ends_brakes_in_good_order(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(3_000)
    robot.body.drive.end()
    robot.run(20)
    robot.kill_agent()
    robot.run(2_000)
    assert robot.plant.stands
    assert not robot.plant.motors_on


def test_an_agent_started_again_knows_where_it_stands(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.run(1_500)
    robot.release()
    robot.perform(way())
    robot.run(4_000)
    robot.kill_agent()
    robot.run(3_000)
    robot.start_agent()
    robot.run(1_000)
    assert robot.pose.localized
    assert abs(robot.pose.x_mm - START.x_mm - robot.x_mm) < 30
    assert robot.cause == "new_session"


def test_an_agent_started_again_moves_only_when_its_core_sends_it(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.run(1_500)
    robot.release()
    robot.perform(way())
    robot.run(2_000)
    robot.kill_agent()
    robot.run(2_000)
    robot.start_agent()
    robot.run(1_000)
    stood_mm = robot.x_mm
    robot.body.drive.drive(500, 0)
    robot.run(500)
    assert robot.cause == "new_session"
    robot.perform(way(8))
    robot.run(10_000)
    assert Passed(8, 0) in robot.heard.events
    assert robot.x_mm > stood_mm


def test_a_cable_pulled_on_the_way_is_a_fault_and_the_core_sends_it_on(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(3_000)
    robot.pull_cables()
    robot.run(100)
    text = faults(robot)["drive board"]
    assert text == "drive: the line is gone"
    robot.run(1_900)
    assert robot.plant.stands
    robot.plug_cables()
    robot.run(1_000)
    assert faults(robot)["drive board"] == ""
    assert faults(robot)["drive"] == ""
    assert not robot.plant.motors_on
    robot.perform(Resume())
    robot.run(10_000)
    assert Passed(7, 0) in robot.heard.events
    assert abs(robot.pose.x_mm - START.x_mm - robot.x_mm) < 30


def test_a_session_lost_for_a_moment_is_no_way_round_the_core(robot: TwoBoards) -> None:
    """However short it was: the new session's cause is its core's to release."""
    robot.perform(way())
    robot.run(3_000)
    robot.body.drive.session.open_anew("a test", robot.clock.ms)
    robot.run(3_000)
    told = [one.text for one in robot.heard.of(PartFailed) if one.part == "drive board"]
    assert told[0]
    assert told[-1] == ""
    assert robot.cause == "new_session"
    assert not robot.plant.motors_on


def test_a_board_reset_on_the_way_waits_for_an_operator_who_knows_the_place(
    robot: TwoBoards,
) -> None:
    robot.perform(way())
    robot.run(3_000)
    robot.reset_drive(ResetCause.WATCHDOG)
    robot.run(2_000)
    assert robot.cause == "watchdog"
    assert not robot.pose.localized
    assert robot.body.drive.session.counts.resets >= 1
    robot.perform(Resume())
    robot.run(2_000)
    assert not robot.plant.motors_on
    robot.release()
    assert robot.pose.localized
    robot.perform(Resume())
    robot.run(10_000)
    assert Passed(7, 0) in robot.heard.events


def test_noise_on_the_line_stops_nothing_for_long(robot: TwoBoards) -> None:
    robot.perform(way())
    noise = bytes(range(256))
    for _ in range(20):
        robot.run(500)
        robot.drive.raw += noise
        robot.drive.send_bytes(noise)
    robot.run(4_000)
    assert Passed(7, 0) in robot.heard.events
    reader = robot.body.drive.session.reader
    assert reader.crc_errors + reader.cobs_errors + reader.too_long > 0


def test_the_e_stop_is_a_persons_matter(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(3_000)
    robot.plant.press("e_stop", robot.clock.ms)
    robot.run(1_000)
    assert robot.heard.of(SafetyChanged)[-1] == SafetyChanged("MANUAL", field_violation=False)
    assert robot.cause == "e_stop"
    robot.plant.release("e_stop", robot.clock.ms)
    robot.release()
    robot.run(1_000)
    assert robot.cause == "e_stop"
    robot.plant.press("reset_button", robot.clock.ms, 500)
    robot.run(1_000)
    assert robot.heard.of(SafetyChanged)[-1] == SafetyChanged("NONE", field_violation=False)
    assert robot.cause == "new_session"
    assert not robot.plant.motors_on
    robot.perform(Resume())
    robot.run(10_000)
    assert Passed(7, 0) in robot.heard.events


def test_the_bumper_is_told_as_its_protective_field(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(3_000)
    robot.plant.press("bumper", robot.clock.ms, 200)
    robot.run(1_000)
    assert robot.heard.of(SafetyChanged)[-1] == SafetyChanged("NONE", field_violation=True)
    robot.plant.press("reset_button", robot.clock.ms, 500)
    robot.run(1_000)
    assert robot.heard.of(SafetyChanged)[-1] == SafetyChanged("NONE", field_violation=False)


def test_it_stands_before_an_obstacle_that_its_board_sees(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(2_000)
    robot.plant.obstacle_mm = 200
    robot.run(2_000)
    stood_mm = robot.x_mm
    robot.run(1_000)
    assert robot.x_mm == stood_mm
    robot.plant.obstacle_mm = 65_535
    robot.run(10_000)
    assert Passed(7, 0) in robot.heard.events


def test_without_a_word_of_its_obstacle_sensor_it_does_not_move(robot: TwoBoards) -> None:
    robot.plant.press("obstacle_sensor", robot.clock.ms)
    robot.run(1_000)
    robot.perform(way())
    robot.run(3_000)
    assert robot.x_mm == 0


def test_what_keeps_its_motors_off_is_said_after_two_seconds(robot: TwoBoards) -> None:
    robot.plant.locker["S1"].closed = False
    robot.run(500)
    robot.body.drive.drive(300, 0)
    for _ in range(60):
        robot.body.drive.drive(300, 0)
        robot.run(50)
    assert "doors_shut" in faults(robot)["motors"]
    robot.run(500)
    assert faults(robot)["motors"] == ""


def test_a_motors_fault_is_told_and_healed_by_the_operators_release(robot: TwoBoards) -> None:
    robot.perform(way())
    robot.run(2_000)
    robot.motor_dc = 1_000
    robot.run(3_000)
    assert robot.cause == "motor_fault"
    assert faults(robot)["motor"] == "over temperature"
    robot.motor_dc = 300
    robot.run(500)
    robot.release()
    assert faults(robot)["motor"] == ""


def test_a_board_that_is_not_the_one_it_was_given_never_drives(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path, drive_id="ab" * 12)
    robot.run(3_000)
    text = faults(robot)["drive board"]
    assert f"not {'ab' * 12}" in text
    robot.perform(way(), Release("power_on"))
    robot.run(3_000)
    assert not robot.plant.motors_on


def test_exchanged_cables_are_said_as_such(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.drive, robot.locker = robot.locker, robot.drive
    for session in robot.sessions:
        session.plugged(robot.clock.ms)
    for board, session in zip((robot.drive, robot.locker), robot.sessions, strict=True):
        for _ in range(5):
            board.talk(session, robot.clock.ms)
    robot.clock.ms += 50
    robot.body.drive.step(robot.clock.ms)
    robot.body.locker.step(robot.clock.ms)
    assert faults(robot)["drive board"] == "drive: it is not a drive board"
    assert faults(robot)["locker board"] == "locker: it is not a locker board"


def test_the_battery_charges_when_it_is_asked_to_and_stands_at_a_charger(
    robot: TwoBoards,
) -> None:
    robot.plant._meets_charger = True
    robot.perform(Charge(True))
    robot.run(2_500)
    assert robot.heard.of(BatteryRead)[-1].charging
    robot.perform(Charge(False))
    robot.run(2_500)
    assert not robot.heard.of(BatteryRead)[-1].charging


def test_lights_are_what_they_were_told_after_a_reset_of_the_board_too(robot: TwoBoards) -> None:
    robot.perform(Signal("light", True))
    robot.run(200)
    assert robot.drive.pins_out.light
    robot.reset_drive(ResetCause.SOFTWARE)
    robot.run(1_000)
    assert robot.drive.pins_out.light
