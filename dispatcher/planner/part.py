# SPDX-License-Identifier: Apache-2.0
"""Where a plan has each parcel, and a part of a plan: some robots with all that they carry.

What must hold: a part is a problem of its own, under the same rules. What robots share (loading
bays, charger places) is not seen in a part; who puts parts together asks `check` about the whole.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from dispatcher.planner.problem import Parcel, Problem, Robot, Travel, Window
from dispatcher.planner.solution import HAND_IN, LOAD, RobotPlan, Solution, Unserved


class Place(NamedTuple):
    """Where a plan has a parcel: robot, number of the trip, when each handover starts (-1: there
    is none, the parcel is aboard already)."""

    robot: str
    trip: int
    pickup_ms: int
    dropoff_ms: int


def travel_of(problem: Problem, travel: Travel | None = None) -> Travel:
    """The table given, else the problem's own. Raises ValueError where there is none."""
    found = travel if travel is not None else problem.matrices
    if found is None:
        raise ValueError("a problem without matrices needs a travel table beside it")
    return found


def places_of(plan: Solution) -> dict[str, Place]:
    """Where each carried parcel is, in the order of the plan."""
    found: dict[str, Place] = {}
    for entry in plan.plans:
        for number, trip in enumerate(entry.trips):
            for visit in trip.visits:
                for task in visit.tasks:
                    old = found.get(task.parcel, Place(entry.robot, number, -1, -1))
                    if task.kind in {LOAD, HAND_IN}:
                        found[task.parcel] = old._replace(pickup_ms=visit.start_ms)
                    else:
                        found[task.parcel] = old._replace(dropoff_ms=visit.start_ms)
    return found


def asked_at_dropoff(problem: Problem, parcel: Parcel) -> bool:
    """Whether the person who chose the slot receives the parcel; else that person gives it."""
    gives = parcel.person_pickup and not parcel.aboard and parcel.pickup not in problem.stations
    gets = parcel.person_dropoff and parcel.dropoff not in problem.stations
    return gets or not gives


def person_ms(problem: Problem, parcel: Parcel, place: Place) -> int:
    """When the handover with the person who chose the slot starts."""
    return place.dropoff_ms if asked_at_dropoff(problem, parcel) else place.pickup_ms


def windows_of(parcel: Parcel, *, at_dropoff: bool) -> tuple[Window, ...]:
    """The windows of one end, in order."""
    if at_dropoff:
        first = Window(parcel.dropoff_earliest_ms, parcel.dropoff_latest_ms)
        return (first, *parcel.more_dropoffs)
    return (Window(parcel.pickup_earliest_ms, parcel.pickup_latest_ms), *parcel.more_pickups)


def in_slot(parcel: Parcel, slot: Window, *, at_dropoff: bool) -> Parcel:
    """The same parcel with that slot as the only one at one end."""
    if at_dropoff:
        return msgspec.structs.replace(
            parcel,
            dropoff_earliest_ms=slot.earliest_ms,
            dropoff_latest_ms=slot.latest_ms,
            more_dropoffs=(),
        )
    return msgspec.structs.replace(
        parcel,
        pickup_earliest_ms=slot.earliest_ms,
        pickup_latest_ms=slot.latest_ms,
        more_pickups=(),
    )


def frozen_in(robot: Robot) -> tuple[str, ...]:
    """The parcels of a robot's frozen trips."""
    visits = (visit for trip in robot.frozen for visit in trip.visits)
    return tuple(dict.fromkeys(task.parcel for visit in visits for task in visit.tasks))


def part_of(problem: Problem, robot_ids: Iterable[str], parcel_ids: Iterable[str]) -> Problem:
    """The problem with these robots and parcels alone, and with what these robots have aboard or
    carry in trips that are frozen."""
    names = frozenset(robot_ids)
    robots = tuple(one for one in problem.robots if one.id in names)
    parcels = frozenset((*parcel_ids, *(name for robot in robots for name in frozen_in(robot))))
    return msgspec.structs.replace(
        problem,
        robots=robots,
        parcels=tuple(one for one in problem.parcels if one.id in parcels or one.aboard in names),
    )


def plan_of(problem: Problem, plan: Solution) -> Solution:
    """What a whole plan says about a part of its problem; without a cost."""
    trips = {entry.robot: entry.trips for entry in plan.plans}
    known = frozenset(parcel.id for parcel in problem.parcels)
    return Solution(
        plans=tuple(RobotPlan(one.id, trips.get(one.id, ())) for one in problem.robots),
        unserved=tuple(one for one in plan.unserved if one.parcel in known),
    )


def put_in(plan: Solution, part: Solution, parcel_ids: Sequence[str]) -> Solution:
    """A whole plan with a part of it, about these parcels too, in place of what it says of them."""
    trips = {entry.robot: entry.trips for entry in part.plans}
    about = frozenset(parcel_ids)
    unserved: list[Unserved] = [one for one in plan.unserved if one.parcel not in about]
    unserved.extend(part.unserved)
    return msgspec.structs.replace(
        plan,
        plans=tuple(RobotPlan(e.robot, trips.get(e.robot, e.trips)) for e in plan.plans),
        unserved=tuple(sorted(unserved, key=lambda one: one.parcel)),
    )
