# SPDX-License-Identifier: Apache-2.0
"""Robots whose motors are off until somebody has seen to them, and letting them on from the desk.

Who may restart a robot that stands for which cause is one table that board, agent and dispatcher
share; the service reads it and says who, and why in words. What must hold: a robot that stands gets
no work, since its error is FATAL, whatever an operator says; an operator lets on only the cause
that was shown, and a robot that does not go on then is held again.
"""

from typing import Final

from dispatcher.core import abilities, orders
from dispatcher.core.events import ErrorReport
from dispatcher.core.state import Robot
from dispatcher.core.step import Step

MOTION_STOPPED: Final = "motionStopped"
OPERATOR: Final = "operator"
PERSON: Final = "person"


def stop_of(robot: Robot) -> ErrorReport | None:
    """What a robot stands for, by its own word, until somebody has seen to it."""
    return next((error for error in robot.errors if is_stop(error)), None)


def is_stop(error: ErrorReport) -> bool:
    """Whether an error says that a robot stands, and for what."""
    return error.type == MOTION_STOPPED and error.level == "FATAL" and error.cause != ""


def heard(step: Step, robot: Robot, stop: ErrorReport) -> None:
    """It stands, or for another cause than before. What agent and board see to by themselves is
    nobody's business."""
    if stop.who == OPERATOR:
        _hold(step, robot, f"it stands: {stop.text}; release it from the desk")
    elif stop.who == PERSON:
        step.alarm(f"somebody must go to it: {stop.text}", robot.id)


def release(step: Step, robot: Robot) -> tuple[int, str] | None:
    """An operator lets it on: tells the robot so where it stands for what the desk may release.
    Why not, as the answer's status and text; None: it is told, or need not be."""
    stop = stop_of(robot)
    if stop is None or stop.who not in (OPERATOR, PERSON):
        return None
    if stop.who == PERSON:
        # A hold for something else may be lifted: it gets no work while it stands.
        return None if robot.held else (409, f"somebody must go to it: {stop.text}")
    if robot.link != "online":
        return 409, f"it stands, and cannot be reached: it is {robot.link}"
    if not abilities.does_at_once(robot, abilities.RELEASE_STOP):
        return 409, f"it stands: {stop.text}; it cannot be told to go on: see to it at the robot"
    cause = (("cause", stop.cause),)
    if not orders.instant(step, robot, abilities.RELEASE_STOP, cause, at_once=True):
        return 503, "too much is to be told to it already"
    step.state.count("stops_released")
    return None


def hear_released(step: Step, robot: Robot, ended: dict[str, str]) -> None:
    """What became of releases from the desk, by the results of the instant actions that have ended;
    to be asked before they are forgotten."""
    stop = stop_of(robot)
    for told in robot.session.instants:
        if stop is None or told.kind != abilities.RELEASE_STOP or told.id not in ended:
            continue
        said = f": {ended[told.id]}" if ended[told.id] else ""
        why = f"it was released and stands{said}; {stop.text}"
        if stop.who == OPERATOR:
            _hold(step, robot, why)
        else:
            step.alarm(why, robot.id)


def _hold(step: Step, robot: Robot, why: str) -> None:
    """With an alarm even where it is held for something else."""
    if robot.held:
        step.alarm(why, robot.id)
    step.hold(robot, why)
