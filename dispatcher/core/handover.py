# SPDX-License-Identifier: Apache-2.0
"""What the end of one action does to its parcel: loaded, handed over, nobody came, unloaded.

What must hold: only the words below, with the status they belong to, say how a handover ended. One
that ended otherwise leaves the custody of the parcel unknown: it is blocked until a person says
where it is. A task of a
parcel that has left the robot meanwhile has lost its parcel (`disown`) and moves nothing.
"""

from typing import Final

from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.state import JobTask, JobVisit, Parcel, Robot
from dispatcher.core.step import Step

NOT_TAKEN: Final = ("no_show", "refused", "jammed")
"""How a parcel comes to stay aboard: results of a FAILED handover out."""

NOT_GIVEN: Final = ("no_show", "wrong_parcel", "jammed")
"""How a parcel comes to stay with its sender: results of a FAILED handover in."""

WORDS: Final = ("collected", "received", "no_show", "refused", "jammed", "wrong_parcel")
"""The result words of a handover (`resultDescription`); the first two belong to FINISHED."""

PRESUMED: Final = "presumed"
"""The second word, where no sensor saw what the first one says."""

NOT_ASKED: Final = "opened without our word"
"""Our word for a robot that gave a parcel out, or took one in, before we let anybody in."""

_DONE: Final = {"out": "collected", "in": "received"}


def reached(step: Step, task: JobTask, *, is_over: bool = False) -> None:
    """The robot stands where a task is to be done; `is_over`: that has been done, too."""
    parcel = step.state.parcels.get(task.parcel)
    if parcel is None or task.kind not in ("out", "in") or task.result:
        return
    if task.kind == "out" and parcel.state in ("loaded", "riding"):
        step.move(parcel, "reach")
    if not is_over:
        step.notify(parcel, "arrived")


def leave(step: Step, robot: Robot, visit: JobVisit) -> None:
    """The robot may drive on from a visit: what is aboard rides."""
    for task in visit.tasks:
        parcel = step.state.parcels.get(task.parcel)
        if parcel is None or parcel.robot != robot.id:
            continue
        if parcel.state in ("loaded", "at_stop"):
            step.move(parcel, "depart", parcel.reason)
            if task.kind == "load":
                step.notify(parcel, "coming")


def outcome(task: JobTask, status: str, said: str) -> tuple[str, bool, bool]:
    """The result word of an ended action, whether it finished as it should, and whether that is
    only presumed. Of what a robot says the first word counts.

    A robot that picks or drops for a person cannot say who came: it is believed where somebody who
    could see it let them in, or stands there.
    """
    words = said.split() or [""]
    finished = status == "FINISHED"
    word = words[0] if words[0] in WORDS else status.lower()
    if not task.plain:
        return word, finished, finished and PRESUMED in words
    if task.gate and not task.let_in:
        return (NOT_ASKED, False, False) if finished else ("no_show", False, False)
    return (_DONE[task.kind] if finished else word), finished, finished


def ended(step: Step, robot: Robot, visit: JobVisit, task: JobTask, finished: bool) -> None:
    """Book the end of a task whose result is set."""
    parcel = step.state.parcels.get(task.parcel)
    if parcel is None and task.kind == "unload":
        _emptied(step, robot, task.compartment, finished)
        return
    if parcel is None:
        if task.kind != "charge":
            text = f"it says {task.result!r} of a parcel that is not on it: action {task.action}"
            step.alarm(text, robot.id)
        return
    if task.kind == "load":
        _loaded(step, parcel, finished)
    elif task.kind == "out":
        _handed_out(step, parcel, task.result, finished)
    elif task.kind == "in":
        _handed_in(step, parcel, task.result, finished)
    elif task.kind == "unload":
        _unloaded(step, robot, parcel, visit.node, finished)


def still_wanted(step: Step, robot: Robot, task: JobTask) -> bool:
    """Whether a task that is not released yet is still to be done."""
    parcel = step.state.parcels.get(task.parcel)
    if task.kind == "charge":
        return True
    if parcel is None or parcel.robot != robot.id or not parcel.custody_known:
        return False
    if task.kind == "out":
        return parcel.state in ABOARD and not parcel.cancel_wanted
    if task.kind in ("load", "in"):
        if parcel.cancel_wanted and parcel.state == "assigned":
            give_back(step, parcel)
            call_off(step, parcel)
            return False
        return parcel.state == "assigned"
    return parcel.state in ABOARD


def give_back(step: Step, parcel: Parcel) -> None:
    """An assigned parcel that was not taken is where it was before."""
    at_station = parcel.kind == "delivery" or parcel.station != ""
    step.move(parcel, "back_to_station" if at_station else "back_to_sender", parcel.reason)
    disown(step, parcel)


