# SPDX-License-Identifier: Apache-2.0
"""The actions of nodes and edges: when each begins by its blocking type, and who ends it.

Section 6.12: SOFT and NONE actions run together; a HARD one waits for all before it, runs alone,
and holds back all after it. NONE lets the robot drive on. What must hold: every action begins and
ends once; a failed one does not end the order (the master decides); a cancel lets finish who stands
at an open door.
"""

from robot_agent.core import docking, docks, doorway, handover, keypad, lengths, outcome, signalling
from robot_agent.core.events import (
    BatteryRead,
    Charge,
    CodeEntered,
    ContentsSeen,
    DoorChanged,
    RobotEffect,
    RobotEvent,
)
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import (
    CANCELLED,
    CHARGING,
    DROP,
    FINE_POSITIONING,
    FORCED,
    HANDOVER,
    INTERRUPTED,
    PICK,
    SIGNAL,
    START_CHARGING,
    WAIT_FOR_TRIGGER,
)
from robot_agent.vda5050.order import Action, Edge

CHARGING_BEGINS_MS = 60_000
TIMED_OUT = "timeout"
POSITIONED = "positioned"
NOT_LOCALIZED = "not_localized"
TRIGGERED = "triggered"
NOTHING_DUE = [None, None, None]


def begin(actions: tuple[Action, ...], memory: Memory) -> None:
    """The node was traversed: its actions are to be done, in their order."""
    kept = memory.kept
    for index, action in enumerate(actions):
        run = kept.runs[action.action_id]
        if run.status == "WAITING":
            run.gates = docks.gates_before(actions, index) if docking.is_docking(run) else []
            kept.pending.append(action.action_id)
    memory.keep()


