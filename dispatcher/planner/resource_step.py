# SPDX-License-Identifier: Apache-2.0
"""Bays and charger places by CP-SAT, where taking them by start of the trips delays any.

What must hold: the answer passes the judge or is that of `place_resources`, and costs no more than
that. The model times every visit: what it says is only wished for, the timing itself is made by
`place_resources`. It knows one way between two nodes: that of the planned departure.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ortools.sat.python import cp_model

from dispatcher.planner.check import check
from dispatcher.planner.costs import cost_of
from dispatcher.planner.effort import Effort, limited
from dispatcher.planner.prefix import after_frozen, parcels_in
from dispatcher.planner.problem import FOREVER_MS, Problem, Robot, Travel
from dispatcher.planner.resources import Wanted, place_of, place_resources, places_in
from dispatcher.planner.schedule import schedule
from dispatcher.planner.solution import RobotPlan, Solution, Trip, Unserved, Visit
from dispatcher.planner.stands import Stand, last_ms, visit_stand


def schedule_resources(
    problem: Problem, travel: Travel, plans: Sequence[RobotPlan], effort: Effort
) -> tuple[RobotPlan, ...]:
    """The plans with bays and charger places, at the least added lateness and duty found.

    They may have places already: those are given out anew.
    """
    alone = tuple(_alone(problem, travel, plan) for plan in plans)
    placed = place_resources(problem, travel, alone)
    if not _delays(alone, placed):
        return placed
    wanted = _Model(problem, travel, alone).solve(placed, effort)
    if wanted is None:
        return placed
    better = place_resources(problem, travel, alone, wanted)
    old, new = _whole(problem, travel, placed), _whole(problem, travel, better)
    if new.cost.total < old.cost.total and not check(problem, travel, new):
        return better
    return placed


def _alone(problem: Problem, travel: Travel, plan: RobotPlan) -> RobotPlan:
    """The plan of one robot as if there were places for all; as it is where that cannot be."""
    robot = next(one for one in problem.robots if one.id == plan.robot)
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    frozen, rest = plan.trips[: len(robot.frozen)], plan.trips[len(robot.frozen) :]
    gone = parcels_in(frozen)
    timed = schedule(problem, travel, after_frozen(travel, robot, parcels), rest, tuple(gone))
    return plan if timed is None else RobotPlan(plan.robot, (*frozen, *timed))


def _delays(plans: Sequence[RobotPlan], placed: Sequence[RobotPlan]) -> bool:
    """Whether a trip was moved or left out."""
    before = [[trip.visits for trip in plan.trips] for plan in plans]
    return before != [[trip.visits for trip in plan.trips] for plan in placed]


def _whole(problem: Problem, travel: Travel, plans: tuple[RobotPlan, ...]) -> Solution:
    """The plans with what they leave out, and their cost."""
    trips = [trip for plan in plans for trip in plan.trips]
    served = {task.parcel for trip in trips for visit in trip.visits for task in visit.tasks}
    left = tuple(Unserved(one.id, "") for one in problem.parcels if one.id not in served)
    plan = Solution(plans, left)
    return Solution(plans, left, cost_of(problem, travel, plan))


class _Timed(NamedTuple):
    """A trip of a robot, by its number, with the start of each visit as a variable."""

    robot: str
    number: int
    trip: Trip
    starts: list[cp_model.IntVar]


class _Model:
    """Every trip in the order it has; times free within windows, shifts and places."""

    def __init__(self, problem: Problem, travel: Travel, plans: Sequence[RobotPlan]) -> None:
        self.problem, self.travel = problem, travel
        self.model = cp_model.CpModel()
        self._parcels = {parcel.id: parcel for parcel in problem.parcels}
        trips = [trip for plan in plans for trip in plan.trips]
        stays = [trip.visits[0].depart_ms - trip.visits[0].start_ms for trip in trips]
        self._end_ms = max(trip.visits[-1].depart_ms for trip in trips) + sum(stays)
        self._costs: list[cp_model.LinearExprT] = []
        self._stays: dict[tuple[str, str], list[cp_model.IntervalVar]] = {}
        self._trips: list[_Timed] = []
        robots = {robot.id: robot for robot in problem.robots}
        for plan in plans:
            self._drive(robots[plan.robot], plan)
        counted = places_in(problem)
        for key, intervals in self._stays.items():
            self.model.add_cumulative(intervals, [1] * len(intervals), counted[key])
        self.model.minimize(sum(self._costs))

    def _drive(self, robot: Robot, plan: RobotPlan) -> None:
        """One robot: its frozen trips as they are, the others one after the other."""
        node, ready = robot.free_node, cp_model.LinearExpr.constant(robot.free_ms)
        for number, trip in enumerate(plan.trips):
            first, key = trip.visits[0], place_of(self.problem, trip)
            stay_ms = first.depart_ms - first.start_ms
            begin: cp_model.LinearExprT = first.start_ms
            if number < len(robot.frozen):
                ready = cp_model.LinearExpr.constant(trip.visits[-1].depart_ms)
            else:
                starts, ready = self._times(trip, node, ready)
                self._trips.append(_Timed(robot.id, number, trip, starts))
                self.model.add(ready <= min(robot.shift_end_ms, FOREVER_MS))
                begin = starts[0]
            if key is not None:
                stay = self.model.new_fixed_size_interval_var(begin, stay_ms, "")
                self._stays.setdefault(key, []).append(stay)
            node = trip.visits[-1].node

    def _times(
        self, trip: Trip, node: str, ready: cp_model.LinearExpr
    ) -> tuple[list[cp_model.IntVar], cp_model.LinearExpr]:
        """The starts of one trip's visits, and its end."""
        starts: list[cp_model.IntVar] = []
        depart_ms = trip.depart_not_before_ms
        for visit in trip.visits:
            stand = visit_stand(self.problem, self._parcels, visit)
            start = self.model.new_int_var_from_domain(self._allowed(stand), "")
            way_ms = self.travel.at(depart_ms).time_ms(node, visit.node)
            self.model.add(start >= ready + way_ms)
            starts.append(start)
            self._lateness(visit, start)
            stay_ms = stand.service_ms if visit.tasks else visit.depart_ms - visit.start_ms
            node, depart_ms, ready = visit.node, visit.depart_ms, start + stay_ms
        self._costs.append((ready - starts[0]) * self.problem.costs.per_duty_s)
        return starts, ready

    def _allowed(self, stand: Stand) -> cp_model.Domain:
        """When a stand may start."""
        gaps = stand.extra.gaps if stand.extra else ()
        limit_ms = stand.extra.limit_ms if stand.extra else FOREVER_MS
        last_ms = min(limit_ms, self._end_ms, self.problem.horizon_ms)
        allowed = cp_model.Domain(max(0, stand.earliest_ms), max(-1, last_ms))
        for after_ms, until_ms in gaps:
            gap = cp_model.Domain(after_ms + 1, until_ms - 1)
            allowed = allowed.intersection_with(gap.complement())
        return allowed

    def _lateness(self, visit: Visit, start: cp_model.IntVar) -> None:
        for task in visit.tasks:
            parcel = self._parcels[task.parcel]
            due_ms = last_ms(parcel, task.kind)
            if due_ms < self._end_ms:
                late = self.model.new_int_var(0, self._end_ms, "")
                self.model.add(late >= start - due_ms)
                self._costs.append(late * (parcel.priority * self.problem.costs.per_late_s))

    def solve(self, placed: Sequence[RobotPlan], effort: Effort) -> Wanted | None:
        """When the first visits that need a place shall start; None: nothing was found."""
        known = {plan.robot: plan.trips for plan in placed}
        for one in self._trips:
            trips = known[one.robot]
            if one.number < len(trips) and len(trips[one.number].visits) == len(one.starts):
                for start, visit in zip(one.starts, trips[one.number].visits, strict=True):
                    self.model.add_hint(start, visit.start_ms)
        solver = limited(effort)
        if solver.solve(self.model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        return {
            (one.robot, one.number): solver.value(one.starts[0])
            for one in self._trips
            if place_of(self.problem, one.trip) is not None
        }
