# SPDX-License-Identifier: Apache-2.0
"""The operator at the desk of a simulated site: looks into robots that stand for what the desk may
release, and releases them.

What must hold: it knows only what the desk shows, and how long it takes to look is drawn from the
seed, so that two runs are one.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from dispatcher.core import standing
from dispatcher.core.events import RobotReleased
from dispatcher.core.state import State
from dispatcher.simulation.virtual_time import VirtualTime
from robot_agent.emulation.draw import between, draw

LOOKS_MS: Final = (20_000, 180_000)


class Desk:
    """`release` takes what the operator decides."""

    def __init__(
        self, seed: int, time: VirtualTime, release: Callable[[RobotReleased], None]
    ) -> None:
        self._seed, self._time, self._release = seed, time, release
        self._looking: list[str] = []

    def look(self, state: State) -> None:
        """Which robots stand and are held just now; some time later each is released."""
        for robot in state.robots.values():
            stop = standing.stop_of(robot)
            stands = stop is not None and stop.who == standing.OPERATOR
            if not (stands and robot.held) or robot.id in self._looking:
                continue
            self._looking.append(robot.id)
            luck = draw(self._seed, "desk", robot.id, self._time.now_ms)
            self._time.after(between(luck, *LOOKS_MS), partial(self._let_on, robot.id))

    def _let_on(self, robot: str) -> None:
        self._looking.remove(robot)
        self._release(RobotReleased("", robot, by="simulation"))
