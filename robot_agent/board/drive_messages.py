# SPDX-License-Identifier: Apache-2.0
"""The messages of the boards' protocol: drive. Enums are plain numbers, see `words`.

Generated from firmware_stubs/protocol by its generate.py: change that, not this.
"""

from typing import ClassVar

from robot_agent.board.layout import FieldLayout, Message


class DriveCommand(Message, frozen=True):
    """How it is to move now; never resent; stale where `seen_ms` is more than 250 ms ago. Only this
    feeds the motors' time-out."""

    ID: ClassVar[int] = 0x20
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "drive"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("speed_mm_s", "h", low=-3000, high=3000),
        FieldLayout("turn_mrad_s", "h", low=-3000, high=3000),
        FieldLayout("ttl_ms", "H", low=20, high=250),
        FieldLayout("seen_ms", "I"),
    )

    speed_mm_s: int
    turn_mrad_s: int
    ttl_ms: int
    seen_ms: int


class Arm(Message, frozen=True):
    """Switches the motors on, standing; refused unless the authority is enough for the stop
    cause."""

    ID: ClassVar[int] = 0x21
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("authority", "B", high=2),
        FieldLayout("stop_cause", "B", high=15),
    )

    authority: int
    stop_cause: int


class Disarm(Message, frozen=True):
    """Brakes in good order, then motors off and brake on (stop cause stopped_by_agent)."""

    ID: ClassVar[int] = 0x22
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = ()


class Stop(Message, frozen=True):
    """Brakes as hard as it can, then as disarm."""

    ID: ClassVar[int] = 0x23
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = ()


class SetSignals(Message, frozen=True):
    """Lights and horn; while it moves the lights are on whatever this says."""

    ID: ClassVar[int] = 0x24
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("light", "B", high=1),
        FieldLayout("horn", "B", high=1),
    )

    light: int
    horn: int


class SetCharging(Message, frozen=True):
    """Closes or opens the contactor to the charger; only while disarmed."""

    ID: ClassVar[int] = 0x25
    SENDER: ClassVar[str] = "agent"
    KIND: ClassVar[str] = "command"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (FieldLayout("on", "B", high=1),)

    on: int


class DriveFacts(Message, frozen=True):
    """What the base is made of; follows hello."""

    ID: ClassVar[int] = 0x2F
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "answer"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("ticks_per_m", "I", low=1),
        FieldLayout("track_mm", "H", low=1),
        FieldLayout("speed_limit_mm_s", "H"),
        FieldLayout("turn_limit_mrad_s", "H"),
        FieldLayout("acceleration_mm_s2", "H", low=1),
        FieldLayout("deceleration_mm_s2", "H", low=1),
        FieldLayout("stop_deceleration_mm_s2", "H", low=1),
    )

    ticks_per_m: int
    track_mm: int
    speed_limit_mm_s: int
    turn_limit_mrad_s: int
    acceleration_mm_s2: int
    deceleration_mm_s2: int
    stop_deceleration_mm_s2: int


class DriveStateReport(Message, frozen=True):
    """How the drive is, 20 times a second, and at once when the state changes."""

    ID: ClassVar[int] = 0x30
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("drive_state", "B"),
        FieldLayout("stop_cause", "B"),
        FieldLayout("inputs", "B"),
        FieldLayout("left_ticks", "i"),
        FieldLayout("right_ticks", "i"),
        FieldLayout("speed_mm_s", "h"),
        FieldLayout("turn_mrad_s", "h"),
        FieldLayout("left_permille", "h"),
        FieldLayout("right_permille", "h"),
        FieldLayout("free_ahead_mm", "H"),
        FieldLayout("accepted_sequence", "I"),
        FieldLayout("motor_fault", "B", since=1),
    )

    drive_state: int
    stop_cause: int
    inputs: int
    left_ticks: int
    right_ticks: int
    speed_mm_s: int
    turn_mrad_s: int
    left_permille: int
    right_permille: int
    free_ahead_mm: int
    accepted_sequence: int
    motor_fault: int = 0


class BatteryReport(Message, frozen=True):
    """How the battery is, once a second, and at once when a flag changes."""

    ID: ClassVar[int] = 0x31
    SENDER: ClassVar[str] = "board"
    KIND: ClassVar[str] = "telemetry"
    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = (
        FieldLayout("voltage_mv", "H"),
        FieldLayout("current_ma", "i"),
        FieldLayout("charge_permille", "H", high=1000),
        FieldLayout("health_permille", "H", high=1000),
        FieldLayout("temperature_dc", "h"),
        FieldLayout("battery_flags", "B"),
    )

    voltage_mv: int
    current_ma: int
    charge_permille: int
    health_permille: int
    temperature_dc: int
    battery_flags: int


DRIVE_MESSAGES: tuple[type[Message], ...] = (
    DriveCommand,
    Arm,
    Disarm,
    Stop,
    SetSignals,
    SetCharging,
    DriveFacts,
    DriveStateReport,
    BatteryReport,
)
