# SPDX-License-Identifier: Apache-2.0
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    ClockTrusted,
    Ground,
    MessageRefused,
    ModeChanged,
    SafetyChanged,
)
from robot_agent.core.robot import Robot
from robot_agent.vda5050.order import NodePosition, Order
from tests.robot_agent.core.small_world import (
    SPEC,
    Body,
    World,
    action,
    handover,
    pick,
    road,
)


def test_a_duplicate_is_ignored_but_answered_with_a_state() -> None:
    world = World()
    world.order(road(3))
    count = len(world.states)
    world.order(road(3))
    assert len(world.states) == count + 1
    assert world.state.errors == ()


def test_a_new_order_while_one_is_executed_is_rejected_and_the_old_one_goes_on() -> None:
    world = World()
    world.order(road(3, released=2))
    world.run_until(60_000)
    world.order(road(2, start=1, order_id="o2", first_sequence=0))
    assert world.errors == ["orderError"], "a horizon left means it is still executing"
    assert world.references["orderId"] == "o2"
    assert world.references["orderUpdateId"] == "0"
    assert world.state.order_id == "o1"
    world.order(road(2, start=1, update=1))
    assert world.state.errors == ()
    assert world.state.driving


def test_an_old_update_is_rejected() -> None:
    world = World()
    world.order(road(2))
    world.order(road(2, start=1, update=2))
    world.order(road(2, start=1, update=1))
    assert world.errors == ["orderUpdateError"]


@pytest.mark.parametrize("change", [{"start": 2}, {"start": 1, "first_sequence": 4}])
def test_an_update_that_does_not_begin_at_the_decision_point_is_rejected(
    change: dict[str, Any],
) -> None:
    """Node id and sequenceId must both match: a node may be passed twice (6.6.4.1)."""
    world = World()
    world.order(road(4, released=2))
    world.order(road(2, update=1, **change))
    assert world.errors == ["orderUpdateError"]
    assert len(world.state.node_states) == 3


def test_an_order_may_be_extended_after_its_end() -> None:
    world = World()
    world.order(road(2))
    world.run_until(60_000)
    world.order(road(2, start=1, update=1))
    world.run_until(120_000)
    assert world.state.last_node_id == "n2"


def test_a_first_node_elsewhere_is_no_route() -> None:
    world = World()
    world.order(road(2, start=3))
    assert world.errors == ["noRouteError"]
    assert world.references["nodeId"] == "n3"


def test_an_update_of_an_order_that_is_not_held_is_rejected() -> None:
    """A robot that lost its memory would do the rest of an order twice."""
    world = World()
    world.order(road(2, update=1))
    assert world.errors == ["orderUpdateError"]
    assert world.state.order_id == ""


def test_a_first_node_within_its_allowed_deviation_is_taken() -> None:
    world = World()
    order = road(2, start=3)
    near = NodePosition(x=3.0, y=0, map_id="road", allowed_deviation_xy=5.0)
    first = replace(order.nodes[0], node_id="near", node_position=near)
    edge = replace(order.edges[0], start_node_id="near")
    world.order(replace(order, nodes=(first, order.nodes[1]), edges=(edge,)))
    assert world.state.errors == ()
    world.run_until(40_000)
    assert world.state.last_node_id == "n4"


def with_node(order: Order, **fields: Any) -> Order:
    return replace(order, nodes=(order.nodes[0], replace(order.nodes[1], **fields)))


ELSEWHERE = NodePosition(x=10, y=0, map_id="moon")


