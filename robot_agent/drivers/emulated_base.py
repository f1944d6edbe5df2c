# SPDX-License-Identifier: Apache-2.0
"""The emulated twin of a drive base: wheels and an obstacle source, under our path follower.

The doors, the people and the battery are the emulated body's; its legs are left unused.
"""

import asyncio
import math
from collections.abc import Callable

from robot_agent.core.events import (
    BatteryRead,
    Blocked,
    BodyEffect,
    BodyEvent,
    Charge,
    HandoverClosed,
    HandoverOpened,
    KeypadLocked,
    LockDoor,
    OpenDoor,
    Passed,
    Posed,
    Release,
    Signal,
    Stopped,
)
from robot_agent.drivers.base import (
    DriveBase,
    Driver,
    Locker,
    Odometry,
    Part,
    Power,
    Safety,
    Setup,
    Tell,
)
from robot_agent.drivers.emulated import Emulated, start_of
from robot_agent.drivers.emulated import make as make_emulated
from robot_agent.drivers.obstacle_guard import FRESH_MS, ObstacleGuard
from robot_agent.drivers.parts import Assembled
from robot_agent.drivers.path_follower import PathFollower
from robot_agent.drivers.pursuit import Limits, eased

COMMAND_LIVES_MS = 250
"""Without a fresh command the motors stand."""
LOOK_S = 0.1
SPEED_MM_S = 1_670.0
"""6 km/h, what sidewalk robots are allowed in most places."""


class Unicycle(DriveBase):
    """Two wheels: moves as it was told last, within its limits, and stands when it is told
    nothing. Time passes only when somebody looks."""

    def __init__(self, limits: Limits, now_ms: Callable[[], int]) -> None:
        self._limits = limits
        self._now_ms = now_ms
        self._at_ms = now_ms()
        self._told_ms = self._at_ms
        self._wanted = (0.0, 0.0)
        self._x = self._y = self._heading = self._speed = 0.0

    async def run(self, tell: Tell) -> None:
        del tell
        await asyncio.Event().wait()

    def drive(self, speed_mm_s: int, turn_mrad_s: int) -> None:
        self._pass_time()
        limit = self._limits.speed_mm_s
        turn = max(-self._limits.turn_rad_s, min(self._limits.turn_rad_s, turn_mrad_s / 1000))
        self._wanted = (max(-limit, min(limit, float(speed_mm_s))), turn)
        self._told_ms = self._at_ms

    def odometry(self) -> Odometry:
        self._pass_time()
        return Odometry(self._x, self._y, self._heading, self._speed, self._at_ms)

    def _pass_time(self) -> None:
        now_ms = self._now_ms()
        while self._at_ms < now_ms:
            step_ms = min(20, now_ms - self._at_ms)
            alive = self._at_ms - self._told_ms < COMMAND_LIVES_MS
            speed, turn = self._wanted if alive else (0.0, 0.0)
            self._speed = eased(self._speed, speed, self._limits, step_ms / 1000)
            self._heading += turn * step_ms / 1000
            self._x += self._speed * math.cos(self._heading) * step_ms / 1000
            self._y += self._speed * math.sin(self._heading) * step_ms / 1000
            self._at_ms += step_ms


class ClearView(Part):
    """An emulated obstacle source: well, and never sees anything."""

    def __init__(self, guard: ObstacleGuard, now_ms: Callable[[], int]) -> None:
        self._guard = guard
        self._now_ms = now_ms

    async def run(self, tell: Tell) -> None:
        del tell
        while True:
            self._guard.heard(self._now_ms())
            await asyncio.sleep(LOOK_S)


class Rest(Locker, Power, Safety):
    """What of the emulated body is not its legs."""

    def __init__(self, body: Emulated) -> None:
        self._body = body

    async def run(self, tell: Tell) -> None:
        def without_legs(event: BodyEvent) -> None:
            if not isinstance(event, Posed | Passed | Stopped | Blocked):
                tell(event)

        await self._body.run(without_legs)

    def open_door(self, order: OpenDoor) -> None:
        self._body.perform(order)

    def lock_door(self, compartment: str) -> None:
        self._body.perform(LockDoor(compartment))

    def show(self, what: HandoverOpened | HandoverClosed | KeypadLocked) -> None:
        self._body.perform(what)

    def charge(self, on: bool) -> None:
        self._do(Charge(on))

    def signal(self, kind: str, on: bool) -> None:
        self._do(Signal(kind, on))

    def release(self, cause: str) -> None:
        self._do(Release(cause))

    def look(self) -> BatteryRead | None:
        found = (event for event in self._body.look() if isinstance(event, BatteryRead))
        return next(found, None)

    def _do(self, effect: BodyEffect) -> None:
        self._body.perform(effect)


def make(setup: Setup) -> Driver:
    """Options as those of `emulated`; `obstacle_source = false` leaves it out. Raises
    DriverError."""
    limits = Limits(
        min(SPEED_MM_S, float(setup.spec.speed_mm_s)),
        float(setup.spec.acceleration_mm_s2),
        float(setup.spec.deceleration_mm_s2),
    )
    guard = ObstacleGuard(limits.deceleration_mm_s2, FRESH_MS, setup.bench)
    wheels = Unicycle(limits, setup.now_ms)
    navigator = PathFollower(wheels, guard, limits, setup.now_ms, start_of(setup))
    rest = Rest(make_emulated(setup))
    seeing = setup.options.get("obstacle_source", True)
    eyes = (ClearView(guard, setup.now_ms),) if seeing else ()
    return Assembled(navigator, rest, rest, rest, wheels, *eyes)
