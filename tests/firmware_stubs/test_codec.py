# SPDX-License-Identifier: Apache-2.0
"""The board's C and the agent's Python read and write the same bytes, and refuse the same."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.codec import (
    MESSAGES,
    CodecError,
    Frame,
    Reader,
    cobs_decoded,
    cobs_encoded,
    decode,
    encode,
    encode_frame,
    frame_of,
)
from robot_agent.board.drive_messages import DriveCommand
from robot_agent.board.layout import FieldLayout, Message
from robot_agent.board.link_messages import Hello, Ping
from robot_agent.board.locker_messages import KeypadEntry, Unlock
from robot_agent.board.words import PROTOCOL_MAJOR
from tests.firmware_stubs.boards import C_TYPES, c_name, ffi, library

KINDS = list(MESSAGES.values())
MINORS = [0, 1]
LEAST = {"B": 0, "H": 0, "I": 0, "b": -(2**7), "h": -(2**15), "i": -(2**31)}
MOST = {"B": 2**8 - 1, "H": 2**16 - 1, "I": 2**32 - 1}
MOST |= {"b": 2**7 - 1, "h": 2**15 - 1, "i": 2**31 - 1}
MAX_WIRE_BYTES = 251

every_message = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
both_minors = pytest.mark.parametrize("minor", MINORS)


def limits(field: FieldLayout) -> tuple[int, int]:
    """What may be in it."""
    low = LEAST[field.format] if field.low is None else field.low
    high = MOST[field.format] if field.high is None else field.high
    return low, high


def values(field: FieldLayout) -> st.SearchStrategy[Any]:
    """All that may be in it, the ends more often."""
    if field.format[-1] == "s":
        size = int(field.format[:-1])
        return st.binary(min_size=size, max_size=size)
    if field.format[-1] == "t":
        letters = st.characters(min_codepoint=1, max_codepoint=127)
        return st.text(letters, max_size=int(field.format[:-1]))
    low, high = limits(field)
    return st.integers(low, high) | st.sampled_from([low, high])


def messages(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of this kind that may be sent."""
    return st.builds(kind, **{field.name: values(field) for field in kind.LAYOUT})


def as_c(message: Message) -> Any:
    """The message as its C struct."""
    struct = ffi.new(f"struct {c_name(type(message))} *")
    for field in type(message).LAYOUT:
        value = getattr(message, field.name)
        if field.format in C_TYPES:
            setattr(struct, field.name, value)
        else:
            data = value.encode("ascii") if isinstance(value, str) else value
            ffi.memmove(getattr(struct, field.name), data, len(data))
    return struct


def as_python(kind: type[Message], struct: Any) -> Message:
    """The C struct as the message."""
    found: list[int | bytes | str] = []
    for field in kind.LAYOUT:
        value = getattr(struct, field.name)
        if field.format in C_TYPES:
            found.append(value)
        elif field.format[-1] == "s":
            found.append(bytes(ffi.buffer(value)))
        else:
            found.append(bytes(ffi.buffer(value)).rstrip(b"\0").decode("ascii", "replace"))
    return kind(*found)


def c_encode(message: Message, minor: int) -> bytes:
    """The payload as the board writes it."""
    room = ffi.new("uint8_t[256]")
    length = getattr(library(minor), f"{c_name(type(message))}_encode")(as_c(message), room)
    return bytes(ffi.buffer(room, length))


def c_decode(kind: type[Message], payload: bytes, minor: int) -> Message | None:
    """The payload as the board reads it; None: it refuses it."""
    struct = ffi.new(f"struct {c_name(kind)} *")
    refused = getattr(library(minor), f"{c_name(kind)}_decode")(payload, len(payload), struct)
    return None if refused else as_python(kind, struct)


def py_decode(kind: type[Message], payload: bytes) -> Message | None:
    """The payload as the agent reads it; None: it refuses it."""
    try:
        return decode(Frame(kind.ID, PROTOCOL_MAJOR, 0, 0, 0, payload))
    except CodecError:
        return None


def as_of(message: Message, minor: int) -> Message:
    """The message with the defaults of what protocol `minor` does not have."""
    kind = type(message)
    return kind(
        *(
            getattr(message, field.name) if field.since <= minor else field.default
            for field in kind.LAYOUT
        )
    )


def c_read(wire: bytes) -> tuple[list[Frame], tuple[int, int, int]]:
    """The frames that the board reads, and what it counts: crc, cobs, too long."""
    c = library()
    reader, frame = ffi.new("struct frame_reader *"), ffi.new("struct frame *")
    c.frame_reader_init(reader)
    found = []
    for byte in wire:
        if c.frame_reader_take(reader, byte, frame):
            payload = bytes(ffi.buffer(frame.payload, frame.length))
            found.append(
                Frame(frame.type, frame.major, frame.session, frame.sequence, frame.t_ms, payload)
            )
    assert reader.frames == len(found)
    return found, (reader.crc_errors, reader.cobs_errors, reader.too_long)


