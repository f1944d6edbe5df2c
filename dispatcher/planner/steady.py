# SPDX-License-Identifier: Apache-2.0
"""A changed plan pays for what it changes: only the changes that are worth it are taken.

What must hold: the answer passes `check` (where the live plan can be mended to one that does), and
with `Costs.per_change` paid for every parcel that another robot has, or at another time, it costs
no more than the live plan with the new parcels inserted.
"""

import msgspec

from dispatcher.planner.changes import changes
from dispatcher.planner.check import check
from dispatcher.planner.part import part_of, person_ms, places_of, plan_of, put_in
from dispatcher.planner.problem import Problem, Travel
from dispatcher.planner.quick import cost_of, insert
from dispatcher.planner.relabel import relabelled
from dispatcher.planner.solution import Solution


def steady(problem: Problem, travel: Travel, live: Solution, new: Solution) -> Solution:
    """`new` where its changes of the live plan are worth their price, the live plan elsewhere.

    `live` may be older than the problem: it is timed again and gets what it lacks. Raises KeyError
    for a parcel or robot of `new` that is not in the problem.
    """
    priced = with_planned(problem, live)
    kept = insert(priced, travel, live, [parcel.id for parcel in priced.parcels])
    wanted = relabelled(priced, travel, kept, new)
    mixed = kept
    for group in changes(priced, kept, wanted, travel):
        if group.gain.total > 0:
            names = [move.parcel for move in group.moves]
            part = part_of(priced, group.robots, names)
            mixed = put_in(mixed, plan_of(part, wanted), names)
    best = kept
    for plan in (wanted, mixed):
        plan = msgspec.structs.replace(plan, cost=cost_of(priced, travel, plan))
        if plan.cost.total < best.cost.total and not check(priced, travel, plan):
            best = plan
    return msgspec.structs.replace(best, log=new.log, cost=cost_of(problem, travel, best))


def with_planned(problem: Problem, live: Solution) -> Problem:
    """The problem, knowing of each parcel which robot has it in the live plan, and when."""
    places = places_of(live)
    parcels = []
    for parcel in problem.parcels:
        place = places.get(parcel.id)
        parcels.append(
            msgspec.structs.replace(
                parcel,
                planned_robot=place.robot if place else "",
                planned_ms=person_ms(problem, parcel, place) if place else 0,
            )
        )
    return msgspec.structs.replace(problem, parcels=tuple(parcels))
