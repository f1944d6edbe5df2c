# SPDX-License-Identifier: Apache-2.0
"""L3: doors never open while the robot drives. The locker reads one wire (standing), and says
another (doors_shut); a wire that is broken reads 0, which is the unsafe value of both."""

import pytest

from robot_agent.board.locker_messages import ForgiveForced, Lock, Unlock
from robot_agent.board.words import DoorState, EventKind, LockerInputs, Result
from tests.firmware_stubs.locker_rig import NO_DOOR, Door, LockerRig


def test_l3_no_door_is_unlocked_while_the_robot_drives() -> None:
    rig = LockerRig()
    rig.standing = False
    rig.wait(50)
    assert rig.unlock(0) == Result.INTERLOCK
    rig.wait(500)
    assert not rig.watch.pulses
    assert rig.state(0) == DoorState.LOCKED
    assert not rig.report().inputs & LockerInputs.STANDING


def test_l3_standing_lost_during_the_pulse_ends_it_at_once_and_locks_again() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.wait(30)
    assert rig.board.pins_out.unlock_coil == 0
    rig.standing = False
    assert rig.step().unlock_coil == NO_DOOR
    rig.until(0, DoorState.LOCKED, 1_500)
    assert rig.wait(20).doors_shut
    assert not rig.told(EventKind.DOOR_FORCED)


def test_l3_standing_lost_when_the_bolt_is_already_drawn_throws_it_again() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.wait(80)  # drawn, and not believed yet
    assert not rig.doors[0].bolted
    assert rig.state(0) == DoorState.UNLOCKING
    rig.standing = False
    rig.until(0, DoorState.LOCKED, 2_000)
    assert rig.doors[0] == Door()
    assert not rig.told(EventKind.DOOR_FORCED)


def test_l3_a_door_that_waits_for_its_coil_when_the_robot_sets_off_stays_locked() -> None:
    rig = LockerRig()
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.step()
    rig.unlock(1)
    rig.wait(50)
    rig.standing = False
    rig.wait(1_000)
    assert (rig.state(0), rig.state(1)) == (DoorState.LOCKED, DoorState.LOCKED)
    assert all(pulse.door == 0 for pulse in rig.watch.pulses)


def test_l3_a_door_that_is_unlocked_is_locked_when_the_robot_is_moved() -> None:
    rig = LockerRig()
    rig.unlock(0, 60_000)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.standing = False
    rig.until(0, DoorState.LOCKED, 1_500)


def test_l3_doors_count_as_shut_only_while_all_are_locked() -> None:
    rig = LockerRig()
    assert rig.step().doors_shut
    rig.unlock(3)
    assert not rig.step().doors_shut
    rig.until(3, DoorState.CLOSED_UNLOCKED)
    assert not rig.step().doors_shut
    rig.doors[3].closed = False
    rig.until(3, DoorState.OPEN)
    assert not rig.step().doors_shut
    rig.doors[3].closed = True
    rig.until(3, DoorState.LOCKED)
    assert rig.step().doors_shut


def test_l3_broken_wires_never_unlock_and_never_say_that_the_doors_are_shut() -> None:
    rig = LockerRig()
    rig.cut = True
    assert not rig.step().doors_shut
    assert rig.unlock(0) == Result.INTERLOCK
    out = rig.wait(10_000)
    assert not out.doors_shut
    assert not rig.watch.pulses
    assert rig.state(0) == DoorState.UNKNOWN


def test_l3_wires_that_were_never_there_never_say_that_the_doors_are_shut() -> None:
    rig = LockerRig(settles=False)
    rig.cut = True
    out = rig.wait(10_000)
    assert not out.doors_shut
    assert not rig.watch.pulses
    assert {rig.state(door) for door in range(4)} == {DoorState.UNKNOWN}


def test_wires_that_come_back_find_the_locked_doors_locked_and_none_forced() -> None:
    rig = LockerRig()
    rig.cut = True
    rig.wait(5_000)
    rig.cut = False
    out = rig.wait(100)
    assert {rig.state(door) for door in range(4)} == {DoorState.LOCKED}
    assert out.doors_shut
    assert not rig.told(EventKind.DOOR_FORCED)


def test_l5_a_door_that_was_forced_while_the_wires_were_cut_is_found_so() -> None:
    rig = LockerRig()
    rig.cut = True
    rig.wait(1_000)
    rig.doors[2] = Door(closed=False, bolted=False)
    rig.wait(1_000)
    assert not rig.told(EventKind.DOOR_FORCED)
    rig.cut = False
    rig.until(2, DoorState.FORCED, 100)
    assert len(rig.told(EventKind.DOOR_FORCED)) == 1


def test_l5_a_forced_door_stays_said_and_is_not_forgiven_while_the_wires_are_broken() -> None:
    rig = LockerRig()
    rig.doors[2].bolted = False
    rig.until(2, DoorState.FORCED)
    rig.cut = True
    rig.wait(500)
    assert rig.state(2) == DoorState.FORCED
    assert rig.board.command(ForgiveForced(2)) == Result.WRONG_STATE


def test_l3_wires_that_break_during_a_pulse_end_it_in_the_same_turn() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.wait(30)
    rig.cut = True
    out = rig.step()
    assert (out.unlock_coil, out.lock_coil) == (NO_DOOR, NO_DOOR)
    rig.wait(1_000)
    rig.cut = False
    rig.wait(1_500)
    assert rig.state(0) == DoorState.LOCKED


def test_l3_a_bolt_that_was_drawn_as_the_wires_broke_is_thrown_when_they_are_back() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.wait(80)
    assert not rig.doors[0].bolted
    rig.cut = True
    rig.wait(1_000)
    rig.cut = False
    rig.wait(2_000)
    assert rig.doors[0] == Door()
    assert rig.state(0) == DoorState.LOCKED
    assert not rig.told(EventKind.DOOR_FORCED)


