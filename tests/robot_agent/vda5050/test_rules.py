# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.order import Action, ControlPoint, Edge, Node, Order, Trajectory
from robot_agent.vda5050.rules import header_faults, order_faults, state_faults
from robot_agent.vda5050.timestamps import from_timestamp, to_timestamp
from robot_agent.vda5050.topics import NAMES, is_retained, parse_topic, qos_of, topic
from tests.robot_agent.vda5050.samples import ORDER, STATE


def chain(count: int, first: int, released: int) -> Order:
    return Order(
        order_id="o",
        order_update_id=0 if first == 0 else 1,
        nodes=tuple(
            Node(node_id=f"n{k}", sequence_id=first + 2 * k, released=k < released, actions=())
            for k in range(count)
        ),
        edges=tuple(
            Edge(
                edge_id=f"e{k}",
                sequence_id=first + 2 * k + 1,
                released=k + 1 < released,
                start_node_id=f"n{k}",
                end_node_id=f"n{k + 1}",
                actions=(),
            )
            for k in range(count - 1)
        ),
    )


@given(st.integers(1, 8), st.integers(0, 5), st.data())
def test_only_a_released_prefix_is_a_base(count: int, half: int, data: Any) -> None:
    """'Released' nodes form the base; released after unreleased is invalid (6.6.1)."""
    released = data.draw(st.integers(1, count))
    order = chain(count, 2 * half, released)
    assert order_faults(order) == []
    if released < count:
        nodes = list(order.nodes)
        nodes[0] = replace(nodes[0], released=False)
        assert order_faults(replace(order, nodes=tuple(nodes)))


@given(st.integers(2, 8), st.data())
def test_sequence_ids_run_across_nodes_and_edges_without_gap(count: int, data: Any) -> None:
    """'The variable sequenceId runs across all nodes and edges of the same order' (6.6.2)."""
    order = chain(count, 0, count)
    at = data.draw(st.integers(0, count - 2))
    edges = list(order.edges)
    edges[at] = replace(edges[at], sequence_id=edges[at].sequence_id + 1)
    assert order_faults(replace(order, edges=tuple(edges)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"order_id": ""}, "orderId is empty"),
        ({"nodes": ()}, "nodes is empty"),
        ({"edges": ()}, "0 edges do not join 3 nodes"),
        (
            {"edges": (ORDER.edges[0], replace(ORDER.edges[1], end_node_id="x"))},
            "edges[1] does not join node 'b' to 'c'",
        ),
        (
            {"edges": (ORDER.edges[0], replace(ORDER.edges[1], released=True))},
            "the edge of sequenceId 3 leads out of the base",
        ),
        (
            {"edges": (replace(ORDER.edges[0], max_speed=0.0), ORDER.edges[1])},
            "edges[0].maxSpeed is not above 0",
        ),
        (
            {"nodes": (replace(ORDER.nodes[0], actions=ORDER.nodes[1].actions), *ORDER.nodes[1:])},
            "actionId 'h1' is there twice",
        ),
    ],
)
def test_a_broken_order_is_named(change: dict[str, Any], sentence: str) -> None:
    assert sentence in order_faults(replace(ORDER, **change))


def test_a_trajectory_needs_knots_for_its_points() -> None:
    points = (ControlPoint(x=0, y=0), ControlPoint(x=1, y=0))
    for knots in ((0.0, 1.0), (0.0, 1.0, 0.5, 1.0)):
        bad = Trajectory(degree=1, knot_vector=knots, control_points=points)
        edges = (replace(ORDER.edges[0], trajectory=bad), ORDER.edges[1])
        assert any(
            "edges[0].trajectory" in one for one in order_faults(replace(ORDER, edges=edges))
        )


def test_a_number_that_json_cannot_hold_is_named() -> None:
    edges = (replace(ORDER.edges[0], length=float("nan")), ORDER.edges[1])
    assert order_faults(replace(ORDER, edges=edges)) == ["length is not finite"]


def test_a_broken_state_is_named() -> None:
    gap = replace(STATE, node_states=STATE.node_states[1:])
    assert "sequenceId 3 follows 1" in state_faults(gap)
    twice = replace(STATE, action_states=STATE.action_states * 2)
    assert "actionStates 'h1' is there twice" in state_faults(twice)


def test_an_action_parameter_is_found_by_its_key() -> None:
    action = Action(action_type="x", action_id="y", blocking_type="NONE")
    assert action.parameter("waitMs") is None
    assert ORDER.nodes[1].actions[0].parameter("waitMs") == 240_000


@given(st.integers(0, 4_102_444_800_000))
def test_a_timestamp_comes_back_to_the_millisecond(time_ms: int) -> None:
    """ISO 8601 in UTC, written with Z (6.4)."""
    text = to_timestamp(time_ms)
    assert text.endswith("Z")
    assert from_timestamp(text) == time_ms


def test_the_standards_own_example_timestamp_is_read() -> None:
    assert from_timestamp("2017-04-15T11:40:03.12Z") == 1_492_256_403_120
    for bad in ("2017-04-15T11:40:03", "2017-04-15T11:40:03+02:00", "yesterday"):
        with pytest.raises(ValueError, match=r"."):
            from_timestamp(bad)


def test_a_header_without_z_is_named() -> None:
    bad = stamped(ORDER, header_id=1, timestamp="now", manufacturer="A", serial_number="R")
    assert header_faults(bad) == ["timestamp 'now' does not end with Z"]


def test_header_ids_wrap_at_32_bits() -> None:
    message = stamped(ORDER, header_id=2**32, timestamp="x", manufacturer="A", serial_number="R")
    assert message.header_id == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_topic_is_built_and_parsed(name: Any) -> None:
    text = topic("uagv", "ACME", "R7", name)
    assert text == f"uagv/v2/ACME/R7/{name}"
    assert parse_topic(text).robot_id == "ACME/R7"


@pytest.mark.parametrize(
    "text",
    ["", "a/b", "uagv/v3/A/R/order", "uagv/v2/A/R/orders", "uagv/v2//R/order", "uagv/v2/A/é/order"],
)
def test_a_foreign_topic_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_topic(text)


def test_only_connection_and_factsheet_are_retained_and_only_connection_is_qos_1() -> None:
    assert [name for name in NAMES if is_retained(name)] == ["connection", "factsheet"]
    assert [name for name in NAMES if qos_of(name) == 1] == ["connection"]
