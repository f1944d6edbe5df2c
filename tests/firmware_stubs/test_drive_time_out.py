# SPDX-License-Identifier: Apache-2.0
"""Only a valid, fresh drive command keeps the motors on, and for 250 ms at most (D1, D2, C3)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.board.codec import Frame, encode, encode_frame, frame_of
from robot_agent.board.drive_messages import Disarm, DriveCommand, SetSignals, Stop
from robot_agent.board.link_messages import Ack, EventAck, LinkReport, Ping
from robot_agent.board.locker_messages import KeypadResult, LockerReport, Unlock
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    Authority,
    DriveState,
    EventKind,
    Result,
    StopCause,
)
from tests.firmware_stubs.drive_rig import (
    STEP_MS,
    DriveRig,
    armed_rig,
    moving_rig,
    standing_rig,
)

TIMEOUT_MS = 250


def test_d1_motors_are_off_250_ms_after_the_last_fresh_command__axol_pr_263() -> None:
    rig = moving_rig()
    rig.command(1_000)
    assert 200 < rig.off_after_ms() <= TIMEOUT_MS
    assert (rig.state, rig.cause) == (DriveState.STOPPING, StopCause.COMMAND_TIMEOUT)
    rig.step(times=100)
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.COMMAND_TIMEOUT)
    assert rig.chassis.speed_mm_s == 0
    assert (EventKind.STOPPED, StopCause.COMMAND_TIMEOUT) in rig.events()


def test_d1_the_time_out_runs_from_arming_on() -> None:
    rig = armed_rig()
    assert rig.off_after_ms() < TIMEOUT_MS
    rig.step()
    assert rig.cause == StopCause.COMMAND_TIMEOUT


@given(ttl_ms=st.integers(20, 250), loop_ms=st.integers(1, 10))
def test_d1_a_command_that_asks_for_less_gets_less__and_never_more(
    ttl_ms: int, loop_ms: int
) -> None:
    rig = moving_rig(500)
    rig.command(500, ttl_ms=250)
    rig.step()
    rig.command(500, ttl_ms=ttl_ms)
    assert ttl_ms - 20 <= rig.off_after_ms(ms=loop_ms) <= ttl_ms


@pytest.mark.parametrize("ttl_ms", [0, 19, 251, 60_000])
def test_d1_a_command_that_asks_for_more_than_250_ms_or_next_to_nothing_is_refused(
    ttl_ms: int,
) -> None:
    rig = moving_rig()
    before = rig.told.accepted_sequence
    payload = bytearray(encode(DriveCommand(1_000, 0, 250, rig.seen_ms)))
    payload[4:6] = ttl_ms.to_bytes(2, "little")
    sequence = rig.board.sequence + 1
    send_raw(rig, bytes(payload), sequence)
    rig.step(times=6)
    assert rig.told.accepted_sequence == before


def send_raw(rig: DriveRig, payload: bytes, sequence: int) -> None:
    """A drive command as these bytes."""
    frame = Frame(
        DriveCommand.ID, PROTOCOL_MAJOR, rig.board.session, sequence, rig.board.now_ms, payload
    )
    rig.board.send_bytes(encode_frame(frame))


def garbage(rig: DriveRig) -> None:
    rig.board.send_bytes(bytes(range(256)))


def bad_crc(rig: DriveRig) -> None:
    message = DriveCommand(1_000, 0, 250, rig.seen_ms)
    rig.board.sequence += 1
    frame = frame_of(message, rig.board.session, rig.board.sequence, rig.board.now_ms)
    raw = bytearray(encode_frame(frame))
    raw[-2] = raw[-2] % 255 + 1
    rig.board.send_bytes(bytes(raw))


def pings(rig: DriveRig) -> None:
    rig.board.send(Ping())


def acks(rig: DriveRig) -> None:
    rig.board.send(Ack(1, DriveCommand.ID, Result.DONE))
    rig.board.send(EventAck(0))


def signals(rig: DriveRig) -> None:
    rig.board.send(SetSignals(1, 1))


def locker_chatter(rig: DriveRig) -> None:
    rig.board.send(LockerReport(bytes(64), bytes(8), 255, 0, 0, 1))
    rig.board.send(Unlock(1, 8_000))
    rig.board.send(KeypadResult(1, 1))


def reports_of_a_board(rig: DriveRig) -> None:
    rig.board.send(rig.told)
    rig.board.send(LinkReport(*([0] * 8)))


def repeats(rig: DriveRig) -> None:
    rig.command(1_000, sequence=rig.board.sequence)


def older_ones(rig: DriveRig) -> None:
    rig.command(1_000, sequence=(rig.board.sequence - 5) % 2**32)


def of_an_older_session(rig: DriveRig) -> None:
    rig.command(1_000, session=rig.board.session ^ 1)


def of_no_session(rig: DriveRig) -> None:
    rig.command(1_000, session=0)


def of_another_major(rig: DriveRig) -> None:
    rig.board.send(DriveCommand(1_000, 0, 250, rig.seen_ms), major=PROTOCOL_MAJOR + 1)


def that_saw_nothing_new(rig: DriveRig) -> None:
    rig.command(1_000, seen_ms=(rig.board.now_ms - TIMEOUT_MS - 1) % 2**32)


def that_saw_the_future(rig: DriveRig) -> None:
    rig.command(1_000, seen_ms=(rig.board.now_ms + 5) % 2**32)


def too_fast(rig: DriveRig) -> None:
    payload = bytearray(encode(DriveCommand(0, 0, 250, rig.seen_ms)))
    payload[0:2] = (3_001).to_bytes(2, "little")
    rig.board.sequence += 1
    send_raw(rig, bytes(payload), rig.board.sequence)


def cut_short(rig: DriveRig) -> None:
    rig.board.sequence += 1
    send_raw(rig, encode(DriveCommand(0, 0, 250, rig.seen_ms))[:-1], rig.board.sequence)


NOISES = [
    garbage,
    bad_crc,
    pings,
    acks,
    signals,
    locker_chatter,
    reports_of_a_board,
    repeats,
    older_ones,
    of_an_older_session,
    of_no_session,
    of_another_major,
    that_saw_nothing_new,
    that_saw_the_future,
    too_fast,
    cut_short,
]


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
def test_d2_nothing_but_a_valid_fresh_drive_command_feeds_the_time_out__lizard_issue_283(
    noise: Callable[[DriveRig], None],
) -> None:
    rig = moving_rig()
    rig.command(1_000)
    for _ in range(TIMEOUT_MS // STEP_MS):
        noise(rig)
        rig.step()
    assert not rig.motors_on
    assert rig.cause == StopCause.COMMAND_TIMEOUT


def test_d2_commands_of_an_older_session_that_are_played_back_move_nothing() -> None:
    rig = moving_rig()
    frame = frame_of(
        DriveCommand(1_000, 0, 250, rig.seen_ms),
        rig.board.session,
        rig.board.sequence + 1,
        rig.board.now_ms,
    )
    rig.open()
    rig.step(times=100)
    assert rig.arm(Authority.POSITION_CHECKED) == Result.DONE
    rig.board.send_bytes(encode_frame(frame) * 3)
    rig.step()
    assert rig.state == DriveState.ARMED
    assert rig.told.accepted_sequence == 0


def test_commands_before_arming_move_nothing_and_are_counted() -> None:
    rig = standing_rig()
    for _ in range(3):
        rig.command(1_000)
    rig.step(times=110)
    assert rig.state == DriveState.DISARMED
    assert rig.board.last(LinkReport).refused == 3


def test_a_command_while_it_stops_does_not_start_it_again() -> None:
    rig = moving_rig()
    assert rig.board.command(Disarm()) == Result.DONE
    rig.drive(1_500, for_ms=1_500)
    assert (rig.state, rig.cause) == (DriveState.DISARMED, StopCause.STOPPED_BY_AGENT)


def test_the_agent_arms_again_by_itself_after_a_time_out() -> None:
    rig = moving_rig()
    rig.step(times=150)
    assert rig.arm(Authority.AGENT) == Result.DONE
    rig.drive(800)
    assert rig.chassis.speed_mm_s == pytest.approx(800, abs=80)


def test_a_time_out_brakes_until_it_stands_and_only_then_may_it_be_armed() -> None:
    rig = moving_rig(1_500)
    rig.off_after_ms()
    rig.step()
    assert rig.arm(Authority.OPERATOR) == Result.WRONG_STATE
    assert not rig.out.standing
    rig.step(times=100)
    assert rig.out.standing
    assert rig.arm(Authority.AGENT) == Result.DONE


@pytest.mark.parametrize("message", [Stop(), Disarm()], ids=["stop", "disarm"])
def test_c3_a_stop_is_answered_before_the_next_turn_of_the_loop(message: Stop | Disarm) -> None:
    rig = moving_rig()
    sequence = rig.board.send(message)
    assert rig.board.answers(sequence) == [Result.DONE]
    rig.step()
    assert (rig.state, rig.cause) == (DriveState.STOPPING, StopCause.STOPPED_BY_AGENT)


@pytest.mark.parametrize("state", ["disarmed", "latched"])
def test_c3_a_stop_is_done_wherever_nothing_moves(state: str) -> None:
    rig = standing_rig()
    if state == "latched":
        rig.is_stale = True
        rig.step()
    before = rig.cause
    assert rig.board.command(Stop()) == Result.DONE
    rig.step(times=6)
    assert rig.cause == before
