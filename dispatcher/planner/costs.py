# SPDX-License-Identifier: Apache-2.0
"""What a plan costs, term by term.

What must hold: int only; each term is rounded down once, over the whole plan.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dispatcher.planner.problem import Costs, Parcel, Problem, Travel
from dispatcher.planner.solution import Cost, Solution, Trip
from dispatcher.planner.stands import Stand, asks_at, last_ms
from dispatcher.planner.timing import Run


class _Carried(NamedTuple):
    """What became of a parcel that is carried."""

    robot: str
    late_ms: int = 0
    asked_ms: int = 0


def cost_of(problem: Problem, travel: Travel, solution: Solution) -> Cost:
    """What a plan costs.

    Raises KeyError for a parcel or robot that is not in the problem.
    """
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    robots = {robot.id: robot for robot in problem.robots}
    length_mm = duty_ms = trips = 0
    carried: dict[str, _Carried] = {}
    for plan in solution.plans:
        node = robots[plan.robot].free_node
        for trip in plan.trips:
            trips += trip.charge_mwh == 0
            duty_ms += trip.visits[-1].depart_ms - trip.depart_not_before_ms
            length_mm += trip_length_mm(travel, node, trip)
            node = trip.visits[-1].node
            _note(parcels, plan.robot, trip, carried)
    costs = problem.costs
    heavy_ms = sum(parcels[name].priority * one.late_ms for name, one in carried.items())
    skipped = [unserved.parcel for unserved in solution.unserved]
    return Cost(
        drive=costs.per_metre * length_mm // 1000,
        duty=costs.per_duty_s * duty_ms // 1000,
        trips=costs.per_trip * trips,
        late=costs.per_late_s * heavy_ms // 1000,
        skipped=sum(parcels[name].skip_cost for name in skipped),
        broken=sum(parcels[name].promise_cost for name, one in carried.items() if one.late_ms),
        changed=costs.per_change * _changes(costs, parcels, carried, skipped),
    )


def trip_length_mm(travel: Travel, node: str, trip: Trip) -> int:
    """How far a trip drives that begins at `node`."""
    length_mm, depart_ms = 0, trip.depart_not_before_ms
    for visit in trip.visits:
        length_mm += travel.at(depart_ms).length_mm(node, visit.node)
        node, depart_ms = visit.node, visit.depart_ms
    return length_mm


def _note(parcels: dict[str, Parcel], robot: str, trip: Trip, carried: dict[str, _Carried]) -> None:
    for visit in trip.visits:
        for task in visit.tasks:
            parcel = parcels[task.parcel]
            old = carried.get(task.parcel, _Carried(robot))
            late_ms = max(0, visit.start_ms - last_ms(parcel, task.kind))
            asked_ms = visit.start_ms if asks_at(parcel, task.kind) else old.asked_ms
            carried[task.parcel] = _Carried(robot, old.late_ms + late_ms, asked_ms)


def _changes(
    costs: Costs,
    parcels: dict[str, Parcel],
    carried: dict[str, _Carried],
    skipped: Iterable[str],
) -> int:
    """How many parcels are not as the live plan has them."""
    left_out = sum(1 for name in skipped if parcels[name].planned_robot)
    moved = 0
    for name, one in carried.items():
        parcel = parcels[name]
        if parcel.planned_robot:
            far = abs(one.asked_ms - parcel.planned_ms) > costs.change_ms
            moved += far or one.robot != parcel.planned_robot
    return left_out + moved


def has_penalties(problem: Problem) -> bool:
    """Whether any handover costs more than plain lateness."""
    return any(
        parcel.priority != 1
        or parcel.promise_cost
        or (parcel.planned_robot and problem.costs.per_change)
        for parcel in problem.parcels
    )


def penalty(costs: Costs, robot: str, stands: Sequence[Stand], run: Run) -> int:
    """What a trip costs beside way, duty and plain lateness, in 1/1000 units."""
    total, broken = 0, []
    for stand, (_, start_ms, _) in zip(stands, run.times, strict=True):
        if stand.extra is None:
            continue
        for due in stand.extra.dues:
            if start_ms > due.latest_ms:
                late_ms = start_ms - due.latest_ms
                total += costs.per_late_s * (due.priority - 1) * late_ms
                if due.parcel not in broken:
                    broken.append(due.parcel)
                    total += due.promise_cost * 1000
            if due.planned_robot and (
                due.planned_robot != robot
                or not due.planned_from_ms <= start_ms <= due.planned_until_ms
            ):
                total += costs.per_change * 1000
    return total
