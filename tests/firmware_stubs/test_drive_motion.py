# SPDX-License-Identifier: Apache-2.0
"""How it moves: limits that nobody talks the board out of, ticks and clocks that wrap (D7-D9)."""

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.drive_messages import Disarm, DriveFacts, SetSignals, Stop
from robot_agent.board.words import Authority, DriveInputs, DriveState, Result, StopCause
from tests.firmware_stubs.boards import BoardUnderTest
from tests.firmware_stubs.drive_rig import (
    SPEED_LIMIT_MM_S,
    STEP_MS,
    TOLERANCE,
    DriveRig,
    armed_rig,
    moving_rig,
    standing_rig,
)

ACCELERATION_MM_S2 = 1_000
BRAKE_MM_S2 = 3_000
SLOPE_OVER_MS = 200
TURN_LIMIT_MRAD_S = 1_500
TRACK_MM = 500
WRAP = 2**32


def measured(rig: DriveRig, ms: int, act: Callable[[int], None]) -> list[float]:
    """The true speed each 10 ms, `act` before each."""
    speeds = []
    for at_ms in range(0, ms, STEP_MS):
        act(at_ms)
        rig.step()
        speeds.append(rig.chassis.speed_mm_s)
    return speeds


def steepest(speeds: list[float]) -> float:
    """In mm/s2, speeding up counted only."""
    apart = SLOPE_OVER_MS // STEP_MS
    sizes = [abs(one) for one in speeds]
    return max(
        (later - sooner) * 1000 / SLOPE_OVER_MS
        for sooner, later in zip(sizes, sizes[apart:], strict=False)
    )


def test_d7_a_speed_beyond_the_limit_is_not_driven__tsukuba_challenge() -> None:
    rig = armed_rig()
    rig.drive(3_000, for_ms=5_000)
    assert rig.chassis.speed_mm_s == pytest.approx(SPEED_LIMIT_MM_S, rel=0.02)
    assert rig.fastest_mm_s <= SPEED_LIMIT_MM_S * TOLERANCE


def test_d7_no_wheel_is_beyond_the_limit_in_a_curve_and_the_curve_is_kept() -> None:
    rig = armed_rig()
    rig.drive(3_000, 1_500, for_ms=4_000)
    left, right = (one.speed_mm_s for one in rig.wheels)
    assert right <= SPEED_LIMIT_MM_S * 1.02
    assert (right - left) / (right + left) == pytest.approx(375 / 1_670, rel=0.05)


def test_d7_it_turns_on_the_spot_no_faster_than_the_limit() -> None:
    rig = armed_rig()
    rig.drive(0, -3_000, for_ms=3_000)
    left, right = (one.speed_mm_s for one in rig.wheels)
    assert left == pytest.approx(TURN_LIMIT_MRAD_S * TRACK_MM / 2_000, rel=0.05)
    assert right == pytest.approx(-left, rel=0.02)
    assert rig.told.turn_mrad_s == pytest.approx(-TURN_LIMIT_MRAD_S, rel=0.05)


def test_d7_it_speeds_up_no_faster_than_the_limit() -> None:
    rig = armed_rig()
    speeds = measured(rig, 3_000, lambda at_ms: at_ms % 50 or rig.command(3_000))
    assert steepest(speeds) <= ACCELERATION_MM_S2 * 1.15


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_d7_whatever_is_asked_for_speed_and_acceleration_stay_within_the_limits(
    seed: int,
) -> None:
    rig = armed_rig()
    draw = random.Random(seed)
    wanted = (0, 0)

    def act(at_ms: int) -> None:
        nonlocal wanted
        if at_ms % 400 == 0:
            wanted = (draw.randint(-3_000, 3_000), draw.randint(-3_000, 3_000))
        if at_ms % 50 == 0:
            rig.command(*wanted)

    speeds = measured(rig, 5_000, act)
    assert rig.motors_on
    assert rig.fastest_mm_s <= SPEED_LIMIT_MM_S * TOLERANCE
    assert steepest(speeds) <= ACCELERATION_MM_S2 * 1.25


def test_d7_the_speed_holds_where_the_motors_are_weaker_than_was_thought() -> None:
    rig = armed_rig()
    # A fifth of what is put out is lost on its way.
    roll = rig.chassis.roll

    def weakly(ms: int) -> float:
        for wheel in rig.wheels:
            wheel.output_permille = wheel.output_permille * 4 // 5
        return roll(ms)

    rig.chassis.roll = weakly  # type: ignore[method-assign]
    rig.drive(1_000, for_ms=5_000)
    assert rig.chassis.speed_mm_s == pytest.approx(1_000, rel=0.05)


