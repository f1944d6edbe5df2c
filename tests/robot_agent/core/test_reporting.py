# SPDX-License-Identifier: Apache-2.0
import json

import jsonschema
import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    IdentityTaken,
    LinkDown,
    LinkUp,
    MessageRefused,
    ModeChanged,
    Posed,
    Publish,
    SafetyChanged,
    Woken,
)
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.rules import message_faults
from tests.data_sets import data_file
from tests.robot_agent.core.small_world import SPEC, World, action, pick, road


def topics(world: World) -> list[str]:
    return [one.topic_name for one in world.told(Publish)]


def test_a_robot_coming_up_says_online_then_factsheet_then_state() -> None:
    world = World()
    assert topics(world) == ["connection", "factsheet", "state"]
    assert world.state.order_id == ""
    assert world.state.last_node_id == ""
    assert world.state.battery_state.battery_charge == 100
    world.feed(LinkDown())
    world.feed(LinkUp())
    assert topics(world)[3:] == ["connection", "factsheet", "state"]


def test_states_are_coalesced_and_come_at_the_latest_every_period() -> None:
    world = World(replace(SPEC, min_state_interval_ms=15_000))
    world.order(road(3))
    assert len(world.states) == 1
    world.run_until(14_999)
    assert len(world.states) == 1
    world.run_until(15_000)
    assert len(world.states) == 2
    world.run_until(90_000)
    assert len(world.states) == 5, "after the one at 30 s nothing changes: 60 s, 90 s"


@pytest.mark.parametrize(
    "event",
    [
        SafetyChanged("AUTOACK", field_violation=False),
        ModeChanged("SERVICE"),
        BatteryRead(1000, charging=True),
        Posed(0, 0, 0, localized=False),
        Posed(0, 0, 0, 500),
        MessageRefused("order", "JSON is malformed"),
    ],
)
def test_what_the_standard_lists_is_told_at_once(event: object) -> None:
    world = World()
    count = len(world.states)
    world.feed(event)  # type: ignore[arg-type]
    assert len(world.states) == count + 1


@pytest.mark.parametrize("event", [Posed(3, 4, 5), BatteryRead(999, charging=False), Woken()])
def test_what_it_does_not_list_waits_for_the_period(event: object) -> None:
    world = World()
    count = len(world.states)
    world.feed(event)  # type: ignore[arg-type]
    assert len(world.states) == count
    world.run_until(30_000)
    assert len(world.states) == count + 1


def test_passing_a_node_is_one_state() -> None:
    world = World()
    world.order(road(3))
    count = len(world.states)
    world.run_until(10_000)
    assert len(world.states) == count + 1


def test_poses_between_are_told_with_the_period_not_the_old_ones() -> None:
    world = World(replace(SPEC, state_period_ms=1_000))
    world.order(road(3))
    world.run_until(3_000)
    assert [one.agv_position.x for one in world.states[-3:] if one.agv_position] == [1, 2, 3]
    assert world.state.velocity is not None
    assert world.state.velocity.vx == 1


def test_a_pose_and_a_wake_in_one_moment_give_one_state() -> None:
    world = World(replace(SPEC, state_period_ms=1_000))
    world.order(road(3))
    count = len(world.states)
    world.now_ms = 1_000
    world.feed(Posed(1_000, 0, 0, 1_000))
    world.feed(Woken())
    assert len(world.states) == count + 1
    assert world.state.agv_position is not None
    assert world.state.agv_position.x == 1


def test_visualization_comes_while_it_drives_if_wanted() -> None:
    world = World(replace(SPEC, visualization_ms=500))
    world.run_until(10_000)
    assert "visualization" not in topics(world)
    world.order(road(2, start=0))
    world.run_until(60_000)
    assert topics(world).count("visualization") == 21


def test_actions_of_base_and_horizon_are_all_told() -> None:
    world = World()
    world.order(road(3, released=2, actions={1: (pick("p"),), 2: (pick("q", "S2"),)}))
    assert [one.action_status for one in world.state.action_states] == ["WAITING", "WAITING"]


def test_a_copied_card_is_told_until_a_person_was_there() -> None:
    world = World()
    world.feed(LinkDown())
    world.feed(IdentityTaken())
    again = world.restarted()
    assert [(one.error_type, one.error_level) for one in again.state.errors] == [
        ("identityTaken", "FATAL")
    ]
    again.order(road(2))
    assert again.state.driving, "the order of the real robot goes on"
    assert again.errors == ["identityTaken"]
    again.feed(ModeChanged("SERVICE"))
    again.feed(ModeChanged("AUTOMATIC"))
    assert again.errors == []


def test_nothing_is_told_that_is_not_on_the_disk() -> None:
    """'If must_save: write snapshot before performing effects.'"""
    world = World()
    world.order(road(3))
    world.run_until(12_000)
    again = world.restarted()
    for name in ("order_id", "order_update_id", "last_node_id", "node_states", "action_states"):
        assert getattr(again.state, name) == getattr(world.state, name)


@pytest.mark.parametrize("name", ["state", "connection", "factsheet", "visualization"])
def test_what_it_publishes_keeps_the_rules_and_the_official_schema(name: str) -> None:
    world = World(replace(SPEC, visualization_ms=1_000))
    world.order(road(4, released=2, actions={1: (action("signal", "s", "NONE"),)}))
    world.order(road(2, order_id="other"))
    world.run_until(5_000)
    messages = [
        stamped(
            one.message,
            header_id=1,
            timestamp="2026-01-31T12:00:00.120Z",
            manufacturer="ACME",
            serial_number="R7",
        )
        for one in world.told(Publish)
        if one.topic_name == name
    ]
    assert messages
    for message in messages:
        assert message_faults(message) == []
    path = data_file(f"vda5050/2.1.0/json_schemas/{name}.schema")
    for message in messages:
        jsonschema.validate(
            json.loads(encode(message)), json.loads(path.read_text(encoding="utf-8-sig"))
        )
