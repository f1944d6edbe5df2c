# SPDX-License-Identifier: Apache-2.0
"""Frames and messages of the boards' link as bytes: `0x00 COBS(body) 0x00`.

body = type u8, major u8, session u32, sequence u32, t_ms u32, payload, CRC-16/CCITT-FALSE u16, all
lowest byte first. What must hold: whatever comes, `Reader` counts and goes on, and after one 0x00
the next whole frame is read; a field that a newer board adds is left alone, one that an older board
lacks has its default.
"""

import struct
from binascii import crc_hqx
from functools import cache
from typing import NamedTuple

from robot_agent.board.drive_messages import DRIVE_MESSAGES
from robot_agent.board.layout import FieldLayout, Message
from robot_agent.board.link_messages import LINK_MESSAGES
from robot_agent.board.locker_messages import LOCKER_MESSAGES
from robot_agent.board.plant_messages import PLANT_MESSAGES
from robot_agent.board.words import PROTOCOL_MAJOR, PROTOCOL_MINOR

MESSAGES: dict[int, type[Message]] = {
    one.ID: one for one in (*LINK_MESSAGES, *DRIVE_MESSAGES, *LOCKER_MESSAGES, *PLANT_MESSAGES)
}
HEADER = struct.Struct("<BBIII")
MAX_BODY_BYTES = 250
CRC_START = 0xFFFF


class CodecError(ValueError):
    """What is wrong with a message, in one sentence."""


class Frame(NamedTuple):
    """A frame whose check sum was right. `t_ms`: the sender's clock, wraps."""

    type: int
    major: int
    session: int
    sequence: int
    t_ms: int
    payload: bytes


def encode_frame(frame: Frame) -> bytes:
    """With both its zeros. Raises CodecError where it is too long."""
    head = HEADER.pack(frame.type, frame.major, frame.session, frame.sequence, frame.t_ms)
    body = head + frame.payload
    body += crc_hqx(body, CRC_START).to_bytes(2, "little")
    if len(body) > MAX_BODY_BYTES:
        raise CodecError(f"a frame of {len(body)} bytes is longer than {MAX_BODY_BYTES}")
    return b"\0" + cobs_encoded(body) + b"\0"


def cobs_encoded(body: bytes) -> bytes:
    """Consistent overhead byte stuffing (Cheshire and Baker 1999): without any zero."""
    out = bytearray()
    for run in body.split(b"\0"):
        while len(run) >= 254:
            out += b"\xff" + run[:254]
            run = run[254:]
        out.append(len(run) + 1)
        out += run
    return bytes(out)


def cobs_decoded(wire: bytes) -> bytes:
    """Raises CodecError."""
    out = bytearray()
    at = 0
    while at < len(wire):
        code = wire[at]
        if not code or at + code > len(wire):
            raise CodecError("its byte stuffing is broken")
        out += wire[at + 1 : at + code]
        at += code
        if code < 0xFF and at < len(wire):
            out.append(0)
    return bytes(out)


class Reader:
    """Bytes in, frames out; what is wrong is counted."""

    def __init__(self) -> None:
        self.crc_errors = self.cobs_errors = self.too_long = 0
        self._part = b""
        self._skips = True

    def feed(self, received: bytes) -> list[Frame]:
        """All frames that are whole now. What comes before the first 0x00 is no frame."""
        *whole, rest = (self._part + received).split(b"\0")
        if whole and self._skips:
            self._skips = False
            whole = whole[1:]
        # A frame that grows for ever is cut off here, and counted when its end comes.
        self._part = rest[: 2 * MAX_BODY_BYTES]
        return [frame for wire in whole if wire and (frame := self._frame(wire))]

    def _frame(self, wire: bytes) -> Frame | None:
        if len(wire) > MAX_BODY_BYTES + 1:
            self.too_long += 1
            return None
        try:
            body = cobs_decoded(wire)
        except CodecError:
            self.cobs_errors += 1
            return None
        if len(body) < HEADER.size + 2 or crc_hqx(body[:-2], CRC_START) != int.from_bytes(
            body[-2:], "little"
        ):
            self.crc_errors += 1
            return None
        kind, major, session, sequence, t_ms = HEADER.unpack_from(body)
        return Frame(kind, major, session, sequence, t_ms, body[HEADER.size : -2])


def encode(message: Message, minor: int = PROTOCOL_MINOR) -> bytes:
    """The payload, as protocol `minor` has it. Raises CodecError for a value out of its range."""
    fields = [field for field in type(message).LAYOUT if field.since <= minor]
    values = [_checked(message, field) for field in fields]
    return _packer(type(message), minor).pack(*values)


def decode(frame: Frame) -> Message:
    """Raises CodecError for an unknown type, another major version, a short or forbidden one."""
    kind = MESSAGES.get(frame.type)
    if kind is None:
        raise CodecError(f"message type 0x{frame.type:02x} is unknown")
    if frame.major != PROTOCOL_MAJOR:
        raise CodecError(f"{kind.__name__}: protocol {frame.major}, not {PROTOCOL_MAJOR}")
    for minor in _minors(kind):
        packer = _packer(kind, minor)
        if len(frame.payload) >= packer.size:
            break
    else:
        raise CodecError(f"{kind.__name__}: {len(frame.payload)} bytes are too few")
    fields = [field for field in kind.LAYOUT if field.since <= minor]
    values = packer.unpack_from(frame.payload)
    message = kind(*(_read(field, value) for field, value in zip(fields, values, strict=True)))
    for field in fields:
        _checked(message, field)
    return message


def frame_of(message: Message, session: int, sequence: int, t_ms: int) -> Frame:
    """A frame of our version. Raises CodecError."""
    return Frame(
        type(message).ID,
        PROTOCOL_MAJOR,
        session,
        sequence,
        t_ms & 0xFFFF_FFFF,
        encode(message),
    )


@cache
def _packer(kind: type[Message], minor: int) -> struct.Struct:
    fields = (field for field in kind.LAYOUT if field.since <= minor)
    return struct.Struct("<" + "".join(field.format.replace("t", "s") for field in fields))


@cache
def _minors(kind: type[Message]) -> tuple[int, ...]:
    """Its minor versions, the newest first."""
    return tuple(sorted({0, *(field.since for field in kind.LAYOUT)}, reverse=True))


def _checked(message: Message, field: FieldLayout) -> int | bytes:
    value = getattr(message, field.name)
    where = f"{type(message).__name__}.{field.name}"
    if field.format[-1] in "st":
        data = value.encode("ascii", "replace") if isinstance(value, str) else bytes(value)
        size = int(field.format[:-1])
        if len(data) > size or (field.format[-1] == "s" and len(data) != size):
            raise CodecError(f"{where} has {len(data)} bytes, not {size}")
        return data
    low, high = _limits(field)
    if not low <= value <= high:
        raise CodecError(f"{where} = {value} is not between {low} and {high}")
    return int(value)


@cache
def _limits(field: FieldLayout) -> tuple[int, int]:
    bits = 8 * struct.calcsize(f"<{field.format}")
    signed = field.format.islower()
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return (
        least if field.low is None else field.low,
        most if field.high is None else field.high,
    )


def _read(field: FieldLayout, value: int | bytes) -> int | bytes | str:
    if field.format.endswith("t") and isinstance(value, bytes):
        return value.rstrip(b"\0").decode("ascii", "replace")
    return value
