# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 2.1.0, sections 6.6.1 to 6.6.4 and Figure 8: which orders are taken, and what is said.

Each test quotes the sentence it holds the robot to, with its section.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from robot_agent.core.events import Follow, ModeChanged, SafetyChanged
from robot_agent.vda5050.order import Corridor
from robot_agent.vda5050.state import Error
from tests.robot_agent.conformance.bench_robot import Bench
from tests.robot_agent.conformance.orders import action, along, edge, node, pick, with_first


def references(error: Error) -> dict[str, str]:
    return {one.reference_key: one.reference_value for one in error.error_references}


def assert_rejected(bench: Bench, order: Any, error_type: str, **expected: str) -> None:
    """Nothing of the order is taken over; one warning names it."""
    before = bench.state
    bench.order(order)
    after = bench.state
    assert after.errors != before.errors
    same = replace(
        after,
        errors=before.errors,
        header_id=before.header_id,
        timestamp=before.timestamp,
        agv_position=before.agv_position,
        velocity=before.velocity,
        distance_since_last_node=before.distance_since_last_node,
    )
    assert same == before
    error = after.errors[-1]
    assert (error.error_type, error.error_level) == (error_type, "WARNING")
    assert error.error_description
    told = references(error)
    assert told["topic"] == "order"
    assert told["orderId"] == order.order_id
    assert told["orderUpdateId"] == str(order.order_update_id)
    for key, value in expected.items():
        assert told[key] == value


def test_one_node_is_enough() -> None:
    """'One node is enough for a valid order. Leave edge array empty in that case.' (6.6.6)"""
    bench = Bench()
    bench.order(along([0]))
    assert (bench.state.order_id, bench.state.last_node_id) == ("o1", "n0")
    assert bench.state.node_states == bench.state.errors == ()


def test_an_order_without_a_horizon_is_valid() -> None:
    """'It is valid to send an order without a horizon.' (6.6.1)"""
    bench = Bench()
    bench.order(along([0, 1, 2]))
    bench.run(60_000)
    assert (bench.state.last_node_id, bench.state.errors) == ("n2", ())


@pytest.mark.parametrize(
    "broken",
    [
        replace(along([0, 1]), edges=()),
        replace(along([0]), nodes=()),
        replace(along([0, 1]), edges=(edge(0, 1, 3),)),
        replace(along([0, 1]), edges=(edge(0, 2, 1),)),
        replace(along([0, 1]), nodes=(node(0, 0), node(1, 4))),
        replace(along([0, 1, 2], 2), nodes=(node(0, 0), node(1, 2, released=False), node(2, 4))),
        replace(along([0, 1, 2], 2), edges=(edge(0, 1, 1), edge(1, 2, 3))),
        along([0, 1], first=2),
        along([0, 1], 0),
        replace(along([0]), order_id=""),
        along([0, 1], actions={0: (pick("p"),), 1: (pick("p"),)}),
    ],
    ids=lambda order: order.order_id,
)
def test_a_malformed_order_is_rejected_with_validation_error(broken: Any) -> None:
    """'The vehicle reports the warning "validationError"' (6.6.4.1); 'there shall be at least one
    node and the number of edges shall be equal to the number of nodes minus one' (6.6.1)."""
    assert_rejected(Bench(), broken, "validationError")


def test_a_released_edge_may_not_lead_into_the_horizon() -> None:
    """'An edge can be released only if both the start and the end node of the edge are released.'
    (6.6.1)"""
    order = along([0, 1], 1)
    bad = replace(order, edges=(edge(0, 1, 1, released=True),))
    assert_rejected(Bench(), bad, "validationError")


def test_nothing_released_may_follow_the_horizon() -> None:
    """'After an unreleased edge, no released nodes or edges can follow in the sequence.' (6.6.1)"""
    order = along([0, 1, 2], 1)
    bad = replace(order, nodes=(*order.nodes[:2], node(2, 4)))
    assert_rejected(Bench(), bad, "validationError")


