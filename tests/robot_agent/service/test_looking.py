# SPDX-License-Identifier: Apache-2.0
"""The agent looks where its body is while that moves, also where states are seldom."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from robot_agent.core.events import BodyEffect, BodyEvent, Hold, OrderReceived
from robot_agent.core.robot import Robot
from robot_agent.drivers.emulated import Emulated
from robot_agent.emulation.body import Body
from robot_agent.emulation.truth import BodyParams
from robot_agent.service import agent
from robot_agent.service.agent import Agent
from robot_agent.service.link import Broker
from robot_agent.service.log_reports import LogReports
from robot_agent.service.map_store import MapStore
from robot_agent.service.store import Store
from robot_agent.service.wall_clock import AgentClock
from robot_agent.service.watchdog import Notifier
from tests.robot_agent.core.small_world import SPEC, road

WITHIN_S = 20.0
LOOK_MS = 50
FENCE = ((-1_000, -5_000), (400, -5_000), (400, 5_000), (-1_000, 5_000))
PARAMS = BodyParams(
    robot_id=SPEC.robot_id, compartments=SPEC.compartments, x_mm=0, y_mm=0, speed_mm_s=1_000
)


class Watched(Emulated):
    """An emulated body that counts how often it is looked at, and whether it was told to stand."""

    def __init__(self, body: Body, now_ms: Callable[[], int], file: Path) -> None:
        super().__init__(body, now_ms, file)
        self.looks = 0
        self.held = asyncio.Event()

    def perform(self, effect: BodyEffect) -> None:
        super().perform(effect)
        if isinstance(effect, Hold):
            self.held.set()

    def look(self) -> tuple[BodyEvent, ...]:
        self.looks += 1
        return super().look()


async def drive_out(folder: Path) -> Watched:
    clock = AgentClock()
    spec = replace(SPEC, ground=replace(SPEC.ground, fence=(FENCE,)), state_period_ms=30_000)
    body = Watched(Body(PARAMS, 1, clock.now_ms()), clock.now_ms, folder / "body")
    one = Agent(
        Robot(spec, clock.now_ms()),
        body,
        Store(folder),
        MapStore(folder / "maps"),
        LogReports(folder / "reports"),
        Broker("127.0.0.1", 1, "uagv"),
        clock,
        "always",
        Notifier({}),
    )
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0.2)
    stood = body.looks
    one.feed(OrderReceived(road(3)))
    await asyncio.wait_for(body.held.wait(), WITHIN_S)
    body.looks -= stood
    one.stop()
    await running
    return body


def test_a_body_that_drives_out_of_its_fence_is_seen_though_no_state_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agent.LOOK_MS <= 1_000
    monkeypatch.setattr(agent, "LOOK_MS", LOOK_MS)
    began_s = time.monotonic()
    body = asyncio.run(drive_out(tmp_path))
    took_ms = 1000 * (time.monotonic() - began_s)
    assert 2 <= body.looks <= took_ms / LOOK_MS + 2
