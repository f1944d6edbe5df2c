# SPDX-License-Identifier: Apache-2.0
"""Whether a robot's computer is fit for work: one finding for each thing that an agent needs.

What must hold: a check changes nothing that stays, and ends by itself. It asks the body and logs in
at the broker as the agent would: no agent may be at work meanwhile.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from robot_agent.campus import CampusError
from robot_agent.core.events import BatteryRead, BodyEvent, PartFailed, Posed
from robot_agent.drivers.base import Driver, DriverError
from robot_agent.service.assembly import campus_of, driver_of, spec_of
from robot_agent.service.credentials import CredentialError, broker_of, check_computer
from robot_agent.service.settings import Settings
from robot_agent.service.wall_clock import AgentClock, why_not_trusted

BROKER_WITHIN_S = 10.0
DRIVER_WITHIN_S = 5.0
LEAST_FREE_BYTES = 50_000_000
PROBE_BYTES = 4_096
NOT_THE_DRIVERS = shutil.ignore_patterns("memory-*", "maps", "reports")
BOARDS = ("drive", "locker")
NEEDED_INPUTS = (
    "e_stop_clear",
    "bumper_clear",
    "level",
    "doors_shut",
    "obstacle_sensor_ok",
    "standing",
)
SEE_TO = "see to what it names: a broken wire reads as unsafe"
SEE_TO_BODY = "see to the body, its cable or power"


class Finding(msgspec.Struct, frozen=True):
    """What was seen of `part`; `to_do`: what to do about it, empty where it is well."""

    part: str
    ok: bool
    seen: str
    to_do: str = ""


def check_all(settings: Settings, folder: Path) -> list[Finding]:
    """In the order in which to mend things."""
    return [
        _checked("computer", lambda: _computer(settings)),
        _checked("disk", lambda: _disk(folder)),
        _clock(settings),
        _checked("map", lambda: _map(settings)),
        *_boards(settings),
        _checked("driver", lambda: asyncio.run(_driver(settings, folder))),
        _checked("broker", lambda: asyncio.run(_broker(settings))),
    ]


def _checked(part: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (CredentialError, CampusError, DriverError) as error:
        return Finding(part, False, str(error), "set it right in the configuration")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return Finding(part, False, f"{where}{error.strerror or error}", "see what it names")


def _computer(settings: Settings) -> Finding:
    check_computer(settings)
    bound = "the one it was installed on" if settings.robot.computer else "not bound to one"
    return Finding("computer", True, bound)


def _disk(folder: Path) -> Finding:
    probe = folder / "selftest.probe"
    try:
        with probe.open("wb") as file:
            file.write(b"\0" * PROBE_BYTES)
            file.flush()
        free = shutil.disk_usage(folder).free
    finally:
        probe.unlink(missing_ok=True)
    seen = f"{folder}: writable, {free // 1_000_000} MB free"
    if free < LEAST_FREE_BYTES:
        return Finding("disk", False, seen, f"make room: {LEAST_FREE_BYTES // 1_000_000} MB")
    return Finding("disk", True, seen)


def _clock(settings: Settings) -> Finding:
    why = why_not_trusted(settings.clock.trust)
    if why:
        to_do = "let it reach a time server (timedatectl), or see clock.trust"
        return Finding("clock", False, why, to_do)
    return Finding("clock", True, f"trusted ({settings.clock.trust})")


def _map(settings: Settings) -> Finding:
    site = campus_of(settings).site
    return Finding("map", True, f"{site.id} {site.revision}: {site.name}")


def _boards(settings: Settings) -> list[Finding]:
    """Each board of the driver `board`: who it is, and what it sees."""
    if settings.driver.name != "board":
        return []
    return [_checked(f"{name} board", partial(_board, settings, name)) for name in BOARDS]


def _board(settings: Settings, name: str) -> Finding:
    from robot_agent.board.identity import BoardError, ask
    from robot_agent.board.words import BoardKind

    device = settings.driver.options.get(name)
    if not isinstance(device, str):
        fault = f"driver.options.{name} is not set"
        return Finding(f"{name} board", False, fault, "give its serial device there")
    try:
        facts = asyncio.run(ask(device, BoardKind[name.upper()]))
    except BoardError as error:
        return Finding(f"{name} board", False, str(error), SEE_TO_BODY)
    seen = (
        f"{facts.unique_id}, firmware {facts.firmware} ({facts.git}), protocol {facts.protocol},"
        f" start {facts.boot_count} by {facts.reset_cause}"
    )
    unready = [one for one in NEEDED_INPUTS if not facts.inputs.get(one, True)]
    if unready:
        return Finding(f"{name} board", False, f"{seen}; not ready: {', '.join(unready)}", SEE_TO)
    return Finding(f"{name} board", True, seen)


async def _driver(settings: Settings, folder: Path) -> Finding:
    campus = campus_of(settings)
    clock = AgentClock()
    with tempfile.TemporaryDirectory(prefix="robot-agent-") as copy:
        # It may have a calibration there; what it writes stays out of the agent's own folder.
        shutil.copytree(folder, copy, ignore=NOT_THE_DRIVERS, dirs_exist_ok=True)
        spec = spec_of(settings, campus)
        return await _asked(driver_of(settings, spec, campus, Path(copy), clock), settings)


async def _asked(driver: Driver, settings: Settings) -> Finding:
    heard: list[BodyEvent] = []
    running = asyncio.create_task(driver.run(heard.append))
    deadline_s = asyncio.get_running_loop().time() + DRIVER_WITHIN_S
    while not running.done() and asyncio.get_running_loop().time() < deadline_s:
        if _kinds(heard) >= {Posed, BatteryRead}:
            break
        await asyncio.sleep(0.05)
    failed = running.exception() if running.done() and not running.cancelled() else None
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await running
    name = settings.driver.name
    if failed is not None:
        seen = f"{name}: {type(failed).__name__}: {failed}"
        return Finding("driver", False, seen, "mend the driver")
    faults = {event.part: event.text for event in heard if isinstance(event, PartFailed)}
    wrong = [text for text in faults.values() if text]
    if wrong:
        return Finding("driver", False, f"{name}: {wrong[0]}", SEE_TO_BODY)
    lacks = [k.__name__ for k in (Posed, BatteryRead) if k not in _kinds(heard)]
    if lacks:
        seen = f"{name}: no {' and no '.join(lacks)} within {DRIVER_WITHIN_S:.0f} s"
        return Finding("driver", False, seen, SEE_TO_BODY)
    return Finding("driver", True, f"{name}: says where it is and how full its battery")


def _kinds(events: list[BodyEvent]) -> set[type]:
    return {type(event) for event in events}


async def _broker(settings: Settings) -> Finding:
    from paho.mqtt.client import Client, ConnectFlags
    from paho.mqtt.enums import CallbackAPIVersion
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    broker = broker_of(settings)
    where = f"{broker.host}:{broker.port}"
    answers: asyncio.Queue[ReasonCode] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def answered(
        _: Client, __: object, ___: ConnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        loop.call_soon_threadsafe(answers.put_nowait, reason)

    # 3.1.1, which every broker knows.
    name = f"{settings.robot.manufacturer}/{settings.robot.serial}/selftest"
    client = Client(CallbackAPIVersion.VERSION2, client_id=name)
    client.connect_timeout = BROKER_WITHIN_S / 2
    client.on_connect = answered
    if broker.login.username:
        client.username_pw_set(broker.login.username, broker.login.password or None)
    if broker.login.tls is not None:
        client.tls_set_context(broker.login.tls())
    try:
        await asyncio.to_thread(client.connect, broker.host, broker.port)
        client.loop_start()
        reason = await asyncio.wait_for(answers.get(), BROKER_WITHIN_S)
    except TimeoutError:
        return Finding(
            "broker", False, f"{where}: no answer", "see whether an MQTT broker is there"
        )
    except OSError as error:
        seen = f"{where}: {error.strerror or error}"
        return Finding("broker", False, seen, "see to the network, the address and the CA")
    finally:
        client.disconnect()
        client.loop_stop()
    if reason.is_failure:
        return Finding("broker", False, f"{where}: {reason}", "see to the certificate or password")
    return Finding("broker", True, f"{where}: lets {name} in")
