# SPDX-License-Identifier: Apache-2.0
"""What stops the drive at once and until a person has seen to it (D3-D5, D13, L3)."""

from binascii import crc_hqx

import pytest

from robot_agent.board.drive_messages import Disarm
from robot_agent.board.words import (
    Authority,
    DriveInputs,
    DriveState,
    EventKind,
    ResetCause,
    Result,
    StopCause,
)
from tests.firmware_stubs.drive_rig import (
    DriveRig,
    armed_rig,
    moving_rig,
    standing_rig,
)

E_STOP = DriveInputs.E_STOP_CLEAR
BUMPER = DriveInputs.BUMPER_CLEAR
LEVEL = DriveInputs.LEVEL
DOORS = DriveInputs.DOORS_SHUT
BUTTON = DriveInputs.RESET_BUTTON
LATCHES = [
    (E_STOP, StopCause.E_STOP, EventKind.E_STOP),
    (BUMPER, StopCause.BUMPER, EventKind.BUMPER),
    (LEVEL, StopCause.TILT, EventKind.TILT),
    (DOORS, StopCause.DOOR_OPEN, EventKind.STOPPED),
]
# In struct kept of core/kept.h.
STOP_CAUSE_AT = 29
CRC_AT = 38
NAMES = ["e_stop", "bumper", "tilt", "door_open"]
each_latch = pytest.mark.parametrize(("wire", "cause", "event"), LATCHES, ids=NAMES)


@pytest.mark.parametrize("reset_cause", list(ResetCause))
def test_d5_boots_disarmed_with_the_brake_on__iso_3691_4_4_1_14(reset_cause: ResetCause) -> None:
    rig = DriveRig(reset_cause=reset_cause)
    rig.step()
    assert (rig.out.motors_on, rig.out.brake_released) == (0, 0)
    assert rig.state == DriveState.DISARMED
    expected = {
        ResetCause.POWER_ON: StopCause.POWER_ON,
        ResetCause.BROWN_OUT: StopCause.BROWN_OUT,
        ResetCause.WATCHDOG: StopCause.WATCHDOG,
    }
    assert rig.cause == expected.get(reset_cause, StopCause.RESET)


@pytest.mark.parametrize("wire", [E_STOP, BUMPER, DOORS], ids=["e_stop", "bumper", "door_open"])
@pytest.mark.parametrize("speed", [0, 1_500], ids=["armed", "moving"])
def test_d4_motors_are_off_in_the_step_that_sees_it__iso_3691_4_4_1_14_b(
    wire: DriveInputs, speed: int
) -> None:
    rig = moving_rig(speed) if speed else armed_rig()
    rig.command(speed)
    rig.set(False, wire)
    assert rig.off_after_ms() <= 10
    assert rig.state == DriveState.E_STOP_LATCHED


@pytest.mark.parametrize("wire", [E_STOP, BUMPER, DOORS], ids=["e_stop", "bumper", "door_open"])
def test_d4_while_it_brakes_in_good_order_too(wire: DriveInputs) -> None:
    rig = moving_rig(1_500)
    assert rig.board.command(Disarm()) == Result.DONE
    rig.step(times=10)
    assert (rig.motors_on, rig.state) == (True, DriveState.STOPPING)
    rig.set(False, wire)
    assert rig.off_after_ms() <= 10
    assert rig.state == DriveState.E_STOP_LATCHED


def test_d13_a_lifted_or_tilted_robot_stops_and_tells__starship() -> None:
    rig = moving_rig(500)
    rig.set(False, LEVEL)
    for _ in range(12):
        rig.command(500)
        rig.step()
    assert (rig.state, rig.cause) == (DriveState.E_STOP_LATCHED, StopCause.TILT)
    assert EventKind.TILT in dict(rig.events())


def test_d13_a_kerb_that_shakes_it_does_not_stop_it() -> None:
    rig = moving_rig(500)
    for _ in range(5):
        rig.set(False, LEVEL)
        rig.drive(500, for_ms=90)
        rig.set(True, LEVEL)
        rig.drive(500, for_ms=50)
    assert rig.state == DriveState.MOVING


def latched_rig(wire: DriveInputs) -> DriveRig:
    rig = moving_rig(800)
    rig.set(False, wire)
    rig.step(times=30)
    assert rig.state == DriveState.E_STOP_LATCHED
    return rig


