# SPDX-License-Identifier: Apache-2.0
"""No state is larger than what a broker forwards, whatever a master names its things."""

import pytest
from msgspec.structs import replace

from robot_agent.core.events import ContentsSeen, DoorChanged, InstantActionsReceived, OpenDoor
from robot_agent.core.factsheet import factsheet
from robot_agent.vda5050.codec import MAX_MESSAGE_BYTES, encode
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Order
from tests.robot_agent.core.at_stop import loads
from tests.robot_agent.core.small_world import SPEC, World, action, pick, road

LONGEST = 128


def with_node(order: Order, **fields: object) -> Order:
    return replace(order, nodes=(order.nodes[0], replace(order.nodes[1], **fields)))


def with_edge(order: Order, edge_id: str) -> Order:
    return replace(order, edges=(replace(order.edges[0], edge_id=edge_id),))


def named(length: int, letter: str = "x") -> list[tuple[Order, str]]:
    """Orders in each of which one thing has a name of this length, and the field."""
    name = letter * length
    wait = action("waitForTrigger", name)
    by_name = with_node(with_edge(road(2), "e"), node_id=name)
    to_name = replace(by_name, edges=(replace(by_name.edges[0], end_node_id=name),))
    base = "nodes[1].actions[0]"
    return [
        (road(2, order_id=name), "orderId"),
        (to_name, "nodes[1].nodeId"),
        (with_edge(road(2), name), "edges[0].edgeId"),
        (road(2, actions={1: (wait,)}), f"{base}.actionId"),
        (road(2, actions={1: (pick(name),)}), f"{base}.actionId"),
        (
            road(2, actions={1: (replace(pick(name), action_id="a"),)}),
            f"{base}.actionParameters.loadId",
        ),
    ]


@pytest.mark.parametrize(("order", "field"), named(LONGEST + 1))
def test_a_name_that_is_too_long_is_rejected_with_its_field(order: Order, field: str) -> None:
    world = World()
    world.order(order)
    assert world.errors == ["orderError"]
    assert world.references["field"] == field
    assert len(encode(world.state)) < 5_000


def test_the_longest_name_is_taken_and_told_in_the_factsheet() -> None:
    for order, _ in named(LONGEST - len("pick-")):
        world = World()
        world.order(order)
        assert world.errors == []
    lengths = factsheet(SPEC).protocol_limits.max_string_lens
    assert (lengths.id_len, lengths.load_id_len) == (LONGEST, LONGEST)


def test_letters_count_as_json_writes_them() -> None:
    for letter in ('"', "\x01", "\U0001f916"):
        world = World()
        world.order(road(2, order_id=letter * 65))
        assert world.errors == ["orderError"]


@pytest.mark.parametrize("made", [action("stateRequest", "x" * 129), action("y" * 129, "x")])
def test_an_instant_action_with_a_long_name_is_refused(made: Action) -> None:
    world = World()
    message = InstantActions(actions=(replace(made, blocking_type="NONE"),))
    world.feed(InstantActionsReceived(message))
    assert world.errors == ["validationError"]
    assert world.state.action_states == ()


def test_a_label_as_long_as_a_book_is_cut() -> None:
    world = World(replace(SPEC, occupancy_sensor=True))
    world.body.perform = lambda _effect, _now_ms: []  # type: ignore[method-assign]
    world.order(road(1, actions={0: (action("pick", "a"),)}))
    place = world.told(OpenDoor)[0].compartment
    world.feed(DoorChanged(place, "open"))
    world.feed(ContentsSeen(place, occupied=True, parcel="z" * 4_000))
    world.feed(DoorChanged(place, "shut"))
    assert loads(world) == ["z" * LONGEST]


def test_the_largest_state_there_can_be_is_forwarded() -> None:
    """As many nodes and actions as are taken, all with the longest names, after many refusals."""
    world = World()
    for number in range(100):
        name = f"{number:03}".ljust(LONGEST, '"')[: LONGEST // 2 + 1]
        message = InstantActions(actions=(action(f"{number:0128}", name, "NONE"),))
        world.feed(InstantActionsReceived(message))
    large = road(1_000)
    nodes = [large.nodes[0]]
    for index, node in enumerate(large.nodes[1:], 1):
        made = action("waitForTrigger", f"{index:0128}")
        nodes.append(replace(node, node_id=f"{index:0128}", actions=(made,)))
    edges = [
        replace(
            edge,
            edge_id=f"{index:0128}",
            start_node_id=nodes[index].node_id,
            end_node_id=nodes[index + 1].node_id,
        )
        for index, edge in enumerate(large.edges)
    ]
    for number in range(30):
        world.order(road(2, order_id=f"{number:03}" + "x" * 126))
    world.order(replace(large, nodes=tuple(nodes), edges=tuple(edges), order_id="o" * LONGEST))
    assert len(world.state.node_states) == 999
    world.order(replace(large, order_id="p" * LONGEST))
    size = len(encode(world.state))
    assert 500_000 < size < MAX_MESSAGE_BYTES, size
