# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 2.1.0, sections 6.6.2 and 6.6.4.3: base, horizon, stitching, duplicates."""

import pytest
from msgspec.structs import replace

from robot_agent.core.events import Follow
from tests.robot_agent.conformance.bench_robot import Bench
from tests.robot_agent.conformance.orders import action, along, drop, node, pick


def ahead(bench: Bench) -> list[tuple[str, bool]]:
    return [(one.node_id, one.released) for one in bench.state.node_states]


def test_the_robot_stops_at_the_decision_point_without_an_error() -> None:
    """'The AGV shall stop at the decision point if no further nodes and edges are added to the
    base.' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 2))
    bench.run(300_000)
    assert bench.place == (10_000, 0)
    assert ahead(bench) == [("n2", False), ("n3", False)]
    assert not bench.state.driving
    assert bench.error_types == []


def test_nothing_of_the_horizon_is_driven() -> None:
    """'If a node or edge is not released, the AGV shall not traverse it.' (6.6.1)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 3))
    bench.run(300_000)
    edges = [one.edge_id for path in bench.told(Follow) for one in path.stretches]
    assert set(edges) == {"n0-n1", "n1-n2"}


def test_an_update_extends_the_base_while_the_robot_drives() -> None:
    """'With this node the AGV can add the updated order onto the current order (stitching).'
    (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.run(4_000)
    bench.order(along([1, 2, 3], 2, update=1, first=2))
    assert ahead(bench) == [("n1", True), ("n2", True), ("n3", False)]
    assert bench.state.order_update_id == 1
    bench.run(60_000)
    assert (bench.state.last_node_id, bench.state.last_node_sequence_id) == ("n2", 4)
    assert sum(not one.driving for one in bench.states[4:-1]) <= 1


def test_an_update_is_taken_by_a_robot_that_waits_at_the_decision_point() -> None:
    """'The vehicle is still moving or executing actions related to the base released in previous
    order updates or still has a horizon' (Figure 8, step 7)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.run(60_000)
    bench.order(along([1, 2], update=1, first=2))
    bench.run(60_000)
    assert bench.state.last_node_id == "n2"


def test_an_update_is_taken_by_a_robot_that_has_finished() -> None:
    """'The order update is now accepted if it continues from the last traversed node, therefore the
    first node of the new base needs to match the vehicle's lastNodeId as well as
    lastNodeSequenceId.' (Figure 8, step 8)"""
    bench = Bench()
    bench.order(along([0, 1]))
    bench.run(60_000)
    bench.order(along([1, 2], update=1, first=4))
    assert bench.error_types == ["orderUpdateError"]
    bench.order(along([1, 2], update=1, first=2))
    bench.run(60_000)
    assert bench.error_types == []
    assert (bench.state.last_node_id, bench.state.order_update_id) == ("n2", 1)


@pytest.mark.parametrize("first", [0, 4])
def test_the_same_node_of_another_round_is_no_decision_point(first: int) -> None:
    """'the last known base node has the same nodeId (and nodeSequenceId, more on that later) as
    the first new base node' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.order(along([1, 2], update=1, first=first))
    assert bench.error_types == ["orderUpdateError"]
    assert bench.state.order_update_id == 0


def test_the_whole_way_is_not_sent_again() -> None:
    """'Since the base cannot be changed, a retransmission of nodes f and d is not valid.'
    (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 3))
    bench.order(along([0, 1, 2, 3], 4, update=1))
    assert bench.error_types == ["orderUpdateError"]
    assert ahead(bench) == [("n1", True), ("n2", True), ("n3", False)]


def test_the_horizon_may_be_another() -> None:
    """'The master control has the possibility to change the horizon by sending an updated route to
    the AGV which includes the changed list of nodes and edges.' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 2, actions={2: (pick("p"),)}))
    bench.order(along([1, 0, 5], 2, update=1, first=2, actions={1: (pick("q"),)}))
    assert ahead(bench) == [("n1", True), ("n0", True), ("n5", False)]
    assert [one.action_id for one in bench.state.action_states] == ["pick-q"]


def test_the_horizon_may_be_deleted() -> None:
    """'The horizon can also be deleted.' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 2, actions={2: (pick("p"),)}))
    bench.order(along([1], update=1, first=2))
    assert ahead(bench) == [("n1", True)]
    assert bench.state.action_states == ()
    bench.run(60_000)
    assert bench.state.node_states == ()


