# SPDX-License-Identifier: Apache-2.0
"""Turns poses into `Passed`, for a navigator that says where it is but not what it has reached.

What must hold: stretches are passed in order, each once; the last one only where the body is near
its end.
"""

import math
from itertools import pairwise

from robot_agent.core.events import Follow, Passed, Points

NEAR_END_MM = 300
NEXT_IS_NEARER_MM = 50


class PassedByPose:
    """Follows one path; a new `Follow` wants a new one of these."""

    def __init__(self, path: Follow, near_end_mm: int = NEAR_END_MM) -> None:
        self._path = path
        self._near_end_mm = near_end_mm
        self._next = 0

    @property
    def is_done(self) -> bool:
        """Every stretch is passed."""
        return self._next == len(self._path.stretches)

    def at(self, x_mm: float, y_mm: float) -> list[Passed]:
        """What the body has reached now, seen from where it is."""
        passed = []
        while not self.is_done and self._is_behind(x_mm, y_mm):
            passed.append(Passed(self._path.path_id, self._next))
            self._next += 1
        return passed

    def _is_behind(self, x_mm: float, y_mm: float) -> bool:
        here = self._path.stretches[self._next].points
        if math.dist((x_mm, y_mm), here[-1]) <= self._near_end_mm:
            return True
        if self._next + 1 == len(self._path.stretches):
            return False
        # It may cut a corner wide of the node: then it is nearer to the way after it.
        ahead = self._path.stretches[self._next + 1].points
        ahead_mm, along_mm = off_and_along_mm(ahead, x_mm, y_mm)
        here_mm, _ = off_and_along_mm(here, x_mm, y_mm)
        return along_mm > self._near_end_mm and ahead_mm + NEXT_IS_NEARER_MM < here_mm


def off_and_along_mm(points: Points, x_mm: float, y_mm: float) -> tuple[float, float]:
    """How far a point is off a polyline, and how far along it the nearest place of it lies."""
    best = (math.dist((x_mm, y_mm), points[0]), 0.0)
    behind_mm = 0.0
    for (ax, ay), (bx, by) in pairwise(points):
        length_mm = math.hypot(bx - ax, by - ay)
        if length_mm == 0:
            continue
        part = ((x_mm - ax) * (bx - ax) + (y_mm - ay) * (by - ay)) / length_mm**2
        part = min(1.0, max(0.0, part))
        off_mm = math.hypot(x_mm - ax - part * (bx - ax), y_mm - ay - part * (by - ay))
        if off_mm < best[0]:
            best = (off_mm, behind_mm + part * length_mm)
        behind_mm += length_mm
    return best