@pytest.mark.parametrize(
    ("message", "longest_mm"), [(Disarm(), 780), (Stop(), 600)], ids=["disarm", "stop"]
)
def test_d8_the_way_it_needs_to_stop_is_known(message: Disarm | Stop, longest_mm: int) -> None:
    rig = moving_rig(1_500)
    before_mm = rig.chassis.x_mm
    assert rig.board.command(message) == Result.DONE
    rig.step(times=200)
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.STOPPED_BY_AGENT)
    assert rig.chassis.x_mm - before_mm <= longest_mm


def test_d8_after_a_time_out_at_full_speed_it_stands_within_1300_mm__6_km_h() -> None:
    rig = armed_rig()
    rig.drive(3_000, for_ms=4_000)
    before_mm = rig.chassis.x_mm
    rig.step(times=200)
    assert rig.chassis.speed_mm_s == 0
    assert rig.chassis.x_mm - before_mm <= 1_300


def test_a_stop_in_the_middle_of_disarming_brakes_harder() -> None:
    ways = []
    for harder in (False, True):
        rig = moving_rig(1_500)
        before_mm = rig.chassis.x_mm
        rig.board.command(Disarm())
        rig.step(times=5)
        if harder:
            rig.board.command(Stop())
            rig.board.command(Disarm())
        rig.step(times=200)
        ways.append(rig.chassis.x_mm - before_mm)
    assert ways[1] < ways[0] - 50


@pytest.mark.parametrize(
    ("ends", "speed", "most_ms"),
    [(Disarm, 1_670, 1_100), (Disarm, 300, 410), (Stop, 1_670, 820), (Stop, 300, 360)],
)
def test_d1_the_motors_of_one_that_rolls_on_are_off_soon_after_the_ramp_of_its_brake(
    ends: type[Disarm | Stop], speed: int, most_ms: int
) -> None:
    rig = moving_rig(speed)
    rig.drive(speed, for_ms=500)
    rig.board.command(ends())
    rig.pushed = True
    rig.board.plant = downhill(rig)
    assert rig.off_after_ms(limit_ms=4_000) <= most_ms
    assert (rig.state, rig.out.brake_released) == (DriveState.STOPPING, 0)


def downhill(rig: DriveRig) -> Callable[[BoardUnderTest], None]:
    """Wheels that turn with 250 mm/s and more whatever the motors do."""

    def roll(board: BoardUnderTest) -> None:
        for wheel in rig.wheels:
            wheel.speed_mm_s = max(250, wheel.speed_mm_s)
        rig._roll()

    return roll


def test_braking_in_good_order_that_takes_too_long_ends_with_the_motors_off() -> None:
    rig = moving_rig(1_000)
    rig.board.command(Disarm())
    rig.pushed = True

    def push(at_ms: int) -> None:
        for wheel in rig.wheels:
            wheel.speed_mm_s = max(300, wheel.speed_mm_s)

    measured(rig, 700, push)
    assert (rig.motors_on, rig.state) == (True, DriveState.STOPPING)
    measured(rig, 60, push)
    assert (rig.motors_on, rig.state) == (False, DriveState.STOPPING)
    measured(rig, 1_000, push)
    assert (rig.state, rig.out.standing) == (DriveState.STOPPING, 0)
    rig.step(times=50)
    assert (rig.state, rig.out.standing) == (DriveState.DISARMED, 1)


def test_zero_is_armed_and_standing_and_not_yet_a_wire_that_says_so() -> None:
    rig = moving_rig(800)
    rig.drive(0, for_ms=1_500)
    assert rig.state == DriveState.ARMED
    assert not rig.out.standing
    rig.board.command(Disarm())
    rig.step(times=20)
    assert rig.out.standing


def test_it_turns_round_without_a_jump() -> None:
    rig = moving_rig(1_000)
    speeds = measured(rig, 3_000, lambda at_ms: at_ms % 50 or rig.command(-1_000))
    assert speeds[-1] == pytest.approx(-1_000, rel=0.05)
    assert all(abs(later - sooner) <= BRAKE_MM_S2 / 100 for sooner, later in pairwise(speeds))


@pytest.mark.parametrize("speed", [1_000, -1_000], ids=["forwards", "backwards"])
def test_d9_ticks_wrap_without_a_jump(speed: int) -> None:
    start = 2**31 - 4_000 if speed > 0 else -(2**31) + 4_000
    rig = armed_rig(ticks=start)
    rig.drive(speed, for_ms=4_000)
    assert rig.state == DriveState.MOVING
    assert rig.told.left_ticks * speed < 0, "it wrapped"
    assert rig.told.speed_mm_s == pytest.approx(speed, rel=0.05)
    assert rig.told.left_ticks == pytest.approx(rig.chassis.left.ticks, abs=300)


