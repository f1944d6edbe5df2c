# SPDX-License-Identifier: Apache-2.0
"""The fleet's roll: who is registered, connected, described, held and released.

What must hold: only registered robots get anything; a factsheet narrows what was registered and
never widens it; a robot that is taken off the list keeps what it has aboard in the books.
"""

from typing import Final

from dispatcher.core import abilities, base, jobs, orders, planning, progress, standing
from dispatcher.core import events as ev
from dispatcher.core.plannable import occupied
from dispatcher.core.site import RobotEntry
from dispatcher.core.state import Parcel, Robot
from dispatcher.core.step import Step

NEW_CODE: Final = "new_code"
"""The notice of a code that replaces another one; nothing else has changed."""

_WHOM: Final = {
    "people": "by its factsheet it hands over to people",
    "staff": "by its factsheet it can neither lock nor wait: it serves staffed stops only",
    "nobody": "by its factsheet it can neither pick nor drop: it gets no parcels",
}


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
        robot.session.seen.clear()
        if robot.registered and robot.id not in listed:
            robot.registered, robot.link = False, "offline"
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
            resends_actions=entry.resends_actions,
        )
        return
    if robot.revoked is not None and entry.bundle <= robot.revoked:
        return
    robot.revoked = None
    compartments = _narrowed(entry.compartments, robot)
    changed = robot.compartments != compartments or not robot.registered
    robot.registered = True
    robot.compartments = compartments
    robot.mass_limit_g = entry.mass_limit_g
    robot.battery_mwh = entry.battery_mwh
    robot.drive_mwh_per_km = entry.drive_mwh_per_km
    robot.resends_actions = entry.resends_actions
    robot.commit += changed


def _narrowed(registered: tuple[str, ...], robot: Robot) -> tuple[str, ...]:
    said = robot.facts.compartments if robot.facts is not None else None
    return tuple(c for c in registered if said is None or c in said)


def link(step: Step, event: ev.RobotLinked) -> None:
    """A robot's connection changed. Its job stays its job: it drives on to the end of its base."""
    robot = step.state.robots.get(event.robot)
    if robot is None or not robot.registered or robot.link == event.link:
        return
    able = jobs.available(robot)
    robot.link = event.link
    if event.link in ("broken", "silent"):
        step.state.count("links_lost")
        aboard = len(occupied(step.state, robot))
        if aboard and not _in_shadow(robot):
            step.alarm(f"its link is {event.link} with {aboard} parcels aboard", robot.id)
    if event.link == "online":
        robot.heard = False
        robot.session.seen.clear()
        robot.session.resend_ms = step.now_ms
        robot.session.instants_resend_ms = step.now_ms
        robot.session.again_ms.clear()
        orders.ask(step, robot)
    if jobs.available(robot) != able:
        robot.commit += 1
        step.want_plan(f"robot is {event.link}")


def _in_shadow(robot: Robot) -> bool:
    """Whether it was sent where it cannot be heard."""
    job = robot.job
    return job is not None and any(visit.shadow for visit in job.visits[job.at : job.released])


def describe(step: Step, event: ev.RobotDescribed) -> None:
    """A factsheet: what was registered and is not in there is not used."""
    robot = step.state.robots.get(event.robot)
    if robot is None or not robot.registered:
        return
    if robot.facts == event:
        return
    before, robot.facts = abilities.service_of(robot), event
    service = abilities.service_of(robot)
    if service != before:
        step.alarm(_WHOM[service], robot.id)
        for parcel in step.state.parcels.values():
            if parcel.robot == robot.id and not abilities.may_carry(step, robot, parcel):
                step.hold(robot, f"by its factsheet it cannot hand over parcel {parcel.id}")
    listed = next(entry for entry in step.state.spec().robots if entry.id == robot.id)
    kept = _narrowed(listed.compartments, robot)
    if kept != robot.compartments or service != before:
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
    """An operator gives a robot back, and lets its motors on where they are off for what the desk
    may release; refused while a parcel aboard it is in doubt."""
    robot = step.state.robots.get(event.robot)
    if robot is None:
        step.answer(event.request, 404, text=f"no robot {event.robot!r}")
        return
    if robot.revoked is not None:
        step.answer(event.request, 409, text="it was revoked: make it a new bundle first")
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
        orders.cancel(step, robot)
        text = f"it still executes order {robot.seen_order!r}: told to cancel it, release it then"
        step.answer(event.request, 409, text=text)
        return
    if (refusal := standing.release(step, robot)) is not None:
        step.answer(event.request, refusal[0], text=refusal[1])
        return
    if robot.held:
        robot.held = ""
        robot.commit += 1
        step.want_plan("robot released")
    step.answer(event.request, 200)


def revoke(step: Step, event: ev.RobotRevoked) -> None:
    """A robot is lost or stolen: it is no longer registered; nobody knows where what was aboard is,
    and its codes so far open nothing any more."""
    robot = step.state.robots.get(event.robot)
    if robot is None:
        step.answer(event.request, 404, text=f"no robot {event.robot!r}")
        return
    if robot.revoked is None:
        bundles = [entry.bundle for entry in step.state.spec().robots if entry.id == robot.id]
        robot.revoked, robot.registered = max(bundles, default=0), False
        robot.link = "offline"
        robot.session.instants.clear()
        robot.session.seen.clear()
        robot.trips = ()
        robot.commit += 1
        carried = [one for one in step.state.parcels.values() if one.robot == robot.id]
        recipients = {parcel.recipient for parcel in carried}
        progress.abandon(step, robot, f"it was revoked by {event.by or 'an operator'}")
        for parcel in carried:
            parcel.version += not parcel.custody_known
        _renew_codes(step, robot, recipients)
        step.state.count("revoked")
    step.answer(event.request, 200)


def _renew_codes(step: Step, stolen: Robot, recipients: set[str]) -> None:
    """Whoever has a robot's key finds out the codes that its compartments accept, and recipients
    have one code for what is under way to them: what is on other robots gets a new one. Where
    another robot has been told the old one already, a person is told so."""
    for parcel in step.state.parcels.values():
        if parcel.recipient not in recipients or parcel.robot == stolen.id:
            continue
        if _opens_to_a_code(step, parcel):
            text = f"it still opens to a code that may be known to whoever has {stolen.id}"
            step.alarm(text, parcel.robot, parcel.id)
        else:
            parcel.version += 1
            step.notify(parcel, NEW_CODE)


def _opens_to_a_code(step: Step, parcel: Parcel) -> bool:
    """Whether a robot was told a code of a parcel, and may still open to it."""
    robot = step.state.robots.get(parcel.robot)
    job = robot.job if robot is not None else None
    return job is not None and any(
        task.parcel == parcel.id and task.action and not task.result and not task.plain
        for visit in job.visits
        for task in visit.tasks
        if task.kind in ("out", "in")
    )


def opens_ms(step: Step, robot: Robot) -> int:
    """When a robot that waits for a slot to open may be sent on; 0: it does not wait."""
    job = robot.job
    if job is None or job.at != job.released or job.at >= len(job.visits):
        return 0
    return base.opens_ms(step, job, job.at)
