# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the robot right now: errors as long as they hold, derived from memory.

An e-stop, a hit protective field, a pause and a person's mode are no errors: the state has its own
fields for them.
"""

from collections.abc import Iterator

from robot_agent.core import doorway
from robot_agent.core.faults import error
from robot_agent.core.memory import Memory
from robot_agent.vda5050 import standing
from robot_agent.vda5050.state import Error


def conditions(memory: Memory) -> Iterator[Error]:
    """WARNING: goes away by itself. FATAL: a person is needed."""
    kept = memory.kept
    place = {"x": f"{memory.x_mm / 1000:.3f}", "y": f"{memory.y_mm / 1000:.3f}"}
    if kept.lost:
        yield error("stateLost", kept.lost, {}, "FATAL")
    if kept.identity_taken:
        sentence = "another client logged in as this robot: is there a copy of its card?"
        yield error("identityTaken", sentence, {}, "FATAL")
    if "fence" in memory.reasons:
        yield error("geofenceViolation", "the robot is outside its fence", place, "FATAL")
    if "corridor" in memory.reasons:
        edge = {"edgeId": kept.edges[0].edge_id} if kept.edges else {}
        yield error("corridorViolation", "the robot left the edge's corridor", edge, "FATAL")
    if memory.off_way:
        yield error("positionLost", "the robot is not on the way of its order", place, "FATAL")
    elif memory.posed and not memory.localized:
        yield error("positionLost", "the robot does not know where it is", {}, "WARNING")
    if standing.needs_somebody(memory.stopped_for):
        references = {
            standing.CAUSE: memory.stopped_for,
            standing.INCIDENT: str(kept.incidents),
        }
        text = standing.restart_of(memory.stopped_for).text
        yield error(standing.MOTION_STOPPED, text, references, "FATAL")
    if "battery" in memory.reasons:
        yield error("batteryEmpty", "the battery is empty", {}, "FATAL")
    for error_type, sentence, level, compartment in doorway.conditions(memory):
        yield error(error_type, sentence, {"compartment": compartment}, level)
    for part, (level, text) in memory.part_faults.items():
        yield error("partFault", text, {"part": part}, level)