@each_latch
def test_d3_letting_go_does_not_restart_it__iso_13850(
    wire: DriveInputs, cause: StopCause, event: EventKind
) -> None:
    rig = latched_rig(wire)
    assert (event, cause if event == EventKind.STOPPED else rig.told.inputs) in rig.events()
    rig.set(True, wire)
    rig.drive(1_000, for_ms=2_000)
    assert (rig.state, rig.cause) == (DriveState.E_STOP_LATCHED, cause)
    for authority in Authority:
        assert rig.arm(authority) == Result.WRONG_STATE
    rig.open()
    rig.step()
    assert rig.cause == cause


@each_latch
def test_d3_a_person_with_the_reset_button_releases_it_and_it_still_does_not_move(
    wire: DriveInputs, cause: StopCause, event: EventKind
) -> None:
    rig = latched_rig(wire)
    rig.set(True, wire)
    rig.press_reset()
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.NEW_SESSION)
    assert (EventKind.RELEASED_BY_PERSON, cause) in rig.events()
    rig.drive(1_000, for_ms=300)
    assert not rig.motors_on
    assert rig.arm(Authority.AGENT) == Result.NOT_AUTHORISED
    assert rig.arm(Authority.POSITION_CHECKED) == Result.DONE
    del event


@each_latch
def test_d3_a_reset_of_the_board_does_not_release_it(
    wire: DriveInputs, cause: StopCause, event: EventKind
) -> None:
    rig = latched_rig(wire)
    rig.set(True, wire)
    for reset_cause in ResetCause:
        rig.restart(reset_cause)
        assert (rig.state, rig.cause) == (DriveState.E_STOP_LATCHED, cause)
    rig.open()
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
    rig.press_reset()
    assert rig.cause == StopCause.NEW_SESSION
    rig.restart(ResetCause.WATCHDOG)
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.WATCHDOG)
    del event


def test_d3_a_button_that_is_pressed_too_short_does_nothing() -> None:
    rig = latched_rig(E_STOP)
    rig.set(True, E_STOP)
    for _ in range(5):
        rig.press_reset(300)  # in two readings 290 ms apart
    assert rig.state == DriveState.E_STOP_LATCHED


@each_latch
def test_d3_a_button_does_nothing_while_anything_is_not_clear(
    wire: DriveInputs, cause: StopCause, event: EventKind
) -> None:
    rig = latched_rig(E_STOP)
    rig.set(True, E_STOP)
    rig.set(False, wire)
    rig.press_reset(1_000)
    assert rig.state == DriveState.E_STOP_LATCHED
    del cause, event


def test_d3_a_button_that_jams_releases_nothing() -> None:
    rig = moving_rig()
    rig.set(True, BUTTON)
    rig.step()
    rig.set(False, E_STOP)
    rig.step(times=50)
    rig.set(True, E_STOP)
    rig.step(times=100)
    assert rig.state == DriveState.E_STOP_LATCHED
    rig.press_reset()
    assert rig.state == DriveState.E_STOP_LATCHED, "it was not seen up since"
    rig.press_reset()
    assert rig.state == DriveState.DISARMED


def test_d3_a_button_that_is_held_before_all_is_clear_must_be_pressed_anew() -> None:
    rig = latched_rig(E_STOP)
    rig.set(True, BUTTON)
    rig.step(times=50)
    rig.set(True, E_STOP)
    rig.step(times=100)
    assert rig.state == DriveState.E_STOP_LATCHED


def test_d3_a_button_that_is_held_while_a_door_is_shut_must_be_pressed_anew() -> None:
    rig = latched_rig(E_STOP)
    rig.set(True, E_STOP)
    rig.set(False, DOORS)
    rig.step()
    rig.set(True, BUTTON)
    rig.step(times=50)
    rig.set(True, DOORS)
    rig.step(times=100)
    assert rig.state == DriveState.E_STOP_LATCHED


def test_d3_a_button_that_is_held_before_the_pins_are_read_must_be_pressed_anew() -> None:
    rig = latched_rig(E_STOP)
    rig.set(True, E_STOP, BUTTON)
    rig.is_stale = True
    rig.restart(ResetCause.POWER_ON)
    rig.is_stale = False
    rig.step(times=100)
    assert rig.state == DriveState.E_STOP_LATCHED


