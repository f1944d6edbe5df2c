# SPDX-License-Identifier: Apache-2.0
import json
from itertools import pairwise

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.core import abilities, orders
from dispatcher.core.effects import OrderAction, OrderNode, PublishInstant, PublishOrder
from dispatcher.service.narrowing import described
from dispatcher.service.translation import (
    TranslationError,
    is_bend,
    linked,
    to_instant_actions,
    to_order,
)
from robot_agent.vda5050 import actions
from robot_agent.vda5050.codec import decode_order, encode
from robot_agent.vda5050.factsheet import (
    AgvAction,
    FactsheetActionParameter,
    OptionalParameter,
)
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.order import Order
from robot_agent.vda5050.rules import message_faults
from tests.data_sets import data_file
from tests.dispatcher.service.crooked_campus import crooked_graph
from tests.robot_agent.vda5050.samples import FACTSHEET, UNSTAMPED

GRAPH = crooked_graph()
DIGESTS = {"h1": "ab" * 32, "h2": "cd" * 32}
ACTIONS = {
    "st": (OrderAction("k1", "pick", parcel="p1", compartment="S1", size="S", duration_ms=5_000),),
    "b": (
        OrderAction("h1", "out", parcel="p1", compartment="S1", size="S", version=2, wait_ms=9_000),
        OrderAction("h2", "in", parcel="p2", compartment="M1", size="M", wait_ms=9_000),
    ),
    "a": (OrderAction("c1", "charge"),),
}


def order_along(*nodes: str, bends: bool, released: int = 99, first: int = 0) -> PublishOrder:
    sequence = first
    made = []
    for index, node in enumerate(nodes):
        if index:
            before = nodes[index - 1]
            inner = GRAPH.bends_between(before, node) if bends and before != node else 0
            sequence += 2 * (1 + inner)
        actions = ACTIONS.get(node, ()) if node not in nodes[:index] else ()
        made.append(OrderNode(node, sequence, index < released, actions))
    return PublishOrder("x", "ACME/R1", "o1", int(first > 0), tuple(made))


def sent(message: Message) -> Message:
    return stamped(
        message,
        header_id=1,
        timestamp="2026-01-31T12:00:00.000Z",
        manufacturer="ACME",
        serial_number="R1",
    )


def as_the_robot_reads_it(effect: PublishOrder) -> Order:
    message = sent(to_order(effect, GRAPH, DIGESTS))
    assert message_faults(message) == []
    return decode_order(encode(message))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.booleans(), max_size=12),
    st.booleans(),
    st.integers(1, 12),
    st.integers(0, 3),
)
def test_the_robot_sees_the_nodes_that_were_meant(
    turns: list[bool], bends: bool, released: int, half: int
) -> None:
    """'sequenceId runs across all nodes and edges of the same order' (6.6.2)."""
    line = ["st", "a", "b", "c"]
    at, way = 0, ["st"]
    for forward in turns:
        at = min(at + 1, 3) if forward else max(at - 1, 0)
        if line[at] != way[-1]:
            way.append(line[at])
    effect = order_along(*way, bends=bends, released=released, first=2 * half)
    order = as_the_robot_reads_it(effect)
    own = [node for node in order.nodes if not is_bend(node.node_id)]
    assert [(n.node_id, n.sequence_id, n.released) for n in own] == [
        (n.node, n.sequence, n.released) for n in effect.nodes
    ]
    assert all(a.edge_id != "" and a.length and a.length > 0 for a in order.edges)


def test_a_bend_becomes_a_node_where_there_is_room_for_it() -> None:
    order = as_the_robot_reads_it(order_along("st", "a", bends=True))
    assert [node.node_id for node in order.nodes] == ["st", "e1~1", "e1~2", "a"]
    assert [node.sequence_id for node in order.nodes] == [0, 2, 4, 6]
    assert [edge.edge_id for edge in order.edges] == ["e1~1", "e1~2", "e1~3"]
    position = order.nodes[1].node_position
    assert position is not None
    assert position.map_id == "crooked"
    assert (round(position.x, 1), round(position.y, 1)) == (30.0, 10.0)
    whole = GRAPH.edge_between("st", "a").length_mm / 1000
    assert sum(edge.length or 0 for edge in order.edges) == pytest.approx(whole)


def test_a_bend_is_the_same_point_in_both_directions() -> None:
    there = as_the_robot_reads_it(order_along("st", "a", bends=True))
    back = as_the_robot_reads_it(order_along("a", "st", bends=True))
    positions = {node.node_id: node.node_position for node in there.nodes}
    assert positions == {node.node_id: node.node_position for node in back.nodes}
    assert {edge.edge_id for edge in there.edges} == {edge.edge_id for edge in back.edges}


