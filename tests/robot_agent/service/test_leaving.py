# SPDX-License-Identifier: Apache-2.0
"""An agent that is told to stop: what it could not write down it says."""

import asyncio
from pathlib import Path

import pytest

from robot_agent.core.robot import Robot
from robot_agent.drivers.emulated import Emulated
from robot_agent.emulation.body import Body
from robot_agent.emulation.truth import BodyParams
from robot_agent.service.agent import Agent
from robot_agent.service.link import Broker
from robot_agent.service.log_reports import LogReports
from robot_agent.service.map_store import MapStore
from robot_agent.service.store import Store
from robot_agent.service.wall_clock import AgentClock
from robot_agent.service.watchdog import Notifier
from tests.robot_agent.core.small_world import SPEC

PARAMS = BodyParams(
    robot_id=SPEC.robot_id, compartments=SPEC.compartments, x_mm=0, y_mm=0, speed_mm_s=1_000
)


async def run_and_stop(memory: Path, elsewhere: Path) -> None:
    """At rest, where nothing is written, the folder of its memory goes away."""
    clock = AgentClock()
    one = Agent(
        Robot(SPEC, clock.now_ms()),
        Emulated(Body(PARAMS, 1, clock.now_ms()), clock.now_ms, elsewhere / "body"),
        Store(memory),
        MapStore(elsewhere / "maps"),
        LogReports(elsewhere / "reports"),
        Broker("127.0.0.1", 1, "uagv"),
        clock,
        "always",
        Notifier({}),
    )
    running = asyncio.create_task(one.run())
    await asyncio.sleep(0.3)
    await asyncio.to_thread(memory.rename, memory.with_name("gone"))
    one.stop()
    await running


def test_a_last_save_that_fails_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    memory, elsewhere = tmp_path / "memory", tmp_path / "elsewhere"
    memory.mkdir()
    elsewhere.mkdir()
    asyncio.run(run_and_stop(memory, elsewhere))
    assert "the last save before the end failed" in capsys.readouterr().err
