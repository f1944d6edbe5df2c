# SPDX-License-Identifier: Apache-2.0
"""The agent's end of a board's link, against a board written here in a few lines."""

from itertools import count, pairwise

import pytest

from robot_agent.board.codec import Frame, Reader, decode, encode, encode_frame
from robot_agent.board.drive_messages import BatteryReport, DriveCommand
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import Ack, Event, EventAck, Hello, Open, Ping
from robot_agent.board.session import (
    MAX_SENDS,
    NO_ANSWER,
    RESEND_MS,
    SILENCE_MS,
    UNFIT_EACH_MS,
    BoardSession,
)
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    PROTOCOL_MINOR,
    SAFETY_HASH,
    SCHEMA_HASH,
    BoardKind,
    Result,
)

BATTERY = BatteryReport(25_000, 0, 800, 980, 250, 0)
HELLO = Hello(
    session=0,
    board_kind=BoardKind.DRIVE,
    protocol_minor=PROTOCOL_MINOR,
    schema_hash=SCHEMA_HASH,
    safety_hash=SAFETY_HASH,
    hardware_revision=1,
    firmware_major=0,
    firmware_minor=1,
    firmware_patch=0,
    git="0000000",
    unique_id=bytes(range(12)),
    reset_cause=1,
    boot_count=1,
    speed_limit_mm_s=1_670,
    door_count=0,
    has_loader=0,
)


