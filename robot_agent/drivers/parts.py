# SPDX-License-Identifier: Apache-2.0
"""A driver put together of parts: each effect goes to the part that carries it out."""

import asyncio
from typing import assert_never

from robot_agent.core.events import (
    BodyEffect,
    BodyEvent,
    Charge,
    CodeJudged,
    Follow,
    HandoverClosed,
    HandoverOpened,
    Hold,
    KeypadLocked,
    Leave,
    LockDoor,
    OpenDoor,
    Release,
    Resume,
    SetPosition,
    Signal,
)
from robot_agent.drivers.base import Locker, Navigator, Part, Power, Safety, Tell


class Assembled:
    """The `Driver` of a body in parts; the same object may be given as several of them."""

    def __init__(
        self,
        navigator: Navigator,
        locker: Locker,
        power: Power,
        safety: Safety,
        *others: Part,
    ) -> None:
        self._navigator = navigator
        self._locker = locker
        self._power = power
        self._safety = safety
        every: tuple[Part, ...] = (navigator, locker, power, safety, *others)
        self._parts = tuple({id(part): part for part in every}.values())

    @property
    def progress(self) -> tuple[int, ...]:
        counted = (part.progress for part in self._parts)
        return tuple(count for count in counted if count is not None)

    async def run(self, tell: Tell) -> None:
        """All parts together; the first that raises ends all."""
        async with asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(part.run(tell))

    def perform(self, effect: BodyEffect) -> None:
        match effect:
            case Follow():
                self._navigator.follow(effect)
            case Hold():
                self._navigator.hold()
            case Resume():
                self._navigator.resume()
            case Leave():
                self._navigator.leave()
            case SetPosition():
                self._navigator.set_position(effect)
            case OpenDoor():
                self._locker.open_door(effect)
            case LockDoor(compartment):
                self._locker.lock_door(compartment)
            case HandoverOpened() | HandoverClosed() | KeypadLocked():
                self._locker.show(effect)
            case CodeJudged():
                self._locker.judged(effect)
            case Charge(on):
                self._power.charge(on)
            case Release(cause):
                self._safety.release(cause)
            case Signal(kind, on):
                self._safety.signal(kind, on)
            case _:
                assert_never(effect)

    def look(self) -> tuple[BodyEvent, ...]:
        seen = (self._navigator.look(), self._power.look())
        return tuple(one for one in seen if one is not None)
