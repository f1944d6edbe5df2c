# SPDX-License-Identifier: Apache-2.0
"""Who restarts a drive that stands: each row of the table, on the board that enforces it."""

from collections.abc import Callable

import pytest

from robot_agent.board.drive_messages import Arm, Disarm
from robot_agent.board.link_messages import Hello, Open
from robot_agent.board.words import (
    SAFETY_HASH,
    Authority,
    DriveInputs,
    DriveState,
    EventKind,
    ResetCause,
    Result,
    StopCause,
)
from robot_agent.vda5050.restarts import RESTARTS
from tests.firmware_stubs.drive_rig import DriveRig, armed_rig, moving_rig, standing_rig

EMPTY_PERMILLE = 30
HOT_DC = 950


def timed_out() -> DriveRig:
    rig = armed_rig()
    rig.step(times=30)
    return rig


def disarmed_by_agent() -> DriveRig:
    rig = moving_rig()
    rig.board.command(Disarm())
    rig.step(times=100)
    return rig


def without_charge() -> DriveRig:
    rig = timed_out()
    rig.change(charge_permille=EMPTY_PERMILLE)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.BATTERY
    rig.change(charge_permille=800)
    rig.step()
    return rig


def opened_anew() -> DriveRig:
    rig = moving_rig()
    rig.open()
    rig.step(times=100)
    return rig


def after_reset(reset_cause: ResetCause) -> Callable[[], DriveRig]:
    return lambda: standing_rig(reset_cause=reset_cause)


def with_hot_motor() -> DriveRig:
    rig = moving_rig()
    rig.change(motor_dc=HOT_DC)
    rig.drive(1_000, for_ms=200)
    rig.change(motor_dc=300)
    rig.step(times=100)
    return rig


def touched(wire: DriveInputs) -> Callable[[], DriveRig]:
    def made() -> DriveRig:
        rig = armed_rig()
        rig.set(False, wire)
        rig.step(times=12)
        rig.set(True, wire)
        rig.step(times=10)
        return rig

    return made


def of_another_version() -> DriveRig:
    rig = standing_rig()
    assert rig.board.open(safety_hash=SAFETY_HASH ^ 1) == 0
    rig.step()
    return rig


def with_damaged_memory() -> DriveRig:
    kept = bytearray(standing_rig().board.kept())
    for at in (len(kept) // 2 - 1, -1):
        kept[at] ^= 1
    return standing_rig(kept=bytes(kept))


REACHED: dict[str, Callable[[], DriveRig]] = {
    "none": armed_rig,
    "command_timeout": timed_out,
    "stopped_by_agent": disarmed_by_agent,
    "battery_refused": without_charge,
    "new_session": opened_anew,
    "power_on": after_reset(ResetCause.POWER_ON),
    "brown_out": after_reset(ResetCause.BROWN_OUT),
    "watchdog": after_reset(ResetCause.WATCHDOG),
    "reset": after_reset(ResetCause.PIN),
    "motor_fault": with_hot_motor,
    "e_stop": touched(DriveInputs.E_STOP_CLEAR),
    "bumper": touched(DriveInputs.BUMPER_CLEAR),
    "tilt": touched(DriveInputs.LEVEL),
    "door_open": touched(DriveInputs.DOORS_SHUT),
    "version": of_another_version,
    "memory_lost": with_damaged_memory,
}
ASKED = {"agent": Authority.AGENT, "check": Authority.POSITION_CHECKED} | {
    "operator": Authority.OPERATOR
}
STANDING = [cause for cause in RESTARTS if cause != "none"]


def test_every_row_of_the_table_is_tested() -> None:
    assert list(REACHED) == list(RESTARTS)


@pytest.mark.parametrize("cause", STANDING)
@pytest.mark.parametrize("authority", list(Authority), ids=lambda one: one.name.lower())
def test_it_is_armed_on_the_authority_that_the_table_asks_for_and_on_no_less(
    cause: str, authority: Authority
) -> None:
    rig = REACHED[cause]()
    assert rig.cause == StopCause[cause.upper()]
    result = rig.arm(authority)
    rig.step()
    who = RESTARTS[cause].who
    if who in ASKED and authority >= ASKED[who]:
        assert (result, rig.state) == (Result.DONE, DriveState.ARMED)
        assert rig.cause == StopCause.NONE
        return
    assert not rig.motors_on
    assert rig.cause == StopCause[cause.upper()]
    if cause == "version":
        assert result == Result.BAD_SESSION
    else:
        assert result == (Result.WRONG_STATE if who == "person" else Result.NOT_AUTHORISED)


@pytest.mark.parametrize("cause", STANDING)
def test_a_person_at_the_robot_releases_what_the_desk_and_persons_may(cause: str) -> None:
    rig = REACHED[cause]()
    rig.events()
    rig.press_reset()
    released = RESTARTS[cause].who in ("operator", "person") and cause != "version"
    assert (rig.cause == StopCause.NEW_SESSION) == (released or cause == "new_session")
    expected = [(EventKind.RELEASED_BY_PERSON, StopCause[cause.upper()])] if released else []
    assert rig.events() == expected
    assert not rig.motors_on


def test_what_is_armed_is_not_armed_again() -> None:
    rig = armed_rig()
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
    assert rig.motors_on


@pytest.mark.parametrize("cause", ["command_timeout", "power_on", "new_session"])
def test_a_release_of_another_cause_than_the_present_one_is_refused(cause: str) -> None:
    rig = REACHED[cause]()
    for other in StopCause:
        if other != rig.cause:
            assert rig.arm(Authority.OPERATOR, other) == Result.WRONG_CAUSE
    assert rig.arm(Authority.OPERATOR) == Result.DONE


def test_an_arm_command_that_is_repeated_is_answered_and_not_done_again() -> None:
    rig = standing_rig()
    arm = Arm(Authority.OPERATOR, StopCause.POWER_ON)
    sequence = rig.board.send(arm)
    rig.step()
    rig.board.command(Disarm())
    rig.step(times=20)
    rig.board.send(arm, sequence=sequence)
    rig.step()
    assert rig.board.answers(sequence) == [Result.DONE, Result.DONE]
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.STOPPED_BY_AGENT)