def test_the_warning_stays_until_the_next_accepted_order() -> None:
    """'The warning shall be reported until the vehicle has accepted a new order.' (6.6.4.1)"""
    bench = Bench()
    bench.order(replace(along([0]), nodes=()))
    bench.run(120_000)
    assert bench.error_types == ["validationError"]
    bench.order(along([5, 6], order_id="far"))
    assert bench.error_types == ["validationError", "noRouteError"]
    bench.order(along([0, 1], order_id="good"))
    assert bench.error_types == []


def test_the_first_node_must_be_where_the_robot_stands() -> None:
    """'The first node of an order shall be trivially reachable for the AGV.' (6.6.1)"""
    assert_rejected(Bench(), along([1, 2]), "noRouteError", nodeId="n1")


def test_the_first_node_may_lie_within_its_deviation() -> None:
    """'This means either that the AGV is already standing on the node, or that the AGV is in the
    node's deviation range.' (6.6.1)"""
    bench = Bench()
    far = along([1, 2])
    bench.order(with_first(far, allowed_deviation_xy=9.9))
    assert bench.error_types == ["noRouteError"]
    bench.order(with_first(far, allowed_deviation_xy=10.1))
    assert bench.state.last_node_id == "n1"
    bench.run(60_000)
    assert bench.state.last_node_id == "n2"


def test_a_deviation_of_zero_is_the_makers_tolerance() -> None:
    """'no deviation means within the normal tolerance of the AGV manufacturer' (6.6.6)"""
    bench = Bench()
    bench.order(with_first(along([0, 1]), x=0.4, allowed_deviation_xy=0.0))
    assert (bench.state.order_id, bench.error_types) == ("o1", [])


def test_another_order_is_refused_while_one_is_executed() -> None:
    """'Are nodeStates not empty or are actionStates containing states which are neither FAILED nor
    FINISHED?' (6.6.2, Figure 8, step 3)"""
    bench = Bench()
    bench.order(along([0, 1, 2]))
    bench.run(3_000)
    assert_rejected(bench, along([0, 1], order_id="o2"), "orderError")
    bench.run(60_000)
    assert bench.state.last_node_id == "n2"


def test_another_order_is_refused_while_only_a_horizon_is_left() -> None:
    """'Vehicle might still have a horizon and therefore waiting for an update and executing an
    order.' (Figure 8, step 3)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.run(60_000)
    assert [one.node_id for one in bench.state.node_states] == ["n2"]
    assert_rejected(bench, along([1, 0], order_id="o2"), "orderError")


def test_another_order_is_refused_while_an_action_runs() -> None:
    """'Nodes and edges and the corresponding action states of the order horizon are also included
    inside the state.' (Figure 8, step 3)"""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"),)}))
    assert bench.status("pick-p") == "RUNNING"
    assert_rejected(bench, along([0, 1], order_id="o2"), "orderError")


