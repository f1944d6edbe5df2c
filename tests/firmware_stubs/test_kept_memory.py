# SPDX-License-Identifier: Apache-2.0
"""What a board remembers over a reset, in two copies: one may be lost, and to lose both is not to
forget. Where it is lost, what was said to the board before is not for it any more."""

from hypothesis import given
from hypothesis import strategies as st

from robot_agent.board.codec import Frame, encode, encode_frame
from robot_agent.board.drive_messages import Arm, DriveCommand
from robot_agent.board.link_messages import Hello, Open
from robot_agent.board.locker_messages import ForgiveForced, KeypadResult
from robot_agent.board.words import (
    SAFETY_HASH,
    Authority,
    BoardKind,
    DoorState,
    DriveInputs,
    DriveState,
    EventKind,
    ResetCause,
    Result,
    StopCause,
)
from tests.firmware_stubs.boards import BoardUnderTest
from tests.firmware_stubs.drive_rig import DriveRig, standing_rig
from tests.firmware_stubs.locker_rig import LockerRig

FORCED_BEFORE_START = 2
KEYPAD_LOCK_MS = 60_000
# Past the mark by which a board knows memory that it has written.
MAGIC_BYTES = 4


def latched_rig() -> DriveRig:
    """One whose e-stop was pressed and let go."""
    rig = standing_rig()
    rig.set(False, DriveInputs.E_STOP_CLEAR)
    rig.step()
    rig.set(True, DriveInputs.E_STOP_CLEAR)
    rig.step()
    return rig


def found(kept: bytes) -> DriveRig:
    """A drive that has started with it."""
    rig = DriveRig(kept=kept, reset_cause=ResetCause.WATCHDOG)
    rig.step(times=30)
    rig.open()
    rig.step()
    return rig


def damaged(kept: bytes, at: int, flip: int = 1) -> bytes:
    """Both copies, in the same place."""
    half = len(kept) // 2
    changed = bytearray(kept)
    changed[at] ^= flip
    changed[half + at] ^= flip
    return bytes(changed)


@given(data=st.data())
def test_l5_one_copy_that_has_decayed_loses_nothing(data: st.DataObject) -> None:
    kept = bytearray(latched_rig().board.kept())
    kept[data.draw(st.integers(0, len(kept) - 1))] ^= data.draw(st.integers(1, 255))
    rig = found(bytes(kept))
    assert (rig.state, rig.cause) == (DriveState.E_STOP_LATCHED, StopCause.E_STOP)
    assert rig.board.last(Hello).boot_count == 2


@given(data=st.data())
def test_d3_power_that_is_cut_in_the_middle_of_a_write_leaves_a_latched_stop_to_a_person(
    data: st.DataObject,
) -> None:
    before = latched_rig()
    old = before.board.kept()
    before.restart()
    new = before.board.kept()
    cut = data.draw(st.integers(0, len(old)))
    rig = found(new[:cut] + old[cut:])
    assert rig.cause == StopCause.E_STOP
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE


def test_of_two_copies_the_newer_is_believed_wherever_it_lies() -> None:
    rig = latched_rig()
    old = rig.board.kept()
    rig.press_reset()
    new = rig.board.kept()
    half = len(old) // 2
    for kept in (old[:half] + new[half:], new[:half] + old[half:]):
        assert found(kept).cause != StopCause.E_STOP


@given(at=st.integers(MAGIC_BYTES, 39), flip=st.integers(1, 255))
def test_d3_memory_that_is_damaged_needs_a_person_and_no_desk_will_do(at: int, flip: int) -> None:
    rig = found(damaged(standing_rig().board.kept(), at, flip))
    assert (rig.state, rig.cause) == (DriveState.E_STOP_LATCHED, StopCause.MEMORY_LOST)
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
    rig.restart()
    assert rig.cause == StopCause.MEMORY_LOST, "another reset makes it no better"
    rig.press_reset()
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.NEW_SESSION)
    rig.restart()
    assert rig.cause == StopCause.WATCHDOG


