# SPDX-License-Identifier: Apache-2.0
"""Two hands at the doors of one robot: they pull open what unlocks, do what they came for, shut it.

What must hold: they see bolts and doors, and know nothing of what robot and desk think; they touch
one door at a time.
"""

from collections.abc import Callable
from enum import Enum

from robot_agent.board.plant import Plant

PULL_AFTER_MS = 1_000
"""From the click of a bolt to a hand on the door."""

Moved = Callable[[str, str, bool], None]
"""Told of compartment, thing, and whether it was put in."""


class Hands:
    """`brings` None: whatever is needed, staff have something for an empty compartment; else how
    many things there are to be put in. `service_ms`: from opening a door to shutting it."""

    class _Step(Enum):
        LOOKING, PULLING, INSIDE, LEAVING = range(4)

    def __init__(
        self, plant: Plant, service_ms: int, moved: Moved, brings: int | None = None
    ) -> None:
        self._plant = plant
        self._service_ms = service_ms
        self._moved = moved
        self._brings = brings
        self._door = ""
        self._step = self._Step.LOOKING
        self._due_ms = 0
        self._things = 0
        self.doors_served = 0

    @property
    def is_idle(self) -> bool:
        """Whether no door is being waited for, or stands open."""
        return self._step is self._Step.LOOKING

    def act(self, now_ms: int) -> None:
        """Looks, and does what is due."""
        step = self._Step
        if self._step is step.LOOKING:
            self._look(now_ms)
        elif now_ms >= self._due_ms:
            if self._step is step.PULLING:
                opened = self._plant.open_door(self._door)
                self._go_on(step.INSIDE if opened else step.LOOKING, now_ms)
            elif self._step is step.INSIDE:
                self._reach_in(now_ms)
                self._go_on(step.LEAVING, now_ms)
            else:
                self._plant.shut_door(self._door)
                self.doors_served += 1
                self._step = step.LOOKING

    def _look(self, now_ms: int) -> None:
        for door in self._plant.locker.doors:
            if door.closed and not door.bolted:
                self._door, self._step = door.name, self._Step.PULLING
                self._due_ms = now_ms + PULL_AFTER_MS
                return

    def _go_on(self, step: _Step, now_ms: int) -> None:
        self._step, self._due_ms = step, now_ms + self._service_ms // 2

    def _reach_in(self, now_ms: int) -> None:
        thing = self._plant.take_out(self._door)
        if thing is not None:
            self._moved(self._door, thing, False)
        elif self._brings is None or self._brings > 0:
            self._things += 1
            thing = f"{self._plant.spec.name}-{now_ms}-{self._things}"
            if self._plant.put_in(self._door, thing):
                self._moved(self._door, thing, True)
                if self._brings is not None:
                    self._brings -= 1
