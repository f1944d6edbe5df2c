# SPDX-License-Identifier: Apache-2.0
"""Pure pursuit: from a pose and a path to the velocities that bring a drive base along it.

After Coulter, "Implementation of the Pure Pursuit Path Tracking Algorithm" (CMU, 1992): steer along
the circle through a point some way ahead on the path. Pure: no clock, no state.
"""

import math
from itertools import pairwise

import msgspec

from robot_agent.core.events import Points

AHEAD_S = 0.8
AHEAD_MIN_MM = 400.0
TURN_ON_THE_SPOT_RAD = 1.0
ARRIVED_MM = 60.0
CREEP_MM_S = 80.0
PLANNED_BRAKING = 0.6
"""It plans to brake less hard than it can: wheels follow a command late, and must catch up."""


class Limits(msgspec.Struct, frozen=True):
    """What the base may do."""

    speed_mm_s: float
    acceleration_mm_s2: float
    deceleration_mm_s2: float
    turn_rad_s: float = 1.2


class Drive(msgspec.Struct, frozen=True):
    """What the base is to do now; `left_mm` to the end, `off_mm` off the path."""

    speed_mm_s: float
    turn_rad_s: float
    along_mm: float
    left_mm: float
    off_mm: float


def steer(
    points: Points,
    pose: tuple[float, float, float],
    along_mm: float,
    wanted_mm_s: float,
    limits: Limits,
) -> Drive:
    """`pose`: x, y (mm), heading (rad). `along_mm` is how far it was before: looking for the
    nearest place from there on keeps it from jumping where a path crosses itself."""
    x, y, heading = pose
    reach_mm = max(AHEAD_MIN_MM, wanted_mm_s * AHEAD_S)
    along_mm, off_mm = _nearest(points, x, y, along_mm, along_mm + 2 * reach_mm)
    left_mm = length_mm(points) - along_mm
    if left_mm <= ARRIVED_MM:
        return Drive(0.0, 0.0, along_mm, left_mm, off_mm)
    target = point_at(points, along_mm + reach_mm)
    away = math.atan2(target[1] - y, target[0] - x) - heading
    away = math.atan2(math.sin(away), math.cos(away))
    if abs(away) > TURN_ON_THE_SPOT_RAD:
        return Drive(0.0, math.copysign(limits.turn_rad_s, away), along_mm, left_mm, off_mm)
    distance_mm = max(1.0, math.dist((x, y), target))
    bend_per_mm = 2 * math.sin(away) / distance_mm
    # Brakes so that it stands at the end, and no faster round a bend than it can turn.
    brake_mm_s2 = PLANNED_BRAKING * limits.deceleration_mm_s2
    speed = min(wanted_mm_s, limits.speed_mm_s, math.sqrt(2 * brake_mm_s2 * left_mm))
    if bend_per_mm:
        speed = min(speed, limits.turn_rad_s / abs(bend_per_mm))
    speed = max(min(CREEP_MM_S, wanted_mm_s), speed)
    return Drive(speed, speed * bend_per_mm, along_mm, left_mm, off_mm)


def eased(before_mm_s: float, wanted_mm_s: float, limits: Limits, passed_s: float) -> float:
    """As near to the wanted speed as acceleration allows."""
    low = before_mm_s - limits.deceleration_mm_s2 * passed_s
    high = before_mm_s + limits.acceleration_mm_s2 * passed_s
    return min(high, max(low, wanted_mm_s))


def length_mm(points: Points) -> float:
    """Of a polyline."""
    return sum(math.dist(a, b) for a, b in pairwise(points))


def point_at(points: Points, along_mm: float) -> tuple[float, float]:
    """The place that far along; beyond the end: straight on, so that the aim stays ahead."""
    behind_mm = 0.0
    last: tuple[float, float, float] | None = None
    for (ax, ay), (bx, by) in pairwise(points):
        step_mm = math.hypot(bx - ax, by - ay)
        if step_mm == 0:
            continue
        part = (along_mm - behind_mm) / step_mm
        if part <= 1:
            return ax + part * (bx - ax), ay + part * (by - ay)
        behind_mm += step_mm
        last = ((bx - ax) / step_mm, (by - ay) / step_mm, along_mm - behind_mm)
    end = points[-1]
    if last is None:
        return end
    return end[0] + last[0] * last[2], end[1] + last[1] * last[2]


def _nearest(
    points: Points, x: float, y: float, from_mm: float, until_mm: float
) -> tuple[float, float]:
    """(along, off) of the nearest place between two places of the path."""
    best = (from_mm, math.dist((x, y), point_at(points, min(from_mm, length_mm(points)))))
    behind_mm = 0.0
    for (ax, ay), (bx, by) in pairwise(points):
        step_mm = math.hypot(bx - ax, by - ay)
        if step_mm and behind_mm + step_mm >= from_mm and behind_mm <= until_mm:
            part = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / step_mm**2
            part = min(1.0, max(0.0, part, (from_mm - behind_mm) / step_mm))
            off = math.hypot(x - ax - part * (bx - ax), y - ay - part * (by - ay))
            if off < best[1]:
                best = (behind_mm + part * step_mm, off)
        behind_mm += step_mm
    return best