@pytest.mark.parametrize("before", [0, 1], ids=["once", "twice"])
def test_d3_a_button_that_was_seen_around_a_loop_that_hung_was_not_held(before: int) -> None:
    rig = latched_rig(E_STOP)
    rig.set(True, E_STOP)
    rig.step()
    rig.set(True, BUTTON)
    rig.step(times=before)
    rig.step(ms=450)
    rig.step()
    rig.set(False, BUTTON)
    rig.step(times=5)
    assert rig.state == DriveState.E_STOP_LATCHED


def test_nothing_arms_before_it_was_measured_that_it_stands() -> None:
    rig = DriveRig()
    rig.step()
    rig.open()
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
    rig.step(times=4)
    assert rig.arm(Authority.OPERATOR) == Result.DONE


def test_the_gravest_cause_is_told() -> None:
    rig = moving_rig(500)
    rig.set(False, BUMPER, DOORS)
    rig.step()
    assert rig.cause == StopCause.BUMPER
    rig.set(False, E_STOP)
    rig.step()
    assert rig.cause == StopCause.E_STOP
    rig.set(True, E_STOP)
    rig.step()
    assert rig.cause == StopCause.E_STOP
    kinds = [kind for kind, _ in rig.events()]
    assert kinds[-2:] == [EventKind.BUMPER, EventKind.E_STOP]


@pytest.mark.parametrize("wire", [E_STOP, BUMPER, LEVEL], ids=["e_stop", "bumper", "tilt"])
def test_d3_what_is_pressed_while_it_is_disarmed_latches_too(wire: DriveInputs) -> None:
    rig = standing_rig()
    rig.set(False, wire)
    rig.step(times=12)
    assert rig.state == DriveState.E_STOP_LATCHED


def test_l3_a_door_that_opens_while_it_is_disarmed_is_no_stop_and_it_does_not_arm() -> None:
    rig = standing_rig()
    rig.set(False, DOORS)
    rig.step(times=50)
    assert rig.state == DriveState.DISARMED
    assert rig.arm(Authority.OPERATOR) == Result.INTERLOCK
    rig.set(True, DOORS)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.DONE


@each_latch
def test_l3_what_opens_between_arming_and_the_next_step_wins(
    wire: DriveInputs, cause: StopCause, event: EventKind
) -> None:
    rig = standing_rig()
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    rig.set(False, wire)
    rig.command(1_000)
    rig.step(times=11)
    assert (rig.motors_on, rig.state, rig.cause) == (False, DriveState.E_STOP_LATCHED, cause)
    del event


def test_a_broken_wire_to_all_pins_stops_it_as_an_e_stop() -> None:
    rig = moving_rig()
    rig.command(1_000)
    rig.is_stale = True
    assert rig.off_after_ms() <= 10
    assert rig.cause == StopCause.E_STOP
    rig.step(times=100)
    assert not rig.out.standing, "nothing is known of its wheels"
    rig.is_stale = False
    rig.step(times=30)
    assert rig.out.standing
    assert EventKind.BROWN_OUT not in dict(rig.events())


def test_nothing_latches_before_the_pins_were_read_and_nothing_arms() -> None:
    rig = DriveRig()
    rig.is_stale = True
    rig.step(times=100)
    rig.open()
    rig.step()
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.POWER_ON)
    assert rig.arm(Authority.OPERATOR) == Result.INTERLOCK
    assert not rig.out.standing
    rig.is_stale = False
    rig.step(times=10)
    assert rig.state == DriveState.DISARMED
    assert rig.arm(Authority.OPERATOR) == Result.DONE


def test_kept_memory_of_newer_firmware_with_a_cause_without_a_word_here_is_an_e_stop() -> None:
    rig = latched_rig(E_STOP)
    copies = rig.board.kept()
    kept = bytearray(copies[: len(copies) // 2])
    assert kept[STOP_CAUSE_AT] == StopCause.E_STOP
    kept[STOP_CAUSE_AT] = 200
    kept[CRC_AT : CRC_AT + 2] = crc_hqx(kept[:CRC_AT], 0xFFFF).to_bytes(2, "little")
    again = DriveRig(kept=bytes(kept) * 2)
    again.step(times=10)
    assert (again.state, again.cause) == (DriveState.E_STOP_LATCHED, StopCause.E_STOP)
    again.restart()
    assert (again.state, again.cause) == (DriveState.E_STOP_LATCHED, StopCause.E_STOP)
