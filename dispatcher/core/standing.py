# SPDX-License-Identifier: Apache-2.0
"""Robots whose motors are off until somebody has seen to them, and letting them on from the desk.

Who may restart a robot that stands for which cause is one table that board, agent and dispatcher
share; the service reads it and says who, and why in words. What must hold: a robot that stands gets
no work, since its error is FATAL, whatever an operator says; an operator lets on only the stop
that was shown, and a robot that does not go on then is held again. A release is for the moment in
which somebody has looked: it is not sent any more once that has passed.
"""

from typing import Final

from dispatcher.core import abilities, orders
from dispatcher.core.effects import PublishInstant
from dispatcher.core.events import ErrorReport
from dispatcher.core.state import Robot
from dispatcher.core.step import Step

MOTION_STOPPED: Final = "motionStopped"
RELEASE_OWED_MS: Final = 15_000
"""So long a release is sent again to a robot that does not confirm it; where time is made to run
faster, so long as it could be sent `RELEASE_SENDINGS` times."""
RELEASE_SENDINGS: Final = 3
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
    if not robot.heard:
        return 409, "it stood, and has not told its state since it, or we, came up: try again"
    if not orders.instant(step, robot, abilities.RELEASE_STOP, _named(stop), at_once=True):
        return 503, "too much is to be told to it already"
    step.state.count("stops_released")
    return None


def _named(stop: ErrorReport) -> tuple[tuple[str, str | int], ...]:
    """Which stop a release is for."""
    incident = (("incident", stop.incident),) if stop.incident else ()
    return (("cause", stop.cause), *incident)


def take_back(step: Step, robot: Robot) -> None:
    """A release that has not ended is owed no more where the robot stands for something else or
    not at all, is held, may be another robot than it was by now, or did not confirm it in time."""
    for told in owed(robot):
        stop = stop_of(robot)
        why = ""
        if stop is not None and _named(stop) == told.parameters and not robot.held:
            why = _void(step, robot)
            if not why:
                continue
            _hold(step, robot, f"it stands: {stop.text}; {why}: release it again from the desk")
        robot.session.instants.remove(told)
        step.state.count("releases_taken_back")


def owed(robot: Robot) -> list[PublishInstant]:
    """The releases that it was told and that have not ended."""
    return [one for one in robot.session.instants if one.kind == abilities.RELEASE_STOP]


def due_ms(step: Step, robot: Robot) -> int:
    """When a release is owed no more; 0: none is."""
    return _until_ms(step, robot) if owed(robot) else 0


def _until_ms(step: Step, robot: Robot) -> int:
    resend_ms = step.policy.resend_ms
    told_ms = robot.session.again_ms.get(abilities.RELEASE_STOP, 0) - resend_ms
    return told_ms + max(RELEASE_OWED_MS, RELEASE_SENDINGS * resend_ms)


def _void(step: Step, robot: Robot) -> str:
    """Why a release is not for the robot as it is now; empty: it is."""
    if robot.link != "online":
        return f"it is {robot.link}, and your release may not have reached it"
    if not robot.heard:
        return "it, or we, came up anew after your release"
    if step.now_ms >= _until_ms(step, robot):
        return "it has not done what your release says in time"
    return ""


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
