# SPDX-License-Identifier: Apache-2.0
"""Which of the robots that are alike drives which planned trip, so that all can leave late.

What must hold: trips stay what they are, the plan costs no more and passes `check`; else it comes
back as it was. Trips are dealt out from the end of the day to its beginning: each goes to the robot
that may be away latest, and is driven as late as it can be.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from dispatcher.planner.check import check
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.latest import LatestStarts, day_end_ms, timed_one
from dispatcher.planner.problem import Problem, Robot
from dispatcher.planner.quick import cost_of, schedule
from dispatcher.planner.solution import RobotPlan, Solution, Trip


class _Work(NamedTuple):
    """A trip as a job: it must begin by `latest_ms` and takes `busy_ms` from then on."""

    latest_ms: int
    busy_ms: int
    trip: Trip


def spread(problem: Problem, plan: Solution, draft: Draft, starts: LatestStarts) -> Solution:
    """The plan with its trips dealt out anew among robots that are alike.

    `draft` is the plan as a draft, of the same problem without frozen trips.
    """
    for group in _alike(problem.robots):
        plan = _dealt(problem, plan, draft, starts, group)
    return plan


def _alike(robots: Sequence[Robot]) -> Iterator[list[int]]:
    """Numbers of robots that can stand in for each other."""
    groups: dict[object, list[int]] = {}
    for number, robot in enumerate(robots):
        if robot.frozen or robot.battery is not None:
            continue  # what they can still do is their own
        key = (robot.compartments, robot.mass_limit_g, robot.range_mm, robot.end, robot.trips_max)
        groups.setdefault(key, []).append(number)
    return (group for group in groups.values() if len(group) > 1)


def _dealt(
    problem: Problem, plan: Solution, draft: Draft, starts: LatestStarts, group: Sequence[int]
) -> Solution:
    works, first = [], {}
    for number in group:
        robot, trips = draft.robots[number], plan.plans[number].trips
        if len(robot.trips) != len(trips):
            return plan
        for index, trip in enumerate(trips):
            work = _work(draft, robot, index, starts, trip)
            aboard = any(draft.jobs[name].parcel.aboard for name in robot.trips[index].parcels)
            if index == 0 and (aboard or robot.aboard):
                first[number] = trip
            else:
                works.append(work)
    free_until = {number: day_end_ms(problem, draft.robots[number]) for number in group}
    given: dict[int, list[Trip]] = {number: [] for number in group}
    for work in sorted(works, key=lambda one: (one.latest_ms, one.busy_ms), reverse=True):
        number = max(group, key=lambda one: (free_until[one], -one))
        free_until[number] = min(work.latest_ms, free_until[number] - work.busy_ms)
        given[number].append(work.trip)
    for number, trip in first.items():
        given[number].append(trip)
    return _timed(problem, plan, {number: trips[::-1] for number, trips in given.items()})


def _work(draft: Draft, robot: DraftRobot, index: int, starts: LatestStarts, trip: Trip) -> _Work:
    """As if it were the robot's only trip."""
    stands = timed_one(draft, robot, index, starts, ("", day_end_ms(draft.problem, robot)))
    start, end = trip.visits[0], trip.visits[-1]
    return _Work(stands[0].latest_ms, end.depart_ms - start.start_ms, trip)


def _timed(problem: Problem, plan: Solution, given: dict[int, list[Trip]]) -> Solution:
    """The plan with these trips, where that is good and costs no more."""
    assert problem.matrices is not None
    plans = list(plan.plans)
    for number, trips in given.items():
        robot = problem.robots[number]
        again = schedule(problem, problem.matrices, robot, trips)
        if again is None:
            return plan
        plans[number] = RobotPlan(robot.id, again)
    dealt = msgspec.structs.replace(plan, plans=tuple(plans))
    dealt = msgspec.structs.replace(dealt, cost=cost_of(problem, problem.matrices, dealt))
    if dealt.cost.total > plan.cost.total or check(problem, problem.matrices, dealt):
        return plan
    return dealt
