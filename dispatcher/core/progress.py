# SPDX-License-Identifier: Apache-2.0
"""What a robot reports, and what follows from it: visits reached, actions ended, jobs done.

What must hold: a robot is not trusted. What it says is noted; only what fits the job it was given
moves parcels; what does not fit holds the robot for a person and blocks the parcels aboard it.
Saying the same twice changes nothing.
"""

from typing import Final

from dispatcher.core import (
    closures,
    contradictions,
    handover,
    jobs,
    orders,
    planning,
    standing,
    waits,
    whereabouts,
)
from dispatcher.core.base import done, leads_on
from dispatcher.core.events import ActionReport, RobotReported
from dispatcher.core.life_cycles import ABOARD, JOB, after
from dispatcher.core.routing_problems import is_stranded
from dispatcher.core.state import Job, JobVisit, Parcel, Robot
from dispatcher.core.step import Step

_ENDED: Final = ("FINISHED", "FAILED")
_UINT32_MAX: Final = (1 << 32) - 1
_REFUSALS: Final = ("noOrderToCancel", "instantActionError")
_REJECTIONS: Final = ("validationError", "orderError", "orderUpdateError", "noRouteError")


def report(step: Step, event: RobotReported) -> None:
    """Take in what changed in a robot's state."""
    robot = step.state.robots.get(event.robot)
    if robot is None or not robot.registered:
        step.state.count("reports_of_strangers")
        return
    able, errors = jobs.available(robot), robot.errors
    willing = jobs.is_willing(robot)
    robot.heard = True
    _note(step, robot, event)
    if robot.job is not None:
        _follow_job(step, robot, event.actions)
    _hear_of_lost(step, robot, event.actions)
    _confirm_instants(step, robot, event.actions)
    _judge_order(step, robot, willing=willing and jobs.is_willing(robot))
    contradictions.hear_errors(step, robot, errors)
    if event.loads or event.all_loads:
        contradictions.judge_loads(step, robot, event)
    if jobs.available(robot) != able:
        robot.commit += 1
        step.want_plan("robot can work again" if not able else "robot cannot work")


def _note(step: Step, robot: Robot, event: RobotReported) -> None:
    if event.order is not None:
        robot.seen_order = event.order
    robot.seen_update = _within(event.update, robot.seen_update, 0, _UINT32_MAX)
    robot.nodes_left = _within(event.nodes_left, robot.nodes_left, 0, _UINT32_MAX)
    robot.sequence = _within(event.last_sequence, robot.sequence, 0, _UINT32_MAX)
    robot.mode = event.mode or robot.mode
    robot.battery_pct = _within(event.battery_pct, robot.battery_pct, 0, 100)
    robot.charging = robot.charging if event.charging is None else event.charging
    robot.e_stop = event.e_stop or robot.e_stop
    robot.errors = robot.errors if event.errors is None else event.errors
    whereabouts.note(step, robot, event)


def _within(said: int | None, before: int, least: int, most: int) -> int:
    """A number that a robot said, or the one before where it said none or nonsense."""
    return before if said is None or not least <= said <= most else said


def _follow_job(step: Step, robot: Robot, actions: tuple[ActionReport, ...]) -> None:
    job = robot.job
    assert job is not None
    if robot.seen_order == robot.session.order and orders.acknowledge(robot):
        job.state = after(JOB, "take", job.state, f"job {job.id}")
    if robot.seen_order != job.id:
        return
    ended = tuple(action for action in actions if action.status in _ENDED)
    _reach(step, robot, job, [action.id for action in ended])
    for action in ended:
        _end_action(step, robot, job, action)
    advance(step, robot)


def _reach(step: Step, robot: Robot, job: Job, ended: list[str]) -> None:
    """Book the released visits that the robot has come to; several at once where it was not heard
    for a while. `ended` are the actions that ended since."""
    message = robot.session.message
    here = (robot.node, robot.sequence)
    stands = message is not None and any(
        node.released and (node.node, node.sequence) == here for node in message.nodes
    )
    for visit in job.visits[: job.released]:
        # It is believed to have passed a visit where it stands on a later node of its base.
        passed = stands and visit.sequence < robot.sequence
        if visit.reached or not (passed or (visit.node, visit.sequence) == here):
            continue
        visit.reached = True
        robot.driven_mm += visit.length_mm
        robot.energy_mwh += visit.length_mm * robot.drive_mwh_per_km // 1_000_000
        for task in visit.tasks:
            is_over = visit.shadow and task.action in ended
            handover.reached(step, task, is_over=is_over)
        waits.reached(step, visit)


