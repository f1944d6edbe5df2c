# SPDX-License-Identifier: Apache-2.0
import json
import math
from typing import Any

import pytest

from robot_agent.vda5050.codec import WireError, decode_order, decode_state, encode
from robot_agent.vda5050.topics import TopicName
from tests.robot_agent.vda5050.samples import STATE, sample

ABSENT_TEXT = ("nodeDescription", "nodePosition")


def message(name: TopicName) -> Any:
    return json.loads(encode(sample(name)))


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_null_for_an_absent_optional_is_read_as_absent() -> None:
    order = message("order")
    order["zoneSetId"] = None
    for node in order["nodes"]:
        for key in ABSENT_TEXT:
            node.setdefault(key, None)
    order["nodes"][1]["actions"][0]["actionParameters"] = None
    order["edges"][0]["corridor"] = None
    read = decode_order(dumped(order))
    assert read.nodes[0].node_position is None
    assert read.nodes[1].actions[0].action_parameters == ()
    assert read.edges[0].corridor is None


def test_null_for_an_empty_list_is_read_as_an_empty_list() -> None:
    """Some languages write an empty list that way."""
    state = message("state")
    for key in ("nodeStates", "edgeStates", "actionStates", "errors", "loads", "information"):
        state[key] = None
    read = decode_state(dumped(state))
    assert read.node_states == read.edge_states == read.action_states == read.errors == ()
    assert read.loads is None
    assert read.information == ()


def test_null_for_what_must_be_there_is_refused_where_it_is() -> None:
    order = message("order")
    order["orderId"] = None
    with pytest.raises(WireError, match=r"^order: Object missing required field `orderId`$"):
        decode_order(dumped(order))


@pytest.mark.parametrize(
    ("given", "read"), [(7, "7"), (7.0, "7"), (2.5, "2.5"), (True, "true"), ("7", "7")]
)
def test_error_references_may_be_numbers(given: Any, read: str) -> None:
    """'The value that belongs to the reference key' is a string (6.10.6); peers send numbers."""
    state = message("state")
    state["errors"][0]["errorReferences"] = [
        {"referenceKey": "orderUpdateId", "referenceValue": given}
    ]
    assert decode_state(dumped(state)).errors[0].error_references[0].reference_value == read


def test_integers_may_be_written_with_a_point_and_header_ids_be_long() -> None:
    order = message("order")
    order["orderUpdateId"] = 3.0
    order["nodes"][0]["sequenceId"] = 4.0
    order["headerId"] = 2**32 + 5
    read = decode_order(dumped(order))
    assert (read.order_update_id, read.nodes[0].sequence_id, read.header_id) == (3, 4, 5)
    order["orderUpdateId"] = 3.5
    with pytest.raises(WireError, match=r"orderUpdateId"):
        decode_order(dumped(order))


@pytest.mark.parametrize(
    ("given", "read"),
    [(3.1415927410125732, math.pi), (-3.1415927410125732, -math.pi), (1.5 * math.pi, -math.pi / 2)],
)
def test_an_angle_may_be_rounded_past_pi_or_a_turn_off(given: float, read: float) -> None:
    """'The orientation shall be in radians and shall be within +Pi and -Pi' (6.7)."""
    state = message("state")
    state["agvPosition"]["theta"] = given
    pose = decode_state(dumped(state)).agv_position
    assert pose is not None
    assert abs(math.remainder(pose.theta - read, 2 * math.pi)) < 1e-6
    assert abs(pose.theta) <= 3.14159265359


def test_the_deviation_may_be_spelt_as_in_2_0_0() -> None:
    order = message("order")
    position = order["nodes"][1]["nodePosition"]
    position["allowedDeviationXy"] = position.pop("allowedDeviationXY")
    node = decode_order(dumped(order)).nodes[1]
    assert node.node_position is not None
    assert node.node_position.allowed_deviation_xy == 0.25


def test_an_action_status_of_paused_is_taken() -> None:
    """'The action is paused because of a pause instantAction' (6.11); the schema forgot it."""
    state = message("state")
    state["actionStates"][0]["actionStatus"] = "PAUSED"
    assert decode_state(dumped(state)).action_states[0].action_status == "PAUSED"


def test_a_charge_below_one_is_read_as_percent() -> None:
    """'batteryCharge | %' (6.10.6): 0.8 from a peer that means 80 % reads as nearly empty."""
    state = message("state")
    state["batteryState"]["batteryCharge"] = 0.8
    assert decode_state(dumped(state)).battery_state.battery_charge == 0.8
    state["batteryState"]["batteryCharge"] = 101
    with pytest.raises(WireError, match="batteryCharge"):
        decode_state(dumped(state))


def test_what_is_right_is_read_as_it_stands_beside_what_is_mended() -> None:
    state = message("state")
    state["zoneSetId"] = None
    state["maps"] = None
    read = decode_state(dumped(state))
    assert read.maps == ()
    assert read.action_states == STATE.action_states
    assert read.agv_position == STATE.agv_position


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (2**64, "holds an integer of more than 64 bits"),
        ([{"deep": [-(2**70)]}], "holds an integer of more than 64 bits"),
    ],
)
def test_a_parameter_that_could_not_be_written_down_is_refused(value: Any, why: str) -> None:
    order = message("order")
    order["nodes"][1]["actions"][0]["actionParameters"] = [{"key": "k", "value": value}]
    with pytest.raises(WireError) as caught:
        decode_order(dumped(order))
    assert str(caught.value) == f"order: parameter 'k' of action 'h1' {why}"


def test_a_parameter_nested_without_end_is_refused() -> None:
    order = message("order")
    order["nodes"][1]["actions"][0]["actionParameters"] = [{"key": "k", "value": "DEEP"}]
    deep = dumped(order).replace(b'"DEEP"', b"[" * 500 + b"]" * 500)
    with pytest.raises(WireError, match="is nested more than 16 deep"):
        decode_order(deep)


def test_a_reason_is_short_and_printable_whatever_was_sent() -> None:
    order = message("order")
    order["nodes"][1]["actions"][0]["blockingType"] = "\x1b[2J\n" + "x" * 5000
    with pytest.raises(WireError) as caught:
        decode_order(dumped(order))
    assert len(str(caught.value)) <= 300
    assert str(caught.value).isprintable()
