# SPDX-License-Identifier: Apache-2.0
"""The standard's `pick` and `drop`: staff at a dock put a load into a compartment or take it out.

What must hold: loads change exactly with FINISHED results; what a sensor sees goes over what was
asked for. Any master may leave out `lhd` and `loadId`: then the smallest free compartment that
fits is filled, or the only load is taken out. In the street no door opens unless whoever was waited
for has come, and nowhere one whose wait for somebody has failed.
"""

from robot_agent.core import docks, doorway, outcome
from robot_agent.core.events import OpenDoor, RobotEffect
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import (
    CANCELLED,
    DROP,
    FORCED,
    JAMMED,
    LOADED,
    NO_SHOW,
    NOT_AT_DOCK,
    NOT_THERE,
    NOT_TRIGGERED,
    OCCUPIED,
    PICK,
    UNLOADED,
    WRONG_PARCEL,
)
from robot_agent.vda5050.state import Load

SERVICE_MS = 5_000
"""What an emulated dock needs where the order does not say."""
SIZES = ("S", "M", "L")


def is_docking(run: Run) -> bool:
    """Whether it is done at a dock."""
    return run.action.action_type in (PICK, DROP)


def start(run: Run, memory: Memory, spec: RobotSpec) -> None:
    """Stands in line for its door, or fails at once where there is nothing to be done."""
    unready = _unready(run, memory, spec)
    if unready is not None:
        outcome.fail(run, unready, memory)
        return
    is_pick = run.action.action_type == PICK
    found = _free_compartment(run, memory, spec) if is_pick else _load_asked_for(run, memory)
    if found is None:
        outcome.fail(run, OCCUPIED if is_pick else NOT_THERE, memory)
        return
    if found in memory.kept.forced_doors:
        outcome.fail(run, FORCED, memory)
        return
    run.compartment = found
    doorway.join(run, memory)


def door_for(run: Run, memory: Memory) -> OpenDoor:
    """Its door as it opens."""
    load = memory.kept.loads.get(run.compartment)
    duration_ms = run.action.parameter("durationMs")
    wrong = _wrong_load(run, memory)
    return OpenDoor(
        compartment=run.compartment,
        action_id=run.action.action_id,
        parcel=wrong or run.action.parameter("loadId") or (load and load.load_id) or "",
        fills=wrong is None and run.action.action_type == PICK,
        at_dock=not run.in_street,
        duration_ms=SERVICE_MS if duration_ms is None else int(duration_ms),
    )


def end_service(run: Run, verdict: doorway.Verdict, memory: Memory) -> list[RobotEffect]:
    """Its door is shut again; one that staff did not come to opens once more. In the street
    whoever was waited for gets one opening, like a person with a code, and no second one."""
    is_cancelled = memory.kept.stop.cancelled
    is_unopened = verdict == "unopened" and not is_cancelled and not run.in_street
    wrong = _wrong_load(run, memory)
    if is_unopened or (wrong is not None and doorway.may_open_again(run, memory)):
        return [doorway.unlock(run, memory, door_for(run, memory))]
    doorway.leave(run, memory)
    if verdict == "jammed":
        outcome.fail(run, JAMMED, memory)
    elif verdict == "unopened":
        outcome.fail(run, CANCELLED if is_cancelled else NO_SHOW, memory)
    elif run.action.action_type == PICK:
        _end_pick(run, memory)
    else:
        _end_drop(run, memory)
    return []


def cancel(memory: Memory) -> list[RobotEffect]:
    """Ends what waits for its door, and locks the one that staff did not open yet."""
    stop, runs = memory.kept.stop, memory.kept.runs
    served = doorway.served(memory)
    waiting = [runs[one] for one in stop.line if is_docking(runs[one]) and runs[one] is not served]
    for run in waiting:
        outcome.fail(run, CANCELLED, memory)
    if served is not None and is_docking(served):
        return doorway.lock_unopened(served, memory)
    return []


def _unready(run: Run, memory: Memory, spec: RobotSpec) -> str | None:
    """Why no door opens here: the order was judged when it came, where the robot stands and
    whether somebody came only shows now."""
    runs = memory.kept.runs
    if any(runs[one].status != "FINISHED" for one in run.gates):
        return NOT_TRIGGERED
    run.in_street = not docks.stands_at_dock(memory, spec)
    return NOT_AT_DOCK if run.in_street and not run.gates else None


def _end_pick(run: Run, memory: Memory) -> None:
    seen = memory.contents.get(run.compartment)
    asked_for = run.action.parameter("loadId")
    label = seen[1] if seen is not None else None
    if _wrong_load(run, memory) is not None:
        outcome.fail(run, WRONG_PARCEL, memory)
    elif seen is not None and not seen[0]:
        was_wrong = run.action.action_id in memory.kept.stop.wrong
        outcome.fail(run, WRONG_PARCEL if was_wrong else NOT_THERE, memory)
    else:
        memory.kept.loads[run.compartment] = Load(
            load_id=asked_for or label,
            load_type=run.action.parameter("loadType") or run.compartment[:1],
            load_position=run.compartment,
        )
        outcome.finish(run, LOADED, memory)


def _wrong_load(run: Run, memory: Memory) -> str | None:
    """The label of what was put in, if it is another than the order's."""
    occupied, label = memory.contents.get(run.compartment, (False, None))
    asked_for = run.action.parameter("loadId")
    is_known = run.action.action_type == PICK and occupied and None not in (asked_for, label)
    return label if is_known and label != asked_for else None


def _end_drop(run: Run, memory: Memory) -> None:
    seen = memory.contents.get(run.compartment)
    if seen is not None and seen[0]:
        outcome.fail(run, OCCUPIED, memory)
        return
    del memory.kept.loads[run.compartment]
    outcome.finish(run, UNLOADED, memory)


def _free_compartment(run: Run, memory: Memory, spec: RobotSpec) -> str | None:
    taken = (*memory.kept.loads, *doorway.claimed(memory))
    free = [one for one in spec.compartments if one not in taken]
    asked_for = run.action.parameter("lhd")
    if asked_for is not None:
        return asked_for if asked_for in free else None
    size = run.action.parameter("loadType")
    fitting = [one for one in free if fits(size, one) and one not in memory.kept.forced_doors]
    return min(fitting, key=lambda one: _rank(one[:1]), default=None)


def fits(size: object, compartment: str) -> bool:
    """A larger compartment holds a smaller load; of a load type that is no size, nobody knows."""
    return size not in SIZES or _rank(str(size)) <= _rank(compartment[:1])


def _rank(size: str) -> int:
    return SIZES.index(size) if size in SIZES else len(SIZES)


def _load_asked_for(run: Run, memory: Memory) -> str | None:
    """Where the load is that `lhd` or `loadId` or both name, or the only one; None: not there."""
    compartment, load_id = run.action.parameter("lhd"), run.action.parameter("loadId")
    found = [
        one
        for one, load in memory.kept.loads.items()
        if compartment in (None, one) and load_id in (None, load.load_id)
        if one not in doorway.claimed(memory)
    ]
    return found[0] if len(found) == 1 else None
