# SPDX-License-Identifier: Apache-2.0
"""What becomes of actions and doors when the robot starts again after a crash or a power cut.

What must hold: where a door was unlocked, nobody knows what was put in or taken out: that action
fails with a word that is none of the results, so the custody is unknown until a person says, and it
is locked again. Codes that were right before are to be entered anew. The clock may have jumped
either way meanwhile: no wait ends sooner than a minute from now, nor later than it could if it
began now.
"""

from robot_agent.core import doorway, handover, keypad, signalling, work
from robot_agent.core.events import Charge, RobotEffect
from robot_agent.core.memory import Memory
from robot_agent.vda5050.actions import START_CHARGING

LEAST_WAIT_MS = 60_000


def after_restart(memory: Memory) -> list[RobotEffect]:
    """What the body and the display must be told, once; it changes what is kept."""
    kept, stop = memory.kept, memory.kept.stop
    keypad.after_restart(memory)
    effects = [*_interrupt_served(memory), *doorway.lock_unattended(memory)]
    for action_id in list(stop.line):
        if handover.is_handover(action_id, memory):
            stop.line.remove(action_id)
            stop.open.append(action_id)
    stop.cancelled = stop.left_open = False
    stop.door_since_ms = memory.now_ms
    _set_wait(memory)
    for action_id in (*kept.active, *kept.edge_active):
        run = kept.runs[action_id]
        if run.action.action_type == START_CHARGING:
            run.due_ms = memory.now_ms + work.CHARGING_BEGINS_MS
            effects.append(Charge(on=True))
        elif run.due_ms is not None:
            timeout_ms = run.action.parameter("timeoutMs")
            longest_ms = timeout_ms or signalling.duration_ms(run)
            least_ms = LEAST_WAIT_MS if timeout_ms else 0
            due_ms = min(run.due_ms, memory.now_ms + longest_ms)
            run.due_ms = max(due_ms, memory.now_ms + least_ms)
    memory.keep()
    return [*effects, *signalling.wanted(memory), *handover.wanted(memory)]


def _interrupt_served(memory: Memory) -> list[RobotEffect]:
    run = doorway.served(memory)
    if run is None:
        return []
    memory.kept.stop.phase = ""
    return work.interrupt(run, memory)


def _set_wait(memory: Memory) -> None:
    kept, stop = memory.kept, memory.kept.stop
    if not stop.open:
        return
    longest_ms = max(kept.runs[one].action.parameter("waitMs") for one in stop.open)
    latest_ms = memory.now_ms + longest_ms + stop.extended_ms
    least_ms = memory.now_ms + LEAST_WAIT_MS
    stop.wait_until_ms = max(least_ms, min(stop.wait_until_ms, latest_ms))
