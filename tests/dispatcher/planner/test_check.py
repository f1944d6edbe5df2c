# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest

from dispatcher.planner.check import check
from dispatcher.planner.problem import Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solution import Cost, Unserved
from tests.dispatcher.planner.problems import HOUR_MS

NODES = ("a", "b", "c", "s")
TRAVEL = Matrices(
    NODES,
    tuple(tuple(60_000 * abs(i - j) for j in range(4)) for i in range(4)),
    tuple(tuple(180_000 * abs(i - j) for j in range(4)) for i in range(4)),
)
PROBLEM = Problem(
    now_ms=0,
    parcels=(
        Parcel(id="big", size="L", pickup="s", dropoff="a", ready_ms=5_000, mass_g=100),
        Parcel(id="riding", size="S", dropoff="b", aboard="R1", compartment="S1"),
        Parcel(id="slot", size="S", pickup="s", dropoff="b", dropoff_earliest_ms=HOUR_MS),
        Parcel(id="swap", size="S", pickup="a", dropoff="c", person_pickup=True),
        Parcel(id="way back", size="M", pickup="c", dropoff="s", person_pickup=True),
    ),
    robots=(
        Robot(id="R1", compartments=("S1", "S2", "M1", "L1"), free_node="s", free_ms=1_000),
        Robot(id="R2", compartments=("S1",), free_node="s", free_ms=0),
    ),
    stations=("s",),
    horizon_ms=3 * HOUR_MS,
)
GOOD = insert(PROBLEM, TRAVEL, empty(PROBLEM), [parcel.id for parcel in PROBLEM.parcels])


def edited(edit) -> set[str]:
    """The rules broken after `edit` changed the plan, given as plain lists and dicts."""
    plain = msgspec.to_builtins(GOOD)
    plain = msgspec.json.decode(msgspec.json.encode(plain))
    edit(plain)
    broken = msgspec.convert(plain, type(GOOD))
    return {violation.rule for violation in check(PROBLEM, TRAVEL, broken)}


def visits(plain):
    return [v for plan in plain["plans"] for trip in plan["trips"] for v in trip["visits"]]


def tasks_of(plain, parcel):
    return [task for v in visits(plain) for task in v["tasks"] if task["parcel"] == parcel]


def visit_with(plain, parcel, kind):
    wanted = (parcel, kind)
    return next(v for v in visits(plain) for t in v["tasks"] if (t["parcel"], t["kind"]) == wanted)


def put(parcel, compartment):
    def edit(plain):
        for task in tasks_of(plain, parcel):
            task["compartment"] = compartment

    return edit


def shift(kind, parcel, field, ms):
    def edit(plain):
        visit_with(plain, parcel, kind)[field] += ms

    return edit


def remove_parcel(plain):
    for visit in visits(plain):
        visit["tasks"] = [task for task in visit["tasks"] if task["parcel"] != "big"]


def twice(plain):
    plain["unserved"].append({"parcel": "big", "reason": "no reason"})


def stranger(plain):
    plain["unserved"].append({"parcel": "nobody's", "reason": "no reason"})


def robots_swapped(plain):
    plain["plans"][0]["robot"], plain["plans"][1]["robot"] = "R2", "R9"


def trips_swapped(plain):
    plan = next(plan for plan in plain["plans"] if len(plan["trips"]) > 1)
    plan["trips"].reverse()


def no_station_at_end(plain):
    next(plan for plan in plain["plans"] if plan["trips"])["trips"][0]["visits"].pop()


def first_trip_to_other_robot(plain):
    plain["plans"][1]["trips"].insert(0, plain["plans"][0]["trips"].pop(0))


def out_before_in(plain):
    into, out = visit_with(plain, "swap", "in"), visit_with(plain, "swap", "out")
    into["tasks"], out["tasks"] = out["tasks"], into["tasks"]


def loading_second(plain):
    trip = next(
        t
        for p in plain["plans"]
        for t in p["trips"]
        if t["visits"][0]["tasks"][0]["kind"] == "load"
    )
    trip["visits"].insert(0, {**trip["visits"][0], "tasks": []})


def no_visits(plain):
    plain["plans"][0]["trips"][0]["visits"] = []


