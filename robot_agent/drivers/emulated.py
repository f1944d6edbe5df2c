# SPDX-License-Identifier: Apache-2.0
"""The emulated body in real time: the whole agent without any hardware.

What must hold: the body's truth is in a file of its own before anybody hears of what it does, so
that killing the agent is no accident in the street.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from robot_agent.core.events import BodyEffect, BodyEvent, RobotEvent, SetPosition
from robot_agent.drivers.base import DriverError, Setup, Tell, number_in, place_in
from robot_agent.emulated_fleet import starting_places
from robot_agent.emulation.body import Body
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.truth import BodyParams
from robot_agent.service.phones import CodeBook

TRUTH_FILE = "emulated-body.json"
HOUR_MS = 3_600_000


class Emulated:
    """The `Driver` of an emulated body."""

    def __init__(self, body: Body, now_ms: Callable[[], int], file: Path) -> None:
        self._body = body
        self._now_ms = now_ms
        self._file = file
        self._commanded = asyncio.Event()

    @property
    def progress(self) -> tuple[int, ...]:
        return ()

    def perform(self, effect: BodyEffect) -> None:
        self._body.command(effect, self._now_ms())
        self._save()
        self._commanded.set()

    def look(self) -> tuple[BodyEvent, ...]:
        now_ms = self._now_ms()
        return self._body.pose(now_ms), self._body.battery(now_ms)

    async def run(self, tell: Tell) -> None:
        for event in self._body.readings(self._now_ms()):
            _pass_on(event, tell)
        while True:
            # Between two turns others get the loop: a body may have very much to say.
            self._commanded.clear()
            happened = self._body.advance(self._now_ms())
            self._save()
            for _, event in happened:
                _pass_on(event, tell)
            if happened:
                await asyncio.sleep(0)
                continue
            due_ms = self._body.due_ms
            wait_s = None if due_ms is None else max(0.0, (due_ms + 1 - self._now_ms()) / 1000)
            try:
                await asyncio.wait_for(self._commanded.wait(), wait_s)
            except TimeoutError:
                continue

    def _save(self) -> None:
        if self._body.unsaved:
            half = self._file.with_suffix(".new")
            half.write_bytes(self._body.snapshot())
            half.replace(self._file)


def _pass_on(event: RobotEvent, tell: Tell) -> None:
    if isinstance(event, BodyEvent):
        tell(event)


def start_of(setup: Setup) -> SetPosition:
    """Option `start`, else a station, parking, charger or stop of the map. Raises DriverError."""
    start = place_in(setup, "start")
    if start is not None:
        return start
    try:
        (place,) = starting_places(setup.campus, 1)
    except ValueError as error:
        raise DriverError(f"{error}: give the driver option start") from None
    return SetPosition(place.x_mm, place.y_mm, 0)


def body_of(setup: Setup) -> Body:
    """As it was left, else new. Raises DriverError."""
    spec, start = setup.spec, start_of(setup)
    default = PeopleParams()
    prompt_ms = number_in(setup, "prompt_max_ms", default.prompt_max_ms, 0, HOUR_MS)
    service_ms = number_in(setup, "service_max_ms", default.service_max_ms, 0, HOUR_MS)
    params = BodyParams(
        robot_id=spec.robot_id,
        compartments=spec.compartments,
        x_mm=start.x_mm,
        y_mm=start.y_mm,
        speed_mm_s=spec.speed_mm_s,
        acceleration_mm_s2=spec.acceleration_mm_s2,
        deceleration_mm_s2=spec.deceleration_mm_s2,
        charge_permille=number_in(setup, "charge_permille", 1_000, 0, 1_000),
        occupancy_sensor=spec.occupancy_sensor,
        people=PeopleParams(
            no_show_pct=number_in(setup, "no_show_pct", default.no_show_pct, 0, 100),
            late_pct=number_in(setup, "late_pct", default.late_pct, 0, 100),
            prompt_min_ms=min(default.prompt_min_ms, prompt_ms),
            prompt_max_ms=prompt_ms,
            service_min_ms=min(default.service_min_ms, service_ms),
            service_max_ms=service_ms,
        ),
    )
    seed = number_in(setup, "seed", 1, 0, 1 << 62)
    phones = CodeBook(Path(str(setup.options["codes"])) if "codes" in setup.options else None)
    file, now_ms = setup.folder / TRUTH_FILE, setup.now_ms()
    try:
        return Body.restore(params, seed, file.read_bytes(), now_ms, phones.code)
    except FileNotFoundError:
        return Body(params, seed, now_ms, phones.code)
    except (OSError, msgspec.MsgspecError) as error:
        raise DriverError(f"{file}: is not an emulated body's: {error}") from None


def make(setup: Setup) -> Emulated:
    """Options: `start`, `seed`, `codes`, `charge_permille`, `no_show_pct`, `late_pct`,
    `prompt_max_ms`, `service_max_ms`. Raises DriverError."""
    return Emulated(body_of(setup), setup.now_ms, setup.folder / TRUTH_FILE)
