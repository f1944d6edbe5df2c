# SPDX-License-Identifier: Apache-2.0
"""One door's state machine: L2 (states, relock, left open), L5 (forced is kept) and a bolt that
jams. Numbers: limits.h."""

from dataclasses import replace

import pytest

from robot_agent.board.locker_messages import ForgiveForced, Lock, Unlock
from robot_agent.board.words import DoorState, EventKind, ResetCause, Result
from tests.firmware_stubs.locker_rig import Door, LockerRig

FORCED_BOLT, FORCED_DOOR, FORCED_BEFORE_START = 0, 1, 2
JAMMED_UNLOCKING, JAMMED_LOCKING = 0, 1
LEFT_OPEN_MS = 60_000


def test_l2_a_door_is_unknown_until_its_sensors_have_stood_still() -> None:
    rig = LockerRig(settles=False)
    rig.step()
    assert rig.state(0) == DoorState.UNKNOWN
    assert not rig.board.pins_out.doors_shut
    rig.wait(50)
    assert rig.state(0) == DoorState.LOCKED
    assert rig.board.pins_out.doors_shut


def test_l2_a_door_that_is_unknown_is_not_unlocked_yet() -> None:
    rig = LockerRig(settles=False)
    rig.step()
    assert rig.unlock(0) == Result.BUSY


def test_l2_a_door_goes_through_its_states_and_ends_locked() -> None:
    rig = LockerRig()
    seen = [rig.state(0)]
    rig.unlock(0)
    for turn in range(200):
        state = rig.state(0)
        if state != seen[-1]:
            seen.append(state)
        if turn == 50:
            rig.doors[0].closed = False
        if turn == 100:
            rig.doors[0].closed = True
        rig.step()
    assert seen == [
        DoorState.LOCKED,
        DoorState.UNLOCKING,
        DoorState.CLOSED_UNLOCKED,
        DoorState.OPEN,
        DoorState.CLOSED_UNLOCKED,
        DoorState.LOCKED,
    ]
    assert rig.doors[0] == Door(closed=True, bolted=True)
    assert rig.board.pins_out.doors_shut


@pytest.mark.parametrize("hold_ms", [1_000, 8_000, 60_000])
def test_l2_a_door_that_is_not_opened_locks_again_when_it_was_held_for_long_enough(
    hold_ms: int,
) -> None:
    rig = LockerRig()
    rig.unlock(0, hold_ms)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    took_ms = rig.until(0, DoorState.LOCKED, hold_ms + 2_000)
    assert hold_ms <= took_ms <= hold_ms + 800  # its coil may have to rest from unlocking


def test_l2_locking_does_not_wait_for_the_hold() -> None:
    rig = LockerRig()
    rig.unlock(0, 60_000)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    assert rig.board.command(Lock(0)) == Result.DONE
    rig.until(0, DoorState.LOCKED, 1_500)


def test_l2_locking_while_it_unlocks_turns_the_bolt_back() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.wait(60)
    assert rig.state(0) == DoorState.UNLOCKING
    assert rig.board.command(Lock(0)) == Result.DONE
    assert rig.unlock(0) == Result.BUSY
    rig.until(0, DoorState.LOCKED, 2_000)
    assert rig.doors[0].bolted
    assert not rig.told(EventKind.DOOR_FORCED)


def test_l2_a_door_that_is_being_locked_is_not_unlocked_at_the_same_time() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.board.command(Lock(0))
    assert rig.unlock(0) == Result.BUSY
    assert rig.board.command(Lock(0)) == Result.DONE
    rig.until(0, DoorState.LOCKED)


def test_l2_locking_an_open_or_locked_door_is_done_without_effect() -> None:
    rig = LockerRig()
    rig.open_door(0)
    assert rig.board.command(Lock(0)) == rig.board.command(Lock(1)) == Result.DONE
    rig.wait(1_000)
    assert (rig.state(0), rig.state(1)) == (DoorState.OPEN, DoorState.LOCKED)
    assert all(pulse.unlocks for pulse in rig.watch.pulses)


def test_l2_a_door_left_open_for_60_s_is_told_once_and_sounds_the_alarm() -> None:
    rig = LockerRig()
    rig.open_door(0)
    rig.wait(LEFT_OPEN_MS - 500)
    assert not rig.told(EventKind.DOOR_LEFT_OPEN)
    assert not rig.board.pins_out.alarm
    rig.wait(1_000)
    assert rig.told(EventKind.DOOR_LEFT_OPEN) == [(0, LEFT_OPEN_MS)]
    assert rig.board.pins_out.alarm
    rig.wait(LEFT_OPEN_MS)
    assert len(rig.told(EventKind.DOOR_LEFT_OPEN)) == 1
    rig.doors[0].closed = True
    rig.until(0, DoorState.LOCKED)
    assert not rig.board.pins_out.alarm


