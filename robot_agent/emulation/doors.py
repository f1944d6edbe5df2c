# SPDX-License-Identifier: Apache-2.0
"""Doors, what lies behind them, and the hands that put in and take out.

What must hold: a parcel moves only while its door is open; `ContentsSeen` comes before the door is
told shut, and only where there is a sensor; whether a door jams is drawn by robot, compartment and
how often it was opened.
"""

from robot_agent.core.events import ContentsSeen, DoorChanged, LockDoor, OpenDoor
from robot_agent.emulation.draw import happens
from robot_agent.emulation.truth import (
    BodyParams,
    Compartment,
    Happening,
    Opening,
    TimedEvent,
    Truth,
)

DOOR = "door"
DOCK_MS = 5_000
PERSON_MS = 20_000
OPEN_AFTER_MS = 1_000
JAM_AFTER_MS = 2_000
WRONG = "wrong-"
"""Put before a parcel's id: what lies in the robot is something else."""


def unlock(order: OpenDoor, seed: int, truth: Truth, params: BodyParams, now_ms: int) -> None:
    """Somebody opens, does what they came for, and shuts; or the door jams."""
    compartment = truth.compartments.get(order.compartment)
    if compartment is None or compartment.door not in ("shut", "jammed"):
        return
    truth.drop(DOOR, order.compartment)
    compartment.openings += 1
    luck = (seed, params.robot_id, order.compartment, compartment.openings)
    jams = happens(params.faults.jam_ppm, "jam", *luck)
    service_ms, left_open_ms = order.duration_ms or DOCK_MS, 0
    if not order.at_dock:
        visitor = truth.visitors.get(order.action_id)
        service_ms = visitor.service_ms if visitor else order.duration_ms or PERSON_MS
        left_open_ms = visitor.left_open_ms if visitor else 0
    compartment.opening = Opening(
        action_id=order.action_id,
        parcel=order.parcel,
        fills=order.fills,
        at_dock=order.at_dock,
        ends_ms=now_ms + service_ms,
        left_open_ms=left_open_ms,
        step="jam" if jams else "unlocked",
    )
    after_ms = JAM_AFTER_MS if jams else min(OPEN_AFTER_MS, service_ms // 4)
    truth.at(now_ms + after_ms, DOOR, order.compartment)


def lock(order: LockDoor, truth: Truth, now_ms: int) -> list[TimedEvent]:
    """A door that nobody has opened is locked again; an open one is left alone."""
    compartment = truth.compartments.get(order.compartment)
    if compartment is None or compartment.door == "open":
        return []
    truth.drop(DOOR, order.compartment)
    compartment.opening, compartment.door = None, "shut"
    return [(now_ms, DoorChanged(order.compartment, "shut"))]


def go_on(name: str, seed: int, truth: Truth, params: BodyParams, now_ms: int) -> list[TimedEvent]:
    """The next step of who stands at this door."""
    compartment = truth.compartments[name]
    opening = compartment.opening
    truth.changed()
    if opening is None:
        return []
    match opening.step:
        case "jam":
            compartment.door, compartment.opening = "jammed", None
            return [(now_ms, DoorChanged(name, "jammed"))]
        case "unlocked":
            compartment.door, opening.step = "open", "open"
            truth.at((now_ms + opening.ends_ms) // 2, DOOR, name)
            return [(now_ms, DoorChanged(name, "open"))]
        case "open":
            _move(name, compartment, opening, seed, truth, params, now_ms)
            opening.step = "left"
            truth.at(opening.ends_ms + opening.left_open_ms, DOOR, name)
            return []
        case "left":
            compartment.door, compartment.opening = "shut", None
            shut = (now_ms, DoorChanged(name, "shut"))
            return [*seen(name, compartment, params, now_ms), shut]


def seen(name: str, compartment: Compartment, params: BodyParams, now_ms: int) -> list[TimedEvent]:
    """What the sensor in it says, where there is one."""
    if not params.occupancy_sensor:
        return []
    return [(now_ms, ContentsSeen(name, compartment.parcel is not None, compartment.parcel))]


def _move(
    name: str,
    compartment: Compartment,
    opening: Opening,
    seed: int,
    truth: Truth,
    params: BodyParams,
    now_ms: int,
) -> None:
    """Into an empty compartment goes what was brought, out of a full one comes what is in it. Who
    finds their own wrong parcel takes it back."""
    inside = compartment.parcel
    if inside is None and opening.fills:
        label = opening.parcel
        wrong_ppm = 0 if opening.at_dock else params.faults.wrong_parcel_ppm
        if happens(wrong_ppm, "wrong_parcel", seed, opening.parcel):
            label = f"{WRONG}{opening.parcel}"
        compartment.parcel = label
        moved, put_in = label, True
    elif inside is not None and (not opening.fills or inside == f"{WRONG}{opening.parcel}"):
        compartment.parcel = None
        moved, put_in = inside, False
    else:
        return
    truth.happened(
        Happening(now_ms, moved, name, put_in, at_dock=opening.at_dock, meant=opening.parcel)
    )
