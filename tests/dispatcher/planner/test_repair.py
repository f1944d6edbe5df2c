# SPDX-License-Identifier: Apache-2.0
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.params import Params
from dispatcher.planner.part import places_of
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.repair import repair
from dispatcher.planner.replan import replan
from dispatcher.planner.solve import solve
from tests.dispatcher.planner.random_problems import any_problems, draw_any

QUICK = Params(engine="quick")


@pytest.mark.parametrize("speed", [repair, replan])
@settings(max_examples=40, deadline=None)
@given(any_problems(), st.integers(0, 4), st.sampled_from([0, 700]))
def test_what_is_new_gets_in_and_nothing_is_lost(speed, problem, new, per_change):
    costs = msgspec.structs.replace(problem.costs, per_change=per_change)
    problem = msgspec.structs.replace(problem, costs=costs)
    names = [parcel.id for parcel in problem.parcels]
    live = insert(problem, problem.matrices, empty(problem), names[new:])
    mended = insert(problem, problem.matrices, live, names)
    plan = speed(problem, live, Budget(iterations=1), 1, QUICK)
    assert check(problem, problem.matrices, plan) == ()
    served, unserved = list(places_of(plan)), [one.parcel for one in plan.unserved]
    assert sorted(served + unserved) == names
    assert per_change or plan.cost.total <= mended.cost.total


@pytest.mark.parametrize("seed", range(4))
def test_a_live_plan_that_is_wrong_everywhere_is_mended_all_the_same(seed):
    problem = draw_any(seed, robots=4, parcels=60, stations=2)
    live, luck = solve(problem, Budget(iterations=100), 1), Random(seed)
    trips = [trip for entry in live.plans for trip in entry.trips]
    every = [visit for trip in trips for visit in trip.visits]
    luck.shuffle(every)
    first = msgspec.structs.replace(trips[0], visits=tuple(every))
    # Trips of other robots, some twice; one that has every visit, drop-offs before pick-ups.
    plans = [
        msgspec.structs.replace(entry, trips=tuple(luck.sample(trips, min(6, len(trips)))))
        for entry in live.plans
    ]
    plans[0] = msgspec.structs.replace(plans[0], trips=(first, *plans[0].trips))
    wrong = msgspec.structs.replace(live, plans=tuple(plans))
    plan = repair(problem, wrong, Budget(iterations=100))
    assert check(problem, problem.matrices, plan) == ()
    named = [*places_of(plan), *(one.parcel for one in plan.unserved)]
    assert sorted(named) == [parcel.id for parcel in problem.parcels]


def test_a_live_plan_that_holds_is_never_made_worse():
    problem = draw_any(2, robots=4, parcels=60, stations=1)
    live = solve(problem, Budget(iterations=3000), 1)
    for seed in range(3):
        again = solve(problem, Budget(iterations=1), seed, live)
        assert again.cost.total <= live.cost.total