def set_off_too_early(plain):
    plain["plans"][0]["trips"][0]["depart_not_before_ms"] = 0


def unknown_node(plain):
    visits(plain)[0]["node"] = "nowhere"


def cheaper_than_it_is(plain):
    plain["cost"]["drive"] -= 1


def everything_later(plain):
    for visit in visits(plain):
        for field in ("arrive_ms", "start_ms", "depart_ms"):
            visit[field] += 9 * HOUR_MS


def test_the_plan_to_be_spoilt_is_good_and_serves_everything():
    assert check(PROBLEM, TRAVEL, GOOD) == ()
    assert GOOD.unserved == ()


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (remove_parcel, "once"),
        (twice, "once"),
        (stranger, "known parcel"),
        (robots_swapped, "robots"),
        (trips_swapped, "overlap"),
        (no_station_at_end, "end"),
        (first_trip_to_other_robot, "aboard"),
        (out_before_in, "tasks"),
        (loading_second, "station"),
        (no_visits, "trip"),
        (set_off_too_early, "overlap"),
        (unknown_node, "way"),
        (cheaper_than_it_is, "cost"),
        (everything_later, "horizon"),
        (put("big", "M1"), "size"),
        (put("big", "X1"), "compartment"),
        (put("riding", "S2"), "compartment"),
        (put("slot", "S9"), "compartment"),
        (shift("out", "slot", "start_ms", -1), "window"),
        (shift("load", "big", "start_ms", -HOUR_MS), "ready"),
        (shift("out", "big", "depart_ms", -1), "service"),
        (shift("out", "big", "arrive_ms", -1), "travel"),
        (shift("out", "big", "arrive_ms", 10 * HOUR_MS), "start"),
    ],
)
def test_every_kind_of_corruption_is_caught(edit, rule):
    assert rule in edited(edit)


def test_two_parcels_in_one_compartment_are_caught():
    parcels = tuple(Parcel(id=n, size="S", pickup="s", dropoff="a") for n in ("x", "y"))
    problem = msgspec.structs.replace(PROBLEM, parcels=parcels)
    good = insert(problem, TRAVEL, empty(problem), ["x", "y"])
    crowded = msgspec.json.encode(good).replace(b'"S2"', b'"S1"')
    broken = msgspec.json.decode(crowded, type=type(good))
    assert [violation.rule for violation in check(problem, TRAVEL, good)] == []
    assert "taken" in {violation.rule for violation in check(problem, TRAVEL, broken)}


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [("mass_limit_g", 99, "mass"), ("range_mm", 1000, "range"), ("shift_end_ms", 90_000, "shift")],
)
def test_a_robot_that_is_weaker_than_the_plan_thinks_is_caught(field, value, rule):
    robots = tuple(msgspec.structs.replace(one, **{field: value}) for one in PROBLEM.robots)
    weaker = msgspec.structs.replace(PROBLEM, robots=robots)
    assert rule in {violation.rule for violation in check(weaker, TRAVEL, GOOD)}


def test_a_late_hand_over_is_a_cost_and_not_a_fault():
    parcels = tuple(msgspec.structs.replace(p, dropoff_latest_ms=1) for p in PROBLEM.parcels)
    problem = msgspec.structs.replace(PROBLEM, parcels=parcels)
    late = insert(problem, TRAVEL, empty(problem), [parcel.id for parcel in parcels])
    assert late.cost.late > 0
    assert check(problem, TRAVEL, late) == ()


def test_a_plan_that_says_nothing_about_parcels_is_caught():
    silent = msgspec.structs.replace(empty(PROBLEM), unserved=(), cost=Cost())
    assert {violation.rule for violation in check(PROBLEM, TRAVEL, silent)} == {"once"}
    said = tuple(Unserved(parcel.id, "because") for parcel in PROBLEM.parcels)
    spoken = msgspec.structs.replace(silent, unserved=said, cost=Cost(skipped=500_000))
    assert check(PROBLEM, TRAVEL, spoken) == ()


def test_a_visit_to_no_node_is_a_violation_and_no_crash():
    rules = edited(lambda plain: visits(plain)[0].update(node=""))
    assert "way" in rules
