# SPDX-License-Identifier: Apache-2.0
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
from tests.dispatcher.planner.random_problems import any_problems

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
