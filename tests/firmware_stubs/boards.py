# SPDX-License-Identifier: Apache-2.0
"""A board in this process: the C core as a library, with the test's clock, pins and line.

Nothing in here knows what a board should do; it carries bytes, and reads them with the agent's own
codec.
"""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from robot_agent.board.codec import MESSAGES, Frame, Reader, decode, encode, encode_frame
from robot_agent.board.drive_messages import Arm, DriveStateReport
from robot_agent.board.layout import FieldLayout, Message
from robot_agent.board.link_messages import Ack, Event, EventAck, Hello, LinkReport, Open
from robot_agent.board.plant_messages import (
    DrivePinsIn,
    DrivePinsOut,
    LockerPinsIn,
    LockerPinsOut,
)
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    PROTOCOL_MINOR,
    SAFETY_HASH,
    Authority,
    BoardKind,
    DriveInputs,
    ResetCause,
    Result,
)
from tests.tools import require_tool

cffi = pytest.importorskip("cffi", reason="needs cffi (pip install cffi)")

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware_stubs"
LIBRARIES = ROOT / "build/firmware/library"
CHECKED = ("-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all")
# What `make coverage` sets: a folder for a build that counts branches, and for its counts.
COVERAGE_FOLDER = os.environ.get("DROVER_COVERAGE_LIBRARY", "")

CLEAR = (
    DriveInputs.E_STOP_CLEAR
    | DriveInputs.BUMPER_CLEAR
    | DriveInputs.LEVEL
    | DriveInputs.DOORS_SHUT
    | DriveInputs.OBSTACLE_SENSOR_OK
)
DRIVE_PINS = DrivePinsIn(
    left_ticks=0,
    right_ticks=0,
    inputs=CLEAR,
    left_ma=0,
    right_ma=0,
    motor_dc=300,
    battery_mv=25_000,
    battery_ma=-500,
    charge_permille=800,
    health_permille=980,
    battery_dc=250,
    free_ahead_mm=65_535,
    sampled_ms=0,
    is_read=1,
)
ALL_DOORS = b"\xff" * 8
LOCKER_PINS = LockerPinsIn(
    closed=ALL_DOORS, latched=ALL_DOORS, occupied=bytes(8), key=0, standing=1
)
C_TYPES = {"B": "uint8_t", "H": "uint16_t", "I": "uint32_t", "b": "int8_t", "h": "int16_t"} | {
    "i": "int32_t"
}
BY_HAND = """
struct frame { uint8_t type; uint8_t major; uint32_t session; uint32_t sequence; uint32_t t_ms;
  size_t length; uint8_t payload[234]; };
struct frame_reader { uint8_t wire[251]; size_t length; bool skips; bool overlong;
  uint32_t frames; uint32_t crc_errors; uint32_t cobs_errors; uint32_t too_long; };
uint16_t crc16(const uint8_t *bytes, size_t length);
size_t frame_encode(const struct frame *frame, uint8_t *wire);
void frame_reader_init(struct frame_reader *reader);
bool frame_reader_take(struct frame_reader *reader, uint8_t byte, struct frame *frame);
struct harness *harness_new(uint8_t kind, uint8_t door_count, uint8_t reset_cause,
  uint8_t has_loader, const uint8_t *kept, size_t kept_bytes, uint32_t entropy, uint32_t now_ms);
void harness_free(struct harness *harness);
void harness_receive(struct harness *h, const uint8_t *bytes, size_t length, uint32_t now_ms);
size_t harness_step(struct harness *h, const uint8_t *pins_in, size_t length, uint8_t *pins_out,
  uint32_t now_ms);
size_t harness_take(struct harness *h, uint8_t *bytes, size_t capacity);
size_t harness_kept(const struct harness *h, uint8_t *bytes);
bool harness_enters_loader(const struct harness *h);
struct link *harness_link(struct harness *h);
void harness_set_overruns(struct harness *h, uint32_t overruns);
void link_event(struct link *link, uint8_t kind, uint8_t subject, int32_t value, uint32_t now_ms);
void link_step(struct link *link, uint32_t turn_ms, uint32_t now_ms);
bool link_send(struct link *link, uint8_t type, const uint8_t *payload, size_t length,
  uint32_t now_ms);
"""

Kind = TypeVar("Kind", bound=Message)


def c_name(kind: type[Message]) -> str:
    """What the message is called in C: `DriveCommand` is drive_command."""
    letters = (f"_{one.lower()}" if one.isupper() else one for one in kind.__name__)
    return "".join(letters).lstrip("_")


