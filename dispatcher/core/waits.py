# SPDX-License-Identifier: Apache-2.0
"""People at a robot: letting one in, letting it wait longer, and giving up waiting.

Our own robots wait by themselves and open to a code. One that only knows `waitForTrigger` stands
until it is told: the word comes from the desk, or from the recipient's page after the right code;
where nobody comes, its order is cancelled when the time is up, and its job goes on under a new one.

What must hold: the word opens for one recipient only; who was let in is never cut off by a cancel,
but a person hears of it when that takes too long.
"""

from typing import Final

from dispatcher.core import abilities, handover, jobs, orders
from dispatcher.core.base import before_visit
from dispatcher.core.events import HandoverReleased, WaitExtended
from dispatcher.core.life_cycles import JOB, after
from dispatcher.core.state import Job, JobTask, JobVisit, Robot
from dispatcher.core.step import Step

EXTEND_MAX_MS: Final = 30 * 60_000
"""A robot is not kept at a stop for longer than this by one request."""

OVERDUE_TIMES: Final = 3
"""How many times as long as for somebody to come it may then take who was let in, until the robot
is held for a person to look."""


def release(step: Step, event: HandoverReleased) -> None:
    """Let one recipient in (200); 404 for no such parcel, 409 where nothing waits for that."""
    parcel = step.state.parcels.get(event.parcel)
    if parcel is None:
        known = step.state.find(event.parcel) is not None
        text = "it has ended already" if known else "no such parcel"
        step.answer(event.request, 409 if known else 404, event.parcel, text)
        return
    robot = step.state.robots.get(parcel.robot)
    visit = _open_visit(robot) if robot is not None else None
    task = next((t for t in _open_tasks(visit) if t.parcel == parcel.id), None)
    if robot is None or visit is None or task is None or not parcel.custody_known:
        step.answer(event.request, 409, parcel.id, "no robot stands at its stop with it")
        return
    text = ""
    if robot.link != "online":
        text = f"robot {robot.id} cannot be reached: it is {robot.link}"
    elif task.plain and not task.gate:
        text = f"robot {robot.id} waits for nobody: staff at the stop take it out"
    elif not abilities.does_at_once(robot, abilities.TRIGGER):
        text = f"robot {robot.id} cannot be told to let anybody in"
    if text:
        step.answer(event.request, 409, parcel.id, text)
        return
    action = task.gate or task.action
    if not orders.instant(step, robot, abilities.TRIGGER, (("actionId", action),), at_once=True):
        step.answer(event.request, 503, parcel.id, "too much is to be told to its robot already")
        return
    task.let_in = True
    step.state.count("let_in")
    _prolong(step, visit, step.policy.handover_wait_ms)
    step.answer(event.request, 200, parcel.id)


def extend(step: Step, event: WaitExtended) -> None:
    """Let a robot wait longer (200); 404, 409 where it waits for nobody, 422."""
    robot = step.state.robots.get(event.robot)
    if robot is None:
        step.answer(event.request, 404, text=f"no robot {event.robot!r}")
        return
    visit = _open_visit(robot)
    open_tasks = _open_tasks(visit)
    gates = any(task.gate for task in open_tasks)
    if not 0 < event.by_ms <= EXTEND_MAX_MS:
        step.answer(event.request, 422, text=f"by_ms: must be 1 to {EXTEND_MAX_MS}")
    elif visit is None or not open_tasks:
        step.answer(event.request, 409, text=f"robot {robot.id} waits for nobody")
    elif gates:
        _prolong(step, visit, event.by_ms)
        step.answer(event.request, 200)
    elif not abilities.does_at_once(robot, abilities.EXTEND_WAIT):
        step.answer(event.request, 409, text=f"robot {robot.id} cannot be told to wait longer")
    else:
        parameters = (("waitMs", event.by_ms),)
        taken = orders.instant(step, robot, abilities.EXTEND_WAIT, parameters, at_once=True)
        text = "" if taken else "too much is to be told to it already"
        step.answer(event.request, 200 if taken else 503, text=text)


def reached(step: Step, visit: JobVisit) -> None:
    """The robot has come to a visit: from now on its gates wait."""
    if any(task.gate for task in visit.tasks):
        visit.until_ms = step.now_ms + step.policy.handover_wait_ms


def expire(step: Step, robot: Robot) -> None:
    """Nobody came: call the order off. Where somebody was let in and is not done yet, say so; long
    after that hold the robot."""
    visit = _open_visit(robot)
    if visit is None or not 0 < visit.until_ms <= step.now_ms:
        return
    waiting = [task for task in _open_tasks(visit) if task.gate]
    inside = next((task for task in waiting if task.let_in), None)
    if inside is not None:
        text = f"whoever was let in is not done: action {inside.action} has not ended"
        if visit.overdue:
            step.hold(robot, text)
        else:
            step.alarm(text, robot.id, inside.parcel)
        visit.overdue = True
        visit.until_ms = step.now_ms + OVERDUE_TIMES * step.policy.handover_wait_ms
    elif waiting:
        orders.cancel(step, robot)


def due_ms(robot: Robot) -> int:
    """When `expire` is to look; 0: never."""
    visit = _open_visit(robot)
    return visit.until_ms if visit is not None else 0


def cancelled(step: Step, robot: Robot) -> None:
    """The robot has ended its order because we called it off: nobody came to its gates. What is
    left of the job goes on under a new order."""
    job, visit = robot.job, _open_visit(robot)
    if job is None:
        return
    if visit is not None:
        for task in _open_tasks(visit):
            task.result, finished, _ = handover.outcome(task, "FAILED", "")
            handover.ended(step, robot, visit, task, finished)
        handover.leave(step, robot, visit)
        job.at += 1
    if job.at < len(job.visits):
        _renew(step, robot, job)


def _renew(step: Step, robot: Robot, job: Job) -> None:
    orders.close(robot)
    job.start_node = robot.node or before_visit(job, job.at)
    job.visits = job.visits[job.at :]
    for visit in job.visits:
        visit.sequence = -1
        for task in visit.tasks:
            task.action = task.gate = ""
    job.state = after(JOB, "renew", job.state, f"job {job.id}")
    job.id = jobs.new_id(step)
    job.at = job.released = job.actions_count = 0
    robot.commit += 1
    job.end_ms = jobs.predicted_end_ms(step, robot)
    step.state.count("orders_renewed")


def _open_visit(robot: Robot) -> JobVisit | None:
    """The visit at which a robot stands and is not done."""
    job = robot.job
    if job is None or job.at >= job.released or not job.visits[job.at].reached:
        return None
    return job.visits[job.at]


def _open_tasks(visit: JobVisit | None) -> list[JobTask]:
    tasks = visit.tasks if visit is not None else []
    return [
        task for task in tasks if task.kind in ("out", "in") and task.action and not task.result
    ]


def _prolong(step: Step, visit: JobVisit, by_ms: int) -> None:
    visit.overdue = False
    if visit.until_ms:
        visit.until_ms = max(visit.until_ms, step.now_ms) + by_ms
