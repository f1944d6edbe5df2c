# SPDX-License-Identifier: Apache-2.0
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.core.events import Passed
from robot_agent.drivers.passing import PassedByPose
from tests.robot_agent.drivers.bodies import path

L_SHAPED = path(((0, 0), (10_000, 0)), ((10_000, 0), (10_000, 10_000)))


def test_poses_along_a_path_pass_its_stretches_one_after_the_other() -> None:
    passing = PassedByPose(L_SHAPED)
    assert passing.at(5_000, 40) == []
    assert passing.at(9_800, 0) == [Passed(7, 0)]
    assert passing.at(10_000, 5_000) == []
    assert passing.at(10_050, 9_900) == [Passed(7, 1)]
    assert passing.is_done


def test_a_corner_that_was_cut_is_passed_all_the_same() -> None:
    passing = PassedByPose(L_SHAPED)
    passing.at(8_000, 0)
    assert passing.at(9_500, 1_500) == [Passed(7, 0)]


def test_stretches_without_length_are_passed_at_once() -> None:
    passing = PassedByPose(path(((0, 0),), ((0, 0),)))
    assert passing.at(0, 0) == [Passed(7, 0), Passed(7, 1)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12_000), st.integers(-500, 12_000)), max_size=40))
def test_whatever_the_poses_each_stretch_is_passed_once_and_in_order(
    poses: list[tuple[int, int]],
) -> None:
    passing = PassedByPose(L_SHAPED)
    passed = [one.stretch for x, y in poses for one in passing.at(x, y)]
    assert passed == list(range(len(passed)))
