# SPDX-License-Identifier: Apache-2.0
from dispatcher.config import ClockSection
from dispatcher.service.clock import SiteClock


class Times:
    """A wall clock and a monotonic clock in ms, moved by hand."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000.0, 500.0

    def passes(self, ms: float) -> None:
        self.wall += ms
        self.monotonic += ms

    def clock(self, config: ClockSection, not_before_ms: int = 0) -> SiteClock:
        return SiteClock(config, not_before_ms, lambda: self.wall, lambda: self.monotonic)


def test_site_time_is_wall_time_unless_told_otherwise() -> None:
    times = Times()
    clock = times.clock(ClockSection())
    times.passes(1_500)
    assert clock.now_ms() == 1_001_500


def test_a_faster_clock_runs_from_its_anchor_also_after_a_restart() -> None:
    times = Times()
    config = ClockSection(speed=30, start_wall_ms=1_000_000, start_site_ms=7_000_000)
    first = times.clock(config)
    times.passes(1_000)
    assert first.now_ms() == 7_030_000
    assert times.clock(config).now_ms() == 7_030_000
    assert first.real_s_until(7_060_000) == 1.0
    assert first.real_s_until(0) == 0.0


def test_time_never_goes_back_over_a_restart_and_goes_on_from_there() -> None:
    times = Times()
    clock = times.clock(ClockSection(), not_before_ms=2_000_000)
    assert clock.now_ms() == 2_000_000
    times.passes(10)
    assert clock.now_ms() == 2_000_010


def test_a_step_of_the_wall_clock_is_told_once_and_moves_nothing() -> None:
    times = Times()
    clock = times.clock(ClockSection())
    times.passes(100)
    times.wall += 1_900
    assert clock.wall_step_ms() == 0
    times.wall -= 10_000
    assert clock.wall_step_ms() == -8_100
    assert clock.wall_step_ms() == 0
    assert clock.now_ms() == 1_000_100
