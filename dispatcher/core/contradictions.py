# SPDX-License-Identifier: Apache-2.0
"""What a robot reports that cannot be, or must not be: errors a person has to see to, and loads
that contradict the books.

What must hold: nothing in here moves a parcel. A parcel of ours that a robot showed and shows no
more is in doubt; a parcel that it shows and the books do not know is an alarm.
"""

from typing import Final

import msgspec

from dispatcher.core import standing
from dispatcher.core.events import ErrorReport, LoadReport, RobotReported
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.plannable import occupied
from dispatcher.core.state import Robot
from dispatcher.core.step import Step

LOADS_MAX: Final = 200
"""How many loads of one robot are remembered."""

IDENTITY_TAKEN: Final = "identityTaken"
"""Another one has logged in with this robot's credentials."""

STATE_LOST: Final = "stateLost"
"""The robot does not know any more what it carries."""

DOORS: Final = ("doorForced", "doorOpen")
"""A door was opened by nobody's leave, or nobody knows whether it is shut. The error names the
compartment."""


def hear_errors(step: Step, robot: Robot, before: tuple[ErrorReport, ...]) -> None:
    """What follows from the errors that a robot did not report before."""
    known = [_what(error) for error in before if error.level == "FATAL"]
    for error in robot.errors:
        what = _what(error)
        if error.level != "FATAL" or what in known:
            continue
        known.append(what)
        if standing.is_stop(error):
            standing.heard(step, robot, error)
            continue
        text = f"{error.type}: {error.text}" if error.text else error.type
        if error.type == IDENTITY_TAKEN:
            step.hold(robot, "somebody else logged in as this robot: its credentials are copied")
            continue
        step.alarm(text, robot.id)
        if error.type == STATE_LOST:
            _doubt_aboard(step, robot, "", "its robot has lost its memory")
        elif error.type in DOORS:
            step.hold(robot, text)
            _doubt_aboard(step, robot, error.compartment, text)


def _what(error: ErrorReport) -> tuple[str, str, str, int]:
    return error.type, error.compartment, error.cause, error.incident


def _doubt_aboard(step: Step, robot: Robot, compartment: str, why: str) -> None:
    """Nobody knows what is left in a compartment of a robot; empty: in any of them."""
    for parcel in step.state.parcels.values():
        is_aboard = parcel.robot == robot.id and parcel.state in ABOARD
        if is_aboard and compartment in ("", parcel.compartment):
            step.doubt(parcel, why)


def judge_loads(step: Step, robot: Robot, event: RobotReported) -> None:
    """Compare what a robot says it carries with the books; not while something is being moved."""
    before = robot.loads
    kept = (
        ()
        if event.all_loads
        else tuple(
            one for one in before if msgspec.structs.replace(one, gone=True) not in event.loads
        )
    )
    came = tuple(one for one in event.loads if not one.gone and one not in kept)
    loads = robot.loads = (*kept, *came)[:LOADS_MAX]
    if loads == before or _is_at_work(robot):
        return
    books = occupied(step.state, robot)
    for one in came:
        if one.position in robot.compartments and one.position not in books and one not in before:
            text = f"it says {one.load or 'something'!r} lies in {one.position}: by the books empty"
            step.alarm(text, robot.id)
    for compartment, name in books.items():
        parcel = step.state.parcels[name]
        if parcel.state not in ABOARD or not parcel.custody_known:
            continue
        if _shows(before, compartment, name) and not _shows(loads, compartment, name):
            step.doubt(parcel, f"its robot does not report it in {compartment} any more")
            step.hold(robot, f"parcel {name} is not in {compartment} any more")


def _is_at_work(robot: Robot) -> bool:
    job = robot.job
    return job is not None and any(
        task.action and not task.result
        for visit in job.visits[job.at : job.released]
        if visit.reached
        for task in visit.tasks
    )


def _shows(loads: tuple[LoadReport, ...], compartment: str, parcel: str) -> bool:
    return any(one.load == parcel or (one.position == compartment) for one in loads)
