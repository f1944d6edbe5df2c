# SPDX-License-Identifier: Apache-2.0
"""Who restarts a robot that stands: each row of the table that board, agent and dispatcher share,
as the agent keeps it."""

import pytest

from robot_agent.core.events import Hold, MotionStopped, Release, Resume
from robot_agent.core.robot import Robot
from robot_agent.vda5050.restarts import RESTARTS
from robot_agent.vda5050.standing import needs_somebody, restart_of
from tests.robot_agent.core.small_world import SPEC, World, road

ROWS = [pytest.param(cause, row, id=f"{cause}-{row.who}") for cause, row in RESTARTS.items()]
OF = {
    who: [cause for cause, row in RESTARTS.items() if row.who == who]
    for who in ("operator", "person")
}


def driving() -> World:
    """Half-way to the first node."""
    world = World()
    world.order(road(4))
    world.run_until(5_000)
    assert world.state.driving
    return world


def released(cause: str, *, asked_for: str = "", incident: int = 1) -> World:
    """It stood for a cause, the first time ever, and was told to go on."""
    world = driving()
    world.feed(MotionStopped(cause))
    world.run_until(8_000)
    world.instant("releaseStop", cause=asked_for or cause, incident=incident)
    return world


@pytest.mark.parametrize(("cause", "row"), ROWS)
def test_it_stands_and_says_so_where_somebody_must_see_to_it(cause: str, row: object) -> None:
    del row
    world = driving()
    world.feed(MotionStopped(cause))
    world.run_until(20_000)
    who, text = RESTARTS[cause]
    stands = who in ("operator", "person")
    assert bool(world.told(Hold)) == stands
    assert world.state.driving != stands
    assert world.errors == (["motionStopped"] if stands else [])
    if stands:
        assert world.references == {"cause": cause, "incident": "1"}
        assert world.state.errors[-1].error_description == text
        assert world.state.errors[-1].error_level == "FATAL"
        assert "stopped" in world.robot._memory.reasons


@pytest.mark.parametrize(("cause", "row"), ROWS)
def test_the_desk_lets_it_on_where_the_table_says_operator_and_nowhere_else(
    cause: str, row: object
) -> None:
    del row
    world = released(cause)
    who = RESTARTS[cause].who
    assert world.told(Release) == ([Release(cause)] if who == "operator" else [])
    status = {"operator": "RUNNING", "person": "FAILED"}.get(who, "FINISHED")
    action = world.action("i-releaseStop")
    assert action.action_status == status
    if who == "person":
        assert "press its reset button" in str(action.result_description)
        assert "instantActionError" in world.errors


@pytest.mark.parametrize("cause", OF["operator"] + OF["person"])
def test_it_drives_on_when_the_cause_is_gone(cause: str) -> None:
    world = driving()
    world.feed(MotionStopped(cause))
    world.run_until(8_000)
    world.feed(MotionStopped("none"))
    assert world.told(Resume)
    world.run_until(60_000)
    assert world.state.last_node_id == "n3"
    assert world.errors == []


@pytest.mark.parametrize("after", ["none", "new_session", "stopped_by_agent"])
@pytest.mark.parametrize("cause", OF["operator"])
def test_a_release_is_done_when_nobody_is_needed_any_more(cause: str, after: str) -> None:
    world = released(cause)
    world.feed(MotionStopped(after))
    assert world.action("i-releaseStop").action_status == "FINISHED"
    assert world.errors == []


@pytest.mark.parametrize("meanwhile", ["motor_fault", "e_stop", "of a later board"])
def test_a_cause_that_came_meanwhile_is_not_released(meanwhile: str) -> None:
    world = released("brown_out")
    world.feed(MotionStopped(meanwhile))
    action = world.action("i-releaseStop")
    assert (action.action_status, action.result_description) == (
        "FAILED",
        "it stands for another cause",
    )
    assert "motionStopped" in world.errors
    other = released(meanwhile, asked_for="brown_out")
    assert other.action("i-releaseStop").result_description == "it stands for another cause"
    assert other.told(Release) == []


def test_a_cause_that_nobody_knows_is_a_persons_matter() -> None:
    assert needs_somebody("of a later board")
    assert restart_of("of a later board").who == "person"
    assert released("of a later board").action("i-releaseStop").action_status == "FAILED"


