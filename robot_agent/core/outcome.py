# SPDX-License-Identifier: Apache-2.0
"""How an action ends: once, for good, and told.

A failed action is an error too (section 6.8.2), but not one that the master itself cancelled.
"""

from robot_agent.core import faults
from robot_agent.core.memory import Memory, Run
from robot_agent.vda5050.actions import CANCELLED


def finish(run: Run, result: str, memory: Memory) -> None:
    """It is done."""
    _end(run, memory)
    run.status, run.result = "FINISHED", result


def fail(run: Run, result: str, memory: Memory) -> None:
    """It could not be done; the order goes on, the master decides."""
    _end(run, memory)
    run.status, run.result = "FAILED", result
    if result != CANCELLED:
        sentence = f"{run.action.action_type}: {result}"
        references = {"topic": "order", "actionId": run.action.action_id}
        faults.report(memory, "actionError", sentence, references)


def _end(run: Run, memory: Memory) -> None:
    assert not run.is_final, f"action {run.action.action_id} ended twice"
    run.due_ms = None
    kept, stop = memory.kept, memory.kept.stop
    stop.openings.pop(run.action.action_id, None)
    lists = (kept.pending, kept.active, kept.edge_active, stop.open, stop.line, stop.wrong)
    for where in lists:
        if run.action.action_id in where:
            where.remove(run.action.action_id)
    memory.keep()
