# SPDX-License-Identifier: Apache-2.0
"""The messages of the boards' protocol: locker. Enums are plain numbers, see `words`.

Generated from firmware_stubs/protocol by its generate.py: change that, not this.
"""

from typing import ClassVar

from robot_agent.board.layout import FieldLayout, Message


class Unlock(Message, frozen=True):
    """Opens one door's lock; locks again when it was not opened in time, or once it is shut."""

    ID: ClassVar[int] = 0x40
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("door", "B", high=63),
        FieldLayout("hold_ms", "H", low=1000, high=60000),
    )

    door: int
    hold_ms: int


class Lock(Message, frozen=True):
    """Locks a door that was unlocked and not opened; an open one locks when it is shut."""

    ID: ClassVar[int] = 0x41
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (FieldLayout("door", "B", high=63),)

    door: int


class ForgiveForced(Message, frozen=True):
    """A person has looked at a forced door and shut it; refused while it is open."""

    ID: ClassVar[int] = 0x42
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (FieldLayout("door", "B", high=63),)

    door: int


class KeypadResult(Message, frozen=True):
    """What the agent says to an entry; without it within 5 s the entry counts as wrong."""

    ID: ClassVar[int] = 0x43
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("entry", "I"),
        FieldLayout("accepted", "B", high=1),
    )

    entry: int
    accepted: int


class LockerReport(Message, frozen=True):
    """How the doors are, 5 times a second, and at once when a door changes."""

    ID: ClassVar[int] = 0x50
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("doors", "64s"),
        FieldLayout("occupied", "8s"),
        FieldLayout("coil", "B"),
        FieldLayout("wrong_entries", "B"),
        FieldLayout("keypad_locked_ms", "I"),
        FieldLayout("inputs", "B"),
    )

    doors: bytes
    occupied: bytes
    coil: int
    wrong_entries: int
    keypad_locked_ms: int
    inputs: int


class KeypadEntry(Message, frozen=True):
    """Somebody typed; resent every 200 ms until keypad_result or 5 s have passed. Never logged."""

    ID: ClassVar[int] = 0x51
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "event"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("entry", "I"),
        FieldLayout("digits", "12t"),
        FieldLayout("end_key", "B"),
    )

    entry: int
    digits: str
    end_key: int


LOCKER_MESSAGES: tuple[type[Message], ...] = (
    Unlock,
    Lock,
    ForgiveForced,
    KeypadResult,
    LockerReport,
    KeypadEntry,
)
