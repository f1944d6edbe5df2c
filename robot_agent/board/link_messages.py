# SPDX-License-Identifier: Apache-2.0
"""The messages of the boards' protocol: link. Enums are plain numbers, see `words`.

Generated from firmware_stubs/protocol by its generate.py: change that, not this.
"""

from typing import ClassVar

from robot_agent.board.layout import FieldLayout, Message


class Open(Message, frozen=True):
    """Begins a session; answered by hello. Whatever was armed is disarmed."""

    ID: ClassVar[int] = 0x01
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "session"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("agent_nonce", "I"),
        FieldLayout("safety_hash", "I"),
        FieldLayout("protocol_minor", "B"),
    )

    agent_nonce: int
    safety_hash: int
    protocol_minor: int


class Hello(Message, frozen=True):
    """Who the board is. Sent once after each start (session 0), then as the answer to open (session
    0: the versions do not match)."""

    ID: ClassVar[int] = 0x02
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "answer"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("session", "I"),
        FieldLayout("board_kind", "B"),
        FieldLayout("protocol_minor", "B"),
        FieldLayout("schema_hash", "I"),
        FieldLayout("safety_hash", "I"),
        FieldLayout("hardware_revision", "B"),
        FieldLayout("firmware_major", "B"),
        FieldLayout("firmware_minor", "B"),
        FieldLayout("firmware_patch", "B"),
        FieldLayout("git", "12t"),
        FieldLayout("unique_id", "12s"),
        FieldLayout("reset_cause", "B"),
        FieldLayout("boot_count", "I"),
        FieldLayout("speed_limit_mm_s", "H"),
        FieldLayout("door_count", "B", high=64),
        FieldLayout("has_loader", "B", high=1),
        FieldLayout("command_timeout_ms", "H", since=1, default=250),
    )

    session: int
    board_kind: int
    protocol_minor: int
    schema_hash: int
    safety_hash: int
    hardware_revision: int
    firmware_major: int
    firmware_minor: int
    firmware_patch: int
    git: str
    unique_id: bytes
    reset_cause: int
    boot_count: int
    speed_limit_mm_s: int
    door_count: int
    has_loader: int
    command_timeout_ms: int = 250


class Ack(Message, frozen=True):
    """What became of a command; a repeated command gets the same answer and is not done again."""

    ID: ClassVar[int] = 0x03
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "answer"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("command_sequence", "I"),
        FieldLayout("command_type", "B"),
        FieldLayout("result", "B"),
    )

    command_sequence: int
    command_type: int
    result: int


class Event(Message, frozen=True):
    """Something that nobody may miss: resent every 200 ms until event_ack, oldest first."""

    ID: ClassVar[int] = 0x04
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "event"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("number", "I"),
        FieldLayout("event_kind", "B"),
        FieldLayout("subject", "B"),
        FieldLayout("value", "i"),
        FieldLayout("at_ms", "I"),
    )

    number: int
    event_kind: int
    subject: int
    value: int
    at_ms: int


class EventAck(Message, frozen=True):
    """Takes all events up to and including this number."""

    ID: ClassVar[int] = 0x05
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "answer"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (FieldLayout("number", "I"),)

    number: int


class LinkReport(Message, frozen=True):
    """How the link and the loop are, once a second."""

    ID: ClassVar[int] = 0x06
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("frames", "I"),
        FieldLayout("crc_errors", "I"),
        FieldLayout("cobs_errors", "I"),
        FieldLayout("too_long", "I"),
        FieldLayout("overruns", "I"),
        FieldLayout("dropped", "I"),
        FieldLayout("refused", "I"),
        FieldLayout("loop_max_ms", "H"),
    )

    frames: int
    crc_errors: int
    cobs_errors: int
    too_long: int
    overruns: int
    dropped: int
    refused: int
    loop_max_ms: int


class Ping(Message, frozen=True):
    """Does nothing but be acknowledged. It does not feed the motors' time-out."""

    ID: ClassVar[int] = 0x07
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = ()


class EnterLoader(Message, frozen=True):
    """Starts the loader that takes new firmware; only while disarmed, where there is one."""

    ID: ClassVar[int] = 0x08
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = ()


LINK_MESSAGES: tuple[type[Message], ...] = (
    Open,
    Hello,
    Ack,
    Event,
    EventAck,
    LinkReport,
    Ping,
    EnterLoader,
)
