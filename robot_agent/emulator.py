# SPDX-License-Identifier: Apache-2.0
"""Many robots in one process, in real time, over MQTT: one event loop, one client per robot.

What must hold: the robots are the pure core and nothing else; this only brings them messages, time
and people, and takes away what they publish.
"""

import asyncio
import contextlib
import signal
from pathlib import Path

import msgspec

from robot_agent.campus import Campus, Place
from robot_agent.core.events import (
    HandoverClosed,
    InstantActionsReceived,
    LinkDown,
    LinkUp,
    MessageRefused,
    OrderReceived,
    PersonWanted,
    Publish,
    RobotEffect,
    RobotEvent,
    Woken,
)
from robot_agent.emulation.people import PeopleParams
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.crowd import CodeBook, Crowd
from robot_agent.service.clock import SiteClock
from robot_agent.service.link import Broker, Link, Listener, say_goodbye, tick
from robot_agent.service.notices import say, say_once
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Order
from robot_agent.vda5050.topics import TopicName

MIN_STATE_INTERVAL_REAL_MS = 500
STATUS_PERIOD_S = 5.0
# Where a fleet waits in the morning: at the stations first, then wherever there is room.
START_ROLES = ("station", "parking", "charger", "stop")


class EmulatorOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `robot-agent emulate` was asked for; `keys` holds each robot's key by robot id."""

    broker: Broker
    campus: Campus
    specs: tuple[RobotSpec, ...]
    clock: SiteClock
    seed: int
    people: PeopleParams
    codes: Path | None = None
    state_dir: Path | None = None
    verbose: bool = False


class EmulatedRobot:
    """A robot core with its link, its crowd and its alarm clock."""

    def __init__(self, spec: RobotSpec, options: EmulatorOptions, codes: CodeBook) -> None:
        self.states = 0
        self._clock = options.clock
        self._file = options.state_dir / f"{spec.serial}.json" if options.state_dir else None
        self._robot = self._restored(spec) or Robot(spec, self._clock.now_ms())
        self._alarm: asyncio.TimerHandle | None = None
        self._crowd = Crowd(options.seed, options.people, codes, self._clock, self.feed)
        self._broker = options.broker
        self._robot_id = spec.robot_id
        self.link = Link(
            options.broker,
            spec.manufacturer,
            spec.serial,
            self._clock.now_ms,
            Listener(
                on_up=lambda: self.feed(LinkUp()),
                on_down=lambda: self.feed(LinkDown()),
                on_message=self._on_message,
                on_refused=self._on_refused,
                on_trouble=self._on_trouble,
            ),
        )
        for wanted in self._robot.wanted:
            self._crowd.want(wanted)

    def feed(self, event: RobotEvent) -> None:
        """Gives the robot an event now, does what it wants, and sets its alarm clock."""
        effects = self._robot.handle(event, self._clock.now_ms())
        if effects or self._robot.has_news:
            # First remember, then tell: after a kill nothing that was told or done is forgotten.
            self._save()
        for effect in effects:
            self._perform(effect)
        self._set_alarm()

    def _perform(self, effect: RobotEffect) -> None:
        match effect:
            case Publish(topic_name, message):
                self.link.publish(topic_name, message)
                if topic_name == "state":
                    self.states += 1
            case PersonWanted():
                self._crowd.want(effect)
            case HandoverClosed(action_id):
                self._crowd.forget(action_id)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        wake_ms = self._robot.next_wake_ms
        if wake_ms is not None:
            self._alarm = asyncio.get_running_loop().call_later(
                self._clock.real_s_until(wake_ms), self.feed, Woken()
            )

    def _on_message(self, message: Message) -> None:
        if isinstance(message, Order):
            self.feed(OrderReceived(message))
        elif isinstance(message, InstantActions):
            self.feed(InstantActionsReceived(message))

    def _on_refused(self, name: TopicName, reason: str) -> None:
        say_once(f"{self._robot_id}: {reason}")
        self.feed(MessageRefused(name, reason))

    def _on_trouble(self, reason: str) -> None:
        where = f"{self._broker.host}:{self._broker.port}"
        say_once(f"no broker at {where} ({reason}); trying again until there is one")

    def _restored(self, spec: RobotSpec) -> Robot | None:
        if self._file is None or not self._file.exists():
            return None
        try:
            return Robot.restore(spec, self._file.read_bytes())
        except (OSError, msgspec.MsgspecError) as error:
            say(f"{self._file}: left out, the robot starts afresh: {error}")
            return None

    def _save(self) -> None:
        """Whole or not at all: a kill in the middle leaves the file as it was."""
        if self._file is None:
            return
        half = self._file.with_suffix(".new")
        try:
            half.write_bytes(self._robot.snapshot())
            half.replace(self._file)
        except OSError as error:
            say_once(f"{self._file}: cannot be written, a restart would forget: {error.strerror}")


def starting_places(campus: Campus, count: int) -> list[Place]:
    """A slot for each robot; with more robots than slots they double up. Raises ValueError where
    the map has no place at all."""
    slots = [
        place
        for role in START_ROLES
        for place in campus.places.values()
        if place.role == role
        for _ in range(max(1, place.slots))
    ]
    if not slots:
        raise ValueError("the map has no station, parking, charger or stop to start from")
    return [slots[number % len(slots)] for number in range(count)]


def min_state_interval_ms(speed: float) -> int:
    """In site time, so that a robot sends at most two states a real second."""
    return round(MIN_STATE_INTERVAL_REAL_MS * speed)


async def emulate(options: EmulatorOptions) -> None:
    """Runs until SIGINT or SIGTERM, then takes its leave of the broker."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    codes = CodeBook(options.codes)
    robots = [EmulatedRobot(spec, options, codes) for spec in options.specs]
    links = [robot.link for robot in robots]
    tasks = [asyncio.create_task(link.run()) for link in links]
    tasks.append(asyncio.create_task(tick(links)))
    if options.verbose:
        tasks.append(asyncio.create_task(_tell(robots)))
    stopping = asyncio.create_task(stop.wait())
    # None of these ends by itself: one that does has raised, and that must not go unseen.
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await say_goodbye(links)
    for task in (stopping, *tasks):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        for task in done:
            task.result()


async def _tell(robots: list[EmulatedRobot]) -> None:
    before = 0
    while True:
        await asyncio.sleep(STATUS_PERIOD_S)
        up = sum(robot.link.is_up for robot in robots)
        states = sum(robot.states for robot in robots)
        per_s = (states - before) / STATUS_PERIOD_S
        before = states
        say(f"{up} of {len(robots)} robots on the broker, {per_s:.1f} states a second")
