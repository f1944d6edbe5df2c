# SPDX-License-Identifier: Apache-2.0
"""A navigator over a bare drive base: it follows the path it is given, and nothing else.

It sees no obstacle (the guard's source must), plans no way round one, and knows where it is from
the wheels alone since somebody said so: right for a test track and as an example. What must hold:
the base moves only while the guard allows it, and stands while its odometry is old.
"""

import asyncio
import math
from collections.abc import Callable

from robot_agent.core.events import (
    Blocked,
    Follow,
    PartFailed,
    Passed,
    Points,
    Posed,
    SetPosition,
    Stopped,
)
from robot_agent.drivers.base import DriveBase, Navigator, Odometry, Tell
from robot_agent.drivers.obstacle_guard import ObstacleGuard
from robot_agent.drivers.passing import off_and_along_mm
from robot_agent.drivers.pursuit import ARRIVED_MM, Drive, Limits, eased, length_mm, steer

STEP_S = 0.05
OLD_ODOMETRY_MS = 300
STANDS_MM_S = 10.0
POSE_EACH_STEPS = 20
MAX_OFF_MM = 2_000.0
"""So far off its path it is somewhere else than it thinks: it stands."""


class PathFollower(Navigator):
    """`start`: where it is put down, x and y in mm and heading in mrad; None: nobody knows."""

    def __init__(
        self,
        base: DriveBase,
        guard: ObstacleGuard,
        limits: Limits,
        now_ms: Callable[[], int],
        start: SetPosition | None = None,
    ) -> None:
        self._base = base
        self._guard = guard
        self._limits = limits
        self._now_ms = now_ms
        self._start = start
        # Map frame from the wheels' frame: turn, then shift. None: not localised.
        self._shift: tuple[float, float, float] | None = None
        self._way: _Way | None = None
        self._held = self._leaving = False
        self._owes_stopped: int | None = None
        self._speed_mm_s = 0.0
        self._blocked = ""
        self._steps = 0
        self._fault = ""

    @property
    def progress(self) -> int:
        return self._steps

    def follow(self, path: Follow) -> None:
        self._way = _Way(path)
        self._held = self._leaving = False

    def hold(self) -> None:
        self._held = True
        self._owes_stopped = self._way.path.path_id if self._way else 0

    def resume(self) -> None:
        self._held = False

    def leave(self) -> None:
        self.hold()
        self._leaving = True

    def set_position(self, here: SetPosition) -> None:
        seen = self._base.odometry()
        if seen is None:
            self._start = here
            return
        turn = here.heading_mrad / 1000 - seen.heading_rad
        x, y = _turned(seen.x_mm, seen.y_mm, turn)
        self._shift = (here.x_mm - x, here.y_mm - y, turn)

    def believe_odometry(self, is_on_map: bool) -> None:
        """The wheels count in the map's frame already; or nobody knows where that is."""
        self._shift = (0.0, 0.0, 0.0) if is_on_map else None

    def look(self) -> Posed | None:
        seen = self._base.odometry()
        if seen is None:
            return None
        x, y, heading = self._placed(seen)
        return Posed(
            round(x),
            round(y),
            round(heading * 1000),
            speed_mm_s=round(seen.speed_mm_s),
            localized=self._shift is not None,
        )

    async def run(self, tell: Tell) -> None:
        while True:
            self.step(tell)
            await asyncio.sleep(STEP_S)

    def step(self, tell: Tell) -> None:
        """One turn of the control loop, to be called each `STEP_S`."""
        self._steps += 1
        seen = self._fresh_odometry(tell)
        if seen is not None:
            self._drive(seen, tell)
            if (self._steps - 1) % POSE_EACH_STEPS == 0 and (pose := self.look()):
                tell(pose)

    def _fresh_odometry(self, tell: Tell) -> Odometry | None:
        seen = self._base.odometry()
        old = seen is None or self._now_ms() - seen.at_ms > OLD_ODOMETRY_MS
        fault = "the drive base sends no odometry" if old else ""
        if fault != self._fault:
            self._fault = fault
            tell(PartFailed("drive", fault))
        if old:
            self._speed_mm_s = 0.0
            self._base.drive(0, 0)
            return None
        if self._start is not None:
            start, self._start = self._start, None
            self.set_position(start)
        return seen

    def _drive(self, seen: Odometry, tell: Tell) -> None:
        now_ms = self._now_ms()
        wanted_mm_s, turn_rad_s, blocked = 0.0, 0.0, ""
        if self._way is not None and self._shift is not None:
            to_do = self._way.steered(self._placed(seen), self._limits)
            for passed in self._way.passed(to_do, abs(seen.speed_mm_s) < STANDS_MM_S):
                tell(passed)
            if not self._held:
                blocked = self._guard.reason(now_ms)
                if to_do.off_mm > MAX_OFF_MM:
                    blocked = f"it is {to_do.off_mm / 1000:.1f} m off its path"
            goes = not self._held and not blocked
            wanted_mm_s = to_do.speed_mm_s if goes else 0.0
            self._ease(wanted_mm_s, now_ms)
            # While it brakes it stays on its curve; on the spot it turns only where it may go.
            if to_do.speed_mm_s:
                turn_rad_s = to_do.turn_rad_s * self._speed_mm_s / to_do.speed_mm_s
            elif goes:
                turn_rad_s = to_do.turn_rad_s
            if self._way.is_done:
                self._way = None
        else:
            self._ease(0.0, now_ms)
        if blocked != self._blocked:
            self._blocked = blocked
            tell(Blocked(blocked))
        self._base.drive(round(self._speed_mm_s), round(turn_rad_s * 1000))
        if self._owes_stopped is not None and abs(seen.speed_mm_s) < STANDS_MM_S:
            path_id, self._owes_stopped = self._owes_stopped, None
            if self._leaving:
                self._way, self._leaving, self._held = None, False, False
            tell(Stopped(path_id))

    def _ease(self, wanted_mm_s: float, now_ms: int) -> None:
        """Towards the wanted speed; the guard's no takes effect at once."""
        eased_mm_s = eased(self._speed_mm_s, wanted_mm_s, self._limits, STEP_S)
        self._speed_mm_s = min(eased_mm_s, self._guard.allowed_mm_s(now_ms))

    def _placed(self, seen: Odometry) -> tuple[float, float, float]:
        if self._shift is None:
            return seen.x_mm, seen.y_mm, seen.heading_rad
        shift_x, shift_y, turn = self._shift
        x, y = _turned(seen.x_mm, seen.y_mm, turn)
        heading = seen.heading_rad + turn
        return x + shift_x, y + shift_y, math.atan2(math.sin(heading), math.cos(heading))


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos - y * sin, x * sin + y * cos


