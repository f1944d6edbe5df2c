# SPDX-License-Identifier: Apache-2.0
"""Taking parcels in, calling them off, and believing what staff say about them.

What must hold: every request gets exactly one answer; a refused request changes nothing but its
counter; the same idempotency key with the same content gets the first answer again.
"""

import hashlib
from typing import Final

import msgspec

from dispatcher.core import abilities, handover, planning
from dispatcher.core.events import ParcelAnnounced, ParcelCancelled, ParcelDeclared
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.state import KeyUse, Parcel, Robot
from dispatcher.core.step import Step
from dispatcher.planner.problem import FOREVER_MS, UNREACHABLE, fits
from dispatcher.roads.conditions import OPEN

OPEN_MAX: Final = 20_000
"""How many parcels of one site may be open at a time; more are refused with 503."""

KEYS_MAX: Final = 100_000
"""How many idempotency keys are remembered; the oldest are forgotten."""

_ID_LENGTH_MAX: Final = 64

_ENDS: Final = {
    "delivery": ("station", "stop"),
    "return": ("stop", "station"),
    "transfer": ("stop", "stop"),
}


def announce(step: Step, event: ParcelAnnounced) -> None:
    """Accept a parcel (201), repeat an earlier answer (200), or refuse it (409, 422, 503)."""
    content = _content(event)
    used = step.state.keys.get(event.key) if event.key else None
    if used is not None:
        if used.content == content:
            step.answer(event.request, 200, used.parcel)
        else:
            step.answer(event.request, 409, text="this Idempotency-Key was used for another parcel")
        return
    status, text = _objection(step, event)
    if status:
        step.state.count("parcels_refused")
        step.answer(event.request, status, text=text)
        return
    parcel = Parcel(
        id=event.parcel,
        kind=event.kind,
        origin=event.origin,
        destination=event.destination,
        size=event.size,
        mass_g=event.mass_g,
        recipient=event.recipient,
        slot_from_ms=event.slot_from_ms,
        slot_until_ms=event.slot_until_ms,
        announced_ms=step.now_ms,
        at_ms=step.now_ms,
    )
    step.state.parcels[parcel.id] = parcel
    step.state.count("accepted")
    if event.key:
        step.state.keys[event.key] = KeyUse(parcel.id, content, event.slot_from_ms)
        if len(step.state.keys) > KEYS_MAX:
            del step.state.keys[next(iter(step.state.keys))]
    if event.at_station and parcel.kind == "delivery":
        step.move(parcel, "scan")
    step.answer(event.request, 201, parcel.id)
    step.notify(parcel, "accepted")
    planning.insert(step, parcel)


def cancel(step: Step, event: ParcelCancelled) -> None:
    """Call a parcel off: at once (200), when it is unloaded (202), or too late (409)."""
    parcel = step.state.parcels.get(event.parcel)
    if parcel is None:
        known = step.state.find(event.parcel) is not None
        text = "it has ended already" if known else "no such parcel"
        step.answer(event.request, 409 if known else 404, event.parcel, text)
    elif not parcel.custody_known:
        step.answer(event.request, 409, parcel.id, parcel.reason)
    elif parcel.state in ("announced", "at_station", "given_up"):
        step.move(parcel, "cancel", "called off")
        planning.forget(step, parcel)
        step.notify(parcel, "cancelled")
        step.answer(event.request, 200, parcel.id)
    elif parcel.state == "at_stop" or _handover_released(step, parcel):
        step.answer(event.request, 409, parcel.id, "it is being handed over")
    else:
        parcel.cancel_wanted = True
        parcel.reason = "called off"
        if parcel.state in ABOARD:
            planning.forget(step, parcel)
            step.want_plan("parcel called off")
        step.answer(event.request, 202, parcel.id)


