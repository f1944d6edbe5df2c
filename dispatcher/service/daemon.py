# SPDX-License-Identifier: Apache-2.0
"""The daemon: one asyncio loop with the robots' link, the API, the runner and the planner's pool.

What must hold: it starts whole or not at all; a broker that is gone does not stop it; SIGTERM and
SIGINT end it in order (requests answered, events decided, a snapshot written) with exit code 0.
"""

import asyncio
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from typing import Any, Final, Protocol

import structlog

from dispatcher.config import Config
from dispatcher.core.events import ClockStepped
from dispatcher.planner.compile import warm
from dispatcher.planner.pool import PlannerPool
from dispatcher.service.api import create_app
from dispatcher.service.api_server import ApiServer
from dispatcher.service.clock import STEP_MS, SiteClock
from dispatcher.service.code_desk import CodeDesk
from dispatcher.service.engine import EngineSwitch
from dispatcher.service.link import MqttLink
from dispatcher.service.parts import Parts, open_parts
from dispatcher.service.perform import Performer, RobotLink
from dispatcher.service.planning import PlanningBridge
from dispatcher.service.roll_keeper import RollKeeper
from dispatcher.service.running import RunningSite, Telemetry
from dispatcher.service.site import SiteRunner

LOOK_EVERY_S: Final = 1.0
BROKER_REMINDER_S: Final = 60
ERASE_EVERY_S: Final = 60

log = structlog.get_logger()


class SiteLink(RobotLink, Telemetry, Protocol):
    """The way to a site's robots: what takes their orders, and tells of them beside events."""


def run_daemon(config: Config) -> int:
    """Run until a signal; the exit code. Raises StartError."""
    with ExitStack() as stack:
        parts = open_parts(config, stack)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(config, parts))


async def _serve(config: Config, parts: Parts) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    engines = EngineSwitch(config.planner.engine)
    with PlannerPool(
        config.planner.workers,
        config.planner.deadline_ms / 1000,
        tasks_per_worker=config.planner.tasks_per_worker,
        warm=warm,
    ) as pool:
        site, link, keeper = _assemble(config, parts, pool, engines)
        server = ApiServer(create_app(site))
        link.start()
        epoch = parts.journal.epoch
        site.runner.start(site.performer, keeper.spec())
        keeper.tell_revoked()
        keeper.mend_broker()
        serving = asyncio.create_task(server.serve(sockets=[parts.listener]))
        looking = asyncio.create_task(_look_after(site, link, keeper))
        compiling = asyncio.create_task(engines.bring_kernel(pool.renew))
        host, port = parts.listener.getsockname()[:2]
        log.info("serving", site=config.site.id, api=f"http://{host}:{port}", epoch=epoch)
        await _first_of(stopped.wait(), serving, looking)
        log.info("stopping")
        server.should_exit = True
        await serving
        looking.cancel()
        compiling.cancel()
        await link.stop()
        await site.runner.stop()
        site.performer.close()
        pool.shutdown(wait=False, cancel_futures=True)
    log.info("stopped", records=site.runner.last_seq + 1)
    return 0


def _assemble(
    config: Config, parts: Parts, pool: PlannerPool, engines: EngineSwitch
) -> tuple[RunningSite, MqttLink, RollKeeper]:
    clock = SiteClock(config.clock, parts.journal.last_at_ms)
    if clock.held_back_ms > STEP_MS:
        log.warning(
            "the journal ends in the future: site time goes on from there",
            ahead_ms=clock.held_back_ms,
        )
    without_code = _without_code(parts)
    if without_code:
        log.warning(
            "open parcels have lost their codes: they get new ones with their next notice",
            parcels=without_code,
        )
    runner = SiteRunner(parts.journal, parts.restored, clock, config.limits, log.warning)
    keeper = RollKeeper(config, parts.roll, parts.journal.epoch, runner, log.warning)
    link = MqttLink(
        parts.broker,
        config.mqtt.interface,
        parts.graph,
        parts.roll.entries,
        site_ms=clock.now_ms,
        on_event=runner.offer,
        log=log.warning,
        logins=keeper if config.fleet.broker else None,
    )
    site = site_of(config, parts, pool, engines, clock, runner, link, log.warning)
    return site, link, keeper


def site_of(
    config: Config,
    parts: Parts,
    pool: Executor,
    engines: EngineSwitch,
    clock: SiteClock,
    runner: SiteRunner,
    link: SiteLink,
    tell: Callable[[str], None],
) -> RunningSite:
    """A site with what performs its effects, whatever its planners and its robots are."""
    planner = PlanningBridge(pool, config.planner, engines, runner.offer, tell)
    performer = Performer(
        link=link,
        keys=parts.roll.keys,
        contacts=parts.contacts,
        outbox=parts.outbox,
        planner=planner,
        clock=clock,
        offer=runner.offer,
        log=tell,
        alarms_kept=config.limits.alarms_kept,
        recipient_of=lambda parcel: _recipient_of(runner, parcel),
    )
    return RunningSite(
        config=config,
        graph=parts.graph,
        timezone=parts.timezone,
        clock=clock,
        runner=runner,
        contacts=parts.contacts,
        performer=performer,
        planner=planner.stats,
        link=link,
        desk=CodeDesk(parts.contacts, lambda: time.monotonic_ns() // 1_000_000),
        roll=parts.roll,
        token=parts.token,
    )


def _recipient_of(runner: SiteRunner, parcel: str) -> str:
    found = runner.dispatcher.state.find(parcel)
    return found.recipient if found else ""


def _without_code(parts: Parts) -> int:
    """How many open parcels have no code, although their recipients were told one."""
    state, known = parts.restored.dispatcher.state, set(parts.contacts.parcels())
    owed = {parcel for parcel, *_ in state.notices.values()}
    return sum(parcel not in known and parcel not in owed for parcel in state.parcels)


async def _look_after(site: RunningSite, link: MqttLink, keeper: RollKeeper) -> None:
    """The wall clock, the register, the broker's absence, the codes of parcels that have ended."""
    seconds = 0
    while True:
        if seconds % ERASE_EVERY_S == 0:
            erase_ended(site)
            keeper.end_overdue()
        await asyncio.sleep(LOOK_EVERY_S)
        seconds += 1
        keeper.look(link)
        step_ms = site.clock.wall_step_ms()
        if step_ms:
            site.runner.offer(ClockStepped(step_ms))
        if not site.link.connected and seconds % BROKER_REMINDER_S == 0:
            log.warning("still no connection to the MQTT broker; trying on")


def erase_ended(site: RunningSite) -> None:
    """Forget the codes of parcels that are not open any more; what cannot be erased now stays
    until the next time."""
    ended = [parcel for parcel in site.contacts.parcels() if parcel in site.state.ended]
    try:
        if ended:
            site.contacts.erase(ended)
    except sqlite3.Error as error:
        log.warning("codes could not be erased", parcels=len(ended), error=str(error))


async def _first_of(stopped: Any, *tasks: "asyncio.Task[None]") -> None:
    """Until a signal comes or one of the tasks ends; a task that failed raises here."""
    waiting = asyncio.ensure_future(stopped)
    done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done:
        task.result()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop
