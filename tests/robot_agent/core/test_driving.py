# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from robot_agent.core.events import (
    Follow,
    LinkDown,
    LinkUp,
    ModeChanged,
    OrderReceived,
    Passed,
    Posed,
    Signal,
    Stopped,
    Woken,
)
from robot_agent.core.polyline import length_mm
from robot_agent.vda5050.order import ControlPoint, Corridor, NodePosition, Trajectory
from tests.robot_agent.core.small_world import STEP_MM, World, action, pick, road

BENDS = Trajectory(
    degree=1,
    knot_vector=(0, 0, 0.5, 1, 1),
    control_points=(ControlPoint(x=0, y=0), ControlPoint(x=0, y=10), ControlPoint(x=10, y=0)),
)


def test_it_drives_over_the_nodes_of_its_base_without_stopping() -> None:
    world = World()
    world.order(road(3))
    under_way = world.state
    assert under_way.driving
    world.run_until(10_000)
    assert (world.state.last_node_id, world.state.last_node_sequence_id) == ("n1", 2)
    assert [node.node_id for node in world.state.node_states] == ["n2"]
    assert [edge.edge_id for edge in world.state.edge_states] == ["n1-n2"]
    world.run_until(20_000)
    assert world.state.last_node_id == "n2"
    assert (world.state.node_states, world.state.edge_states) == ((), ())
    assert not world.state.driving
    assert world.state.agv_position is not None
    assert world.state.agv_position.x == 20
    assert world.state.order_id == "o1", "the order's id stays after its end"
    assert [len(one.stretches) for one in world.told(Follow)] == [2]


def test_it_stops_where_an_action_wants_it_to_stand_and_goes_on_afterwards() -> None:
    world = World()
    world.order(road(4, actions={2: (pick("p"),)}))
    assert [len(one.stretches) for one in world.told(Follow)] == [2]
    world.run_until(21_000)
    assert world.action("pick-p").action_status == "RUNNING"
    assert not world.state.driving
    world.run_until(35_000)
    assert world.action("pick-p").action_status == "FINISHED"
    assert world.state.last_node_id == "n3"


def test_an_action_that_allows_driving_does_not_stop_it() -> None:
    world = World()
    world.order(road(3, actions={1: (action("signal", "s", "NONE"),)}))
    world.run_until(10_000)
    assert world.action("s").action_status == "RUNNING"
    assert world.state.driving
    world.run_until(20_000)
    assert world.state.last_node_id == "n2"


def test_an_edge_action_runs_while_the_robot_is_on_the_edge_and_ends_with_it() -> None:
    """'The actions that were active on the edge shall be finished' (6.10.2)."""
    world = World()
    order = road(4)
    edges = list(order.edges)
    edges[1] = replace(edges[1], actions=(action("signal", "beacon", "NONE"),))
    world.order(replace(order, edges=tuple(edges)))
    world.run_until(9_999)
    assert world.action("beacon").action_status == "WAITING"
    world.run_until(10_000)
    assert world.action("beacon").action_status == "RUNNING"
    world.run_until(20_000)
    assert world.action("beacon").action_status == "FINISHED"
    assert [one.on for one in world.told(Signal)] == [True, False]


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
    world.order(road(2, trajectory=BENDS))
    assert world.told(Follow)[0].stretches[0].points == ((0, 0), (0, 10_000), (10_000, 0))
    world.run_until(5_000)
    world.instant("stateRequest")
    position = world.state.agv_position
    assert position is not None
    assert (position.x, position.y) == (0, 5)
    assert position.theta == pytest.approx(1.571)
    assert world.state.distance_since_last_node == 5
    world.run_until(24_142)
    assert not world.state.node_states


def test_a_stretch_holds_what_the_order_says_of_corridor_speed_and_heading() -> None:
    world = World()
    corridor = Corridor(left_width=1.0, right_width=0.5, corridor_ref_point="CONTOUR")
    order = road(2, corridor=corridor, max_speed=0.4)
    position = NodePosition(x=10, y=0, map_id="road", theta=1.5)
    nodes = (order.nodes[0], replace(order.nodes[1], node_position=position))
    world.order(replace(order, nodes=nodes))
    stretch = world.told(Follow)[0].stretches[0]
    assert (stretch.left_mm, stretch.right_mm) == (650, 150), "half its width is 350 mm"
    assert (stretch.speed_mm_s, stretch.heading_mrad, stretch.edge_id) == (400, 1500, "n0-n1")


