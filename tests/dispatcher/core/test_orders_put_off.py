# SPDX-License-Identifier: Apache-2.0
"""A new order that comes when somebody has just pressed the robot's emergency stop, or must see to
it, is rejected by the robot: that is over when they have, and nobody at the desk has to do anything
about it."""

import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import PublishOrder
from robot_agent.vda5050.restarts import RESTARTS
from tests.dispatcher.core.conftest import Fleet
from tests.dispatcher.core.test_mistrust import R0, ride, run_until
from tests.dispatcher.core.test_who_restarts import alarms, robot_of, stop

PRESSED = {"e_stop": "MANUAL"}
TAKEN_OVER = {"mode": "MANUAL"}


def order_under_way(fleet: Fleet) -> PublishOrder:
    """An order that it was sent and has not confirmed."""
    fleet.deaf = True
    fleet.announce("p1")
    run_until(fleet, lambda: robot_of(fleet).job is not None)
    fleet.deaf = False
    order = fleet.records_of(PublishOrder)[-1]
    assert isinstance(order, PublishOrder)
    return order


def rejects(order, *more, kind="orderError", **flags):
    error = ev.ErrorReport(kind, "WARNING", "not now", order=order.order, update=order.update)
    return ev.RobotReported(R0, errors=(error, *more), **flags)


@pytest.mark.parametrize(
    ("flags", "errors", "well"),
    [
        (PRESSED, (), {"e_stop": "NONE"}),
        ({}, (stop("e_stop"),), {}),
        (PRESSED, (stop("e_stop"),), {"e_stop": "NONE"}),
        (TAKEN_OVER, (), {"mode": "AUTOMATIC"}),
    ],
    ids=["pressed", "motors off", "both", "taken over"],
)
def test_an_order_rejected_while_a_person_has_the_robot_is_given_anew_when_it_may_drive(
    fleet, flags, errors, well
):
    order = order_under_way(fleet)
    said = alarms(fleet.feed(rejects(order, *errors, **flags)))
    assert [one for one in said if "held" in one or "custody" in one] == []
    robot, parcel = robot_of(fleet), fleet.core.state.parcels["p1"]
    assert (robot.held, robot.job, robot.session.state) == ("", None, "quiet")
    assert (parcel.state, parcel.custody_known, parcel.robot) == ("at_station", True, "")
    assert fleet.core.state.counters["orders_put_off"] == 1
    fleet.run(60)
    assert fleet.records_of(PublishOrder)[-1] == order, "nothing while it stands"
    fleet.feed(rejects(order, **well))
    fleet.run(1_800)
    assert (fleet.state_of("p1"), robot.held) == ("delivered", "")


def test_a_rejection_heard_only_when_the_stop_is_over_is_no_matter_for_the_desk_either(fleet):
    order = order_under_way(fleet)
    fleet.feed(ev.RobotReported(R0, e_stop="MANUAL"))
    fleet.feed(rejects(order, e_stop="NONE"))
    assert robot_of(fleet).held == ""
    fleet.run(1_800)
    assert fleet.state_of("p1") == "delivered"


def test_another_robot_carries_what_one_that_stands_rejected(make_fleet, graph):
    fleet = make_fleet(graph, robots=2)
    order = order_under_way(fleet)
    robot = order.robot
    fleet.feed(
        ev.RobotReported(
            robot,
            errors=(ev.ErrorReport("orderError", "WARNING", order=order.order, update=0),),
            e_stop="MANUAL",
        )
    )
    fleet.run(1_800)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.records_of(PublishOrder)[-1].robot != robot


def test_an_order_that_it_rejects_though_nothing_keeps_it_from_driving_holds_it(fleet):
    order = order_under_way(fleet)
    fleet.feed(rejects(order))
    assert robot_of(fleet).held == f"it rejects order {order.order}: orderError"


def test_an_update_rejected_after_the_order_was_begun_is_looked_into(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    run_until(fleet, lambda: bool(fleet.orders[R0]))
    order = fleet.orders[R0].pop()
    assert order.update
    fleet.feed(rejects(order, kind="orderUpdateError", **PRESSED))
    assert "rejects order" in robot_of(fleet).held


def test_a_stop_that_the_desk_may_release_holds_it_for_that_and_not_for_the_order(fleet):
    order = order_under_way(fleet)
    fleet.feed(rejects(order, stop("brown_out")))
    text = RESTARTS["brown_out"].text
    assert robot_of(fleet).held == f"it stands: {text}; release it from the desk"
    assert fleet.core.state.parcels["p1"].state == "at_station"
