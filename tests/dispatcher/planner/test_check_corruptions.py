# SPDX-License-Identifier: Apache-2.0
"""Good plans, spoilt in every way that there is a rule against: the judge catches each of them."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from dispatcher.planner.check import check
from dispatcher.planner.check_rules import RULES
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solution import Solution
from tests.dispatcher.planner.random_problems import draw_any
from tests.dispatcher.planner.rich_plan import HOUR_MS, PLAN, PROBLEM, TRAVEL

Plain = dict[str, Any]
Edit = Callable[[Plain], object]


def rules_of(plain: Plain) -> set[str]:
    broken = msgspec.convert(plain, Solution)
    return {violation.rule for violation in check(PROBLEM, TRAVEL, broken)}


def good() -> Plain:
    return msgspec.json.decode(msgspec.json.encode(PLAN))


def trips(plain: Plain, robot: int) -> list[Plain]:
    return plain["plans"][robot]["trips"]


def visit(plain: Plain, robot: int, trip: int, at: int) -> Plain:
    return trips(plain, robot)[trip]["visits"][at]


def tasks(plain: Plain, parcel: str) -> list[Plain]:
    every = [v for plan in plain["plans"] for trip in plan["trips"] for v in trip["visits"]]
    return [task for v in every for task in v["tasks"] if task["parcel"] == parcel]


def later(robot: int, trip: int, field: str, ms: int, at: int = 0) -> Edit:
    """A visit's time moved."""

    def edit(plain: Plain) -> None:
        visit(plain, robot, trip, at)[field] += ms

    return edit


def moved(robot: int, trip: int, ms: int) -> Edit:
    """A whole trip moved."""

    def edit(plain: Plain) -> None:
        one = trips(plain, robot)[trip]
        one["depart_not_before_ms"] += ms
        for stand in one["visits"]:
            for field in ("arrive_ms", "start_ms", "depart_ms"):
                stand[field] += ms

    return edit


def put(parcel: str, compartment: str) -> Edit:
    def edit(plain: Plain) -> None:
        for task in tasks(plain, parcel):
            task["compartment"] = compartment

    return edit


def of_trip(robot: int, trip: int, **values: object) -> Edit:
    return lambda plain: trips(plain, robot)[trip].update(values)


def of_visit(robot: int, trip: int, at: int, **values: object) -> Edit:
    return lambda plain: visit(plain, robot, trip, at).update(values)


def swap_tasks(robot: int, trip: int, one: int, other: int) -> Edit:
    def edit(plain: Plain) -> None:
        a, b = visit(plain, robot, trip, one), visit(plain, robot, trip, other)
        a["tasks"], b["tasks"] = b["tasks"], a["tasks"]

    return edit


def rename(parcel: str, other: str) -> Edit:
    def edit(plain: Plain) -> None:
        for task in tasks(plain, parcel):
            task["parcel"] = other

    return edit


def unserved(*names: str) -> Edit:
    return lambda plain: plain.update(unserved=[{"parcel": n, "reason": ""} for n in names])


def drop_trip(robot: int, trip: int) -> Edit:
    return lambda plain: trips(plain, robot).pop(trip)


def drop_visit(robot: int, trip: int, at: int) -> Edit:
    return lambda plain: trips(plain, robot)[trip]["visits"].pop(at)


def another_trip_home(plain: Plain) -> None:
    home = trips(plain, 1)[0]["visits"][-1]
    trips(plain, 1).append({"depart_not_before_ms": 5_175_000, "visits": [home]})


def too_much_aboard(plain: Plain) -> None:
    for at, kind in ((0, "load"), (1, "out")):
        task = {"kind": kind, "parcel": "left", "compartment": "S2"}
        visit(plain, 1, 0, at)["tasks"].append(task)
    plain["unserved"] = []


def riding_on_the_second_trip(plain: Plain) -> None:
    home = {"node": "s", "tasks": [], "arrive_ms": 0, "start_ms": 0, "depart_ms": 0}
    trips(plain, 2).insert(0, {"depart_not_before_ms": 0, "visits": [home]})


def in_and_out_at_once(plain: Plain) -> None:
    back = visit(plain, 1, 1, 1)
    back["tasks"] = visit(plain, 1, 1, 0)["tasks"] + back["tasks"]
    visit(plain, 1, 1, 0)["tasks"] = []


def handed_in_where_it_goes_out(plain: Plain) -> None:
    in_and_out_at_once(plain)
    visit(plain, 1, 1, 1)["node"] = "a"


def loaded_at_the_end_of_the_trip(plain: Plain) -> None:
    first = trips(plain, 1)[0]["visits"]
    first.insert(0, {**first[0], "tasks": [], "depart_ms": first[0]["start_ms"]})


def unloaded_on_the_way(plain: Plain) -> None:
    first = trips(plain, 1)[0]["visits"]
    first.append({**first[1]})
    first[1]["tasks"] = []


def two_loads_in_one_compartment(plain: Plain) -> None:
    put("slot", "M1")(plain)