def test_a_bend_becomes_a_trajectory_where_the_numbering_leaves_no_room() -> None:
    """'knotVector ... size of number of control points + degree + 1' (6.7, trajectory)."""
    order = as_the_robot_reads_it(order_along("b", "c", "b", bends=False))
    for edge, (start, end) in zip(order.edges, pairwise(order.nodes), strict=True):
        assert edge.edge_id == "e3"
        assert edge.max_speed == 2.0
        assert edge.trajectory is not None
        assert edge.trajectory.knot_vector == (0, 0, 0.5, 1, 1)
        points = edge.trajectory.control_points
        for node, point in ((start, points[0]), (end, points[-1])):
            assert node.node_position is not None
            assert (node.node_position.x, node.node_position.y) == (point.x, point.y)


def test_a_bend_is_released_with_the_node_behind_it() -> None:
    order = as_the_robot_reads_it(order_along("a", "b", "c", bends=True, released=2))
    assert [node.released for node in order.nodes] == [True, True, False, False]
    assert [edge.released for edge in order.edges] == [True, False, False]


def test_actions_say_what_the_contract_asks_for() -> None:
    order = as_the_robot_reads_it(order_along("st", "a", "b", bends=False))
    by_id = {action.action_id: action for node in order.nodes for action in node.actions}
    pick = by_id["k1"]
    assert (pick.action_type, pick.blocking_type) == ("pick", "HARD")
    assert {one.key: one.value for one in pick.action_parameters} == {
        "stationType": "station",
        "stationName": "station-st",
        "loadId": "p1",
        "loadType": "S",
        "lhd": "S1",
        "durationMs": 5_000,
    }
    out = by_id["h1"]
    assert (out.action_type, out.blocking_type) == ("handover", "SOFT")
    assert {one.key: one.value for one in out.action_parameters} == {
        "direction": "out",
        "compartment": "S1",
        "parcel": "p1",
        "codeVersion": 2,
        "waitMs": 9_000,
        "digest": "ab" * 32,
        "loadType": "S",
    }
    assert by_id["h2"].parameter("direction") == "in"
    assert by_id["h2"].parameter("digest") == "cd" * 32
    assert by_id["c1"].action_type == "startCharging"


def test_what_cannot_be_said_on_this_map_is_named() -> None:
    nodes = (OrderNode("st", 0), OrderNode("c", 2))
    with pytest.raises(TranslationError, match="no road leads from st to c"):
        to_order(PublishOrder("x", "ACME/R1", "o", 0, nodes), GRAPH, {})
    nodes = (OrderNode("st", 0), OrderNode("a", 4))
    with pytest.raises(TranslationError, match="2 bends from st to a do not fit between"):
        to_order(PublishOrder("x", "ACME/R1", "o", 0, nodes), GRAPH, {})
    with pytest.raises(TranslationError, match="node nowhere is not on the map"):
        to_order(PublishOrder("x", "ACME/R1", "o", 0, (OrderNode("nowhere", 0),)), GRAPH, {})


def test_a_handover_without_a_digest_is_not_sent() -> None:
    with pytest.raises(TranslationError, match="h2: a handover without a digest is not locked"):
        to_order(order_along("a", "b", bends=False), GRAPH, {"h1": "ab"})


def test_more_actions_where_the_robot_stands_are_a_node_of_their_own() -> None:
    nodes = (OrderNode("b", 4), OrderNode("b", 6, actions=ACTIONS["b"]))
    order = as_the_robot_reads_it(PublishOrder("x", "ACME/R1", "o", 1, nodes))
    assert order.edges[0].length == 0.0


@pytest.mark.parametrize("kind", ["cancelOrder", "stopCharging", "stateRequest"])
def test_an_instant_action_carries_the_effects_id(kind: str) -> None:
    message = sent(to_instant_actions(PublishInstant("i7", "ACME/R1", kind)))
    assert message_faults(message) == []
    assert b'"actionId":"i7"' in encode(message)


@pytest.mark.parametrize("bends", [True, False])
def test_what_is_sent_validates_against_the_official_schemas(bends: bool) -> None:
    order = sent(to_order(order_along("st", "a", "b", "c", bends=bends), GRAPH, DIGESTS))
    instant = sent(to_instant_actions(PublishInstant("i7", "ACME/R1", "cancelOrder")))
    for name, message in (("order", order), ("instantActions", instant)):
        path = data_file(f"vda5050/2.1.0/json_schemas/{name}.schema")
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
        jsonschema.validate(json.loads(encode(message)), schema)


@pytest.mark.parametrize(
    ("state", "link"),
    [("ONLINE", "online"), ("OFFLINE", "offline"), ("CONNECTIONBROKEN", "broken")],
)
def test_each_connection_state_becomes_a_link(state: str, link: str) -> None:
    message = type(UNSTAMPED["connection"])(connection_state=state)
    assert linked("ACME/R1", message).link == link


def test_a_factsheet_says_compartments_and_whether_bends_may_be_trajectories() -> None:
    event = described("ACME/R1", FACTSHEET)
    assert (event.compartments, event.trajectory) == (("S1",), True)


