# SPDX-License-Identifier: Apache-2.0
"""Motors that are off until somebody has seen to them: the supply breaks down, which the desk may
release, or the bumper is hit, until whoever has looked presses the reset button at the robot.

What must hold: the desk's release lets on only what it names and may release; the button lets on
whatever it was; a robot that was hit while its supply was down stands for having been hit.
"""

from typing import Final

from robot_agent.core.events import MotionStopped
from robot_agent.emulation import driving
from robot_agent.emulation.truth import BodyParams, TimedEvent, Truth
from robot_agent.vda5050.standing import NOTHING, restart_of

CAUSES: Final = {"brownout": "brown_out", "bump": "bumper"}
"""By the words of `--faults`."""


def stop(kind: str, truth: Truth, params: BodyParams, now_ms: int) -> list[TimedEvent]:
    """The motors are off from now on."""
    cause = CAUSES[kind]
    if truth.stopped_for != NOTHING and restart_of(cause).who != "person":
        return []
    truth.stopped_for = cause
    stops = driving.brake(truth, params, now_ms, answers=False, forget=False, hard=True)
    return [(now_ms, MotionStopped(cause)), *stops]


def release(cause: str, truth: Truth, now_ms: int) -> list[TimedEvent]:
    """From the desk."""
    if truth.stopped_for != cause or restart_of(cause).who != "operator":
        return []
    return press_reset(truth, now_ms)


def press_reset(truth: Truth, now_ms: int) -> list[TimedEvent]:
    """At the robot; where its motors may move already, nothing comes of it."""
    if truth.stopped_for == NOTHING:
        return []
    truth.stopped_for = NOTHING
    truth.changed()
    return [(now_ms, MotionStopped(NOTHING))]