def test_d3_memory_that_was_cut_off_is_damaged_and_not_new() -> None:
    kept = standing_rig().board.kept()
    assert found(kept[: len(kept) // 2 - 1]).cause == StopCause.MEMORY_LOST


def test_memory_that_nobody_ever_wrote_is_new() -> None:
    for kept in (b"", bytes(80), b"\xff" * 80):
        rig = found(kept)
        assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.WATCHDOG)


def doubting_locker() -> LockerRig:
    """One that has lost its memory; its doors are shut."""
    kept = damaged(LockerRig().kept, MAGIC_BYTES)
    rig = LockerRig(kept=kept, reset_cause=ResetCause.WATCHDOG)
    rig.wait(100)
    return rig


def test_l5_a_locker_with_damaged_memory_doubts_every_door_until_a_person_has_looked() -> None:
    rig = doubting_locker()
    assert {rig.state(door) for door in range(4)} == {DoorState.FORCED}
    assert not rig.board.pins_out.doors_shut
    said = sorted(rig.told(EventKind.DOOR_FORCED))
    assert said == [(door, FORCED_BEFORE_START) for door in range(4)]
    assert rig.unlock(0) == Result.WRONG_STATE
    rig.restart()
    rig.wait(100)
    assert {rig.state(door) for door in range(4)} == {DoorState.FORCED}
    for door in range(4):
        assert rig.board.command(ForgiveForced(door)) == Result.DONE
    rig.wait(3_000)
    assert rig.board.pins_out.doors_shut
    rig.restart()
    rig.wait(100)
    assert {rig.state(door) for door in range(4)} == {DoorState.LOCKED}


def test_l4_a_locker_with_damaged_memory_locks_its_keypad_for_its_time() -> None:
    rig = doubting_locker()
    assert rig.told(EventKind.KEYPAD_LOCKED) == [(255, KEYPAD_LOCK_MS)]
    rig.press("1#")
    assert not rig.entries()
    rig.wait(KEYPAD_LOCK_MS)
    rig.press("2#")
    (entry,) = rig.entries()
    assert rig.board.command(KeypadResult(entry.entry, 0)) == Result.DONE
    rig.wait(300)
    assert rig.report().keypad_locked_ms > 0, "tries that were lost are no tries for nothing"


def recorded(rig: DriveRig) -> bytes:
    """All that an agent said until it drove."""
    said, sequence = b"", 0
    for message in (Open(7, SAFETY_HASH, 1), Arm(Authority.OPERATOR, StopCause.POWER_ON)):
        said += frame_of(message, sequence, rig.board.session if sequence else 0)
        sequence += 1
    for _ in range(10):
        said += frame_of(DriveCommand(500, 0, 250, rig.board.now_ms), sequence, rig.board.session)
        sequence += 1
    return said


def frame_of(message: Open | Arm | DriveCommand, sequence: int, session: int) -> bytes:
    """As an agent would put it on the line."""
    kind = type(message).ID
    return encode_frame(Frame(kind, 1, session, sequence, 0, encode(message)))


def test_d2_what_was_recorded_is_nothing_to_a_board_that_has_lost_its_memory() -> None:
    rig = standing_rig()
    heard = recorded(rig)
    for entropy, drives in ((0, True), (1, False), (0x8000_0000, False)):
        again = DriveRig()
        again.board.entropy = entropy
        again.board.start(ResetCause.POWER_ON, b"", 1_000)
        again.rolled_ms = again.board.now_ms
        again.step(times=30)
        again.board.send_bytes(heard)
        again.step()
        assert again.motors_on == drives, "with nothing drawn at the start it would drive"


@given(entropy=st.integers(0, 2**32 - 1), nonce=st.integers(0, 2**32 - 1))
def test_sessions_differ_whatever_was_drawn_at_the_start(entropy: int, nonce: int) -> None:
    board = BoardUnderTest(BoardKind.DRIVE, entropy=entropy)
    sessions = [board.open(nonce) for _ in range(5)]
    assert 0 not in sessions
    assert len(set(sessions)) == 5
