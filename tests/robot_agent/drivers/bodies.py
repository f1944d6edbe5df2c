# SPDX-License-Identifier: Apache-2.0
"""What the tests of drivers share: a clock to be set by hand, paths, a listener."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from robot_agent.core.events import BodyEvent, Follow, Points, Stretch
from robot_agent.drivers.pursuit import length_mm

T = TypeVar("T")


class HandClock:
    """Stands until it is moved."""

    def __init__(self, now_ms: int = 1_000_000) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms


class Heard:
    """Keeps what a driver tells."""

    def __init__(self) -> None:
        self.events: list[BodyEvent] = []

    def __call__(self, event: BodyEvent) -> None:
        self.events.append(event)

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


def path(*stretches: Points, path_id: int = 7, speed_mm_s: int = 1_000) -> Follow:
    """One stretch for each polyline."""
    return Follow(
        path_id,
        tuple(Stretch(points, round(length_mm(points)), speed_mm_s) for points in stretches),
    )


async def until(holds: Callable[[], bool], within_s: float = 10) -> None:
    """Waits for it."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is waited for does not know of us
            await asyncio.sleep(0.01)