def c_field(field: FieldLayout) -> str:
    """The field as a member of the message's C struct."""
    if field.format[-1] in "st":
        return f"uint8_t {field.name}[{field.format[:-1]}];"
    return f"{C_TYPES[field.format]} {field.name};"


def declarations() -> str:
    """All of the library that tests use; the messages from the agent's own layouts."""
    lines = [BY_HAND]
    for kind in MESSAGES.values():
        name = c_name(kind)
        fields = " ".join(c_field(field) for field in kind.LAYOUT) or "uint8_t nothing;"
        lines += [
            f"struct {name} {{ {fields} }};",
            f"size_t {name}_encode(const struct {name} *message, uint8_t *out);",
            f"int {name}_decode(const uint8_t *payload, size_t length, struct {name} *message);",
        ]
    return "\n".join(lines)


ffi = cffi.FFI()
ffi.cdef(declarations())


def sources() -> list[Path]:
    """The C files of the library."""
    core = FIRMWARE / "core"
    harness = FIRMWARE / "ports/library/harness.c"
    return [*sorted(core.glob("*.c")), *sorted(core.glob("generated/*.c")), harness]


@cache
def library(minor: int = PROTOCOL_MINOR) -> Any:
    """The core as protocol `minor` has it, compiled unless it is there; skips without gcc."""
    gcc = require_tool("gcc")
    if COVERAGE_FOLDER:
        folder, flags = Path(COVERAGE_FOLDER) / f"minor{minor}", ("-O0", "--coverage")
    else:
        folder, flags = LIBRARIES, CHECKED
    command = [str(gcc), "-std=c11", *flags, "-g", "-fPIC", "-shared", f"-DPROTOCOL_MINOR={minor}"]
    inputs = [
        *FIRMWARE.glob("*.h"),
        *FIRMWARE.glob("core/**/*.[ch]"),
        *FIRMWARE.glob("ports/library/*"),
    ]
    digest = hashlib.sha256(" ".join(command).encode())
    for path in sorted(inputs):
        digest.update(path.read_bytes())
    built = folder / f"boards-{minor}-{digest.hexdigest()[:16]}.so"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            for old in folder.glob(f"boards-{minor}-*.so"):
                old.unlink()
            made = folder / f"{os.getpid()}.so"
            # Run in the folder: there gcc leaves its notes for the coverage.
            subprocess.run([*command, "-o", made, *sources()], cwd=folder, check=True)
            made.rename(built)
    return ffi.dlopen(str(built))


def raw_frame(
    kind: int, payload: bytes, session: int, sequence: int, major: int = PROTOCOL_MAJOR
) -> bytes:
    """A frame as bytes, whatever is in it."""
    return encode_frame(Frame(kind, major, session, sequence, 0, payload))


