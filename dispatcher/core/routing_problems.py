# SPDX-License-Identifier: Apache-2.0
"""The routing problem of a moment: what is plannable, and who may carry it from when.

What must hold: a problem holds no robot together with a parcel that the robot must not carry. Most
robots carry anything; those that serve staffed stops only are a fleet of their own, with a problem
of their own, and what is in their trips is in no other problem.
"""

from typing import Final

from dispatcher.core import abilities, jobs
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.plannable import is_plannable, occupied, said_taken
from dispatcher.core.state import Parcel, Robot
from dispatcher.core.step import Step
from dispatcher.planner import problem as routing

SERVE_LATE_MS: Final = 4 * 3_600_000
"""A parcel is worth serving if that can be done within this time from now."""


def fleet_of(step: Step, service: abilities.Service) -> list[Robot]:
    """The robots that can work now and serve these, by id."""
    return [
        robot
        for robot in sorted(step.state.robots.values(), key=lambda robot: robot.id)
        if jobs.available(robot) and abilities.service_of(robot) == service
    ]


def problem_of(step: Step, service: abilities.Service = "people") -> routing.Problem:
    """The problem of the robots that serve anybody, or of those that serve staffed stops only."""
    policy = step.policy
    fleet = fleet_of(step, service)
    elsewhere = planned_for(step, "staff" if service == "people" else "people")
    return routing.Problem(
        now_ms=step.now_ms,
        parcels=tuple(
            _parcel_of(step, parcel)
            for parcel in sorted(step.state.parcels.values(), key=lambda parcel: parcel.id)
            if is_plannable(step.state, parcel) and not is_stranded(step, parcel)
            if parcel.id not in elsewhere and _is_for(step, parcel, service)
        ),
        robots=tuple(robot_of(step, robot) for robot in fleet),
        stations=tuple(sorted(place.node for place in step.graph.places("station"))),
        service=routing.Service(
            stop_ms=policy.stop_ms,
            person_ms=policy.person_ms,
            station_ms=policy.station_ms,
            dock_ms=policy.dock_ms,
        ),
        costs=routing.Costs(per_late_s=policy.late_cost_per_s),
    )


def planned_for(step: Step, service: abilities.Service) -> set[str]:
    """The parcels in the trips of the robots that serve these."""
    return {
        task.parcel
        for robot in step.state.robots.values()
        if robot.trips and abilities.service_of(robot) == service
        for trip in robot.trips
        for visit in trip.visits
        for task in visit.tasks
    }


def _is_for(step: Step, parcel: Parcel, service: abilities.Service) -> bool:
    """Whether the robots that serve these may carry a parcel."""
    if parcel.robot:
        robot = step.state.robots[parcel.robot]
        fits = abilities.service_of(robot) == service
        return fits and abilities.may_carry(step, robot, parcel)
    return service == "people" or abilities.is_for_staff(step, parcel)


def robot_of(step: Step, robot: Robot) -> routing.Robot:
    """A robot as it will be once the job it is doing has ended."""
    busy = robot.job is not None
    return routing.Robot(
        id=robot.id,
        compartments=_compartments(step, robot),
        free_node=jobs.end_node(robot),
        free_ms=max(step.now_ms, robot.job.end_ms) if robot.job and busy else step.now_ms,
        mass_limit_g=abilities.mass_limit_g(robot),
        range_mm=jobs.range_mm(step, robot),
    )


def _compartments(step: Step, robot: Robot) -> tuple[str, ...]:
    """Those a plan may use: none in which something may lie that nobody is sure of; and those that
    are in use, although the robot is said not to have them any more."""
    taken = said_taken(step.state, robot)
    known = {
        compartment: step.state.parcels[name].custody_known
        for compartment, name in occupied(step.state, robot).items()
    }
    extra = [name for name, sure in known.items() if sure and name not in robot.compartments]
    free = (name for name in robot.compartments if name not in taken)
    return (*(name for name in free if known.get(name, True)), *extra)


def _parcel_of(step: Step, parcel: Parcel) -> routing.Parcel:
    origin = step.graph.place(parcel.station or parcel.origin).node
    destination = step.graph.place(parcel.destination).node
    aboard = parcel.state in ABOARD
    # Aim a little before the end of the slot: people and doors take longer than planned.
    aim_ms = parcel.slot_until_ms - step.policy.slot_slack_ms
    slot = (parcel.slot_from_ms, max(parcel.slot_from_ms, aim_ms))
    anytime = (0, routing.FOREVER_MS)
    person_dropoff = parcel.kind != "return"
    if aboard and person_dropoff and _goes_back(step, parcel):
        stations = step.graph.places("station")
        destination, person_dropoff = (stations[0].node if stations else destination), False
    at_pickup = slot if parcel.kind == "return" else anytime
    at_dropoff = slot if person_dropoff else anytime
    return routing.Parcel(
        id=parcel.id,
        size=parcel.size,
        dropoff=destination,
        pickup="" if aboard else origin,
        aboard=parcel.robot if aboard else "",
        compartment=parcel.compartment if aboard else "",
        mass_g=parcel.mass_g,
        pickup_earliest_ms=at_pickup[0],
        pickup_latest_ms=at_pickup[1],
        dropoff_earliest_ms=at_dropoff[0],
        dropoff_latest_ms=at_dropoff[1],
        person_pickup=parcel.kind != "delivery" and not parcel.station,
        person_dropoff=person_dropoff,
        skip_cost=_skip_cost(step, slot[1]),
    )


def _skip_cost(step: Step, latest_ms: int) -> int:
    """Leaving a parcel out always costs more than serving it late, however late it is already."""
    late_s = max(0, step.now_ms + SERVE_LATE_MS - latest_ms) // 1_000
    return step.policy.skip_cost + late_s * step.policy.late_cost_per_s


def is_stranded(step: Step, parcel: Parcel) -> bool:
    """Whether a parcel is to go back from where no station is: then a person must take it out."""
    if step.graph.places("station") or parcel.state not in ABOARD:
        return False
    return _goes_back(step, parcel)


def _goes_back(step: Step, parcel: Parcel) -> bool:
    return parcel.cancel_wanted or parcel.attempts >= step.policy.attempts_max