def foreign(**changes: object) -> PublishOrder:
    """An order for a robot of another make: from beside the road, with a wait before a drop."""
    nodes = (
        OrderNode("st", 0, position_mm=(-4_000, 2_500), deviation_mm=2_000),
        OrderNode("st", 2),
        OrderNode(
            "a",
            4,
            actions=(
                OrderAction("g1", "wait"),
                OrderAction(
                    "d1", "drop", parcel="p1", compartment="S1", size="S", duration_ms=5_000
                ),
            ),
        ),
    )
    plain = PublishOrder("toy-1-3:0", "ACME/R1", "toy-1-3", 0, nodes)
    return msgspec.structs.replace(plain, **changes)


def test_an_order_may_begin_at_a_temporary_node_where_the_robot_stands() -> None:
    order = sent(to_order(foreign(), GRAPH, {}))
    assert isinstance(order, Order)
    first = order.nodes[0]
    assert first.node_position is not None
    assert (first.node_position.x, first.node_position.y) == (-4.0, 2.5)
    assert first.node_position.allowed_deviation_xy == 2.0
    assert is_bend(first.node_id)
    assert (order.edges[0].start_node_id, order.edges[0].end_node_id) == (first.node_id, "st")
    assert message_faults(order) == []


def test_a_wait_for_our_word_comes_before_the_drop_it_guards_and_blocks() -> None:
    gate, drop = to_order(foreign(), GRAPH, {}).nodes[-1].actions
    assert (gate.action_type, gate.blocking_type) == ("waitForTrigger", "HARD")
    assert (drop.action_type, drop.blocking_type) == ("drop", "HARD")
    assert drop.parameter("lhd") == "S1"


def test_a_robot_is_sent_no_field_or_parameter_that_it_does_not_list() -> None:
    left_out = ("edge.maxSpeed", "edge.length", "drop.durationMs", "drop.stationType")
    left_out += ("nodePosition.allowedDeviationXY", "nodePosition.allowedDeviationTheta")
    order = to_order(foreign(left_out=left_out), GRAPH, {})
    text = encode(sent(order)).decode()
    for name in ("maxSpeed", "length", "durationMs", "stationType", "allowedDeviation"):
        assert f'"{name}' not in text
    assert '"loadId"' in text


def test_no_road_is_driven_faster_than_the_robot_says_it_can() -> None:
    fast = to_order(foreign(), GRAPH, {})
    slow = to_order(foreign(speed_mm_s=700), GRAPH, {})
    assert max(edge.max_speed or 0 for edge in fast.edges) > 0.7
    assert max(edge.max_speed or 0 for edge in slow.edges) <= 0.7


def test_a_trigger_names_the_action_it_ends() -> None:
    effect = PublishInstant("i1", "ACME/R1", "trigger", (("actionId", "g1"),))
    (action,) = to_instant_actions(effect).actions
    assert action.parameter("actionId") == "g1"


def test_a_factsheet_narrows_what_is_sent() -> None:
    features = msgspec.structs.replace(
        FACTSHEET.protocol_features,
        optional_parameters=(
            OptionalParameter(parameter="order.edges.maxSpeed", support="SUPPORTED"),
            OptionalParameter(parameter="node.nodePosition", support="REQUIRED"),
        ),
        agv_actions=(
            AgvAction(action_type="pick", action_scopes=("NODE",)),
            AgvAction(
                action_type="drop",
                action_scopes=("NODE",),
                action_parameters=(
                    FactsheetActionParameter(key="loadId", value_data_type="STRING"),
                ),
            ),
            AgvAction(action_type="trigger", action_scopes=("INSTANT",)),
        ),
    )
    event = described("ACME/R1", msgspec.structs.replace(FACTSHEET, protocol_features=features))
    assert (event.node_actions, event.instant_actions) == (("drop", "pick"), ("trigger",))
    assert "edge.length" in event.left_out
    assert "drop.durationMs" in event.left_out
    assert not {"edge.maxSpeed", "drop.loadId", "pick.durationMs"} & set(event.left_out)
    assert "nodePosition.allowedDeviationXY" not in event.left_out
    assert (event.mass_limit_g, event.speed_mm_s) == (50_000, 2_500)


def test_the_core_spells_actions_as_the_robots_do() -> None:
    # The core may not know the wire; what it names must be there all the same.
    for name in ("PICK", "DROP", "HANDOVER", "WAIT_FOR_TRIGGER", "START_CHARGING", "TRIGGER"):
        assert getattr(abilities, name) == getattr(actions, name)
    assert abilities.EXTEND_WAIT == actions.EXTEND_WAIT
    assert orders._CANCEL_ORDER == actions.CANCEL_ORDER
    assert orders._FACTSHEET_REQUEST == actions.FACTSHEET_REQUEST


def test_how_far_from_its_first_node_a_robot_may_be_is_said_there_only() -> None:
    nodes = (OrderNode("st", 0, deviation_mm=4_000), OrderNode("a", 2))
    order = to_order(foreign(nodes=nodes), GRAPH, {})
    positions = [one.node_position for one in order.nodes]
    assert [one.allowed_deviation_xy for one in positions if one is not None] == [4.0, None]