class Bench:
    """`said`: what the agent sent; the board answers only as the test says."""

    def __init__(self, unique_id: str = "") -> None:
        nonces = count(0xFFFF_FFF0)
        self.session = BoardSession(
            BoardKind.DRIVE, self, lambda: next(nonces) & 0xFFFF_FFFF, unique_id
        )
        self.now_ms = 1_000
        self.heard_messages: list[Message] = []
        self.happened: list[str] = []
        self.said: list[Frame] = []
        self.answers: list[Result | None] = []
        self._reader = Reader()
        self._sequences = count(1)
        self.session_number = 77

    def opened(self, hello: Hello) -> None:
        self.happened.append("opened")

    def closed(self) -> None:
        self.happened.append("closed")

    def heard(self, message: Message, t_ms: int, now_ms: int) -> None:
        self.heard_messages.append(message)

    def board_says(
        self,
        message: Message,
        session: int | None = None,
        major: int = PROTOCOL_MAJOR,
        minor: int = PROTOCOL_MINOR,
    ) -> None:
        session = self.session_number if session is None else session
        payload = encode(message, minor)
        frame = Frame(message.ID, major, session, next(self._sequences), 5, payload)
        self.session.receive(encode_frame(frame), self.now_ms)
        self.listen()

    def listen(self) -> list[Frame]:
        new = [one for wire in self.session.take() for one in self._reader.feed(wire)]
        self.said += new
        return new

    def wait(self, ms: int) -> list[Frame]:
        new: list[Frame] = []
        for _ in range(ms // 10):
            self.now_ms += 10
            self.session.step(self.now_ms)
            new += self.listen()
        return new

    def hello(self, **changes: object) -> Hello:
        fields = {name: getattr(HELLO, name) for name in HELLO.__struct_fields__}
        return Hello(**{**fields, "session": self.session_number, **changes})

    def open(self, minor: int = PROTOCOL_MINOR) -> None:
        self.session.plugged(self.now_ms)
        self.listen()
        self.board_says(self.hello(protocol_minor=minor), minor=minor)
        assert self.session.is_open

    def command(self, message: Message) -> None:
        self.session.command(message, self.answers.append, self.now_ms)
        self.listen()

    def kept_alive(self, ms: int) -> list[Frame]:
        new: list[Frame] = []
        for _ in range(ms // 100):
            new += self.wait(100)
            self.board_says(BATTERY)
        return new


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.open()
    return made


def kinds(frames: list[Frame]) -> list[str]:
    return [type(decode(frame)).__name__ for frame in frames]


def test_it_opens_with_the_agents_hash_and_another_nonce_each_time() -> None:
    bench = Bench()
    bench.session.plugged(bench.now_ms)
    opens = [decode(frame) for frame in bench.listen() + bench.wait(1_000)]
    assert len(opens) == 6
    assert all(isinstance(one, Open) and one.safety_hash == SAFETY_HASH for one in opens)
    assert len({one.agent_nonce for one in opens if isinstance(one, Open)}) == len(opens)


def test_a_command_is_said_again_with_its_number_until_it_is_answered(bench: Bench) -> None:
    bench.command(Ping())
    again = bench.wait(3 * RESEND_MS)
    sent = [frame for frame in bench.said if frame.type == Ping.ID]
    assert len(again) == 3
    assert len({frame.sequence for frame in sent}) == 1
    bench.board_says(Ack(sent[0].sequence, Ping.ID, Result.DONE))
    assert bench.answers == [Result.DONE]
    assert bench.wait(300) == []
    assert bench.session.counts.resent == 3


def test_commands_go_one_after_the_other(bench: Bench) -> None:
    bench.command(Ping())
    bench.command(Ping())
    first = [frame for frame in bench.said if frame.type == Ping.ID]
    assert len(first) == 1
    bench.board_says(Ack(first[0].sequence, Ping.ID, Result.BUSY))
    second = [frame for frame in bench.said if frame.type == Ping.ID][-1]
    assert second.sequence != first[0].sequence
    bench.board_says(Ack(second.sequence, Ping.ID, Result.DONE))
    assert bench.answers == [Result.BUSY, Result.DONE]


def test_an_answer_to_something_else_is_none(bench: Bench) -> None:
    bench.command(Ping())
    bench.board_says(Ack(3, Ping.ID, Result.DONE))
    assert bench.answers == []


def test_a_result_that_a_later_board_has_is_no_done(bench: Bench) -> None:
    bench.command(Ping())
    bench.board_says(Ack(bench.said[-1].sequence, Ping.ID, 200))
    assert bench.answers == [Result.UNSUPPORTED]


def test_a_command_that_is_never_answered_ends_the_session(bench: Bench) -> None:
    bench.command(Ping())
    frames = bench.kept_alive(RESEND_MS * (MAX_SENDS + 2))
    assert kinds(frames).count("Ping") == MAX_SENDS - 1
    assert "Open" in kinds(frames)
    assert bench.answers == [None]
    assert bench.happened == ["opened", "closed"]


def test_a_drive_command_is_said_once_with_a_newer_number_each_time(bench: Bench) -> None:
    for _ in range(3):
        bench.session.send(DriveCommand(100, 0, 250, 5), bench.now_ms)
        bench.listen()
    bench.kept_alive(300)
    sent = [frame.sequence for frame in bench.said if frame.type == DriveCommand.ID]
    assert len(sent) == 3
    assert all(0 < (b - a) & 0xFFFF_FFFF < 1 << 31 for a, b in pairwise(sent))


def test_sequence_numbers_wrap(bench: Bench) -> None:
    """The nonces of this bench begin just below 2^32, and so do the numbers."""
    for _ in range(40):
        bench.session.send(DriveCommand(100, 0, 250, 5), bench.now_ms)
    sequences = [frame.sequence for frame in bench.listen()]
    assert max(sequences) > 0xFFFF_FFF0 > 100 > min(sequences)


def test_silence_ends_the_session_and_another_is_opened(bench: Bench) -> None:
    frames = bench.wait(SILENCE_MS + 100)
    assert kinds(frames)[0] == "Open"
    assert bench.session.trouble == NO_ANSWER
    assert bench.session.counts.silences == 1
    bench.session_number = 78
    bench.board_says(bench.hello())
    assert bench.happened == ["opened", "closed", "opened"]


def test_a_board_that_was_reset_is_opened_anew_at_once(bench: Bench) -> None:
    bench.board_says(bench.hello(session=0, boot_count=2), session=0)
    assert kinds(bench.said)[-1] == "Open"
    assert not bench.session.is_open
    assert bench.session.counts.resets == 1


def test_a_reset_whose_hello_was_lost_is_seen_by_its_next_word(bench: Bench) -> None:
    bench.board_says(BATTERY, session=0)
    assert kinds(bench.said)[-1] == "Open"


def test_what_another_session_said_is_not_heard(bench: Bench) -> None:
    bench.board_says(BATTERY, session=76)
    assert bench.heard_messages == []
    assert bench.session.is_open
    assert bench.session.counts.strange == 1


def test_an_event_is_heard_once_and_taken_each_time(bench: Bench) -> None:
    event = Event(5, 1, 255, 0, 0)
    bench.board_says(event)
    bench.board_says(event)
    bench.board_says(Event(7, 2, 255, 0, 0))
    assert [one.number for one in bench.heard_messages if isinstance(one, Event)] == [5, 7]
    acks = [decode(frame) for frame in bench.said if frame.type == EventAck.ID]
    assert acks == [EventAck(5), EventAck(5), EventAck(7)]
    assert bench.session.counts.events_missed == 1


def test_a_board_whose_memory_began_anew_is_heard_from_its_first_event(bench: Bench) -> None:
    bench.board_says(Event(500, 1, 255, 0, 0))
    bench.session_number = 79
    bench.board_says(bench.hello(session=0), session=0)
    bench.board_says(bench.hello())
    bench.board_says(Event(1, 0, 255, 0, 0))
    assert len(bench.heard_messages) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"safety_hash": 1}, "its firmware was built for another agent: update one of them"),
        ({"board_kind": BoardKind.LOCKER}, "it is not a drive board"),
    ],
)
def test_a_board_that_cannot_be_spoken_with_is_asked_again_in_a_while(
    changes: dict[str, int], why: str
) -> None:
    bench = Bench()
    bench.session.plugged(bench.now_ms)
    bench.board_says(bench.hello(**changes))
    assert not bench.session.is_open
    assert bench.session.trouble == why
    assert bench.wait(UNFIT_EACH_MS - 100) == []
    assert kinds(bench.wait(200)) == ["Open"]
    bench.board_says(bench.hello())
    assert bench.session.is_open


def test_another_major_version_is_said() -> None:
    bench = Bench()
    bench.session.plugged(bench.now_ms)
    bench.board_says(bench.hello(session=0), session=0, major=2)
    assert bench.session.trouble == "it speaks protocol 2, the agent 1"


def test_only_the_board_that_was_given_is_spoken_with() -> None:
    bench = Bench(unique_id="FF" * 12)
    bench.session.plugged(bench.now_ms)
    bench.board_says(bench.hello())
    assert not bench.session.is_open
    assert "which belongs here" in bench.session.trouble
    bench.board_says(bench.hello(unique_id=b"\xff" * 12))
    assert bench.session.is_open


def test_without_a_line_nothing_is_said_and_nobody_waits_for_an_answer(bench: Bench) -> None:
    bench.command(Ping())
    bench.session.unplugged("gone")
    bench.command(Ping())
    assert bench.answers == [None, None]
    assert bench.session.trouble == "gone"
    assert bench.wait(1_000) == []
    assert not bench.session.send(DriveCommand(0, 0, 250, 0), bench.now_ms)


def test_a_board_of_minor_0_is_spoken_with_as_it_knows() -> None:
    bench = Bench()
    bench.open(minor=0)
    assert bench.session.hello is not None
    assert bench.session.hello.command_timeout_ms == 250