def test_a_node_that_follows_itself_is_passed() -> None:
    world = World()
    order = road(3)
    same = replace(order.nodes[1].node_position, x=0.0)  # type: ignore[type-var]
    nodes = (order.nodes[0], replace(order.nodes[1], node_position=same), order.nodes[2])
    world.order(replace(order, nodes=nodes))
    assert world.state.last_node_id == "n0"
    assert world.told(Follow)[0].stretches[0].points == ((0, 0),)
    world.run_until(20_000)
    assert world.state.node_states == ()


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
    longer = world.told(Follow)[-1]
    assert len(longer.stretches) == 3
    assert longer.stretches[0].points == ((0, 0), (10_000, 0)), "from the last node on"
    world.run_until(30_000)
    assert world.state.last_node_id == "n3"
    assert not any(not one.driving for one in world.states if len(one.node_states) > 1)


def test_an_update_beyond_a_stop_leaves_the_path_to_the_stop_alone() -> None:
    world = World()
    world.order(road(2, actions={1: (pick("p"),)}))
    world.run_until(5_000)
    world.order(road(2, start=1, update=1))
    assert len(world.told(Follow)) == 1
    world.run_until(60_000)
    assert world.state.last_node_id == "n2"


def test_what_an_older_path_passed_does_not_count() -> None:
    world = World()
    world.order(road(4, released=2))
    old = world.told(Follow)[-1].path_id
    world.order(road(3, start=1, update=1, released=3))
    for path_id, stretch in ((old, 0), (old + 1, 7), (old + 1, -1), (old + 7, 0)):
        world.feed(Passed(path_id, stretch))
        world.feed(Stopped(path_id))
    assert world.state.last_node_id == "n0"
    assert world.state.driving
    world.feed(Passed(old + 1, 1))
    assert world.state.last_node_id == "n2", "the stretch before was passed as well"


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
        ends = [stretch.points[-1][0] for stretch in world.told(Follow)[-1].stretches]
        assert max(ends) <= base * STEP_MM
    world.run_until(world.now_ms + 10_000_000)
    assert world.state.last_node_id == f"n{base}"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=10))
def test_woken_at_other_times_it_ends_the_same(waits: list[int]) -> None:
    world = World()
    world.order(road(5))
    for wait_ms in waits:
        world.wake(world.now_ms + wait_ms)
    world.run_until(400_000)
    plain = World()
    plain.order(road(5))
    plain.run_until(400_000)
    assert world.state.node_states == plain.state.node_states == ()
    assert world.state.last_node_id == plain.state.last_node_id


def test_the_same_events_give_identical_effects_and_bytes() -> None:
    one, other = World(), World()
    for world in (one, other):
        world.order(road(4, released=3))
        world.run_until(12_345)
        world.feed(LinkDown())
    assert one.effects == other.effects
    assert one.robot.snapshot() == other.robot.snapshot()


def test_time_that_runs_backwards_counts_as_the_last() -> None:
    world = World()
    world.run_until(50_000)
    assert world.robot.handle(Woken(), 10) == []
    world.robot.handle(OrderReceived(road(2)), 20)
    assert world.robot.next_wake_ms is not None
    assert world.robot.next_wake_ms >= 50_000


def test_with_the_link_down_it_drives_on_to_the_end_of_its_base_and_then_tells() -> None:
    world = World()
    world.order(road(4, released=3))
    world.feed(LinkDown())
    count = len(world.states)
    world.run_until(300_000)
    assert len(world.states) == count
    world.feed(LinkUp())
    assert world.state.last_node_id == "n2"
    assert len(world.states) == count + 1


def test_the_map_may_know_that_a_way_is_longer_than_drawn() -> None:
    world = World()
    world.order(road(2, length=14.0))
    stretch = world.told(Follow)[0].stretches[0]
    assert (length_mm(stretch.points), stretch.length_mm) == (10_000, 14_000)


@pytest.mark.parametrize("field", ["length", "max_speed"])
def test_a_number_too_large_for_earth_stops_nobody(field: str) -> None:
    world = World()
    fields: dict[str, Any] = {field: 1e308}
    world.order(road(2, **fields))
    assert world.state.driving


