# SPDX-License-Identifier: Apache-2.0
"""The messages of the boards' protocol: plant. Enums are plain numbers, see `words`.

Generated from firmware_stubs/protocol by its generate.py: change that, not this.
"""

from typing import ClassVar

from robot_agent.board.layout import FieldLayout, Message


class DrivePinsIn(Message, frozen=True):
    """What the drive board's inputs read, 20 times a second or more: 1 s old is a broken wire."""

    ID: ClassVar[int] = 0x60
    SENDER: ClassVar[str] = "plant"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("left_ticks", "i"),
        FieldLayout("right_ticks", "i"),
        FieldLayout("inputs", "B"),
        FieldLayout("left_ma", "i"),
        FieldLayout("right_ma", "i"),
        FieldLayout("motor_dc", "h"),
        FieldLayout("battery_mv", "H"),
        FieldLayout("battery_ma", "i"),
        FieldLayout("charge_permille", "H", high=1000),
        FieldLayout("health_permille", "H", high=1000),
        FieldLayout("battery_dc", "h"),
        FieldLayout("free_ahead_mm", "H"),
        FieldLayout("sampled_ms", "I"),
        FieldLayout("is_read", "B", high=1),
    )

    left_ticks: int
    right_ticks: int
    inputs: int
    left_ma: int
    right_ma: int
    motor_dc: int
    battery_mv: int
    battery_ma: int
    charge_permille: int
    health_permille: int
    battery_dc: int
    free_ahead_mm: int
    sampled_ms: int
    is_read: int


class DrivePinsOut(Message, frozen=True):
    """What the drive board's outputs say: at each change, and 20 times a second."""

    ID: ClassVar[int] = 0x61
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("motors_on", "B", high=1),
        FieldLayout("brake_released", "B", high=1),
        FieldLayout("left_permille", "h"),
        FieldLayout("right_permille", "h"),
        FieldLayout("standing", "B", high=1),
        FieldLayout("light", "B", high=1),
        FieldLayout("horn", "B", high=1),
        FieldLayout("charge_contactor", "B", high=1),
    )

    motors_on: int
    brake_released: int
    left_permille: int
    right_permille: int
    standing: int
    light: int
    horn: int
    charge_contactor: int


class LockerPinsIn(Message, frozen=True):
    """What the locker board's inputs read, 20 times a second or more: 1 s old is a broken wire."""

    ID: ClassVar[int] = 0x62
    SENDER: ClassVar[str] = "plant"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("closed", "8s"),
        FieldLayout("latched", "8s"),
        FieldLayout("occupied", "8s"),
        FieldLayout("key", "B"),
        FieldLayout("standing", "B", high=1),
    )

    closed: bytes
    latched: bytes
    occupied: bytes
    key: int
    standing: int


class LockerPinsOut(Message, frozen=True):
    """What the locker board's outputs say: at each change, and 20 times a second."""

    ID: ClassVar[int] = 0x63
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("unlock_coil", "B"),
        FieldLayout("lock_coil", "B"),
        FieldLayout("doors_shut", "B", high=1),
        FieldLayout("alarm", "B", high=1),
    )

    unlock_coil: int
    lock_coil: int
    doors_shut: int
    alarm: int


class Inject(Message, frozen=True):
    """Causes a fault inside the board."""

    ID: ClassVar[int] = 0x64
    SENDER: ClassVar[str] = "plant"
    KIND: ClassVar[str] = "session"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (FieldLayout("injection", "B", high=3),)

    injection: int


PLANT_MESSAGES: tuple[type[Message], ...] = (
    DrivePinsIn,
    DrivePinsOut,
    LockerPinsIn,
    LockerPinsOut,
    Inject,
)
