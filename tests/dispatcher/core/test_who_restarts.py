# SPDX-License-Identifier: Apache-2.0
"""Who restarts a robot that stands: each row of the table that board, agent and dispatcher share,
as the dispatcher keeps it."""

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import Alarm, Answer, PublishInstant, PublishOrder
from robot_agent.vda5050.restarts import RESTARTS

R0 = "toy/r0"
ROWS = [pytest.param(cause, id=f"{cause}-{row.who}") for cause, row in RESTARTS.items()]
OPERATORS = [cause for cause, row in RESTARTS.items() if row.who == "operator"]
PERSONS = [cause for cause, row in RESTARTS.items() if row.who == "person"]


def stop(cause):
    return ev.ErrorReport(
        "motionStopped",
        "FATAL",
        RESTARTS[cause].text,
        cause=cause,
        who=RESTARTS[cause].who,
    )


def stands(fleet, *causes):
    return fleet.feed(ev.RobotReported(R0, errors=tuple(stop(one) for one in causes)))


def release(fleet):
    effects = fleet.feed(ev.RobotReleased("q", R0, by="anna"))
    answer = next(effect for effect in effects if isinstance(effect, Answer))
    told = [effect for effect in effects if isinstance(effect, PublishInstant)]
    return answer, told


def ended(fleet, told, status, result="", errors=None):
    report = ev.ActionReport(told.id, status, result)
    return fleet.feed(ev.RobotReported(R0, actions=(report,), errors=errors))


def alarms(effects):
    return [effect.text for effect in effects if isinstance(effect, Alarm)]


def robot_of(fleet):
    return fleet.core.state.robots[R0]


@pytest.mark.parametrize("cause", ROWS)
def test_the_desk_hears_of_it_where_somebody_must_see_to_it(fleet, cause):
    said = alarms(stands(fleet, cause))
    who, text = RESTARTS[cause]
    held = f"it stands: {text}; release it from the desk"
    if who == "operator":
        assert (robot_of(fleet).held, said) == (held, [f"robot held: {held}"])
    elif who == "person":
        assert (robot_of(fleet).held, said) == ("", [f"somebody must go to it: {text}"])
    else:
        assert (robot_of(fleet).held, said) == ("", [])
    assert alarms(stands(fleet, cause)) == [], "once"


@pytest.mark.parametrize("cause", ROWS)
def test_a_release_from_the_desk_reaches_it_where_the_table_says_operator(fleet, cause):
    stands(fleet, cause)
    answer, told = release(fleet)
    who, text = RESTARTS[cause]
    if who == "operator":
        assert [(one.kind, one.parameters) for one in told] == [
            ("releaseStop", (("cause", cause),))
        ]
        assert (answer.status, robot_of(fleet).held) == (200, "")
    else:
        assert told == []
        assert answer.status == (409 if who == "person" else 200)
        assert (text in answer.text) == (who == "person")


@pytest.mark.parametrize("cause", OPERATORS + PERSONS)
def test_it_gets_no_parcel_while_it_stands_whatever_the_desk_says(fleet, cause):
    stands(fleet, cause)
    fleet.announce("p1")
    fleet.deaf = True
    release(fleet)
    fleet.effects = [one for one in fleet.effects if not isinstance(one, PublishInstant)]
    fleet.run(600)
    assert (fleet.state_of("p1"), fleet.records_of(PublishOrder)) == ("at_station", [])


@pytest.mark.parametrize("cause", OPERATORS)
def test_released_and_on_its_way_it_delivers(fleet, cause):
    stands(fleet, cause)
    fleet.announce("p1")
    _, (told,) = release(fleet)
    fleet.effects = []
    assert alarms(ended(fleet, told, "FINISHED", errors=())) == []
    fleet.run(1_800)
    assert (fleet.state_of("p1"), robot_of(fleet).held) == ("delivered", "")


@pytest.mark.parametrize("cause", PERSONS)
def test_it_delivers_without_the_desk_when_a_person_has_seen_to_it(fleet, cause):
    stands(fleet, cause)
    fleet.announce("p1")
    fleet.run(60)
    assert fleet.state_of("p1") == "at_station"
    stands(fleet)
    fleet.run(1_800)
    assert fleet.state_of("p1") == "delivered"


@pytest.mark.parametrize("cause", OPERATORS)
def test_it_stays_held_until_the_desk_releases_it_even_if_it_stands_no_more(fleet, cause):
    stands(fleet, cause)
    stands(fleet)
    assert robot_of(fleet).held
    answer, told = release(fleet)
    assert (answer.status, told, robot_of(fleet).held) == (200, [], "")


def stand_for(fleet, seconds):
    """Time passes, and it does nothing of what it is told; says what that is."""
    orders = fleet.orders.setdefault(R0, [])
    owed = orders[:]
    for _ in range(seconds):
        orders.clear()
        fleet.run(1)
        owed += [one for one in orders if one not in owed]
    return owed


