# SPDX-License-Identifier: Apache-2.0
"""The actions of the node the robot stands on, by their blocking types (section 6.12).

SOFT actions run together; a HARD one waits for all before it, runs alone, and holds back all after
it. Nothing drives while any is left. A failed action does not end the order: the master decides.
"""

from robot_agent.core import doors, faults
from robot_agent.core.events import HandoverClosed, RobotEffect
from robot_agent.core.memory import Memory, Run
from robot_agent.vda5050.actions import (
    CANCELLED,
    CHARGING,
    COLLECTED,
    DROP,
    HANDOVER,
    LOADED,
    NO_SHOW,
    NOT_THERE,
    OCCUPIED,
    OUT,
    PICK,
    RECEIVED,
    UNLOADED,
)
from robot_agent.vda5050.order import Action
from robot_agent.vda5050.state import Load


def begin(actions: tuple[Action, ...], memory: Memory) -> None:
    """The node was traversed: its actions are to be done, in their order."""
    memory.pending += [action.action_id for action in actions]


def start_ready(memory: Memory) -> list[RobotEffect]:
    """Starts what may run now."""
    effects: list[RobotEffect] = []
    while memory.pending:
        run = memory.runs[memory.pending[0]]
        is_hard = run.action.blocking_type == "HARD"
        if memory.active and (is_hard or _hard_is_active(memory)):
            break
        memory.active.append(memory.pending.pop(0))
        effects += _start(run, memory)
    return effects


def due_ms(memory: Memory) -> int | None:
    """When the next running action ends or a wait is over."""
    ends = [memory.runs[action_id].due_ms for action_id in memory.active]
    known = [end for end in (*ends, doors.due_ms(memory)) if end is not None]
    return min(known, default=None)


def end_due(memory: Memory) -> list[RobotEffect]:
    """Ends what is due now."""
    for action_id in list(memory.active):
        run = memory.runs[action_id]
        if run.due_ms is not None and run.due_ms <= memory.now_ms:
            _end_at_dock(run, memory)
    served, missed = doors.close_due(memory)
    effects: list[RobotEffect] = [_serve(memory.runs[action_id], memory) for action_id in served]
    effects += [_close(memory.runs[action_id], NO_SHOW, memory) for action_id in missed]
    return effects


def cancel(memory: Memory) -> list[RobotEffect]:
    """Ends what has not begun and whom nobody is served by; a dock or a person is let finish."""
    memory.pending.clear()
    shut = doors.shut_unserved(memory)
    effects: list[RobotEffect] = [
        _close(memory.runs[action_id], CANCELLED, memory) for action_id in shut
    ]
    for run in memory.runs.values():
        if run.status == "WAITING" and not run.instant:
            run.status, run.result = "FAILED", CANCELLED
    memory.dirty = True
    return effects


def _hard_is_active(memory: Memory) -> bool:
    return any(memory.runs[action_id].action.blocking_type == "HARD" for action_id in memory.active)


def _start(run: Run, memory: Memory) -> list[RobotEffect]:
    run.status = "RUNNING"
    memory.dirty = True
    action = run.action
    if action.action_type == HANDOVER:
        reason = doors.obstacle(action, memory)
        if reason is None:
            return [doors.open_door(run, memory)]
        return [_close(run, reason, memory)]
    if action.action_type in (PICK, DROP):
        run.due_ms = memory.now_ms + action.parameter("durationMs")
        return []
    memory.charging = True
    _end(run, "FINISHED", CHARGING, memory)
    return []


def _end_at_dock(run: Run, memory: Memory) -> None:
    """A dock's `pick` puts a parcel into the compartment, its `drop` takes it out."""
    compartment, parcel = run.action.parameter("lhd"), run.action.parameter("loadId")
    load = memory.loads.get(compartment)
    if run.action.action_type == PICK:
        if load is not None:
            _end(run, "FAILED", OCCUPIED, memory)
            return
        memory.loads[compartment] = _load(parcel, run.action.parameter("loadType"), compartment)
        _end(run, "FINISHED", LOADED, memory)
    elif load is None or load.load_id != parcel:
        _end(run, "FAILED", NOT_THERE, memory)
    else:
        del memory.loads[compartment]
        _end(run, "FINISHED", UNLOADED, memory)


def _serve(run: Run, memory: Memory) -> HandoverClosed:
    compartment, parcel = run.action.parameter("compartment"), run.action.parameter("parcel")
    if run.action.parameter("direction") == OUT:
        del memory.loads[compartment]
        return _close(run, COLLECTED, memory)
    memory.loads[compartment] = _load(parcel, run.action.parameter("loadType"), compartment)
    return _close(run, RECEIVED, memory)


def _load(parcel: str, size: object, compartment: str) -> Load:
    load_type = size if isinstance(size, str) else compartment[:1]
    return Load(load_id=parcel, load_type=load_type, load_position=compartment)


def _close(run: Run, result: str, memory: Memory) -> HandoverClosed:
    _end(run, "FINISHED" if result in (COLLECTED, RECEIVED) else "FAILED", result, memory)
    return HandoverClosed(run.action.action_id, result)


def _end(run: Run, status: str, result: str, memory: Memory) -> None:
    run.status = "FINISHED" if status == "FINISHED" else "FAILED"
    run.result, run.due_ms = result, None
    memory.active.remove(run.action.action_id)
    memory.dirty = True
    if status == "FAILED":
        faults.report(
            memory,
            "actionError",
            f"{run.action.action_type}: {result}",
            {"actionId": run.action.action_id},
        )