def test_l3_wires_that_are_back_are_believed_only_when_they_have_stood_still() -> None:
    rig = LockerRig()
    rig.cut = True
    rig.wait(1_000)
    rig.cut = False
    assert not rig.step().doors_shut
    assert rig.unlock(0) == Result.BUSY
    assert rig.wait(50).doors_shut
    assert rig.unlock(0) == Result.DONE


def test_wires_that_break_while_a_door_is_locked_end_the_pulse_and_it_locks_afterwards() -> None:
    rig = LockerRig()
    rig.unlock(0)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.wait(1_000)
    rig.board.command(Lock(0))
    rig.wait(30)
    assert rig.board.pins_out.lock_coil == 0
    rig.cut = True
    assert rig.step().lock_coil == NO_DOOR
    rig.wait(1_000)
    rig.cut = False
    rig.until(0, DoorState.LOCKED, 2_000)


def test_wires_that_break_while_a_door_is_held_unlocked_do_not_move_it() -> None:
    rig = LockerRig()
    rig.unlock(0, 60_000)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.cut = True
    rig.wait(2_000)
    rig.cut = False
    rig.wait(100)
    assert rig.state(0) == DoorState.CLOSED_UNLOCKED
    assert len(rig.watch.pulses) == 1


@pytest.mark.parametrize("door", [4, 63])
def test_a_door_that_is_not_there_is_out_of_range(door: int) -> None:
    rig = LockerRig(4)
    for command in (Unlock(door, 8_000), Lock(door), ForgiveForced(door)):
        assert rig.board.command(command) == Result.OUT_OF_RANGE


def sensors_out(rig: LockerRig) -> None:
    """Their cable is out; the wire from the drive, the keypad and the light barriers are not."""
    for door in rig.doors:
        door.closed = door.bolted = False
    rig.occupied = {0, 2}


def test_l5_a_cable_of_sensors_that_is_out_while_it_stands_forces_no_door() -> None:
    rig = LockerRig()
    sensors_out(rig)
    out = rig.wait(2_000)
    assert not out.doors_shut
    assert {rig.state(door) for door in range(4)} == {DoorState.UNKNOWN}
    assert rig.unlock(0) == Result.BUSY
    rig.doors = [Door() for _ in rig.doors]
    assert rig.wait(100).doors_shut
    assert not rig.told(EventKind.DOOR_FORCED)


def test_a_cable_of_sensors_that_was_never_there_leaves_the_doors_unknown() -> None:
    rig = LockerRig(settles=False)
    sensors_out(rig)
    rig.wait(2_000)
    assert {rig.state(door) for door in range(4)} == {DoorState.UNKNOWN}


def test_l2_a_locker_of_one_door_may_have_it_open() -> None:
    rig = LockerRig(doors=1)
    rig.open_door(0)
    rig.wait(2_000)
    assert rig.state(0) == DoorState.OPEN
    rig.doors[0].closed = True
    rig.until(0, DoorState.LOCKED)
    assert not rig.told(EventKind.DOOR_FORCED)


def test_l5_the_one_door_that_is_bolted_and_reads_open_was_forced() -> None:
    rig = LockerRig(doors=2)
    rig.open_door(0)
    rig.doors[1] = Door(closed=False, bolted=False)
    rig.until(1, DoorState.FORCED, 100)
    assert rig.state(0) == DoorState.OPEN


def test_a_cable_that_is_out_leaves_an_open_door_as_unknown_as_the_others() -> None:
    rig = LockerRig(doors=3)
    rig.open_door(0)
    sensors_out(rig)
    rig.wait(500)
    assert {rig.state(door) for door in range(3)} == {DoorState.UNKNOWN}
    assert not rig.told(EventKind.DOOR_FORCED)


def test_the_one_door_of_a_locker_whose_pins_are_all_old_was_not_forced() -> None:
    rig = LockerRig(doors=1)
    rig.cut = True
    rig.wait(1_000)
    assert rig.state(0) == DoorState.UNKNOWN
    rig.cut = False
    rig.until(0, DoorState.LOCKED, 100)
    assert not rig.told(EventKind.DOOR_FORCED)


def test_a_door_that_is_jammed_with_its_bolt_out_of_the_way_may_be_open() -> None:
    rig = LockerRig(doors=2)
    rig.unlock(0)
    rig.until(0, DoorState.CLOSED_UNLOCKED)
    rig.doors[0].stuck = True
    rig.until(0, DoorState.JAMMED)
    rig.unlock(1)
    rig.until(1, DoorState.CLOSED_UNLOCKED)
    rig.doors[0].closed = rig.doors[1].closed = False
    rig.until(0, DoorState.OPEN, 100)
    rig.until(1, DoorState.OPEN, 100)


def test_l5_the_one_door_of_a_locker_that_is_broken_open_where_it_jammed_was_forced() -> None:
    rig = LockerRig(doors=1)
    rig.doors[0].stuck = True
    rig.unlock(0)
    rig.until(0, DoorState.JAMMED)
    rig.doors[0] = Door(closed=False, bolted=False)
    rig.until(0, DoorState.FORCED, 100)


def test_a_door_whose_latch_bounces_at_the_start_is_unknown_for_so_long() -> None:
    rig = LockerRig(settles=False)
    for _ in range(20):
        rig.doors[0].bolted = not rig.doors[0].bolted
        rig.step()
    assert [rig.state(door) for door in (0, 1)] == [DoorState.UNKNOWN, DoorState.LOCKED]
    rig.doors[0].bolted = True
    rig.until(0, DoorState.LOCKED, 100)
