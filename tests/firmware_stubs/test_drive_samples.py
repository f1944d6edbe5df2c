# SPDX-License-Identifier: Apache-2.0
"""Pins that come late, as over a line from a busy host: what was read longer ago is no fault of the
motors and no speed, and nothing is held longer than it was seen."""

from robot_agent.board.drive_messages import Disarm
from robot_agent.board.words import Authority, DriveInputs, DriveState, Result, StopCause
from tests.firmware_stubs.drive_rig import DriveRig, moving_rig, standing_rig

SPEED_MM_S = 1_000


def freeze(rig: DriveRig) -> None:
    """Nobody reads the pins anew from now on; the board goes on with what it has."""
    rig.board.plant, rig.board.samples = None, False


def thaw(rig: DriveRig) -> None:
    rig.board.plant, rig.board.samples = (lambda _: rig._roll()), True


def test_d11_wheels_that_nobody_has_looked_at_for_half_a_second_are_not_stalled() -> None:
    rig = moving_rig(SPEED_MM_S)
    freeze(rig)
    rig.drive(SPEED_MM_S, for_ms=500)
    assert rig.state == DriveState.MOVING
    thaw(rig)
    rig.drive(SPEED_MM_S, for_ms=500)
    assert rig.state == DriveState.MOVING
    assert rig.told.stop_cause == StopCause.NONE


def test_d7_after_a_gap_the_speed_is_that_of_the_whole_gap() -> None:
    rig = moving_rig(SPEED_MM_S)
    for gap_ms in (40, 150, 500):
        freeze(rig)
        rig.drive(SPEED_MM_S, for_ms=gap_ms)
        thaw(rig)
        for _ in range(20):
            rig.drive(SPEED_MM_S, for_ms=10)
            assert abs(rig.told.speed_mm_s - SPEED_MM_S) < SPEED_MM_S // 5, gap_ms


def test_d3_a_button_that_was_read_once_is_not_held_while_nobody_looks() -> None:
    rig = standing_rig()
    rig.set(False, DriveInputs.E_STOP_CLEAR)
    rig.step(times=10)
    rig.set(True, DriveInputs.E_STOP_CLEAR)
    rig.step(times=10)
    rig.set(True, DriveInputs.RESET_BUTTON)
    rig.step(times=2)
    freeze(rig)
    rig.step(times=60)
    assert rig.state == DriveState.E_STOP_LATCHED


def test_d10_a_battery_that_does_not_answer_sets_nobody_off_and_stops_nobody() -> None:
    rig = moving_rig(SPEED_MM_S)
    rig.change(battery_mv=0, charge_permille=0)
    rig.drive(SPEED_MM_S, for_ms=500)
    assert rig.state == DriveState.MOVING
    rig.board.command(Disarm())
    rig.step(times=200)
    assert rig.arm(Authority.AGENT) == Result.BATTERY
    rig.change(battery_mv=25_000, charge_permille=800)
    rig.step(times=10)
    assert rig.arm(Authority.AGENT) == Result.DONE
