# SPDX-License-Identifier: Apache-2.0
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from dispatcher.core.events import ActionReport, ErrorReport, LoadReport, RobotReported
from dispatcher.service.telemetry import IGNORED_IN_A_ROW_MAX, StateFilter
from robot_agent.vda5050.header import MAX_UINT32, stamped
from robot_agent.vda5050.restarts import RESTARTS
from robot_agent.vda5050.state import (
    ActionState,
    BatteryState,
    Error,
    ErrorReference,
    NodeState,
    State,
)
from tests.robot_agent.vda5050.samples import POSE, STATE

ROBOT = "ACME/R7"


class Talk:
    """A robot that counts its messages, and the filter that listens."""

    def __init__(self) -> None:
        self.filter = StateFilter(ROBOT)
        self.count = 0
        self.now_ms = 0
        self.state = replace(STATE, action_states=(), errors=())

    def message(self, header_id: int | None = None, serial: str = "R7") -> State:
        self.count = self.count + 1 if header_id is None else header_id
        return stamped(
            self.state,
            header_id=self.count,
            timestamp="2026-01-31T12:00:00.000Z",
            manufacturer="ACME",
            serial_number=serial,
        )

    def say(self, after_ms: int = 500, **changes: Any) -> RobotReported | None:
        self.state = replace(self.state, **changes)
        self.now_ms += after_ms
        return self.filter.take(self.message(), self.now_ms)


@pytest.fixture
def talk() -> Talk:
    """A robot whose first state has been taken."""
    made = Talk()
    assert made.say() is not None
    return made


def battery(charge: float, charging: bool = False) -> BatteryState:
    return BatteryState(battery_charge=charge, charging=charging)


def stopped(text: str, refers: tuple[ErrorReference, ...]) -> Error:
    return Error(
        error_type="motionStopped",
        error_level="FATAL",
        error_description=text,
        error_references=refers,
    )


def action(status: Any, result: str | None = None) -> ActionState:
    return ActionState(action_id="h1", action_status=status, result_description=result)


def test_the_first_state_is_reported_in_full() -> None:
    report = Talk().say(errors=STATE.errors, action_states=(action("FINISHED", "collected"),))
    assert report == RobotReported(
        robot=ROBOT,
        order="o1",
        update=0,
        last_node="a",
        last_sequence=0,
        nodes_left=2,
        actions=(ActionReport("h1", "FINISHED", "collected"),),
        errors=(ErrorReport("orderError", "WARNING", "another order is active", "o2"),),
        mode="AUTOMATIC",
        battery_pct=81,
        charging=False,
        paused=False,
        e_stop="NONE",
        x_mm=round(POSE.x * 1000),
        y_mm=round(POSE.y * 1000),
        loads=(LoadReport("p-7", "S1"),),
        all_loads=True,
    )


@pytest.mark.parametrize("cause", RESTARTS)
def test_what_a_robot_stands_for_comes_with_who_restarts_it_by_the_one_table(cause: str) -> None:
    refers = (ErrorReference(reference_key="cause", reference_value=cause),)
    error = stopped("robot's", refers)
    report = Talk().say(errors=(error,))
    assert report is not None
    row = RESTARTS[cause]
    assert report.errors == (
        ErrorReport("motionStopped", "FATAL", row.text, cause=cause, who=row.who),
    )


def test_a_cause_of_a_later_board_is_a_persons_matter_and_none_at_all_is_any_fault() -> None:
    refers = (ErrorReference(reference_key="cause", reference_value="meteor"),)
    known, bare = stopped("bang", refers), stopped("bang", ())
    other = replace(known, error_type="doorOpen")
    report = Talk().say(errors=(known, bare, other))
    assert report is not None
    assert report.errors == (
        ErrorReport(
            "motionStopped",
            "FATAL",
            "it stands for 'meteor', whatever that is",
            cause="meteor",
            who="person",
        ),
        ErrorReport("motionStopped", "FATAL", "bang"),
        ErrorReport("doorOpen", "FATAL", "bang"),
    )