def _end_action(step: Step, robot: Robot, job: Job, action: ActionReport) -> None:
    for visit in job.visits[: job.released]:
        for task in visit.tasks:
            if task.action != action.id or task.result:
                continue
            word, finished, presumed = handover.outcome(task, action.status, action.result)
            if not visit.reached:
                # Nothing that a robot says to have done elsewhere is believed.
                step.hold(robot, f"action {action.id} ended as {word!r} before the robot was there")
                word, finished = f"{word} elsewhere", False
            task.result = word
            parcel = step.state.parcels.get(task.parcel)
            if parcel is not None:
                parcel.presumed = finished and presumed
            handover.ended(step, robot, visit, task, finished)
            return


def _hear_of_lost(step: Step, robot: Robot, actions: tuple[ActionReport, ...]) -> None:
    """What a robot did of an order after all that was given up moves nothing, but a person who is
    to say where its parcels are should know."""
    if robot.lost is None:
        return
    waiting = {
        task.action: task
        for visit in robot.lost.visits
        for task in visit.tasks
        if task.action and not task.result
    }
    for action in actions:
        task = waiting.get(action.id)
        if task is not None and action.status in _ENDED:
            task.result = action.result or action.status.lower()
            text = f"it says {task.result!r} of a parcel of order {robot.lost.id}, given up before"
            step.alarm(text, robot.id, task.parcel)


def advance(step: Step, robot: Robot) -> None:
    """Go on with a job as far as what has happened allows; end it when all is done."""
    job = robot.job
    if job is None or job.state == "broken":
        return
    while job.at < job.released and done(job.visits[job.at]):
        handover.leave(step, robot, job.visits[job.at])
        job.at += 1
        job.end_ms = jobs.predicted_end_ms(step, robot)
    if job.at == len(job.visits) and job.at:
        _unload_late(step, robot, job)
    if job.at < len(job.visits):
        if job.at == job.released or leads_on(job):
            _prepare(step, robot, job)
        orders.extend(step, robot)
    elif job.kind != "charge" or not robot.charging:
        _finish(step, robot, job)


def _prepare(step: Step, robot: Robot, job: Job) -> None:
    """Before visits are released: leave out what has fallen away; skip visits left empty, and those
    that are closed off for longer than a robot is to wait. What is released together with a radio
    shadow cannot wait for what happens there: it holds only what is aboard now."""
    index = job.released
    while index < len(job.visits):
        is_next = index == job.at
        if is_next:
            closures.skip(step, robot, job)
        visit = job.visits[index]
        visit.tasks = [task for task in visit.tasks if handover.still_wanted(step, robot, task)]
        last = index == len(job.visits) - 1
        if last and is_next and job.kind == "trip" and _is_station(step, visit.node):
            visit.tasks = jobs.unload_tasks(step, robot, visit.node)
        if not visit.tasks and not last:
            del job.visits[index]
        elif visit.shadow:
            index += 1
        else:
            return


def _unload_late(step: Step, robot: Robot, job: Job) -> None:
    """A station that was released before it was known what would be left aboard: now it is."""
    last = job.visits[-1]
    if job.kind != "trip" or not _is_station(step, last.node):
        return
    told = [task.parcel for visit in job.visits for task in visit.tasks if task.kind == "unload"]
    tasks = jobs.unload_tasks(step, robot, last.node)
    left = [task for task in tasks if task.parcel not in told]
    if left:
        job.visits.append(JobVisit(node=last.node, tasks=left))


def _is_station(step: Step, node: str) -> bool:
    return any(place.node == node for place in step.graph.places("station"))


