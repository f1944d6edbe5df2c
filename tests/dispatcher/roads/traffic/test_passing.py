# SPDX-License-Identifier: Apache-2.0
"""Where two robots pass each other."""

from itertools import pairwise

import pytest

from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import drawn_edges
from dispatcher.roads.traffic.passing import (
    Passing,
    passing_of,
    passings,
)
from tests.dispatcher.roads.town import Feature, road, thing, town

ROBOT = RobotProfile()


@pytest.mark.parametrize(
    ("facts", "wide", "sure", "why"),
    [
        ({"passing": "narrow", "width_m": 6}, False, True, "seen"),
        ({"passing": "wide", "width_m": 1.5}, True, True, "seen"),
        ({"width_m": 2.8}, True, True, "width"),
        ({"width_m": 2.7}, False, True, "width"),
        ({"passing": "wide", "passing_from": "width", "width_m": 2.7}, False, True, "width"),
        ({"passing": "wide", "passing_from": "guess", "width_m": 2.7}, False, False, "guess"),
        ({"passing": "narrow", "passing_from": "guess", "width_m": 3}, False, False, "guess"),
        ({"passing": "narrow", "passing_from": "width", "width_m": 2.8}, True, True, "width"),
        ({"passing": "wide", "passing_from": "guess"}, True, False, "guess"),
        ({"class": "road"}, False, False, "guess"),
    ],
)
def test_a_persons_word_counts_before_a_width_and_a_width_before_a_guess(
    facts: dict[str, object], wide: bool, sure: bool, why: str
) -> None:
    edge = town(road("e", (0, 0), (100, 0), **facts)).edges["e"]
    assert passing_of(edge, ROBOT) == Passing(wide, sure, why)


def test_a_broader_robot_needs_a_broader_way() -> None:
    edge = town(road("e", (0, 0), (100, 0), width_m=3)).edges["e"]
    assert passing_of(edge, ROBOT).wide
    assert not passing_of(edge, RobotProfile(width_mm=1_100)).wide


def wide_ones(*features: Feature) -> list[str]:
    found = passings(drawn_edges(town(*features)), ROBOT)
    return [edge_id for edge_id, passing in found.items() if passing.wide]


def test_a_wide_bit_too_short_to_wait_in_between_narrow_ones_is_narrow() -> None:
    ends = (road("a", (0, 0), (50, 0), width_m=2), road("c", (55, 0), (99, 0), width_m=2))
    assert wide_ones(*ends, road("b", (50, 0), (55, 0), width_m=6)) == []
    longer = road("c", (56, 0), (99, 0), width_m=2)
    assert wide_ones(ends[0], road("b", (50, 0), (56, 0), width_m=6), longer) == ["b"]


def test_short_bits_give_way_one_after_the_other_until_a_long_one_holds() -> None:
    line = [0, 50, 54, 58, 90]
    roads = [
        road(f"e{x}", (x, 0), (following, 0), width_m=6 if x else 2)
        for x, following in pairwise(line)
    ]
    assert wide_ones(*roads) == ["e58"]
    assert wide_ones(*roads[1:]) == ["e50", "e54", "e58"], "no narrow way, nothing to clear"


def test_a_stop_on_a_wide_way_does_not_make_it_short() -> None:
    campus = town(
        road("narrow", (0, 0), (50, 0), width_m=2),
        road("wide", (50, 0), (60, 0), width_m=6),
        thing("stop", "s", (53, 2), edge="wide", offset_m=3),
    )
    assert list(campus.edges) == ["narrow", "wide.1", "wide.2"]
    found = passings(drawn_edges(campus), ROBOT)
    assert {key: one.wide for key, one in found.items()} == {"narrow": False, "wide": True}
