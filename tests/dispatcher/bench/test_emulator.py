# SPDX-License-Identifier: Apache-2.0
import os

import msgspec
import pytest

from dispatcher.bench import emulator
from dispatcher.bench.emulator import bench_emulator, table_of
from dispatcher.bench.emulator_machine import BenchError, usage
from tests.tools import require_tool


def test_a_few_robots_are_measured_standing_and_driving(monkeypatch: pytest.MonkeyPatch) -> None:
    require_tool("mosquitto")
    monkeypatch.setattr(emulator, "SETTLE_S", 1.0)
    told: list[str] = []
    report = bench_emulator(3, 2, 1, told.append)
    standing, driving = report.rounds
    assert (standing.online, standing.driving) == (3, 0)
    assert (driving.online, driving.driving) == (3, 3)
    for one in report.rounds:
        assert one.states_per_s > 1
        assert one.rss_mb > 5
        assert one.state_bytes > 300
    assert driving.state_bytes > standing.state_bytes
    assert "3 robots sent off" in told[-1]
    table = table_of(report).splitlines()
    assert table[0].startswith("3 emulated robots in one process")
    assert [line.split()[0] for line in table[-3:-1]] == ["standing", "driving"]
    assert msgspec.json.decode(msgspec.json.encode(report))["robots"] == 3


def test_the_agent_of_one_robot_is_measured_standing_and_driving(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require_tool("mosquitto")
    monkeypatch.setattr(emulator, "SETTLE_S", 1.5)
    report = bench_emulator(1, 2, 1, lambda _: None, "run")
    standing, driving = report.rounds
    assert (standing.online, standing.driving, driving.driving) == (1, 0, 1)
    assert driving.state_bytes > standing.state_bytes
    assert report.goal == emulator.GOALS["run"]
    assert table_of(report).startswith("the agent of 1 robot, its body emulated")
    with pytest.raises(BenchError, match="give --count 1"):
        bench_emulator(2, 2, 1, lambda _: None, "run")


def test_a_process_is_measured_or_said_to_be_gone() -> None:
    mine = usage(os.getpid())
    assert mine.cpu_s > 0
    assert mine.rss_mb > 5
    with pytest.raises(BenchError, match="cannot be measured"):
        usage(2**22 + 1)
