# SPDX-License-Identifier: Apache-2.0
"""What a desk does with our own robots: letting in, waiting longer, revoking, declaring."""

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import Alarm, Answer, Notify, PublishInstant, PublishOrder
from dispatcher.core.whereabouts import OFF_NODE_MM

R0 = "toy/r0"


def answer_to(fleet, event):
    return next(effect for effect in fleet.feed(event) if isinstance(effect, Answer))


def ride(fleet, parcel="p1"):
    for _ in range(600):
        if fleet.state_of(parcel) in ("loaded", "riding"):
            return
        fleet.run(1)
    pytest.fail(f"{parcel} was never loaded")


def come_to_the_stop(fleet):
    """Drive the order that is owed to its end, with its handovers running."""
    for _ in range(600):
        fleet.run(1)
        pending = fleet.orders.get(R0, [])
        if pending and any(a.kind in ("out", "in") for n in pending[0].nodes for a in n.actions):
            order = pending.pop(0)
            last = [node for node in order.nodes if node.released][-1]
            running = tuple(ev.ActionReport(action.id, "RUNNING") for action in last.actions)
            fleet.feed(
                ev.RobotReported(
                    R0,
                    order=order.order,
                    update=order.update,
                    last_node=last.node,
                    last_sequence=last.sequence,
                    nodes_left=0,
                    actions=running,
                )
            )
            return last.actions
    pytest.fail("no handover was ordered")


def test_the_desk_opens_one_handover_without_a_code(fleet):
    fleet.announce("p1")
    assert answer_to(fleet, ev.HandoverReleased("q", "p1")).status == 409
    (action,) = come_to_the_stop(fleet)
    effects = fleet.feed(ev.HandoverReleased("q", "p1"))
    trigger = next(effect for effect in effects if isinstance(effect, PublishInstant))
    assert trigger.parameters == (("actionId", action.id),)
    assert answer_to(fleet, ev.HandoverReleased("q", "p9")).status == 404
    fleet.feed(ev.RobotLinked(R0, "broken"))
    assert answer_to(fleet, ev.HandoverReleased("q", "p1")).status == 409


def test_a_robot_waits_longer_when_it_is_told_to(fleet):
    fleet.announce("p1")
    assert answer_to(fleet, ev.WaitExtended("q", R0, 60_000)).status == 409
    come_to_the_stop(fleet)
    assert answer_to(fleet, ev.WaitExtended("q", "toy/r9", 60_000)).status == 404
    assert answer_to(fleet, ev.WaitExtended("q", R0, 0)).status == 422
    effects = fleet.feed(ev.WaitExtended("q", R0, 60_000))
    longer = next(effect for effect in effects if isinstance(effect, PublishInstant))
    assert (longer.kind, longer.parameters) == ("extendWait", (("waitMs", 60_000),))


def test_an_instant_action_is_sent_until_it_is_seen_not_until_it_ends(fleet):
    fleet.announce("p1")
    come_to_the_stop(fleet)
    effects = fleet.feed(ev.HandoverReleased("q", "p1"))
    trigger = next(effect for effect in effects if isinstance(effect, PublishInstant))
    fleet.now_ms += 6_000
    assert trigger in fleet.feed(ev.TimePassed())
    fleet.feed(ev.RobotReported(R0, actions=(ev.ActionReport(trigger.id, "RUNNING"),)))
    fleet.now_ms += 6_000
    assert trigger not in fleet.feed(ev.TimePassed())
    fleet.feed(ev.RobotReported(R0, actions=(ev.ActionReport(trigger.id, "FINISHED"),)))
    assert fleet.core.state.robots[R0].session.instants == []