@pytest.mark.parametrize(
    ("order", "error_type", "key"),
    [
        (replace(road(2), edges=()), "validationError", "orderId"),
        (road(2, actions={1: (action("dance", "d"),)}), "orderError", "actionId"),
        (road(2, actions={1: (pick("p", "XL9"),)}), "orderError", "actionId"),
        (road(2, actions={1: (action("dance", "d"),)}), "orderError", "headerId"),
        (road(2, actions={1: (handover("p", blocking="NONE"),)}), "orderError", "actionId"),
        (road(2, actions={1: (handover("p", direction="up"),)}), "orderError", "actionId"),
        (with_node(road(2), node_position=ELSEWHERE), "orderError", "mapId"),
        (with_node(road(2), node_position=None), "orderError", "nodeId"),
        (road(2, orientation=1.0), "orderError", "field"),
        (road(2, max_height=0.9), "orderError", "edgeId"),
        (road(2, rotation_allowed=False), "orderError", "field"),
        (replace(road(2), zone_set_id="z"), "orderError", "field"),
        (road(1_001), "orderError", "field"),
    ],
)
def test_what_it_cannot_do_is_rejected_with_what_is_at_fault(
    order: Order, error_type: str, key: str
) -> None:
    world = World()
    world.order(order)
    assert world.errors == [error_type]
    assert key in world.references
    assert world.state.order_id == ""


def test_rejections_stay_until_an_order_is_accepted_and_are_not_repeated() -> None:
    world = World()
    for _ in range(3):
        world.order(road(2, start=3))
    assert world.errors == ["noRouteError"]
    for number in range(50):
        world.order(road(2, start=3, order_id=f"x{number}"))
    assert len(world.errors) == 20
    world.order(road(2))
    assert world.errors == []


def test_bytes_that_could_not_be_read_become_an_error_of_the_state() -> None:
    world = World()
    world.feed(MessageRefused("order", "order: JSON is malformed"))
    assert world.errors == ["validationError"]


def test_every_rejection_names_the_message_it_is_about() -> None:
    world = World()
    world.order(replace(road(2, start=3), header_id=17))
    assert world.references == {
        "topic": "order",
        "headerId": "17",
        "orderId": "o1",
        "orderUpdateId": "0",
        "nodeId": "n3",
    }
    assert world.state.errors[-1].error_level == "WARNING"


SIGNALS = {1: (action("signal", "lamp", "NONE"),)}


@pytest.mark.parametrize("resent", [SIGNALS, {}], ids=["with its actions", "without them"])
def test_a_stitching_node_sent_again_is_not_done_again(resent: Mapping[int, Any]) -> None:
    """'The AGV must use the instructions provided in the first order' (6.6.2)."""
    world = World()
    world.order(road(2, actions=SIGNALS))
    world.run_until(60_000)
    assert world.action("lamp").action_status == "FINISHED"
    world.order(road(2, start=1, update=1, actions=resent))
    world.run_until(120_000)
    assert world.errors == []
    assert world.state.last_node_id == "n2"
    assert [one.action_id for one in world.state.action_states] == ["lamp"]


def test_a_stitching_node_gets_no_further_actions() -> None:
    """An action silently dropped would be waited for forever."""
    world = World()
    world.order(road(2, actions=SIGNALS))
    more = {1: (*SIGNALS[1], action("signal", "more", "NONE"))}
    world.order(road(2, start=1, update=1, actions=more))
    assert world.errors == ["orderError"]
    assert world.references["actionId"] == "more"
    assert world.state.order_update_id == 0


def test_a_horizon_may_be_replaced_or_dropped_with_its_actions() -> None:
    world = World()
    world.order(road(3, released=2, actions={2: (action("signal", "old", "NONE"),)}))
    assert world.action("old").action_status == "WAITING"
    world.order(road(3, start=1, released=1, update=1, actions={3: SIGNALS[1]}))
    assert [one.action_id for one in world.state.action_states] == ["lamp"]
    assert [one.released for one in world.state.node_states] == [True, False, False]
    world.order(road(1, start=1, update=2))
    assert world.state.action_states == ()
    world.run_until(60_000)
    assert world.state.node_states == ()
    assert not world.robot._memory.is_busy


def test_a_position_in_reach_is_enough_where_the_node_has_another_name() -> None:
    """'A temporary node that is positioned where the AGV currently stands' (6.6.3.1)."""
    world = World(body=Body(3_000, 0))
    order = road(2, order_id="o2")
    here = NodePosition(x=3.2, y=0.1, map_id="road")
    first = replace(order.nodes[0], node_id="here", node_position=here)
    world.order(
        replace(
            order,
            nodes=(first, order.nodes[1]),
            edges=(replace(order.edges[0], start_node_id="here"),),
        )
    )
    assert world.errors == []
    assert world.state.last_node_id == "here"