def test_l2_a_door_found_open_at_the_start_is_told_and_is_not_forced() -> None:
    rig = LockerRig(settles=False)
    rig.doors[1] = Door(closed=False, bolted=False)
    rig.wait(100)
    assert rig.state(1) == DoorState.OPEN
    assert rig.told(EventKind.DOOR_LEFT_OPEN) == [(1, 0)]
    assert rig.board.pins_out.alarm
    rig.doors[1].closed = True
    rig.until(1, DoorState.LOCKED)


def test_l2_a_door_found_shut_and_unlocked_at_the_start_is_locked() -> None:
    rig = LockerRig(settles=False)
    rig.doors[1].bolted = False
    rig.step()
    rig.until(1, DoorState.LOCKED, 1_000)


def test_l2_unlocking_again_neither_fires_the_coil_twice_nor_ends_the_hold() -> None:
    rig = LockerRig()
    for _ in range(3):
        assert rig.unlock(0) == Result.DONE
        rig.step()
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.wait(7_000)
    assert rig.unlock(0) == Result.DONE  # the hold begins anew
    rig.wait(7_000)
    assert rig.state(0) == DoorState.CLOSED_UNLOCKED
    rig.doors[0].closed = False
    rig.until(0, DoorState.OPEN)
    assert rig.unlock(0) == Result.DONE
    rig.wait(1_000)
    assert [pulse.unlocks for pulse in rig.watch.pulses] == [True]


def test_l2_an_unlock_that_comes_twice_with_its_number_is_answered_twice_and_done_once() -> None:
    rig = LockerRig()
    sequence = rig.board.send(Unlock(0, 1_000))
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.until(0, DoorState.LOCKED)
    rig.wait(2_000)
    rig.board.send(Unlock(0, 1_000), sequence=sequence)
    rig.wait(1_000)
    assert rig.board.answers(sequence) == [Result.DONE, Result.DONE]
    assert rig.state(0) == DoorState.LOCKED
    assert len([one for one in rig.watch.pulses if one.unlocks]) == 1


def test_l2_a_bolt_that_fell_by_itself_counts_as_locked() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.doors[0].bolted = True
    rig.until(0, DoorState.LOCKED, 100)


def test_l2_a_door_torn_open_while_its_bolt_moves_ends_the_pulse() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.wait(100)
    rig.doors[0].closed = False
    rig.until(0, DoorState.OPEN, 100)
    assert rig.board.pins_out.unlock_coil == 255
    assert not rig.told(EventKind.DOOR_FORCED)  # it had been told to open


def test_l2_a_door_opened_while_it_is_locked_ends_the_pulse_and_stays_open() -> None:
    rig = LockerRig()
    rig.open_door(0)
    rig.wait(2_000)
    rig.doors[0] = Door(closed=True, bolted=False, stuck=True)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.wait(100)
    assert rig.board.pins_out.lock_coil == 0
    rig.doors[0].closed = False
    rig.until(0, DoorState.OPEN, 100)
    assert rig.board.pins_out.lock_coil == 255


def test_l2_sensors_that_bounce_for_less_than_30_ms_change_nothing() -> None:
    rig = LockerRig()
    for turn in range(100):
        rig.doors[0].closed = turn % 3 != 0
        rig.doors[1].bolted = turn % 4 != 0
        rig.step()
        assert rig.state(0) == rig.state(1) == DoorState.LOCKED
        assert rig.board.pins_out.doors_shut


def test_l2_a_door_that_bounces_while_it_shuts_is_locked_once_it_rests() -> None:
    rig = LockerRig()
    rig.open_door(0)
    rig.wait(2_000)
    for _ in range(10):
        rig.doors[0].closed = not rig.doors[0].closed
        rig.step()
        assert rig.board.pins_out.lock_coil == 255
    rig.doors[0].closed = True
    rig.until(0, DoorState.LOCKED, 500)


def test_a_bolt_that_does_not_come_free_is_tried_three_times_and_then_told() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.until(0, DoorState.JAMMED)
    assert rig.told(EventKind.DOOR_JAMMED) == [(0, JAMMED_UNLOCKING)]
    assert len(rig.watch.pulses) == 3
    assert rig.board.pins_out.doors_shut  # for it is closed and bolted
    rig.wait(20_000)
    assert len(rig.watch.pulses) == 3
    assert rig.state(0) == DoorState.JAMMED


def test_a_jammed_door_may_be_tried_again() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.until(0, DoorState.JAMMED)
    rig.doors[0].stuck = False
    rig.wait(5_000)
    assert rig.unlock(0) == Result.DONE
    rig.until(0, DoorState.CLOSED_UNLOCKED, 1_000)


def test_a_bolt_that_comes_free_after_its_pulse_counts() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.wait(600)
    rig.doors[0].bolted = False
    rig.until(0, DoorState.CLOSED_UNLOCKED, 100)


def test_l5_a_door_jammed_shut_that_is_then_found_open_was_forced() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.until(0, DoorState.JAMMED)
    rig.doors[0].closed = False
    rig.until(0, DoorState.FORCED, 100)
    assert rig.told(EventKind.DOOR_FORCED) == [(0, FORCED_DOOR)]


