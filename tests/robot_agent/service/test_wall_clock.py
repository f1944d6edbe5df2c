# SPDX-License-Identifier: Apache-2.0
import time
from pathlib import Path

import pytest

from robot_agent.service import wall_clock
from robot_agent.service.wall_clock import AgentClock, why_not_trusted

HOUR_MS = 3_600_000


@pytest.mark.parametrize("by_ms", [-HOUR_MS, HOUR_MS])
def test_a_step_of_the_wall_clock_moves_no_wait_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, by_ms: int
) -> None:
    """Else an hour back freezes every lock, and an hour on ends every lock-out."""
    clock, real_ns = AgentClock(), time.time_ns
    before_ms, wall_ms = clock.now_ms(), clock.wall_ms()
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + by_ms * 1_000_000)
    assert 0 <= clock.now_ms() - before_ms < 60_000
    assert clock.real_s_until(before_ms + 60_000) <= 60.001
    assert abs(clock.wall_ms() - wall_ms - by_ms) < 60_000
    assert abs(clock.step_ms() - by_ms) < 60_000
    assert clock.step_ms() == 0


def test_a_robots_time_begins_with_the_wall_clocks() -> None:
    assert abs(AgentClock().now_ms() - time.time_ns() // 1_000_000) < 60_000


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer that has heard no time server and has no real-time clock."""
    monkeypatch.setattr(wall_clock, "TIMESYNCD", tmp_path / "synchronized")
    monkeypatch.setattr(wall_clock, "RTC_FOLDER", tmp_path / "rtc")
    monkeypatch.setattr(wall_clock, "MODEL", tmp_path / "model")
    monkeypatch.setattr(wall_clock, "_kernel_says_synchronised", lambda: False)
    return tmp_path


def test_an_ordinary_computer_is_believed_and_a_pi_that_heard_no_time_server_is_not(
    bare: Path,
) -> None:
    assert why_not_trusted("auto") == ""
    (bare / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    assert "heard no time server" in why_not_trusted("auto")
    (bare / "synchronized").touch()
    assert why_not_trusted("auto") == ""


def test_a_pi_with_a_real_time_clock_that_agrees_is_believed(bare: Path) -> None:
    (bare / "model").write_bytes(b"Raspberry Pi 5\0")
    rtc = bare / "rtc/rtc0/since_epoch"
    rtc.parent.mkdir(parents=True)
    rtc.write_text("1000\n")
    assert why_not_trusted("auto") != ""
    rtc.write_text(f"{int(time.time())}\n")
    assert why_not_trusted("auto") == ""
