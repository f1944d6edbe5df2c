# SPDX-License-Identifier: Apache-2.0
"""Instant actions (VDA 5050 2.1.0, section 6.9): each becomes an action state at once.

An actionId that is known already is a message sent again: it is not done again.
"""

from robot_agent.core import faults, motion, work
from robot_agent.core.events import Publish, RobotEffect
from robot_agent.core.factsheet import factsheet
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050 import actions
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.rules import instant_actions_faults

MAX_KEPT = 100


def perform(message: InstantActions, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """All of a message, or none of a message that breaks the rules."""
    memory.dirty = True
    broken = instant_actions_faults(message)
    if broken:
        faults.report(
            memory,
            "validationError",
            broken[0],
            {"topic": "instantActions", "headerId": str(message.header_id)},
        )
        return []
    effects: list[RobotEffect] = []
    for action in message.actions:
        if action.action_id in memory.runs:
            continue
        _make_room(memory)
        run = Run(action, instant=True, status="RUNNING")
        memory.runs[action.action_id] = run
        effects += _perform(run, memory, spec)
    return effects


def end_cancel(memory: Memory) -> None:
    """The robot stands and nothing runs: the order is over, its ids and action states stay."""
    memory.nodes, memory.edges = [], []
    memory.cancelled = True
    for action_id in memory.cancels:
        memory.runs[action_id].status = "FINISHED"
    memory.cancels = []
    memory.dirty = True


def _perform(run: Run, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    action = run.action
    run.status = "FINISHED"
    match action.action_type:
        case actions.CANCEL_ORDER:
            return _cancel(run, memory)
        case actions.STOP_CHARGING:
            memory.charging = False
        case actions.STATE_REQUEST:
            pass
        case actions.FACTSHEET_REQUEST:
            if memory.linked:
                return [Publish("factsheet", factsheet(spec))]
        case actions.START_PAUSE:
            memory.paused = True
            if memory.leg is not None:
                motion.halt(memory.leg, memory.now_ms)
        case actions.STOP_PAUSE:
            memory.paused = False
            if memory.leg is not None and memory.leg.since_ms is None:
                memory.leg.since_ms = memory.now_ms
        case unknown:
            _fail(run, memory, "instantActionError", f"{unknown} is no instant action")
    return []


def _cancel(run: Run, memory: Memory) -> list[RobotEffect]:
    """Stops at the next node: only that one stays ahead meanwhile."""
    if not memory.is_busy:
        _fail(run, memory, "noOrderToCancel", "no order is being executed")
        return []
    run.status = "RUNNING"
    memory.cancels.append(run.action.action_id)
    keep = 1 if memory.leg is not None else 0
    memory.nodes, memory.edges = memory.nodes[:keep], memory.edges[:keep]
    return work.cancel(memory)


def _fail(run: Run, memory: Memory, error_type: str, sentence: str) -> None:
    run.status, run.result = "FAILED", error_type
    faults.report(memory, error_type, sentence, {"actionId": run.action.action_id})


def _make_room(memory: Memory) -> None:
    kept = [key for key, run in memory.runs.items() if run.instant]
    for key in kept[: max(0, len(kept) - MAX_KEPT + 1)]:
        if memory.runs[key].is_final:
            del memory.runs[key]
