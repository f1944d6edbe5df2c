# SPDX-License-Identifier: Apache-2.0
"""The agent's end of a board's link: sessions, commands answered once, events taken once.

Pure: the time comes in, bytes go in and out. What must hold: one command is under way at a time,
for a board takes none that is older than one it took; a drive command is never repeated; whatever a
board does (it is reset, falls silent, says nonsense), the session is opened anew with another
nonce, and whoever waited for an answer hears that there is none.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from robot_agent.board.codec import (
    CodecError,
    Frame,
    Reader,
    decode,
    encode,
    encode_frame,
)
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import Ack, Event, EventAck, Hello, Open
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    PROTOCOL_MINOR,
    SAFETY_HASH,
    BoardKind,
    Result,
)

OPEN_EACH_MS = 200
UNFIT_EACH_MS = 2_000
"""So often a board is asked again that cannot be spoken with."""
RESEND_MS = 100
MAX_SENDS = 10
SILENCE_MS = 500
MAX_WAITING = 64
NO_ANSWER = "no answer: see to its power and its cable"

Answer = Callable[[Result | None], None]
"""Hears what became of a command; None: nobody knows, the session ended before."""


class Owner(Protocol):
    """Whose board it is. It may give commands while it is told something."""

    def opened(self, hello: Hello) -> None:
        """A session began: whatever was armed is not, and every report comes again."""

    def closed(self) -> None:
        """It ended. `BoardSession.trouble` says why."""

    def heard(self, message: Message, t_ms: int, now_ms: int) -> None:
        """Telemetry, each event once; `t_ms`: the board's clock when it said so."""


class LinkCounts(msgspec.Struct):
    """Since the agent began. `strange`: good frames that nobody could make use of."""

    opened: int = 0
    resent: int = 0
    unanswered: int = 0
    silences: int = 0
    resets: int = 0
    strange: int = 0
    events_missed: int = 0


class _Command(msgspec.Struct):
    message: Message
    answer: Answer
    sequence: int = 0
    wire: bytes = b""
    due_ms: int = 0
    sends: int = 0


