# SPDX-License-Identifier: Apache-2.0
"""What a robot can do by its own factsheet, and what follows for the parcels it may be given.

What must hold: a robot gives a parcel to a person, or takes one, only where something keeps others
from it: our `handover` with its code, a wait for our word (`waitForTrigger`, ended by the instant
action `trigger`), or staff at the stop. A robot whose factsheet is not known is taken for what it
was registered as: one that can do all that ours can.
"""

from typing import Final, Literal

from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.state import JobTask, Parcel, Robot
from dispatcher.core.step import Step

PICK: Final = "pick"
DROP: Final = "drop"
HANDOVER: Final = "handover"
WAIT_FOR_TRIGGER: Final = "waitForTrigger"
START_CHARGING: Final = "startCharging"
TRIGGER: Final = "trigger"
EXTEND_WAIT: Final = "extendWait"
RELEASE_STOP: Final = "releaseStop"

Service = Literal["people", "staff", "nobody"]


def does(robot: Robot, action: str) -> bool:
    """Whether it does this action at a node."""
    known = robot.facts.node_actions if robot.facts is not None else None
    return known is None or action in known


def does_at_once(robot: Robot, action: str) -> bool:
    """Whether it does this instant action."""
    known = robot.facts.instant_actions if robot.facts is not None else None
    return known is None or action in known


def can_wait(robot: Robot) -> bool:
    """Whether it can wait for our word before it gives or takes."""
    return does(robot, WAIT_FOR_TRIGGER) and does_at_once(robot, TRIGGER)


def service_of(robot: Robot) -> Service:
    """Whom it may serve at a stop."""
    if not (does(robot, PICK) and does(robot, DROP)):
        return "nobody"
    return "people" if does(robot, HANDOVER) or can_wait(robot) else "staff"


def may_carry(step: Step, robot: Robot, parcel: Parcel) -> bool:
    """Whether a plan may give a parcel to this robot."""
    service = service_of(robot)
    return service == "people" or (service == "staff" and is_for_staff(step, parcel))


def is_for_staff(step: Step, parcel: Parcel) -> bool:
    """Whether nobody but staff gives it or takes it on what is left of its way."""
    ends = [parcel.destination] if parcel.kind != "return" else []
    if parcel.kind != "delivery" and not parcel.station and parcel.state not in ABOARD:
        ends.append(parcel.origin)
    return all(step.graph.place(end).staffed for end in ends)


def misfit(step: Step, robot: Robot, task: JobTask) -> str:
    """Why this robot must not be told to do this task; empty: it may. Asked last thing before an
    order goes out: the factsheet may have come after the job."""
    parcel = step.state.parcels.get(task.parcel)
    if task.kind == "charge":
        fits = does(robot, START_CHARGING)
    elif task.kind in ("out", "in") and parcel is not None:
        place = parcel.destination if task.kind == "out" else parcel.origin
        service = service_of(robot)
        fits = service == "people" or (service == "staff" and step.graph.place(place).staffed)
    else:
        fits = does(robot, PICK if task.kind == "load" else DROP)
    return "" if fits else f"by its factsheet it cannot do this: {task.kind} {task.parcel}".strip()


def mass_limit_g(robot: Robot) -> int:
    """What it may carry: the least of what it was registered with and what it says."""
    said_g = robot.facts.mass_limit_g if robot.facts is not None else 0
    return min(robot.mass_limit_g, said_g) if said_g else robot.mass_limit_g