def test_killed_on_its_way_it_goes_on_after_a_state_and_a_look_at_where_it_is() -> None:
    world = World()
    world.order(road(3))
    world.run_until(14_000)
    again = world.restarted(linked=False)
    assert again.told(Follow) == [], "no state was told yet"
    again.run_until(20_000)
    assert again.told(Follow) == []
    again.feed(LinkUp())
    assert again.state.last_node_id == "n1"
    path = again.told(Follow)[0]
    assert path.stretches[0].points == ((14_000, 0), (20_000, 0)), "what is left of the way"
    assert path.path_id > world.told(Follow)[-1].path_id
    again.run_until(60_000)
    assert again.state.node_states == ()


def test_found_off_its_way_after_a_restart_it_stands_until_it_is_back() -> None:
    world = World()
    world.order(road(3))
    world.run_until(14_000)
    again = world.restarted(linked=False)
    again.body.y_mm = 30_000
    again.feed(again.body.look())
    again.feed(LinkUp())
    again.run_until(60_000)
    assert [(one.error_type, one.error_level) for one in again.state.errors] == [
        ("positionLost", "FATAL")
    ]
    assert again.told(Follow) == []
    again.body.y_mm = 300
    again.feed(Posed(14_000, 300, 0))
    assert again.errors == []
    assert again.state.driving


def test_a_body_that_drove_on_while_its_mind_was_dead_is_found_further_along() -> None:
    world = World()
    world.order(road(5))
    world.run_until(14_000)
    again = world.restarted(linked=False)
    again.body.x_mm = 36_000
    again.feed(again.body.look())
    again.feed(LinkUp())
    assert again.state.last_node_id == "n3"
    assert again.errors == []
    assert again.told(Follow)[-1].stretches[0].points == ((36_000, 0), (40_000, 0))
    again.run_until(60_000)
    assert again.state.node_states == ()


def test_a_robot_pushed_along_in_service_follows_a_new_path_from_there() -> None:
    world, order = World(), road(7, actions={6: (pick("p"),)})
    beacon = action("signal", "s", "NONE")
    lit = replace(order.edges[2], actions=(beacon,))
    world.order(replace(order, edges=(*order.edges[:2], lit, *order.edges[3:])))
    world.run_until(14_000)
    before = world.told(Follow)[-1]
    world.feed(ModeChanged("SERVICE"))
    world.body.x_mm = 36_000
    world.feed(world.body.look())
    world.feed(ModeChanged("AUTOMATIC"))
    world.feed(world.body.look())
    assert world.state.last_node_id == "n3"
    world.feed(Passed(before.path_id, 3))
    assert world.state.last_node_id == "n3", "said of the old path"
    assert world.told(Follow)[-1].path_id > before.path_id
    assert world.action("s").action_status == "FINISHED", "its edge lies behind"


def test_a_body_is_not_looked_for_beyond_where_it_had_to_stand() -> None:
    world = World()
    world.order(road(5, actions={2: (pick("p"),)}))
    world.run_until(14_000)
    again = world.restarted(linked=False)
    again.body.x_mm = 36_000
    again.feed(again.body.look())
    again.feed(LinkUp())
    again.run_until(60_000)
    assert again.state.last_node_id == "n1"
    assert [one.error_type for one in again.state.errors] == ["positionLost"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 15_000), max_size=12))
def test_killed_at_any_moments_it_passes_each_node_once_and_ends_its_order(
    waits: list[int],
) -> None:
    world = World()
    world.order(road(5, actions={2: (action("signal", "s", "NONE"),)}))
    world.effects = world.effects[-1:]
    passed: list[str] = []
    for wait_ms in waits:
        world.run_until(world.now_ms + wait_ms)
        passed += [one.last_node_id for one in world.states]
        world = world.restarted()
    world.run_until(world.now_ms + 400_000)
    passed += [one.last_node_id for one in world.states]
    assert world.state.node_states == ()
    assert list(dict.fromkeys(passed)) == ["n0", "n1", "n2", "n3", "n4"]
    assert passed == sorted(passed)
    assert world.errors == []


def test_at_the_same_moment_a_restart_leaves_nothing_out_and_does_nothing_twice() -> None:
    world = World()
    world.order(road(3, actions={1: (pick("p"),)}))
    world.run_until(12_000)
    again = world.restarted()
    assert again.state.order_id == "o1"
    assert again.state.last_node_id == "n1"
    assert [one.node_id for one in again.state.node_states] == ["n2"]
    assert again.action("pick-p").action_status == "FAILED", "nobody knows what was put in"
