# SPDX-License-Identifier: Apache-2.0
"""Events, reports, kept memory and a full line: what both boards have in common."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.codec import encode
from robot_agent.board.link_messages import (
    Ack,
    EventAck,
    Hello,
    LinkReport,
    Ping,
)
from robot_agent.board.locker_messages import Unlock
from robot_agent.board.words import (
    BoardKind,
    ResetCause,
    Result,
)
from tests.firmware_stubs.boards import BoardUnderTest, raw_frame


def test_an_event_is_said_every_200_ms_until_it_is_taken(board: BoardUnderTest) -> None:
    board.open()
    board.step(times=100)
    booted = [frame for frame in board.frames if frame.type == 0x04]
    assert len({frame.payload for frame in booted}) == 1
    assert {b.t_ms - a.t_ms for a, b in pairwise(booted)} <= {10, 200}
    assert 5 <= len(booted) <= 7
    (event,) = board.take_events()
    assert (event.number, event.value) == (1, ResetCause.POWER_ON)
    board.heard.clear()
    board.step(times=100)
    assert not board.take_events()


def happen(board: BoardUnderTest, times: int) -> None:
    """Something that nobody may miss, so often."""
    for value in range(times):
        board.library.link_event(board.link, 1, 255, value, board.now_ms)


def test_events_come_in_their_order_and_none_is_taken_that_was_not_heard(
    board: BoardUnderTest,
) -> None:
    board.open()
    happen(board, 5)
    board.listen()
    assert [event.number for event in board.take_events()] == [1, 2, 3, 4, 5, 6]


def test_events_that_happen_while_nobody_listens_wait(board: BoardUnderTest) -> None:
    happen(board, 3)
    board.step(times=100)
    assert not board.take_events()
    board.open()
    assert len(board.take_events()) == 4


def test_an_acknowledgement_takes_all_events_up_to_its_number(board: BoardUnderTest) -> None:
    board.open()
    happen(board, 5)
    board.send(EventAck(0))
    board.send(EventAck(4))
    assert [event.number for event in board.take_events()] == [5, 6]
    board.send(EventAck(99))
    board.heard.clear()
    board.step(times=50)
    assert not board.take_events()


def test_an_acknowledgement_that_is_cut_short_or_of_an_older_session_takes_nothing(
    board: BoardUnderTest,
) -> None:
    old = board.open()
    board.open()
    board.send(EventAck(1), session=old)
    board.send_bytes(raw_frame(EventAck.ID, b"\1\0\0", board.session, board.sequence + 1))
    board.sequence += 1
    board.send(EventAck(1), sequence=board.sequence)  # not newer
    assert len(board.take_events()) == 1
    assert board.counts().refused == 3


def test_of_more_than_64_events_the_oldest_are_forgotten__firmware_requirement_l5(
    board: BoardUnderTest,
) -> None:
    board.open()
    happen(board, 100)
    assert [event.number for event in board.take_events()] == [1]  # was on the line
    board.step(times=20)
    assert [event.number for event in board.take_events()] == list(range(38, 102))


def test_events_are_numbered_on_over_a_reset__firmware_requirement_l5(
    board: BoardUnderTest,
) -> None:
    happen(board, 3)
    board.restart(ResetCause.WATCHDOG)
    board.open()
    (event,) = board.take_events()
    assert (event.number, event.value) == (5, ResetCause.WATCHDOG)


def test_a_line_that_nobody_reads_drops_telemetry_and_no_command_is_done_twice() -> None:
    board = BoardUnderTest(BoardKind.LOCKER)
    board.open()
    board.step(times=20)
    for size in (50, 0):
        while board.library.link_send(board.link, 0x50, bytes(size), size, board.now_ms):
            pass
    board.sequence += 1
    order = raw_frame(Unlock.ID, encode(Unlock(0, 5_000)), board.session, board.sequence)
    board.send_bytes(order, listens=False)
    board.heard.clear()
    board.take()
    board.step()
    assert board.pins_out.unlock_coil == 0
    assert not board.answers(board.sequence)
    board.send_bytes(order)
    assert board.answers(board.sequence) == [Result.DONE]
    assert board.counts().dropped >= 3


def test_what_is_to_go_out_is_taken_in_pieces_of_any_size(board: BoardUnderTest) -> None:
    board.send_bytes(raw_frame(Ping.ID, b"", 0, 1) * 3, listens=False)
    pieces = []
    while piece := board.take(capacity=7):
        pieces.append(piece)
    assert all(len(piece) == 7 for piece in pieces[:-1])
    frames = board.reader.feed(b"".join(pieces))
    assert [frame.type for frame in frames] == [Ack.ID] * 3


def test_a_message_longer_than_a_frame_is_dropped_and_counted(board: BoardUnderTest) -> None:
    board.open()
    assert not board.library.link_send(board.link, 0x50, bytes(235), 235, board.now_ms)
    assert board.counts().dropped == 1


def test_the_board_reports_what_was_wrong_on_its_line_once_a_second(
    board: BoardUnderTest,
) -> None:
    board.open()
    good = raw_frame(Ping.ID, b"", board.session, board.sequence + 1)
    board.send_bytes(good + good[:5] + b"\x09" + good[6:] + b"\xff\0" + b"\x01" * 300 + b"\0")
    board.library.harness_set_overruns(board.board, 12)
    board.heard.clear()
    report = board.counts()
    assert (report.frames, report.crc_errors, report.cobs_errors) == (2, 1, 1)
    assert (report.too_long, report.overruns) == (1, 12)
    board.heard.clear()
    board.step(times=500)
    assert len(board.all(LinkReport)) == 5


def test_the_longest_turn_of_the_loop_is_reported_then_forgotten(
    board: BoardUnderTest,
) -> None:
    board.step(ms=70)
    assert board.counts().loop_max_ms == 70
    assert board.counts().loop_max_ms == 10
    board.step(ms=70_000)
    assert board.last(LinkReport).loop_max_ms == 65_535


def test_starts_are_counted_over_resets(board: BoardUnderTest) -> None:
    for count in range(1, 6):
        assert board.last(Hello).boot_count == count
        board.restart(ResetCause.SOFTWARE)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_kept_memory_that_was_not_sealed_is_not_believed(data: st.DataObject) -> None:
    board = BoardUnderTest(BoardKind.LOCKER)
    board.restart(ResetCause.SOFTWARE)
    kept = bytearray(board.kept())
    copy_bytes = len(kept) // 2
    at = data.draw(st.integers(0, copy_bytes - 1))
    for copy_at in (0, copy_bytes):
        kept[copy_at + at] ^= data.draw(st.integers(1, 255))
    for found in (bytes(kept), kept[:at], data.draw(st.binary(max_size=80))):
        again = BoardUnderTest(BoardKind.LOCKER, kept=bytes(found))
        assert again.last(Hello).boot_count == 1
