# SPDX-License-Identifier: Apache-2.0
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.planner.changes import changes, moved
from dispatcher.planner.check import check
from dispatcher.planner.part import places_of
from dispatcher.planner.problem import Costs, Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import cost_of, empty, insert
from dispatcher.planner.relabel import relabelled
from dispatcher.planner.solution import RobotPlan, Solution
from dispatcher.planner.steady import steady, with_planned
from tests.dispatcher.planner.random_problems import any_problems, draw_any

HOUR_MS = 3_600_000
LINE = Matrices(
    ("a", "b", "s"),
    ((0, 60_000, 60_000), (60_000, 0, 120_000), (60_000, 120_000, 0)),
    ((0, 180_000, 180_000), (180_000, 0, 360_000), (180_000, 360_000, 0)),
)


def twins(*parcels: Parcel, per_change: int = 0) -> Problem:
    """Two robots alike at the station `s`."""
    robots = tuple(Robot(name, ("S1", "S2"), "s", 0) for name in ("R1", "R2"))
    costs = Costs(per_change=per_change)
    return Problem(0, parcels, robots, ("s",), costs=costs, matrices=LINE)


def delivery(name: str, dropoff: str, **more) -> Parcel:
    return Parcel(id=name, size="S", pickup="s", dropoff=dropoff, **more)


def inserted(problem: Problem, names=None, start: Solution | None = None) -> Solution:
    chosen = [parcel.id for parcel in problem.parcels] if names is None else names
    return insert(problem, problem.matrices, start or empty(problem), chosen)


def swapped(problem: Problem, plan: Solution) -> Solution:
    """The same plan with the days of its two robots exchanged."""
    one, other = plan.plans
    plans = (RobotPlan(one.robot, other.trips), RobotPlan(other.robot, one.trips))
    return costed(problem, msgspec.structs.replace(plan, plans=plans))


def costed(problem: Problem, plan: Solution) -> Solution:
    return msgspec.structs.replace(plan, cost=cost_of(problem, problem.matrices, plan))


def test_equal_plans_have_no_changes():
    problem = draw_any(3, robots=3, parcels=10, features=())
    plan = inserted(problem)
    assert changes(problem, plan, plan, problem.matrices) == ()
    assert moved(problem, plan, plan) == ()


def test_a_parcel_that_changes_its_robot_puts_both_robots_into_one_group():
    problem = twins(delivery("p", "a"))
    plan = inserted(problem)
    (group,) = changes(problem, plan, swapped(problem, plan), LINE)
    assert group.robots == ("R1", "R2")
    assert group.gain.total == 0
    assert [move.text for move in group.moves] == ["p: from R1 to R2, 0 s later"]
    assert group.why == "cost +0"


def test_what_a_new_parcel_costs_is_told_in_named_terms():
    problem = twins(delivery("p", "a"), delivery("q", "b"))
    old = inserted(problem, ["p"])
    new = inserted(problem, ["q"], old)
    (group,) = changes(problem, old, new, LINE)
    texts = [move.text for move in group.moves]
    assert any(text.startswith("q: now carried by R") for text in texts)
    assert group.gain.skipped == 100_000
    assert "driving +" in group.why
    assert "left out -100000" in group.why
    (back,) = changes(problem, new, old, LINE)
    assert any(text.startswith("q: left out, was with R") for text in [m.text for m in back.moves])


@settings(max_examples=40, deadline=None)
@given(any_problems(), st.integers(0, 5))
def test_the_groups_share_no_robot_and_their_gains_add_up(problem, skipped):
    names = [parcel.id for parcel in problem.parcels]
    old = inserted(problem, names[::-1][skipped:])
    new = inserted(problem, names)
    groups = changes(problem, old, new, problem.matrices)
    robots = [name for group in groups for name in group.robots]
    assert len(robots) == len(set(robots))
    gain = sum(group.gain.total for group in groups)
    # Each of five terms is rounded down once a plan, and once a group.
    assert abs(gain - (old.cost.total - new.cost.total)) <= 10 * len(groups)
    told = {move.parcel for group in groups for move in group.moves}
    before, after = places_of(old), places_of(new)
    assert told == {name for name in names if before.get(name) != after.get(name)}


@settings(max_examples=40, deadline=None)
@given(any_problems(), st.integers(0, 5), st.sampled_from([0, 50, 700, 100_000]))
def test_the_steady_plan_is_good_and_never_worse_than_the_live_one_with_changes_paid(
    problem, missing, per_change
):
    costs = msgspec.structs.replace(problem.costs, per_change=per_change)
    problem = msgspec.structs.replace(problem, costs=costs)
    names = [parcel.id for parcel in problem.parcels]
    live = inserted(problem, names[missing:])
    new = inserted(problem, names)
    chosen = steady(problem, problem.matrices, live, new)
    assert check(problem, problem.matrices, chosen) == ()
    priced = with_planned(problem, live)
    mended = insert(priced, priced.matrices, live, names)
    assert costed(priced, chosen).cost.total <= mended.cost.total


def test_a_change_that_gains_less_than_its_price_is_left():
    """The live plan serves `p` and `q` in two trips; in one trip they cost less."""
    parcels = (delivery("p", "a"), delivery("q", "a"))
    cheap, dear = twins(*parcels), twins(*parcels, per_change=100_000)
    apart = Solution(
        plans=tuple(
            RobotPlan(robot, inserted(cheap, [name]).plans[0].trips)
            for robot, name in (("R1", "p"), ("R2", "q"))
        )
    )
    together = inserted(cheap)
    taken = steady(cheap, LINE, apart, together)
    assert [len(entry.trips) for entry in taken.plans] == [1, 0]
    kept = steady(dear, LINE, apart, together)
    assert [len(entry.trips) for entry in kept.plans] == [1, 1]
    assert check(dear, LINE, kept) == ()


def test_a_plan_that_only_names_the_robots_otherwise_changes_nothing():
    parcels = tuple(delivery(f"p{n}", "ab"[n % 2]) for n in range(6))
    problem = twins(*parcels, per_change=50)
    live = inserted(problem)
    renamed = swapped(problem, live)
    assert any(entry.trips for entry in live.plans)
    priced = with_planned(problem, live)
    assert costed(priced, renamed).cost.changed > 0
    again = relabelled(priced, LINE, live, renamed)
    assert {n: p.robot for n, p in places_of(again).items()} == {
        n: p.robot for n, p in places_of(live).items()
    }
    assert costed(priced, again).cost.changed == 0
