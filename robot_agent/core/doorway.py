# SPDX-License-Identifier: Apache-2.0
"""One door at a time: whoever is let in stands in line, the first in line has the door.

What must hold: never are two doors unlocked; the next one waits until the one before is locked and
seen shut. A door is unlocked for the first in line alone, and forgotten by nobody: it stays in
`open_doors`, on the disk, until it is seen shut.
"""

from collections.abc import Iterator
from typing import Literal

from robot_agent.core.events import DoorChanged, LockDoor, OpenDoor, RobotEffect
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.state import ErrorLevel

UNOPENED_MS = 20_000
"""So long an unlocked door waits for a person to open it; then it locks again."""
UNOPENED_AT_DOCK_MS = 600_000
"""The same for staff, who may be away."""
LEFT_OPEN_MS = 60_000
"""After so long a door that is not shut is an error."""
RELOCK_MS = 10_000
"""So often a door at which nobody is served is locked until it is seen shut."""
MAX_OPENINGS = 3
"""So often at most a door has been open when it opens for a wrong parcel to be taken out."""
MAX_EXTENSION_MS = 1_800_000
"""A stop is not made longer than by this in all."""

Verdict = Literal["served", "unopened", "jammed", "forced", "unknown"]


def served(memory: Memory) -> Run | None:
    """Whose door is unlocked or open."""
    stop = memory.kept.stop
    return memory.kept.runs[stop.line[0]] if stop.phase else None


def join(run: Run, memory: Memory) -> None:
    """The end of the line; one that waited for its person waits no more."""
    stop = memory.kept.stop
    if run.action.action_id in stop.open:
        stop.open.remove(run.action.action_id)
    stop.line.append(run.action.action_id)
    memory.keep()


def claimed(memory: Memory) -> list[str]:
    """The compartments that somebody waits for or is let in to."""
    kept = memory.kept
    return [kept.runs[one].compartment for one in (*kept.stop.line, *kept.stop.open)]


def next_in_line(memory: Memory) -> Run | None:
    """Who is to be served now: nobody while the robot moves or any door is not shut."""
    kept = memory.kept
    if not kept.stop.line or kept.open_doors or memory.moving:
        return None
    if any(door in ("open", "forced") for door in memory.doors.values()):
        return None
    return kept.runs[kept.stop.line[0]]


def unlock(run: Run, memory: Memory, door: OpenDoor) -> OpenDoor:
    """Opens the door for the first in line."""
    kept = memory.kept
    assert kept.stop.line[0] == run.action.action_id
    kept.stop.phase, kept.stop.left_open = "unlocked", False
    kept.stop.door_since_ms = memory.now_ms
    run.due_ms = memory.now_ms + (UNOPENED_AT_DOCK_MS if door.at_dock else UNOPENED_MS)
    memory.contents.pop(run.compartment, None)
    kept.open_doors.append(run.compartment)
    memory.keep()
    return door


def may_open_again(run: Run, memory: Memory) -> bool:
    """For a wrong parcel, which is noted, to be taken out; not for ever."""
    stop, action_id = memory.kept.stop, run.action.action_id
    if action_id not in stop.wrong:
        stop.wrong.append(action_id)
        memory.keep()
    return stop.openings.get(action_id, 0) < MAX_OPENINGS


def lock_unopened(run: Run, memory: Memory) -> list[RobotEffect]:
    """Nobody opened it. Told again and again until the door is seen shut."""
    if memory.kept.stop.phase == "open":
        return []
    memory.kept.stop.phase = "locking"
    run.due_ms = memory.now_ms + UNOPENED_MS
    memory.keep()
    return [LockDoor(run.compartment)]


def leave(run: Run, memory: Memory) -> None:
    """The first in line has gone and the door is shut. Who waits, waits as much longer."""
    stop = memory.kept.stop
    stop.line.remove(run.action.action_id)
    stop.phase, run.due_ms = "", None
    lengthen(memory, memory.now_ms - stop.door_since_ms)


def lengthen(memory: Memory, by_ms: int) -> int:
    """Moves the deadline of the stop, as far as the limit; by how much."""
    stop = memory.kept.stop
    by_ms = max(0, min(by_ms, MAX_EXTENSION_MS - stop.extended_ms))
    stop.wait_until_ms += by_ms
    stop.extended_ms += by_ms
    memory.keep()
    return by_ms


