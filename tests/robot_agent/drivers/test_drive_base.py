# SPDX-License-Identifier: Apache-2.0
"""The path follower over emulated wheels, in time that is moved by hand."""

import pytest

from robot_agent.core.events import Blocked, Passed, Posed, SetPosition, Stopped
from robot_agent.drivers.emulated_base import Unicycle
from robot_agent.drivers.obstacle_guard import ObstacleGuard
from robot_agent.drivers.path_follower import STEP_S, PathFollower
from robot_agent.drivers.pursuit import Limits
from tests.robot_agent.drivers.bodies import HandClock, Heard, path

LIMITS = Limits(1_500.0, 1_000.0, 2_000.0)


class Track:
    """A robot on a test track; `watched`: its obstacle source is well."""

    def __init__(self, bench: bool = False) -> None:
        self.clock = HandClock()
        self.guard = ObstacleGuard(LIMITS.deceleration_mm_s2, bench=bench)
        self.wheels = Unicycle(LIMITS, self.clock.now_ms)
        start = SetPosition(0, 0, 0)
        self.navigator = PathFollower(self.wheels, self.guard, LIMITS, self.clock.now_ms, start)
        self.heard = Heard()
        self.top_mm_s = 0.0
        self.watched = True
        self.free_mm: float | None = None

    def drive(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.clock.ms += round(STEP_S * 1000)
            if self.watched:
                self.guard.heard(self.clock.ms, self.free_mm)
            self.navigator.step(self.heard)
            self.top_mm_s = max(self.top_mm_s, self.wheels.odometry().speed_mm_s)

    @property
    def pose(self) -> Posed:
        pose = self.navigator.look()
        assert pose is not None
        return pose


def test_it_drives_round_a_corner_and_stands_at_the_end() -> None:
    track = Track()
    track.navigator.follow(path(((0, 0), (8_000, 0)), ((8_000, 0), (8_000, 6_000))))
    track.drive(30)
    assert track.heard.of(Passed) == [Passed(7, 0), Passed(7, 1)]
    assert abs(track.pose.x_mm - 8_000) < 250
    assert abs(track.pose.y_mm - 6_000) < 250
    assert track.pose.speed_mm_s == 0


def test_it_is_never_faster_than_the_stretch_allows() -> None:
    track = Track()
    track.navigator.follow(path(((0, 0), (9_000, 0)), speed_mm_s=600))
    track.drive(20)
    assert 500 < track.top_mm_s <= 600


def test_the_last_stretch_is_passed_only_when_it_stands() -> None:
    track = Track()
    track.navigator.follow(path(((0, 0), (3_000, 0))))
    while not track.heard.of(Passed):
        track.drive(STEP_S)
    assert track.pose.speed_mm_s < 10


def test_it_holds_goes_on_and_leaves_as_it_is_told() -> None:
    track = Track()
    track.navigator.follow(path(((0, 0), (20_000, 0))))
    track.drive(4)
    track.navigator.hold()
    track.drive(3)
    assert track.heard.of(Stopped) == [Stopped(7)]
    held_at = track.pose.x_mm
    track.drive(2)
    assert track.pose.x_mm == held_at
    track.navigator.resume()
    track.drive(3)
    assert track.pose.x_mm > held_at + 1_000
    track.navigator.leave()
    track.drive(3)
    assert len(track.heard.of(Stopped)) == 2
    left_at = track.pose.x_mm
    track.navigator.resume()
    track.drive(2)
    assert track.pose.x_mm == left_at


def test_a_new_path_is_taken_up_in_the_middle_of_its_first_stretch() -> None:
    track = Track()
    track.navigator.follow(path(((0, 0), (20_000, 0))))
    track.drive(8)
    longer = path(((0, 0), (20_000, 0)), ((20_000, 0), (22_000, 0)), path_id=8)
    before = track.pose.x_mm
    track.navigator.follow(longer)
    track.drive(1)
    assert track.pose.x_mm > before + 500
    track.drive(25)
    assert track.heard.of(Passed) == [Passed(8, 0), Passed(8, 1)]


def test_without_a_word_of_an_obstacle_source_it_does_not_move() -> None:
    track = Track()
    track.watched = False
    track.navigator.follow(path(((0, 0), (5_000, 0))))
    track.drive(5)
    assert track.top_mm_s == 0
    assert track.heard.of(Blocked) == [Blocked("no obstacle source has been heard")]


def test_it_stands_when_the_obstacle_source_falls_silent_and_goes_on_when_it_is_back() -> None:
    track = Track()
    track.navigator.follow(path(((0, 0), (20_000, 0))))
    track.drive(4)
    track.watched = False
    track.drive(2)
    assert track.pose.speed_mm_s == 0
    assert "silent for more than 500 ms" in track.heard.of(Blocked)[-1].reason
    track.watched = True
    track.drive(20)
    assert track.heard.of(Blocked)[-1] == Blocked("")
    assert track.heard.of(Passed) == [Passed(7, 0)]


def test_it_stops_short_of_an_obstacle() -> None:
    track = Track()
    wall_mm = 6_000
    track.navigator.follow(path(((0, 0), (20_000, 0))))
    for _ in range(200):
        track.free_mm = max(0, wall_mm - track.pose.x_mm)
        track.drive(STEP_S)
    assert 4_500 < track.pose.x_mm < wall_mm


def test_on_the_bench_it_moves_unwatched_but_slowly() -> None:
    track = Track(bench=True)
    track.watched = False
    track.navigator.follow(path(((0, 0), (2_000, 0))))
    track.drive(15)
    assert 0 < track.top_mm_s <= 300
    assert track.heard.of(Passed) == [Passed(7, 0)]


def test_wheels_stand_by_themselves_when_nobody_tells_them_anything() -> None:
    clock = HandClock()
    wheels = Unicycle(LIMITS, clock.now_ms)
    wheels.drive(1_000, 0)
    clock.ms += 3_000
    assert wheels.odometry().speed_mm_s == 0
    assert 0 < wheels.odometry().x_mm < 500


@pytest.mark.parametrize("here", [SetPosition(5_000, -2_000, 1_571), SetPosition(0, 0, 3_142)])
def test_it_believes_where_somebody_says_it_is(here: SetPosition) -> None:
    track = Track()
    track.drive(1)
    track.navigator.set_position(here)
    pose = track.pose
    assert (pose.x_mm, pose.y_mm, pose.localized) == (here.x_mm, here.y_mm, True)
    assert abs(abs(pose.heading_mrad) - here.heading_mrad) <= 1