def jammed_unlocked() -> LockerRig:
    """A door whose bolt cannot be thrown any more."""
    rig = LockerRig()
    rig.open_door(0)
    rig.doors[0] = Door(closed=True, bolted=False, stuck=True)
    rig.until(0, DoorState.JAMMED)
    assert rig.told(EventKind.DOOR_JAMMED) == [(0, JAMMED_LOCKING)]
    return rig


def test_a_bolt_that_cannot_be_thrown_is_told_and_the_doors_do_not_count_as_shut() -> None:
    rig = jammed_unlocked()
    assert len([one for one in rig.watch.pulses if not one.unlocks]) == 3
    assert not rig.wait(1_000).doors_shut


def test_a_door_jammed_unlocked_may_be_opened_and_locks_when_it_is_shut_again() -> None:
    rig = jammed_unlocked()
    rig.doors[0].closed = False
    rig.until(0, DoorState.OPEN, 100)
    rig.doors[0] = Door(closed=True, bolted=False)
    rig.until(0, DoorState.LOCKED, 6_000)


def test_a_door_jammed_unlocked_whose_bolt_falls_after_all_is_locked() -> None:
    rig = jammed_unlocked()
    rig.doors[0].bolted = True
    rig.until(0, DoorState.LOCKED, 100)
    assert rig.wait(20).doors_shut


def test_a_door_jammed_unlocked_may_be_tried_again() -> None:
    rig = jammed_unlocked()
    rig.doors[0].stuck = False
    rig.wait(5_000)
    assert rig.unlock(0, 1_000) == Result.DONE
    rig.until(0, DoorState.CLOSED_UNLOCKED, 100)
    rig.until(0, DoorState.LOCKED, 2_000)


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (Door(closed=False, bolted=True), FORCED_DOOR),
        (Door(closed=False, bolted=False), FORCED_DOOR),
        (Door(closed=True, bolted=False), FORCED_BOLT),
    ],
    ids=["torn open", "open", "bolt drawn"],
)
def test_l5_a_locked_door_that_opens_without_command_was_forced(found: Door, value: int) -> None:
    rig = LockerRig()
    rig.doors[2] = replace(found)
    rig.until(2, DoorState.FORCED, 100)
    assert rig.told(EventKind.DOOR_FORCED) == [(2, value)]
    out = rig.step()
    assert out.alarm
    assert not out.doors_shut
    assert rig.unlock(2) == Result.WRONG_STATE


def forced(doors: int = 4) -> LockerRig:
    """Door 1 was torn open."""
    rig = LockerRig(doors)
    rig.doors[1] = Door(closed=False, bolted=False)
    rig.until(1, DoorState.FORCED)
    return rig


def test_l5_a_forced_door_stays_forced_when_it_is_shut_again() -> None:
    rig = forced()
    rig.doors[1] = Door()
    out = rig.wait(120_000)
    assert rig.state(1) == DoorState.FORCED
    assert out.alarm
    assert not out.doors_shut
    assert not rig.watch.pulses


def test_l5_a_forced_door_is_kept_over_resets_until_a_person_has_looked() -> None:
    rig = forced()
    rig.doors[1] = Door()
    for cause in (ResetCause.WATCHDOG, ResetCause.POWER_ON, ResetCause.BROWN_OUT):
        rig.events.clear()
        rig.restart(cause)
        rig.wait(100)
        assert rig.state(1) == DoorState.FORCED
        assert rig.told(EventKind.DOOR_FORCED) == [(1, FORCED_BEFORE_START)]
    assert rig.board.command(ForgiveForced(1)) == Result.DONE
    rig.until(1, DoorState.LOCKED)
    rig.restart(ResetCause.POWER_ON)
    rig.wait(100)
    assert rig.state(1) == DoorState.LOCKED


def test_l5_events_have_numbers_that_grow_over_resets_too() -> None:
    rig = forced()
    rig.restart()
    rig.wait(500)
    numbers = [one.number for one in rig.events]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 4  # booted and forced, twice


def test_l5_a_forced_door_is_not_forgiven_while_it_is_open() -> None:
    rig = forced()
    assert rig.board.command(ForgiveForced(1)) == Result.WRONG_STATE
    rig.doors[1].closed = True
    rig.wait(50)
    assert rig.board.command(ForgiveForced(1)) == Result.DONE
    rig.until(1, DoorState.LOCKED)
    assert rig.wait(20).doors_shut


def test_l5_right_after_a_reset_nobody_forgives_what_was_not_seen_yet() -> None:
    rig = forced()
    rig.doors[1] = Door()
    rig.restart(ResetCause.POWER_ON)
    rig.step()
    assert rig.board.command(ForgiveForced(1)) == Result.WRONG_STATE


def test_l5_forgiving_a_door_that_was_not_forced_changes_nothing() -> None:
    rig = LockerRig()
    assert rig.board.command(ForgiveForced(0)) == Result.DONE
    rig.wait(100)
    assert rig.state(0) == DoorState.LOCKED
