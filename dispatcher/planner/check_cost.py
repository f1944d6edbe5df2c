# SPDX-License-Identifier: Apache-2.0
"""The judge's own count of what a plan costs.

What must hold: each term is rounded down once, over the whole plan. A charge trip is driven and
takes time, but is no trip that is paid for as one.
"""

from dispatcher.planner.check_case import Case, Tally
from dispatcher.planner.problem import Parcel
from dispatcher.planner.solution import Cost, Solution


def judge_cost(case: Case, tally: Tally, solution: Solution) -> None:
    """What the plan says against what is counted."""
    costs = case.problem.costs
    recount = Cost(
        drive=costs.per_metre * tally.length_mm // 1000,
        duty=costs.per_duty_s * tally.duty_ms // 1000,
        trips=costs.per_trip * tally.trips,
        late=costs.per_late_s * tally.weighted_late_ms // 1000,
        skipped=sum(case.parcels[one.parcel].skip_cost for one in solution.unserved),
        broken=sum(case.parcels[name].promise_cost for name in tally.late),
        changed=costs.per_change * sum(_changed(case, tally, one) for one in case.problem.parcels),
    )
    if recount != solution.cost:
        case.found.say("cost", "", "", 0, f"says {solution.cost}, counted {recount}")


def _changed(case: Case, tally: Tally, parcel: Parcel) -> bool:
    if not parcel.planned_robot:
        return False
    if tally.robot_of.get(parcel.id) != parcel.planned_robot:
        return True
    at_pickup = parcel.person_pickup and not parcel.person_dropoff and not parcel.aboard
    start_ms = tally.starts_ms[parcel.id, at_pickup]
    return abs(start_ms - parcel.planned_ms) > case.problem.costs.change_ms
