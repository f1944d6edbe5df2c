# SPDX-License-Identifier: Apache-2.0
"""A power cut at any moment: what the robot then knows, and what it does not claim to know."""

import pytest

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    CodeEntered,
    DoorChanged,
    LinkUp,
    LockDoor,
    OpenDoor,
    Publish,
    RobotEffect,
    RobotEvent,
    Signal,
    Woken,
)
from robot_agent.core.robot import Robot
from robot_agent.vda5050.state import State
from tests.robot_agent.core.small_world import SPEC, World, action, handover, pick, road
from tests.robot_agent.core.test_actions import Dock

HOUR_MS = 3_600_000
START_MS = 1_700_000_000_000


def waiting(*parcels: str, wait_ms: int = 300_000) -> World:
    """At its only node with these parcels' handovers open; their code is their name four times."""
    places = dict(zip("pqr", ("S1", "M1", "S2"), strict=True))
    world = World(now_ms=START_MS)
    picks = tuple(pick(one, places[one], 0) for one in parcels)
    hands = tuple(handover(one, places[one], code=one * 4, wait_ms=wait_ms) for one in parcels)
    world.order(road(2, released=1, actions={0: (*picks, *hands)}))
    world.run_until(START_MS + 1)
    return world


def status(world: World, action_id: str) -> tuple[str, str | None]:
    told = world.action(action_id)
    return told.action_status, told.result_description


def jumped(world: World, jump_ms: int) -> World:
    return World(body=world.body, disk=world.disk, now_ms=world.now_ms + jump_ms)


def test_who_was_waited_for_is_waited_for_again() -> None:
    world = waiting("p", "q").restarted()
    assert [one.parcel for one in world.wanted] == ["p", "q"]
    world.code("pppp")
    world.open_and_shut("S1")
    assert status(world, "hand-p")[0] == "FINISHED"


@pytest.mark.parametrize("door", ["", "open"])
def test_what_was_done_at_a_door_that_was_unlocked_is_unknown(door: str) -> None:
    world = waiting("p", "q")
    world.code("pppp")
    if door:
        world.feed(DoorChanged("S1", "open"))
    world = world.restarted()
    assert status(world, "hand-p") == ("FAILED", "interrupted")
    assert [one.result for one in world.closed] == ["interrupted"]
    assert [one.parcel for one in world.wanted] == ["q"]
    assert "actionError" in world.errors
    assert world.references["actionId"] == "hand-p"
    world.code("pppp")
    assert [one for one in world.told(OpenDoor) if not one.at_dock] == []


def test_a_door_that_still_stands_open_is_told_and_no_other_opens() -> None:
    world = waiting("p", "q")
    world.code("pppp")
    world.feed(DoorChanged("S1", "open"))
    robot, now_ms = Robot.restore(SPEC, world.disk, world.now_ms), world.now_ms
    robot.opening()
    robot.handle(LinkUp(), now_ms)

    def told(event: RobotEvent, after_ms: int = 0) -> tuple[list[str], list[str]]:
        """The doors opened, and the errors of the last state."""
        effects = robot.handle(event, now_ms + after_ms)
        states = [one.message for one in effects if isinstance(one, Publish)]
        errors = states[-1].errors if states and isinstance(states[-1], State) else ()
        opened = [one.compartment for one in effects if isinstance(one, OpenDoor)]
        return opened, [one.error_type for one in errors]

    assert told(CodeEntered("qqqq"))[0] == [], "nobody said yet that it is shut"
    assert told(DoorChanged("S1", "open"))[0] == []
    assert "doorOpen" in told(Woken(), 60_000)[1]
    opened, errors = told(DoorChanged("S1", "shut"), 61_000)
    assert opened == ["M1"]
    assert "doorOpen" not in errors


def test_who_stood_in_line_enters_the_code_anew() -> None:
    world = waiting("p", "q")
    world.code("pppp")
    world.code("qqqq")
    world = world.restarted()
    assert world.told(OpenDoor) == []
    world.code("qqqq")
    assert [one.compartment for one in world.told(OpenDoor)] == ["M1"]


@pytest.mark.parametrize(
    ("jump_ms", "left_ms"),
    [(0, 299_999), (200_000, 99_999), (280_000, 60_000), (HOUR_MS, 60_000), (-HOUR_MS, 300_000)],
)
def test_a_wait_goes_on_with_what_was_left_but_a_minute_at_least(
    jump_ms: int, left_ms: int
) -> None:
    world = jumped(waiting("p"), jump_ms)
    assert abs(world.wanted[-1].wait_until_ms - world.now_ms - left_ms) <= 1
    world.run_until(world.wanted[-1].wait_until_ms)
    assert status(world, "hand-p") == ("FAILED", "no_show")


