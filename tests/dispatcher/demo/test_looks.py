# SPDX-License-Identifier: Apache-2.0
"""What a person sees of a demo: the frame, the map, the last words."""

from datetime import UTC
from pathlib import Path

import pytest

from dispatcher.data_files import demo_campus_path
from dispatcher.demo.clock import DemoClock, allowed_speed, planner_times
from dispatcher.demo.frame import Frame, frame_of
from dispatcher.demo.live_view import LiveView, Progress
from dispatcher.demo.map_view import ROBOT_SIGN, MapView
from dispatcher.demo.summary import Ending, faults_of, lines_of, result_of
from dispatcher.demo.watch import Watch
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import read_campus

HOUR_MS = 3_600_000
SUMMARY = {
    "parcels": {"accepted": 4, "delivered": 2, "returned": 0, "cancelled": 1, "open": 1},
    "by_state": {"delivered": 2, "cancelled": 1, "given_up": 1},
    "plan_age_ms": 4_000,
    "messages_per_s": 12.5,
}
ROBOTS = [
    {"robot": "drover/R1", "link": "online", "battery_pct": 80, "job": {"kind": "trip"}},
    {"robot": "drover/R2", "link": "offline", "battery_pct": 20},
    {"robot": "evil/X", "registered": False},
]


@pytest.fixture(scope="module")
def graph() -> RoadGraph:
    return RoadGraph.from_campus(read_campus(demo_campus_path()))


def frame() -> Frame:
    return frame_of(SUMMARY, {"robots": ROBOTS}, 0)


def ending(**changes: object) -> Ending:
    given_up = [{"parcel": "p1", "state": "given_up", "reason": "no_show"}]
    whole = Ending("all have ended", SUMMARY, given_up, 4, {}, 2, 30.0, 0, answered=True)
    return whole._replace(**changes)


def test_strangers_are_not_shown_as_robots() -> None:
    assert [robot.doing for robot in frame().robots] == ["delivering", "offline"]


def test_a_robot_is_drawn_where_it_stands(graph: RoadGraph) -> None:
    view = MapView(graph, 60, 20)
    west = min(graph.campus.nodes.values(), key=lambda node: node.x_mm)
    east = max(graph.campus.nodes.values(), key=lambda node: node.x_mm)
    columns = []
    for node in (west, east):
        robot = frame().robots[0]._replace(at=(node.x_mm, node.y_mm))
        lines = view.render([robot]).plain.splitlines()
        assert len(lines) == 20
        columns += [line.index(ROBOT_SIGN) for line in lines if ROBOT_SIGN in line]
    assert len(columns) == 2
    assert columns[0] < columns[1]


def test_a_line_tells_parcels_robots_and_the_plans_age(graph: RoadGraph) -> None:
    line = LiveView(graph, UTC, 30, "demo").line(frame(), Progress(4, 5, 90.0))
    assert "parcels 4/5: given_up=1 delivered=2 cancelled=1" in line
    assert "delivering=1 offline=1" in line
    assert "plan 4 s old" in line


def test_the_last_picture_can_be_kept(graph: RoadGraph, tmp_path: Path) -> None:
    path = tmp_path / "last.svg"
    LiveView(graph, UTC, 30, "demo").save_svg(path, frame(), Progress(4, 5, None))
    assert "<svg" in path.read_text(encoding="utf-8")


def test_open_parcels_are_counted_with_their_reason() -> None:
    assert result_of(ending())["open_reasons"] == {"given_up: no_show": 1}
    assert faults_of(ending()) == []
    assert "            open: 1 given_up: no_show" in lines_of(ending(), Path("run"))


def test_the_end_says_what_a_parcel_cost_who_planned_and_what_was_not_kept() -> None:
    more = {
        "on_time_share": 0.5,
        "promises_broken": 1,
        "km": 3.0,
        "kwh": 0.09,
        "trips": 2,
        "planner_calls": 9,
        "planner_ms": 480,
        "planner_engines": {"kernel": 7, "ortools": 2},
    }
    done = ending(summary={**SUMMARY, **more}, plan_age_ms=12_000)
    assert result_of(done)["km_per_parcel"] == 1.5
    assert result_of(done)["kwh_per_parcel"] == 0.045
    text = "\n".join(lines_of(done, Path("run")))
    assert "50.0 % of the delivered; promises broken: 1" in text
    assert "for each parcel delivered 1.500 km and 45 Wh" in text
    assert "7 plans by kernel, 2 plans by ortools" in text
    assert "the newest plan was 12 s old on average" in text


def test_the_age_of_plans_counts_while_parcels_are_open() -> None:
    watch = Watch(DemoClock(0, 0, 30.0), 1.0)
    assert watch.plan_age_ms is None
    for age_ms, still_open in ((1_000, 1), (3_000, 1), (900_000, 0)):
        totals = {**frame().totals, "open": still_open}
        watch.over(frame()._replace(plan_age_ms=age_ms, totals=totals, site_ms=HOUR_MS), None)
    assert watch.plan_age_ms == 2_000


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"announced": 5}, "the daemon accepted 4 parcels, 5 had its answer"),
        ({"open_parcels": []}, "1 parcels open, but 0 are listed"),
        ({"answered": False}, "the daemon no longer answered"),
    ],
)
def test_counts_that_do_not_add_up_are_said(changes: dict[str, object], fault: str) -> None:
    (found,) = faults_of(ending(**changes))
    assert found.startswith(fault)


def test_parcels_that_others_announced_are_no_fault() -> None:
    assert faults_of(ending(announced=3)) == []


def test_time_lapse_is_slowed_where_plans_would_be_two_minutes_old() -> None:
    assert allowed_speed(60.0, planner_times(12).budget_ms) == 60.0
    assert allowed_speed(30.0, 8_000) == 15.0


def test_plans_that_come_too_late_are_complained_of_once() -> None:
    watch = Watch(DemoClock.starting_at(0, 60.0), until_h=0)
    slow = frame()._replace(planner_ms=4_000)
    assert watch.complaint(frame()) == ""
    assert "--speed 30 would suit" in watch.complaint(slow)
    assert watch.complaint(slow) == ""


def test_robots_are_listed_as_people_count() -> None:
    robots = [{"robot": f"drover/R{number}", "link": "online"} for number in (10, 2)]
    assert [robot.id for robot in frame_of(SUMMARY, robots, 0).robots] == [
        "drover/R2",
        "drover/R10",
    ]


def test_site_time_is_one_line_over_wall_time() -> None:
    clock = DemoClock.starting_at(1_000, 60.0)
    later = clock._replace(start_wall_ms=clock.start_wall_ms - 10_000)
    assert later.now_ms() >= 601_000
    assert clock.real_s(60_000) == 1.0
