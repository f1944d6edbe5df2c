# SPDX-License-Identifier: Apache-2.0
"""A session that ends and begins while the core is just sending the robot on: who is told what."""

from pathlib import Path

from robot_agent.core.events import Follow, Hold, PartFailed, Resume, Stretch
from tests.robot_agent.board.two_boards import START, TwoBoards

PART = "drive board"


def test_a_core_that_sent_it_on_too_soon_is_asked_to_do_it_again(tmp_path: Path) -> None:
    robot = TwoBoards(tmp_path)
    robot.run(1_500)
    robot.release()
    x, y = START.x_mm, START.y_mm
    robot.perform(Follow(1, (Stretch(((x, y), (x + 20_000, y)), 20_000, 1_000),)))
    robot.run(3_000)
    robot.pull_cables()
    robot.run(700)
    robot.perform(Hold())
    robot.plug_cables()
    # Before the new session's first report: what is said now is said of the one before.
    robot.perform(Resume())
    robot.heard.events.clear()
    stood_mm = robot.x_mm
    robot.run(3_000)
    told = [event for event in robot.heard.of(PartFailed) if event.part == PART]
    assert [bool(event.text) for event in told[-2:]] == [True, False]
    assert "sent on" in told[-2].text
    robot.perform(Hold(), Resume())
    robot.run(3_000)
    assert robot.x_mm > stood_mm + 1_000
