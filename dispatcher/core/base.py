# SPDX-License-Identifier: Apache-2.0
"""How far a robot may drive: the one function that computes the base of an order.

What must hold: nothing else in Drover releases a node. The base is the least of what each rule
allows. A further rule (reservations of narrow ways) joins the tuple in `base_visits` and nothing
else.
"""

from dispatcher.core.state import Job, JobVisit
from dispatcher.core.step import Step
from dispatcher.planner.problem import UNREACHABLE


def base_visits(step: Step, job: Job) -> int:
    """How many of a job's visits may be released now."""
    return min((handover_limit(job), slot_limit(step, job), roads_limit(step, job)))


def handover_limit(job: Job) -> int:
    """The next leg stays in the horizon until everything at the visit before it has ended; but the
    leg out of a radio shadow goes out with the leg into it."""
    limit = 1
    for visit in job.visits:
        if not done(visit):
            break
        limit += 1
    # Who cannot be told then is told now, as far as the next place with radio; not before it has
    # taken the order: an update of an order that got lost would be a new order to it.
    running = job.state == "running"
    while running and limit < len(job.visits) and job.visits[limit - 1].shadow:
        limit += 1
    return min(limit, len(job.visits))


def leads_on(job: Job) -> bool:
    """Whether the base ends in a radio shadow and is to lead out of it."""
    open_end = 0 < job.released < len(job.visits) and job.state == "running"
    return open_end and job.visits[job.released - 1].shadow


def slot_limit(step: Step, job: Job) -> int:
    """A robot does not set out so early that it would stand before a slot opens. Out of a radio
    shadow it does, and waits longer there."""
    limit = job.released
    while limit < len(job.visits):
        in_shadow = limit > 0 and job.visits[limit - 1].shadow
        if not in_shadow and step.now_ms < opens_ms(step, job, limit):
            break
        limit += 1
    return limit


def roads_limit(step: Step, job: Job) -> int:
    """Nobody is sent where no way leads while an area is closed. What was released stays so."""
    limit = job.released
    while limit < len(job.visits) and not closed_off(step, job, limit):
        limit += 1
    return limit


def closed_off(step: Step, job: Job, index: int) -> bool:
    """Whether no way leads to visit `index` now from the one before it."""
    node = job.visits[index].node
    return step.travel.time_ms(before_visit(job, index), node) == UNREACHABLE


def before_visit(job: Job, index: int) -> str:
    """The node from which the way to visit `index` begins."""
    return job.visits[index - 1].node if index else job.start_node


def opens_ms(step: Step, job: Job, index: int) -> int:
    """When the way to visit `index` may be released so that it is not reached before its slot."""
    visit = job.visits[index]
    if index == 0 or visit.not_before_ms == 0:
        return 0
    drive_ms = step.travel.time_ms(job.visits[index - 1].node, visit.node)
    return visit.not_before_ms - (0 if drive_ms == UNREACHABLE else drive_ms)


def done(visit: JobVisit) -> bool:
    """Whether a robot has been there and each thing it was to do there has ended."""
    return visit.reached and all(task.result for task in visit.tasks)