def test_the_name_of_the_last_node_is_not_enough_once_it_has_been_left() -> None:
    world = World()
    world.order(road(2))
    world.run_until(5_000)
    world.feed(SafetyChanged("MANUAL", field_violation=False))
    world.instant("cancelOrder")
    world.feed(SafetyChanged("NONE", field_violation=False))
    assert world.action("i-cancelOrder").action_status == "FINISHED"
    world.order(road(2, order_id="o2"))
    assert world.errors == ["noRouteError"]
    wide = road(2, order_id="o3")
    position = NodePosition(x=0, y=0, map_id="road", allowed_deviation_xy=6.0)
    first = replace(wide.nodes[0], node_position=position)
    world.order(replace(wide, nodes=(first, wide.nodes[1])))
    assert world.errors == []
    world.run_until(60_000)
    assert world.state.last_node_id == "n1"


@pytest.mark.parametrize(
    ("event", "reference"),
    [
        (ModeChanged("SERVICE"), "operatingMode"),
        (ModeChanged("TEACHIN"), "operatingMode"),
        (ModeChanged("MANUAL"), "operatingMode"),
        (SafetyChanged("MANUAL", field_violation=False), "eStop"),
        (ClockTrusted(trusted=False), "orderId"),
    ],
)
def test_no_order_is_taken_while_a_person_or_the_clock_forbids(event: Any, reference: str) -> None:
    world = World()
    world.feed(event)
    world.order(road(2))
    assert world.errors == ["orderError"]
    assert reference in world.references
    assert world.state.order_id == ""


def test_an_update_is_taken_while_the_emergency_stop_is_pressed() -> None:
    """It only extends what waits for the same reason."""
    world = World()
    world.order(road(3, released=2))
    world.feed(SafetyChanged("AUTOACK", field_violation=False))
    world.order(road(2, start=1, update=1))
    assert world.errors == []
    assert not world.state.driving


def test_an_order_while_charging_is_taken_and_the_robot_ends_charging_before_it_leaves() -> None:
    world = World()
    world.feed(BatteryRead(500, charging=True))
    world.order(road(2))
    assert world.errors == []
    assert world.told(Charge) == [Charge(on=False)]
    kinds = [type(one).__name__ for one in world.effects]
    assert kinds.index("Charge") < kinds.index("Follow")
    assert not world.state.battery_state.charging
    assert world.state.driving


def test_a_robot_that_lost_its_memory_takes_no_order_until_a_person_was_there() -> None:
    world = World()
    world.robot = Robot.lost(SPEC, 0, "the file is torn")
    again = World(disk=world.robot.snapshot())
    again.order(road(2))
    assert again.errors == ["orderError", "stateLost"]
    assert again.state.loads is None
    again.feed(ModeChanged("SERVICE"))
    again.feed(ModeChanged("AUTOMATIC"))
    again.order(road(2))
    assert again.errors == []
    assert again.state.loads == ()


def test_pick_and_drop_are_done_at_docks_or_when_somebody_was_waited_for() -> None:
    """Else whoever may publish an order could have the robot emptied in the street."""
    spec = replace(SPEC, ground=Ground("road", "1", docks=((0, 0),)))
    for actions, error_types in (
        ({0: (pick("p"),)}, []),
        ({2: (pick("p"),)}, ["orderError"]),
        ({2: (action("waitForTrigger", "w"), pick("p"))}, []),
    ):
        world = World(spec)
        world.order(road(3, actions=actions))
        assert world.errors == error_types


def test_a_robot_without_handover_says_so_in_factsheet_and_rejection() -> None:
    world = World(replace(SPEC, node_actions=("pick", "drop", "waitForTrigger")))
    world.order(road(2, actions={1: (handover("p"),)}))
    assert world.errors == ["orderError"]
    assert world.references["actionId"] == "hand-p"