def test_a_dock_that_was_interrupted_says_so() -> None:
    world = World(body=Dock())
    world.order(road(1, actions={0: (pick("p"), pick("q", "M1"))}))
    world.feed(DoorChanged("S1", "open"))
    world = world.restarted()
    assert status(world, "pick-p") == ("FAILED", "interrupted")
    assert world.state.loads == ()
    assert [one.compartment for one in world.told(OpenDoor)] == ["M1"]
    world.open_and_shut("M1")
    assert status(world, "pick-q") == ("FINISHED", "loaded")


def test_charging_is_asked_for_again_and_lights_are_on_again() -> None:
    world = World(body=Dock())
    actions = (
        action("startCharging", "c", "SOFT"),
        action("signal", "s", "SOFT", durationMs=30_000),
    )
    world.order(road(1, actions={0: actions}))
    world.run_until(10_000)
    world = world.restarted()
    assert world.told(Charge) == [Charge(on=True)]
    assert world.told(Signal) == [Signal("light", on=True)]
    world.run_until(30_000)
    assert world.told(Signal)[-1] == Signal("light", on=False)
    world.feed(BatteryRead(1000, True))
    assert status(world, "c") == ("FINISHED", "charging")


def test_a_light_does_not_burn_for_an_hour_because_the_clock_was_put_back() -> None:
    world = World(now_ms=START_MS)
    lit = action("signal", "s", "SOFT", durationMs=30_000)
    world.order(road(1, actions={0: (lit,)}))
    world = jumped(world, -HOUR_MS)
    world.run_until(world.now_ms + 30_000)
    assert status(world, "s")[0] == "FINISHED"


def test_a_cancel_that_waited_for_an_open_door_ends_after_the_restart() -> None:
    world = waiting("p", "q")
    world.code("pppp")
    world.feed(DoorChanged("S1", "open"))
    world.instant("cancelOrder")
    world = world.restarted()
    assert status(world, "hand-p") == ("FAILED", "interrupted")
    assert status(world, "hand-q") == ("FAILED", "cancelled")
    assert status(world, "i-cancelOrder")[0] == "FINISHED"


def test_what_was_finished_is_finished_and_its_code_opens_nothing_again() -> None:
    world = waiting("p", "q")
    world.code("pppp")
    world.open_and_shut("S1")
    world = world.restarted()
    assert status(world, "hand-p") == ("FINISHED", "collected presumed")
    world.code("pppp")
    assert world.told(OpenDoor) == []
    assert [load.load_id for load in world.state.loads or ()] == ["q"]


def test_a_door_that_was_unlocked_at_the_crash_is_locked_until_it_is_seen_shut() -> None:
    world = waiting("p", "q")
    world.code("pppp")
    robot, now_ms = Robot.restore(SPEC, world.disk, world.now_ms), world.now_ms

    def locked(effects: list[RobotEffect]) -> list[str]:
        return [one.compartment for one in effects if isinstance(one, LockDoor)]

    assert locked(robot.opening()) == ["S1"]
    robot.handle(DoorChanged("S1", "unknown"), now_ms)
    assert robot.next_wake_ms == now_ms + 10_000
    assert locked(robot.handle(Woken(), now_ms + 9_999)) == []
    assert locked(robot.handle(Woken(), now_ms + 10_000)) == ["S1"]
    assert locked(robot.handle(Woken(), now_ms + 20_000)) == ["S1"]
    robot.handle(DoorChanged("S1", "open"), now_ms + 21_000)
    assert locked(robot.handle(Woken(), now_ms + 30_000)) == [], "it locks when it is shut"
    robot.handle(DoorChanged("S1", "shut"), now_ms + 31_000)
    assert locked(robot.handle(Woken(), now_ms + 60_000)) == []


def test_charging_that_is_asked_for_again_has_its_time_whatever_the_clock_says() -> None:
    world = World(now_ms=START_MS)
    world.body.perform = lambda _effect, _now_ms: []  # type: ignore[method-assign]
    world.instant("startCharging")
    again = World(body=world.body, disk=world.disk, now_ms=5_000)
    again.run_until(65_000)
    assert again.action("i-startCharging").action_status == "FAILED"
