# SPDX-License-Identifier: Apache-2.0
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.emulation.speed import braking, phases_over, reached_ms

UP, DOWN = 1_000, 2_000
stretches = st.lists(
    st.tuples(st.integers(0, 200_000), st.integers(50, 5_000)), min_size=1, max_size=8
)


def test_a_long_way_is_sped_up_on_driven_evenly_and_braked_for() -> None:
    phases, ends = phases_over([20_000], [2_000], 0, UP, DOWN, 1_000)
    assert [phase.acceleration_mm_s2 for phase in phases] == [UP, 0, -DOWN]
    assert [phase.end_mm - phase.start_mm for phase in phases] == [2_000, 17_000, 1_000]
    # 2 s up to 2 m/s, 8.5 s of 17 m, 1 s down.
    assert ends == [1_000 + 2_000 + 8_500 + 1_000]


def test_a_short_way_never_reaches_full_speed() -> None:
    phases, ends = phases_over([600], [3_000], 0, UP, DOWN, 0)
    assert max(phase.speed_mm_s for phase in phases) < 1_000
    assert 1_300 < ends[0] < 1_400


def test_a_slow_stretch_is_braked_for_before_it_begins() -> None:
    phases, ends = phases_over([10_000, 5_000], [3_000, 1_000], 0, UP, DOWN, 0)
    at_border = next(phase for phase in phases if phase.start_mm == 10_000)
    assert at_border.speed_mm_s == 1_000
    assert ends[1] - ends[0] >= 5_000


def test_who_is_at_speed_already_is_not_slowed_by_a_path_that_grows() -> None:
    _, alone = phases_over([50_000], [2_000], 2_000, UP, DOWN, 0)
    _, grown = phases_over([50_000, 50_000], [2_000, 2_000], 2_000, UP, DOWN, 0)
    assert grown[0] == 25_000 < alone[0]


def test_braking_takes_its_way_and_the_ways_end_is_the_limit() -> None:
    phase = braking(1_000, 2_000, DOWN, 100_000, 0)
    assert (phase.end_mm, phase.end_ms) == (2_000, 1_000)
    assert braking(1_000, 2_000, DOWN, 1_400, 0).end_mm == 1_400


@settings(max_examples=60, deadline=None)
@given(stretches, st.integers(0, 5_000))
def test_it_ends_where_the_way_ends_and_never_runs_backwards(
    way: list[tuple[int, int]], speed: int
) -> None:
    lengths, limits = [one[0] for one in way], [one[1] for one in way]
    phases, ends = phases_over(lengths, limits, speed, UP, DOWN, 0)
    assert ends == sorted(ends)
    assert len(ends) == len(way)
    at_mm = at_ms = 0
    for phase in phases:
        assert (phase.start_ms, phase.start_mm) == (at_ms, at_mm)
        middle = (phase.start_ms + phase.end_ms) // 2
        assert phase.start_mm <= phase.place_mm(middle) <= phase.place_mm(phase.end_ms)
        assert phase.speed_mm_s <= max(*limits, speed)
        at_ms, at_mm = phase.end_ms, phase.end_mm
    assert at_mm == sum(lengths)
    if phases:
        reached = reached_ms(phases[0], phases[0].end_mm)
        assert phases[0].place_mm(reached) == phases[0].end_mm
