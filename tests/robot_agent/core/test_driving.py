# SPDX-License-Identifier: Apache-2.0
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from robot_agent.core.events import LinkDown, LinkUp, OrderReceived, Publish, Woken
from robot_agent.core.motion import leg_to, path_length_mm, pose
from robot_agent.core.robot import Robot
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.order import ControlPoint, Trajectory
from robot_agent.vda5050.rules import message_faults
from tests.data_sets import data_file
from tests.robot_agent.core.small_world import SPEC, STEP_MM, World, road


def published(world: World) -> list[Publish]:
    return [one for one in world.effects if isinstance(one, Publish)]


def test_a_robot_coming_up_says_online_then_factsheet_then_state() -> None:
    world = World()
    assert [one.topic_name for one in published(world)] == ["connection", "factsheet", "state"]
    assert world.state.order_id == ""
    assert world.state.last_node_id == "n0"
    assert world.state.battery_state.battery_charge == 100


def test_it_drives_node_by_node_at_its_own_speed() -> None:
    world = World()
    world.order(road(3))
    assert world.state.driving
    world.run_until(10_000)
    assert (world.state.last_node_id, world.state.last_node_sequence_id) == ("n1", 2)
    assert [node.node_id for node in world.state.node_states] == ["n2"]
    world.run_until(15_000)
    assert world.state.last_node_id == "n1"
    world.run_until(20_000)
    assert world.state.last_node_id == "n2"
    assert (world.state.node_states, world.state.edge_states) == ((), ())
    assert not world.state.driving
    assert world.state.agv_position is not None
    assert world.state.agv_position.x == 20
    assert world.state.order_id == "o1", "the order's id stays after its end"


def test_an_edge_may_be_slower_but_never_faster_than_the_robot() -> None:
    for max_speed, arrival_ms in ((0.5, 20_000), (9.0, 10_000)):
        world = World()
        world.order(road(2, max_speed=max_speed))
        world.run_until(arrival_ms - 1)
        assert world.state.node_states
        world.run_until(arrival_ms)
        assert not world.state.node_states


def test_it_follows_the_bends_of_a_trajectory() -> None:
    world = World()
    bends = Trajectory(
        degree=1,
        knot_vector=(0, 0, 0.5, 1, 1),
        control_points=(ControlPoint(x=0, y=0), ControlPoint(x=0, y=10), ControlPoint(x=10, y=0)),
    )
    world.order(road(2, trajectory=bends))
    world.run_until(5_000)
    world.instant("stateRequest")
    position = world.state.agv_position
    assert position is not None
    assert (position.x, position.y) == (0, 5)
    assert position.theta == pytest.approx(1.571)
    world.run_until(24_142)
    assert not world.state.node_states


def test_it_stops_at_the_end_of_the_base_and_goes_on_when_it_is_extended() -> None:
    world = World()
    world.order(road(4, released=2))
    world.run_until(100_000)
    assert world.state.last_node_id == "n1"
    assert not world.state.driving
    assert world.state.new_base_request
    assert world.state.errors == ()
    world.order(road(2, start=1, update=1))
    world.run_until(200_000)
    assert world.state.last_node_id == "n2"
    assert world.state.node_states == ()


def test_an_update_while_driving_does_not_stop_it_and_replaces_the_horizon() -> None:
    world = World()
    world.order(road(4, released=2))
    world.run_until(5_000)
    world.order(road(3, start=1, update=1, released=3))
    assert [node.node_id for node in world.state.node_states] == ["n1", "n2", "n3"]
    world.run_until(30_000)
    assert world.state.last_node_id == "n3"
    assert not any(not one.driving for one in world.states if len(one.node_states) > 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 40_000)), max_size=8)
)
def test_whatever_updates_come_it_never_passes_the_end_of_its_base(
    steps: list[tuple[int, int, int]],
) -> None:
    """'The AGV must not drive beyond the decision point': the last released node (6.6.1)."""
    world = World()
    base = 1
    world.order(road(3, released=2))
    for update, (more, horizon, wait_ms) in enumerate(steps, start=1):
        world.run_until(world.now_ms + wait_ms)
        world.order(road(1 + more + horizon, released=1 + more, start=base, update=update))
        base += more
        assert world.state.errors == ()
        position = world.state.agv_position
        assert position is not None
        assert position.x <= base * STEP_MM / 1000
    world.run_until(world.now_ms + 10_000_000)
    assert world.state.last_node_id == f"n{base}"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=10))
