# SPDX-License-Identifier: Apache-2.0
"""Robots of other makes: what they are given, and how a person gets a parcel out of them."""

from itertools import pairwise

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import Alarm, Answer, PublishInstant, PublishOrder
from dispatcher.core.invariants import check_state
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import parse_campus
from tests.dispatcher.core.conftest import CAMPUS, Fleet, _feature, document

R0 = "toy/r0"
DOCK = ("drop", "pick", "startCharging")
LOCKS = (*DOCK, "handover")
WAITS = (*DOCK, "waitForTrigger")


def campus_with(**flags: object) -> RoadGraph:
    """The toy campus with flags at the stop `s1`."""
    features = [
        _feature(shape, where, {**facts, **(flags if facts["id"] == "s1" else {})})
        for shape, where, facts in CAMPUS["features"]
    ]
    body = msgspec.json.encode({**document(), "features": features})
    return RoadGraph.from_campus(parse_campus(body, "toy"))


def described(fleet, robot=R0, actions=DOCK, instants=("cancelOrder", "trigger"), **more):
    known = {"node_actions": actions, "instant_actions": instants, **more}
    return fleet.feed(ev.RobotDescribed(robot, **known))


def answer_to(fleet, event):
    return next(effect for effect in fleet.feed(event) if isinstance(effect, Answer))


def actions_sent(fleet):
    """Every action of every order that was published, in order, as (kind, parcel)."""
    sent = {}
    for effect in fleet.records_of(PublishOrder):
        for node in effect.nodes:
            for action in node.actions:
                sent.setdefault(action.id, action)
    return [(action.kind, action.parcel) for action in sent.values()]


def loaded_and_at_its_stop(fleet, parcel="p1"):
    """Let a robot that waits for our word come to its stop; its gate is left open to wait."""
    fleet.results = lambda action: ""
    for _ in range(900):
        fleet.run(1)
        pending = fleet.orders.get(R0, [])
        if pending and any(a.kind == "wait" for n in pending[0].nodes for a in n.actions):
            order = pending.pop(0)
            last = [node for node in order.nodes if node.released][-1]
            fleet.feed(
                ev.RobotReported(
                    R0,
                    order=order.order,
                    update=order.update,
                    last_node=last.node,
                    last_sequence=last.sequence,
                    nodes_left=0,
                    actions=(ev.ActionReport(last.actions[0].id, "RUNNING"),),
                )
            )
            return last.actions
    pytest.fail("it never came to its stop")


def report_all(fleet, order, out="collected"):
    """Go to the end of the base and tell only there what was done on the way."""
    base = [node for node in order.nodes if node.released]
    status = "FINISHED" if out == "collected" else "FAILED"
    ended = tuple(
        ev.ActionReport(action.id, status, out)
        if action.kind == "out"
        else ev.ActionReport(action.id, "FINISHED")
        for node in base
        for action in node.actions
    )
    fleet.feed(
        ev.RobotReported(
            order.robot,
            order=order.order,
            update=order.update,
            last_node=base[-1].node,
            last_sequence=base[-1].sequence,
            nodes_left=len(order.nodes) - len(base),
            actions=ended,
        )
    )


def test_a_robot_that_can_only_wait_gets_a_wait_before_each_drop_for_a_person(fleet):
    described(fleet, actions=WAITS)
    fleet.announce("p1")
    gate, drop = loaded_and_at_its_stop(fleet)
    assert (gate.kind, drop.kind, drop.parcel) == ("wait", "drop", "p1")
    assert fleet.state_of("p1") == "at_stop"


def test_the_desk_lets_one_recipient_in_and_the_drop_is_presumed_to_be_the_handover(fleet):
    described(fleet, actions=WAITS)
    fleet.announce("p1")
    gate, drop = loaded_and_at_its_stop(fleet)
    effects = fleet.feed(ev.HandoverReleased("q", "p1", by="desk"))
    trigger = next(effect for effect in effects if isinstance(effect, PublishInstant))
    assert (trigger.kind, trigger.parameters) == ("trigger", (("actionId", gate.id),))
    done = [ev.ActionReport(one, "FINISHED") for one in (trigger.id, gate.id, drop.id)]
    fleet.feed(ev.RobotReported(R0, actions=tuple(done)))
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.state.ended["p1"].presumed


def test_a_drop_that_nobody_asked_for_leaves_custody_unknown(fleet):
    described(fleet, actions=WAITS)
    fleet.announce("p1")
    gate, drop = loaded_and_at_its_stop(fleet)
    done = [ev.ActionReport(one, "FINISHED") for one in (gate.id, drop.id)]
    fleet.feed(ev.RobotReported(R0, actions=tuple(done)))
    assert not fleet.core.state.parcels["p1"].custody_known