def test_the_base_is_never_made_shorter() -> None:
    """'the base cannot be changed' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3]))
    bench.order(along([1, 2], update=1, first=2))
    assert bench.error_types == ["orderUpdateError"]
    bench.run(120_000)
    assert bench.state.last_node_id == "n3"


def test_an_older_update_is_rejected_and_the_newer_one_goes_on() -> None:
    """'The vehicle continues with executing the previous order.' (6.6.4.3)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.order(along([1, 2], update=3, first=2))
    bench.order(along([2, 3], update=2, first=4))
    assert bench.error_types == ["orderUpdateError"]
    assert bench.error("orderUpdateError").error_level == "WARNING"
    assert bench.state.order_update_id == 3
    bench.run(120_000)
    assert bench.state.last_node_id == "n2"


@pytest.mark.parametrize("after_ms", [0, 5_000, 60_000])
def test_an_order_sent_twice_is_ignored_but_answered(after_ms: int) -> None:
    """'If the AGV receives an order with the same orderId and orderUpdateId twice, the second order
    will be ignored.' (6.6.4.3)"""
    order = along([0, 1], actions={0: (pick("p"),)})
    once, twice = Bench(), Bench()
    for bench in (once, twice):
        bench.order(order)
        bench.run(after_ms)
        bench.instant("stateRequest", "now")
    mark = len(twice.states)
    twice.order(order)
    assert len(twice.states) == mark + 1
    assert twice.error_types == []
    assert replace(twice.state, header_id=0) == replace(
        once.state, header_id=0, timestamp=twice.state.timestamp
    )


def test_the_stitching_nodes_actions_sent_again_are_not_done_again() -> None:
    """'For actions, deviation range, etc., the AGV shall use the instructions provided in the first
    order' (6.6.2)"""
    bench = Bench()
    actions = (pick("p"),)
    bench.order(along([0, 1, 2], 2, actions={1: actions}))
    bench.run(12_000)
    bench.order(along([1, 2], update=1, first=2, actions={0: actions}))
    bench.run(60_000)
    assert [one.action_id for one in bench.state.action_states] == ["pick-p"]
    assert bench.status("pick-p") == "FINISHED"
    assert bench.state.last_node_id == "n2"


def test_the_stitching_nodes_actions_left_out_are_done_all_the_same() -> None:
    """'It is important, that the contents of the stitching node (node g in the example case) are
    not changed.' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2, actions={1: (pick("p"),)}))
    bench.order(along([1, 2], update=1, first=2))
    bench.run(60_000)
    assert bench.status("pick-p") == "FINISHED"


def test_a_new_action_on_the_stitching_node_is_refused_not_dropped() -> None:
    """'the contents of the stitching node [...] are not changed' (6.6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.order(along([1, 2], update=1, first=2, actions={0: (action("signal", "late"),)}))
    assert bench.error_types == ["orderError"]
    assert bench.state.order_update_id == 0


def test_new_actions_come_on_a_new_node_at_the_same_place() -> None:
    """'Once a sequenceId is assigned, it does not change with order updates' (6.6.2): what is to
    be done at the decision point besides comes as the node after it."""
    bench = Bench()
    bench.order(along([0, 1], actions={0: (pick("p"),)}))
    bench.run(60_000)
    bench.order(along([1, 1], update=1, first=2, actions={1: (drop("p"),)}))
    bench.run(60_000)
    assert bench.status("drop-p") == "FINISHED"
    assert bench.state.last_node_sequence_id == 4


def test_an_order_may_pause_between_its_stops_with_the_next_leg_in_the_horizon() -> None:
    """'The horizon route has not yet been released by the master control.' (6.6.2): our safety
    valve, the master decides after a failed action."""
    bench = Bench()
    bench.order(along([0, 1, 2], 2, actions={1: (drop("not-there"),)}))
    bench.run(60_000)
    assert bench.status("drop-not-there") == "FAILED"
    assert "actionError" in bench.error_types
    assert ahead(bench) == [("n2", False)]
    bench.order(along([1, 0], update=1, first=2))
    bench.run(60_000)
    assert bench.state.last_node_id == "n0"


def test_a_cancelled_order_takes_no_update() -> None:
    """'Then the order is deleted.' (6.8.1, cancelOrder)"""
    bench = Bench()
    bench.order(along([0, 1, 2], 2))
    bench.run(60_000)
    bench.instant("cancelOrder")
    bench.order(along([1, 2], update=1, first=2))
    assert bench.error_types == ["orderUpdateError"]
    assert bench.state.node_states == ()


def test_a_rejected_update_names_its_own_ids() -> None:
    """'If an order update is rejected, this field is to be passed in the rejection message.'
    (6.6.6, orderUpdateId)"""
    bench = Bench()
    bench.order(along([0, 1]))
    bench.order(replace(along([1, 2], update=7, first=0), nodes=(node(1, 0), node(2, 2))))
    told = {
        one.reference_key: one.reference_value
        for one in bench.error("orderUpdateError").error_references
    }
    assert (told["orderId"], told["orderUpdateId"]) == ("o1", "7")
