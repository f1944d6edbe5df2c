# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest
from msgspec.structs import replace

from robot_agent.core.events import InstantActionsReceived, MessageRefused, Publish
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import NodePosition, Order
from tests.robot_agent.core.small_world import World, action, handover, pick, road


def errors(world: World) -> list[str]:
    return [one.error_type for one in world.state.errors]


def references(world: World) -> dict[str, str]:
    return {
        one.reference_key: one.reference_value for one in world.state.errors[-1].error_references
    }


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
    assert errors(world) == ["orderError"], "a horizon left means it is still executing"
    assert references(world)["orderId"] == "o2"
    assert references(world)["orderUpdateId"] == "0"
    assert world.state.order_id == "o1"
    world.order(road(2, start=1, update=1))
    assert world.state.errors == ()
    assert world.state.driving


def test_an_old_update_is_rejected() -> None:
    world = World()
    world.order(road(2))
    world.order(road(2, start=1, update=2))
    world.order(road(2, start=1, update=1))
    assert errors(world) == ["orderUpdateError"]


@pytest.mark.parametrize("change", [{"start": 2}, {"start": 1, "first_sequence": 4}])
def test_an_update_that_does_not_begin_at_the_decision_point_is_rejected(
    change: dict[str, int],
) -> None:
    """Node id and sequenceId must both match: a node may be passed twice (6.6.4.1)."""
    world = World()
    world.order(road(4, released=2))
    world.order(road(2, update=1, **change))
    assert errors(world) == ["orderUpdateError"]
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
    assert errors(world) == ["noRouteError"]
    assert references(world)["nodeId"] == "n3"


def test_an_update_of_an_order_that_is_not_held_is_rejected() -> None:
    """A robot that lost its memory would do the rest of an order twice."""
    world = World()
    world.order(road(2, update=1))
    assert errors(world) == ["orderUpdateError"]
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
        (road(2, actions={1: (action("pick", "p", lhd="S1"),)}), "orderError", "actionId"),
        (road(2, actions={1: (handover("p", blocking="NONE"),)}), "orderError", "actionId"),
        (road(2, actions={1: (handover("p", direction="up"),)}), "orderError", "actionId"),
        (with_node(road(2), node_position=ELSEWHERE), "orderError", "mapId"),
        (with_node(road(2), node_position=None), "orderError", "nodeId"),
        (road(2, orientation=1.0), "orderError", "field"),
        (road(1_001), "orderError", "field"),
    ],
)
def test_what_it_cannot_do_is_rejected_with_what_is_at_fault(
    order: Order, error_type: str, key: str
) -> None:
    world = World()
    world.order(order)
    assert errors(world) == [error_type]
    assert key in references(world)
    assert world.state.order_id == ""


def test_rejections_stay_until_an_order_is_accepted_and_are_not_repeated() -> None:
    world = World()
    for _ in range(3):
        world.order(road(2, start=3))
    assert errors(world) == ["noRouteError"]
    for number in range(50):
        world.order(road(2, start=3, order_id=f"x{number}"))
    assert len(errors(world)) == 20
    world.order(road(2))
    assert errors(world) == []


def test_bytes_that_could_not_be_read_become_an_error_of_the_state() -> None:
    world = World()
    world.feed(MessageRefused("order", "order: JSON is malformed"))
    assert errors(world) == ["validationError"]


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
    assert errors(world)[-1] == "orderUpdateError", "a cancelled order takes no update"
    world.order(road(2, start=1, order_id="o2", first_sequence=0))
    assert world.state.driving


def test_a_new_order_is_refused_while_the_cancel_is_pending() -> None:
    world = World()
    world.order(road(4))
    world.run_until(5_000)
    world.instant("cancelOrder")
    world.order(road(2, order_id="o2"))
    assert errors(world) == ["orderError"]


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
    assert errors(world) == ["noOrderToCancel"]
    assert references(world) == {"actionId": "i-cancelOrder"}


def test_an_unknown_instant_action_fails_and_a_known_id_is_not_done_again() -> None:
    world = World()
    world.instant("fly")
    assert world.action("i-fly").action_status == "FAILED"
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
    assert errors(world) == ["validationError"]
    assert not world.state.paused


def test_many_instant_actions_do_not_fill_the_state() -> None:
    world = World()
    for number in range(150):
        world.instant("stateRequest", prefix=str(number))
    assert len(world.state.action_states) == 100
    assert world.action("149-stateRequest").action_status == "FINISHED"
