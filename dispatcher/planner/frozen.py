# SPDX-License-Identifier: Apache-2.0
"""Frozen trips: a problem without them, and the plan of that one with them put before.

What must hold: frozen trips stay exactly as they are, times and all. After them a robot is free
where and when the last of them ends, with what they leave of its range, battery and trips; their
parcels are no part of the problem that is left.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from dispatcher.planner.costs import cost_of, trip_length_mm
from dispatcher.planner.energy import used_mwh
from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Parcel, Problem, Robot, Travel
from dispatcher.planner.reasons import NO_PLACE
from dispatcher.planner.resources import place_resources
from dispatcher.planner.solution import RobotPlan, Solution, Trip, Unserved
from dispatcher.planner.timing import Run


def thawed(problem: Problem, travel: Travel) -> Problem:
    """The problem that is left after the frozen trips; itself where there is none.

    Raises KeyError for a frozen parcel that is not in the problem.
    """
    if not any(robot.frozen for robot in problem.robots):
        return problem
    done = frozenset(_parcels_in([trip for one in problem.robots for trip in one.frozen]))
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    return replace(
        problem,
        parcels=tuple(parcel for parcel in problem.parcels if parcel.id not in done),
        robots=tuple(_after(travel, robot, parcels) for robot in problem.robots),
    )


def _parcels_in(trips: Sequence[Trip]) -> list[str]:
    return list(
        dict.fromkeys(t.parcel for trip in trips for visit in trip.visits for t in visit.tasks)
    )


def _after(travel: Travel, robot: Robot, parcels: dict[str, Parcel]) -> Robot:
    """The robot as its frozen trips leave it."""
    if not robot.frozen:
        return robot
    node, length_mm, left_mwh = robot.free_node, 0, -1
    aboard = [parcel for parcel in parcels.values() if parcel.aboard == robot.id]
    if robot.battery:
        left_mwh = robot.battery.charge_mwh
    for trip in robot.frozen:
        length_mm += trip_length_mm(travel, node, trip)
        carried = [parcels[name] for name in _parcels_in([trip])]
        if robot.battery:
            left_mwh = _left_mwh(travel, robot, node, trip, left_mwh, [*aboard, *carried])
        aboard = [parcel for parcel in aboard if parcel not in carried]
        node = trip.visits[-1].node
    trips = sum(1 for trip in robot.frozen if not trip.charge_mwh)
    # No trip is left to a robot that has had them all: its shift is over (0 would be: any number).
    over = 0 < robot.trips_max <= trips
    return replace(
        robot,
        free_node=node,
        free_ms=robot.frozen[-1].visits[-1].depart_ms,
        range_mm=robot.range_mm - length_mm,
        battery=replace(robot.battery, charge_mwh=left_mwh) if robot.battery else None,
        trips_max=0 if over or not robot.trips_max else robot.trips_max - trips,
        shift_end_ms=-1 if over else robot.shift_end_ms,
        frozen=(),
    )


def _left_mwh(
    travel: Travel, robot: Robot, node: str, trip: Trip, left_mwh: int, aboard: Sequence[Parcel]
) -> int:
    """What is in the battery after a frozen trip: as it says, or else as it must be."""
    last = trip.visits[-1]
    if last.battery_mwh >= 0 or robot.battery is None:
        return last.battery_mwh
    times = tuple((visit.arrive_ms, visit.start_ms, visit.depart_ms) for visit in trip.visits)
    run = Run(trip.depart_not_before_ms, last.node, last.depart_ms, 0, 0, times)
    masses = {parcel.id: parcel.mass_g for parcel in aboard}
    nodes = [visit.node for visit in trip.visits]
    mass_g = sum(masses.values())
    used = sum(used_mwh(robot.battery, Legs(travel), node, run, nodes, mass_g))
    return left_mwh - used + trip.charge_mwh


def restored(problem: Problem, travel: Travel, solution: Solution) -> Solution:
    """A plan of `thawed(problem)` as one of `problem`: with its frozen trips, in the places that
    robots share, and costed."""
    before = {robot.id: robot.frozen for robot in problem.robots}
    plans = tuple(
        RobotPlan(plan.robot, (*before[plan.robot], *plan.trips)) for plan in solution.plans
    )
    return settled(problem, travel, replace(solution, plans=plans))


def settled(problem: Problem, travel: Travel, solution: Solution) -> Solution:
    """A plan with bays and charger places given to its trips, and costed. What has to be left out
    for want of a place is unserved."""
    plans = solution.plans
    if problem.bays or problem.chargers:
        plans = place_resources(problem, travel, plans)
    served = frozenset(_parcels_in([trip for plan in plans for trip in plan.trips]))
    reasons = {one.parcel: one.reason for one in solution.unserved}
    unserved = tuple(
        Unserved(parcel.id, reasons.get(parcel.id, NO_PLACE))
        for parcel in problem.parcels
        if parcel.id not in served
    )
    placed = replace(solution, plans=plans, unserved=unserved)
    return replace(placed, cost=cost_of(problem, travel, placed))
