# SPDX-License-Identifier: Apache-2.0
"""Many robots in one process, in real time, over MQTT: one event loop, one client per robot.

What must hold: each robot is the pure core on an emulated body and nothing else; this only brings
them messages and time, and takes away what they publish. All share one alarm clock, which rings for
many at once: a timer each would cost more than what they do.
"""

import asyncio
import contextlib
import heapq
import signal
from pathlib import Path

import msgspec

from robot_agent.core.events import (
    DropMap,
    FetchMap,
    InstantActionsReceived,
    LinkDown,
    LinkUp,
    MessageRefused,
    OrderReceived,
    Publish,
    RobotEvent,
    WriteLog,
)
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.emulated_fleet import put_on
from robot_agent.emulation.body import Body
from robot_agent.emulation.rig import HostEffect, Rig
from robot_agent.emulation.sharing import shared_order
from robot_agent.emulation.truth import BodyParams
from robot_agent.service.clock import SiteClock
from robot_agent.service.link import Broker, Link, Listener, say_goodbye, tick
from robot_agent.service.log_reports import LogReports
from robot_agent.service.map_store import MapStore
from robot_agent.service.notices import say, say_once
from robot_agent.service.phones import CodeBook
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Order
from robot_agent.vda5050.topics import TopicName

STATUS_PERIOD_S = 5.0
ALARM_S = 0.02
"""So much later than due, at most, a robot is woken; it does what was due at the time it was."""


class EmulatedSpec(msgspec.Struct, frozen=True):
    """A robot, what it is made of, and the node it starts on."""

    spec: RobotSpec
    params: BodyParams
    node: str


class EmulatorOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What `robot-agent emulate` was asked for. `files`: what robots fetch and write lies there;
    with `remembers` also what must outlive this process."""

    broker: Broker
    robots: tuple[EmulatedSpec, ...]
    clock: SiteClock
    seed: int
    files: Path
    codes: Path | None = None
    remembers: bool = False
    verbose: bool = False


class AlarmClock:
    """Wakes every robot when it wants to be woken, many in one go."""

    def __init__(self, clock: SiteClock) -> None:
        self._clock = clock
        self._due: list[tuple[int, int]] = []
        self._robots: list[EmulatedRobot] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_ms = 0

    def add(self, robot: "EmulatedRobot") -> int:
        """The number under which it sets its alarm."""
        self._robots.append(robot)
        return len(self._robots) - 1

    def set(self, wake_ms: int, number: int) -> None:
        """An alarm more; one that a robot has changed meanwhile rings for nothing."""
        heapq.heappush(self._due, (wake_ms, number))
        if self._timer is None or wake_ms < self._rings_ms:
            self._set_timer(wake_ms)

    def _set_timer(self, wake_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_ms = wake_ms
        wait_s = max(ALARM_S, self._clock.real_s_until(wake_ms))
        self._timer = self._loop.call_later(wait_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now_ms = self._clock.now_ms()
        rung: dict[int, None] = {}
        while self._due and self._due[0][0] <= now_ms:
            wake_ms, number = heapq.heappop(self._due)
            if self._robots[number].alarm_ms == wake_ms:
                rung[number] = None
        for number in rung:
            self._robots[number].wake()
        if self._due and self._timer is None:
            self._set_timer(self._due[0][0])


class EmulatedRobot:
    """A robot on its body, with its link."""

    def __init__(
        self, made_of: EmulatedSpec, options: EmulatorOptions, codes: CodeBook, alarms: AlarmClock
    ) -> None:
        self.states = 0
        self.alarm_ms: int | None = None
        spec = made_of.spec
        self._clock = options.clock
        self._alarms = alarms
        self._number = alarms.add(self)
        self._broker = options.broker
        self._robot_id = spec.robot_id
        self._files, self._serial = options.files, spec.serial
        self._has_radio = True
        self._tasks: set[asyncio.Task[None]] = set()
        save = self._save if options.remembers else None
        robot = self._robot_of(made_of, options)
        self._rig = Rig(robot, self._body_of(made_of, options, codes), save)
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
        self._perform(self._rig.start(self._clock.now_ms()))

    @property
    def _folder(self) -> Path:
        return self._files / self._serial

    @property
    def _kept_file(self) -> Path:
        return self._files / f"{self._serial}.json"

    @property
    def _body_file(self) -> Path:
        return self._files / f"{self._serial}.body"

    def wake(self) -> None:
        """Its alarm rang."""
        self.alarm_ms = None
        self._perform(self._rig.wake(self._clock.now_ms()))

    def feed(self, event: RobotEvent) -> None:
        """Gives the robot an event from outside now."""
        self._perform(self._rig.feed(event, self._clock.now_ms()))

    def _perform(self, effects: list[HostEffect]) -> None:
        for effect in effects:
            match effect:
                case Publish(topic_name, message):
                    self.link.publish(topic_name, message)
                    if topic_name == "state":
                        self.states += 1
                case DropMap():
                    MapStore(self._folder / "maps").drop(effect)
                case _:
                    task = asyncio.get_running_loop().create_task(self._fetch_or_write(effect))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        if self._rig.body.has_radio != self._has_radio:
            self._has_radio = not self._has_radio
            self.link.set_radio(on=self._has_radio)
        wake_ms = self._rig.next_wake_ms
        if wake_ms is not None and wake_ms != self.alarm_ms:
            self._alarms.set(wake_ms, self._number)
        self.alarm_ms = wake_ms

    async def _fetch_or_write(self, effect: FetchMap | WriteLog) -> None:
        if isinstance(effect, FetchMap):
            self.feed(await asyncio.to_thread(MapStore(self._folder / "maps").fetch, effect))
        else:
            line = f"robot {self._robot_id}, {self.states} states sent"
            reports = LogReports(self._folder / "logs")
            self.feed(await asyncio.to_thread(reports.write, effect, (line,)))

    def _on_message(self, message: Message) -> None:
        if isinstance(message, Order):
            self.feed(OrderReceived(shared_order(message)))
        elif isinstance(message, InstantActions):
            self.feed(InstantActionsReceived(message))

    def _on_refused(self, name: TopicName, reason: str) -> None:
        say_once(f"{self._robot_id}: {reason}")
        self.feed(MessageRefused(name, reason))

    def _on_trouble(self, reason: str) -> None:
        where = f"{self._broker.host}:{self._broker.port}"
        say_once(f"no broker at {where} ({reason}); trying again until there is one")

    def _robot_of(self, made_of: EmulatedSpec, options: EmulatorOptions) -> Robot:
        spec, params, now_ms = made_of.spec, made_of.params, self._clock.now_ms()
        new = Robot(spec, now_ms, put_on(made_of.node, params.x_mm, params.y_mm))
        if not options.remembers:
            return new
        try:
            return Robot.restore(spec, self._kept_file.read_bytes(), now_ms)
        except FileNotFoundError:
            return new
        except (OSError, msgspec.MsgspecError) as error:
            say(f"{self._kept_file}: cannot be read, the robot knows nothing: {error}")
            return Robot.lost(spec, now_ms, f"what was written down cannot be read: {error}")

    def _body_of(self, made_of: EmulatedSpec, options: EmulatorOptions, codes: CodeBook) -> Body:
        now_ms = self._clock.now_ms()
        if options.remembers:
            try:
                snapshot = self._body_file.read_bytes()
                return Body.restore(made_of.params, options.seed, snapshot, now_ms, codes.code)
            except FileNotFoundError:
                pass
            except (OSError, msgspec.MsgspecError) as error:
                say(f"{self._body_file}: left out, the body begins anew: {error}")
        return Body(made_of.params, options.seed, now_ms, codes.code)

    def _save(self) -> None:
        """The body first: what has happened has happened, whatever the robot remembers of it."""
        body, robot = self._rig.body, self._rig.robot
        if body.unsaved:
            _write(self._body_file, body.snapshot())
        if robot.must_save:
            _write(self._kept_file, robot.snapshot())


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: a kill in the middle leaves the file as it was."""
    half = file.with_suffix(f"{file.suffix}.new")
    try:
        half.write_bytes(content)
        half.replace(file)
    except OSError as error:
        say_once(f"{file}: cannot be written, a restart would forget: {error.strerror}")


async def emulate(options: EmulatorOptions) -> None:
    """Runs until SIGINT or SIGTERM, then takes its leave of the broker."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    codes = CodeBook(options.codes)
    alarms = AlarmClock(options.clock)
    robots = [EmulatedRobot(made_of, options, codes, alarms) for made_of in options.robots]
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
