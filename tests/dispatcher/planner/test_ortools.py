# SPDX-License-Identifier: Apache-2.0
"""OR-Tools alone: what its models must know of a problem, seen in the plans that come out."""

import random

from msgspec.structs import replace

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.check import check
from dispatcher.planner.draft import Draft
from dispatcher.planner.legs import Legs
from dispatcher.planner.ortools_rounds import improve_by_rounds
from dispatcher.planner.ortools_step import construct, improve
from dispatcher.planner.params import Params
from dispatcher.planner.problem import Costs, Parcel, Problem, Robot, Service, Window
from dispatcher.planner.quick import finish
from dispatcher.planner.routing_search import Search
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve
from tests.dispatcher.planner.problems import HOUR_MS, city, draw, served

ORTOOLS = Params(engine="ortools")
DISTANCE = Costs(per_duty_s=0, per_trip=0, per_late_s=0)
NO_SERVICE = Service(0, 0, 0, 0)


def fleet(seed: int, robots: int, capacity_g: int, parcels: int) -> Problem:
    """A classical fleet: bulk from one depot, each robot drives once, distance alone counts."""
    rng = random.Random(seed)
    travel = city(rng, parcels + 1)
    depot, *stops = travel.nodes
    wanted = tuple(
        Parcel(f"p{i:02}", "", stop, pickup=depot, mass_g=1, skip_cost=10**6, late_max_ms=0)
        for i, stop in enumerate(stops)
    )
    group = tuple(
        Robot(f"R{i:02}", (), depot, 0, mass_limit_g=capacity_g, trips_max=1) for i in range(robots)
    )
    return Problem(0, wanted, group, (depot,), 1 << 52, NO_SERVICE, DISTANCE, matrices=travel)


def solved(problem: Problem, iterations: int = 60) -> Solution:
    plan = solve(problem, Budget(iterations=iterations), 1, params=ORTOOLS)
    assert problem.matrices is not None
    assert check(problem, problem.matrices, plan) == ()
    return plan


def test_a_fleet_that_drives_once_serves_all_within_its_capacity() -> None:
    problem = fleet(1, robots=8, capacity_g=4, parcels=20)
    plan = solved(problem)
    assert plan.unserved == ()
    assert all(len(one.trips) <= 1 for one in plan.plans)
    assert (
        plan.cost.total < solve(problem, Budget(iterations=1), 1, params=Params("quick")).cost.total
    )


def test_bulk_that_is_handed_over_makes_room_on_the_way() -> None:
    """One robot holds one unit and serves four transfers one after the other in one trip."""
    problem = fleet(2, robots=1, capacity_g=1, parcels=8)
    stops = [one.dropoff for one in problem.parcels]
    transfers = tuple(
        replace(one, pickup=stops[2 * i], dropoff=stops[2 * i + 1], person_dropoff=False)
        for i, one in enumerate(problem.parcels[:4])
    )
    assert solved(replace(problem, parcels=transfers)).unserved == ()


def test_a_closed_hard_window_leaves_out_and_a_later_one_is_waited_for() -> None:
    problem = fleet(3, robots=3, capacity_g=4, parcels=6)
    gone = replace(problem.parcels[0], dropoff_latest_ms=0)
    later = replace(
        problem.parcels[1], dropoff_latest_ms=0, more_dropoffs=(Window(3 * HOUR_MS, 4 * HOUR_MS),)
    )
    plan = solved(replace(problem, parcels=(gone, later, *problem.parcels[2:])))
    assert [one.parcel for one in plan.unserved] == ["p00"]


def test_a_part_of_a_plan_is_improved_and_the_rest_stays() -> None:
    problem, travel = draw(4, robots=4, parcels=24, plain=True)
    old, new = Draft(problem, Legs(travel)), Draft(problem, Legs(travel))
    assert construct(old, tuple(old.jobs), Purse(Budget(iterations=20)), 1)
    assert old.robots[0].trips
    changing = frozenset({(0, 0)})
    improve(new, old, (), Search(Budget(iterations=20)), 1, changing)
    before = [[trip.parcels for trip in robot.trips] for robot in old.robots]
    after = [[trip.parcels for trip in robot.trips] for robot in new.robots]
    assert after[1:] == before[1:]
    carried = {name for trips in before for names in trips for name in names}
    assert carried <= {name for trips in after for names in trips for name in names}


def test_rounds_end_by_work_and_keep_only_what_is_better() -> None:
    problem, travel = draw(5, robots=3, parcels=20, plain=True)

    def fresh() -> Draft:
        return Draft(problem, Legs(travel))

    draft = fresh()
    construct(draft, tuple(draft.jobs), Purse(Budget(iterations=10)), 1)
    best = [finish(draft, travel, {})]

    def offer(_name: str, _work: int, draft: Draft, /) -> bool:
        plan = finish(draft, travel, {})
        if plan.cost.total >= best[-1].cost.total:
            return False
        best.append(plan)
        return True

    improve_by_rounds(lambda: best[-1], fresh, Purse(Budget(iterations=60)), 1, offer)
    assert check(problem, travel, best[-1]) == ()
    assert set(served(best[0])) <= set(served(best[-1])) or len(best) > 1