@pytest.mark.parametrize("cause", ["command_timeout", "stopped_by_agent", "battery_refused"])
def test_a_new_session_asks_for_a_checked_position_whatever_it_stood_for(cause: str) -> None:
    rig = REACHED[cause]()
    rig.open()
    rig.step()
    assert rig.cause == StopCause.NEW_SESSION
    assert rig.arm(Authority.AGENT) == Result.NOT_AUTHORISED


HARD = [one for one in STANDING if RESTARTS[one].who in ("operator", "person")]


# A good open is what ends a difference of versions.
@pytest.mark.parametrize("cause", [one for one in HARD if one != "version"])
def test_a_new_session_takes_nothing_from_an_operator_or_a_person(cause: str) -> None:
    rig = REACHED[cause]()
    rig.open()
    rig.step()
    assert rig.cause == StopCause[cause.upper()]


def test_open_in_motion_takes_the_motors_off_at_once() -> None:
    rig = moving_rig(1_500)
    rig.open()
    assert rig.off_after_ms() <= 10
    assert (rig.state, rig.cause) == (DriveState.STOPPING, StopCause.NEW_SESSION)
    rig.step(times=100)
    assert rig.state == DriveState.DISARMED


def test_open_while_it_brakes_takes_the_motors_off_at_once() -> None:
    rig = moving_rig(1_500)
    rig.board.command(Disarm())
    rig.step()
    rig.open()
    assert rig.off_after_ms() <= 10


def test_an_empty_battery_does_not_lower_what_an_operator_must_release() -> None:
    rig = standing_rig()
    rig.change(charge_permille=EMPTY_PERMILLE)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.BATTERY
    rig.step()
    assert rig.cause == StopCause.POWER_ON


def test_another_version_keeps_the_motors_off_and_the_same_one_gives_them_back() -> None:
    rig = moving_rig()
    assert rig.board.open(safety_hash=SAFETY_HASH ^ 1) == 0
    assert rig.off_after_ms() <= 10
    assert (rig.state, rig.cause) == (DriveState.FAULT, StopCause.VERSION)
    rig.drive(1_000, for_ms=1_000)
    assert not rig.motors_on
    assert rig.board.open(safety_hash=SAFETY_HASH ^ 1) == 0
    assert rig.open() != 0
    rig.step()
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.NEW_SESSION)
    assert rig.arm(Authority.POSITION_CHECKED) == Result.DONE


@pytest.mark.parametrize("cause", ["power_on", "motor_fault", "e_stop"])
def test_another_version_in_between_takes_nothing_from_an_operator_or_a_person(
    cause: str,
) -> None:
    rig = REACHED[cause]()
    for _ in range(2):
        rig.board.open(safety_hash=SAFETY_HASH ^ 1)
        rig.step()
    rig.open()
    rig.step()
    assert rig.cause == StopCause[cause.upper()]
    assert rig.arm(Authority.POSITION_CHECKED) != Result.DONE


def test_an_e_stop_while_versions_do_not_match_is_latched() -> None:
    rig = of_another_version()
    rig.change(battery_mv=18_000)
    rig.step(times=10)
    assert rig.cause == StopCause.VERSION
    rig.set(False, DriveInputs.E_STOP_CLEAR)
    rig.step()
    assert rig.cause == StopCause.E_STOP


def test_d10_a_supply_that_breaks_down_while_versions_differ_is_left_to_an_operator() -> None:
    rig = of_another_version()
    rig.change(battery_mv=15_000)
    rig.step(times=30)
    assert (rig.state, rig.cause) == (DriveState.FAULT, StopCause.VERSION)
    rig.change(battery_mv=25_000)
    rig.step(times=30)
    rig.open()
    rig.step()
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.BROWN_OUT)
    assert EventKind.BROWN_OUT in dict(rig.events())
    assert rig.arm(Authority.POSITION_CHECKED) == Result.NOT_AUTHORISED
    assert rig.arm(Authority.OPERATOR) == Result.DONE


def test_an_agent_of_the_older_minor_version_drives_a_new_board() -> None:
    rig = DriveRig()
    rig.step(times=30)
    rig.board.send(Open(3, SAFETY_HASH, protocol_minor=0), session=0)
    rig.board.session = rig.board.last(Hello).session
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    rig.drive(700)
    assert rig.chassis.speed_mm_s == pytest.approx(700, abs=70)


def test_last_years_board_is_driven_too() -> None:
    rig = moving_rig(700, minor=0)
    assert rig.board.last(Hello).protocol_minor == 0
    assert rig.chassis.speed_mm_s == pytest.approx(700, abs=70)
    rig.step(times=40)
    assert rig.cause == StopCause.COMMAND_TIMEOUT