def _finish(step: Step, robot: Robot, job: Job) -> None:
    job.state = after(JOB, "finish", job.state, f"job {job.id}")
    step.state.count(f"{job.kind}s_done")
    robot.job = None
    robot.commit += 1
    robot.idle_since_ms = step.now_ms
    orders.close(robot)
    if job.kind == "charge" and robot.battery_pct < step.policy.charge_below_pct:
        step.hold(robot, f"it ended charging at {robot.battery_pct} %")
    for parcel in step.state.parcels.values():
        if parcel.robot == robot.id and is_stranded(step, parcel):
            step.hold(robot, f"a person must take out parcel {parcel.id}: there is no station")
    planning.retime(step, robot)
    if not robot.trips:
        step.want_plan("robot is free")


def _confirm_instants(step: Step, robot: Robot, actions: tuple[ActionReport, ...]) -> None:
    was_cancelling = orders.is_cancelling(robot)
    # Some answer what they cannot do by an error alone, without the action state (6.9).
    ended = {error.action: error.text for error in robot.errors if error.type in _REFUSALS}
    ended |= {action.id: action.result for action in actions if action.status in _ENDED}
    standing.hear_released(step, robot, ended)
    orders.note_instants(robot, [action.id for action in actions], list(ended))
    if was_cancelling and not orders.is_cancelling(robot):
        waits.cancelled(step, robot)


def _judge_order(step: Step, robot: Robot, *, willing: bool) -> None:
    """Compare the order that a robot says it holds with the one it was given. `willing`: it may
    drive for us, and might at its last word."""
    job, session = robot.job, robot.session
    if job is None:
        if robot.nodes_left:
            which = "over" if robot.seen_order == session.order else "not ours"
            step.hold(robot, f"it executes order {robot.seen_order!r}, which is {which}")
        return
    for error in robot.errors:
        update = error.update in (-1, session.update)
        rejects = error.type in _REJECTIONS and error.order == session.order and update
        if rejects and session.state == "sent":
            why = f"it rejects order {session.order}: {error.type}"
            untouched = job.state == "given"
            if untouched and not willing and robot.seen_order != session.order:
                _put_off(step, robot, job)
            else:
                abandon(step, robot, why, untouched=untouched)
            return
    ours = robot.seen_order == session.order
    if job.state == "running" and not ours:
        abandon(step, robot, f"it has lost order {session.order}")
    elif ours and robot.seen_update > session.update:
        abandon(step, robot, f"it has an update of order {session.order} that is not ours")
    elif ours and robot.seen_update < session.update:
        orders.lost_update(step, robot)
    elif not ours and robot.nodes_left and robot.seen_order not in (session.previous, "", None):
        # It may still take ours after that one: the job stays, a person looks at the robot.
        step.hold(robot, f"it executes order {robot.seen_order!r}, which is not ours")


def abandon(step: Step, robot: Robot, why: str, *, untouched: bool = False) -> None:
    """A robot cannot go on. What is aboard, or was asked to be taken aboard, is in doubt, unless
    the order was left `untouched`; what was not asked for yet goes back."""
    job = robot.job
    asked = {
        task.parcel
        for visit in (job.visits[: job.released] if job is not None and not untouched else ())
        for task in visit.tasks
    }
    for parcel in list(step.state.parcels.values()):
        if parcel.robot != robot.id:
            continue
        if parcel.state in ABOARD or parcel.id in asked:
            step.doubt(parcel, why)
        else:
            _give_back(step, parcel)
    if job is not None:
        step.state.count("jobs_broken")
        _break(step, robot, job)
    step.hold(robot, why)
    step.want_plan("job broken")


def _put_off(step: Step, robot: Robot, job: Job) -> None:
    """A new order came when somebody had pressed the robot's emergency stop, or must see to it: it
    rejects what it cannot drive now. That is over when they have; what it was to do is for whoever
    can, and what is aboard stays there."""
    for parcel in list(step.state.parcels.values()):
        if parcel.robot == robot.id:
            _give_back(step, parcel)
    step.state.count("orders_put_off")
    _break(step, robot, job)
    robot.commit += 1
    step.want_plan("order put off")


def _give_back(step: Step, parcel: Parcel) -> None:
    if parcel.state == "assigned" and parcel.custody_known:
        handover.give_back(step, parcel)
        handover.call_off(step, parcel)


def _break(step: Step, robot: Robot, job: Job) -> None:
    job.state = after(JOB, "break", job.state, f"job {job.id}")
    robot.job, robot.lost = None, job
    robot.idle_since_ms = step.now_ms
    orders.close(robot)
