# SPDX-License-Identifier: Apache-2.0
"""A release from the desk is for the stop and the moment that somebody has looked into: when it is
owed no more to a robot that has not confirmed it, and when nothing of it is sent later."""

import pytest

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import PublishInstant
from dispatcher.core.record import effects_of, event_of
from dispatcher.core.site import Policy, RobotEntry, SiteSpec
from dispatcher.core.standing import RELEASE_OWED_MS
from robot_agent.vda5050.restarts import RESTARTS
from tests.dispatcher.core.test_who_restarts import R0, alarms, ended, release, robot_of

POWER_ON = RESTARTS["power_on"].text


def stands(fleet, incident=1, cause="power_on"):
    row = RESTARTS[cause]
    one = ev.ErrorReport(
        "motionStopped", "FATAL", row.text, cause=cause, who=row.who, incident=incident
    )
    return fleet.feed(ev.RobotReported(R0, errors=(one,)))


def released(fleet):
    """It stands, the desk has released it, and it has not answered."""
    stands(fleet)
    answer, (told,) = release(fleet)
    assert (answer.status, robot_of(fleet).held) == (200, "")
    return told


def owed(fleet):
    return [one for one in fleet.core.outstanding(fleet.now_ms) if is_release(one)]


def is_release(effect):
    return isinstance(effect, PublishInstant) and effect.kind == "releaseStop"


def sent_within(fleet, seconds):
    """The releases that go out while time passes, each as often as it does."""
    sent = []
    for _ in range(seconds):
        fleet.now_ms += 1_000
        sent += [one for one in fleet.feed(ev.TimePassed()) if is_release(one)]
    return sent


def test_a_release_names_which_of_the_robots_stops_was_looked_into(fleet):
    stands(fleet, incident=7)
    _, (told,) = release(fleet)
    assert told.parameters == (("cause", "power_on"), ("incident", 7))


def test_a_release_is_sent_for_fifteen_seconds_and_then_the_desk_is_told_to_look_again(fleet):
    told = released(fleet)
    assert sent_within(fleet, 14) == [told, told]
    assert robot_of(fleet).held == ""
    assert RELEASE_OWED_MS == 15_000
    fleet.now_ms += 1_000
    assert fleet.core.state.wake_ms == fleet.now_ms
    said = alarms(fleet.feed(ev.TimePassed()))
    held = (
        f"it stands: {POWER_ON}; it has not done what your release says in time:"
        " release it again from the desk"
    )
    assert (robot_of(fleet).held, said) == (held, [f"robot held: {held}"])
    assert (owed(fleet), sent_within(fleet, 600)) == ([], [])
    assert len(release(fleet)[1]) == 1, "and may be released again"


def test_a_robot_that_has_the_release_and_does_nothing_of_it_is_held_too(fleet):
    told = released(fleet)
    fleet.feed(ev.RobotReported(R0, actions=(ev.ActionReport(told.id, "RUNNING"),)))
    assert sent_within(fleet, 14) == []
    sent_within(fleet, 1)
    assert "in time: release it again" in robot_of(fleet).held


def test_where_time_is_made_to_run_faster_a_release_is_owed_for_three_sendings(make_fleet, graph):
    fleet = make_fleet(graph, resend_ms=60_000)
    released(fleet)
    assert len(sent_within(fleet, 179)) == 2
    assert len(owed(fleet)) == 1
    sent_within(fleet, 1)
    assert owed(fleet) == []


@pytest.mark.parametrize("link", ["offline", "broken", "silent"])
def test_a_robot_that_cannot_be_reached_is_to_be_released_again_when_it_can(fleet, link):
    released(fleet)
    fleet.feed(ev.RobotLinked(R0, link))
    assert robot_of(fleet).held == (
        f"it stands: {POWER_ON}; it is {link}, and your release may not have reached it:"
        " release it again from the desk"
    )
    assert owed(fleet) == []
    fleet.feed(ev.RobotLinked(R0, "online"))
    stands(fleet, incident=2)
    assert sent_within(fleet, 30) == []
    answer, (told,) = release(fleet)
    assert (answer.status, told.parameters[1]) == (200, ("incident", 2))


