# SPDX-License-Identifier: Apache-2.0
"""The locker board as a whole: what it reports and answers, its clock's wrap, 64 doors, the loader,
and a random walk over everything that can happen to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.drive_messages import DriveCommand, Stop
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import EnterLoader, Event, Hello, Ping
from robot_agent.board.locker_messages import (
    ForgiveForced,
    KeypadResult,
    Lock,
    LockerReport,
    Unlock,
)
from robot_agent.board.words import (
    PROTOCOL_MINOR,
    SAFETY_HASH,
    BoardKind,
    DoorState,
    EventKind,
    ResetCause,
    Result,
)
from tests.firmware_stubs.locker_rig import NO_DOOR, Door, LockerRig

LAST_MS = 2**32 - 1


def test_it_says_that_it_is_a_locker_and_how_many_doors_it_has() -> None:
    hello = LockerRig(12).board.last(Hello)
    assert hello.board_kind == BoardKind.LOCKER
    assert (hello.door_count, hello.speed_limit_mm_s) == (12, 0)


def test_it_never_says_more_doors_than_it_can_have() -> None:
    rig = LockerRig(4)
    rig.board.door_count = 200
    rig.restart(ResetCause.POWER_ON)
    assert rig.board.last(Hello).door_count == 64


def test_it_reports_five_times_a_second_and_at_once_when_a_door_changes() -> None:
    rig = LockerRig()
    before = len(rig.board.all(LockerReport))
    rig.wait(2_000)
    assert len(rig.board.all(LockerReport)) - before == 10
    rig.wait(50)
    before = len(rig.board.all(LockerReport))
    rig.unlock(0)
    rig.step()
    assert len(rig.board.all(LockerReport)) == before + 1
    assert rig.state(0) == DoorState.UNLOCKING
    assert rig.report().coil == 0


def test_who_opens_a_session_hears_of_the_doors_at_once() -> None:
    rig = LockerRig()
    before = len(rig.board.all(LockerReport))
    rig.board.open(nonce=8)
    rig.step()
    assert len(rig.board.all(LockerReport)) == before + 1


def test_doors_that_are_not_there_are_reported_as_unknown() -> None:
    rig = LockerRig(3)
    assert rig.report().doors == bytes([DoorState.LOCKED] * 3) + bytes(61)


def test_what_lies_in_the_compartments_is_reported_for_the_doors_there_are() -> None:
    rig = LockerRig(10)
    rig.occupied = {0, 9, 30}
    rig.wait(300)
    assert rig.report().occupied == bytes([1, 2, 0, 0, 0, 0, 0, 0])
    rig.occupied = {1}
    rig.wait(300)
    assert rig.report().occupied == bytes([2, 0, 0, 0, 0, 0, 0, 0])


def test_64_doors_all_open_and_lock_again() -> None:
    rig = LockerRig(64)
    for door in range(64):
        assert rig.unlock(door, 60_000) == Result.DONE
    rig.wait(10_000)
    assert {rig.state(door) for door in range(64)} == {DoorState.CLOSED_UNLOCKED}
    for door in range(64):
        assert rig.board.command(Lock(door)) == Result.DONE
    rig.wait(10_000)
    assert {rig.state(door) for door in range(64)} == {DoorState.LOCKED}
    assert rig.board.pins_out.doors_shut


def test_what_a_locker_does_not_know_is_answered_so() -> None:
    rig = LockerRig()
    assert rig.board.command(Ping()) == Result.DONE
    assert rig.board.command(Stop()) == Result.UNKNOWN_MESSAGE


def test_l3_another_boards_drive_commands_change_nothing_on_a_locker() -> None:
    rig = LockerRig()
    rig.board.send(DriveCommand(500, 0, 250, 0))
    assert rig.wait(500).doors_shut
    assert not rig.watch.pulses


@pytest.mark.parametrize("message", [Unlock(0, 8_000), KeypadResult(1, 1)])
def test_nothing_is_done_without_a_session(message: Message) -> None:
    rig = LockerRig(opens=False)
    assert rig.board.command(message) == Result.BAD_SESSION
    rig.wait(500)
    assert not rig.watch.pulses


def test_nothing_is_done_for_an_agent_of_another_version() -> None:
    rig = LockerRig(opens=False)
    assert rig.board.open(safety_hash=SAFETY_HASH ^ 1) == 0
    assert rig.unlock(0) == Result.BAD_SESSION


def test_commands_out_of_range_are_answered_so() -> None:
    rig = LockerRig()
    for payload, kind in ((b"\x00\x10\x00", Unlock), (b"\x40", Lock), (b"\x40", ForgiveForced)):
        assert rig.send_payload(kind.ID, payload) == Result.OUT_OF_RANGE
    assert rig.send_payload(KeypadResult.ID, b"\x01\x00\x00\x00\x02") == Result.OUT_OF_RANGE
    assert rig.send_payload(Unlock.ID, b"") == Result.OUT_OF_RANGE


def test_a_board_of_last_year_serves_its_doors_too() -> None:
    rig = LockerRig(minor=PROTOCOL_MINOR - 1)
    rig.open_door(0)
    rig.doors[0].closed = True
    rig.until(0, DoorState.LOCKED)


def test_c2_the_loader_is_entered_only_standing_and_with_all_doors_locked() -> None:
    rig = LockerRig(has_loader=True)
    rig.standing = False
    rig.wait(50)
    assert rig.board.command(EnterLoader()) == Result.WRONG_STATE
    rig.standing = True
    rig.wait(50)
    rig.open_door(0)
    assert rig.board.command(EnterLoader()) == Result.WRONG_STATE
    assert not rig.board.enters_loader
    rig.doors[0].closed = True
    rig.until(0, DoorState.LOCKED)
    assert rig.board.command(EnterLoader()) == Result.DONE
    assert rig.board.enters_loader


def test_c2_a_board_without_a_loader_says_so() -> None:
    rig = LockerRig(has_loader=False)
    assert rig.board.command(EnterLoader()) == Result.UNSUPPORTED


def near_the_wrap(before_ms: int) -> LockerRig:
    """Its clock wraps so long after its start."""
    return LockerRig(now_ms=LAST_MS - before_ms)


@pytest.mark.parametrize("before_ms", [60, 100, 130, 200, 1_000, 5_000, 9_000])
def test_the_clock_may_wrap_while_a_door_is_unlocked_and_locks_again(before_ms: int) -> None:
    rig = near_the_wrap(before_ms)
    rig.unlock(0)
    rig.until(0, DoorState.CLOSED_UNLOCKED, 1_000)
    took_ms = rig.until(0, DoorState.LOCKED, 10_000)
    assert 8_000 <= took_ms <= 8_800


def test_the_clock_may_wrap_while_a_door_is_open() -> None:
    rig = near_the_wrap(30_000)
    rig.open_door(0)
    rig.wait(59_000)
    assert not rig.told(EventKind.DOOR_LEFT_OPEN)
    rig.wait(1_500)
    assert rig.told(EventKind.DOOR_LEFT_OPEN) == [(0, 60_000)]
    rig.doors[0].closed = True
    rig.until(0, DoorState.LOCKED)


def test_a_door_open_for_longer_than_the_clock_counts_is_told_once() -> None:
    rig = LockerRig()
    rig.open_door(0)
    rig.step(2**31, times=5)
    assert rig.told(EventKind.DOOR_LEFT_OPEN) == [(0, 60_000)]
    assert rig.step().alarm


@pytest.mark.parametrize("before_ms", [100, 400, 600, 3_000, 5_500])
def test_the_clock_may_wrap_while_a_bolt_is_stuck(before_ms: int) -> None:
    rig = near_the_wrap(before_ms)
    rig.doors[0].stuck = True
    rig.unlock(0)
    took_ms = rig.until(0, DoorState.JAMMED)
    assert 10_000 <= took_ms <= 11_500
    assert len(rig.watch.pulses) == 3


def test_the_clock_may_wrap_while_a_door_is_locked_or_forced() -> None:
    rig = near_the_wrap(1_000)
    rig.doors[1].bolted = False
    rig.until(1, DoorState.FORCED)
    rig.wait(2_000)
    assert (rig.state(0), rig.state(1)) == (DoorState.LOCKED, DoorState.FORCED)
    assert len(rig.told(EventKind.DOOR_FORCED)) == 1


def test_the_clock_may_wrap_before_the_doors_are_known() -> None:
    rig = LockerRig(now_ms=LAST_MS - 15, settles=False)
    rig.wait(100)
    assert rig.state(0) == DoorState.LOCKED


@pytest.mark.parametrize("before_ms", [3_000, 30_000, 60_000])
def test_the_clock_may_wrap_in_a_lock_out(before_ms: int) -> None:
    rig = near_the_wrap(before_ms)
    for number in range(5):
        rig.press(f"{number}#")
        rig.board.command(KeypadResult(number + 1, 0))
    rig.wait(59_000)
    assert rig.report().keypad_locked_ms > 0
    rig.wait(1_500)
    assert rig.report().keypad_locked_ms == 0


ACTIONS = st.one_of(
    st.tuples(st.just("unlock"), st.integers(0, 5), st.sampled_from([1_000, 2_000])),
    st.tuples(st.just("lock"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("forgive"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("closed"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("bolted"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("stuck"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("standing"), st.just(0), st.booleans()),
    st.tuples(st.just("cut"), st.just(0), st.booleans()),
    st.tuples(st.just("key"), st.just(0), st.sampled_from(["", "1", "#", "*", "?"])),
    st.tuples(st.just("answer"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("noise"), st.just(0), st.binary(max_size=40)),
    st.tuples(st.just("wait"), st.integers(1, 10), st.integers(1, 300)),
    st.tuples(st.just("reset"), st.just(0), st.sampled_from(list(ResetCause))),
)


def act(rig: LockerRig, kind: str, number: int, value: object) -> None:
    """One thing that happens."""
    match kind, value:
        case "unlock", int(hold_ms):
            rig.board.send(Unlock(number, hold_ms))
        case "lock", _:
            rig.board.send(Lock(number))
        case "forgive", _:
            rig.board.send(ForgiveForced(number))
        case (("closed" | "bolted" | "stuck"), bool()):
            setattr(rig.doors[number], kind, value)
        case (("standing" | "cut" | "key"), _):
            setattr(rig, kind, value)
        case "answer", _:
            rig.board.send(KeypadResult(number, int(bool(value))))
        case "noise", bytes(raw):
            rig.board.send_bytes(raw + b"\0")
        case "wait", int(times):
            rig.step(number, times)
        case "reset", ResetCause() as cause:
            rig.restart(cause)
    rig.step()


@settings(max_examples=25, deadline=None)
@given(st.lists(ACTIONS, min_size=1, max_size=60))
def test_whatever_happens_coils_and_doors_stay_within_their_bounds(
    happenings: list[tuple[str, int, object]],
) -> None:
    """LockerRig checks L1 and L3 in each step; here, that what was forced is never taken back by
    anything but a word of forgiveness, and that a board left in peace comes to rest."""
    rig = LockerRig(5)
    forced: set[int] = set()
    for kind, number, value in happenings:
        act(rig, kind, number, value)
        if kind == "forgive":
            forced.discard(number)
        assert all(rig.state(door) == DoorState.FORCED for door in forced)
        forced |= {door for door in range(5) if rig.state(door) == DoorState.FORCED}
    rig.doors = [Door() for _ in range(5)]
    rig.cut, rig.standing, rig.key = False, True, ""
    rig.wait(15_000)
    rest = {DoorState.LOCKED, DoorState.FORCED, DoorState.JAMMED}
    assert {rig.state(door) for door in range(5)} <= rest
    out = rig.step()
    assert (out.unlock_coil, out.lock_coil) == (NO_DOOR, NO_DOOR)
    numbers = [one.number for one in rig.board.all(Event)]
    assert numbers == sorted(numbers)
