# SPDX-License-Identifier: Apache-2.0
"""From what lies on the disk to the robot that remembers it.

What must hold: where the newest memory cannot be read, the robot knows that it has lost it, over
every further restart, until a person has switched it to SERVICE and back. An older memory is no
help to say what lies in which compartment: of it only what protects is taken over.
"""

import msgspec

from robot_agent.core.events import Leave, LockDoor, RobotEffect
from robot_agent.core.memory import Kept
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.service.store import Store

CURE = "it takes no order until a person has looked into it and switched it to SERVICE and back"


def open_robot(store: Store, spec: RobotSpec, now_ms: int) -> tuple[Robot, str]:
    """The robot that the disk remembers; and what it has just lost, if so. Raises StoreError."""
    found = store.read()
    fault = "; ".join(found.faults)
    if found.snapshot is None:
        return (Robot.lost(spec, now_ms, fault) if fault else Robot(spec, now_ms)), fault
    try:
        if not fault:
            return Robot.restore(spec, found.snapshot, now_ms), ""
        older = msgspec.json.decode(found.snapshot, type=Kept)
    except (msgspec.MsgspecError, ValueError) as error:
        other = f"the memory was written by another version: {error}"
        why = f"{fault}; {other}" if fault else other
        return Robot.lost(spec, now_ms, why), why
    return Robot(spec, now_ms, _without_work(older, fault)), fault


def precautions(spec: RobotSpec) -> list[RobotEffect]:
    """What a body is told whose robot does not know what it was doing: stand, and shut what is
    shut; a door that is open locks when a person shuts it."""
    return [Leave(), *(LockDoor(compartment) for compartment in spec.compartments)]


def _without_work(older: Kept, why: str) -> Kept:
    """No order and no loads, but whose orders are too old, wrong codes, maps, a stolen name."""
    return Kept(
        lost=why,
        keypad=older.keypad,
        epoch=older.epoch,
        past_orders=older.past_orders,
        past_instants=older.past_instants,
        maps=older.maps,
        map_id=older.map_id,
        configured_map=older.configured_map,
        paused=older.paused,
        identity_taken=older.identity_taken,
    )
