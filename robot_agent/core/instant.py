# SPDX-License-Identifier: Apache-2.0
"""Instant actions (VDA 5050 2.1.0, sections 6.8, 6.9): each becomes an action state at once.

What must hold: an actionId that is known already is a message sent again and is not done again,
also after a newer order has wiped its state; each ends FINISHED or FAILED, a failed one with an
error that names it.
"""

from robot_agent.core import docks, driving, faults, lengths, maps, polyline, work
from robot_agent.core.events import (
    BatteryRead,
    Charge,
    LogWritten,
    MapFetched,
    MotionStopped,
    Posed,
    Publish,
    Release,
    RobotEffect,
    SetPosition,
    WriteLog,
)
from robot_agent.core.factsheet import factsheet
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050 import actions, standing
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.rules import instant_actions_faults

MAX_KEPT = 100
MAX_PAST = 200
MAX_RUNNING = 20
CHARGE_MS = 60_000
POSITION_MS = 10_000
LOG_MS = 60_000
RELEASE_MS = 10_000
MAX_REASON = 200
ANOTHER_CAUSE = "it stands for another cause"
ANOTHER_INCIDENT = "it stands for another reason meanwhile"


def perform(message: InstantActions, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """All of a message, or none of a message that breaks the rules."""
    memory.tell()
    broken = instant_actions_faults(message)
    too_long = lengths.too_long_in_instant_actions(message)
    if too_long is not None:
        broken.append(f"{too_long} is longer than {lengths.MAX_ID} letters")
    if broken:
        references = {"topic": "instantActions", "headerId": str(message.header_id)}
        faults.report(memory, "validationError", broken[0], references)
        return []
    kept = memory.kept
    effects: list[RobotEffect] = []
    for action in message.actions:
        if action.action_id in kept.runs or action.action_id in kept.past_instants:
            continue
        _make_room(memory)
        is_one_too_many = _is_one_too_many(action.action_type, memory)
        run = Run(action, instant=True, status="RUNNING")
        kept.runs[action.action_id] = run
        kept.past_instants.append(action.action_id)
        del kept.past_instants[:-MAX_PAST]
        if is_one_too_many:
            _end(run, f"more than {MAX_RUNNING} instant actions run", memory)
        else:
            effects += _perform(run, memory, spec)
        if run.status == "RUNNING" and action.action_id not in kept.cancels:
            memory.instants.append(action.action_id)
        memory.keep()
    return effects


def settle(memory: Memory) -> list[RobotEffect]:
    """Ends what waits for the robot to stand: a pause, and a cancel once no action runs."""
    if memory.moving or (memory.path_nodes and memory.kept.cancels):
        return []
    for run in _running(memory, actions.START_PAUSE):
        _end(run, None, memory)
    if memory.kept.cancels and not work.is_cancel_pending(memory):
        return _end_cancel(memory)
    return []


def heard(event: BatteryRead | MotionStopped | Posed, memory: Memory, spec: RobotSpec) -> None:
    """Ends what waits for the battery, the motors or the position."""
    if isinstance(event, MotionStopped):
        for run in _running(memory, actions.RELEASE_STOP):
            needed = standing.needs_somebody(event.cause)
            fault = _another_stop(run, memory) if needed else None
            if fault is not None or not needed:
                _end(run, fault, memory)
        return
    if isinstance(event, BatteryRead):
        for run in _running(memory, actions.START_CHARGING if event.charging else _STOP):
            _end(run, None, memory)
        return
    for run in _running(memory, actions.INIT_POSITION):
        x_mm, y_mm, _ = _pose_of(run) or (0, 0, 0)
        away_mm = polyline.distance_mm((x_mm, y_mm), (event.x_mm, event.y_mm))
        if event.localized and away_mm <= spec.tolerance_mm:
            _take_position(run, memory)


def reported(event: MapFetched | LogWritten, memory: Memory) -> None:
    """Ends a download or a log report."""
    run = memory.kept.runs.get(event.action_id)
    if run is None or event.action_id not in memory.instants:
        return
    if isinstance(event, MapFetched):
        _end(run, maps.fetched(event, run, memory), memory)
    else:
        run.result = event.name or None
        _end(run, event.fault or None, memory)


def due_ms(memory: Memory) -> int | None:
    """When the next one fails for having taken too long."""
    dues = [memory.kept.runs[one].due_ms for one in memory.instants]
    return min((due for due in dues if due is not None), default=None)


def end_due(memory: Memory) -> None:
    """Fails what has taken too long."""
    for run in _running(memory):
        if run.due_ms is not None and run.due_ms <= memory.now_ms:
            _end(run, f"{run.action.action_type} took too long", memory)


def after_restart(memory: Memory) -> None:
    """Charging and standing still can be asked for again; what else ran is over."""
    for action_id, run in memory.kept.runs.items():
        if run.instant and not run.is_final and action_id not in memory.kept.cancels:
            memory.instants.append(action_id)
            if run.action.action_type not in _ASKED_AGAIN:
                _end(run, actions.INTERRUPTED, memory)
            elif run.due_ms is not None:
                run.due_ms = memory.now_ms + CHARGE_MS


def asked_again(memory: Memory) -> list[RobotEffect]:
    """What the body must be told once more after a restart."""
    charge = [Charge(on=True) for _ in _running(memory, actions.START_CHARGING)]
    return [*charge, *(Charge(on=False) for _ in _running(memory, actions.STOP_CHARGING))]


def clear_order(memory: Memory) -> list[RobotEffect]:
    """The order is over though nobody cancelled it: a person took the robot over (Table 1)."""
    if not memory.is_busy:
        return []
    effects = driving.leave(memory) + work.leave_edge(memory) + work.cancel(memory)
    _forget_what_lies_ahead(memory)
    return effects


_STOP = actions.STOP_CHARGING
_LASTING = (
    actions.CANCEL_ORDER,
    actions.START_CHARGING,
    actions.STOP_CHARGING,
    actions.INIT_POSITION,
    actions.LOG_REPORT,
    actions.DOWNLOAD_MAP,
    actions.RELEASE_STOP,
)
_ASKED_AGAIN = (actions.START_CHARGING, actions.STOP_CHARGING, actions.START_PAUSE)


def _perform(run: Run, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    effects: list[RobotEffect] = []
    fault: str | None = None
    match run.action.action_type:
        case actions.CANCEL_ORDER:
            return _cancel(run, memory)
        case actions.STATE_REQUEST:
            pass
        case actions.FACTSHEET_REQUEST:
            if memory.linked:
                effects.append(Publish("factsheet", factsheet(spec)))
        case actions.START_PAUSE:
            memory.kept.paused = True
            return []
        case actions.STOP_PAUSE:
            _stop_pause(memory)
        case actions.START_CHARGING | actions.STOP_CHARGING:
            return _charge(run, memory)
        case actions.INIT_POSITION:
            effects, fault = _set_position(run, memory)
        case actions.RELEASE_STOP:
            effects, fault = _release_stop(run, memory)
        case actions.LOG_REPORT:
            run.due_ms = memory.now_ms + LOG_MS
            reason = str(run.action.parameter("reason") or "")[:MAX_REASON]
            return [WriteLog(run.action.action_id, reason)]
        case actions.DOWNLOAD_MAP:
            effects, fault = maps.download(run, memory)
        case actions.ENABLE_MAP:
            fault = maps.enable(run, memory)
        case actions.DELETE_MAP:
            effects, fault = maps.delete(run, memory)
        case actions.TRIGGER:
            return _by_work(run, work.trigger(run, memory), memory)
        case actions.EXTEND_WAIT:
            return _by_work(run, work.extend_wait(run, memory), memory)
        case unknown:
            fault = f"{unknown} is no instant action"
    if fault is not None or run.due_ms is None:
        _end(run, fault, memory)
    return effects


def _by_work(run: Run, effects: list[RobotEffect], memory: Memory) -> list[RobotEffect]:
    if run.status == "FAILED":
        _end(run, run.result or f"{run.action.action_type} is not possible", memory)
    return effects


def _cancel(run: Run, memory: Memory) -> list[RobotEffect]:
    """Stops at the next node, or where it stands: only that one stays ahead meanwhile."""
    kept = memory.kept
    if not memory.is_busy:
        _end(run, "no order is being executed", memory, "noOrderToCancel")
        return []
    kept.cancels.append(run.action.action_id)
    keep = 1 if memory.path_nodes else 0
    kept.nodes, kept.edges = kept.nodes[:keep], kept.edges[:keep]
    memory.stale = memory.path_nodes > 1
    return work.cancel(memory)


def _end_cancel(memory: Memory) -> list[RobotEffect]:
    """The robot stands and nothing runs: the order is over, its ids and action states stay."""
    kept = memory.kept
    effects = [] if kept.on_node else work.leave_edge(memory)
    _forget_what_lies_ahead(memory)
    for action_id in kept.cancels:
        kept.runs[action_id].status = "FINISHED"
    kept.cancels = []
    return effects


def _forget_what_lies_ahead(memory: Memory) -> None:
    kept = memory.kept
    kept.nodes, kept.edges = [], []
    kept.cancelled = True
    memory.way = None
    memory.resuming = memory.off_way = False
    memory.keep()


def _stop_pause(memory: Memory) -> None:
    memory.kept.paused = False
    for run in _running(memory, actions.START_PAUSE):
        _end(run, "stopPause came before the robot stood", memory)


def _charge(run: Run, memory: Memory) -> list[RobotEffect]:
    wants = run.action.action_type == actions.START_CHARGING
    if wants and driving.is_driving(memory):
        _end(run, "the robot is driving", memory)
        return []
    if memory.charging == wants:
        _end(run, None, memory)
        return []
    run.due_ms = memory.now_ms + CHARGE_MS
    return [Charge(on=wants)]


def _set_position(run: Run, memory: Memory) -> tuple[list[RobotEffect], str | None]:
    pose = _pose_of(run)
    map_id, node_id = run.action.parameter("mapId"), run.action.parameter("lastNodeId")
    if isinstance(node_id, str) and lengths.is_too_long(node_id):
        return [], f"lastNodeId is longer than {lengths.MAX_ID} letters"
    if pose is None:
        return [], "x, y or theta is missing or no number"
    if driving.is_driving(memory):
        return [], "the robot is driving"
    if not isinstance(map_id, str) or not maps.is_enabled(map_id, memory):
        return [], f"map {map_id!s:.80} is not enabled"
    run.due_ms = memory.now_ms + POSITION_MS
    docks.note_told(pose[:2], memory)
    return [SetPosition(*pose)], None


def _release_stop(run: Run, memory: Memory) -> tuple[list[RobotEffect], str | None]:
    """An operator names the stop that was looked into, by its cause and its number: what came
    meanwhile nobody has seen yet."""
    cause, incident = (run.action.parameter(key) for key in (standing.CAUSE, standing.INCIDENT))
    if not isinstance(cause, str):
        return [], f"{standing.CAUSE} is missing or no text"
    if isinstance(incident, bool) or not isinstance(incident, int):
        return [], f"{standing.INCIDENT} is missing or no whole number"
    if not standing.needs_somebody(memory.stopped_for):
        return [], None
    if (fault := _another_stop(run, memory)) is not None:
        return [], fault
    if standing.restart_of(cause).who == "person":
        return [], "a person must see to it at the robot and press its reset button"
    run.due_ms = memory.now_ms + RELEASE_MS
    return [Release(cause)], None


def _another_stop(run: Run, memory: Memory) -> str | None:
    """Why the stop that a release names is not the one the robot stands for."""
    if run.action.parameter(standing.CAUSE) != memory.stopped_for:
        return ANOTHER_CAUSE
    if run.action.parameter(standing.INCIDENT) != memory.kept.incidents:
        return ANOTHER_INCIDENT
    return None


def _take_position(run: Run, memory: Memory) -> None:
    """A finished robot is then at the node it is told; with an order ahead the order is believed
    as to where the next node is, and the pose decides whether the robot is on its way."""
    kept = memory.kept
    map_id, node_id = run.action.parameter("mapId"), run.action.parameter("lastNodeId")
    kept.map_id = str(map_id)
    memory.fence_clear = None
    if not memory.is_busy:
        if isinstance(node_id, str) and node_id != kept.last_node_id:
            kept.last_node_id, kept.last_sequence_id = node_id, 0
        kept.last_place, kept.on_node = (memory.x_mm, memory.y_mm), bool(kept.last_node_id)
    _end(run, None, memory)


def _pose_of(run: Run) -> tuple[int, int, int] | None:
    values = [run.action.parameter(key) for key in ("x", "y", "theta")]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return None
    x_mm, y_mm, heading_mrad = (polyline.mm_of(value) for value in values)
    return x_mm, y_mm, heading_mrad


def _running(memory: Memory, action_type: str | None = None) -> list[Run]:
    runs = [memory.kept.runs[one] for one in memory.instants]
    return [run for run in runs if action_type in (None, run.action.action_type)]


def _end(
    run: Run, fault: str | None, memory: Memory, error_type: str = "instantActionError"
) -> None:
    action_id = run.action.action_id
    run.status, run.due_ms = "FINISHED", None
    if fault is not None:
        run.status, run.result = "FAILED", fault[: faults.MAX_TEXT]
        references = {"topic": "instantActions", "actionId": action_id}
        faults.report(memory, error_type, fault, references)
    if action_id in memory.instants:
        memory.instants.remove(action_id)
    memory.keep()


def _is_one_too_many(action_type: str, memory: Memory) -> bool:
    """Only what lasts is limited, and a pause never: it is over when the robot stands."""
    running = len(memory.instants) + len(memory.kept.cancels)
    return running >= MAX_RUNNING and action_type in _LASTING


def _make_room(memory: Memory) -> None:
    kept = memory.kept
    ids = [key for key, run in kept.runs.items() if run.instant]
    for key in ids[: max(0, len(ids) - MAX_KEPT + 1)]:
        if kept.runs[key].is_final:
            del kept.runs[key]