def test_a_new_order_is_taken_when_the_one_before_is_done() -> None:
    """'Action states, except for running instant actions, are removed upon receiving a new
    order.' (6.10.6)"""
    bench = Bench()
    bench.order(along([0, 1], actions={0: (pick("p"),)}))
    bench.instant("stateRequest", "old")
    bench.run(60_000)
    bench.order(along([1, 2], order_id="o2"))
    assert (bench.state.order_id, bench.state.action_states) == ("o2", ())
    assert [one.sequence_id for one in bench.state.node_states] == [2]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (along([0, 1], orientation=1.0), "edges[0].orientation"),
        (along([0, 1], direction="left"), "edges[0].direction"),
        (along([0, 1], max_height=0.5), "edges[0].maxHeight"),
        (along([0, 1], min_height=0.5), "edges[0].minHeight"),
        (along([0, 1], rotation_allowed=False), "edges[0].rotationAllowed"),
        (along([0, 1], max_rotation_speed=0.1), "edges[0].maxRotationSpeed"),
        (replace(along([0, 1]), zone_set_id="z"), "zoneSetId"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_field_the_robot_cannot_use_is_named(order: Any, field: str) -> None:
    """'Vehicle reports the warning "orderError" with the wrong fields as error references'
    (6.6.4.2)"""
    assert_rejected(Bench(), order, "orderError", field=field)


def test_an_optional_field_the_robot_heeds_is_taken() -> None:
    """'the AGV is expected to act accordingly and cannot ignore the field' (6.1.1)"""
    bench = Bench()
    corridor = Corridor(left_width=0.4, right_width=0.6)
    bench.order(along([0, 1], max_speed=0.5, length=10.5, corridor=corridor))
    stretch = bench.told(Follow)[-1].stretches[0]
    assert (stretch.speed_mm_s, stretch.length_mm) == (500, 10_500)
    assert (stretch.left_mm, stretch.right_mm) == (400, 600)


@pytest.mark.parametrize(
    "unknown",
    [
        action("fly", "a"),
        action("detectObject", "a"),
        action("pick", "a", lhd="X9", loadId="p"),
        action("handover", "a", direction="sideways", compartment="S1", parcel="p"),
        action("cancelOrder", "a"),
        action("pick", "a", "NONE", lhd="S1", loadId="p"),
    ],
    ids=lambda one: one.action_type,
)
def test_an_action_the_robot_cannot_do_is_named(unknown: Any) -> None:
    """'Vehicle receives an order with actions it cannot perform or with fields that it cannot
    use' (6.6.4.2)"""
    order = along([0, 1], actions={1: (unknown,)})
    assert_rejected(Bench(), order, "orderError", actionId="a")


def test_a_map_the_robot_does_not_have_is_named() -> None:
    """'Before accepting a new order, the vehicle shall check that there is a map on the vehicle
    for each map identifier in the requested order.' (6.7.1)"""
    elsewhere = with_first(along([0, 1]), map_id="cellar")
    assert_rejected(Bench(), elsewhere, "orderError", mapId="cellar")


def test_an_order_that_ended_is_not_driven_again() -> None:
    """'Unique order identification of the current order or the previously finished order.'
    (6.10.6): whoever gives one again is not obeyed twice."""
    bench = Bench()
    bench.order(along([0, 1]))
    bench.run(60_000)
    bench.order(along([1, 0], order_id="o2"))
    bench.run(60_000)
    assert_rejected(bench, along([0, 1]), "orderError")


def test_a_person_at_the_controls_gets_no_orders_in_between() -> None:
    """'MANUAL: Master control is not in control of the AGV.' (Table 1)"""
    bench = Bench()
    bench.feed(ModeChanged("MANUAL"))
    assert_rejected(bench, along([0, 1]), "orderError", operatingMode="MANUAL")
    bench.feed(ModeChanged("AUTOMATIC"))
    bench.order(along([0, 1], order_id="o2"))
    assert bench.state.order_id == "o2"


def test_an_order_is_refused_while_the_emergency_stop_is_pressed() -> None:
    """'e-stop hast to be acknowledged manually at the vehicle' (6.10.6)"""
    bench = Bench()
    bench.feed(SafetyChanged("MANUAL", field_violation=False))
    assert_rejected(bench, along([0, 1]), "orderError", eStop="MANUAL")


def test_a_loop_is_driven_round() -> None:
    """'To allow loops in orders (like going from node a to b and then back to a) a sequenceId is
    assigned to the node and edge objects.' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 0, 1]))
    bench.run(60_000)
    passed = list(
        dict.fromkeys((one.last_node_id, one.last_node_sequence_id) for one in bench.states)
    )
    assert passed[-4:] == [("n0", 0), ("n1", 2), ("n0", 4), ("n1", 6)]


def test_a_node_may_follow_itself() -> None:
    """'The main purpose is to distinguish between a node, which is passed more than once within
    one orderId.' (6.6.6)"""
    bench = Bench()
    bench.order(along([0, 0, 1, 1]))
    bench.run(60_000)
    assert (bench.state.last_node_id, bench.state.last_node_sequence_id) == ("n1", 6)
