# SPDX-License-Identifier: Apache-2.0
"""L1 (limits.h; basis: burnt solenoids, the supply): a lock's pulse is bounded in the firmware, one
lock moves at a time, and its coils rest. LockerRig checks all three in every step of every test."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.words import DoorState, EventKind, ResetCause, Result
from tests.firmware_stubs.locker_rig import LONGEST_PULSE_MS, REST_FACTOR, LockerRig


def test_l1_a_pulse_ends_as_soon_as_the_bolt_has_moved() -> None:
    rig = LockerRig()
    rig.unlock(1)
    rig.until(1, DoorState.CLOSED_UNLOCKED)
    (pulse,) = rig.watch.pulses
    assert pulse.unlocks
    assert pulse.lasted_ms <= 60 + 50  # what the bolt needs, and what the sensor is doubted


def test_l1_lock_held_too_long_a_bolt_that_never_moves_ends_its_pulse_within_500_ms() -> None:
    rig = LockerRig()
    rig.doors[2].stuck = True
    rig.unlock(2)
    rig.until(2, DoorState.JAMMED)
    lasted_ms = [one.lasted_ms for one in rig.watch.pulses]
    assert len(lasted_ms) == 3
    assert all(400 <= one <= LONGEST_PULSE_MS for one in lasted_ms)


@pytest.mark.parametrize("turn_ms", [1, 3, 7, 10])
def test_l1_a_pulse_is_bounded_however_often_the_loop_turns(turn_ms: int) -> None:
    rig = LockerRig(1)
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.step(turn_ms, 700 // turn_ms)
    (pulse,) = rig.watch.pulses
    assert LONGEST_PULSE_MS - 20 <= pulse.lasted_ms <= LONGEST_PULSE_MS


def test_l1_doors_that_are_unlocked_together_move_one_after_the_other() -> None:
    rig = LockerRig(6)
    assert [rig.unlock(door) for door in range(6)] == [Result.DONE] * 6
    rig.wait(1_500)
    assert sorted(one.door for one in rig.watch.pulses) == list(range(6))
    assert {rig.state(door) for door in range(6)} == {DoorState.CLOSED_UNLOCKED}


def test_l1_a_jammed_door_does_not_keep_the_others_from_their_turn() -> None:
    rig = LockerRig(3)
    rig.doors[0].stuck = True
    for door in range(3):
        rig.unlock(door)
    rig.wait(1_000)
    assert rig.state(1) == rig.state(2) == DoorState.CLOSED_UNLOCKED


def test_l1_the_last_door_has_its_turn_before_thirty_jammed_ones_have_their_second() -> None:
    rig = LockerRig(64)
    for door in (*range(30), 63):
        rig.doors[door].stuck = door < 30
        rig.unlock(door)
    rig.until(63, DoorState.CLOSED_UNLOCKED, 31 * LONGEST_PULSE_MS)


def test_l1_a_lock_that_rests_is_not_unlocked_again() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.until(0, DoorState.JAMMED)
    assert rig.unlock(0) == Result.DUTY
    rig.wait(REST_FACTOR * LONGEST_PULSE_MS)
    assert rig.unlock(0) == Result.DONE


def test_l1_another_door_need_not_wait_for_one_that_rests() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.until(0, DoorState.JAMMED)
    assert rig.unlock(1) == Result.DONE


@pytest.mark.parametrize("cause", [one for one in ResetCause if one != ResetCause.POWER_ON])
def test_l1_after_a_reset_every_lock_rests_as_after_the_longest_pulse(cause: ResetCause) -> None:
    rig = LockerRig()
    rig.doors[3].stuck = True
    rig.unlock(3)
    rig.wait(200)
    rig.restart(cause)
    assert rig.wait(100).unlock_coil == 255
    assert rig.unlock(3) == Result.DUTY
    rig.wait(REST_FACTOR * LONGEST_PULSE_MS)
    assert rig.unlock(3) == Result.DONE


def test_l1_after_it_is_switched_on_no_lock_rests() -> None:
    assert LockerRig(reset_cause=ResetCause.POWER_ON).unlock(0) == Result.DONE


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 63), st.integers(1, 80), st.booleans()), min_size=5, max_size=40
    )
)
def test_l1_random_unlocking_of_64_doors_never_breaks_the_bounds(
    calls: list[tuple[int, int, bool]],
) -> None:
    rig = LockerRig(64)
    for door, turns, stuck in calls:
        rig.doors[door].stuck = stuck
        rig.unlock(door, 1_000)
        rig.step(times=turns)
    assert not rig.told(EventKind.DOOR_FORCED)