def test_d9_reports_come_20_times_a_second_and_say_what_the_wheels_did() -> None:
    rig = moving_rig(1_000, 300)
    count = len(rig.board.heard)
    rig.drive(1_000, 300, for_ms=1_000)
    reports = [one for one in rig.board.heard[count:] if type(one) is type(rig.told)]
    assert len(reports) == pytest.approx(20, abs=1)
    assert rig.told.speed_mm_s == pytest.approx(1_000, rel=0.05)
    assert rig.told.turn_mrad_s == pytest.approx(300, rel=0.1)


def test_ticks_that_jump_beyond_all_reason_are_no_speed_beyond_its_number() -> None:
    rig = standing_rig()
    rig.pushed = True
    for jump_mm in (10**8, -(2 * 10**8)):
        for wheel in rig.wheels:
            wheel.travelled_mm += jump_mm
        rig.chassis.right.travelled_mm -= jump_mm / 2
        rig.step(times=3)
        assert rig.state == DriveState.DISARMED
        assert not rig.out.standing


def test_d12_the_lights_are_on_while_it_moves_whatever_the_agent_says__ar_pa_tn_codes() -> None:
    rig = moving_rig()
    assert rig.board.command(SetSignals(light=0, horn=1)) == Result.DONE
    rig.drive(1_000, for_ms=100)
    assert (rig.out.light, rig.out.horn) == (1, 1)
    rig.off_after_ms()
    rig.step()
    assert (rig.state, rig.out.light) == (DriveState.STOPPING, 1)
    rig.step(times=100)
    assert rig.out.light == 0
    assert rig.board.command(SetSignals(light=1, horn=0)) == Result.DONE
    rig.step()
    assert (rig.out.light, rig.out.horn) == (1, 0)


def test_it_says_what_it_is_made_of() -> None:
    rig = standing_rig()
    facts = rig.board.last(DriveFacts)
    assert facts.speed_limit_mm_s == SPEED_LIMIT_MM_S
    assert (facts.ticks_per_m, facts.track_mm) == (4_000, TRACK_MM)
    at = [type(one).__name__ for one in rig.board.heard].index
    assert at("DriveFacts") > at("Hello")


def latched(rig: DriveRig) -> None:
    rig.set(False, DriveInputs.E_STOP_CLEAR)
    rig.step(times=5)


def faulty(rig: DriveRig) -> None:
    rig.change(motor_dc=950)
    rig.drive(1_000, for_ms=200)
    rig.change(motor_dc=300)


def stopping(rig: DriveRig) -> None:
    rig.board.command(Disarm())
    rig.step(times=20)


def armed(rig: DriveRig) -> None:
    rig.drive(0, for_ms=1_500)


def moving(rig: DriveRig) -> None:
    rig.drive(1_000, for_ms=100)


def disarmed(rig: DriveRig) -> None:
    rig.step(times=200)


INTO = {
    DriveState.DISARMED: disarmed,
    DriveState.ARMED: armed,
    DriveState.MOVING: moving,
    DriveState.STOPPING: stopping,
    DriveState.E_STOP_LATCHED: latched,
    DriveState.FAULT: faulty,
}


@pytest.mark.parametrize("state", list(DriveState), ids=lambda one: one.name.lower())
def test_the_clock_wraps_at_2_32_ms_in_each_state_and_nothing_happens(state: DriveState) -> None:
    dry = moving_rig()
    INTO[state](dry)
    took_ms = dry.board.now_ms - 1_000
    rig = moving_rig(now_ms=WRAP - took_ms - 50)
    INTO[state](rig)
    assert rig.state == state
    assert rig.board.now_ms > WRAP - 100
    goes_on = 1_000 if state == DriveState.MOVING else 0
    if state in (DriveState.ARMED, DriveState.MOVING):
        rig.drive(goes_on, for_ms=500)
        assert rig.state == state
        assert rig.off_after_ms() <= 250
    else:
        rig.step(times=20)
        reports = [one for one in rig.board.heard if type(one) is type(rig.told)]
        assert {one.drive_state for one in reports[-3:]} <= {state, DriveState.STOPPING}
        rig.step(times=100)
        expected = DriveState.DISARMED if state == DriveState.STOPPING else state
        assert rig.state == expected
    assert rig.board.now_ms < 10_000, "it wrapped"


def test_the_agent_goes_on_after_the_clock_wrapped() -> None:
    rig = moving_rig(now_ms=WRAP - 3_000)
    rig.drive(1_000, for_ms=3_000)
    rig.step(times=100)
    assert rig.arm(Authority.AGENT) == Result.DONE
    rig.drive(1_000)
    assert rig.state == DriveState.MOVING
