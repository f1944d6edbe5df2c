# SPDX-License-Identifier: Apache-2.0
"""The policy that lets every trip wait for as long as nobody becomes late by it.

What must hold: a trip leaves at the latest moment at which all windows of its robot's day, less a
slack, are still kept; one with an urgent parcel leaves at once by that rule, and so does one in
which nothing more has room. What becomes dearer or impossible by waiting does not wait.
"""

from collections.abc import Container

import msgspec

from dispatcher.planner.check import check
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.frozen import thawed
from dispatcher.planner.latest import LatestStarts, timed
from dispatcher.planner.legs import Legs
from dispatcher.planner.part import part_of, places_of, plan_of, put_in
from dispatcher.planner.policy.spread import spread
from dispatcher.planner.problem import Problem, Robot
from dispatcher.planner.quick import adopt, cost_of, schedule
from dispatcher.planner.solution import RobotPlan, Solution, Trip


class Hold:
    """Trips wait, but stay `slack_ms` clear of being late, and wait at most `wait_max_ms`."""

    def __init__(self, slack_ms: int = 600_000, wait_max_ms: int = 1 << 40) -> None:
        """Raises ValueError for a time below zero."""
        if slack_ms < 0 or wait_max_ms < 0:
            raise ValueError("slack_ms and wait_max_ms must not be below zero")
        self._slack_ms = slack_ms
        self._wait_max_ms = wait_max_ms

    def hold(self, problem: Problem, plan: Solution, /) -> Solution:
        """The plan with every trip as late as it may be."""
        return self.hold_some(problem, self.spread(problem, plan), None)

    def spread(self, problem: Problem, plan: Solution) -> Solution:
        """The plan with its trips dealt out so that they can leave late."""
        draft = _drafted(problem, plan)
        return spread(problem, plan, draft, LatestStarts(draft.problem, self._slack_ms))

    def hold_some(
        self, problem: Problem, plan: Solution, wanted: Container[tuple[str, int]] | None
    ) -> Solution:
        """The plan with some trips, named by robot and number, later (None: all of them)."""
        draft = _drafted(problem, plan)
        starts = LatestStarts(draft.problem, self._slack_ms)
        trips = {entry.robot: entry.trips for entry in plan.plans}
        for robot, whole in zip(draft.robots, problem.robots, strict=True):
            name = whole.id
            departs_ms = [trip.depart_not_before_ms for trip in trips[name]]
            carrying = [i for i, trip in enumerate(trips[name]) if not trip.charge_mwh]
            waiting = [i for i in carrying if i >= len(whole.frozen)]
            if len(waiting) != len(robot.trips):
                continue  # a plan that no longer stands: as it is
            for number, depart_ms in zip(waiting, self._latest(draft, robot, starts), strict=True):
                if wanted is None or (name, number) in wanted:
                    departs_ms[number] = depart_ms
            plan = _held(problem, plan, whole, departs_ms)
        return _priced(problem, plan)

    def _latest(self, draft: Draft, robot: DraftRobot, starts: LatestStarts) -> list[int]:
        """When each trip leaves at the latest; a full one as planned."""
        found = []
        for number, stands in enumerate(timed(draft, robot, starts)):
            first, planned_ms = stands[0], robot.runs[number].depart_not_before_ms
            leg_ms = draft.legs[robot.origin(number)[0]][first.stand.node][0]
            latest_ms = min(first.latest_ms - leg_ms, planned_ms + self._wait_max_ms)
            full = robot.trips[number].need[2] >= robot.room(number)[2] > 0
            found.append(planned_ms if full else max(planned_ms, latest_ms))
        return found


def _drafted(problem: Problem, plan: Solution) -> Draft:
    """The plan as a draft, of what is not frozen."""
    if problem.matrices is None:
        raise ValueError("a problem for a policy needs its matrices")
    draft = Draft(thawed(problem, problem.matrices), Legs(problem.matrices))
    adopt(draft, plan)
    return draft


def _held(problem: Problem, plan: Solution, robot: Robot, departs_ms: list[int]) -> Solution:
    """The plan with one robot's trips not before these times, where that is good."""
    travel = problem.matrices
    assert travel is not None
    names = [name for name, place in places_of(plan).items() if place.robot == robot.id]
    part = part_of(problem, (robot.id,), names)
    before = plan_of(part, plan)
    trips = _timed_from(part, robot, before.plans[0].trips, departs_ms)
    if trips is None:
        return plan
    after = msgspec.structs.replace(before, plans=(RobotPlan(robot.id, trips),))
    after = msgspec.structs.replace(after, cost=cost_of(part, travel, after))
    old = cost_of(part, travel, before)
    dearer = (after.cost.late, after.cost.broken) > (old.late, old.broken)
    if dearer or after.cost.total > old.total or check(part, travel, after):
        return plan
    held = put_in(plan, after, [parcel.id for parcel in part.parcels])
    return plan if problem.bays and check(problem, travel, _priced(problem, held)) else held


def _priced(problem: Problem, plan: Solution) -> Solution:
    assert problem.matrices is not None
    return msgspec.structs.replace(plan, cost=cost_of(problem, problem.matrices, plan))


def _timed_from(
    problem: Problem, robot: Robot, trips: tuple[Trip, ...], departs_ms: list[int]
) -> tuple[Trip, ...] | None:
    """The trips of one robot, each timed as if it were free only from then on."""
    assert problem.matrices is not None
    found: list[Trip] = list(trips[: len(robot.frozen)])
    for trip, depart_ms in zip(trips[len(found) :], departs_ms[len(found) :], strict=True):
        if found:
            last = found[-1].visits[-1]
            battery = robot.battery
            if battery is not None and last.battery_mwh >= 0:
                battery = msgspec.structs.replace(battery, charge_mwh=last.battery_mwh)
            robot = msgspec.structs.replace(
                robot, free_node=last.node, free_ms=last.depart_ms, battery=battery, frozen=()
            )
        robot = msgspec.structs.replace(robot, free_ms=max(robot.free_ms, depart_ms))
        gone = [task.parcel for one in found for visit in one.visits for task in visit.tasks]
        alone = schedule(problem, problem.matrices, robot, (trip,), gone)
        if alone is None:
            return None
        found.extend(alone)
    return tuple(found)