def start_ready(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """Starts what may run now."""
    kept = memory.kept
    effects: list[RobotEffect] = []
    while kept.pending:
        run = kept.runs[kept.pending[0]]
        is_hard = run.action.blocking_type == "HARD"
        if kept.active and (is_hard or _is_hard_active(memory)):
            break
        if docking.is_docking(run) and not docks.is_place_known(memory, spec):
            break
        kept.active.append(kept.pending.pop(0))
        effects += _start(run, memory, spec)
    return effects + _serve_next(memory)


def due_ms(memory: Memory) -> int | None:
    """When something ends or fails by time alone."""
    kept = memory.kept
    dues = [doorway.due_ms(memory), handover.due_ms(memory), keypad.due_ms(memory)]
    if kept.active or kept.edge_active:
        dues += [kept.runs[one].due_ms for one in (*kept.active, *kept.edge_active)]
    elif dues == NOTHING_DUE:
        return None
    return min((due for due in dues if due is not None), default=None)


def end_due(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """Ends what is due now."""
    kept = memory.kept
    effects: list[RobotEffect] = []
    for action_id in (*kept.active, *kept.edge_active):
        run = kept.runs[action_id]
        if run.due_ms is not None and run.due_ms <= memory.now_ms:
            effects += _end_by_time(run, memory)
    effects += doorway.end_due(memory)
    effects += keypad.end_due(memory)
    effects += handover.end_due(memory)
    return effects + start_ready(memory, spec)


def hear(event: RobotEvent, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """What the body or a person at it does, as far as it concerns actions and doors."""
    effects: list[RobotEffect] = []
    match event:
        case ContentsSeen(compartment, occupied, parcel):
            memory.contents[compartment] = (occupied, parcel and parcel[: lengths.MAX_ID])
        case DoorChanged() if event.compartment in spec.compartments:
            effects = _hear_door(event, memory)
        case CodeEntered():
            effects = handover.hear_code(event, memory, spec)
        case BatteryRead(charging=True):
            for run in _active(START_CHARGING, memory):
                outcome.finish(run, CHARGING, memory)
        case _:
            return []
    return effects + start_ready(memory, spec)


def enter_edge(edge: Edge, memory: Memory) -> list[RobotEffect]:
    """Its actions run while the robot is on it."""
    effects: list[RobotEffect] = []
    for action in edge.actions:
        run = memory.kept.runs[action.action_id]
        if run.status == "WAITING":
            run.status = "RUNNING"
            memory.kept.edge_active.append(action.action_id)
            effects += signalling.start(run, memory, on_edge=True)
            memory.keep()
    return effects


def leave_edge(memory: Memory) -> list[RobotEffect]:
    """Section 6.10.2: the actions that were active on the edge must be finished."""
    effects: list[RobotEffect] = []
    for action_id in list(memory.kept.edge_active):
        effects += signalling.end(memory.kept.runs[action_id], memory)
    return effects


def cancel(memory: Memory) -> list[RobotEffect]:
    """Ends all but who is served at a door: that one is let finish, and tells the truth."""
    kept = memory.kept
    effects = handover.cancel(memory) + docking.cancel(memory)
    for action_id in (*kept.active, *kept.edge_active):
        run = kept.runs[action_id]
        if run.action.action_type == SIGNAL:
            effects += signalling.end(run, memory, cancelled=True)
        elif run.action.action_type in (START_CHARGING, WAIT_FOR_TRIGGER):
            outcome.fail(run, CANCELLED, memory)
            if run.action.action_type == START_CHARGING:
                effects.append(Charge(on=False))
    for run in kept.runs.values():
        if run.status == "WAITING" and not run.instant:
            outcome.fail(run, CANCELLED, memory)
    return effects


def interrupt(run: Run, memory: Memory) -> list[RobotEffect]:
    """Its door was unlocked and nobody saw what was done there: the custody is unknown."""
    if handover.is_handover(run.action.action_id, memory):
        return [handover.close(run, INTERRUPTED, memory)]
    outcome.fail(run, INTERRUPTED, memory)
    return []


def is_cancel_pending(memory: Memory) -> bool:
    """Somebody is still served."""
    return bool(memory.kept.stop.phase)


def trigger(run: Run, memory: Memory) -> list[RobotEffect]:
    """The master lets one recipient in without a code, also when the keypad is locked, or ends a
    `waitForTrigger`; `run` is the instant action, which says whether it could."""
    target = memory.kept.runs.get(str(run.action.parameter("actionId")))
    stop = memory.kept.stop
    memory.keep()
    run.status, run.result = "FINISHED", None
    if target in _active(WAIT_FOR_TRIGGER, memory) and target is not None:
        outcome.finish(target, TRIGGERED, memory)
    elif target is not None and target.action.action_id in stop.open:
        doorway.join(target, memory)
    elif target is None or target.action.action_id not in stop.line:
        run.status, run.result = "FAILED", "nothing waits under that actionId"
    return _serve_next(memory)


def extend_wait(run: Run, memory: Memory) -> list[RobotEffect]:
    """The master lets the robot wait longer for all people of this stop."""
    by_ms = run.action.parameter("waitMs")
    memory.keep()
    run.status = "FAILED"
    if type(by_ms) is not int or by_ms <= 0:
        run.result = "waitMs is missing or wrong"
    elif not memory.kept.stop.open:
        run.result = "nobody is waited for"
    elif not (longer_ms := doorway.lengthen(memory, by_ms)):
        run.result = "the wait is as long as it may be"
    else:
        run.status, run.result = "FINISHED", f"{longer_ms} ms longer"
        return handover.wanted(memory)
    return []


def _start(run: Run, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    run.status = "RUNNING"
    memory.keep()
    match run.action.action_type:
        case str(kind) if kind == HANDOVER:
            return handover.start(run, memory)
        case str(kind) if kind in (PICK, DROP):
            docking.start(run, memory, spec)
        case str(kind) if kind == START_CHARGING:
            run.due_ms = memory.now_ms + CHARGING_BEGINS_MS
            return [Charge(on=True)]
        case str(kind) if kind == WAIT_FOR_TRIGGER:
            timeout_ms = run.action.parameter("timeoutMs")
            run.due_ms = None if timeout_ms is None else memory.now_ms + int(timeout_ms)
        case str(kind) if kind == SIGNAL:
            return signalling.start(run, memory, on_edge=False)
        case str(kind) if kind == FINE_POSITIONING and memory.posed and memory.localized:
            outcome.finish(run, POSITIONED, memory)
        case _:
            outcome.fail(run, NOT_LOCALIZED, memory)
    return []


def _end_by_time(run: Run, memory: Memory) -> list[RobotEffect]:
    action_type = run.action.action_type
    if action_type == SIGNAL:
        return signalling.end(run, memory)
    if action_type in (HANDOVER, PICK, DROP):
        return doorway.lock_unopened(run, memory)
    outcome.fail(run, TIMED_OUT, memory)
    return [Charge(on=False)] if action_type == START_CHARGING else []


def _hear_door(event: DoorChanged, memory: Memory) -> list[RobotEffect]:
    run = doorway.served(memory)
    verdict = doorway.hear(event, memory)
    if verdict is None:
        return []
    if verdict == "forced":
        return _doubt(event.compartment, memory)
    assert run is not None
    if verdict == "unknown":
        doorway.leave(run, memory)
        memory.kept.stop.cancelled = False
        ended = interrupt(run, memory)
        return [*ended, *doorway.lock_unattended(memory), *handover.wanted(memory)]
    end_service = docking.end_service if docking.is_docking(run) else handover.end_service
    effects = end_service(run, verdict, memory)
    if not memory.kept.stop.phase:
        memory.kept.stop.cancelled = False
    return effects


def _doubt(compartment: str, memory: Memory) -> list[RobotEffect]:
    """A door was forced: nobody knows what is behind it, so nothing said of it can be right. What
    is still to come there fails when it begins, if no person has looked before."""
    effects: list[RobotEffect] = []
    for run in memory.kept.runs.values():
        is_handover = run.action.action_type == HANDOVER
        here = run.action.parameter("compartment") if is_handover else run.compartment
        if run.is_final or here != compartment:
            continue
        if is_handover and run.compartment:
            effects.append(handover.close(run, FORCED, memory))
        else:
            outcome.fail(run, FORCED, memory)
    return effects


def _serve_next(memory: Memory) -> list[RobotEffect]:
    run = doorway.next_in_line(memory)
    if run is None:
        return []
    is_docking = docking.is_docking(run)
    door = docking.door_for(run, memory) if is_docking else handover.door_for(run, memory)
    return [doorway.unlock(run, memory, door)]


def _active(action_type: str, memory: Memory) -> list[Run]:
    runs = [memory.kept.runs[one] for one in memory.kept.active]
    return [run for run in runs if run.action.action_type == action_type]


def _is_hard_active(memory: Memory) -> bool:
    kept = memory.kept
    return any(kept.runs[one].action.blocking_type == "HARD" for one in kept.active)