def test_where_nobody_comes_the_order_is_cancelled_and_the_parcel_rides_back(fleet):
    described(fleet, actions=WAITS)
    fleet.announce("p1")
    gate, drop = loaded_and_at_its_stop(fleet)
    first = fleet.core.state.robots[R0].job.id
    fleet.effects = []
    fleet.now_ms += fleet.core.state.spec().policy.handover_wait_ms
    effects = fleet.feed(ev.TimePassed())
    cancel = next(effect for effect in effects if isinstance(effect, PublishInstant))
    assert cancel.kind == "cancelOrder"
    failed = tuple(ev.ActionReport(one, "FAILED") for one in (gate.id, drop.id))
    ended = (*failed, ev.ActionReport(cancel.id, "FINISHED"))
    effects = fleet.feed(ev.RobotReported(R0, nodes_left=0, actions=ended))
    order = next(effect for effect in effects if isinstance(effect, PublishOrder))
    assert order.order != first
    assert order.update == 0
    assert [a.kind for node in order.nodes for a in node.actions] == ["drop"]
    fleet.effects = effects
    fleet.run(120)
    parcel = fleet.core.state.parcels["p1"]
    assert (parcel.state, parcel.attempts, parcel.custody_known) == ("at_station", 1, True)


def test_nobody_who_was_let_in_is_cut_off_when_the_time_is_up(fleet):
    described(fleet, actions=WAITS)
    fleet.announce("p1")
    loaded_and_at_its_stop(fleet)
    fleet.feed(ev.HandoverReleased("q", "p1"))
    fleet.now_ms += 10 * fleet.core.state.spec().policy.handover_wait_ms
    effects = fleet.feed(ev.TimePassed())
    assert not any(getattr(effect, "kind", "") == "cancelOrder" for effect in effects)


def test_a_handover_that_never_ends_is_an_alarm_once_and_then_holds_its_robot(fleet):
    described(fleet, actions=WAITS)
    fleet.announce("p1")
    gate, drop = loaded_and_at_its_stop(fleet)
    effects = fleet.feed(ev.HandoverReleased("q", "p1"))
    trigger = next(effect for effect in effects if isinstance(effect, PublishInstant))
    opened = [ev.ActionReport(one, "FINISHED") for one in (trigger.id, gate.id)]
    begun = ev.ActionReport(drop.id, "RUNNING")
    fleet.feed(ev.RobotReported(R0, actions=(*opened, begun)))
    wait_s = fleet.core.state.spec().policy.handover_wait_ms // 1_000
    robot = fleet.core.state.robots[R0]
    fleet.run(3 * wait_s)
    assert [one.parcel for one in fleet.records_of(Alarm)] == ["p1"]
    assert not robot.held
    fleet.run(20 * wait_s)
    assert "not done" in robot.held
    assert len(fleet.records_of(Alarm)) == 2
    assert not any(one.kind == "cancelOrder" for one in fleet.records_of(PublishInstant))
    fleet.feed(ev.RobotReported(R0, actions=(ev.ActionReport(drop.id, "FINISHED"),)))
    assert fleet.state_of("p1") == "delivered"


def test_a_robot_that_can_neither_lock_nor_wait_serves_staffed_stops_only():
    fleet = Fleet(campus_with(staffed=True))
    described(fleet)
    fleet.announce("p1", "s1")
    fleet.announce("p2", "s2")
    fleet.run(1_200)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.state.ended["p1"].presumed
    assert fleet.state_of("p2") == "at_station"
    assert not [kind for kind, parcel in actions_sent(fleet) if parcel == "p2"]


def test_a_fleet_of_both_kinds_delivers_everything_each_where_it_may():
    fleet = Fleet(campus_with(staffed=True), robots=2)
    described(fleet)
    described(fleet, "toy/r1", LOCKS)
    for number in range(6):
        fleet.announce(f"p{number}", ("s1", "s2")[number % 2])
    fleet.run(2_400)
    assert fleet.core.summary()["delivered"] == 6
    for effect in fleet.records_of(PublishOrder):
        kinds = {action.kind for node in effect.nodes for action in node.actions}
        assert effect.robot == R0 or "drop" not in kinds
        assert effect.robot != R0 or "out" not in kinds
    check_state(fleet.core.state)


def test_a_robot_that_cannot_pick_gets_nothing(fleet):
    effects = described(fleet, actions=("drop", "waitForTrigger"))
    assert any(isinstance(effect, Alarm) and "neither" in effect.text for effect in effects)
    fleet.announce("p1")
    fleet.run(600)
    assert fleet.state_of("p1") == "at_station"