def hear(event: DoorChanged, memory: Memory) -> Verdict | None:
    """What a door's change means for who is served; `forced`: no door of theirs was opened;
    `unknown`: it was unlocked, and nobody sees it any more."""
    memory.doors[event.compartment] = event.door
    memory.tell()
    kept = memory.kept
    run = served(memory)
    if run is not None and run.compartment == event.compartment:
        return _hear_served(run, event, memory)
    if event.compartment in kept.open_doors:
        _see_shut(event, memory)
    elif event.door in ("open", "forced"):
        if event.compartment not in kept.forced_doors:
            kept.forced_doors.append(event.compartment)
            memory.keep()
        return "forced"
    return None


def due_ms(memory: Memory) -> int | None:
    """When a door counts as left open, or one at which nobody is served is locked again."""
    left_open_ms, relock_ms = _left_open_ms(memory), memory.relock_ms
    if left_open_ms is None or relock_ms is None:
        return relock_ms if left_open_ms is None else left_open_ms
    return min(left_open_ms, relock_ms)


def _left_open_ms(memory: Memory) -> int | None:
    """Unlocked but not opened is not left open."""
    kept = memory.kept
    if not kept.open_doors or kept.stop.left_open or kept.stop.phase == "unlocked":
        return None
    run = served(memory)
    own_ms = run.action.parameter("durationMs") if run is not None else None
    return kept.stop.door_since_ms + LEFT_OPEN_MS + (own_ms if isinstance(own_ms, int) else 0)


def end_due(memory: Memory) -> list[RobotEffect]:
    """Tells of a door that was left open, and locks again where nobody is served."""
    due = _left_open_ms(memory)
    if due is not None and due <= memory.now_ms:
        memory.kept.stop.left_open = True
        memory.keep()
    if memory.relock_ms is None or memory.relock_ms > memory.now_ms:
        return []
    return lock_unattended(memory)


def lock_unattended(memory: Memory) -> list[RobotEffect]:
    """Locks what was unlocked before a crash, again and again until it is seen shut: nobody knows
    whether it was opened, nor whether the body heard the first time."""
    run = served(memory)
    left = [one for one in memory.kept.open_doors if run is None or one != run.compartment]
    memory.relock_ms = memory.now_ms + RELOCK_MS if left else None
    return [LockDoor(one) for one in left if memory.doors.get(one) not in ("open", "forced")]


def doors_shut(memory: Memory, spec: RobotSpec) -> bool:
    """All doors are known shut."""
    return not memory.kept.open_doors and all(
        memory.doors.get(compartment) in ("shut", "jammed") for compartment in spec.compartments
    )


def visited(memory: Memory) -> None:
    """A person has looked into the robot (SERVICE): what was forced and is shut now is known. A
    sensor alone does not say so: it sees that something is there, not what."""
    kept = memory.kept
    kept.forced_doors = [c for c in kept.forced_doors if memory.doors.get(c) != "shut"]
    memory.keep()


def conditions(memory: Memory) -> Iterator[tuple[str, str, ErrorLevel, str]]:
    """Error type, sentence, level and compartment of each door that is not as it should be."""
    kept = memory.kept
    for one in kept.forced_doors:
        yield "doorForced", f"{one} was open though nobody was let in", "FATAL", one
    run = served(memory)
    for one in dict.fromkeys((*kept.open_doors, *memory.doors)):
        if memory.doors.get(one) == "unknown" and (run is None or one != run.compartment):
            yield "doorOpen", f"nothing says whether {one} is shut", "FATAL", one
        elif one in kept.open_doors and kept.stop.left_open:
            yield "doorOpen", f"{one} was left open", "WARNING", one


def _hear_served(run: Run, event: DoorChanged, memory: Memory) -> Verdict | None:
    stop = memory.kept.stop
    if event.door in ("open", "forced"):
        if stop.phase != "open":
            stop.phase, run.due_ms = "open", None
            stop.openings[run.action.action_id] = stop.openings.get(run.action.action_id, 0) + 1
            memory.keep()
        return None
    if event.door == "unknown":
        # Where it was seen open, it only remains to be seen shut.
        return None if stop.phase == "open" else "unknown"
    # A body may repeat what it said before it unlocked, so without `open` this is no end.
    if stop.phase == "unlocked" and event.door == "shut":
        return None
    was_open = stop.phase == "open" or run.compartment in memory.contents
    if not _see_shut(event, memory):
        return None
    if was_open:
        return "served"
    return "jammed" if event.door == "jammed" else "unopened"


def _see_shut(event: DoorChanged, memory: Memory) -> bool:
    if event.door not in ("shut", "jammed"):
        return False
    memory.kept.open_doors.remove(event.compartment)
    memory.kept.stop.left_open = False
    memory.keep()
    return True