def declare(step: Step, event: ParcelDeclared) -> None:
    """A member of staff says where a parcel is (200); refused (409) while a robot has it surely:
    one that is connected and that nobody holds. The word of staff beats that of any other."""
    parcel = step.state.parcels.get(event.parcel)
    if parcel is None:
        known = step.state.find(event.parcel) is not None
        text = "it has ended already" if known else "no such parcel"
        step.answer(event.request, 409 if known else 404, event.parcel, text)
        return
    robot = step.state.robots.get(parcel.robot)
    text = _disbelief(step, parcel, event, robot)
    if text:
        step.answer(event.request, 409, parcel.id, text)
        return
    if robot is not None and parcel.custody_known:
        step.hold(robot, f"parcel {parcel.id} was taken from it: declared {event.where}")
    planning.forget(step, parcel)
    handover.disown(step, parcel)
    parcel.custody_known = True
    if robot is not None:
        step.want_plan("a compartment is free")
    if event.where == "with_sender":
        step.move(parcel, "declare_with_sender")
        if not handover.call_off(step, parcel):
            handover.offer_again(step, parcel)
            planning.insert(step, parcel)
        step.answer(event.request, 200, parcel.id)
        return
    word = "" if event.where == "at_station" else f"declared by {event.by or 'staff'}"
    step.move(parcel, f"declare_{event.where}", word)
    if event.where == "at_station" and not handover.call_off(step, parcel):
        if parcel.kind == "transfer" and not parcel.station:
            parcel.station = step.graph.places("station")[0].id
        planning.insert(step, parcel)
    step.answer(event.request, 200, parcel.id)


def _disbelief(step: Step, parcel: Parcel, event: ParcelDeclared, robot: Robot | None) -> str:
    """Why a declaration cannot be true; empty: it is believed."""
    sure = robot is not None and robot.registered and robot.link == "online" and not robot.held
    if sure and parcel.custody_known:
        return f"it is {parcel.state} on robot {parcel.robot}: hold that robot first"
    if event.where == "at_station" and parcel.kind == "return":
        return "a return at the station is delivered"
    if event.where == "at_station" and not step.graph.places("station"):
        return "this site has no station"
    if event.where == "with_sender" and (parcel.kind == "delivery" or parcel.station):
        return "its sender has given it away"
    return ""


def _content(event: ParcelAnnounced) -> str:
    """A digest of what a request asks for, without the names given to it on the way."""
    bare = msgspec.structs.replace(event, request="", parcel="", key="")
    return hashlib.sha256(msgspec.json.encode(bare)).hexdigest()[:16]


def _objection(step: Step, event: ParcelAnnounced) -> tuple[int, str]:
    """Why a parcel cannot be accepted, with its HTTP status; (0, "") when it can."""
    if len(step.state.parcels) >= OPEN_MAX:
        return 503, f"{OPEN_MAX} parcels are open already"
    if step.state.find(event.parcel) is not None:
        return 409, f"parcel {event.parcel} exists already"
    if not 0 < len(event.parcel) <= _ID_LENGTH_MAX:
        return 422, f"parcel: an id has 1 to {_ID_LENGTH_MAX} characters"
    if event.slot_from_ms < 0 or event.slot_until_ms >= FOREVER_MS:
        return 422, "slot_from, slot_until: not times"
    if event.slot_until_ms < event.slot_from_ms:
        return 422, "slot_until: must not be earlier than slot_from"
    ends = (("origin", event.origin), ("destination", event.destination))
    nodes = []
    for (field, place_id), role in zip(ends, _ENDS[event.kind], strict=True):
        place = step.graph.campus.places.get(place_id)
        if place is None:
            return 422, f"{field}: no place {place_id!r} on this campus"
        if place.role != role:
            return 422, f"{field}: {place_id!r} is a {place.role}, a {event.kind} needs a {role}"
        if role == "stop" and any(one.node == place.node for one in step.graph.places("station")):
            return 422, f"{field}: {place_id!r} is where the station is"
        nodes.append(place.node)
    # By the map alone: what is closed today may be open when the parcel's slot comes.
    if step.roads.under(OPEN).time_ms(nodes[0], nodes[1]) == UNREACHABLE:
        return 422, f"destination: no way from {event.origin!r} to {event.destination!r}"
    robots = [robot for robot in step.state.robots.values() if robot.registered]
    if not any(fits(event.size, c) for robot in robots for c in robot.compartments):
        return 422, f"size: no robot has a compartment for {event.size}"
    if event.mass_g > max(abilities.mass_limit_g(robot) for robot in robots):
        return 422, f"mass_g: {event.mass_g} is more than any robot carries"
    return 0, ""


def _handover_released(step: Step, parcel: Parcel) -> bool:
    """Whether a robot has been told already to hand this parcel over."""
    robot = step.state.robots.get(parcel.robot)
    if robot is None or robot.job is None:
        return False
    released = robot.job.visits[: robot.job.released]
    return any(
        task.parcel == parcel.id and task.kind == "out"
        for visit in released
        for task in visit.tasks
    )
