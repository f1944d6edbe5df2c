# SPDX-License-Identifier: Apache-2.0
"""The fleet's roll: who is registered, connected, described, held and released.

What must hold: only registered robots get anything; a factsheet narrows what was registered and
never widens it; a robot that is taken off the list keeps what it has aboard in the books.
"""

from dispatcher.core import base, jobs, orders, planning, progress
from dispatcher.core import events as ev
from dispatcher.core.plannable import occupied
from dispatcher.core.site import RobotEntry
from dispatcher.core.state import Robot
from dispatcher.core.step import Step


def configure(step: Step, event: ev.SiteConfigured) -> None:
    """Take in the site's description: new robots join, missing ones are no longer registered."""
    state = step.state
    state.site = event.site
    state.roads_stale = True
    listed = {entry.id: entry for entry in event.site.robots}
    for entry in sorted(event.site.robots, key=lambda entry: entry.id):
        _register(step, entry)
    for robot in state.robots.values():
        robot.heard = False
        if robot.registered and robot.id not in listed:
            robot.registered = False
            robot.commit += 1
            robot.session.instants.clear()
            step.alarm("robot is no longer registered", robot.id)
            if robot.job is not None or occupied(state, robot):
                progress.abandon(step, robot, "it was taken off the list while it had work")
        elif robot.registered and robot.link == "online":
            orders.instant(step, robot, "stateRequest")  # Else it may be silent for 30 s.
    step.want_plan("site configured")


def _register(step: Step, entry: RobotEntry) -> None:
    robot = step.state.robots.get(entry.id)
    if robot is None:
        step.state.robots[entry.id] = Robot(
            id=entry.id,
            compartments=entry.compartments,
            mass_limit_g=entry.mass_limit_g,
            battery_mwh=entry.battery_mwh,
            drive_mwh_per_km=entry.drive_mwh_per_km,
        )
        return
    compartments = _narrowed(entry.compartments, robot.factsheet)
    changed = robot.compartments != compartments or not robot.registered
    robot.registered = True
    robot.compartments = compartments
    robot.mass_limit_g = entry.mass_limit_g
    robot.battery_mwh = entry.battery_mwh
    robot.drive_mwh_per_km = entry.drive_mwh_per_km
    robot.commit += changed


def _narrowed(registered: tuple[str, ...], factsheet: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(c for c in registered if factsheet is None or c in factsheet)


def link(step: Step, event: ev.RobotLinked) -> None:
    """A robot's connection changed. Its job stays its job: it drives on to the end of its base."""
    robot = step.state.robots.get(event.robot)
    if robot is None or robot.link == event.link:
        return
    able = jobs.available(robot)
    robot.link = event.link
    if event.link in ("broken", "silent"):
        step.state.count("links_lost")
        aboard = len(occupied(step.state, robot))
        if aboard:
            step.alarm(f"its link is {event.link} with {aboard} parcels aboard", robot.id)
    if event.link == "online":
        robot.heard = False
        robot.session.resend_ms = step.now_ms
        robot.session.instants_resend_ms = step.now_ms
    if jobs.available(robot) != able:
        robot.commit += 1
        step.want_plan(f"robot is {event.link}")


def describe(step: Step, event: ev.RobotDescribed) -> None:
    """A factsheet: compartments that were registered and are not there are not used."""
    robot = step.state.robots.get(event.robot)
    if robot is None or not robot.registered:
        return
    robot.described = True
    robot.trajectory = event.trajectory
    robot.factsheet = event.compartments
    listed = next(entry for entry in step.state.spec().robots if entry.id == robot.id)
    kept = _narrowed(listed.compartments, robot.factsheet)
    if kept != robot.compartments:
        lacking = [c for c in listed.compartments if c not in kept]
        if lacking:
            step.alarm(f"its factsheet lacks the compartments {', '.join(lacking)}", robot.id)
        robot.compartments = kept
        robot.trips = ()
        robot.commit += 1
        planning.repair(step)


def hold(step: Step, event: ev.RobotHeld) -> None:
    """An operator takes a robot out of dispatching."""
    robot = step.state.robots.get(event.robot)
    if robot is None:
        step.answer(event.request, 404, text=f"no robot {event.robot!r}")
        return
    step.hold(robot, f"by {event.by or 'an operator'}")
    step.answer(event.request, 200)


def release(step: Step, event: ev.RobotReleased) -> None:
    """An operator gives a robot back; refused while a parcel aboard it is in doubt."""
    robot = step.state.robots.get(event.robot)
    if robot is None:
        step.answer(event.request, 404, text=f"no robot {event.robot!r}")
        return
    doubtful = [
        parcel.id
        for parcel in step.state.parcels.values()
        if parcel.robot == robot.id and not parcel.custody_known
    ]
    if doubtful:
        text = f"say first where these parcels are: {', '.join(doubtful)}"
        step.answer(event.request, 409, text=text)
        return
    if robot.job is None and robot.nodes_left:
        orders.instant(step, robot, "cancelOrder")
        text = f"it still executes order {robot.seen_order!r}: told to cancel it, release it then"
        step.answer(event.request, 409, text=text)
        return
    if robot.held:
        robot.held = ""
        robot.commit += 1
        step.want_plan("robot released")
    step.answer(event.request, 200)


def opens_ms(step: Step, robot: Robot) -> int:
    """When a robot that waits for a slot to open may be sent on; 0: it does not wait."""
    job = robot.job
    if job is None or job.at != job.released or job.at >= len(job.visits):
        return 0
    return base.opens_ms(step, job, job.at)
