# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest

from robot_agent.core.events import (
    BatteryRead,
    Blocked,
    Charge,
    DoorChanged,
    Hold,
    InstantActionsReceived,
    Leave,
    LogWritten,
    Posed,
    Publish,
    Resume,
    SafetyChanged,
    SetPosition,
    Woken,
    WriteLog,
)
from robot_agent.vda5050.instant_actions import InstantActions
from tests.robot_agent.core.small_world import World, action, pick, road


def test_cancel_stops_at_the_next_node_and_keeps_ids_and_action_states() -> None:
    world = World()
    world.order(road(4, released=3, actions={2: (pick("p"),)}))
    world.run_until(5_000)
    world.instant("cancelOrder")
    assert world.action("i-cancelOrder").action_status == "RUNNING"
    assert [node.node_id for node in world.state.node_states] == ["n1"]
    world.run_until(10_000)
    assert world.action("i-cancelOrder").action_status == "FINISHED"
    assert world.action("pick-p").action_status == "FAILED"
    assert (world.state.node_states, world.state.edge_states) == ((), ())
    assert (world.state.order_id, world.state.last_node_id) == ("o1", "n1")
    world.order(road(2, start=1, update=1))
    assert world.errors[-1] == "orderUpdateError", "a cancelled order takes no update"
    world.order(road(2, start=1, order_id="o2", first_sequence=0))
    assert world.state.driving


def test_the_end_of_a_cancel_is_told_in_one_state() -> None:
    world = World()
    world.order(road(4, released=3))
    world.run_until(5_000)
    world.instant("cancelOrder")
    world.run_until(9_999)
    before = len(world.states)
    world.run_until(10_000)
    told = world.states[before:]
    assert told[0].node_states == ()
    assert not told[0].driving
    assert told[0].action_states[-1].action_status == "FINISHED"


def test_a_robot_that_is_held_ends_a_cancel_where_it_stands() -> None:
    world = World()
    world.order(road(3))
    world.run_until(4_000)
    world.feed(SafetyChanged("AUTOACK", field_violation=True))
    world.instant("cancelOrder")
    assert world.action("i-cancelOrder").action_status == "FINISHED"
    assert world.state.node_states == ()
    assert world.state.agv_position is not None
    assert world.state.agv_position.x == 4
    assert len(world.told(Leave)) == 1


def test_a_new_order_is_refused_while_the_cancel_is_pending() -> None:
    world = World()
    world.order(road(4))
    world.run_until(5_000)
    world.instant("cancelOrder")
    world.order(road(2, order_id="o2"))
    assert world.errors == ["orderError"]


def test_cancel_lets_a_dock_finish_what_it_began() -> None:
    world = World()
    world.order(road(1, actions={0: (pick("p"),)}))
    world.run_until(1_000)
    world.instant("cancelOrder")
    assert world.action("i-cancelOrder").action_status == "RUNNING"
    world.run_until(5_000)
    assert world.action("pick-p").action_status == "FINISHED"
    assert world.action("i-cancelOrder").action_status == "FINISHED"
    assert world.state.loads is not None
    assert len(world.state.loads) == 1


def test_cancel_without_an_order_fails_with_noOrderToCancel() -> None:
    world = World()
    world.instant("cancelOrder")
    assert world.action("i-cancelOrder").action_status == "FAILED"
    assert world.errors == ["noOrderToCancel"]
    assert world.references == {"topic": "instantActions", "actionId": "i-cancelOrder"}
    assert world.state.errors[0].error_level == "WARNING"


def test_a_second_cancel_joins_the_first_and_a_third_finds_nothing() -> None:
    world = World()
    world.order(road(3))
    world.run_until(5_000)
    world.instant("cancelOrder", prefix="a")
    world.instant("cancelOrder", prefix="b")
    world.run_until(20_000)
    for prefix in "ab":
        assert world.action(f"{prefix}-cancelOrder").action_status == "FINISHED"
    world.instant("cancelOrder", prefix="c")
    assert world.errors == ["noOrderToCancel"]


def test_a_cancel_that_comes_late_again_does_not_cancel_the_next_order() -> None:
    world = World()
    world.order(road(3))
    world.run_until(5_000)
    world.instant("cancelOrder")
    world.run_until(60_000)
    world.order(road(2, start=1, order_id="o2", first_sequence=0))
    assert [one.action_id for one in world.state.action_states] == []
    world.instant("cancelOrder")
    assert world.state.driving
    assert world.errors == []


