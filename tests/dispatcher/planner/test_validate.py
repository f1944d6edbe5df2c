# SPDX-License-Identifier: Apache-2.0
"""A problem that contradicts itself is refused with one sentence that says where."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from dispatcher.planner.check import check
from dispatcher.planner.problem import FOREVER_MS, BadProblem, Problem
from dispatcher.planner.solution import RobotPlan, Solution, Unserved
from dispatcher.planner.validate import validate
from dispatcher.planner.validate_numbers import LIMITS
from tests.dispatcher.planner.random_problems import any_problems
from tests.dispatcher.planner.rich_plan import FROZEN, PROBLEM

Plain = dict[str, Any]
Edit = Callable[[Plain], object]
NAMES = {"parcels": [p.id for p in PROBLEM.parcels], "robots": [r.id for r in PROBLEM.robots]}


def of(kind: str, name: str, **values: object) -> Edit:
    at = NAMES[kind].index(name)
    return lambda plain: plain[kind][at].update(values)


def parcel(name: str, **values: object) -> Edit:
    return of("parcels", name, **values)


def robot(name: str, **values: object) -> Edit:
    return of("robots", name, **values)


def whole(**values: object) -> Edit:
    return lambda plain: plain.update(values)


def battery(**values: object) -> Edit:
    return lambda plain: plain["robots"][0]["battery"].update(values)


def table(edit: Callable[[Plain], object]) -> Edit:
    return lambda plain: edit(plain["matrices"])


def frozen(edit: Callable[[Plain], object]) -> Edit:
    return lambda plain: edit(plain["robots"][0]["frozen"][0])


def window(earliest_ms: int, latest_ms: int) -> Plain:
    return {"earliest_ms": earliest_ms, "latest_ms": latest_ms}


def also_frozen(plain: Plain) -> None:
    trip = msgspec.to_builtins(FROZEN)
    plain["robots"][1]["frozen"] = [{**trip, "depart_not_before_ms": 1000}]


CONTRADICTIONS: list[tuple[str, Edit]] = [
    ("problem: now_ms is -1, not from 0 to ", whole(now_ms=-1)),
    ("parcel big: id is there twice", lambda p: p["parcels"].insert(0, p["parcels"][0])),
    ("parcel swap: id comes after way back, they must be", lambda p: p["parcels"].reverse()),
    ("parcel number 0: id is empty", parcel("big", id="")),
    ("robot R2: id is there twice", robot("R3", id="R2")),
    ("parcel big: size is 'Q', not one of S, M, L or ''", parcel("big", size="Q")),
    ("parcel big: dropoff is empty", parcel("big", dropoff="")),
    ("parcel big: dropoff: node x is not in the matrices", parcel("big", dropoff="x")),
    ("parcel big: pickup: node x is not in the matrices", parcel("big", pickup="x")),
    ("parcel big: needs exactly one of pickup and aboard", parcel("big", pickup="")),
    ("parcel big: needs exactly one of pickup and aboard", parcel("big", aboard="R1")),
    ("parcel big: mass_g is -1, not from 0 to 68719476736", parcel("big", mass_g=-1)),
    ("parcel big: skip_cost is 1152921504606846976", parcel("big", skip_cost=1 << 60)),
    ("parcel big: pickup_ms is -2, not from -1 to", parcel("big", pickup_ms=-2)),
    ("parcel big: priority is 1001, not from 0 to 1000", parcel("big", priority=1001)),
    (
        "parcel big: pickup: a window ends at 4, before it begins at 5",
        parcel("big", pickup_earliest_ms=5, pickup_latest_ms=4),
    ),
    (
        "parcel slot: dropoff: the window from 600000 begins before the one before it ends",
        parcel("slot", more_dropoffs=[window(600_000, 700_000)]),
    ),
    (
        "parcel big: pickup: the window from 5 begins before the one before it ends",
        parcel("big", more_pickups=[window(5, 6)]),
    ),
    (
        "parcel riding: compartment 'S9' is not one of robot R3",
        parcel("riding", compartment="S9"),
    ),
    ("parcel slot: compartment S1 of robot R3 has riding in it", lambda p: p["parcels"][5].update(
        aboard="R3", compartment="S1", pickup="")),
    (
        "parcel riding: compartment is S1, but without a size it needs none",
        parcel("riding", size=""),
    ),
    ("robot R1: free_node: node x is not in the matrices", robot("R1", free_node="x")),
    ("robot R1: free_node is empty", robot("R1", free_node="")),
    ("robot R2: end: node x is not in the matrices", robot("R2", end="x")),
    ("robot R1: compartments: S1 is there twice", robot("R1", compartments=["S1", "S1"])),
    ("robot R1: compartments: T does not begin with one of", robot("R1", compartments=["T"])),
    ("robot R1: trips_max is -1, not from 0 to 1000", robot("R1", trips_max=-1)),
    ("robot R1: battery: reserve_mwh is 100001, above cap", battery(reserve_mwh=100_001)),
    ("robot R1: battery: charge_mwh is 100001, above cap", battery(charge_mwh=100_001)),
    ("robot R1: battery: idle_mw is -1, not from 0 to", battery(idle_mw=-1)),
    ("bays: 2 numbers for 1 stations", whole(bays=[1, 1])),
    ("bays: 0 at station s, not from 1 to", whole(bays=[0])),
    ("stations: s is there twice", whole(stations=["s", "s"], bays=[])),
    ("stations: node x is not in the matrices", whole(stations=["x"], bays=[])),
    ("charger z: needs exactly one of power_mw and swap_ms", whole(chargers=[{"node": "z"}])),
    (
        "charger z: places is 0, not from 1 to",
        whole(chargers=[{"node": "z", "swap_ms": 1, "places": 0}]),
    ),
    ("chargers: node x is not in", whole(chargers=[{"node": "x", "swap_ms": 1}])),
    ("opening a: windows is empty", whole(openings=[{"node": "a", "windows": []}])),
    (
        "opening a: windows: a window ends at 1, before it begins at 2",
        whole(openings=[{"node": "a", "windows": [window(2, 1)]}]),
    ),
    ("service: dock_ms is -5, not from 0 to", whole(service={"dock_ms": -5})),
    ("costs: per_trip is -1, not from 0 to", whole(costs={"per_trip": -1})),
    (
        "costs: per_late_s makes a cost of up to",
        lambda p: (
            p.update(costs={"per_late_s": 1 << 20}),
            p["robots"][2].update(free_ms=FOREVER_MS),
        ),
    ),
    ("matrices: nodes: s is there twice", table(lambda t: t["nodes"].insert(0, "s"))),
    ("matrices: times_ms has 4 rows for 5 nodes", table(lambda t: t["times_ms"].pop())),
    ("matrices: lengths_mm[2] has 4 numbers for 5", table(lambda t: t["lengths_mm"][2].pop())),
    (
        "matrices: times_ms[0] has numbers that are not from -1 to",
        table(lambda t: t["times_ms"][0].__setitem__(1, -2)),
    ),
    (
        "matrices: times_ms[0][0] is 1: from a node to itself is 0",
        table(lambda t: t["times_ms"][0].__setitem__(0, 1)),
    ),
    (
        "matrices: times_ms[0] and lengths_mm[0] differ in where there is no way",
        table(lambda t: t["times_ms"][0].__setitem__(1, -1)),
    ),
    (
        "matrices: later[1]: from_ms is 3600000, not after the slot before it",
        table(lambda t: t["later"].append(t["later"][0])),
    ),
    ("robot R1: frozen: parcel nobody is not in the problem", frozen(
        lambda t: t["visits"][0]["tasks"][0].update(parcel="nobody"))),
    ("robot R1: frozen: arrives too early", frozen(
        lambda t: t["visits"][1].update(arrive_ms=94_999))),
    ("robot R1: frozen: node x is not in the matrices", frozen(
        lambda t: t["visits"][1].update(node="x"))),
    ("robot R1: frozen: a trip without visits", frozen(lambda t: t.update(visits=[]))),
    ("robot R1: frozen: a number is not from 0 to", frozen(
        lambda t: t["visits"][0].update(arrive_ms=-1))),
    ("robot R1: frozen: a trip starts before the robot is free", robot("R1", free_ms=1)),
    ("robot R1: frozen: frozen in compartment 'M1', which is not there", lambda p: (
        p["robots"][0].update(compartments=["S1"]),
        [v["tasks"][0].update(compartment="M1") for v in p["robots"][0]["frozen"][0]["visits"][:2]],
    )),
    ("robot R2: frozen: parcel frozen is in 2 trips", also_frozen),
    ("robot R1: frozen: parcel frozen is in 2 trips", lambda p: (
        p["robots"][0]["frozen"].append(p["robots"][0]["frozen"][0]))),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "edit"), CONTRADICTIONS, ids=[c[0] for c in CONTRADICTIONS])
def test_a_contradiction_is_one_sentence_that_says_where(sentence: str, edit: Edit) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(PROBLEM))
    edit(plain)
    with pytest.raises(BadProblem, match=f"^{re.escape(sentence)}") as caught:
        validate(msgspec.convert(plain, Problem))
    assert "\n" not in str(caught.value)


def test_a_way_that_is_shut_contradicts_a_frozen_trip() -> None:
    plain = msgspec.json.decode(msgspec.json.encode(PROBLEM))
    for name in ("times_ms", "lengths_mm"):
        plain["matrices"][name][0][1] = -1
    with pytest.raises(BadProblem, match=r"robot R1: frozen: no way from s \(a at 95000 ms\)"):
        validate(msgspec.convert(plain, Problem))


def test_a_parcel_in_a_robot_out_of_service_is_no_contradiction() -> None:
    robots = PROBLEM.robots[:2]
    validate(msgspec.structs.replace(PROBLEM, robots=robots))


def test_what_is_only_wished_is_not_asked_of_frozen_trips() -> None:
    robots = tuple(
        msgspec.structs.replace(one, shift_end_ms=1, range_mm=1, end="c", trips_max=1)
        for one in PROBLEM.robots
    )
    parcels = tuple(
        msgspec.structs.replace(one, dropoff_latest_ms=0, late_max_ms=0)
        for one in PROBLEM.parcels
        if not one.more_dropoffs
    )
    problem = msgspec.structs.replace(PROBLEM, robots=robots, parcels=parcels, horizon_ms=0)
    validate(problem)


def test_a_problem_without_matrices_is_judged_as_far_as_it_goes() -> None:
    bare = msgspec.structs.replace(PROBLEM, matrices=None)
    validate(bare)
    validate(bare, PROBLEM.matrices)


def test_every_number_of_a_problem_has_a_limit() -> None:
    for struct, limits in LIMITS.items():
        ints = [field.name for field in msgspec.structs.fields(struct) if field.type is int]
        assert sorted(limits) == sorted(ints), struct


@settings(max_examples=150, deadline=None)
@given(any_problems())
def test_random_problems_are_valid_and_their_frozen_trips_alone_are_a_plan(
    problem: Problem,
) -> None:
    validate(problem)
    frozen_trips = [trip for one in problem.robots for trip in one.frozen]
    served = {t.parcel for trip in frozen_trips for v in trip.visits for t in v.tasks}
    plan = Solution(
        plans=tuple(RobotPlan(one.id, one.frozen) for one in problem.robots),
        unserved=tuple(Unserved(one.id, "") for one in problem.parcels if one.id not in served),
    )
    assert problem.matrices is not None
    rules = {violation.rule for violation in check(problem, problem.matrices, plan)}
    assert rules <= {"cost"}