class BoardUnderTest:
    """A board of `kind` that has just started, with everything in order around it.

    `pins_in` is what it will read, `pins_out` what it last said; `heard` and `frames` are what it
    sent since the start; `plant`, where one is set, is called before each step to move the pins.
    """

    def __init__(
        self,
        kind: BoardKind,
        door_count: int = 4,
        reset_cause: ResetCause = ResetCause.POWER_ON,
        kept: bytes = b"",
        minor: int = PROTOCOL_MINOR,
        now_ms: int = 1_000,
        has_loader: bool = False,
        entropy: int = 0,
    ) -> None:
        self.kind, self.door_count, self.minor = kind, door_count, minor
        self.has_loader, self.entropy = has_loader, entropy
        self.library = library(minor)
        self.plant: Callable[[BoardUnderTest], None] | None = None
        self.samples = True
        self.pins_in: Message = DRIVE_PINS if kind == BoardKind.DRIVE else LOCKER_PINS
        self.start(reset_cause, kept, now_ms)

    def start(self, reset_cause: ResetCause, kept: bytes, now_ms: int) -> None:
        """As after a reset: nothing was heard yet, nothing is known but `kept`."""
        self.now_ms = now_ms
        self.session = self.sequence = self.acknowledged = 0
        self.heard: list[Message] = []
        self.frames: list[Frame] = []
        self.reader = Reader()
        self.pins_out: Any = None
        self.board = ffi.gc(
            self.library.harness_new(
                self.kind,
                self.door_count,
                reset_cause,
                self.has_loader,
                kept,
                len(kept),
                self.entropy,
                now_ms,
            ),
            self.library.harness_free,
        )
        self.listen()

    def restart(self, reset_cause: ResetCause, now_ms: int = 1_000) -> None:
        """Reset, with what it kept; its clock starts again."""
        self.start(reset_cause, self.kept(), now_ms)

    def kept(self) -> bytes:
        """What a port would write down."""
        room = ffi.new("uint8_t[256]")
        return bytes(ffi.buffer(room, self.library.harness_kept(self.board, room)))

    @property
    def enters_loader(self) -> bool:
        """Whether the port is to start the loader."""
        return bool(self.library.harness_enters_loader(self.board))

    @property
    def link(self) -> Any:
        """The C link, for the library's link_* functions."""
        return self.library.harness_link(self.board)

    def step(self, ms: int = 10, times: int = 1) -> Any:
        """Lets time pass, and the loop turn, so often; what the pins say then."""
        room = ffi.new("uint8_t[64]")
        for _ in range(times):
            self.now_ms = (self.now_ms + ms) & 0xFFFF_FFFF
            if self.plant is not None:
                self.plant(self)
            if isinstance(self.pins_in, DrivePinsIn) and self.samples:
                self.pins_in = msgspec.structs.replace(self.pins_in, sampled_ms=self.now_ms)
            pins = encode(self.pins_in)
            length = self.library.harness_step(self.board, pins, len(pins), room, self.now_ms)
            assert length, f"the board cannot read {self.pins_in}"
            kind = DrivePinsOut if self.kind == BoardKind.DRIVE else LockerPinsOut
            payload = bytes(ffi.buffer(room, length))
            self.pins_out = decode(Frame(kind.ID, PROTOCOL_MAJOR, 0, 0, 0, payload))
            self.listen()
        return self.pins_out

    def send(
        self,
        message: Message,
        sequence: int | None = None,
        session: int | None = None,
        major: int = PROTOCOL_MAJOR,
    ) -> int:
        """Sends it with the next sequence and the present session; the sequence."""
        if sequence is None:
            self.sequence = sequence = (self.sequence + 1) & 0xFFFF_FFFF
        session = self.session if session is None else session
        payload = encode(message, self.minor)
        frame = Frame(type(message).ID, major, session, sequence, self.now_ms, payload)
        self.send_bytes(encode_frame(frame))
        return sequence

    def send_bytes(self, raw: bytes, listens: bool = True) -> None:
        """Puts the bytes on the board's line; `listens`: and takes what it says at once."""
        self.library.harness_receive(self.board, raw, len(raw), self.now_ms)
        if listens:
            self.listen()

    def take(self, capacity: int = 4096) -> bytes:
        """What the board has to say, taken from its line."""
        room = ffi.new("uint8_t[]", capacity)
        length = self.library.harness_take(self.board, room, capacity)
        assert length <= capacity
        return bytes(ffi.buffer(room, length))

    def listen(self) -> None:
        """Reads all that the board has to say."""
        frames = self.reader.feed(self.take())
        self.frames += frames
        self.heard += [decode(frame) for frame in frames]

    def all(self, kind: type[Kind]) -> list[Kind]:
        """All of this kind that were heard, in their order."""
        return [one for one in self.heard if isinstance(one, kind)]

    def last(self, kind: type[Kind]) -> Kind:
        """The newest of this kind that was heard."""
        found = self.all(kind)
        assert found, f"no {kind.__name__} was heard"
        return found[-1]

    def answers(self, sequence: int) -> list[Result]:
        """All answers to the command with this sequence."""
        return [Result(one.result) for one in self.all(Ack) if one.command_sequence == sequence]

    def command(self, message: Message) -> Result:
        """Sends it; what became of it."""
        (result,) = self.answers(self.send(message))[-1:]
        return result

    def open(self, nonce: int = 7, safety_hash: int = SAFETY_HASH) -> int:
        """Begins a session; its number, 0: none was granted."""
        self.send(Open(nonce, safety_hash, self.minor), session=0)
        self.session = self.last(Hello).session
        return self.session

    def arm(self, authority: Authority = Authority.AGENT, stop_cause: int | None = None) -> Result:
        """Arms for the present stop cause, or the one given; what became of it."""
        if stop_cause is None:
            stop_cause = self.last(DriveStateReport).stop_cause
        return self.command(Arm(authority, stop_cause))

    def counts(self) -> LinkReport:
        """What the board says that it has counted, a second later."""
        self.step(times=100)
        return self.last(LinkReport)

    def take_events(self) -> list[Event]:
        """The events that wait, taken one after the other as an agent does."""
        found: list[Event] = []
        while (newest := self.all(Event)[-1:]) and newest[0].number > self.acknowledged:
            found += newest
            self.acknowledged = newest[0].number
            self.send(EventAck(self.acknowledged))
        return found
