# SPDX-License-Identifier: Apache-2.0
"""Where the judge's rules end: what is just allowed, and what no plan can be blamed for."""

import msgspec

from dispatcher.planner.check import check
from dispatcher.planner.problem import Costs, Parcel, Problem, Robot
from dispatcher.planner.solution import Cost, RobotPlan, Solution, Trip, Unserved
from tests.dispatcher.planner.rich_plan import HOUR_MS, PLAN, PROBLEM, TRAVEL, visit

FREE = Costs(per_metre=0, per_duty_s=0, per_trip=0, per_late_s=0)


def bulk(name: str, pickup: str, dropoff: str, mass_g: int) -> Parcel:
    return Parcel(id=name, size="", pickup=pickup, dropoff=dropoff, mass_g=mass_g)


def rules(problem: Problem, *plans: RobotPlan) -> list[str]:
    found = check(problem, TRAVEL, Solution(plans))
    return [violation.rule for violation in found]


def two_transfers(first_out: int, second_in: int) -> list[str]:
    """x from b to c, y from c to b, 600 g each, for who can take 1000 g; done at these visits."""
    problem = Problem(
        now_ms=0,
        parcels=(bulk("x", "b", "c", 600), bulk("y", "c", "b", 600)),
        robots=(Robot("R", (), "a", 0, mass_limit_g=1000),),
        costs=FREE,
    )
    todo: list[list[tuple[str, str, str]]] = [[("in", "x", "")], [], [], []]
    todo[first_out].append(("out", "x", ""))
    todo[second_in].append(("in", "y", ""))
    todo[2 if second_in < 2 else 3].append(("out", "y", ""))
    nodes = ("b", "c", "b" if second_in < 2 else "c", "b")
    visits = tuple(
        visit(node, 60_000 + at * 300_000, 60_000 + at * 300_000, 260_000 + at * 300_000, *tasks)
        for at, (node, tasks) in enumerate(zip(nodes, todo, strict=True))
    )
    return rules(problem, RobotPlan("R", (Trip(0, visits),)))


def test_what_needs_no_compartment_weighs_only_while_it_is_aboard() -> None:
    assert two_transfers(first_out=1, second_in=1) == []
    assert two_transfers(first_out=2, second_in=1) == ["tasks", "mass"]


def test_who_is_too_heavy_already_may_deliver_but_not_load() -> None:
    riding = Parcel(id="r", size="S", dropoff="a", aboard="R", compartment="S1", mass_g=900)
    extra = Parcel(id="x", size="S", pickup="s", dropoff="a", mass_g=1)
    robot = Robot("R", ("S1", "S2"), "s", 0, mass_limit_g=800)
    problem = Problem(0, (riding,), (robot,), costs=FREE)
    out = visit("a", 95_000, 95_000, 195_000, ("out", "r", "S1"))
    assert rules(problem, RobotPlan("R", (Trip(35_000, (out,)),))) == []
    problem = msgspec.structs.replace(problem, parcels=(riding, extra), stations=("s",))
    both = msgspec.structs.replace(out, tasks=(*out.tasks, msgspec.structs.replace(
        out.tasks[0], parcel="x", compartment="S2")))  # fmt: skip
    load = visit("s", 0, 0, 35_000, ("load", "x", "S2"))
    home = visit("s", 255_000, 255_000, 255_000)
    assert rules(problem, RobotPlan("R", (Trip(0, (load, both, home)),))) == ["mass"]


def test_frozen_trips_in_each_others_way_are_nobodys_fault() -> None:
    parcels = tuple(Parcel(id=f"p{n}", size="S", pickup="s", dropoff="a") for n in (1, 2))
    trips = [
        Trip(
            0,
            (
                visit("s", 0, 0, 35_000, ("load", f"p{n}", "S1")),
                visit("a", 95_000, 95_000, 150_000, ("out", f"p{n}", "S1")),
                visit("s", 210_000, 210_000, 210_000),
            ),
            bay=0,
        )
        for n in (1, 2)
    ]
    robots = tuple(
        Robot(f"R{n}", ("S1",), "s", 0, frozen=(trip,)) for n, trip in enumerate(trips, 1)
    )
    problem = Problem(0, parcels, robots, ("s",), costs=FREE, bays=(1,))
    plans = [RobotPlan(f"R{n}", (trip,)) for n, trip in enumerate(trips, 1)]
    assert rules(problem, *plans) == []
    free = msgspec.structs.replace(robots[1], frozen=())
    problem = msgspec.structs.replace(problem, robots=(robots[0], free))
    assert rules(problem, *plans) == ["bays", "bay"]


def test_the_table_of_the_moment_of_departure_counts() -> None:
    problem = Problem(0, (bulk("x", "a", "b", 0),), (Robot("R", (), "a", 0),), costs=FREE)

    def leaving_at(at_ms: int, takes_ms: int) -> list[str]:
        into = visit("a", 0, 0, at_ms, ("in", "x", ""))
        there_ms = at_ms + takes_ms
        out = visit("b", there_ms, there_ms, there_ms + 55_000, ("out", "x", ""))
        return rules(problem, RobotPlan("R", (Trip(0, (into, out)),)))

    assert leaving_at(HOUR_MS - 1, 60_000) == []
    assert leaving_at(HOUR_MS, 60_000) == ["travel"]
    assert leaving_at(HOUR_MS, 120_000) == []


def test_a_changed_parcel_is_one_with_another_robot_another_time_or_none() -> None:
    def changed(**values: object) -> int:
        parcels = tuple(
            msgspec.structs.replace(one, **values) if one.id == "way back" else one
            for one in PROBLEM.parcels
        )
        problem = msgspec.structs.replace(PROBLEM, parcels=parcels)
        found = check(problem, TRAVEL, msgspec.structs.replace(PLAN, cost=Cost()))
        assert [violation.rule for violation in found] == ["cost"]
        return int(found[0].text.rpartition("changed=")[2].rstrip(")")) // 700

    before = changed()
    assert changed(planned_robot="R2", planned_ms=3_775_000) == before
    assert changed(planned_robot="R2", planned_ms=3_775_000 - 600_000) == before
    assert changed(planned_robot="R2", planned_ms=3_775_000 - 600_001) == before + 1
    assert changed(planned_robot="R1", planned_ms=3_775_000) == before + 1


def test_nothing_to_do_and_nobody_to_do_it_is_a_good_plan() -> None:
    nobody = Problem(0, (bulk("x", "a", "b", 0),), ())
    left = Solution((), (Unserved("x", "no robot"),), Cost(skipped=100_000))
    assert check(nobody, TRAVEL, left) == ()
    assert check(Problem(0, (), ()), TRAVEL, Solution(())) == ()
