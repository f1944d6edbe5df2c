# SPDX-License-Identifier: Apache-2.0
"""What a robot is asked at once, and when an instant action has been answered."""

import pytest
from msgspec.structs import replace

from dispatcher.core import events as ev
from dispatcher.core.effects import PublishInstant, PublishOrder
from tests.dispatcher.core.conftest import Fleet, idle_report

NEW = "toy/new"
IDLE = idle_report(NEW, battery_pct=10)


@pytest.fixture
def newcomer(fleet: Fleet) -> Fleet:
    """A second robot comes online, to be charged; nobody knows its factsheet."""
    spec = fleet.core.state.spec()
    entries = (*spec.robots, replace(spec.robots[0], id=NEW))
    fleet.feed(ev.SiteConfigured(replace(spec, robots=entries)))
    fleet.feed(ev.RobotLinked(NEW, "online"))
    fleet.feed(IDLE)
    return fleet


def told(fleet: Fleet) -> list[str]:
    """The kinds of instant actions that the newcomer was sent, in order."""
    sent = fleet.records_of(PublishInstant)
    return [e.kind for e in sent if isinstance(e, PublishInstant) and e.robot == NEW]


def answer(fleet: Fleet, status: str) -> None:
    """The newcomer ends the last instant action."""
    last = [e for e in fleet.records_of(PublishInstant) if isinstance(e, PublishInstant)][-1]
    fleet.feed(ev.RobotReported(NEW, actions=(ev.ActionReport(last.id, status),)))


def orders(fleet: Fleet) -> list[PublishOrder]:
    sent = fleet.records_of(PublishOrder)
    return [one for one in sent if isinstance(one, PublishOrder) and one.robot == NEW]


def test_a_robot_whose_factsheet_is_not_known_is_asked_before_it_gets_a_job(
    newcomer: Fleet,
) -> None:
    assert told(newcomer) == ["factsheetRequest"]
    newcomer.feed(ev.TimePassed())
    assert orders(newcomer) == []
    newcomer.feed(ev.RobotDescribed(NEW, node_actions=("startCharging",)))
    newcomer.feed(ev.TimePassed())
    assert len(orders(newcomer)) == 1


def test_a_robot_that_has_no_factsheet_is_taken_for_what_it_was_registered_as(
    newcomer: Fleet,
) -> None:
    answer(newcomer, "FAILED")
    newcomer.feed(ev.TimePassed())
    assert len(orders(newcomer)) == 1


def test_a_cancel_is_told_at_once_though_something_else_was_asked_just_before(
    newcomer: Fleet,
) -> None:
    newcomer.feed(ev.RobotReported(NEW, order="strange", nodes_left=3))
    newcomer.feed(ev.RobotReleased("q", NEW))
    assert told(newcomer) == ["factsheetRequest", "cancelOrder"]


def test_an_instant_action_that_is_answered_by_an_error_alone_is_over(newcomer: Fleet) -> None:
    newcomer.feed(ev.RobotReported(NEW, order="strange", nodes_left=3))
    newcomer.feed(ev.RobotReleased("q", NEW))
    cancel = newcomer.core.state.robots[NEW].session.instants[-1]
    assert cancel.kind == "cancelOrder"
    error = ev.ErrorReport(type="noOrderToCancel", level="WARNING", text="", action=cancel.id)
    newcomer.feed(ev.RobotReported(NEW, nodes_left=0, errors=(error,)))
    assert cancel not in newcomer.core.state.robots[NEW].session.instants