def c_frame(frame: Frame, length: int | None = None) -> bytes:
    """The frame as the board writes it; nothing where it is too long."""
    struct, wire = ffi.new("struct frame *"), ffi.new("uint8_t[253]")
    struct.type, struct.major, struct.session = frame.type, frame.major, frame.session
    struct.sequence, struct.t_ms = frame.sequence, frame.t_ms
    struct.length = len(frame.payload) if length is None else length
    ffi.memmove(struct.payload, frame.payload, len(frame.payload))
    return bytes(ffi.buffer(wire, library().frame_encode(struct, wire)))


numbers = st.integers(0, 2**32 - 1)
letters = st.integers(0, 255)
payloads = st.binary(max_size=234) | st.integers(0, 234).map(bytes)
frames = st.builds(Frame, letters, letters, numbers, numbers, numbers, payloads)


@every_message
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_board_and_agent_write_a_message_as_the_same_bytes_and_read_it_back(
    kind: type[Message], data: st.DataObject
) -> None:
    message = data.draw(messages(kind))
    for minor in MINORS:
        payload = encode(message, minor)
        assert c_encode(message, minor) == payload
        assert c_decode(kind, payload, minor) == as_of(message, minor)
        assert py_decode(kind, payload) == as_of(message, minor)


@every_message
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_board_and_agent_refuse_the_same_payloads(kind: type[Message], data: st.DataObject) -> None:
    payload = data.draw(st.binary(max_size=100) | messages(kind).map(encode))
    read = py_decode(kind, payload)
    for minor in MINORS:
        assert c_decode(kind, payload, minor) == (read if read is None else as_of(read, minor))


@pytest.mark.parametrize(
    ("kind", "field", "beyond"),
    [
        (kind, field, beyond)
        for kind in KINDS
        for field in kind.LAYOUT
        if field.format in C_TYPES
        for beyond in (limits(field)[0] - 1, limits(field)[1] + 1)
    ],
    ids=lambda value: getattr(value, "__name__", getattr(value, "name", str(value))),
)
def test_a_value_out_of_its_range_is_not_sent_and_not_believed(
    kind: type[Message], field: FieldLayout, beyond: int
) -> None:
    fine = {
        one.name: b"\0" * int(one.format[:-1])
        if one.format[-1] == "s"
        else ""
        if one.format[-1] == "t"
        else max(0, limits(one)[0])
        for one in kind.LAYOUT
    }
    message = kind(**(fine | {field.name: beyond}))
    with pytest.raises(CodecError, match=rf"^{kind.__name__}\.{field.name} = {beyond} is not"):
        encode(message)
    if LEAST[field.format] <= beyond <= MOST[field.format]:  # it can be said on the wire
        payload = c_encode(message, 1)
        assert c_decode(kind, payload, 1) is None
        assert py_decode(kind, payload) is None


@every_message
@both_minors
def test_a_payload_cut_short_is_refused_and_a_longer_one_read_as_far_as_it_is_known(
    kind: type[Message], minor: int
) -> None:
    fine = {
        field.name: max(0, limits(field)[0]) for field in kind.LAYOUT if field.format in C_TYPES
    }
    fine |= {
        field.name: bytes(int(field.format[:-1])) if field.format[-1] == "s" else "ab"
        for field in kind.LAYOUT
        if field.format not in C_TYPES
    }
    message = kind(**fine)
    first = len(encode(message, 0))
    whole = encode(message, 1)
    for length in range(first):
        assert c_decode(kind, whole[:length], minor) is None
        assert py_decode(kind, whole[:length]) is None
    for length in range(first, len(whole)):  # last year's, and a bit more
        assert c_decode(kind, whole[:length], minor) == as_of(message, 0)
        assert py_decode(kind, whole[:length]) == as_of(message, 0)
    assert c_decode(kind, whole + b"\x07new", minor) == as_of(message, minor)
    assert py_decode(kind, whole + b"\x07new") == message


def test_a_text_too_long_or_bytes_of_another_length_are_refused() -> None:
    with pytest.raises(CodecError, match=r"^KeypadEntry\.digits has 13 bytes, not 12$"):
        encode(KeypadEntry(1, "1" * 13, 0))
    hello = py_decode(Hello, bytes(60))
    assert isinstance(hello, Hello)
    short = Hello(
        **{name: getattr(hello, name) for name in hello.__struct_fields__} | {"unique_id": b"x"}
    )
    with pytest.raises(CodecError, match=r"^Hello\.unique_id has 1 bytes, not 12$"):
        encode(short)


