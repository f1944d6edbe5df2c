# SPDX-License-Identifier: Apache-2.0
"""The physics of one robot: wheels, brake, battery, switches, bolts and doors."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board import plant_wheels
from robot_agent.board.plant import NO_DRIVE, NO_LOCKER, Plant, PlantSpec
from robot_agent.board.plant_doors import BOLT_MOVES_MS, NO_COIL
from robot_agent.board.plant_messages import DrivePinsOut, LockerPinsOut
from robot_agent.board.plant_wheels import Chassis
from robot_agent.board.words import DriveInputs

LIMITS = Path(__file__).parents[3] / "firmware_stubs" / "core" / "limits.h"
SAFE = DriveInputs.E_STOP_CLEAR | DriveInputs.BUMPER_CLEAR | DriveInputs.LEVEL
SHUT = LockerPinsOut(NO_COIL, NO_COIL, 1, 0)


def plant(**facts: object) -> Plant:
    whole = {"name": "R1", "compartments": ("S1", "M1"), "x_mm": 0.0, "y_mm": 0.0, **facts}
    return Plant(PlantSpec(**whole), 0)  # type: ignore[arg-type]


def driven(left: int, right: int, *, on: bool = True) -> DrivePinsOut:
    return DrivePinsOut(int(on), int(on), left, right, int(not on), 1, 0, 0)


def let(one: Plant, from_ms: int, until_ms: int, step_ms: int = 10) -> None:
    for now_ms in range(from_ms + step_ms, until_ms + step_ms, step_ms):
        one.advance(now_ms)


def inputs(one: Plant) -> DriveInputs:
    return DriveInputs(one.drive_pins().inputs)


@pytest.mark.parametrize("name", ["TICKS_PER_M", "TRACK_MM", "MOTOR_FULL_MM_S"])
def test_the_machine_is_the_one_that_the_firmware_is_built_for(name: str) -> None:
    stated = re.search(rf"#define {name} (\d+)u", LIMITS.read_text())
    assert stated is not None
    assert int(stated[1]) == getattr(plant_wheels, name)


def test_it_drives_straight_on_at_half_its_speed() -> None:
    one = plant()
    one.hear_drive(driven(500, 500), 0)
    let(one, 0, 1_000)
    # 1.1 m in a second, less what the motors need to come up to speed.
    assert one.chassis.x_mm == pytest.approx(1_100 * (1 - 0.08), abs=1)
    assert (one.chassis.y_mm, one.chassis.heading_rad) == (0, 0)
    pins = one.drive_pins()
    assert pins.left_ticks == pins.right_ticks == math.floor(one.chassis.x_mm * 4)


def test_wheels_that_turn_against_each_other_turn_it_on_the_spot() -> None:
    one = plant()
    one.hear_drive(driven(-100, 100), 0)
    let(one, 0, 2_000)
    turned = 2 * 220 * (2 - 0.08) / 500
    assert one.chassis.heading_rad == pytest.approx(math.remainder(turned, 2 * math.pi), abs=0.01)
    assert math.hypot(one.chassis.x_mm, one.chassis.y_mm) < 1


def test_without_current_and_with_the_brake_on_it_stands_soon_and_says_so() -> None:
    one = plant()
    one.hear_drive(driven(700, 700), 0)
    let(one, 0, 1_000)
    before_mm = one.chassis.x_mm
    speed_mm_s = one.chassis.speed_mm_s
    one.hear_drive(driven(700, 700, on=False), 1_000)
    let(one, 1_000, 2_000)
    assert one.stands
    assert one.chassis.x_mm - before_mm == pytest.approx(speed_mm_s**2 / 2 / 3_000, rel=0.01)


def test_a_drive_board_that_is_gone_has_no_outputs() -> None:
    one = plant()
    one.hear_drive(driven(700, 700), 0)
    let(one, 0, 500)
    one.hear_drive(NO_DRIVE, 500)
    let(one, 500, 1_500)
    assert one.stands
    assert not one.motors_on
    assert not one.locker_pins().standing


@given(
    st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), max_size=8),
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
)
@settings(max_examples=30, deadline=None)
def test_it_is_as_far_whatever_the_steps_in_which_time_comes(
    outputs: list[tuple[int, int]], steps: list[int]
) -> None:
    fine, coarse = plant(), plant()
    for number, (left, right) in enumerate(outputs):
        for one, step_ms in ((fine, 1), (coarse, steps[number % len(steps)])):
            one.hear_drive(driven(left, right), number * 200)
            for now_ms in [*range(number * 200, number * 200 + 200, step_ms), number * 200 + 200]:
                one.advance(now_ms)
    assert fine.chassis.x_mm == pytest.approx(coarse.chassis.x_mm, abs=2)
    assert fine.chassis.left.ticks == pytest.approx(coarse.chassis.left.ticks, abs=2)


def test_the_encoders_counter_wraps_at_32_bits() -> None:
    chassis = Chassis(0, 0, 0)
    chassis.left.travelled_mm = (2**31) / 4
    assert chassis.left.ticks == -(2**31)
    chassis.left.travelled_mm -= 0.25
    assert chassis.left.ticks == 2**31 - 1


def test_driving_drains_the_battery_and_a_charger_under_it_fills_it() -> None:
    one = plant(charge_permille=500, chargers=((1_000_000, 0),))
    one.hear_drive(driven(500, 500), 0)
    let(one, 0, 600_000, 5_000)
    drained = one.drive_pins()
    assert drained.charge_permille < 500
    assert drained.battery_ma < 0
    contact = DrivePinsOut(0, 0, 0, 0, 1, 0, 0, charge_contactor=1)
    one.hear_drive(contact, 600_000)
    let(one, 600_000, 610_000)
    assert not inputs(one) & DriveInputs.CHARGER_PRESENT
    assert one.drive_pins().battery_ma < 0
    one.carry_to(1_000_500, 0, 0)
    assert inputs(one) & DriveInputs.CHARGER_PRESENT
    let(one, 610_000, 1_000_000, 5_000)
    filled = one.drive_pins()
    assert filled.battery_ma > 0
    assert filled.charge_permille > drained.charge_permille
    assert filled.battery_mv > drained.battery_mv


def test_a_motor_that_cannot_turn_draws_more_than_it_may() -> None:
    one = plant()
    one.hear_drive(DrivePinsOut(1, 0, 1000, 1000, 0, 0, 0, 0), 0)
    one.advance(10)
    assert one.drive_pins().left_ma < 20_000 < 22_000 * plant_wheels.MA_PER_MM_S
    assert one.stands


@pytest.mark.parametrize(
    ("switch", "bit"),
    [
        ("e_stop", DriveInputs.E_STOP_CLEAR),
        ("bumper", DriveInputs.BUMPER_CLEAR),
        ("tilt", DriveInputs.LEVEL),
    ],
)
def test_what_is_pressed_reads_0_until_it_is_released(switch: str, bit: DriveInputs) -> None:
    one = plant()
    assert inputs(one) & SAFE == SAFE
    one.press(switch, 10)
    let(one, 10, 5_000)
    assert not inputs(one) & bit
    one.release(switch, 5_000)
    assert inputs(one) & SAFE == SAFE


def test_the_reset_button_is_held_as_long_as_somebody_holds_it() -> None:
    one = plant()
    one.press("reset_button", 0, for_ms=400)
    one.advance(399)
    assert inputs(one) & DriveInputs.RESET_BUTTON
    one.advance(400)
    assert not inputs(one) & DriveInputs.RESET_BUTTON


def test_two_wires_join_the_boards_and_a_board_that_is_gone_cuts_its_own() -> None:
    one = plant()
    assert not inputs(one) & DriveInputs.DOORS_SHUT
    one.hear_locker(SHUT, 10)
    assert inputs(one) & DriveInputs.DOORS_SHUT
    one.hear_drive(driven(0, 0, on=False), 20)
    assert one.locker_pins().standing
    one.hear_locker(NO_LOCKER, 30)
    assert not inputs(one) & DriveInputs.DOORS_SHUT


def coil(unlock: int = NO_COIL, lock: int = NO_COIL) -> LockerPinsOut:
    return LockerPinsOut(unlock, lock, 0, 0)


def doors(bits: int) -> bytes:
    """The first two of them; a board has inputs for more, which are bridged."""
    return bytes([0xFC | bits]) + 7 * b"\xff"


def test_a_bolt_moves_once_its_coil_had_current_for_long_enough() -> None:
    one = plant()
    one.hear_locker(coil(unlock=1), 0)
    one.advance(BOLT_MOVES_MS - 1)
    assert one.locker_pins().latched == doors(0b11)
    one.advance(BOLT_MOVES_MS)
    assert one.locker_pins().latched == doors(0b01)
    assert not one.open_door("S1")
    assert one.open_door("M1")
    assert one.locker_pins().closed == doors(0b01)


def test_the_bolt_of_an_open_door_meets_nothing() -> None:
    one = plant()
    one.hear_locker(coil(unlock=0), 0)
    one.advance(100)
    one.open_door("S1")
    one.hear_locker(coil(lock=0), 200)
    one.advance(400)
    assert not one.locker["S1"].bolted
    one.shut_door("S1")
    one.hear_locker(coil(), 500)
    one.hear_locker(coil(lock=0), 600)
    one.advance(700)
    assert one.locker["S1"].bolted


def test_a_stuck_bolt_does_not_move() -> None:
    one = plant()
    one.locker["S1"].stuck = True
    one.hear_locker(coil(unlock=0), 0)
    one.advance(500)
    assert one.locker["S1"].bolted


def test_nothing_goes_in_or_out_through_a_shut_door() -> None:
    one = plant()
    assert not one.put_in("S1", "thing")
    one.force_door("S1")
    assert one.put_in("S1", "thing")
    assert not one.put_in("S1", "another")
    assert one.locker_pins().occupied == bytes([1]) + bytes(7)
    one.shut_door("S1")
    assert one.take_out("S1") is None
    assert one.locker["S1"].inside == "thing"


def test_each_key_is_down_and_up_again_before_the_next() -> None:
    one = plant()
    done_ms = one.locker.type("17#", 1_000)
    keys = []
    for now_ms in range(1_000, done_ms + 100, 10):
        one.advance(now_ms)
        keys.append(one.locker_pins().key)
    pressed = [key for key, before in zip(keys, [0, *keys], strict=False) if key and not before]
    assert bytes(pressed) == b"17#"
    assert keys[:8] == [ord("1")] * 8
    assert keys[8:16] == [0] * 8
    assert not one.locker.is_typed_at