def test_pause_is_finished_when_the_robot_stands_and_stop_pause_goes_on() -> None:
    world = World()
    world.order(road(2))
    world.run_until(4_000)
    effects = world.robot.handle(
        InstantActionsReceived(InstantActions(actions=(action("startPause", "p", "NONE"),))), 4_000
    )
    state = effects[-1].message if isinstance(effects[-1], Publish) else None
    assert Hold() in effects
    assert state is not None
    assert state.paused  # type: ignore[attr-defined]
    assert state.driving  # type: ignore[attr-defined]
    world.perform(effects)
    assert world.action("p").action_status == "FINISHED"
    assert not world.state.driving
    world.run_until(50_000)
    assert world.state.distance_since_last_node == 4
    world.instant("stopPause")
    assert world.told(Resume) == [Resume()]
    world.run_until(55_999)
    assert world.state.node_states
    world.run_until(56_000)
    assert not world.state.node_states


def test_an_order_while_paused_waits() -> None:
    world = World()
    world.instant("startPause")
    assert world.action("i-startPause").action_status == "FINISHED"
    world.order(road(2))
    world.run_until(60_000)
    assert not world.state.driving
    world.instant("stopPause")
    assert world.state.driving


def test_an_unknown_instant_action_fails_and_a_known_id_is_not_done_again() -> None:
    world = World()
    world.instant("fly")
    assert world.action("i-fly").action_status == "FAILED"
    assert world.references == {"topic": "instantActions", "actionId": "i-fly"}
    world.instant("startPause")
    world.instant("stopPause")
    world.instant("startPause")
    assert not world.state.paused


def test_requests_are_answered() -> None:
    world = World()
    count = len(world.effects)
    world.instant("factsheetRequest", "stateRequest")
    answers = [one.topic_name for one in world.effects[count:] if isinstance(one, Publish)]
    assert answers == ["factsheet", "state"]


def test_instant_actions_that_break_the_rules_are_reported_and_not_done() -> None:
    world = World()
    twice = (action("startPause", "same", "NONE"), action("startPause", "same", "NONE"))
    world.feed(InstantActionsReceived(InstantActions(actions=twice)))
    assert world.errors == ["validationError"]
    assert world.references["topic"] == "instantActions"
    assert not world.state.paused


def test_many_instant_actions_do_not_fill_the_state() -> None:
    world = World()
    for number in range(150):
        world.instant("stateRequest", prefix=str(number))
    assert len(world.state.action_states) == 100
    assert world.action("149-stateRequest").action_status == "FINISHED"


def test_what_lasts_is_limited_but_a_pause_is_not() -> None:
    world = World()
    for number in range(21):
        world.instant("logReport", prefix=str(number))
    assert world.action("19-logReport").action_status == "RUNNING"
    assert world.action("20-logReport").action_status == "FAILED"
    world.instant("startPause")
    assert world.state.paused


def test_charging_is_finished_when_current_flows_not_when_full() -> None:
    world = World()
    world.body.perform = lambda effect, now_ms: []  # type: ignore[method-assign]
    world.instant("startCharging")
    assert world.told(Charge) == [Charge(on=True)]
    assert world.action("i-startCharging").action_status == "RUNNING"
    world.feed(BatteryRead(300, charging=True))
    assert world.action("i-startCharging").action_status == "FINISHED"
    assert world.state.battery_state.charging
    world.instant("stopCharging")
    assert world.action("i-stopCharging").action_status == "RUNNING"
    world.feed(BatteryRead(300, charging=False))
    assert world.action("i-stopCharging").action_status == "FINISHED"


def test_charging_that_does_not_begin_fails() -> None:
    world = World()
    world.body.perform = lambda effect, now_ms: []  # type: ignore[method-assign]
    world.instant("startCharging")
    world.run_until(60_000)
    assert world.action("i-startCharging").action_status == "FAILED"
    assert world.errors == ["instantActionError"]


