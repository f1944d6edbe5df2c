# SPDX-License-Identifier: Apache-2.0
"""A board on the bench: the agent's end and the plant's of its two lines, in one thread.

What must hold: what is timed is timed where it comes in, by the machine's clock and by the board's
own; a trip that the machine's load has caused is released and driven on, as an agent and a person
would.
"""

import contextlib
import itertools
import os
import select
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from robot_agent.board.codec import Frame, Reader, decode
from robot_agent.board.drive_messages import Arm, DriveCommand, DriveStateReport
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import Event, Hello
from robot_agent.board.plant import Plant, PlantSpec
from robot_agent.board.plant_line import PlantLine
from robot_agent.board.plant_messages import DrivePinsOut, Inject, LockerPinsOut
from robot_agent.board.session import BoardSession
from robot_agent.board.words import Authority, BoardKind, DriveState, Result, StopCause
from robot_agent.vda5050.restarts import RESTARTS

READ_BYTES = 1 << 16
PINS_EACH_MS = 20
COMMAND_EACH_MS = 50
TTL_MS = 250
BUTTON_MS = 600
LOCKED = LockerPinsOut(unlock_coil=255, lock_coil=255, doors_shut=1, alarm=0)
AUTHORITY = {
    "agent": Authority.AGENT,
    "check": Authority.POSITION_CHECKED,
    "operator": Authority.OPERATOR,
}


class Change(msgspec.Struct, frozen=True):
    """The motors' current was switched: when it was heard, and when the board says it was."""

    motors_on: bool
    heard_ms: float
    board_ms: int


class NotInTime(RuntimeError):
    """What did not happen, in one sentence."""


def clock_ms() -> float:
    """The machine's, from anywhere."""
    return time.monotonic() * 1000


