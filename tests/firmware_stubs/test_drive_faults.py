# SPDX-License-Identifier: Apache-2.0
"""What fails inside the base: motors, encoders, supply, and what the board then does (D10, D11)."""

from collections.abc import Callable

import pytest

from robot_agent.board.codec import Frame, encode_frame
from robot_agent.board.drive_messages import BatteryReport, SetCharging, SetSignals
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import EnterLoader
from robot_agent.board.locker_messages import Unlock
from robot_agent.board.words import (
    Authority,
    BatteryFlags,
    DriveInputs,
    DriveState,
    EventKind,
    MotorFault,
    Result,
    StopCause,
)
from tests.firmware_stubs.boards import BoardUnderTest
from tests.firmware_stubs.drive_rig import DriveRig, armed_rig, moving_rig, standing_rig

LATENCY_MS = 100


def over_current_left(rig: DriveRig) -> None:
    rig.change(left_ma=21_000)


def over_current_right(rig: DriveRig) -> None:
    rig.change(right_ma=-21_000)


def hot(rig: DriveRig) -> None:
    rig.change(motor_dc=901)


def stalled(rig: DriveRig) -> None:
    rig.held = list(rig.wheels)


def left_encoder_lost(rig: DriveRig) -> None:
    rig.blind[0] = rig.chassis.left.ticks


def right_encoder_lost(rig: DriveRig) -> None:
    rig.blind[1] = rig.chassis.right.ticks


def healed(rig: DriveRig) -> None:
    rig.change(left_ma=400, right_ma=400, motor_dc=300)
    rig.held, rig.blind = [], {}


FAULTS: list[tuple[Callable[[DriveRig], None], MotorFault]] = [
    (over_current_left, MotorFault.OVER_CURRENT),
    (over_current_right, MotorFault.OVER_CURRENT),
    (hot, MotorFault.OVER_TEMPERATURE),
    (stalled, MotorFault.STALLED),
    (left_encoder_lost, MotorFault.ENCODER_LOST),
    (right_encoder_lost, MotorFault.ENCODER_LOST),
]
each_fault = pytest.mark.parametrize(
    ("breaks", "fault"), FAULTS, ids=[breaks.__name__ for breaks, _ in FAULTS]
)


def off_after_ms(rig: DriveRig, speed: int, limit_ms: int = 1_000) -> int:
    """How long until the motors are off, though commands go on."""
    for at_ms in range(0, limit_ms, 10):
        if not rig.motors_on:
            return at_ms
        if at_ms % 50 == 0:
            rig.command(speed)
        rig.step()
    raise AssertionError(f"motors are on after {limit_ms} ms")


@each_fault
def test_d11_motors_are_off_100_ms_after_a_fault(
    breaks: Callable[[DriveRig], None], fault: MotorFault
) -> None:
    rig = moving_rig(1_500)
    breaks(rig)
    assert off_after_ms(rig, 1_500) <= LATENCY_MS
    assert (rig.state, rig.cause) == (DriveState.FAULT, StopCause.MOTOR_FAULT)
    assert rig.told.motor_fault == fault
    assert (EventKind.MOTOR_FAULT, fault) in rig.events()


@each_fault
def test_d11_a_fault_that_is_over_is_released_from_the_desk_and_not_before(
    breaks: Callable[[DriveRig], None], fault: MotorFault
) -> None:
    rig = moving_rig(1_500)
    breaks(rig)
    off_after_ms(rig, 1_500)
    rig.step(times=150)
    if fault in (MotorFault.OVER_CURRENT, MotorFault.OVER_TEMPERATURE):
        assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
        rig.press_reset()
        assert rig.state == DriveState.FAULT
    healed(rig)
    rig.step(times=20)
    assert rig.arm(Authority.POSITION_CHECKED) == Result.NOT_AUTHORISED
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    rig.drive(800)
    assert (rig.state, rig.told.motor_fault) == (DriveState.MOVING, MotorFault.NONE)


@each_fault
def test_a_fault_that_lasts_a_moment_is_none(
    breaks: Callable[[DriveRig], None], fault: MotorFault
) -> None:
    rig = moving_rig(1_500)
    for _ in range(3):
        breaks(rig)
        rig.drive(1_500, for_ms=50)
        healed(rig)
        rig.drive(1_500, for_ms=300)
    assert rig.state == DriveState.MOVING
    del fault


@each_fault
def test_while_no_current_flows_it_is_no_fault_but_what_is_measured_does_not_arm(
    breaks: Callable[[DriveRig], None], fault: MotorFault
) -> None:
    rig = standing_rig()
    breaks(rig)
    rig.step(times=6_100)
    assert rig.state == DriveState.DISARMED
    measured = fault in (MotorFault.OVER_CURRENT, MotorFault.OVER_TEMPERATURE)
    expected = Result.WRONG_STATE if measured else Result.DONE
    assert rig.arm(Authority.OPERATOR) == expected


BLIND = {
    "both": (left_encoder_lost, right_encoder_lost),
    "left": (left_encoder_lost,),
    "right": (right_encoder_lost,),
}