class BoardSession:
    """One board's, of a kind (None: of any); `draw_nonce` gives another u32 each time; `unique_id`
    (hex) is the only board it speaks with, empty: any of its kind."""

    def __init__(
        self,
        kind: BoardKind | None,
        owner: Owner,
        draw_nonce: Callable[[], int],
        unique_id: str = "",
    ) -> None:
        self._kind = kind
        self._owner = owner
        self._draw_nonce = draw_nonce
        self._unique_id = unique_id.lower()
        self.reader = Reader()
        self.counts = LinkCounts()
        self.hello: Hello | None = None
        self.trouble = NO_ANSWER
        self._is_plugged = False
        self._session = 0
        self._sequence = draw_nonce()
        self._minor = PROTOCOL_MINOR
        self._opened_ms = self._open_due_ms = self._heard_ms = 0
        self._last_event: int | None = None
        self._owed_ack: int | None = None
        self._waiting: _Command | None = None
        self._queue: deque[_Command] = deque()
        self._out: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Whether commands are taken."""
        return self._session != 0

    @property
    def is_waiting(self) -> bool:
        """Whether a command is not answered yet."""
        return self._waiting is not None

    def plugged(self, now_ms: int) -> None:
        """The line is there."""
        self._is_plugged = True
        self.trouble = NO_ANSWER
        # A lone zero ends whatever the board heard of the line before.
        self._out = [b"\0"]
        self._open(now_ms)

    def unplugged(self, why: str) -> None:
        """The line is gone, or cannot be opened."""
        self._is_plugged = False
        self._close(why)
        self._out = []

    def receive(self, received: bytes, now_ms: int) -> None:
        """Bytes from the line, as they come."""
        for frame in self.reader.feed(received):
            self._hear(frame, now_ms)
        self._send_waiting(now_ms)

    def step(self, now_ms: int) -> None:
        """What is due by time: to be called some ten times a second."""
        if not self._is_plugged:
            return
        if not self.is_open:
            if now_ms >= self._open_due_ms:
                self._open(now_ms)
            return
        if now_ms - self._heard_ms > SILENCE_MS:
            self.counts.silences += 1
            self.open_anew(NO_ANSWER, now_ms)
            return
        self._send_waiting(now_ms)

    def open_anew(self, why: str, now_ms: int) -> None:
        """The session is of no use any more."""
        self._close(why)
        self._open(now_ms)

    def command(self, message: Message, answer: Answer, now_ms: int) -> None:
        """Said until it is answered, after those before it."""
        if not self.is_open or len(self._queue) >= MAX_WAITING:
            answer(None)
            return
        self._queue.append(_Command(message, answer))
        self._send_waiting(now_ms)

    def send(self, message: Message, now_ms: int) -> bool:
        """Said once, now or never; False: there is no session."""
        if not self.is_open:
            return False
        self._out.append(self._wire(message, now_ms))
        return True

    def take(self) -> list[bytes]:
        """The frames that are to go out: taken away."""
        out, self._out = self._out, []
        return out

    def _open(self, now_ms: int) -> None:
        self._session = 0
        self._minor = PROTOCOL_MINOR
        self._opened_ms, self._open_due_ms = now_ms, now_ms + OPEN_EACH_MS
        if self.trouble != NO_ANSWER:
            self._open_due_ms = now_ms + UNFIT_EACH_MS
        # Minor 0 knows all of its fields, and so does every board since.
        self._out.append(self._wire(Open(self._draw_nonce(), SAFETY_HASH, PROTOCOL_MINOR), now_ms))

    def _close(self, why: str) -> None:
        was_open, self._session = self.is_open, 0
        self.trouble = why
        unanswered = [self._waiting] if self._waiting else []
        unanswered += self._queue
        self._waiting, self._owed_ack = None, None
        self._queue.clear()
        for command in unanswered:
            command.answer(None)
        if was_open:
            self._owner.closed()

    def _hear(self, frame: Frame, now_ms: int) -> None:
        if frame.type == Hello.ID and frame.major != PROTOCOL_MAJOR:
            self._refuse(f"it speaks protocol {frame.major}, the agent {PROTOCOL_MAJOR}", now_ms)
            return
        try:
            message = decode(frame)
        except CodecError:
            self.counts.strange += 1
            return
        if isinstance(message, Hello):
            self._hear_hello(message, now_ms)
        elif frame.session != self._session or not self.is_open:
            self.counts.strange += 1
            if self.is_open and not frame.session:
                # Its hello after the reset was lost.
                self.counts.resets += 1
                self.open_anew(NO_ANSWER, now_ms)
        else:
            self._heard_ms = now_ms
            self._hear_known(message, frame, now_ms)

    def _hear_known(self, message: Message, frame: Frame, now_ms: int) -> None:
        match message:
            case Ack(command_sequence, _, result):
                self._hear_answer(command_sequence, result)
            case Event(number):
                self._owed_ack = number
                if self._last_event is None or _is_newer(number, self._last_event):
                    if self._last_event is not None:
                        missed = (number - self._last_event - 1) & 0xFFFF_FFFF
                        self.counts.events_missed += missed
                    self._last_event = number
                    self._owner.heard(message, frame.t_ms, now_ms)
            case _:
                self._owner.heard(message, frame.t_ms, now_ms)

    def _hear_hello(self, hello: Hello, now_ms: int) -> None:
        if hello.safety_hash != SAFETY_HASH:
            self._refuse("its firmware was built for another agent: update one of them", now_ms)
            return
        if not hello.session:
            if self.is_open:
                self.counts.resets += 1
                self.open_anew(NO_ANSWER, now_ms)
            elif now_ms - self._opened_ms >= RESEND_MS:
                self._open(now_ms)
            return
        if self._kind is not None and hello.board_kind != self._kind:
            self._refuse(f"it is not a {self._kind.name.lower()} board", now_ms)
        elif self._unique_id and hello.unique_id.hex() != self._unique_id:
            found = hello.unique_id.hex()
            self._refuse(f"it is board {found}, not {self._unique_id}, which belongs here", now_ms)
        elif hello.session != self._session:
            self._begin(hello, now_ms)

    def _begin(self, hello: Hello, now_ms: int) -> None:
        if self.is_open:
            self._close(NO_ANSWER)
        before = self.hello
        if before is None or before.unique_id != hello.unique_id or hello.boot_count <= 1:
            # Its numbers may have begun anew.
            self._last_event = None
        self.hello, self.trouble = hello, ""
        self._session, self._heard_ms = hello.session, now_ms
        self._minor = min(PROTOCOL_MINOR, hello.protocol_minor)
        self.counts.opened += 1
        self._owner.opened(hello)

    def _refuse(self, why: str, now_ms: int) -> None:
        """It cannot be spoken with, and is asked again in a while."""
        self._close(why)
        self._open_due_ms = now_ms + UNFIT_EACH_MS

    def _hear_answer(self, sequence: int, result: int) -> None:
        command = self._waiting
        if command is None or sequence != command.sequence:
            return
        self._waiting = None
        known = result in Result.__members__.values()
        command.answer(Result(result) if known else Result.UNSUPPORTED)

    def _send_waiting(self, now_ms: int) -> None:
        if not self.is_open:
            return
        if self._owed_ack is not None:
            owed, self._owed_ack = self._owed_ack, None
            self._out.append(self._wire(EventAck(owed), now_ms))
        command = self._waiting
        if command is None and self._queue:
            command = self._waiting = self._queue.popleft()
            command.wire = self._wire(command.message, now_ms)
            command.sequence, command.due_ms = self._sequence, now_ms
        if command is None or now_ms < command.due_ms:
            return
        if command.sends >= MAX_SENDS:
            self.counts.unanswered += 1
            self.open_anew(NO_ANSWER, now_ms)
            return
        self.counts.resent += command.sends > 0
        command.sends += 1
        command.due_ms = now_ms + RESEND_MS
        self._out.append(command.wire)

    def _wire(self, message: Message, now_ms: int) -> bytes:
        """With the next sequence number."""
        self._sequence = (self._sequence + 1) & 0xFFFF_FFFF
        payload = encode(message, self._minor)
        t_ms = now_ms & 0xFFFF_FFFF
        return encode_frame(
            Frame(message.ID, PROTOCOL_MAJOR, self._session, self._sequence, t_ms, payload)
        )


def _is_newer(number: int, before: int) -> bool:
    return 0 < (number - before) & 0xFFFF_FFFF < 1 << 31


def nothing(_: Result | None) -> None:
    """The answer of a command of which the reports say what came of it."""
