# SPDX-License-Identifier: Apache-2.0
"""Who drives which of the planned trips, so that parcels stay with the robot they are with.

What must hold: a plan comes out with no higher cost than it went in, changes paid for included;
only whole trips are handed over, between robots with the same compartments.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import msgspec

from dispatcher.planner.check import check
from dispatcher.planner.part import part_of, places_of, plan_of, put_in
from dispatcher.planner.problem import Problem, Travel
from dispatcher.planner.quick import cost_of, schedule
from dispatcher.planner.solution import RobotPlan, Solution, Trip

TRIES_MAX: Final = 200
"""How many exchanges are timed and judged."""


def relabelled(problem: Problem, travel: Travel, live: Solution, new: Solution) -> Solution:
    """`new`, with the ends of two robots' days exchanged wherever that keeps more parcels with
    the robot that has them in `live`, and costs less (`problem` says what is planned)."""
    homes = {name: place.robot for name, place in places_of(live).items()}
    tries = TRIES_MAX
    for _ in problem.robots:
        before = new
        for one, other in combinations(problem.robots, 2):
            if one.compartments != other.compartments:
                continue
            for cuts in _worth_trying(homes, new, one.id, other.id):
                if tries == 0:
                    return new
                tries -= 1
                exchanged = _exchanged(problem, travel, new, (one.id, other.id), cuts)
                if exchanged is not None:
                    new = exchanged
                    break
        if new is before:
            break
    return new


def _worth_trying(
    homes: dict[str, str], plan: Solution, one: str, other: str
) -> list[tuple[int, int]]:
    """From which trip on to exchange, where more parcels come home than leave; the best first."""
    trips = {entry.robot: entry.trips for entry in plan.plans}
    mine = _homing(homes, trips[one], home=one, away=other)
    theirs = _homing(homes, trips[other], home=other, away=one)
    gains = [(-a - b, i, j) for i, a in enumerate(mine) for j, b in enumerate(theirs)]
    return [(i, j) for gain, i, j in sorted(gains) if gain < 0]


def _homing(homes: dict[str, str], trips: Sequence[Trip], home: str, away: str) -> list[int]:
    """For each tail of the trips: how many more of its parcels belong to `away` than to `home`."""
    found = [0]
    for trip in reversed(trips):
        names = dict.fromkeys(task.parcel for visit in trip.visits for task in visit.tasks)
        gain = sum((homes.get(n) == away) - (homes.get(n) == home) for n in names)
        found.append(found[-1] + gain)
    return found[::-1]


def _exchanged(
    problem: Problem,
    travel: Travel,
    plan: Solution,
    pair: tuple[str, str],
    cuts: tuple[int, int],
) -> Solution | None:
    """The plan with two tails exchanged; None where it is not good or not cheaper."""
    trips = {entry.robot: entry.trips for entry in plan.plans}
    one, other = (trips[robot] for robot in pair)
    wanted = {
        pair[0]: (*one[: cuts[0]], *other[cuts[1] :]),
        pair[1]: (*other[: cuts[1]], *one[cuts[0] :]),
    }
    names = [name for name, place in places_of(plan).items() if place.robot in pair]
    part = part_of(problem, pair, names)
    timed = []
    for robot in part.robots:
        again = schedule(part, travel, robot, wanted[robot.id])
        if again is None:
            return None
        timed.append(RobotPlan(robot.id, again))
    before = plan_of(part, plan)
    after = msgspec.structs.replace(before, plans=tuple(timed))
    after = msgspec.structs.replace(after, cost=cost_of(part, travel, after))
    if after.cost.total >= cost_of(part, travel, before).total or check(part, travel, after):
        return None
    return put_in(plan, after, ())
