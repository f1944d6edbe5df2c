# SPDX-License-Identifier: Apache-2.0
"""Does what the core decided: orders out, planner asked, notices written, timers set.

What must hold: it is called with committed effects only, in order; an effect that fails is logged
and counted, the next one is done, and the core's debts bring it back where it matters. No code
reaches a log line.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from dispatcher.core.effects import (
    Alarm,
    AskPlanner,
    Effect,
    Notify,
    PublishInstant,
    PublishOrder,
    WakeAt,
)
from dispatcher.core.events import Event, NoticeSent, TimePassed
from dispatcher.core.robots import NEW_CODE
from dispatcher.service.clock import SiteClock
from dispatcher.service.contacts import Contacts
from dispatcher.service.outbox import Notice, Outbox
from dispatcher.service.planning import PlanningBridge
from dispatcher.service.site import PlanTask
from dispatcher.service.translation import digests_of

WITH_CODE = ("accepted", "coming", "arrived", "offered_again", NEW_CODE)
"""Notices that tell the recipient the code that opens the compartment."""

EARLIEST_WAKE_S = 0.001
NOTICES_AGAIN_S = 5.0
"""After so long notices that could not be written are tried again."""


class RobotLink(Protocol):
    """Sends to robots; False: there is no broker now."""

    def publish_order(self, effect: PublishOrder, digests: Mapping[str, str]) -> bool:
        """Send an order."""

    def publish_instant(self, effect: PublishInstant) -> bool:
        """Send an instant action."""


class KeptAlarm(msgspec.Struct, frozen=True):
    """An alarm as the API shows it."""

    at_ms: int
    text: str
    robot: str
    parcel: str


class Performer:
    """The hands of one site."""

    def __init__(
        self,
        *,
        link: RobotLink,
        keys: Mapping[str, Sequence[bytes]],
        contacts: Contacts,
        outbox: Outbox,
        planner: PlanningBridge,
        clock: SiteClock,
        offer: Callable[[Event], None],
        log: Callable[[str], None],
        alarms_kept: int,
        recipient_of: Callable[[str], str],
    ) -> None:
        """`keys` are each robot's, the newest first; `recipient_of` whom a parcel is for."""
        self.alarms: deque[KeptAlarm] = deque(maxlen=alarms_kept)
        self.done: Counter[str] = Counter()
        self._link, self._keys, self._contacts = link, keys, contacts
        self._outbox, self._planner, self._clock = outbox, planner, clock
        self._offer, self._log, self._recipient_of = offer, log, recipient_of
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._notices: list[Notify] = []
        self._notices_again: asyncio.TimerHandle | None = None

    def perform(self, effects: Sequence[Effect], tasks: Mapping[str, PlanTask]) -> None:
        """Do these, in order; notices share one write at the end."""
        for effect in effects:
            name = type(effect).__name__
            try:
                self._perform_one(effect, tasks)
            except Exception as error:  # noqa: BLE001 - the next effect is done all the same
                self.done[f"{name} failed"] += 1
                self._log(f"{name} {getattr(effect, 'id', '')} could not be done: {error}")
            else:
                self.done[name] += 1
        if self._notices_again is None:
            self._send_notices()

    def close(self) -> None:
        """No timer goes off any more."""
        for timer in (self._timer, self._notices_again):
            if timer is not None:
                timer.cancel()

    def _perform_one(self, effect: Effect, tasks: Mapping[str, PlanTask]) -> None:
        match effect:
            case PublishOrder():
                self._link.publish_order(effect, self._digests(effect))
            case PublishInstant():
                self._link.publish_instant(effect)
            case AskPlanner():
                self._planner.ask(effect, tasks[effect.id])
            case Notify():
                self._notices.append(effect)
            case Alarm():
                now_ms = self._clock.now_ms()
                self.alarms.append(KeptAlarm(now_ms, effect.text, effect.robot, effect.parcel))
                self._log(f"alarm: {effect.text} {effect.robot} {effect.parcel}".rstrip())
            case WakeAt():
                self._wake_at(effect.at_ms)
            case _:
                raise ValueError("nobody here knows what to do with it")

    def _digests(self, effect: PublishOrder) -> dict[str, str]:
        """Under each key the robot may have: two while they are exchanged, a space between."""
        keys = self._keys.get(effect.robot) or (None,)
        by_key = [digests_of(effect, key, self._code_of) for key in keys]
        return {action: " ".join(one[action] for one in by_key) for action in by_key[0]}

    def _code_of(self, parcel: str, version: int) -> str:
        return self._contacts.code_of(parcel, version, self._recipient_of(parcel))

    def _wake_at(self, at_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        pause_s = max(EARLIEST_WAKE_S, self._clock.real_s_until(at_ms))
        self._timer = self._loop.call_later(pause_s, self._wake, at_ms)

    def _wake(self, at_ms: int) -> None:
        # The loop's timer may go off a moment early, and the core would not ask a second time.
        if self._clock.now_ms() < at_ms:
            self._wake_at(at_ms)
        else:
            self._offer(TimePassed())

    def _send_notices(self) -> None:
        self._notices_again = None
        notices, self._notices = self._notices, []
        if not notices:
            return
        try:
            now_ms = self._clock.now_ms()
            self._outbox.send([self._notice(effect, now_ms) for effect in notices])
        except Exception as error:  # noqa: BLE001 - they stay owed, and the rest goes on
            self.done["Notify failed"] += len(notices)
            self._log(f"{len(notices)} notices could not be written, trying again: {error}")
            self._notices = notices
            self._notices_again = self._loop.call_later(NOTICES_AGAIN_S, self._send_notices)
            return
        for effect in notices:
            self._offer(NoticeSent(effect.id))

    def _notice(self, effect: Notify, now_ms: int) -> Notice:
        with_code = effect.notice in WITH_CODE
        code = token = ""
        if with_code:
            code = self._contacts.code_of(effect.parcel, effect.version, effect.recipient)
            token = self._contacts.token_of(effect.parcel)
        return Notice(
            parcel=effect.parcel,
            version=effect.version,
            code=code,
            notice=effect.notice,
            recipient=effect.recipient,
            at_ms=now_ms,
            token=token,
        )