def test_init_position_moves_the_pose_and_names_the_node() -> None:
    world = World()
    where: dict[str, Any] = {"x": 20.0, "y": 1.5, "theta": 1.0, "mapId": "road", "lastNodeId": "n2"}
    world.instant("initPosition", **where)
    assert world.told(SetPosition) == [SetPosition(20_000, 1_500, 1_000)]
    assert world.action("i-initPosition").action_status == "FINISHED"
    assert world.state.last_node_id == "n2"
    assert world.state.agv_position is not None
    assert (world.state.agv_position.x, world.state.agv_position.y) == (20, 1.5)
    world.order(road(2, start=2, first_sequence=0))
    assert world.errors == []


@pytest.mark.parametrize(
    "where",
    [
        {"x": "1", "y": 0, "theta": 0, "mapId": "road"},
        {"x": 1, "y": 0, "theta": True, "mapId": "road"},
        {"x": 1, "y": 0, "mapId": "road"},
        {"x": 1, "y": 0, "theta": 0, "mapId": "moon"},
    ],
)
def test_a_position_that_makes_no_sense_is_not_taken(where: dict[str, Any]) -> None:
    world = World()
    world.instant("initPosition", **where)
    assert world.action("i-initPosition").action_status == "FAILED"
    assert world.told(SetPosition) == []


def test_a_position_the_navigator_does_not_take_fails() -> None:
    world = World()
    world.body.perform = lambda effect, now_ms: []  # type: ignore[method-assign]
    world.instant("initPosition", x=20, y=0, theta=0, mapId="road")
    world.feed(Posed(0, 0, 0))
    assert world.action("i-initPosition").action_status == "RUNNING"
    world.run_until(10_000)
    assert world.action("i-initPosition").action_status == "FAILED"


def test_a_log_report_is_finished_with_its_name() -> None:
    world = World()
    world.instant("logReport", reason="stuck")
    assert world.told(WriteLog) == [WriteLog("i-logReport", "stuck")]
    assert world.action("i-logReport").action_status == "RUNNING"
    world.feed(LogWritten("i-logReport", "log-7"))
    assert world.action("i-logReport").action_status == "FINISHED"
    assert world.action("i-logReport").result_description == "log-7"


def test_a_log_report_that_cannot_be_stored_fails() -> None:
    world = World()
    world.instant("logReport")
    world.feed(LogWritten("i-logReport", "", "no space"))
    assert world.action("i-logReport").action_status == "FAILED"


def test_trigger_ends_a_wait_and_names_what_is_not_there() -> None:
    world = World()
    world.order(road(2, actions={0: (action("waitForTrigger", "w", triggerType="staff"),)}))
    assert world.action("w").action_status == "RUNNING"
    world.instant("trigger", prefix="a", actionId="nobody")
    assert world.action("a-trigger").action_status == "FAILED"
    assert world.references == {"topic": "instantActions", "actionId": "a-trigger"}
    world.instant("trigger", prefix="b", actionId="w")
    assert world.action("b-trigger").action_status == "FINISHED"
    assert world.action("w").action_status == "FINISHED"
    assert world.state.driving


def test_what_ran_when_the_computer_died_is_failed_and_charging_is_asked_for_again() -> None:
    world = World()
    world.body.perform = lambda effect, now_ms: []  # type: ignore[method-assign]
    world.instant("logReport", "startCharging")
    again = world.restarted()
    assert again.action("i-logReport").action_status == "FAILED"
    assert again.action("i-startCharging").action_status == "RUNNING"
    assert again.told(Charge) == [Charge(on=True)]


def test_a_cancel_survives_a_restart() -> None:
    world = World()
    world.order(road(3))
    world.run_until(4_000)
    world.instant("cancelOrder")
    again = world.restarted()
    assert again.action("i-cancelOrder").action_status == "FINISHED"
    assert again.state.node_states == ()


def test_being_blocked_and_a_door_of_no_action_do_not_end_anything() -> None:
    world = World()
    world.order(road(2))
    world.run_until(2_000)
    world.feed(Blocked("a cart"))
    assert [one.info_type for one in world.state.information] == ["blocked"]
    world.feed(Blocked(""))
    world.feed(DoorChanged("S1", "forced"))
    assert [one.info_description for one in world.state.information] == ["door"]
    assert not world.state.driving
    assert world.state.errors[-1].error_level == "FATAL"
    world.feed(DoorChanged("S1", "shut"))
    world.feed(Woken())
    world.run_until(60_000)
    assert world.state.node_states == ()