def test_a_robot_that_has_not_told_its_state_since_it_came_back_is_not_released(fleet):
    stands(fleet)
    fleet.feed(ev.RobotLinked(R0, "broken"))
    fleet.feed(ev.RobotLinked(R0, "online"))
    answer, told = release(fleet)
    assert (answer.status, told) == (409, [])
    assert "not told its state" in answer.text
    assert robot_of(fleet).held


def test_a_restart_of_the_dispatcher_sends_no_release_from_before(fleet, graph):
    told = released(fleet)
    core = Dispatcher.restore(graph, fleet.core.snapshot())
    effects = core.handle(ev.SiteConfigured(core.state.spec()), fleet.now_ms)
    effects += core.outstanding(fleet.now_ms)
    assert told.id not in [one.id for one in effects if isinstance(one, PublishInstant)]
    assert "release it again" in core.state.robots[R0].held


def test_a_hold_by_an_operator_takes_the_release_back(fleet):
    released(fleet)
    fleet.feed(ev.RobotHeld("h", R0, by="berta"))
    assert robot_of(fleet).held == "by berta"
    assert (owed(fleet), sent_within(fleet, 600)) == ([], [])


@pytest.mark.parametrize("comes_again", [False, True])
def test_a_release_ends_with_the_stop_that_it_is_for(fleet, comes_again):
    released(fleet)
    assert alarms(fleet.feed(ev.RobotReported(R0, errors=()))) == []
    assert (owed(fleet), robot_of(fleet).held) == ([], "")
    if comes_again:
        stands(fleet, incident=2)
        assert robot_of(fleet).held == f"it stands: {POWER_ON}; release it from the desk"
    assert sent_within(fleet, 600) == []


@pytest.mark.parametrize("cause", ["power_on", "motor_fault"])
def test_another_stop_meanwhile_is_looked_into_anew(fleet, cause):
    released(fleet)
    said = alarms(stands(fleet, incident=2, cause=cause))
    held = f"it stands: {RESTARTS[cause].text}; release it from the desk"
    assert (robot_of(fleet).held, said) == (held, [f"robot held: {held}"])
    assert (owed(fleet), sent_within(fleet, 600)) == ([], [])
    assert release(fleet)[1][0].parameters == (("cause", cause), ("incident", 2))


def test_a_person_is_called_and_nothing_is_released_where_it_was_hit_meanwhile(fleet):
    released(fleet)
    said = alarms(stands(fleet, incident=2, cause="bumper"))
    assert said == [f"somebody must go to it: {RESTARTS['bumper'].text}"]
    assert (owed(fleet), sent_within(fleet, 600)) == ([], [])


def test_a_release_that_the_robot_has_done_is_over(fleet):
    told = released(fleet)
    assert alarms(ended(fleet, told, "FINISHED", errors=())) == []
    assert (owed(fleet), sent_within(fleet, 60), robot_of(fleet).held) == ([], [], "")


def test_the_journal_of_releases_that_were_taken_back_replays_byte_for_byte(fleet, graph):
    released(fleet)
    sent_within(fleet, 20)
    release(fleet)
    fleet.feed(ev.RobotLinked(R0, "broken"))
    fleet.feed(ev.RobotLinked(R0, "online"))
    stands(fleet, incident=2)
    release(fleet)
    fleet.feed(ev.RobotHeld("h", R0))
    again = Dispatcher(graph)
    for record in fleet.records:
        effects = again.handle(event_of(record), record.at_ms)
        assert tuple(effects) == tuple(effects_of(record))
        assert again.state_hash() == record.state_hash


def test_a_robot_taken_off_the_list_is_owed_nothing(fleet):
    released(fleet)
    fleet.feed(
        ev.SiteConfigured(
            SiteSpec("toy", (RobotEntry("toy/r9", compartments=("S1",)),), policy=Policy())
        )
    )
    assert owed(fleet) == []
