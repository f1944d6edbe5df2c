# SPDX-License-Identifier: Apache-2.0
"""What the robot is told of itself: battery, emergency stop, mode, clock, parts.

What must hold: a person who took the robot over (MANUAL) ends its order; after SERVICE a person has
looked into it: what was lost is found, what is behind a forced door, where it stands and whose card
it is is known; after any such mode it finds its place again before it drives.
"""

from robot_agent.core import doorway, guard, instant
from robot_agent.core.events import (
    BatteryRead,
    Blocked,
    ClockTrusted,
    IdentityTaken,
    ModeChanged,
    MotionStopped,
    PartFailed,
    RobotEffect,
    SafetyChanged,
)
from robot_agent.core.memory import Memory
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050 import standing

MAX_PARTS = 20

Sensed = (
    BatteryRead
    | Blocked
    | ClockTrusted
    | IdentityTaken
    | ModeChanged
    | MotionStopped
    | PartFailed
    | SafetyChanged
)


def sense(event: Sensed, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """Takes it into memory; a state tells what it must."""
    match event:
        case BatteryRead():
            _read_battery(event, memory, spec)
        case Blocked(reason):
            if memory.blocked != reason:
                memory.blocked = reason
                memory.tell()
        case ClockTrusted(trusted, wall_ms):
            memory.clock_trusted = trusted
            if wall_ms:
                memory.wall_ahead_ms = wall_ms - memory.now_ms
        case IdentityTaken():
            memory.kept.identity_taken = True
            memory.keep()
        case ModeChanged():
            return _change_mode(event, memory)
        case MotionStopped():
            _note_stop(event, memory)
            instant.heard(event, memory, spec)
        case PartFailed():
            _note_part(event, memory)
        case SafetyChanged(e_stop, field_violation):
            if (memory.e_stop, memory.field_violation) != (e_stop, field_violation):
                memory.e_stop, memory.field_violation = e_stop, field_violation
                memory.tell()
    return []


def _read_battery(event: BatteryRead, memory: Memory, spec: RobotSpec) -> None:
    memory.charge_permille, memory.voltage_mv = event.charge_permille, event.voltage_mv
    memory.battery_known = True
    if memory.charging != event.charging:
        memory.charging = event.charging
        memory.unplugging = False
        memory.tell()
    instant.heard(event, memory, spec)


def _note_stop(event: MotionStopped, memory: Memory) -> None:
    before = (memory.stopped_for, memory.stopped_resets)
    memory.stopped_for, memory.stopped_resets = event.cause, event.resets
    if before == (event.cause, event.resets):
        return
    if standing.needs_somebody(event.cause):
        # On the disk before anybody hears of it: no two stops ever have the same number.
        memory.kept.incidents += 1
        memory.keep()
    memory.tell()


def _note_part(event: PartFailed, memory: Memory) -> None:
    before = memory.part_faults.get(event.part)
    if not event.text:
        memory.part_faults.pop(event.part, None)
    elif before is not None or len(memory.part_faults) < MAX_PARTS:
        memory.part_faults[event.part] = (event.level, event.text)
    if memory.part_faults.get(event.part) != before:
        memory.tell()


def _change_mode(event: ModeChanged, memory: Memory) -> list[RobotEffect]:
    before, memory.mode = memory.mode, event.mode
    if before == event.mode:
        return []
    memory.tell()
    kept = memory.kept
    if before == "SERVICE" and (kept.lost or kept.identity_taken):
        kept.lost, kept.identity_taken = "", False
        memory.keep()
    if before == "SERVICE":
        kept.told_mm = 0
        doorway.visited(memory)
    if "MANUAL" in (before, event.mode):
        kept.on_node = False
        memory.keep()
        return instant.clear_order(memory)
    if before not in guard.AUTOMATIC_MODES and kept.nodes:
        memory.resuming, memory.told_since_restart = True, False
    return []