def disown(step: Step, parcel: Parcel) -> None:
    """A parcel is on no robot any more: what is still to be done with it there is nobody's."""
    robot = step.state.robots.get(parcel.robot)
    parcel.robot = parcel.compartment = ""
    for visit in robot.job.visits if robot is not None and robot.job is not None else ():
        for task in visit.tasks:
            if task.parcel == parcel.id and not task.result:
                task.parcel = ""


def call_off(step: Step, parcel: Parcel) -> bool:
    """End a parcel that is in somebody's hands and is not wanted any more; says whether it was."""
    if parcel.cancel_wanted and parcel.custody_known:
        step.move(parcel, "cancel", parcel.reason)
        step.notify(parcel, "cancelled")
        return True
    return False


def _loaded(step: Step, parcel: Parcel, finished: bool) -> None:
    if finished:
        step.move(parcel, "load")
    else:
        # It may lie in there all the same: its compartment stays its own until a person has looked.
        step.doubt(parcel, "it could not be loaded")


def _handed_out(step: Step, parcel: Parcel, word: str, finished: bool) -> None:
    if not parcel.custody_known:
        # What was in there may have been taken out before: only a person can say.
        text = f"it says {word!r} of a parcel of which nobody knows where it is"
        step.alarm(text, parcel.robot, parcel.id)
    elif finished and word == "collected":
        step.move(parcel, "collect")
        disown(step, parcel)
        step.notify(parcel, "delivered")
    elif not finished and word in NOT_TAKEN:
        _not_taken(step, parcel, word)
    else:
        step.doubt(parcel, f"the handover ended as {word!r}")


def _not_taken(step: Step, parcel: Parcel, word: str) -> None:
    """Nobody took it: it stays aboard, rides back, and is offered again or given up."""
    parcel.attempts += 1
    if word == "refused":
        parcel.attempts = max(parcel.attempts, step.policy.attempts_max)
    parcel.reason = word
    parcel.at_ms = step.now_ms
    step.state.count(word)
    step.notify(parcel, word)


def _handed_in(step: Step, parcel: Parcel, word: str, finished: bool) -> None:
    if finished and word == "received":
        step.move(parcel, "receive")
        return
    if finished or word not in NOT_GIVEN:
        step.doubt(parcel, f"the handover ended as {word!r}")
        return
    give_back(step, parcel)
    if call_off(step, parcel):
        return
    parcel.attempts += 1
    parcel.reason = word
    step.state.count(word)
    if parcel.attempts >= step.policy.attempts_max:
        step.move(parcel, "cancel", f"{word}, {parcel.attempts} times")
        step.notify(parcel, "cancelled")
        return
    offer_again(step, parcel)


def _unloaded(step: Step, robot: Robot, parcel: Parcel, node: str, finished: bool) -> None:
    if not finished:
        step.doubt(parcel, "it could not be unloaded")
        step.hold(robot, f"parcel {parcel.id} could not be unloaded")
        return
    disown(step, parcel)
    here = (place.id for place in step.graph.places("station") if place.node == node)
    parcel.station = next(here, parcel.station)
    if not parcel.custody_known:
        # A compartment was emptied; what was in it after such a handover only a person can say.
        step.move(parcel, "unload", parcel.reason)
    elif call_off(step, parcel):
        return
    elif parcel.kind == "return":
        step.move(parcel, "hand_in")
        step.notify(parcel, "delivered")
    elif parcel.attempts >= step.policy.attempts_max:
        step.move(parcel, "give_up", f"{parcel.reason}, {parcel.attempts} attempts")
        step.state.count("given_up")
        step.notify(parcel, "given_up")
    else:
        step.move(parcel, "unload", parcel.reason)
        offer_again(step, parcel)


def _emptied(step: Step, robot: Robot, compartment: str, finished: bool) -> None:
    """A compartment was opened that is empty by the books. If the robot says afterwards that
    something lies in there, that is news."""
    if finished:
        robot.loads = tuple(one for one in robot.loads if one.position != compartment)
    else:
        step.hold(robot, f"compartment {compartment} could not be emptied")


def offer_again(step: Step, parcel: Parcel) -> None:
    """A new slot, and with it a new code."""
    policy = step.policy
    parcel.version += 1
    parcel.slot_from_ms = max(parcel.slot_from_ms, step.now_ms + policy.retry_after_ms)
    parcel.slot_until_ms = parcel.slot_from_ms + policy.retry_slot_ms
    step.state.count("offered_again")
    step.notify(parcel, "offered_again")
    step.want_plan("parcel offered again")