def a_charge_with_a_stop_on_the_way(plain: Plain) -> None:
    first = trips(plain, 2)[0]["visits"]
    first.insert(0, {**first[0], "node": "c"})


CORRUPTIONS: list[tuple[str, Edit]] = [
    ("robots", lambda plain: plain["plans"].reverse()),
    ("robots", lambda plain: plain["plans"].pop()),
    ("robots", lambda plain: plain["plans"][1].update(robot="R9")),
    ("frozen", drop_trip(0, 0)),
    ("frozen", later(0, 0, "depart_ms", -1)),
    ("frozen", of_trip(0, 0, bay=1)),
    ("frozen", lambda plain: trips(plain, 0).clear()),
    ("trip", of_trip(1, 1, visits=[])),
    ("trips", another_trip_home),
    ("known parcel", unserved("left", "nobody's")),
    ("known parcel", rename("big", "nobody's")),
    ("once", unserved("left", "big")),
    ("once", unserved("left", "left")),
    ("once", unserved()),
    ("once", drop_trip(1, 1)),
    ("once", lambda plain: trips(plain, 2).append(trips(plain, 0)[2])),
    ("overlap", lambda plain: trips(plain, 1).reverse()),
    ("overlap", of_trip(1, 0, depart_not_before_ms=999)),
    ("overlap", of_trip(0, 1, depart_not_before_ms=209_999)),
    ("way", of_visit(1, 0, 1, node="nowhere")),
    ("way", of_visit(1, 0, 1, node="")),
    ("travel", later(1, 1, "arrive_ms", -1, at=2)),
    ("travel", of_trip(1, 1, depart_not_before_ms=4_225_001)),
    ("travel", moved(0, 2, 3_000_000)),
    ("start", later(1, 1, "arrive_ms", 1, at=1)),
    ("service", later(0, 2, "depart_ms", -1, at=1)),
    ("service", later(0, 2, "start_ms", 1, at=2)),
    ("horizon", moved(1, 1, 20_000)),
    ("shift", later(1, 1, "depart_ms", 30_000, at=3)),
    ("range", another_trip_home),
    ("end", drop_visit(1, 1, 3)),
    ("end", drop_visit(1, 1, 2)),
    ("end", drop_visit(0, 2, 3)),
    ("closed", moved(0, 2, 1_000_000)),
    ("tasks", swap_tasks(1, 1, 0, 1)),
    ("tasks", swap_tasks(0, 2, 0, 1)),
    ("tasks", of_visit(2, 2, 0, tasks=[{"kind": "in", "parcel": "riding", "compartment": "S1"}])),
    ("tasks", in_and_out_at_once),
    ("tasks", handed_in_where_it_goes_out),
    ("station", loaded_at_the_end_of_the_trip),
    ("station", unloaded_on_the_way),
    ("aboard", riding_on_the_second_trip),
    ("aboard", lambda plain: trips(plain, 1).insert(0, trips(plain, 2).pop(2))),
    ("ready", moved(0, 2, -60_000)),
    ("window", later(1, 0, "start_ms", -1, at=1)),
    ("window", moved(1, 0, 700_000)),
    ("late", later(1, 0, "start_ms", 10_000, at=2)),
    ("compartment", put("slot", "X1")),
    ("compartment", put("slot", "")),
    ("compartment", put("slot", "L1")),
    ("compartment", put("bulk", "S1")),
    ("compartment", put("riding", "S2")),
    ("size", put("big", "M1")),
    ("size", put("way back", "S2")),
    ("taken", two_loads_in_one_compartment),
    ("mass", too_much_aboard),
    ("battery", drop_trip(0, 1)),
    ("battery", of_trip(0, 1, charge_mwh=28_000)),
    ("battery said", of_visit(0, 2, 1, battery_mwh=26_241)),
    ("battery said", of_visit(0, 2, 1, battery_mwh=-1)),
    ("battery said", of_visit(1, 0, 1, battery_mwh=100)),
    ("charge", of_visit(0, 1, 0, node="c")),
    ("charge", of_trip(0, 1, charge_mwh=-1)),
    ("charge", of_trip(1, 1, charge_mwh=1)),
    ("charge", of_trip(2, 1, charge_mwh=27_679)),
    ("charge", a_charge_with_a_stop_on_the_way),
    ("charge time", later(0, 1, "depart_ms", -1)),
    ("charge time", later(2, 1, "start_ms", 1)),
    ("overcharged", of_trip(2, 1, charge_mwh=27_681)),
    ("overcharged", of_trip(0, 1, charge_mwh=90_000)),
    ("charger places", moved(2, 0, -1)),
    ("charger places", moved(2, 0, -HOUR_MS // 10)),
    ("bay", of_trip(1, 0, bay=-1)),
    ("bay", of_trip(1, 0, bay=1)),
    ("bay", moved(1, 0, -1)),
    ("bays", moved(1, 0, -1)),
    ("bays", later(0, 2, "depart_ms", 1)),
    ("cost", lambda plain: plain["cost"].update(drive=6119)),
    ("cost", lambda plain: plain["cost"].update(broken=0)),
    ("cost", lambda plain: plain["cost"].update(changed=700)),
    ("cost", lambda plain: plain.pop("cost")),
]


def test_the_plan_to_be_spoilt_is_good() -> None:
    assert check(PROBLEM, TRAVEL, PLAN) == ()


@pytest.mark.parametrize(("rule", "edit"), CORRUPTIONS)
def test_each_kind_of_corruption_is_caught_by_its_rule(rule: str, edit: Edit) -> None:
    plain = good()
    edit(plain)
    assert rule in rules_of(plain)


def test_every_rule_is_broken_by_some_corruption() -> None:
    assert {rule for rule, _ in CORRUPTIONS} | {"order"} == set(RULES)


def test_who_goes_out_where_it_comes_in_needs_two_visits() -> None:
    """`order` needs a parcel whose two ends are one place."""
    parcels = tuple(
        msgspec.structs.replace(one, dropoff="a") if one.id == "swap" else one
        for one in PROBLEM.parcels
    )
    problem = msgspec.structs.replace(PROBLEM, parcels=parcels)
    plain = good()
    into, out = visit(plain, 1, 1, 0), visit(plain, 1, 1, 1)
    into["tasks"] += out["tasks"]
    out["tasks"] = []
    found = check(problem, TRAVEL, msgspec.convert(plain, Solution))
    assert "order" in {violation.rule for violation in found}


def numbers(plain: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all numbers of a plan."""
    if isinstance(plain, dict | list):
        pairs = plain.items() if isinstance(plain, dict) else enumerate(plain)
        for key, value in pairs:
            yield from numbers(value, (*path, key))
    elif isinstance(plain, int):
        yield path


def put_at(plain: Any, path: tuple[Any, ...], change: Callable[[Any], object]) -> None:
    *way, last = path
    for key in way:
        plain = plain[key]
    plain[last] = change(plain[last])


@pytest.mark.parametrize("path", list(numbers(good())), ids=lambda path: ".".join(map(str, path)))
def test_no_number_of_a_plan_can_be_one_less(path: tuple[Any, ...]) -> None:
    # Who sets out early only waits, and pays for whole seconds.
    less = 1000 if path[-1] == "depart_not_before_ms" else 1
    plain = good()
    put_at(plain, path, lambda value: value - less)
    assert rules_of(plain)


def test_a_violation_names_the_robot_the_place_and_the_moment() -> None:
    plain = good()
    later(1, 0, "start_ms", 10_000, at=2)(plain)
    found = check(PROBLEM, TRAVEL, msgspec.convert(plain, Solution))
    late = next(violation for violation in found if violation.rule == "late")
    assert (late.robot, late.where, late.at_ms) == ("R2", "way back", 3_785_000)
    assert late.text == "85000 ms late, where 80000 ms are allowed"


ABSURD = (-1, 0, 1 << 70, -(1 << 70))
WORDS = ("", "s", "R1", "big", "bulk", "riding", "load", "nowhere", "S1", "\u00fc" * 300)


def spoilt(rng: random.Random, plain: Any) -> Any:
    """The same plan with some values, visits and trips exchanged, doubled or lost."""
    if isinstance(plain, dict):
        return {key: spoilt(rng, value) for key, value in plain.items()}
    if isinstance(plain, list):
        items = [spoilt(rng, item) for item in plain]
        if items and rng.random() < 0.08:
            items.insert(rng.randrange(len(items) + 1), rng.choice(items))
        if items and rng.random() < 0.08:
            items.pop(rng.randrange(len(items)))
        if rng.random() < 0.05:
            rng.shuffle(items)
        return items
    if rng.random() < 0.02:
        return rng.choice(ABSURD) if isinstance(plain, int) else rng.choice(WORDS)
    return plain


def test_whatever_a_plan_says_the_judge_answers() -> None:
    rng = random.Random(7)
    for _ in range(400):
        broken = msgspec.convert(spoilt(rng, good()), Solution)
        found = check(PROBLEM, TRAVEL, broken)
        assert found or (broken.plans, broken.cost) == (PLAN.plans, PLAN.cost)


def test_plans_by_insertion_are_good_and_caught_when_spoilt() -> None:
    caught = 0
    for seed in range(12):
        problem = draw_any(seed, features=("slots", "windows", "unreachable"))
        plan = insert(problem, problem.matrices, empty(problem), [p.id for p in problem.parcels])
        assert check(problem, problem.matrices, plan) == ()
        plain = msgspec.json.decode(msgspec.json.encode(plan))
        for path in list(numbers(plain)):
            put_at(plain, path, lambda value: value - 1)
            caught += bool(check(problem, problem.matrices, msgspec.convert(plain, Solution)))
            put_at(plain, path, lambda value: value + 1)
    assert caught > 500
