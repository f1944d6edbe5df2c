# SPDX-License-Identifier: Apache-2.0
"""The words of the boards' protocol: enums, flags, versions.

Generated from firmware_stubs/protocol by its generate.py: change that, not this.
"""

from enum import IntEnum, IntFlag

PROTOCOL_MAJOR = 1
PROTOCOL_MINOR = 1
SCHEMA_HASH = 0x53C2A7FC
SAFETY_HASH = 0xE9D9BFAE


class StopCause(IntEnum):
    """Why a drive is not armed; who restarts it is in the table."""

    NONE = 0
    COMMAND_TIMEOUT = 1
    STOPPED_BY_AGENT = 2
    BATTERY_REFUSED = 3
    NEW_SESSION = 4
    POWER_ON = 5
    BROWN_OUT = 6
    WATCHDOG = 7
    RESET = 8
    MOTOR_FAULT = 9
    E_STOP = 10
    BUMPER = 11
    TILT = 12
    DOOR_OPEN = 13
    VERSION = 14
    MEMORY_LOST = 15


class BoardKind(IntEnum):
    """Which board it is."""

    DRIVE = 0
    LOCKER = 1


class ResetCause(IntEnum):
    """Why the board started."""

    UNKNOWN = 0
    POWER_ON = 1
    BROWN_OUT = 2
    WATCHDOG = 3
    SOFTWARE = 4
    PIN = 5


class Result(IntEnum):
    """What became of a command."""

    DONE = 0
    BAD_SESSION = 1
    BAD_VERSION = 2
    OUT_OF_RANGE = 3
    UNKNOWN_MESSAGE = 4
    WRONG_STATE = 5
    WRONG_CAUSE = 6
    NOT_AUTHORISED = 7
    INTERLOCK = 8
    BATTERY = 9
    BUSY = 10
    DUTY = 11
    UNSUPPORTED = 12


class EventKind(IntEnum):
    """What happened on a board that nobody may miss."""

    BOOTED = 0
    STOPPED = 1
    E_STOP = 2
    BUMPER = 3
    TILT = 4
    MOTOR_FAULT = 5
    BROWN_OUT = 6
    DOOR_FORCED = 7
    DOOR_LEFT_OPEN = 8
    DOOR_JAMMED = 9
    KEYPAD_LOCKED = 10
    RELEASED_BY_PERSON = 11


class DriveState(IntEnum):
    """The drive's state machine."""

    DISARMED = 0
    ARMED = 1
    MOVING = 2
    STOPPING = 3
    E_STOP_LATCHED = 4
    FAULT = 5


class Authority(IntEnum):
    """On whose word the agent arms; each may do what those before it may."""

    AGENT = 0
    POSITION_CHECKED = 1
    OPERATOR = 2


class MotorFault(IntEnum):
    """What is wrong with a motor."""

    NONE = 0
    OVER_CURRENT = 1
    STALLED = 2
    OVER_TEMPERATURE = 3
    ENCODER_LOST = 4
    RUNAWAY = 5


class DoorState(IntEnum):
    """The state machine of one door."""

    UNKNOWN = 0
    LOCKED = 1
    UNLOCKING = 2
    OPEN = 3
    CLOSED_UNLOCKED = 4
    FORCED = 5
    JAMMED = 6


class EndKey(IntEnum):
    """The key that ended an entry."""

    ENTER = 0
    REFUSE = 1


class Injection(IntEnum):
    """Faults that a plant can cause inside a board that was built for one."""

    NONE = 0
    HANG = 1
    RESET = 2
    FAULT = 3


class DriveInputs(IntFlag):
    """What the drive board sees; a broken wire reads 0: the unsafe value of the first five."""

    E_STOP_CLEAR = 1
    BUMPER_CLEAR = 2
    LEVEL = 4
    DOORS_SHUT = 8
    OBSTACLE_SENSOR_OK = 16
    RESET_BUTTON = 32
    SERVICE_KEY = 64
    CHARGER_PRESENT = 128


class BatteryFlags(IntFlag):
    """Warn at 25 %, return at 15 %, refuse to arm at 5 %."""

    CHARGING = 1
    FAULT = 2
    WARN = 4
    RETURN = 8
    REFUSE = 16
    BROWN_OUT = 32


class LockerInputs(IntFlag):
    """`standing`: the wire from the drive board; a broken wire reads 0, and no door opens."""

    STANDING = 1
    KEYPAD_LOCKED = 2