@pytest.mark.parametrize("speed", [-50, 20, 50, 120, 200, 300])
@pytest.mark.parametrize("lost", BLIND.values(), ids=BLIND.keys())
def test_d11_a_lost_encoder_is_found_out_at_any_speed_before_it_drives_the_wheel_on(
    speed: int, lost: tuple[Callable[[DriveRig], None], ...]
) -> None:
    rig = moving_rig(speed)
    for breaks in lost:
        breaks(rig)
    rig.fastest_mm_s = 0.0
    off_after_ms(rig, speed, limit_ms=40_000 // abs(speed) + 140)
    expected = MotorFault.ENCODER_LOST if len(lost) == 1 else MotorFault.STALLED
    assert (rig.cause, rig.told.motor_fault) == (StopCause.MOTOR_FAULT, expected)
    assert rig.fastest_mm_s < 1.35 * abs(speed) + 120, "D7: the control drove it on"


def test_d11_an_encoder_that_counts_the_wrong_way_is_found_out() -> None:
    rig = moving_rig(100)
    crossed_at = rig.chassis.left.ticks

    def roll(board: BoardUnderTest) -> None:
        rig.blind[0] = 2 * crossed_at - rig.chassis.left.ticks
        rig._roll()

    rig.board.plant = roll
    off_after_ms(rig, 100)
    assert rig.told.motor_fault == MotorFault.ENCODER_LOST


def test_d11_a_slow_robot_on_a_slope_that_does_more_than_half_is_not_faulty() -> None:
    rig = armed_rig()

    def roll(board: BoardUnderTest) -> None:
        rig._roll()
        for wheel in rig.wheels:
            wheel.speed_mm_s *= 0.95

    rig.board.plant = roll
    rig.drive(200, for_ms=10_000)
    assert rig.state == DriveState.MOVING


def test_d10_a_battery_that_gets_hot_is_charged_no_longer() -> None:
    rig = standing_rig()
    rig.set(True, DriveInputs.CHARGER_PRESENT)
    rig.board.command(SetCharging(1))
    rig.change(battery_ma=4_000)
    rig.step(times=3)
    assert rig.out.charge_contactor
    rig.change(battery_dc=601)
    rig.step()
    assert not rig.out.charge_contactor
    rig.change(battery_ma=0, battery_dc=560)
    rig.step(times=300)
    assert not rig.out.charge_contactor, "not clearly cooler"
    rig.change(battery_dc=540)
    rig.step(times=2)
    assert rig.out.charge_contactor


@pytest.mark.parametrize("wheel", [0, 1], ids=["left", "right"])
def test_d5_a_wheel_that_runs_away_takes_the_motors_off__iso_3691_4_4_2(wheel: int) -> None:
    rig = moving_rig(1_500)
    rig.pushed = True
    for at_ms in range(0, 400, 10):
        rig.wheels[wheel].speed_mm_s = 2_600
        if not rig.motors_on:
            break
        if at_ms % 50 == 0:
            rig.command(1_500)
        rig.step()
    assert at_ms <= 2 * LATENCY_MS
    assert (rig.cause, rig.told.motor_fault) == (StopCause.MOTOR_FAULT, MotorFault.RUNAWAY)


@pytest.mark.parametrize(
    ("permille", "flags"),
    [
        (251, BatteryFlags(0)),
        (250, BatteryFlags.WARN),
        (150, BatteryFlags.WARN | BatteryFlags.RETURN),
        (50, BatteryFlags.WARN | BatteryFlags.RETURN | BatteryFlags.REFUSE),
    ],
)
def test_d10_warn_at_25_return_at_15_refuse_at_5_per_cent(
    permille: int, flags: BatteryFlags
) -> None:
    rig = standing_rig()
    rig.change(charge_permille=permille)
    rig.step()
    assert rig.battery.battery_flags == flags
    expected = Result.BATTERY if flags & BatteryFlags.REFUSE else Result.DONE
    assert rig.arm(Authority.OPERATOR) == expected


def test_d10_an_empty_battery_stops_nobody_on_the_way_but_sets_nobody_off() -> None:
    rig = moving_rig()
    rig.change(charge_permille=20)
    rig.drive(1_000)
    assert rig.state == DriveState.MOVING
    rig.step(times=150)
    assert rig.arm(Authority.OPERATOR) == Result.BATTERY
    rig.step()
    assert rig.cause == StopCause.BATTERY_REFUSED
    rig.change(charge_permille=200)
    rig.step()
    assert rig.arm(Authority.AGENT) == Result.DONE


def test_d10_a_hot_battery_sets_nobody_off() -> None:
    rig = standing_rig()
    rig.change(battery_dc=601)
    rig.step()
    assert rig.battery.battery_flags == BatteryFlags.FAULT
    assert rig.arm(Authority.OPERATOR) == Result.BATTERY
    rig.change(battery_dc=560)
    rig.step()
    assert rig.battery.battery_flags == BatteryFlags.FAULT
    rig.change(battery_dc=540)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.DONE


def test_d10_flags_do_not_chatter_and_reports_come_once_a_second() -> None:
    rig = standing_rig()
    rig.change(charge_permille=250)
    rig.step()
    count = len(rig.board.all(BatteryReport))
    for at in range(300):
        rig.change(charge_permille=250 + at % 5)
        rig.step()
    assert len(rig.board.all(BatteryReport)) - count == 3
    assert rig.battery.charge_permille == pytest.approx(252, abs=2)


def test_d10_a_supply_that_breaks_down_stops_it_and_says_so() -> None:
    rig = moving_rig()
    rig.change(battery_mv=18_500)
    assert off_after_ms(rig, 1_000) <= 60
    assert (rig.state, rig.cause) == (DriveState.FAULT, StopCause.BROWN_OUT)
    assert rig.battery.battery_flags & BatteryFlags.BROWN_OUT
    assert (EventKind.BROWN_OUT, 18_500) in rig.events()
    rig.step(times=100)
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
    rig.change(battery_mv=19_200)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE, "not clearly better"
    rig.change(battery_mv=24_000)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.DONE


def test_d10_a_supply_that_breaks_down_for_a_moment_is_none() -> None:
    rig = moving_rig()
    for _ in range(5):
        rig.change(battery_mv=18_500)
        rig.drive(1_000, for_ms=40)
        rig.change(battery_mv=24_000)
        rig.drive(1_000, for_ms=60)
    assert rig.state == DriveState.MOVING


def test_d10_a_supply_that_breaks_down_in_a_latched_stop_leaves_it_to_a_person() -> None:
    rig = moving_rig()
    rig.set(False, DriveInputs.E_STOP_CLEAR)
    rig.step()
    rig.set(True, DriveInputs.E_STOP_CLEAR)
    rig.change(battery_mv=18_500)
    rig.step(times=20)
    assert (rig.state, rig.cause) == (DriveState.E_STOP_LATCHED, StopCause.E_STOP)
    rig.press_reset()
    assert rig.cause == StopCause.E_STOP
    rig.change(battery_mv=24_000)
    rig.step()
    rig.press_reset()
    assert rig.cause == StopCause.NEW_SESSION


def test_it_charges_only_disarmed_at_a_charger_and_does_not_set_off_there() -> None:
    rig = standing_rig()
    assert rig.board.command(SetCharging(1)) == Result.DONE
    rig.step()
    assert not rig.out.charge_contactor
    rig.set(True, DriveInputs.CHARGER_PRESENT)
    rig.change(battery_ma=4_000)
    rig.step(times=3)
    assert rig.out.charge_contactor
    assert rig.battery.battery_flags == BatteryFlags.CHARGING
    assert rig.arm(Authority.OPERATOR) == Result.BATTERY
    assert rig.board.command(SetCharging(0)) == Result.DONE
    rig.change(battery_ma=-500)
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    rig.step()
    assert rig.board.command(SetCharging(1)) == Result.WRONG_STATE
    assert rig.board.command(SetCharging(0)) == Result.DONE
    rig.step()
    assert not rig.out.charge_contactor


def test_a_charger_that_it_left_is_not_closed_at_the_next_one_unasked() -> None:
    rig = standing_rig()
    rig.board.command(SetCharging(1))
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    rig.step(times=50)
    rig.set(True, DriveInputs.CHARGER_PRESENT)
    rig.step(times=10)
    assert (rig.state, rig.out.charge_contactor) == (DriveState.DISARMED, 0)


def test_a_loader_is_entered_only_disarmed_and_where_there_is_one() -> None:
    assert standing_rig().board.command(EnterLoader()) == Result.UNSUPPORTED
    rig = standing_rig(has_loader=True)
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    assert rig.board.command(EnterLoader()) == Result.WRONG_STATE
    assert not rig.board.enters_loader
    rig.step(times=50)
    assert rig.board.command(EnterLoader()) == Result.DONE
    assert rig.board.enters_loader


def test_what_a_drive_does_not_know_it_says_so() -> None:
    rig = standing_rig()
    assert rig.board.command(Unlock(1, 8_000)) == Result.UNKNOWN_MESSAGE


@pytest.mark.parametrize("message", [SetSignals(1, 1), SetCharging(1)])
def test_a_command_with_a_value_out_of_range_changes_nothing(message: Message) -> None:
    rig = standing_rig()
    assert raw_command(rig.board, type(message).ID, b"\x02\x02") == Result.OUT_OF_RANGE
    rig.step()
    assert (rig.out.light, rig.out.horn, rig.out.charge_contactor) == (0, 0, 0)


def test_an_arm_command_that_is_cut_short_arms_nothing() -> None:
    rig = standing_rig()
    assert raw_command(rig.board, 0x21, b"\x02") == Result.OUT_OF_RANGE
    rig.step()
    assert not rig.motors_on


def raw_command(board: BoardUnderTest, kind: int, payload: bytes) -> Result:
    """Sends the payload as it is; what became of it."""
    board.sequence += 1
    frame = Frame(kind, 1, board.session, board.sequence, board.now_ms, payload)
    board.send_bytes(encode_frame(frame))
    return board.answers(board.sequence)[-1]
