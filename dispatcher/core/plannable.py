# SPDX-License-Identifier: Apache-2.0
"""Which parcels a plan may carry, and what is left of planned trips when some no longer may be.

What must hold: a parcel that this module calls plannable is in nobody's job, and everybody knows
where it is.
"""

import msgspec

from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.state import Parcel, Robot, State
from dispatcher.planner.solution import Trip, Visit


def is_plannable(state: State, parcel: Parcel) -> bool:
    """Whether a plan may carry a parcel from where it is."""
    if not parcel.custody_known:
        return False
    if parcel.state == "at_station":
        return True
    if parcel.state == "announced":
        return parcel.kind != "delivery"
    return parcel.state in ABOARD and state.robots[parcel.robot].job is None


def occupied(state: State, robot: Robot) -> dict[str, str]:
    """What is, or may be, in each compartment of a robot: a parcel in doubt keeps its own."""
    return {
        parcel.compartment: parcel.id
        for parcel in state.parcels.values()
        if parcel.robot == robot.id
    }


def said_taken(state: State, robot: Robot) -> list[str]:
    """The compartments that are empty by the books and not by the robot: a parcel was taken out by
    hand, and nobody told it. It puts nothing else in there until it has been unloaded."""
    books = occupied(state, robot)
    said = [one.position for one in robot.loads if not one.gone]
    return [name for name in robot.compartments if name in said and name not in books]


def clean_trips(state: State, robot: Robot, trips: tuple[Trip, ...]) -> tuple[Trip, ...]:
    """A robot's planned trips less the parcels that may not be carried by it any more."""
    planned = {task.parcel for trip in trips for visit in trip.visits for task in visit.tasks}
    gone = {parcel_id for parcel_id in planned if not _may_carry(state, robot, parcel_id)}
    return without(trips, gone) if gone else trips


def _may_carry(state: State, robot: Robot, parcel_id: str) -> bool:
    parcel = state.parcels.get(parcel_id)
    if parcel is None or not is_plannable(state, parcel):
        return False
    return parcel.state not in ABOARD or parcel.robot == robot.id


def without(trips: tuple[Trip, ...], gone: set[str]) -> tuple[Trip, ...]:
    """Trips less some parcels; visits and trips that then have nothing to do are dropped."""
    kept = []
    for trip in trips:
        visits = [_visit_without(visit, gone) for visit in trip.visits]
        if not any(visit.tasks for visit in visits):
            continue
        last = len(visits) - 1
        useful = tuple(v for i, v in enumerate(visits) if v.tasks or i == last)
        kept.append(msgspec.structs.replace(trip, visits=useful))
    return tuple(kept)


def _visit_without(visit: Visit, gone: set[str]) -> Visit:
    tasks = tuple(task for task in visit.tasks if task.parcel not in gone)
    return visit if len(tasks) == len(visit.tasks) else msgspec.structs.replace(visit, tasks=tasks)