def test_a_release_that_has_no_effect_fails_in_ten_seconds() -> None:
    world = released("watchdog")
    world.feed(MotionStopped("watchdog"))
    world.run_until(17_999)
    assert world.action("i-releaseStop").action_status == "RUNNING"
    world.run_until(18_000)
    action = world.action("i-releaseStop")
    assert (action.action_status, action.result_description) == (
        "FAILED",
        "releaseStop took too long",
    )


def test_a_release_names_what_was_looked_into() -> None:
    world = driving()
    world.feed(MotionStopped("reset"))
    world.instant("releaseStop")
    assert world.action("i-releaseStop").result_description == "cause is missing or no text"
    for number, incident in enumerate(({}, {"incident": "1"}, {"incident": True})):
        world.instant("releaseStop", prefix=f"i{number}", cause="reset", **incident)
        result = world.action(f"i{number}-releaseStop").result_description
        assert result == "incident is missing or no whole number"
    assert world.told(Release) == []


@pytest.mark.parametrize("incident", [0, 1, 3])
def test_a_stop_that_came_again_for_the_same_cause_is_not_released_by_an_older_word(
    incident: int,
) -> None:
    world = driving()
    for cause in ("power_on", "none", "power_on"):
        world.feed(MotionStopped(cause))
    world.run_until(8_000)
    assert world.references == {"cause": "power_on", "incident": "2"}
    world.instant("releaseStop", cause="power_on", incident=incident)
    action = world.action("i-releaseStop")
    assert (action.action_status, action.result_description) == (
        "FAILED",
        "it stands for another reason meanwhile",
    )
    assert world.told(Release) == []


def test_a_board_that_was_reset_again_while_it_stood_stands_for_another_reason() -> None:
    world = driving()
    world.feed(MotionStopped("power_on", resets=4))
    world.run_until(8_000)
    world.instant("releaseStop", cause="power_on", incident=1)
    world.feed(MotionStopped("power_on", resets=4))
    assert world.action("i-releaseStop").action_status == "RUNNING"
    world.feed(MotionStopped("power_on", resets=5))
    action = world.action("i-releaseStop")
    assert (action.action_status, action.result_description) == (
        "FAILED",
        "it stands for another reason meanwhile",
    )
    world.run_until(9_000)
    (stop,) = [one for one in world.state.errors if one.error_type == "motionStopped"]
    assert [one.reference_value for one in stop.error_references] == ["power_on", "2"]


def test_stops_are_counted_on_when_the_agent_starts_again() -> None:
    world = driving()
    world.feed(MotionStopped("brown_out"))
    world.run_until(8_000)
    world = world.restarted()
    world.feed(MotionStopped("brown_out"))
    world.run_until(12_000)
    assert world.references == {"cause": "brown_out", "incident": "2"}
    world.instant("releaseStop", cause="brown_out", incident=1)
    assert world.action("i-releaseStop").action_status == "FAILED"
    world.instant("releaseStop", prefix="j", cause="brown_out", incident=2)
    assert world.told(Release) == [Release("brown_out")]


def test_what_the_agent_restarts_by_itself_is_not_counted() -> None:
    world = driving()
    for cause in ("command_timeout", "none", "new_session", "none", "e_stop"):
        world.feed(MotionStopped(cause))
    world.run_until(8_000)
    assert world.references == {"cause": "e_stop", "incident": "1"}


def test_the_same_release_sent_again_is_not_done_again() -> None:
    world = released("power_on")
    world.instant("releaseStop", cause="power_on", incident=1)
    assert world.told(Release) == [Release("power_on")]


def test_a_release_does_not_outlive_the_agent_and_the_body_says_again_what_it_stands_for() -> None:
    world = released("power_on").restarted()
    assert world.action("i-releaseStop").result_description == "interrupted"
    assert "motionStopped" not in world.errors, "nobody has said so yet"
    world.feed(MotionStopped("power_on"))
    assert "motionStopped" in world.errors
    world.run_until(60_000)
    assert not world.state.driving
    assert world.state.last_node_id == "n0"


def test_what_it_stands_for_is_not_on_its_disk() -> None:
    world = driving()
    world.feed(MotionStopped("bumper"))
    assert b"bumper" not in world.disk
    assert isinstance(Robot.restore(SPEC, world.disk, world.now_ms), Robot)
