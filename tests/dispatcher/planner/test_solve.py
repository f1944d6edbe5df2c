# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.check import check
from dispatcher.planner.params import Params
from dispatcher.planner.problem import matrices_of
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solve import BadPlan, solve
from tests.dispatcher.planner.problems import draw, posed, problems, served

WORK = Budget(iterations=30)


@settings(max_examples=30, deadline=None)
@given(problems())
def test_every_plan_passes_the_judge_and_loses_nothing(given_):
    problem, travel = given_
    solution = solve(posed(problem, travel), WORK, seed=1)
    assert check(problem, travel, solution) == ()
    unserved = [one.parcel for one in solution.unserved]
    assert sorted(served(solution) + unserved) == [parcel.id for parcel in problem.parcels]


def test_a_plan_is_never_worse_than_insertion_and_the_log_says_what_was_tried():
    problem, travel = draw(3, robots=5, parcels=40, plain=True)
    quick = solve(posed(problem, travel), WORK, seed=1, params=Params(engine="quick"))
    assert [step.name for step in quick.log] == ["insert"]
    for engine, first in (("kernel", ["insert", "search"]), ("ortools", ["insert", "construct"])):
        plan = solve(posed(problem, travel), Budget(iterations=400), 1, None, Params(engine))
        assert plan.cost.total <= quick.cost.total
        assert [step.name for step in plan.log][:2] == first
        assert min(step.cost for step in plan.log) == plan.cost.total
        assert sum(step.gain for step in plan.log) == plan.log[0].cost - plan.cost.total


def test_or_tools_finds_a_better_plan_than_insertion():
    problem, travel = draw(5, robots=4, parcels=30, stations=2)
    plan = solve(posed(problem, travel), Budget(iterations=400), 1, None, Params("ortools"))
    assert plan.cost.total < plan.log[0].cost


def test_the_kernel_finds_a_better_plan_than_or_tools():
    problem, travel = draw(5, robots=4, parcels=30, plain=True)
    plans = [
        solve(posed(problem, travel), Budget(iterations=2000), 1, None, Params(engine))
        for engine in ("kernel", "ortools")
    ]
    assert plans[0].cost.total < plans[1].cost.total


def test_one_seed_gives_one_plan_under_any_hash_seed():
    script = (
        "import sys, msgspec\n"
        "from tests.dispatcher.planner.problems import draw, posed\n"
        "from dispatcher.planner.budget import Budget\n"
        "from dispatcher.planner.solve import solve\n"
        "p, t = draw(5, 4, 30, 2)\n"
        "s = solve(posed(p, t), Budget(iterations=60), 7)\n"
        "sys.stdout.buffer.write(msgspec.json.encode((s.plans, s.unserved, s.cost)))\n"
    )
    plan = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "3", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    ).stdout
    problem, travel = draw(5, 4, 30, 2)
    for _ in range(2):
        s = solve(posed(problem, travel), Budget(iterations=60), 7)
        assert msgspec.json.encode((s.plans, s.unserved, s.cost)) == plan


def test_the_live_plan_is_one_of_the_starts():
    problem, travel = draw(3, robots=5, parcels=40, plain=True)
    good = solve(posed(problem, travel), Budget(iterations=400), seed=1)
    again = solve(posed(problem, travel), Budget(iterations=1), seed=1, start=good)
    assert again.cost.total <= good.cost.total
    assert again.log[0].cost <= good.cost.total


def test_a_problem_too_big_for_one_model_is_still_solved_whole():
    problem, travel = draw(4, robots=6, parcels=270, plain=True)
    solution = solve(posed(problem, travel), Budget(iterations=3), seed=1)
    assert check(problem, travel, solution) == ()
    assert len(served(solution)) + len(solution.unserved) == 270


def test_a_problem_goes_to_a_worker_with_the_travel_it_needs_and_no_more():
    problem, travel = draw(6, robots=3, parcels=4, plain=True)
    small = matrices_of(problem, travel)
    assert len(small.nodes) < len(travel.nodes)
    ids = [parcel.id for parcel in problem.parcels]
    assert insert(problem, small, empty(problem), ids) == insert(
        problem, travel, empty(problem), ids
    )


def test_a_wall_budget_is_kept_to_roughly_and_gives_a_good_plan():
    problem, travel = draw(8, robots=4, parcels=20, plain=True)
    solution = solve(posed(problem, travel), Budget(wall_ms=200), seed=1)
    assert check(problem, travel, solution) == ()


def test_a_bad_request_is_one_clear_sentence():
    problem, travel = draw(1, parcels=1, plain=True)
    with pytest.raises(ValueError, match="needs its matrices"):
        solve(problem, WORK, seed=1)
    with pytest.raises(ValueError, match="a budget is one of iterations, wall_ms and cpu_ms"):
        Budget()
    with pytest.raises(ValueError, match="a budget is one of"):
        Budget(iterations=1, wall_ms=1)
    twice = msgspec.structs.replace(problem, robots=problem.robots[:1] * 2)
    assert issubclass(BadPlan, RuntimeError)
    assert check(twice, travel, empty(twice)) != ()


def test_a_budget_of_solutions_is_spent_to_the_last():
    purse = Purse(Budget(iterations=3))
    shares = [purse.share(40) for _ in range(5)]
    assert shares == [Budget(iterations=1)] * 3 + [None] * 2
