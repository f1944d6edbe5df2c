# SPDX-License-Identifier: Apache-2.0
"""When the robot must stand. What must hold: it drives only while there is no reason to stand.

The guard trusts nobody: neither the master's order nor the navigator. It is no safety function:
people are protected by the vehicle's own sensors and brakes.
"""

from robot_agent.core import doorway, maps, polyline
from robot_agent.core.events import Points
from robot_agent.core.memory import Memory
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050 import standing
from robot_agent.vda5050.order import Corridor

AUTOMATIC_MODES = ("AUTOMATIC", "SEMIAUTOMATIC")
OFF_WAY_MM = 2_000
"""How far from its way a robot may be found after a restart: it swerves around people."""


def reasons_to_stand(memory: Memory, spec: RobotSpec) -> list[str]:
    """One word a reason; the words do not change while the reason lasts."""
    kept = memory.kept
    tests = (
        ("e_stop", memory.e_stop != "NONE"),
        ("field", memory.field_violation),
        ("stopped", standing.needs_somebody(memory.stopped_for)),
        ("mode", memory.mode not in AUTOMATIC_MODES),
        ("paused", kept.paused),
        ("clock", not memory.clock_trusted),
        ("position", not (memory.posed and memory.localized)),
        ("resuming", memory.resuming),
        ("lost", bool(kept.lost)),
        ("battery", memory.battery_known and memory.charge_permille <= 0),
        ("charging", memory.charging),
        ("part", bool(memory.part_faults) and _has_fatal_part(memory)),
        ("action", bool(kept.pending or kept.active) and _is_blocked_by_action(memory)),
        ("door", not doorway.doors_shut(memory, spec)),
        ("fence", memory.posed and not is_inside_fence(memory, spec)),
        ("corridor", not kept.on_node and _is_out_of_corridor(memory, spec)),
    )
    return [reason for reason, holds in tests if holds]


def is_inside_fence(memory: Memory, spec: RobotSpec) -> bool:
    """Whether the pose is inside each fence that binds it, in one of the fence's areas."""
    place = (memory.x_mm, memory.y_mm)
    # Anything nearer to a place that was inside than the border there was is inside too.
    if memory.fence_clear is not None:
        x_mm, y_mm, near_mm = memory.fence_clear
        if polyline.distance_mm((x_mm, y_mm), place) < near_mm:
            return True
    clear_mm: list[int] = []
    for fence in maps.fences(memory, spec):
        around = [area for area in fence if len(area) > 2 and polyline.is_inside(area, place)]
        if not around:
            return False
        clear_mm.append(polyline.border_mm(around[0], place))
    memory.fence_clear = (*place, min(clear_mm)) if clear_mm else None
    return True


def is_on_the_way(memory: Memory, spec: RobotSpec) -> bool:
    """Whether it is about where its order has it: at its last node or on the edge after it."""
    kept = memory.kept
    if kept.last_place is None:
        return True
    way = memory.way if memory.way is not None and not kept.on_node else (kept.last_place,)
    return is_beside(way, memory, spec)


def is_beside(way: Points, memory: Memory, spec: RobotSpec) -> bool:
    """Whether the pose is as near to a way as a robot is found after a restart."""
    aside_mm = abs(polyline.foot(way, (memory.x_mm, memory.y_mm)).aside_mm)
    return aside_mm <= OFF_WAY_MM + spec.tolerance_mm + _doubt_mm(memory, spec)


def corridor_mm(corridor: Corridor, spec: RobotSpec) -> tuple[int, int]:
    """How far the robot's middle may be to the left and to the right of the edge."""
    sides = (polyline.mm_of(corridor.left_width), polyline.mm_of(corridor.right_width))
    if corridor.corridor_ref_point != "CONTOUR":
        return sides
    half_mm = spec.width_mm // 2
    return max(0, sides[0] - half_mm), max(0, sides[1] - half_mm)


def _has_fatal_part(memory: Memory) -> bool:
    return any(level == "FATAL" for level, _ in memory.part_faults.values())


def _is_blocked_by_action(memory: Memory) -> bool:
    kept = memory.kept
    return any(
        kept.runs[action_id].action.blocking_type != "NONE"
        for action_id in (*kept.active, *kept.pending)
    )


def _is_out_of_corridor(memory: Memory, spec: RobotSpec) -> bool:
    edges = memory.kept.edges
    if not edges or edges[0].corridor is None or memory.way is None or len(memory.way) < 2:
        return False
    left_mm, right_mm = corridor_mm(edges[0].corridor, spec)
    aside_mm = polyline.foot(memory.way, (memory.x_mm, memory.y_mm)).aside_mm
    doubt_mm = _doubt_mm(memory, spec)
    # A corridor narrower than the robot is exact could not be kept by anybody.
    left_mm, right_mm = max(left_mm, spec.tolerance_mm), max(right_mm, spec.tolerance_mm)
    return aside_mm > left_mm + doubt_mm or -aside_mm > right_mm + doubt_mm


def _doubt_mm(memory: Memory, spec: RobotSpec) -> int:
    return min(memory.deviation_mm or 0, spec.tolerance_mm)