def test_a_factsheet_that_comes_with_a_parcel_aboard_never_leads_to_a_bare_drop(fleet):
    fleet.announce("p1")
    for _ in range(600):
        fleet.run(1)
        if fleet.state_of("p1") in ("loaded", "riding"):
            break
    described(fleet)
    fleet.run(600)
    robot = fleet.core.state.robots[R0]
    assert "factsheet" in robot.held
    assert all(kind != "drop" for kind, _ in actions_sent(fleet))


def test_a_message_holds_no_more_nodes_than_the_robot_takes(fleet):
    described(fleet, actions=LOCKS, nodes_max=2, left_out=("edge.length",), speed_mm_s=900)
    fleet.announce("p1", "s2")
    fleet.run(1_200)
    assert fleet.state_of("p1") == "delivered"
    sent = fleet.records_of(PublishOrder)
    for effect in sent:
        assert (effect.nodes[-1].sequence - effect.nodes[0].sequence) // 2 + 1 <= 2
        assert (effect.left_out, effect.speed_mm_s) == (("edge.length",), 900)


def test_a_node_has_no_more_actions_than_the_robot_takes(fleet):
    described(fleet, actions=LOCKS, actions_max=1)
    for number in range(3):
        fleet.announce(f"p{number}", "s1", size=("S", "S", "M")[number])
    fleet._carry_out = lambda order: report_all(fleet, order)
    fleet.run(1_200)
    assert fleet.core.summary()["delivered"] == 3
    assert all(
        len(node.actions) <= 1 for effect in fleet.records_of(PublishOrder) for node in effect.nodes
    )


def test_orders_do_not_follow_each_other_faster_than_the_robot_wants(fleet):
    described(fleet, actions=LOCKS, order_interval_ms=30_000)
    fleet.announce("p1")
    times = []
    for _ in range(900):
        fleet.run(1)
        times += [fleet.now_ms for one in fleet.effects if isinstance(one, PublishOrder)]
    assert fleet.state_of("p1") == "delivered"
    assert min(b - a for a, b in pairwise(times)) >= 30_000


def test_the_lesser_of_two_mass_limits_holds(fleet):
    described(fleet, actions=LOCKS, mass_limit_g=1_000)
    assert fleet.announce("p1", mass_g=1_001) == 422
    assert fleet.announce("p2", mass_g=1_000) == 201


def test_a_robot_that_runs_resent_actions_again_gets_its_decision_point_without_them(graph):
    fleet = Fleet(graph)
    spec = fleet.core.state.spec()
    entries = tuple(msgspec.structs.replace(entry, resends_actions=False) for entry in spec.robots)
    fleet.feed(ev.SiteConfigured(msgspec.structs.replace(spec, robots=entries)))
    fleet.feed(ev.RobotReported(R0, order="", update=0))
    fleet.announce("p1")
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"
    updates = [effect for effect in fleet.records_of(PublishOrder) if effect.update]
    assert updates
    assert not any(effect.nodes[0].actions for effect in updates)


def test_a_robot_is_let_out_of_a_radio_shadow_before_it_drives_in():
    fleet = Fleet(campus_with(shadow=True))
    described(fleet, actions=LOCKS)
    fleet._carry_out = lambda order: report_all(fleet, order)
    fleet.announce("p1", "s1", at_station=False)
    fleet.announce("p2", "s2", at_station=False)
    for name in ("p1", "p2"):
        fleet.feed(ev.ParcelDeclared("q", name, "at_station"))
    fleet.run(1_200)
    assert fleet.core.summary()["delivered"] == 2
    assert not fleet.core.state.robots[R0].held
    into = [one for one in fleet.records_of(PublishOrder) if "b" in stops_in_base(one)]
    assert into
    assert all(stops_in_base(one)[-1] != "b" for one in into)


def test_what_nobody_took_in_a_radio_shadow_is_unloaded_when_its_robot_is_back():
    fleet = Fleet(campus_with(shadow=True))
    described(fleet, actions=LOCKS)

    def carry_out(order):
        report_all(fleet, order, out="no_show")

    fleet._carry_out = carry_out
    fleet.announce("p1", "s1")
    fleet.run(120)
    parcel = fleet.core.state.parcels["p1"]
    assert (parcel.attempts, parcel.state, parcel.version) == (1, "at_station", 2)


def stops_in_base(order):
    """The nodes of an order's base at which it ends or something is to be done, in order."""
    base = [node for node in order.nodes if node.released]
    return [node.node for node in base[1:] if node.actions or node is base[-1]]
