# SPDX-License-Identifier: Apache-2.0
"""Frozen trips: a problem without them, and the plan of that one with them put before.

What must hold: frozen trips stay exactly as they are, times and all. After them a robot is free
where and when the last of them ends, with what they leave of its range, battery and trips; their
parcels are no part of the problem that is left.
"""

from msgspec.structs import replace

from dispatcher.planner.costs import cost_of
from dispatcher.planner.prefix import after_frozen, parcels_in
from dispatcher.planner.problem import Problem, Travel
from dispatcher.planner.reasons import NO_PLACE
from dispatcher.planner.resources import place_resources
from dispatcher.planner.solution import RobotPlan, Solution, Unserved


def thawed(problem: Problem, travel: Travel) -> Problem:
    """The problem that is left after the frozen trips; itself where there is none.

    Raises KeyError for a frozen parcel that is not in the problem.
    """
    if not any(robot.frozen for robot in problem.robots):
        return problem
    done = frozenset(parcels_in([trip for one in problem.robots for trip in one.frozen]))
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    return replace(
        problem,
        parcels=tuple(parcel for parcel in problem.parcels if parcel.id not in done),
        robots=tuple(after_frozen(travel, robot, parcels) for robot in problem.robots),
    )


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
    served = frozenset(parcels_in([trip for plan in plans for trip in plan.trips]))
    reasons = {one.parcel: one.reason for one in solution.unserved}
    unserved = tuple(
        Unserved(parcel.id, reasons.get(parcel.id, NO_PLACE))
        for parcel in problem.parcels
        if parcel.id not in served
    )
    placed = replace(solution, plans=plans, unserved=unserved)
    return replace(placed, cost=cost_of(problem, travel, placed))