def test_woken_at_other_times_it_ends_the_same(waits: list[int]) -> None:
    world = World()
    world.order(road(5))
    for wait_ms in waits:
        world.now_ms += wait_ms
        world.feed(Woken())
    world.now_ms = 400_000
    world.feed(Woken())
    plain = World()
    plain.order(road(5))
    plain.run_until(400_000)
    assert world.state.node_states == plain.state.node_states == ()
    assert world.state.last_node_id == plain.state.last_node_id


def test_the_same_events_give_identical_effects_and_a_snapshot_goes_on_alike() -> None:
    one, other = World(), World()
    for world in (one, other):
        world.order(road(4, released=3))
        world.run_until(12_345)
    assert one.effects == other.effects
    assert one.robot.snapshot() == other.robot.snapshot()
    restored = Robot.restore(SPEC, one.robot.snapshot())
    one.feed(LinkDown())
    update = OrderReceived(road(2, start=2, update=1))
    for robot in (restored, one.robot):
        robot.handle(update, 13_000)
        robot.handle(LinkUp(), 99_000)
    assert restored.snapshot() == one.robot.snapshot()


def test_with_the_link_down_it_drives_on_to_the_end_of_its_base_and_then_tells() -> None:
    world = World()
    world.order(road(4, released=3))
    world.feed(LinkDown())
    count = len(world.effects)
    world.run_until(300_000)
    assert len(world.effects) == count
    world.feed(LinkUp())
    assert [one.topic_name for one in published(world)[-3:]] == [
        "connection",
        "factsheet",
        "state",
    ]
    assert world.state.last_node_id == "n2"


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


def test_driving_and_idling_drain_the_battery() -> None:
    world = World()
    world.order(road(11))
    world.run_until(100_000)
    # 100 m at 20 Wh/km are 2 Wh; 100 s at 10 W are 0.28 Wh; of 1,000 Wh
    assert world.state.battery_state.battery_charge == 99.7


def test_an_empty_robot_stops_at_a_node_and_says_so() -> None:
    world = World(replace(SPEC, battery_mwh=300))
    world.order(road(5))
    world.run_until(100_000)
    assert world.state.last_node_id == "n2"
    assert [(one.error_type, one.error_level) for one in world.state.errors] == [
        ("batteryEmpty", "FATAL")
    ]


def test_pause_stands_still_and_resumes_where_it_was() -> None:
    world = World()
    world.order(road(2))
    world.run_until(4_000)
    world.instant("startPause")
    assert world.state.paused
    assert not world.state.driving
    world.run_until(50_000)
    assert world.state.distance_since_last_node == 4
    world.instant("stopPause")
    world.run_until(55_999)
    assert world.state.node_states
    world.run_until(56_000)
    assert not world.state.node_states


def test_an_order_while_paused_waits() -> None:
    world = World()
    world.instant("startPause")
    world.order(road(2))
    world.run_until(60_000)
    assert not world.state.driving
    world.instant("stopPause")
    assert world.state.driving


def test_the_map_may_know_that_a_way_is_longer_than_drawn() -> None:
    world = World()
    order = road(2, length=14.0)
    leg = leg_to(order.nodes[1], order.edges[0], world.robot._memory, SPEC)
    assert (path_length_mm(leg.points), leg.length_mm) == (10_000, 14_000)
    world.order(order)
    world.run_until(7_000)
    assert pose(world.robot._memory, 7_000)[0] == 5_000


@pytest.mark.parametrize("field", ["length", "max_speed"])
def test_a_number_too_large_for_earth_stops_nobody(field: str) -> None:
    world = World()
    world.order(road(2, **{field: 1e308}))
    assert world.state.driving


@pytest.mark.parametrize("name", ["state", "connection", "factsheet"])
def test_what_it_publishes_keeps_the_rules_and_the_official_schema(name: str) -> None:
    world = World()
    world.order(road(4, released=2))
    world.order(road(2, order_id="other"))
    messages = [
        stamped(
            one.message,
            header_id=1,
            timestamp="2026-01-31T12:00:00.120Z",
            manufacturer="ACME",
            serial_number="R7",
        )
        for one in published(world)
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