@pytest.mark.parametrize(
    ("said", "incident"), [("7", 7), ("0", 0), ("-1", 0), ("1e3", 0), ("9" * 11, 0), ("\u0667", 0)]
)
def test_which_of_its_stops_it_is_is_a_number_or_not_said(said: str, incident: int) -> None:
    refers = tuple(
        ErrorReference(reference_key=key, reference_value=value)
        for key, value in (("cause", "power_on"), ("incident", said))
    )
    talk = Talk()
    report = talk.say(
        errors=(stopped("bang", refers), replace(stopped("", refers), error_type="x"))
    )
    assert report is not None
    assert report.errors is not None
    assert [one.incident for one in report.errors] == [incident, 0]


def test_errors_are_reported_as_gone_after_our_own_restart() -> None:
    report = Talk().say()
    assert report is not None
    assert report.errors == ()


def test_a_state_without_news_is_no_event(talk: Talk) -> None:
    assert talk.say(distance_since_last_node=12.0, velocity=None, driving=False) is None


def test_a_node_passed_is_an_event_of_little_size(talk: Talk) -> None:
    nodes = talk.state.node_states[1:]
    report = talk.say(last_node_id="b", last_node_sequence_id=2, node_states=nodes)
    assert report == RobotReported(ROBOT, last_node="b", last_sequence=2, nodes_left=1)
    assert len(msgspec.json.encode(report)) < 130


def test_a_bend_passed_is_no_event(talk: Talk) -> None:
    bend = NodeState(node_id="e~1", sequence_id=4, released=True)
    assert talk.say(node_states=(*talk.state.node_states, bend)) is None
    assert talk.say(last_node_id="e~1", last_node_sequence_id=4) is None


def test_a_cancelled_order_is_seen_by_the_nodes_that_are_left(talk: Talk) -> None:
    report = talk.say(node_states=(), edge_states=())
    assert report is not None
    assert report.nodes_left == 0


def test_an_order_taken_is_an_event(talk: Talk) -> None:
    report = talk.say(order_update_id=1)
    assert report == RobotReported(ROBOT, order="o1", update=1)


def test_of_an_action_only_running_and_its_end_are_events(talk: Talk) -> None:
    told = []
    for status in ("WAITING", "INITIALIZING", "RUNNING", "PAUSED", "RUNNING", "FINISHED"):
        report = talk.say(action_states=(action(status, "collected"),))
        told += report.actions if report else []
    assert told == [
        ActionReport("h1", "RUNNING", "collected"),
        ActionReport("h1", "FINISHED", "collected"),
    ]
    assert talk.say() is None


def test_an_error_is_told_when_it_comes_and_when_it_goes(talk: Talk) -> None:
    report = talk.say(errors=STATE.errors)
    assert report is not None
    assert report.errors is not None
    assert report.errors[0].order == "o2"
    assert talk.say() is None
    report = talk.say(errors=())
    assert report is not None
    assert report.errors == ()


def test_the_battery_is_told_by_whole_per_cent_and_does_not_tremble(talk: Talk) -> None:
    charges = [81.2, 80.9, 81.1, 80.8, 80.2, 79.9, 80.3, 81.6, 100.0]
    told = [talk.say(battery_state=battery(charge)) for charge in charges]
    assert [one.battery_pct if one else None for one in told] == [
        None, 80, None, None, None, 79, None, 81, 100,
    ]  # fmt: skip


def test_mode_charging_pause_and_emergency_stop_are_told_when_they_change(talk: Talk) -> None:
    assert talk.say(operating_mode="MANUAL") == RobotReported(ROBOT, mode="MANUAL")
    assert talk.say(paused=True) == RobotReported(ROBOT, paused=True)
    charging = battery(81.5, charging=True)
    assert talk.say(battery_state=charging) == RobotReported(ROBOT, charging=True)
    safety = replace(talk.state.safety_state, e_stop="MANUAL")
    assert talk.say(safety_state=safety) == RobotReported(ROBOT, e_stop="MANUAL")