class _Way:
    """A path being followed, and how far it is."""

    def __init__(self, path: Follow) -> None:
        self.path = path
        self._points: Points = tuple(point for one in path.stretches for point in one.points)
        # Where each stretch ends along all the points, gaps between stretches included.
        counts = [len(one.points) for one in path.stretches]
        self._ends_mm = [
            length_mm(self._points[: sum(counts[: i + 1])]) for i in range(len(counts))
        ]
        self._next = 0
        self._along_mm: float | None = None

    @property
    def is_done(self) -> bool:
        return self._next == len(self._ends_mm)

    def steered(self, pose: tuple[float, float, float], limits: Limits) -> Drive:
        if self._along_mm is None:
            # It may have driven a part of the first stretch under the path before.
            _, self._along_mm = off_and_along_mm(self.path.stretches[0].points, pose[0], pose[1])
        limit_mm_s = self.path.stretches[min(self._next, len(self._ends_mm) - 1)].speed_mm_s
        to_do = steer(self._points, pose, self._along_mm, limit_mm_s, limits)
        self._along_mm = to_do.along_mm
        return to_do

    def passed(self, to_do: Drive, stands: bool) -> list[Passed]:
        """What is behind it now; the last one only where it stands."""
        passed = []
        while not self.is_done and to_do.along_mm >= self._ends_mm[self._next] - ARRIVED_MM:
            if self._next == len(self._ends_mm) - 1 and not stands:
                break
            passed.append(Passed(self.path.path_id, self._next))
            self._next += 1
        return passed