def test_the_agent_refuses_an_unknown_type_and_another_major_version() -> None:
    with pytest.raises(CodecError, match="message type 0xee is unknown"):
        decode(Frame(0xEE, PROTOCOL_MAJOR, 0, 0, 0, b""))
    with pytest.raises(CodecError, match="Unlock: protocol 2, not 1"):
        decode(Frame(Unlock.ID, 2, 0, 0, 0, bytes(3)))


def test_the_check_sum_is_crc_16_ccitt_false() -> None:
    assert library().crc16(b"123456789", 9) == 0x29B1


def test_the_example_of_the_protocol_page_is_what_both_ends_write() -> None:
    wire = bytes.fromhex("00 04 07 01 01 01 01 02 02 01 01 02 03 01 01 01 02 8b 00")
    frame = frame_of(Ping(), session=1, sequence=2, t_ms=3)
    assert encode_frame(frame) == wire
    assert c_frame(frame) == wire


@settings(max_examples=150, deadline=None)
@given(frame=frames)
def test_board_and_agent_write_a_frame_as_the_same_bytes_without_a_zero_inside(
    frame: Frame,
) -> None:
    wire = encode_frame(frame)
    assert c_frame(frame) == wire
    assert len(wire) == len(frame.payload) + 19  # header 14, check sum 2, code 1, zeros 2
    assert wire[0] == wire[-1] == 0
    assert 0 not in wire[1:-1]


def test_a_frame_too_long_is_not_written() -> None:
    frame = Frame(1, 1, 0, 0, 0, bytes(235))
    with pytest.raises(CodecError, match="a frame of 251 bytes is longer than 250"):
        encode_frame(frame)
    assert c_frame(frame._replace(payload=b""), length=235) == b""


@settings(max_examples=300, deadline=None)
@given(
    noise=st.lists(st.binary(max_size=300) | frames.map(encode_frame), max_size=6).map(b"".join),
    frame=frames,
    cut=st.integers(1, 300),
)
def test_after_any_noise_and_one_zero_a_frame_comes_back_whole_and_both_count_the_same(
    noise: bytes, frame: Frame, cut: int
) -> None:
    wire = noise + b"\0" + encode_frame(frame)
    found, counts = c_read(wire)
    assert found[-1] == frame
    for size in (1, cut, len(wire)):
        reader = Reader()
        pieces = [wire[at : at + size] for at in range(0, len(wire), size)]
        assert [one for piece in pieces for one in reader.feed(piece)] == found
        assert (reader.crc_errors, reader.cobs_errors, reader.too_long) == counts


FRAME = Frame(7, 1, 1, 2, 3, b"ab\0c")
GOOD = encode_frame(FRAME)


@pytest.mark.parametrize(
    ("wire", "read", "counts"),
    [
        (b"", 0, (0, 0, 0)),
        (GOOD, 1, (0, 0, 0)),
        (GOOD[1:], 0, (0, 0, 0)),  # what comes before the first zero is no frame
        (GOOD + GOOD, 2, (0, 0, 0)),
        (GOOD + GOOD[1:], 2, (0, 0, 0)),  # one zero may end one frame and begin the next
        (b"\0\0\0" + GOOD + b"\0\0", 1, (0, 0, 0)),
        (GOOD.replace(b"\x04c", b"\x09c"), 0, (0, 1, 0)),
        (GOOD[:2] + b"\x08" + GOOD[3:], 0, (1, 0, 0)),
        (b"\0\x01\0", 0, (1, 0, 0)),  # nothing in it
        (b"\0" + cobs_encoded(bytes(15)) + b"\0", 0, (1, 0, 0)),  # shorter than a header
        (b"\0" + b"\x01" * MAX_WIRE_BYTES + b"\0", 0, (1, 0, 0)),
        (b"\0" + b"\x01" * (MAX_WIRE_BYTES + 1) + b"\0", 0, (0, 0, 1)),
        (b"\0" + b"\x01" * 5_000 + GOOD, 1, (0, 0, 1)),
        (b"\0\xff" + b"x" * 200 + b"\0", 0, (0, 1, 0)),
    ],
)
def test_what_is_wrong_on_the_line_is_counted_and_left_out(
    wire: bytes, read: int, counts: tuple[int, int, int]
) -> None:
    assert c_read(wire) == ([FRAME] * read, counts)
    reader = Reader()
    assert reader.feed(wire) == [FRAME] * read
    assert (reader.crc_errors, reader.cobs_errors, reader.too_long) == counts


@given(body=st.binary(max_size=2000) | st.integers(0, 2000).map(lambda size: b"x" * size))
def test_stuffed_bytes_of_any_length_come_back(body: bytes) -> None:
    assert cobs_decoded(cobs_encoded(body)) == body


def test_a_drive_command_of_last_year_is_still_one() -> None:
    command = DriveCommand(100, -100, 250, 5)
    assert c_decode(DriveCommand, encode(command, 0), 1) == command
