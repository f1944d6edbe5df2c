# SPDX-License-Identifier: Apache-2.0
"""What once broke the kernel's memory, its budget or its numbers."""

import random

import msgspec
import pytest

from dispatcher.planner import quick
from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_trip import Job
from dispatcher.planner.params import Params
from dispatcher.planner.places import Found, cheapest
from dispatcher.planner.problem import Costs, Parcel, Problem, Robot
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import TRIES_MOST, solve
from tests.dispatcher.planner.problems import city, served
from tests.dispatcher.planner.random_problems import draw_any


def deliveries(count: int, robots: int, compartments: tuple[str, ...], **more: int) -> Problem:
    """Parcels from one station to a dozen stops, no windows."""
    matrices = city(random.Random(1), 13)
    stops = matrices.nodes[1:]
    parcels = tuple(
        Parcel(id=f"p{i:04d}", size="S", dropoff=stops[i % 12], pickup=matrices.nodes[0])
        for i in range(count)
    )
    fleet = tuple(
        Robot(f"r{i:02d}", compartments, matrices.nodes[0], 0, **more) for i in range(robots)
    )
    return Problem(0, parcels, fleet, (matrices.nodes[0],), matrices=matrices)


def judged(problem: Problem, budget: Budget, params: Params = Params()) -> Solution:  # noqa: B008
    plan = solve(problem, budget, 1, params=params)
    assert problem.matrices is not None
    assert check(problem, problem.matrices, plan) == ()
    unserved = [one.parcel for one in plan.unserved]
    assert sorted(served(plan) + unserved) == [parcel.id for parcel in problem.parcels]
    return plan


def test_a_robot_with_more_trips_than_a_chain_holds_does_not_overrun_it():
    plan = judged(deliveries(520, 1, ("S1",), trips_max=1000), Budget(iterations=3))
    assert len(plan.plans[0].trips) > 500


@pytest.mark.parametrize("robots", [1, 10])
def test_of_what_the_search_leaves_out_only_some_is_tried_by_insertion(robots, monkeypatch):
    tried: list[str] = []

    def counted(draft: Draft, job: Job) -> Found | None:
        tried.append(job.parcel.id)
        return cheapest(draft, job)

    monkeypatch.setattr(quick, "cheapest", counted)
    problem = deliveries(1000, robots, ("S1", "S2", "S3"), shift_end_ms=20_000_000)
    plan = judged(problem, Budget(iterations=20))
    # All of them, one after the other, took seven CPU seconds of a budget of half a second.
    assert len(plan.unserved) > TRIES_MOST
    assert 0 < len(tried) <= TRIES_MOST


def test_a_parcel_from_a_stop_to_itself_spoils_no_plan():
    problem = deliveries(60, 3, ("S1", "S2", "S3", "S4"))
    home = problem.parcels[0].dropoff
    odd = Parcel(id="q", size="S", dropoff=home, pickup=home, person_pickup=True)
    problem = msgspec.structs.replace(problem, parcels=(*problem.parcels, odd))
    plan = judged(problem, Budget(iterations=2000))
    assert not plan.unserved
    assert [step.note for step in plan.log if step.name == "search"] == [""]


def test_a_price_of_lateness_beyond_all_bounds_is_still_a_price():
    problem = deliveries(5, 1, ("S1", "S2"))
    late = msgspec.structs.replace(problem.parcels[0], dropoff_latest_ms=1, priority=1000)
    parcels = (late, *problem.parcels[1:])
    costs = Costs(per_late_s=1 << 20)
    judged(msgspec.structs.replace(problem, parcels=parcels, costs=costs), Budget(iterations=100))


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_keeps_every_rule_whatever_is_asked(seed):
    problem = draw_any(seed)
    assert problem.matrices is not None
    plan = solve(problem, Budget(iterations=300), seed)
    assert check(problem, problem.matrices, plan) == ()
    frozen = {t.parcel for r in problem.robots for f in r.frozen for v in f.visits for t in v.tasks}
    unserved = {one.parcel for one in plan.unserved}
    assert frozen | set(served(plan)) | unserved == {parcel.id for parcel in problem.parcels}
