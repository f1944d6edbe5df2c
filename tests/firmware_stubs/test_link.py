# SPDX-License-Identifier: Apache-2.0
"""What the page PROTOCOL.md promises of a board's end of the link, of both boards."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.codec import MESSAGES, encode, encode_frame
from robot_agent.board.drive_messages import Arm, DriveCommand, DriveFacts, SetSignals
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import (
    Ack,
    EnterLoader,
    EventAck,
    Hello,
    Open,
    Ping,
)
from robot_agent.board.locker_messages import Lock, Unlock
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    SAFETY_HASH,
    SCHEMA_HASH,
    Authority,
    BoardKind,
    ResetCause,
    Result,
    StopCause,
)
from tests.firmware_stubs.boards import BoardUnderTest, raw_frame

ANSWERED = 16  # LINK_ANSWERED
EVERY = 2**32


def an_order(board: BoardUnderTest) -> Message:
    """A command that this board does in the state it starts in."""
    return SetSignals(1, 0) if board.kind == BoardKind.DRIVE else Unlock(0, 5_000)


def test_c1_a_board_says_who_it_is_when_it_starts_and_when_it_is_asked(
    board: BoardUnderTest,
) -> None:
    (first,) = board.all(Hello)
    assert (first.session, first.board_kind, first.boot_count) == (0, board.kind, 1)
    assert (first.schema_hash, first.safety_hash) == (SCHEMA_HASH, SAFETY_HASH)
    assert (first.reset_cause, first.protocol_minor) == (ResetCause.POWER_ON, 1)
    assert first.unique_id == b"library-chip"
    assert first.command_timeout_ms == 250
    assert first.git
    session = board.open()
    second = board.all(Hello)[1]
    assert session == second.session != 0
    assert {frame.session for frame in board.frames[1:]} == {session}


def test_only_the_drive_board_says_what_the_base_is_made_of_and_after_hello() -> None:
    for kind in BoardKind:
        board = BoardUnderTest(kind)
        board.open()
        said = [type(message) for message in board.heard]
        assert said.count(DriveFacts) == (kind == BoardKind.DRIVE)
        if kind == BoardKind.DRIVE:
            assert said.index(DriveFacts) == said.index(Hello, 1) + 1


def test_no_session_comes_twice_whatever_the_nonce_and_over_resets(
    board: BoardUnderTest,
) -> None:
    sessions = []
    for _ in range(5):
        sessions += [board.open(nonce=7) for _ in range(20)]
        board.restart(ResetCause.WATCHDOG)
    assert len(set(sessions)) == 100
    assert 0 not in sessions


def test_a_session_is_never_zero(board: BoardUnderTest) -> None:
    # The nonce for which the mix of the first session of the first start is zero.
    nonce = -(0x9E3779B9 + 0x85EBCA6B) % EVERY
    assert board.open(nonce) == 1


@pytest.mark.parametrize("wrong", ["safety hash", "major"])
def test_a_wrong_version_gets_no_session_and_no_command_is_done(
    board: BoardUnderTest, wrong: str
) -> None:
    board.open()
    if wrong == "safety hash":
        assert board.open(safety_hash=SAFETY_HASH ^ 1) == 0
    else:
        board.send(Open(7, SAFETY_HASH, 1), session=0, major=PROTOCOL_MAJOR + 1)
        board.session = board.last(Hello).session
        assert board.session == 0
    board.step(times=20)
    assert board.command(an_order(board)) == Result.BAD_SESSION
    assert board.open() != 0
    assert board.command(an_order(board)) == Result.DONE


def test_an_open_that_is_cut_short_or_in_a_session_is_refused(board: BoardUnderTest) -> None:
    session = board.open()
    board.send(Open(8, SAFETY_HASH, 1))
    board.send_bytes(raw_frame(Open.ID, bytes(8), 0, 9))
    assert len(board.all(Hello)) == 2
    assert board.command(Ping()) == Result.DONE
    assert board.session == session
    assert board.counts().refused == 2


def test_a_repeated_command_is_answered_again_and_not_done_again() -> None:
    board = BoardUnderTest(BoardKind.LOCKER)
    board.open()
    board.step(times=20)
    sequence = board.send(Unlock(0, 5_000))
    board.step()
    assert board.pins_out.unlock_coil == 0
    assert board.command(Lock(0)) == Result.DONE
    board.step(times=500)
    for _ in range(3):
        board.send(Unlock(0, 5_000), sequence=sequence)
        board.step()
        assert board.pins_out.unlock_coil == 255
    assert board.answers(sequence) == [Result.DONE] * 4


def test_a_refused_command_that_is_repeated_stays_refused(board: BoardUnderTest) -> None:
    board.open()
    order: Message = Arm(Authority.AGENT, StopCause.NONE)
    if board.kind == BoardKind.LOCKER:
        order = Unlock(63, 5_000)
    sequence = board.send(order)
    assert board.answers(sequence)[0] != Result.DONE
    board.send(order, sequence=sequence)
    assert len(set(board.answers(sequence))) == 1
    assert len(board.answers(sequence)) == 2


def test_a_lost_command_may_be_sent_again_though_drive_commands_have_overtaken_it(
    board: BoardUnderTest,
) -> None:
    board.open()
    board.step(times=20)
    lost = board.sequence + 1
    board.sequence += 1
    for _ in range(30):
        board.send(DriveCommand(0, 0, 250, board.now_ms))
    board.send(an_order(board), sequence=lost)
    assert board.answers(lost) == [Result.DONE]


def test_the_answers_of_the_last_16_commands_are_remembered(board: BoardUnderTest) -> None:
    board.open()
    sequences = [board.send(Ping()) for _ in range(ANSWERED + 1)]
    board.heard.clear()
    for sequence in sequences:
        board.send(Ping(), sequence=sequence)
    assert [one.command_sequence for one in board.all(Ack)] == sequences[1:]
    assert board.counts().refused == 1


def test_a_sequence_used_for_another_command_is_not_answered(board: BoardUnderTest) -> None:
    board.open()
    sequence = board.send(Ping())
    board.send(an_order(board), sequence=sequence)
    assert board.answers(sequence) == [Result.DONE]
    assert board.last(Ack).command_type == Ping.ID


def test_sequences_may_wrap(board: BoardUnderTest) -> None:
    board.sequence = EVERY - 3
    board.open()
    assert [board.command(Ping()) for _ in range(6)] == [Result.DONE] * 6
    assert board.sequence == 4


def test_a_command_of_an_older_session_does_nothing_and_is_told_so(
    board: BoardUnderTest,
) -> None:
    old = board.open()
    board.open()
    board.step(times=10)
    sequence = board.send(an_order(board), session=old)
    assert board.answers(sequence) == [Result.BAD_SESSION]
    assert board.frames[-1].session == 0
    if board.kind == BoardKind.LOCKER:
        assert board.step().unlock_coil == 255
    else:
        assert board.step().light == 0
    assert board.counts().refused == 1


def test_a_command_before_any_session_does_nothing(board: BoardUnderTest) -> None:
    assert board.command(an_order(board)) == Result.BAD_SESSION
    board.send(EventAck(1))
    assert board.counts().refused == 2


def test_a_command_of_another_major_version_does_nothing_and_is_told_so(
    board: BoardUnderTest,
) -> None:
    board.open()
    sequence = board.send(an_order(board), major=PROTOCOL_MAJOR + 1)
    assert board.answers(sequence) == [Result.BAD_VERSION]
    board.send(EventAck(1), major=PROTOCOL_MAJOR + 1)
    assert board.counts().refused == 2


def test_what_does_not_exist_is_told_so(board: BoardUnderTest) -> None:
    board.open()
    for unknown in (0x00, 0x0F, 0x70, 0xFF):
        board.sequence += 1
        board.send_bytes(raw_frame(unknown, b"", board.session, board.sequence))
        assert board.answers(board.sequence) == [Result.UNKNOWN_MESSAGE]
    others = Lock(0) if board.kind == BoardKind.DRIVE else Arm(0, 0)
    assert board.command(others) == Result.UNKNOWN_MESSAGE


def test_a_command_that_cannot_be_read_is_told_so(board: BoardUnderTest) -> None:
    board.open()
    board.step(times=10)
    kind = Arm if board.kind == BoardKind.DRIVE else Unlock
    for payload in (b"", b"\0", b"\xff\xff\xff"):
        board.sequence += 1
        board.send_bytes(raw_frame(kind.ID, payload, board.session, board.sequence))
        assert board.answers(board.sequence) == [Result.OUT_OF_RANGE]


@pytest.mark.parametrize(
    "kind",
    [kind for kind in MESSAGES.values() if kind.SENDER != "agent"],
    ids=lambda kind: kind.__name__,
)
def test_d2_another_boards_talk_or_the_lines_own_echo_is_counted_and_never_answered__lizard_283(
    board: BoardUnderTest, kind: type[Message]
) -> None:
    board.open()
    said = len(board.heard)
    board.send_bytes(raw_frame(kind.ID, bytes(100), board.session, board.sequence + 1))
    assert len(board.heard) == said
    assert board.counts().refused == 1


def test_a_whole_echo_of_the_line_leads_to_nothing(board: BoardUnderTest) -> None:
    board.open()
    board.step(times=100)
    echo = b"".join(encode_frame(frame) for frame in board.frames)
    said = len(board.heard)
    board.send_bytes(echo)
    assert len(board.heard) == said


def test_the_loader_is_started_only_where_there_is_one() -> None:
    for kind in BoardKind:
        for has_loader in (False, True):
            board = BoardUnderTest(kind, has_loader=has_loader)
            board.open()
            assert board.last(Hello).has_loader == has_loader
            board.step(times=20)
            result = board.command(EnterLoader())
            assert result == (Result.DONE if has_loader else Result.UNSUPPORTED)
            assert board.enters_loader == has_loader


def test_the_board_of_last_year_is_spoken_with(board: BoardUnderTest) -> None:
    old = BoardUnderTest(board.kind, minor=0)
    assert old.open() != 0
    hello = old.last(Hello)
    assert (hello.protocol_minor, hello.command_timeout_ms) == (0, 250)
    assert hello.safety_hash == SAFETY_HASH
    assert old.command(Ping()) == Result.DONE


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_was_recorded_and_is_played_back_changes_nothing(data: st.DataObject) -> None:
    """PROTOCOL.md: a frame from an hour ago is the wrong session or an old sequence."""
    board = BoardUnderTest(BoardKind.DRIVE)
    recorded: list[bytes] = []
    horn = 0
    for _ in range(data.draw(st.integers(1, 4))):
        board.open()
        for horn in data.draw(st.lists(st.integers(0, 1), min_size=1, max_size=6)):
            board.sequence += 1
            order = encode(SetSignals(0, horn))
            recorded.append(raw_frame(SetSignals.ID, order, board.session, board.sequence))
            board.send_bytes(recorded[-1])
        for frame in data.draw(st.lists(st.sampled_from(recorded), max_size=20)):
            board.send_bytes(frame)
        assert board.step().horn == horn
