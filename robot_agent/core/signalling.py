# SPDX-License-Identifier: Apache-2.0
"""Lights and horn: on for a while at a node, or all along an edge.

What must hold: what was switched on is switched off when the last action that wanted it has ended.
"""

from robot_agent.core import outcome
from robot_agent.core.events import RobotEffect, Signal
from robot_agent.core.memory import Memory, Run
from robot_agent.vda5050.actions import CANCELLED, SIGNAL

KINDS = ("light", "horn")
DURATION_MS = 5_000
DONE = "signalled"


def start(run: Run, memory: Memory, *, on_edge: bool) -> list[RobotEffect]:
    """Switches it on: for a time, or all along an edge whose action names none."""
    is_timed = not on_edge or run.action.parameter("durationMs") is not None
    run.due_ms = memory.now_ms + duration_ms(run) if is_timed else None
    return [Signal(kind_of(run), on=True)]


def end(run: Run, memory: Memory, *, cancelled: bool = False) -> list[RobotEffect]:
    """It has lasted, or is over with its edge or its order."""
    if cancelled:
        outcome.fail(run, CANCELLED, memory)
    else:
        outcome.finish(run, DONE, memory)
    kind = kind_of(run)
    return [] if kind in _kinds_on(memory) else [Signal(kind, on=False)]


def wanted(memory: Memory) -> list[RobotEffect]:
    """What is to be on, for a body that does not know it any more."""
    return [Signal(kind, on=True) for kind in KINDS if kind in _kinds_on(memory)]


def duration_ms(run: Run) -> int:
    """How long it lasts, if not for a whole edge."""
    given = run.action.parameter("durationMs")
    return DURATION_MS if given is None else int(given)


def kind_of(run: Run) -> str:
    """`light` unless the order says `horn`."""
    return str(run.action.parameter("kind") or KINDS[0])


def _kinds_on(memory: Memory) -> list[str]:
    kept = memory.kept
    runs = [kept.runs[one] for one in (*kept.active, *kept.edge_active)]
    return [kind_of(run) for run in runs if run.action.action_type == SIGNAL]