def test_what_was_aboard_a_stolen_robot_is_in_doubt_and_gets_new_codes(fleet):
    fleet.announce("p1")
    ride(fleet)
    assert answer_to(fleet, ev.RobotRevoked("q", "toy/r9")).status == 404
    assert answer_to(fleet, ev.RobotRevoked("q", R0, by="anna")).status == 200
    parcel = fleet.core.state.parcels["p1"]
    assert (parcel.custody_known, parcel.version) == (False, 2)
    assert answer_to(fleet, ev.RobotRevoked("q", R0)).status == 200
    assert fleet.core.state.parcels["p1"].version == 2
    assert answer_to(fleet, ev.RobotReleased("q", R0)).status == 409
    fleet.effects = []
    effects = fleet.feed(ev.SiteConfigured(fleet.core.state.spec()))
    assert not fleet.core.state.robots[R0].registered
    assert not any(isinstance(one, PublishOrder | PublishInstant) for one in effects)


def test_what_else_is_under_way_to_the_same_recipient_gets_a_new_code_when_a_robot_is_stolen(
    make_fleet, graph
):
    fleet = make_fleet(graph, robots=2)
    fleet.announce("p1", recipient="anna")
    ride(fleet)
    fleet.announce("p2", recipient="anna")
    fleet.announce("p3", recipient="bert")
    parcels = fleet.core.state.parcels
    effects = fleet.feed(ev.RobotRevoked("q", parcels["p1"].robot))
    assert [parcels[name].version for name in ("p1", "p2", "p3")] == [2, 2, 1]
    told = [(e.parcel, e.notice, e.version) for e in effects if isinstance(e, Notify)]
    assert told == [("p2", "new_code", 2)]


def test_a_code_that_another_robot_was_told_already_is_alarmed_when_it_may_be_known(
    make_fleet, graph
):
    fleet = make_fleet(graph, robots=2, handover_wait_ms=3_600_000)
    fleet.announce("p1", recipient="anna")
    ride(fleet)
    parcels = fleet.core.state.parcels
    other = next(name for name in ("toy/r0", "toy/r1") if name != parcels["p1"].robot)
    fleet.feed(ev.RobotHeld("q", parcels["p1"].robot))
    fleet.orders[parcels["p1"].robot].clear()
    fleet.announce("p2", recipient="anna")
    for _ in range(600):
        fleet.run(1)
        fleet.orders[parcels["p1"].robot].clear()
        if parcels["p2"].robot == other and parcels["p2"].state in ("loaded", "riding"):
            break
    effects = fleet.feed(ev.RobotRevoked("q", parcels["p1"].robot))
    alarms = [e for e in effects if isinstance(e, Alarm) and e.parcel == "p2"]
    assert [(one.robot, "still opens to a code" in one.text) for one in alarms] == [(other, True)]
    assert parcels["p2"].version == 1, "the robot goes by the code that it was told"


def test_a_revoked_robot_is_shown_as_gone_whatever_is_heard_in_its_name(fleet):
    fleet.feed(ev.RobotRevoked("q", R0))
    fleet.feed(ev.RobotLinked(R0, "online"))
    assert fleet.core.state.robots[R0].link == "offline"


def test_a_robot_that_was_revoked_comes_back_with_a_later_bundle_only(fleet):
    fleet.feed(ev.RobotRevoked("q", R0))
    spec = fleet.core.state.spec()
    (entry,) = spec.robots
    later = msgspec.structs.replace(entry, bundle=entry.bundle + 1)
    fleet.feed(ev.SiteConfigured(msgspec.structs.replace(spec, robots=(later,))))
    assert fleet.core.state.robots[R0].registered


def test_the_second_word_of_a_result_is_information(fleet):
    fleet.results = lambda action: "collected presumed" if action.kind == "out" else ""
    fleet.announce("p1")
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.state.ended["p1"].presumed


def test_a_return_in_doubt_may_turn_out_to_be_still_with_its_sender(fleet):
    fleet.results = lambda action: "broken" if action.kind == "in" else ""
    fleet.announce("p1", kind="return", origin="s1", destination="st", at_station=False)
    fleet.run(900)
    assert not fleet.core.state.parcels["p1"].custody_known
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "with_sender", "anna")).status == 200
    parcel = fleet.core.state.parcels["p1"]
    assert (parcel.state, parcel.custody_known, parcel.version) == ("announced", True, 2)
    fleet.announce("p2")
    assert answer_to(fleet, ev.ParcelDeclared("q", "p2", "with_sender")).status == 409


