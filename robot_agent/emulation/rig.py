# SPDX-License-Identifier: Apache-2.0
"""A robot's mind and its emulated body, coupled, in whatever time the host has.

What must hold: mind and body live through every ms in order, however late the host comes; a mind on
the move hears where it is every second, for it has a fence and a corridor to keep; what the mind
remembers is saved before it is told or done, and what the body is before that; two runs with the
same inputs are one run.
"""

from collections.abc import Callable

from robot_agent.core.events import (
    DropMap,
    FetchMap,
    Publish,
    RobotEffect,
    RobotEvent,
    Woken,
    WriteLog,
)
from robot_agent.core.robot import Robot
from robot_agent.emulation.body import Body

HostEffect = Publish | FetchMap | DropMap | WriteLog
"""What neither mind nor body can do."""

STEPS_MAX = 1_000_000
LOOK_MS = 1_000
"""So often a moving mind is told where it is."""
METER_MS = 10_000
"""So old at most is what a moving mind knows of its battery."""


class Rig:
    """`save` is called whenever `robot.must_save` or `body.unsaved`, before anything is done."""

    def __init__(self, robot: Robot, body: Body, save: Callable[[], None] | None = None) -> None:
        self.robot = robot
        self.body = body
        self._save = save
        self._looked_ms = self._metered_ms = -1
        self._told_charge = -1

    def start(self, now_ms: int) -> list[HostEffect]:
        """Once, first: the mind is told what its sensors say, and the world what it waits for."""
        found: list[HostEffect] = []
        self._keep()
        for event in self.body.readings(now_ms):
            found += self._handle(event, now_ms)
        return found + self._perform(self.robot.opening(), now_ms)

    @property
    def next_wake_ms(self) -> int | None:
        """When `wake` is wanted at the latest; None: only an event can change anything."""
        mind, body = self._mind_due_ms(), self.body.due_ms
        if mind is None or body is None:
            return mind if body is None else body
        return min(mind, body)

    def _mind_due_ms(self) -> int | None:
        due_ms = self.robot.next_wake_ms
        if not self.body.is_moving:
            return due_ms
        look_ms = self._looked_ms + LOOK_MS
        return look_ms if due_ms is None else min(due_ms, look_ms)

    def wake(self, now_ms: int) -> list[HostEffect]:
        """Lives on until `now_ms`."""
        found: list[HostEffect] = []
        for _ in range(STEPS_MAX):
            mind, body = self._mind_due_ms(), self.body.due_ms
            if body is not None and body <= now_ms and (mind is None or body <= mind):
                self._mind_standing(body)
                for at_ms, event in self.body.advance(body):
                    found += self._handle(event, at_ms)
            elif mind is not None and mind <= now_ms:
                found += self._rouse(mind)
            else:
                self._keep()
                return found
        raise AssertionError(f"a robot that does not come to rest until {now_ms}")

    def feed(self, event: RobotEvent, now_ms: int) -> list[HostEffect]:
        """Lives on until `now_ms` and then takes an event from outside."""
        found = self.wake(now_ms)
        if self.body.is_moving:
            found += self._look(now_ms)
        found += self._handle(event, now_ms)
        return found + self.wake(now_ms)

    def _rouse(self, at_ms: int) -> list[HostEffect]:
        """Time for the mind; a moving one is told where it is and what its battery says, which
        wakes it as well."""
        if not self.body.is_moving:
            return self._handle(Woken(), at_ms)
        found = self._look(at_ms)
        if at_ms >= self._metered_ms + METER_MS:
            self._metered_ms = at_ms
            reading = self.body.battery(at_ms)
            if reading.charge_permille != self._told_charge:
                self._told_charge = reading.charge_permille
                found += self._handle(reading, at_ms)
        return found

    def _look(self, now_ms: int) -> list[HostEffect]:
        self._looked_ms = now_ms
        return self._handle(self.body.pose(now_ms), now_ms)

    def _mind_standing(self, now_ms: int) -> None:
        """Until it moves, the next look is a second away."""
        if not self.body.is_moving:
            self._looked_ms = now_ms

    def _handle(self, event: RobotEvent, now_ms: int) -> list[HostEffect]:
        return self._perform(self.robot.handle(event, now_ms), now_ms)

    def _perform(self, effects: list[RobotEffect], now_ms: int) -> list[HostEffect]:
        self._keep()
        self._mind_standing(now_ms)
        found: list[HostEffect] = []
        for effect in effects:
            if isinstance(effect, HostEffect):
                found.append(effect)
            else:
                self.body.command(effect, now_ms)
        self._keep()
        return found

    def _keep(self) -> None:
        if self._save is not None and (self.robot.must_save or self.body.unsaved):
            self._save()
