# SPDX-License-Identifier: Apache-2.0
"""One robot at work: the pure robot between its link, its body, its disk and its clock.

What must hold: everything happens on one event loop, in the order it was heard; what the robot must
remember is on the disk before anything that follows from it is done or told, and no errand holds up
the disk; a disk that cannot be written ends the process, for a robot that cannot remember must not
act.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from robot_agent.core.events import (
    ClockTrusted,
    DropMap,
    FetchMap,
    Hold,
    IdentityTaken,
    InstantActionsReceived,
    LinkDown,
    LinkUp,
    MapFetched,
    MessageRefused,
    OrderReceived,
    PartFailed,
    Posed,
    Publish,
    RobotEffect,
    RobotEvent,
    Woken,
    WriteLog,
)
from robot_agent.core.robot import Robot
from robot_agent.drivers.base import Driver
from robot_agent.service.link import Broker, Link, Listener, say_goodbye, tick
from robot_agent.service.log_reports import LogReports
from robot_agent.service.map_store import MapStore
from robot_agent.service.notices import note, say, say_now_and_then, say_once
from robot_agent.service.recall import precautions
from robot_agent.service.store import Store, StoreError
from robot_agent.service.wall_clock import AgentClock, Trust, why_not_trusted
from robot_agent.service.watchdog import Notifier, watch
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Order

WRITE_TRIES = 3
WRITE_RETRY_S = 1.0
MAX_WAITING = 10_000
MAX_DOWNLOADS = 4
CLOCK_PERIOD_S = 1.0
LEAST_SLEEP_S = 0.001
LOOK_MS = 1_000
"""So often a robot on the move is told where it is, however seldom states are sent."""


class AgentError(Exception):
    """Why the agent cannot go on, in one sentence."""


class Agent:
    """Runs until it is told to stop. `robot` is as it was read from `store`; `has_lost`: and that
    was not what it should remember, so nobody knows what its body is doing."""

    def __init__(
        self,
        robot: Robot,
        driver: Driver,
        store: Store,
        maps: MapStore,
        reports: LogReports,
        broker: Broker,
        clock: AgentClock,
        trust: Trust,
        notifier: Notifier,
        *,
        has_lost: bool = False,
    ) -> None:
        self._robot = robot
        self._has_lost = has_lost
        self._driver = driver
        self._store = store
        self._maps = maps
        self._reports = reports
        self._clock = clock
        self._trust = trust
        self._notifier = notifier
        self._alarm: asyncio.TimerHandle | None = None
        self._todo: list[tuple[bytes | None, list[RobotEffect]]] = []
        self._has_todo = asyncio.Event()
        self._is_writing = False
        self._turns = 0
        self._looked_ms = 0
        self._stop = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()
        self._downloads = 0
        # One thread each: the disk never waits for a map, and maps come one after the other.
        self._to_disk = ThreadPoolExecutor(1, "disk")
        self._to_web = ThreadPoolExecutor(1, "web")
        self._where = f"{broker.host}:{broker.port}"
        self.link = Link(
            broker,
            robot.spec.manufacturer,
            robot.spec.serial,
            clock.wall_ms,
            Listener(
                on_up=lambda: self._linked(LinkUp()),
                on_down=lambda: self._linked(LinkDown()),
                on_message=self._heard,
                on_refused=lambda name, reason: self.feed(MessageRefused(name, reason)),
                on_trouble=lambda why: say_once(f"no broker at {self._where} ({why}); trying on"),
                on_taken=self._taken,
            ),
        )

    def stop(self) -> None:
        """Ends `run` in good order."""
        self._stop.set()

    async def run(self) -> None:
        """Works until `stop` or SIGTERM. Raises AgentError where it cannot go on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        self._tell_clock()
        works: tuple[Coroutine[Any, Any, None], ...] = (
            self._driver.run(self.feed),
            self._work(),
            self.link.run(),
            tick([self.link]),
            self._mind_clock(),
            watch(self._notifier, self._progress),
        )
        tasks = [asyncio.create_task(work) for work in works]
        # The body's first words come before what the robot wants of it.
        loop.call_soon(self._open)
        stopping = asyncio.create_task(self._stop.wait())
        self._notifier.ready()
        done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        self._notifier.stopping()
        try:
            await self._take_leave()
        finally:
            for task in (stopping, *tasks, *self._errands):
                task.cancel()
            self._maps.close()
            await asyncio.gather(stopping, *tasks, *self._errands, return_exceptions=True)
            self._to_disk.shutdown(cancel_futures=True)
            self._to_web.shutdown(cancel_futures=True)
        _raise_from(done - {stopping})

    def feed(self, event: RobotEvent) -> None:
        """Gives the robot an event now; what it wants is done in the order it was wanted."""
        if len(self._todo) > MAX_WAITING and isinstance(event, Posed):
            return
        if isinstance(event, PartFailed) and event.text:
            say_now_and_then(f"{event.part}: {event.text}")
        if not isinstance(event, Posed | Woken):
            note(f"{self._clock.wall_ms()}: {type(event).__name__}")
        self._queue(self._robot.handle(event, self._clock.now_ms()))
        self._set_alarm()

    def _open(self) -> None:
        lead = precautions(self._robot.spec) if self._has_lost else []
        self._queue(lead + self._robot.opening())

    def _queue(self, effects: list[RobotEffect]) -> None:
        snapshot = self._robot.snapshot() if self._robot.must_save else None
        if snapshot is not None or effects:
            self._todo.append((snapshot, effects))
            self._has_todo.set()

    async def _work(self) -> None:
        """Writes and then does what is wanted; what comes meanwhile is written in one go."""
        while True:
            await self._has_todo.wait()
            self._has_todo.clear()
            batch, self._todo = self._todo, []
            snapshots = [snapshot for snapshot, _ in batch if snapshot is not None]
            if snapshots:
                await self._write(snapshots[-1])
            for _, effects in batch:
                for effect in effects:
                    self._perform(effect)

    async def _write(self, snapshot: bytes) -> None:
        self._is_writing = True
        for tries_left in reversed(range(WRITE_TRIES)):
            try:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._to_disk, self._store.write, snapshot)
                break
            except StoreError as error:
                if not tries_left:
                    raise AgentError(str(error)) from None
                say_once(f"{error}; trying again")
            await asyncio.sleep(WRITE_RETRY_S)
        self._is_writing = False

    def _perform(self, effect: RobotEffect) -> None:
        match effect:
            case Publish(topic_name, message):
                self.link.publish(topic_name, message)
            case FetchMap():
                self._fetch(effect)
            case DropMap():
                self._send(self._to_disk, lambda: self._maps.drop(effect))
            case WriteLog():
                self._send(self._to_disk, lambda: self._reports.write(effect, self._facts()))
            case _:
                note(f"{self._clock.wall_ms()}: -> {type(effect).__name__}")
                self._driver.perform(effect)

    def _fetch(self, wanted: FetchMap) -> None:
        if self._downloads >= MAX_DOWNLOADS:
            fault = f"{MAX_DOWNLOADS} maps are being fetched already"
            self.feed(MapFetched(wanted.action_id, None, fault))
            return
        self._downloads += 1

        def fetched() -> MapFetched:
            return self._maps.fetch(wanted)

        def forget(_: object) -> None:
            self._downloads -= 1

        self._send(self._to_web, fetched).add_done_callback(forget)

    def _send(
        self, thread: Executor, errand: Callable[[], RobotEvent | None]
    ) -> asyncio.Task[None]:
        """Lets a thread do what takes its time; its answer is an event."""

        async def go() -> None:
            answer = await asyncio.get_running_loop().run_in_executor(thread, errand)
            if answer is not None:
                self.feed(answer)

        task = asyncio.create_task(go())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        wake_ms = self._robot.next_wake_ms
        if self._robot.is_driving:
            look_ms = self._looked_ms + LOOK_MS
            wake_ms = look_ms if wake_ms is None else min(wake_ms, look_ms)
        if wake_ms is not None:
            sleep_s = max(LEAST_SLEEP_S, self._clock.real_s_until(wake_ms))
            self._alarm = asyncio.get_running_loop().call_later(sleep_s, self._wake)

    def _wake(self) -> None:
        # A state tells where it is now, not where it was when it last said so.
        self._looked_ms = self._clock.now_ms()
        for seen in self._driver.look():
            self.feed(seen)
        self.feed(Woken())

    async def _mind_clock(self) -> None:
        why = why_not_trusted(self._trust)
        if why:
            say(
                f"no orders are taken until the clock is right: {why};"
                " --clock-trust always (clock.trust) takes it as it is"
            )
        trusted = False
        while True:
            if trusted or not why_not_trusted(self._trust):
                step_ms = self._clock.step_ms()
                if step_ms:
                    say(f"the clock was set by {step_ms / 1000:+.1f} s")
                if step_ms or not trusted:
                    trusted = True
                    self._tell_clock()
            await asyncio.sleep(CLOCK_PERIOD_S)

    def _tell_clock(self) -> None:
        trusted = not why_not_trusted(self._trust)
        self.feed(ClockTrusted(trusted, self._clock.wall_ms() if trusted else 0))

    def _heard(self, message: Message) -> None:
        if isinstance(message, Order):
            self.feed(OrderReceived(message))
        elif isinstance(message, InstantActions):
            self.feed(InstantActionsReceived(message))

    def _linked(self, event: LinkUp | LinkDown) -> None:
        up = isinstance(event, LinkUp)
        sentence = f"connected to {self._where}" if up else f"no broker at {self._where}"
        say(sentence)
        self._notifier.status(sentence)
        self.feed(event)

    def _taken(self) -> None:
        say("the broker says that somebody else has logged in as this robot: a copied card?")
        self.feed(IdentityTaken())

    def _progress(self) -> tuple[int, ...]:
        # A disk that never comes back is a hung loop as well.
        self._turns += not self._is_writing or not self._todo
        return (*self._driver.progress, self._turns)

    def _facts(self) -> tuple[str, ...]:
        spec = self._robot.spec
        return (
            f"robot: {spec.robot_id}, map {spec.ground.map_id} {spec.ground.map_version}",
            f"time: {self._clock.wall_ms()} ({why_not_trusted(self._trust) or 'trusted'})",
            f"broker: {self._where}, {'up' if self.link.is_up else 'down'}",
        )

    async def _take_leave(self) -> None:
        """Stands, remembers, and says goodbye: so the will is not sent."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._driver.perform(Hold())
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._to_disk, self._store.write, self._robot.snapshot())
        except StoreError as error:
            say(f"the last save before the end failed: {error}")
        await say_goodbye([self.link])


def _raise_from(done: set[asyncio.Task[Any]]) -> None:
    """None of the works ends by itself: one that did has raised."""
    for task in done:
        error = task.exception()
        if isinstance(error, AgentError):
            raise error
        if error is not None:
            say(f"the agent ends: {type(error).__name__}: {error}")
            raise error