def test_a_robot_whose_credentials_somebody_else_uses_is_held(fleet):
    error = ev.ErrorReport("identityTaken", "FATAL")
    effects = fleet.feed(ev.RobotReported(R0, errors=(error,)))
    assert any(isinstance(effect, Alarm) for effect in effects)
    assert "copied" in fleet.core.state.robots[R0].held


def test_a_robot_that_has_lost_its_memory_leaves_what_it_carries_in_doubt(fleet):
    fleet.announce("p1")
    ride(fleet)
    fleet.feed(ev.RobotReported(R0, errors=(ev.ErrorReport("stateLost", "FATAL"),)))
    assert not fleet.core.state.parcels["p1"].custody_known


def test_a_parcel_that_a_robot_does_not_show_any_more_is_in_doubt(fleet):
    fleet.announce("p1")
    ride(fleet)
    compartment = fleet.core.state.parcels["p1"].compartment
    fleet.feed(ev.RobotReported(R0, loads=(ev.LoadReport("p1", compartment),)))
    assert fleet.core.state.parcels["p1"].custody_known
    fleet.feed(ev.RobotReported(R0, loads=(ev.LoadReport("p1", compartment, gone=True),)))
    assert not fleet.core.state.parcels["p1"].custody_known
    assert fleet.core.state.robots[R0].held


def test_something_in_a_compartment_that_is_empty_by_the_books_is_an_alarm(fleet):
    effects = fleet.feed(ev.RobotReported(R0, loads=(ev.LoadReport("x", "L1"),)))
    assert any(isinstance(effect, Alarm) and "L1" in effect.text for effect in effects)
    assert not fleet.core.state.robots[R0].held


def test_a_robot_beside_the_road_begins_its_order_where_it_says_that_it_stands(fleet):
    node = fleet.graph.node("a")
    x_mm, y_mm = node.x_mm - 20_000, node.y_mm - 10_000
    fleet.feed(ev.RobotReported(R0, last_node="a", nodes_left=0, x_mm=x_mm, y_mm=y_mm))
    fleet.announce("p1")
    fleet.run(12)
    first = next(one for one in fleet.records_of(PublishOrder))
    assert first.nodes[0].position_mm == (x_mm, y_mm)
    assert first.nodes[0].deviation_mm > 0
    assert (first.nodes[1].node, first.nodes[1].sequence) == ("a", 2)
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"


def test_no_place_is_guessed_for_a_robot_that_told_its_node_without_a_position(fleet):
    fleet.feed(ev.RobotReported(R0, x_mm=500_000, y_mm=500_000))
    fleet.feed(ev.RobotReported(R0, last_node="b", nodes_left=0))
    robot = fleet.core.state.robots[R0]
    assert (robot.node, robot.astray, robot.placed) == ("b", False, False)


def test_a_robot_that_names_no_node_is_found_by_its_position(fleet):
    node = fleet.graph.node("c")
    fleet.feed(ev.RobotReported(R0, last_node="workshop", nodes_left=0))
    assert fleet.core.state.robots[R0].node == ""
    fleet.feed(ev.RobotReported(R0, x_mm=node.x_mm + 9_000, y_mm=node.y_mm))
    assert fleet.core.state.robots[R0].node == "c"


@pytest.mark.parametrize("off_mm", [0, 2_700])
def test_a_robot_taken_to_be_on_its_node_may_begin_its_order_where_it_stands(fleet, off_mm):
    node = fleet.graph.node("a")
    x_mm, y_mm = node.x_mm + off_mm, node.y_mm
    fleet.feed(ev.RobotReported(R0, last_node="a", nodes_left=0, x_mm=x_mm, y_mm=y_mm))
    fleet.announce("p1")
    fleet.run(900)
    for order in fleet.records_of(PublishOrder):
        beyond = [one for one in order.nodes if one.sequence]
        assert order.nodes[0].sequence or order.nodes[0].deviation_mm >= OFF_NODE_MM + 1_000
        assert not any(one.deviation_mm for one in beyond)
    assert fleet.state_of("p1") == "delivered"
