# SPDX-License-Identifier: Apache-2.0
"""Interruptions of every kind, close upon each other: a robot never stands for good without saying
for whom it waits, and goes on once that somebody has been there."""

from pathlib import Path
from random import Random

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import MotionStopped, SetPosition
from robot_agent.vda5050.restarts import RESTARTS
from tests.robot_agent.board.test_core_on_boards import Minded, loaded, parcel_order

EXACT_MM = 600
ROLLED_MM = 700
"""What a board that is reset on the way does not see of how it rolls to a stand."""
INTERRUPTIONS = ("e_stop", "cables", "starved", "agent", "reset")


def interrupt(robot: Minded, what: str, luck: Random) -> None:
    for_ms = luck.randrange(50, 1_500, 50)
    match what:
        case "e_stop":
            robot.plant.press("e_stop", robot.clock.ms, for_ms)
            robot.run(for_ms + luck.randrange(0, 200, 10))
        case "cables":
            robot.pull_cables()
            robot.run(for_ms)
            robot.plug_cables()
        case "starved":
            robot.is_agent_up = False
            robot.run(for_ms)
            robot.is_agent_up = True
        case "agent":
            robot.kill_agent()
            robot.run(for_ms)
            robot.start_agent()
        case "reset":
            robot.reset_drive(ResetCause.WATCHDOG)
    robot.run(luck.randrange(0, 800, 10))


def see_to_it(robot: Minded) -> None:
    """Desk and passers-by go by what it says, and by nothing else."""
    robot.run(200)
    if not robot.heard.of(MotionStopped):
        return
    who = RESTARTS[robot.cause].who
    if who == "operator":
        robot.release()
    elif who == "person":
        robot.plant.press("reset_button", robot.clock.ms, 500)
    elif "positionLost" in robot.world.errors:
        robot.plant.press("service_key", robot.clock.ms, 1_000)
        robot.run(1_000)
    robot.run(1_000)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_interrupts_it_it_goes_on_once_somebody_has_seen_to_it(
    seed: int, tmp_path: Path
) -> None:
    luck = Random(seed)
    robot = Minded(tmp_path)
    robot.run(1_500)
    robot.body.perform(SetPosition(0, 0, 0))
    pose = robot.body.navigator.look()
    assert pose is not None
    robot.feed(pose)
    loaded(robot, parcel_order(3))
    robot.release()
    resets = 0
    for _ in range(6):
        robot.run(luck.randrange(100, 2_500, 50))
        for _ in range(luck.randrange(1, 4)):
            what = luck.choice(INTERRUPTIONS)
            resets += what == "reset"
            interrupt(robot, what, luck)
        for _ in range(3):
            see_to_it(robot)
    for _ in range(40):
        see_to_it(robot)
        if robot.world.action("hand-p").action_status == "RUNNING":
            break
    else:
        state = robot.world.state
        pytest.fail(f"{robot.cause}, {state.errors}, {state.safety_state}, at {robot.x_mm:.0f} mm")
    assert abs(robot.x_mm - 20_000) < EXACT_MM + resets * ROLLED_MM
