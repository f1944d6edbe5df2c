# SPDX-License-Identifier: Apache-2.0
"""What changes on the roads: closures taken in and taken back, hours that come and go, and what
follows for the fleet.

What must hold: a closure changes times and ways from its first moment to its last, and nothing
else; what a robot was told it may drive stays so (a base cannot shrink), and a robot inside may
leave. Hours of the map's zones and gates act in the same way, without an event of their own.
"""

import hashlib
from typing import Final

import msgspec

from dispatcher.core import handover, planning
from dispatcher.core.base import before_visit, closed_off
from dispatcher.core.events import AreaClosed, AreaReopened
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.state import Job, Robot
from dispatcher.core.step import Step
from dispatcher.planner.problem import FOREVER_MS, UNREACHABLE
from dispatcher.roads.closing.areas import AreaError
from dispatcher.roads.closing.closures import Closure, area_of_closure

CLOSURES_MAX: Final = 200
"""How many closures of one site may be known at a time; more are refused with 503."""

BORDERS_MAX: Final = 4
"""How many changes of the roads ahead are looked at for when a way opens again."""

_ID_LENGTH_MAX: Final = 64


def close(step: Step, event: AreaClosed) -> None:
    """Take a closure in (201), or refuse it (422, 503)."""
    closure = Closure(
        id=event.closure,
        outline=event.outline,
        from_ms=event.from_ms,
        until_ms=event.until_ms,
        level=event.level,
    )
    status, text = _objection(step, closure)
    if status:
        step.answer(event.request, status, text=text)
        return
    step.state.closures[closure.id] = closure
    step.state.roads_stale = True
    step.state.count("closures")
    step.answer(event.request, 201)


def reopen(step: Step, event: AreaReopened) -> None:
    """Take a closure back (200); 404 where there is none of that id."""
    if step.state.closures.pop(event.closure, None) is None:
        step.answer(event.request, 404, text=f"no closure {event.closure[:_ID_LENGTH_MAX]!r}")
        return
    step.state.roads_stale = True
    step.answer(event.request, 200)


def follow(step: Step) -> None:
    """Once something on the roads has changed: new times, and a plan that fits them."""
    state = step.state
    if not state.roads_stale and not 0 < state.roads_until_ms <= step.now_ms:
        return
    over = [one.id for one in state.closures.values() if 0 < one.until_ms <= step.now_ms]
    for closure_id in over:
        del state.closures[closure_id]
    known = tuple(state.closures.values())
    slot = step.roads.slot_at(step.now_ms, known)
    key = hashlib.sha256(msgspec.json.encode(slot.conditions)).hexdigest()[:16]
    changed = key != state.roads_key and state.roads_key != ""
    state.roads_stale, state.roads_key, state.roads_until_ms = False, key, slot.until_ms
    if changed:
        step.look_at_roads()
        planning.reroute(step)


def skip(step: Step, robot: Robot, job: Job) -> None:
    """Leave out the visits to which no way leads for longer than a robot is to wait there. Parcels
    for them ride back and are offered again; what was to be fetched there stays where it is. The
    last visit is waited for, however long it takes."""
    while job.at < len(job.visits) and closed_off(step, job, job.at):
        visit = job.visits[job.at]
        if not visit.closed_since_ms:
            visit.closed_since_ms = step.now_ms
            step.alarm("the way to its next stop is closed", robot.id)
        if job.at == len(job.visits) - 1:
            return
        key = f"{step.state.roads_key} until {step.state.roads_until_ms}"
        # Also at the moment for which it was hoped: the closure may have been prolonged.
        if visit.closed_key != key or visit.opens_ms <= step.now_ms:
            visit.closed_key, visit.opens_ms = key, _opens_ms(step, job)
        if visit.opens_ms:
            return
        step.state.count("visits_closed_off")
        for task in visit.tasks:
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
    if job.at < len(job.visits):
        job.visits[job.at].closed_since_ms = 0


def _opens_ms(step: Step, job: Job) -> int:
    """When a way leads to the job's next visit again, if a robot is to wait so long; else 0."""
    known = tuple(step.state.closures.values())
    visit, before = job.visits[job.at], before_visit(job, job.at)
    at_ms = step.state.roads_until_ms
    for _ in range(BORDERS_MAX):
        if not 0 < at_ms <= visit.closed_since_ms + step.policy.closed_wait_ms:
            return 0
        if step.roads.at(at_ms, known).time_ms(before, visit.node) != UNREACHABLE:
            return at_ms
        at_ms = step.roads.slot_at(at_ms, known).until_ms
    return 0


def _objection(step: Step, closure: Closure) -> tuple[int, str]:
    """Why a closure cannot be taken in, with its HTTP status; (0, "") when it can."""
    if not 0 < len(closure.id) <= _ID_LENGTH_MAX:
        return 422, f"closure: an id has 1 to {_ID_LENGTH_MAX} characters"
    if closure.id not in step.state.closures and len(step.state.closures) >= CLOSURES_MAX:
        return 503, f"{CLOSURES_MAX} closures are known already"
    if not 0 <= closure.from_ms < FOREVER_MS or not 0 <= closure.until_ms < FOREVER_MS:
        return 422, "from, until: not times"
    if closure.until_ms and closure.until_ms <= max(closure.from_ms, step.now_ms):
        return 422, "until: must be later than from, and than now"
    try:
        area_of_closure(closure)
    except AreaError as error:
        return 422, str(error)
    return 0, ""