def test_a_driving_robots_position_comes_only_along_with_something_else(talk: Talk) -> None:
    there = replace(POSE, x=POSE.x + 50)
    assert talk.say(after_ms=60_000, agv_position=there) is None
    report = talk.say(paused=True)
    assert report is not None
    assert report.x_mm == round(there.x * 1000)
    again = talk.say(after_ms=29_000, paused=False, agv_position=POSE)
    assert again is not None
    assert again.x_mm is None


def test_an_idle_robot_that_is_pushed_away_tells_its_position(talk: Talk) -> None:
    talk.say(node_states=(), edge_states=())
    assert talk.say(after_ms=60_000) is None
    report = talk.say(agv_position=replace(POSE, y=POSE.y + 3))
    assert report is not None
    assert report.y_mm == round((POSE.y + 3) * 1000)


def test_a_position_out_of_this_world_is_left_out(talk: Talk) -> None:
    talk.say(node_states=(), edge_states=())
    assert talk.say(after_ms=60_000, agv_position=replace(POSE, x=1e308)) is None


def test_duplicates_and_late_states_are_counted_and_ignored(talk: Talk) -> None:
    talk.say(paused=True)
    talk.state = replace(talk.state, paused=False)
    assert talk.filter.take(talk.message(header_id=2), 0) is None
    assert talk.filter.take(talk.message(header_id=1), 0) is None
    assert talk.filter.ignored == {"duplicate": 1, "late": 1}
    assert talk.filter.latest is not None
    assert talk.filter.latest.paused is True


def test_another_robots_state_on_this_robots_topic_is_ignored(talk: Talk) -> None:
    talk.state = replace(talk.state, paused=True)
    assert talk.filter.take(talk.message(serial="R8"), 0) is None
    assert talk.filter.ignored == {"wrong_sender": 1}


def test_the_count_wraps(talk: Talk) -> None:
    """'headerId ... uint32', counts 'per topic' (6.4)."""
    talk.filter.restarted()
    talk.filter.take(talk.message(header_id=MAX_UINT32), 0)
    talk.state = replace(talk.state, paused=True)
    assert talk.filter.take(talk.message(header_id=0), 0) is not None


def test_a_robot_that_came_back_is_told_in_full_as_it_may_have_forgotten(talk: Talk) -> None:
    talk.filter.take(talk.message(header_id=1), 0)
    talk.filter.restarted()
    report = talk.filter.take(talk.message(header_id=1), 0)
    assert report is not None
    assert (report.order, report.mode) == (talk.state.order_id, talk.state.operating_mode)
    assert report.last_node is not None


def test_a_robot_that_starts_anew_is_heard(talk: Talk) -> None:
    for _ in range(10):
        talk.say()
    talk.filter.restarted()
    talk.state = replace(talk.state, paused=True)
    assert talk.filter.take(talk.message(header_id=0), 0) is not None


def test_a_robot_that_starts_anew_is_heard_even_if_nobody_said_so(talk: Talk) -> None:
    for _ in range(10):
        talk.say()
    talk.count = -1
    heard = [talk.say(paused=True) for _ in range(IGNORED_IN_A_ROW_MAX + 1)]
    assert [one is not None for one in heard] == [False] * IGNORED_IN_A_ROW_MAX + [True]


def test_of_a_robots_loads_only_what_came_and_what_went_is_told() -> None:
    talk = Talk()
    talk.say()
    assert talk.say() is None
    more = (*(STATE.loads or ()), replace((STATE.loads or ())[0], load_id="p-8"))
    came = talk.say(loads=more)
    assert came is not None
    assert (came.loads, came.all_loads) == ((LoadReport("p-8", "S1"),), False)
    went = talk.say(loads=more[1:])
    assert went is not None
    assert went.loads == (LoadReport("p-7", "S1", gone=True),)
    assert talk.say(loads=None) is None


def test_a_robot_tells_where_it_stands_at_the_end_of_its_way_at_once() -> None:
    talk = Talk()
    talk.say()
    end = talk.say(node_states=(), last_node_id="z", agv_position=replace(POSE, x=9.0))
    assert end is not None
    assert (end.x_mm, end.nodes_left) == (9_000, 0)
