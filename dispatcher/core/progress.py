# SPDX-License-Identifier: Apache-2.0
"""What a robot reports, and what follows from it: visits reached, actions ended, jobs done.

What must hold: a robot is not trusted. What it says is noted; only what fits the job it was given
moves parcels; what does not fit holds the robot for a person and blocks the parcels aboard it.
Saying the same twice changes nothing.
"""

from typing import Final

from dispatcher.core import handover, jobs, orders, planning
from dispatcher.core.base import done
from dispatcher.core.events import ActionReport, RobotReported
from dispatcher.core.life_cycles import ABOARD, JOB, after
from dispatcher.core.state import Job, JobVisit, Robot
from dispatcher.core.step import Step

_ENDED: Final = ("FINISHED", "FAILED")
_REJECTIONS: Final = ("validationError", "orderError", "orderUpdateError", "noRouteError")


def report(step: Step, event: RobotReported) -> None:
    """Take in what changed in a robot's state."""
    robot = step.state.robots.get(event.robot)
    if robot is None or not robot.registered:
        step.state.count("reports_of_strangers")
        return
    able = jobs.available(robot)
    _note(robot, event)
    if robot.job is not None:
        _follow_job(step, robot, event.actions)
    _confirm_instants(robot, event.actions)
    _judge_order(step, robot)
    if jobs.available(robot) != able:
        robot.commit += 1
        step.want_plan("robot can work again" if not able else "robot cannot work")


def _note(robot: Robot, event: RobotReported) -> None:
    if event.order is not None:
        robot.seen_order = event.order
    robot.seen_update = robot.seen_update if event.update is None else event.update
    robot.nodes_left = robot.nodes_left if event.nodes_left is None else event.nodes_left
    robot.node = event.last_node or robot.node
    robot.sequence = robot.sequence if event.last_sequence is None else event.last_sequence
    robot.mode = event.mode or robot.mode
    robot.battery_pct = robot.battery_pct if event.battery_pct is None else event.battery_pct
    robot.charging = robot.charging if event.charging is None else event.charging
    robot.e_stop = event.e_stop or robot.e_stop
    robot.errors = robot.errors if event.errors is None else event.errors
    if event.x_mm is not None and event.y_mm is not None:
        robot.x_mm, robot.y_mm = event.x_mm, event.y_mm


def _follow_job(step: Step, robot: Robot, actions: tuple[ActionReport, ...]) -> None:
    job = robot.job
    assert job is not None
    if robot.seen_order == robot.session.order and orders.acknowledge(robot):
        job.state = after(JOB, "take", job.state, f"job {job.id}")
    if robot.seen_order != job.id:
        return
    _reach(step, robot, job)
    for action in actions:
        if action.status in _ENDED:
            _end_action(step, robot, job, action)
    advance(step, robot)


def _reach(step: Step, robot: Robot, job: Job) -> None:
    """Book the released visits that the robot has come to."""
    for index, visit in enumerate(job.visits[: job.released]):
        if visit.reached or (visit.node, visit.sequence) != (robot.node, robot.sequence):
            continue  # A base ends at a visit, so a robot that came to it stands on it.
        visit.reached = True
        before = job.visits[index - 1].node if index else job.start_node
        length_mm = max(0, step.travel.length_mm(before, visit.node))
        robot.driven_mm += length_mm
        robot.energy_mwh += length_mm * robot.drive_mwh_per_km // 1_000_000
        for task in visit.tasks:
            handover.reached(step, task)


def _end_action(step: Step, robot: Robot, job: Job, action: ActionReport) -> None:
    for visit in job.visits[: job.released]:
        for task in visit.tasks:
            if task.action != action.id or task.result:
                continue
            word = action.result if action.result in handover.WORDS else action.status.lower()
            task.result = word
            handover.ended(step, robot, task, action.status == "FINISHED")
            return


def advance(step: Step, robot: Robot) -> None:
    """Go on with a job as far as what has happened allows; end it when all is done."""
    job = robot.job
    if job is None or job.state == "broken":
        return
    while job.at < job.released and done(job.visits[job.at]):
        _leave(step, job.visits[job.at])
        job.at += 1
        job.end_ms = jobs.predicted_end_ms(step, robot)
    if job.at < len(job.visits):
        if job.at == job.released:
            _prepare(step, robot, job)
        orders.extend(step, robot)
    elif job.kind != "charge" or not robot.charging:
        _finish(step, robot, job)


def _leave(step: Step, visit: JobVisit) -> None:
    """The robot may drive on from a visit: what is aboard rides."""
    for task in visit.tasks:
        parcel = step.state.parcels.get(task.parcel)
        if parcel is not None and parcel.state in ("loaded", "at_stop"):
            step.move(parcel, "depart", parcel.reason)
            if task.kind == "load":
                step.notify(parcel, "coming")


def _prepare(step: Step, robot: Robot, job: Job) -> None:
    """Before a visit is released: leave out what has fallen away; skip visits left empty."""
    while True:
        visit = job.visits[job.at]
        visit.tasks = [task for task in visit.tasks if handover.still_wanted(step, robot, task)]
        last = job.at == len(job.visits) - 1
        if last and job.kind == "trip" and _is_station(step, visit.node):
            visit.tasks = jobs.unload_tasks(step, robot)
        if visit.tasks or last:
            return
        del job.visits[job.at]


def _is_station(step: Step, node: str) -> bool:
    return any(place.node == node for place in step.graph.places("station"))


def _finish(step: Step, robot: Robot, job: Job) -> None:
    job.state = after(JOB, "finish", job.state, f"job {job.id}")
    step.state.count(f"{job.kind}s_done")
    robot.job = None
    robot.commit += 1
    robot.idle_since_ms = step.now_ms
    orders.close(robot)
    planning.retime(step, robot)
    if not robot.trips:
        step.want_plan("robot is free")


def _confirm_instants(robot: Robot, actions: tuple[ActionReport, ...]) -> None:
    ended = [action.id for action in actions if action.status in _ENDED]
    session = robot.session
    session.instants = [effect for effect in session.instants if effect.id not in ended]


def _judge_order(step: Step, robot: Robot) -> None:
    """Compare the order that a robot says it holds with the one it was given."""
    job, session = robot.job, robot.session
    if job is None:
        if robot.nodes_left and robot.seen_order != session.order:
            step.hold(robot, f"it executes order {robot.seen_order!r}, which is not ours")
        return
    for error in robot.errors:
        update = error.update in (-1, session.update)
        if error.type in _REJECTIONS and error.order == session.order and update:
            if session.state == "sent":
                _break(step, robot, job, f"it rejects order {session.order}: {error.type}")
            return
    if job.state == "running" and robot.seen_order != session.order:
        _break(step, robot, job, f"it has lost order {session.order}")


def _break(step: Step, robot: Robot, job: Job, why: str) -> None:
    """A job cannot go on: what was not loaded goes back, what is aboard is in doubt."""
    taken = job.state == "running"
    job.state = after(JOB, "break", job.state, f"job {job.id}")
    step.state.count("jobs_broken")
    for parcel in list(step.state.parcels.values()):
        if parcel.robot != robot.id:
            continue
        if parcel.state == "assigned":
            handover.give_back(step, parcel)
            if taken:
                step.doubt(parcel, why)
        elif parcel.state in ABOARD:
            step.doubt(parcel, why)
    robot.job = None
    robot.idle_since_ms = step.now_ms
    orders.close(robot)
    step.hold(robot, why)
    step.want_plan("job broken")