class BoardRig:
    """`wants_mm_s`: the speed it drives at, again and again; None: the agent is silent. `sent`:
    what was last put on the agent's line."""

    def __init__(self, kind: BoardKind, agent: Path, plant: Path) -> None:
        self.kind = kind
        self.wants_mm_s: int | None = None
        self.hellos: list[Hello] = []
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self.changes: list[Change] = []
        self.last: DriveStateReport | None = None
        self.latest: dict[type[Message], Message] = {}
        self.plant = Plant(PlantSpec(name="R1", compartments=("M", "M"), x_mm=0, y_mm=0), _now())
        self.plant.hear_locker(LOCKED, _now())
        self.plant_end: PlantLine | None = PlantLine.opened(plant)
        self._plant_reader, self._tap = Reader(), Reader()
        self._agent_path = agent
        self._agent_end: int | None = None
        self.sent = b""
        self._seen_ms = 0
        self._pins_due_ms = self._command_due_ms = self._button_due_ms = 0.0
        nonces = itertools.count(os.getpid() * 1_000_003 % 2**32)
        self.session = BoardSession(kind, self, lambda: next(nonces) % 2**32)
        self.plug()

    def plug(self) -> None:
        """The agent's cable in."""
        end = PlantLine.opened(self._agent_path)
        self._agent_end = end.descriptor
        self.session.plugged(_now())

    def unplug(self) -> None:
        """The agent's cable out, or the agent dead."""
        assert self._agent_end is not None
        os.close(self._agent_end)
        self._agent_end = None
        self.session.unplugged("out")

    def close(self) -> None:
        """Both cables."""
        if self._agent_end is not None:
            self.unplug()
        if self.plant_end is not None:
            self.plant_end.close()
            self.plant_end = None

    def run_until(self, done: Callable[[], bool], what: str, within_s: float = 30.0) -> None:
        """Raises NotInTime."""
        until_ms = clock_ms() + within_s * 1000
        while not done():
            if clock_ms() > until_ms:
                raise NotInTime(f"not within {within_s:g} s: {what}; the last report: {self.last}")
            self.turn()

    def run_for(self, ms: int) -> None:
        until_ms = clock_ms() + ms
        while clock_ms() < until_ms:
            self.turn()

    def drive(self, speed_mm_s: int) -> None:
        """Until it has that speed, whatever stops it on the way. Raises NotInTime."""
        self.wants_mm_s = speed_mm_s
        self.run_until(
            lambda: self.drives and self.plant.chassis.speed_mm_s > 0.8 * speed_mm_s,
            f"it drives at {speed_mm_s} mm/s",
        )

    @property
    def drives(self) -> bool:
        """As both ends say."""
        says_so = bool(self.last and self.last.drive_state == DriveState.MOVING)
        return says_so and self.motors_on

    @property
    def is_open(self) -> bool:
        return self.session.is_open

    @property
    def motors_on(self) -> bool:
        """As the plant last heard it."""
        return self.plant.motors_on

    def inject(self, injection: int) -> None:
        """A fault inside the board."""
        assert self.plant_end is not None
        self.plant_end.send(Inject(injection), _now())

    def send_bytes(self, raw: bytes) -> None:
        """Onto the agent's line, whatever it is."""
        if self._agent_end is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._agent_end, raw)

    def turn(self) -> None:
        """What has come, and what is due."""
        plant = self.plant_end.descriptor if self.plant_end else None
        ends = [end for end in (self._agent_end, plant) if end is not None]
        readable = select.select(ends, [], [], 0.002)[0]
        if plant in readable:
            self._hear_plant_line(plant)
        if self._agent_end in readable:
            self._hear_agent_line(self._agent_end)
        self.session.step(_now())
        self._drive_on()
        self._flush()
        self._send_pins()

    def _hear_plant_line(self, end: int) -> None:
        received = _read(end)
        heard_ms = clock_ms()
        for frame in self._plant_reader.feed(received):
            message = decode(frame)
            if isinstance(message, DrivePinsOut):
                if bool(message.motors_on) != self.plant.motors_on:
                    self.changes.append(Change(bool(message.motors_on), heard_ms, frame.t_ms))
                self.plant.hear_drive(message, _now())
            elif isinstance(message, LockerPinsOut):
                self.plant.hear_locker(message, _now())

    def _hear_agent_line(self, end: int) -> None:
        received = _read(end)
        self.frames += self._tap.feed(received)
        self.session.receive(received, _now())

    def _send_pins(self) -> None:
        if self.plant_end is None or clock_ms() < self._pins_due_ms:
            return
        self._pins_due_ms = clock_ms() + PINS_EACH_MS
        self.plant.advance(_now())
        drives = self.kind == BoardKind.DRIVE
        pins = self.plant.drive_pins() if drives else self.plant.locker_pins()
        self.plant_end.send(pins, _now())

    def _drive_on(self) -> None:
        """As the agent and, at the reset button, a person would."""
        report = self.last
        if self.wants_mm_s is None or report is None or not self.is_open:
            return
        now_ms = clock_ms()
        cause = StopCause(report.stop_cause)
        who = RESTARTS[cause.name.lower()][0] if cause else ""
        if report.drive_state in (DriveState.ARMED, DriveState.MOVING):
            if now_ms >= self._command_due_ms:
                self._command_due_ms = now_ms + COMMAND_EACH_MS
                self.session.send(self.command(self.wants_mm_s), _now())
        elif who == "person":
            self.press_reset_now_and_then()
        elif who and not self.session.is_waiting:
            self.session.command(Arm(AUTHORITY[who], cause), _nobody, _now())

    def press_reset_now_and_then(self) -> None:
        """The robot's button, seen up in between; whoever stands there, does."""
        now_ms = clock_ms()
        if now_ms >= self._button_due_ms:
            self._button_due_ms = now_ms + 2 * BUTTON_MS
            self.plant.press("reset_button", _now(), BUTTON_MS)

    def command(self, speed_mm_s: int) -> DriveCommand:
        """Fresh now."""
        return DriveCommand(
            speed_mm_s=speed_mm_s, turn_mrad_s=0, ttl_ms=TTL_MS, seen_ms=self._seen_ms
        )

    def _flush(self) -> None:
        frames = b"".join(self.session.take())
        if frames:
            self.sent = frames
            self.send_bytes(frames)

    def last_words(self, message: Message, then: Message) -> float:
        """Says both in one write, and then no more; when that was."""
        self.wants_mm_s = None
        self.session.send(message, _now())
        self.session.send(then, _now())
        said_ms = clock_ms()
        self._flush()
        return said_ms

    def opened(self, hello: Hello) -> None:
        self.hellos.append(hello)
        self.last = None

    def closed(self) -> None:
        self.last = None

    def heard(self, message: Message, t_ms: int, now_ms: int) -> None:  # noqa: ARG002
        self.latest[type(message)] = message
        if isinstance(message, DriveStateReport):
            self.last, self._seen_ms = message, t_ms
        elif isinstance(message, Event):
            self.events.append(message)


def _now() -> int:
    return int(clock_ms())


def _read(end: int) -> bytes:
    """Nothing where the other end is gone."""
    try:
        return os.read(end, READ_BYTES)
    except OSError:
        return b""


def _nobody(_: Result | None) -> None:
    """The next report says what became of it."""