@pytest.mark.parametrize("cause", OPERATORS + PERSONS)
def test_a_parcel_aboard_waits_and_is_delivered_when_it_goes_on(fleet, cause):
    fleet.announce("p1")
    while fleet.state_of("p1") not in ("loaded", "riding"):
        fleet.run(1)
    stands(fleet, cause)
    fleet.announce("p2")
    owed = stand_for(fleet, 300)
    assert fleet.state_of("p1") in ("loaded", "riding")
    assert fleet.state_of("p2") == "at_station"
    assert fleet.core.state.parcels["p1"].custody_known
    if cause in OPERATORS:
        release(fleet)
        fleet.effects = []
    stands(fleet)
    fleet.orders[R0] = owed
    fleet.run(3_000)
    assert [fleet.state_of(one) for one in ("p1", "p2")] == ["delivered", "delivered"]


def test_another_robot_takes_what_was_planned_for_one_that_stands(make_fleet, graph):
    fleet = make_fleet(graph, robots=2)
    stands(fleet, "motor_fault")
    fleet.announce("p1")
    fleet.run(1_800)
    assert fleet.state_of("p1") == "delivered"
    assert {one.robot for one in fleet.records_of(PublishOrder)} == {"toy/r1"}


@pytest.mark.parametrize(
    ("status", "result"),
    [("FAILED", "releaseStop took too long"), ("FAILED", "interrupted"), ("FINISHED", "")],
)
def test_a_robot_that_was_released_and_still_stands_is_held_again(fleet, status, result):
    stands(fleet, "watchdog")
    _, (told,) = release(fleet)
    said = alarms(ended(fleet, told, status, result))
    assert said == [f"robot held: {robot_of(fleet).held}"]
    assert robot_of(fleet).held.startswith("it was released and stands")
    assert result in robot_of(fleet).held
    assert len(release(fleet)[1]) == 1, "and may be released again"


def test_a_release_refused_by_an_error_alone_holds_it_again_once(fleet):
    stands(fleet, "reset")
    _, (told,) = release(fleet)
    refusal = ev.ErrorReport("instantActionError", "WARNING", "not now", action=told.id)
    said = alarms(fleet.feed(ev.RobotReported(R0, errors=(stop("reset"), refusal))))
    assert said == [f"robot held: {robot_of(fleet).held}"]
    assert alarms(ended(fleet, told, "FAILED", "not now")) == []


def test_a_person_is_called_where_it_stands_for_another_cause_meanwhile(fleet):
    stands(fleet, "brown_out")
    _, (told,) = release(fleet)
    said = alarms(ended(fleet, told, "FAILED", "it stands for another cause", (stop("bumper"),)))
    assert said == [
        f"it was released and stands: it stands for another cause; {RESTARTS['bumper'].text}",
        f"somebody must go to it: {RESTARTS['bumper'].text}",
    ]
    assert robot_of(fleet).held == ""
    assert release(fleet)[0].status == 409


def test_a_second_cause_is_said_of_a_robot_that_is_held_already(fleet):
    stands(fleet, "brown_out")
    assert alarms(stands(fleet, "motor_fault")) == [
        f"it stands: {RESTARTS['motor_fault'].text}; release it from the desk"
    ]
    assert release(fleet)[1][0].parameters == (("cause", "motor_fault"),)


def test_a_hold_for_something_else_is_lifted_while_it_stands_for_a_person(fleet):
    fleet.feed(ev.RobotHeld("q", R0))
    stands(fleet, "tilt")
    answer, told = release(fleet)
    assert (answer.status, told, robot_of(fleet).held) == (200, [], "")


def test_a_robot_that_cannot_be_reached_or_told_is_not_released(fleet):
    stands(fleet, "power_on")
    fleet.feed(ev.RobotLinked(R0, "broken"))
    answer, told = release(fleet)
    assert (answer.status, told) == (409, [])
    assert "broken" in answer.text
    assert robot_of(fleet).held
    fleet.feed(ev.RobotLinked(R0, "online"))
    fleet.feed(ev.RobotDescribed(R0, instant_actions=("cancelOrder",)))
    answer, told = release(fleet)
    assert (answer.status, told) == (409, [])
    assert "at the robot" in answer.text


def test_a_release_is_sent_again_until_the_robot_has_it(fleet):
    stands(fleet, "power_on")
    _, (told,) = release(fleet)
    assert release(fleet)[1] == [], "the same is under way"
    fleet.now_ms += 6_000
    assert told in fleet.feed(ev.TimePassed())
    fleet.feed(ev.RobotReported(R0, actions=(ev.ActionReport(told.id, "RUNNING"),)))
    fleet.now_ms += 6_000
    assert told not in fleet.feed(ev.TimePassed())


def test_a_foreign_robot_that_says_no_cause_is_alarmed_as_any_other_fault(fleet):
    error = ev.ErrorReport("motionStopped", "FATAL", "bang")
    assert alarms(fleet.feed(ev.RobotReported(R0, errors=(error,)))) == ["motionStopped: bang"]


def test_an_error_of_an_old_journal_says_neither_cause_nor_who_and_is_written_as_it_was():
    old = b'{"type":"doorOpen","level":"FATAL","compartment":"S1"}'
    error = msgspec.json.decode(old, type=ev.ErrorReport)
    assert (error.cause, error.who) == ("", "")
    assert msgspec.json.encode(error) == old
