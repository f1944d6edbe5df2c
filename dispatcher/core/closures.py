# SPDX-License-Identifier: Apache-2.0
"""Areas shut for a while: taking a closure in, taking it back, and what follows for the fleet.

What must hold: a closure changes times and ways from its first moment to its last, and nothing
else; what a robot was told it may drive stays so (a base cannot shrink), and a robot inside may
leave. Hours of the map's zones and gates act in the same way, without an event of their own.
"""

from typing import Final

from dispatcher.core import handover, planning
from dispatcher.core.base import closed_off
from dispatcher.core.events import AreaClosed, AreaReopened
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.state import Job, Robot
from dispatcher.core.step import Step
from dispatcher.planner.problem import FOREVER_MS
from dispatcher.roads.closing.areas import AreaError, area_of
from dispatcher.roads.closing.closures import Closure

CLOSURES_MAX: Final = 200
"""How many closures of one site may be known at a time; more are refused with 503."""

_ID_LENGTH_MAX: Final = 64


def close(step: Step, event: AreaClosed) -> None:
    """Take a closure in (201), or refuse it (422, 503)."""
    status, text = _objection(step, event)
    if status:
        step.answer(event.request, status, text=text)
        return
    step.state.closures[event.closure] = Closure(
        id=event.closure,
        outline=event.outline,
        from_ms=event.from_ms,
        until_ms=event.until_ms,
        level=event.level,
    )
    step.state.roads_since_ms = -1
    step.state.count("closures")
    step.answer(event.request, 201)


def reopen(step: Step, event: AreaReopened) -> None:
    """Take a closure back (200); 404 where there is none of that id."""
    if step.state.closures.pop(event.closure, None) is None:
        step.answer(event.request, 404, text=f"no closure {event.closure[:_ID_LENGTH_MAX]!r}")
        return
    step.state.roads_since_ms = -1
    step.answer(event.request, 200)


def follow(step: Step) -> None:
    """Once something on the roads has changed: new times, and a plan that fits them."""
    state = step.state
    if state.roads_since_ms >= 0 and not 0 < state.roads_until_ms <= step.now_ms:
        return
    over = [one.id for one in state.closures.values() if 0 < one.until_ms <= step.now_ms]
    for closure_id in over:
        del state.closures[closure_id]
    known = tuple(state.closures.values())
    slot = step.roads.slot_at(step.now_ms, known)
    state.roads_since_ms, state.roads_until_ms = slot.from_ms, slot.until_ms
    step.travel = step.roads.at(step.now_ms, known)
    planning.reroute(step)
    for robot in state.robots.values():
        job = robot.job
        if (
            job is not None
            and job.released < len(job.visits)
            and closed_off(step, job, job.released)
        ):
            step.alarm("the way to its next stop is closed", robot.id)


def skip(step: Step, robot: Robot, job: Job) -> None:
    """Leave out the visits to which no way leads for longer than a robot is to wait there. Parcels
    for them ride back and are offered again; what was to be fetched there stays where it is."""
    while job.at < len(job.visits) - 1 and closed_off(step, job, job.at):
        until_ms = step.state.roads_until_ms or FOREVER_MS
        if until_ms - step.now_ms <= step.policy.closed_wait_ms:
            return
        step.state.count("visits_closed_off")
        for task in job.visits[job.at].tasks:
            parcel = step.state.parcels.get(task.parcel)
            if parcel is None or parcel.robot != robot.id:
                continue
            if parcel.state == "assigned":
                handover.give_back(step, parcel)
                if not handover.call_off(step, parcel):
                    planning.insert(step, parcel)
            elif parcel.state in ABOARD:
                parcel.reason = "its stop is closed off"
        del job.visits[job.at]


def _objection(step: Step, event: AreaClosed) -> tuple[int, str]:
    """Why a closure cannot be taken in, with its HTTP status; (0, "") when it can."""
    if not 0 < len(event.closure) <= _ID_LENGTH_MAX:
        return 422, f"closure: an id has 1 to {_ID_LENGTH_MAX} characters"
    if event.closure not in step.state.closures and len(step.state.closures) >= CLOSURES_MAX:
        return 503, f"{CLOSURES_MAX} closures are known already"
    if not 0 <= event.from_ms < FOREVER_MS or not 0 <= event.until_ms < FOREVER_MS:
        return 422, "from, until: not times"
    if event.until_ms and event.until_ms <= max(event.from_ms, step.now_ms):
        return 422, "until: must be later than from, and than now"
    try:
        area_of(event.outline)
    except AreaError as error:
        return 422, str(error)
    return 0, ""
