# SPDX-License-Identifier: Apache-2.0
"""Motion along polylines and what it takes from the battery, in ints: mm, ms, mm/s, mW.

A robot drives at constant speed from node to node; positions between are computed when asked for.
"""

import math
from itertools import pairwise

from robot_agent.core.memory import MS_PER_HOUR, Leg, Memory
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.order import Edge, Node

Points = tuple[tuple[int, int], ...]
MM_PER_KM = 1_000_000
MAX_M = 40_000_000.0


def mm_of(metres: float) -> int:
    """A length or speed from the wire, cut to what can be on Earth: a peer may send 1e308."""
    return round(1000 * max(-MAX_M, min(metres, MAX_M)))


def leg_to(node: Node, edge: Edge, memory: Memory, spec: RobotSpec) -> Leg:
    """The way over `edge` to `node` from where the robot stands.

    Where the order says the edge is longer than its geometry, the order is believed: a map may
    know of a slope or a detour that its drawing does not show.
    """
    points = [(memory.x_mm, memory.y_mm)]
    if edge.trajectory is not None:
        points += [(mm_of(point.x), mm_of(point.y)) for point in edge.trajectory.control_points]
    if node.node_position is not None:
        points.append((mm_of(node.node_position.x), mm_of(node.node_position.y)))
    way = tuple(point for at, point in enumerate(points) if at == 0 or point != points[at - 1])
    length_mm = path_length_mm(way)
    if edge.length is not None:
        length_mm = max(length_mm, mm_of(edge.length))
    speed_mm_s = spec.speed_mm_s
    if edge.max_speed is not None:
        speed_mm_s = max(1, min(speed_mm_s, mm_of(edge.max_speed)))
    return Leg(way, length_mm, speed_mm_s)


def path_length_mm(points: Points) -> int:
    """Of the whole polyline, each segment rounded down."""
    return sum(_distance_mm(start, end) for start, end in pairwise(points))


def done_mm(leg: Leg, now_ms: int) -> int:
    """How far along its leg the robot is."""
    if leg.since_ms is None:
        return leg.done_mm
    driven = (now_ms - leg.since_ms) * leg.speed_mm_s // 1000
    return min(leg.length_mm, leg.done_mm + driven)


def arrival_ms(leg: Leg) -> int | None:
    """When the leg ends; None while standing still on it."""
    if leg.since_ms is None:
        return None
    return leg.since_ms + -(-(leg.length_mm - leg.done_mm) * 1000 // leg.speed_mm_s)


def halt(leg: Leg, now_ms: int) -> None:
    """Stands still from now on."""
    leg.done_mm, leg.since_ms = done_mm(leg, now_ms), None


def pose(memory: Memory, now_ms: int) -> tuple[int, int, int]:
    """x_mm, y_mm, heading_mrad."""
    leg = memory.leg
    if leg is None:
        return memory.x_mm, memory.y_mm, memory.heading_mrad
    drawn_mm = path_length_mm(leg.points)
    rest = done_mm(leg, now_ms) * drawn_mm // leg.length_mm if leg.length_mm else 0
    x_mm, y_mm, heading = memory.x_mm, memory.y_mm, memory.heading_mrad
    for start, end in pairwise(leg.points):
        segment = _distance_mm(start, end)
        heading = heading_mrad(start, end)
        if rest < segment:
            x_mm = start[0] + (end[0] - start[0]) * rest // segment
            y_mm = start[1] + (end[1] - start[1]) * rest // segment
            return x_mm, y_mm, heading
        rest -= segment
        x_mm, y_mm = end
    return x_mm, y_mm, heading


def heading_mrad(start: tuple[int, int], end: tuple[int, int]) -> int:
    """Direction of travel in (-3142, 3142], x east, anticlockwise."""
    return round(1000 * math.atan2(end[1] - start[1], end[0] - start[0]))


def settle_energy(memory: Memory, spec: RobotSpec, now_ms: int) -> None:
    """Takes off (or adds, on the charger) what the time and way since the last call cost."""
    elapsed_ms = now_ms - memory.energy_ms
    power_mw = (spec.charge_mw if memory.charging else 0) - spec.idle_mw
    energy = memory.energy_mwms + power_mw * elapsed_ms
    if memory.leg is not None:
        driven_mm = done_mm(memory.leg, now_ms)
        paid_mm, memory.leg.paid_mm = memory.leg.paid_mm, driven_mm
        energy -= spec.drive_mwh_per_km * (driven_mm - paid_mm) * MS_PER_HOUR // MM_PER_KM
    memory.energy_mwms = max(0, min(energy, spec.battery_mwh * MS_PER_HOUR))
    memory.energy_ms = now_ms


def _distance_mm(start: tuple[int, int], end: tuple[int, int]) -> int:
    return math.isqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2)
