# SPDX-License-Identifier: Apache-2.0
"""What robots say, made into events. No I/O: bytes of a topic in, events out.

What must hold: whatever the bytes are, they do no more than raise a counter unless they are a good
message of a registered robot on its own topic. Strangers are remembered, up to a limit, and cause
no event. A robot that stops talking is `silent`, whatever broker and last will say.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from dispatcher.core.events import Event, Link, RobotLinked
from dispatcher.service.narrowing import described
from dispatcher.service.telemetry import StateFilter
from dispatcher.service.translation import linked
from robot_agent.vda5050.codec import (
    WireError,
    decode_connection,
    decode_factsheet,
    decode_state,
)
from robot_agent.vda5050.topics import Topic, TopicName, parse_topic

HEARD: Final[tuple[TopicName, ...]] = ("state", "connection", "factsheet")
"""The topics the dispatcher listens to."""

SILENT_AFTER_MS: Final = 90_000
"""Real time: three missed periods of 30 s (VDA 5050 2.1.0, 6.10: a state every 30 s at least)."""

STRANGERS_MAX: Final = 100
COMPLAINT_EVERY_MS: Final = 60_000


class Stranger(msgspec.Struct):
    """An unregistered robot that talks here: how much, and when last (real ms)."""

    robot: str
    messages: int = 0
    heard_ms: int = 0


class _Voice(msgspec.Struct):
    """How one registered robot's talk stands; `link` is what the core was told last."""

    states: StateFilter
    heard_ms: int
    link: Link | None = None
    refused: int = 0
    complained_ms: int | None = None


class Inbound:
    """Of one site. `counts` says how many messages came and why which were not taken."""

    def __init__(
        self, robots: Sequence[str], real_ms: int, complain: Callable[[str], None]
    ) -> None:
        """`complain` gets one line for a robot's bad messages, at most one a minute and robot."""
        self.counts: Counter[str] = Counter()
        self.strangers: dict[str, Stranger] = {}
        self._voices = {robot: _Voice(StateFilter(robot), real_ms) for robot in robots}
        self._complain = complain

    def register(self, robots: Sequence[str], real_ms: int) -> None:
        """Others are registered now: who stays keeps what was heard of it."""
        known = self._voices
        self._voices = {
            robot: known.get(robot) or _Voice(StateFilter(robot), real_ms) for robot in robots
        }
        for robot in robots:
            self.strangers.pop(robot, None)

    def filter_of(self, robot: str) -> StateFilter:
        """The telemetry of a registered robot; raises KeyError."""
        return self._voices[robot].states

    def take(self, name: str, payload: bytes, site_ms: int, real_ms: int) -> list[Event]:
        """What a message means. `site_ms` stamps telemetry, `real_ms` is any monotonic clock."""
        self.counts["received"] += 1
        try:
            topic = parse_topic(name)
        except ValueError:
            self.counts["foreign_topic"] += 1
            return []
        voice = self._voices.get(topic.robot_id)
        if voice is None:
            self._note_stranger(topic.robot_id, real_ms)
            return []
        try:
            return self._understood(topic, voice, payload, site_ms, real_ms)
        except WireError as error:
            self.counts["garbled"] += 1
            self._refuse(topic.robot_id, voice, str(error), real_ms)
            return []

    def reconnected(self, real_ms: int) -> None:
        """The broker is back: nobody could be heard meanwhile, so everybody gets time to talk."""
        for voice in self._voices.values():
            voice.heard_ms = real_ms

    def silent(self, real_ms: int) -> list[Event]:
        """The robots that have just been silent for too long."""
        events: list[Event] = []
        for robot, voice in self._voices.items():
            is_up = voice.link in (None, "online")
            if is_up and real_ms - voice.heard_ms >= SILENT_AFTER_MS:
                voice.link = "silent"
                events.append(RobotLinked(robot, "silent"))
        return events

    def _understood(
        self, topic: Topic, voice: _Voice, payload: bytes, site_ms: int, real_ms: int
    ) -> list[Event]:
        robot = topic.robot_id
        match topic.name:
            case "connection":
                connection = decode_connection(payload)
                self._check_sender(robot, connection.manufacturer, connection.serial_number)
                voice.heard_ms = real_ms
                if connection.connection_state == "ONLINE":
                    voice.states.restarted()
                return self._link(robot, voice, linked(robot, connection).link)
            case "factsheet":
                factsheet = decode_factsheet(payload)
                self._check_sender(robot, factsheet.manufacturer, factsheet.serial_number)
                return [described(robot, factsheet)]
            case "state":
                state = decode_state(payload)
                self._check_sender(robot, state.manufacturer, state.serial_number)
                voice.heard_ms = real_ms
                # Who talks is there: a last will may come late, after a robot has reconnected.
                events = [] if voice.link == "offline" else self._link(robot, voice, "online")
                if events:
                    voice.states.restarted()
                report = voice.states.take(state, site_ms)
                return [*events, report] if report is not None else events
            case _:
                self.counts["not_for_us"] += 1
                return []

    def _link(self, robot: str, voice: _Voice, link: Link) -> list[Event]:
        if voice.link == link:
            return []
        voice.link = link
        return [RobotLinked(robot, link)]

    def _check_sender(self, robot: str, manufacturer: str, serial: str) -> None:
        if f"{manufacturer}/{serial}" != robot:
            raise WireError(f"it says it is from {manufacturer[:64]}/{serial[:64]}")

    def _refuse(self, robot: str, voice: _Voice, reason: str, real_ms: int) -> None:
        voice.refused += 1
        last_ms = voice.complained_ms
        if last_ms is None or real_ms - last_ms >= COMPLAINT_EVERY_MS:
            voice.complained_ms = real_ms
            self._complain(f"robot {robot}: {reason} ({voice.refused} messages ignored so far)")

    def _note_stranger(self, robot: str, real_ms: int) -> None:
        self.counts["from_strangers"] += 1
        stranger = self.strangers.get(robot)
        if stranger is None:
            if len(self.strangers) >= STRANGERS_MAX:
                return
            stranger = self.strangers[robot] = Stranger(robot)
            self._complain(f"robot {robot} is not registered here: it gets nothing")
        stranger.messages += 1
        stranger.heard_ms = real_ms
