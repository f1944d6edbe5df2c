# SPDX-License-Identifier: Apache-2.0
"""Days on which nothing fits: a valid plan with its reasons, or one clear sentence, by any engine.

That it comes in time is a matter of the budget: it is given here in work, and small.
"""

import msgspec
import pytest

from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.params import ENGINES, Params
from dispatcher.planner.problem import (
    UNREACHABLE,
    BadProblem,
    Battery,
    Charger,
    Matrices,
    Parcel,
    Problem,
    Robot,
)
from dispatcher.planner.solution import HAND_OUT, LOAD, Solution, Task, Trip, Visit
from dispatcher.planner.solve import solve
from tests.dispatcher.planner.problems import HOUR_MS, served

NODES = ("far", "home", "near")
LEG_MM = 300_000
KM_MM = 1_000_000
NOW_MS = 9 * HOUR_MS


def roads(cut_off: str = "") -> Matrices:
    """Home, a stop 300 m away, a stop 1.2 km away; perhaps one that no road reaches."""

    def length_mm(start: str, end: str) -> int:
        if start == end:
            return 0
        if cut_off in (start, end):
            return UNREACHABLE
        return 4 * LEG_MM if "far" in (start, end) else LEG_MM

    lengths = tuple(tuple(length_mm(start, end) for end in NODES) for start in NODES)
    times = tuple(tuple(mm if mm < 0 else mm // 2 for mm in row) for row in lengths)
    return Matrices(NODES, times, lengths)


def parcel(number: int, stop: str = "near", **more: object) -> Parcel:
    given = {"size": "S", "pickup": "home", "dropoff": stop, **more}
    return msgspec.convert({"id": f"p{number:04d}", **given}, Parcel)


def robot(**more: object) -> Robot:
    given = {
        "id": "R1",
        "compartments": ("S1", "S2", "M1"),
        "free_node": "home",
        "free_ms": NOW_MS,
    }
    return Robot(**{**given, **more})


def day(*parcels: Parcel, robots: tuple[Robot, ...] = (), **more: object) -> Problem:
    given = {"now_ms": NOW_MS, "stations": ("home",), "matrices": roads()}
    return Problem(**{**given, **more}, parcels=parcels, robots=robots)


def planned(problem: Problem, engine: str, iterations: int = 60) -> Solution:
    """A plan that the judge has nothing against and that accounts for every parcel."""
    plan = solve(problem, Budget(iterations=iterations), 1, params=Params(engine=engine))
    assert check(problem, problem.matrices, plan) == ()
    left_out = [one.parcel for one in plan.unserved]
    assert sorted(served(plan) + left_out) == [one.id for one in problem.parcels]
    assert all(one.reason for one in plan.unserved)
    return plan


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_robot(engine: str) -> None:
    plan = planned(day(parcel(1), parcel(2, "far")), engine)
    assert [one.parcel for one in plan.unserved] == ["p0001", "p0002"]


def test_no_parcel(engine: str) -> None:
    plan = planned(day(robots=(robot(),)), engine)
    assert [one.trips for one in plan.plans] == [()]


def test_neither_parcel_nor_robot(engine: str) -> None:
    assert planned(day(), engine).plans == ()


def test_a_parcel_too_big_for_any_compartment(engine: str) -> None:
    plan = planned(day(parcel(1), parcel(2, size="L"), robots=(robot(),)), engine)
    assert served(plan) == ["p0001"]


def test_a_parcel_too_heavy_for_any_robot(engine: str) -> None:
    plan = planned(
        day(parcel(1), parcel(2, mass_g=9_000), robots=(robot(mass_limit_g=8_000),)), engine
    )
    assert served(plan) == ["p0001"]


def test_all_slots_past_and_late_is_better_than_never(engine: str) -> None:
    late = {"dropoff_latest_ms": NOW_MS - HOUR_MS, "skip_cost": 1_000_000}
    plan = planned(day(parcel(1, **late), parcel(2, **late), robots=(robot(),)), engine)
    assert served(plan) == ["p0001", "p0002"]
    assert plan.cost.late > 0


def test_all_slots_past_and_late_is_not_allowed(engine: str) -> None:
    over = {"dropoff_latest_ms": NOW_MS - HOUR_MS, "late_max_ms": 0}
    plan = planned(day(parcel(1, **over), parcel(2, **over), robots=(robot(),)), engine)
    assert served(plan) == []


def test_the_shift_is_over(engine: str) -> None:
    plan = planned(day(parcel(1), robots=(robot(shift_end_ms=NOW_MS - 1),)), engine)
    assert served(plan) == []


def test_a_battery_too_low_to_come_back(engine: str) -> None:
    # There and back is 2.4 km for the far stop and 0.6 km for the near one.
    battery = Battery(charge_mwh=20_000, capacity_mwh=100_000, per_km_mwh=20_000)
    plan = planned(day(parcel(1), parcel(2, "far"), robots=(robot(battery=battery),)), engine)
    assert served(plan) == ["p0001"]


def test_a_battery_too_low_for_anything_and_a_charger_to_change_that(engine: str) -> None:
    battery = Battery(charge_mwh=100, capacity_mwh=100_000, per_km_mwh=20_000)
    flat = robot(battery=battery)
    assert served(planned(day(parcel(1), robots=(flat,)), engine)) == []
    charger = Charger("home", power_mw=500_000)
    assert planned(day(parcel(1), robots=(flat,), chargers=(charger,)), engine).plans


def test_a_stop_that_no_road_reaches(engine: str) -> None:
    problem = day(parcel(1), parcel(2, "far"), robots=(robot(),), matrices=roads(cut_off="far"))
    assert served(planned(problem, engine)) == ["p0001"]


def test_a_robot_that_no_road_leads_away_from(engine: str) -> None:
    problem = day(parcel(1), robots=(robot(free_node="far"),), matrices=roads(cut_off="far"))
    assert served(planned(problem, engine)) == []


def test_a_parcel_aboard_a_robot_that_is_gone(engine: str) -> None:
    riding = parcel(1, pickup="", aboard="R9", compartment="S1")
    assert served(planned(day(riding, robots=(robot(),)), engine)) == []


def test_a_thousand_parcels_for_one_robot(engine: str) -> None:
    many = tuple(
        parcel(i, ("near", "far")[i % 2], dropoff_latest_ms=NOW_MS + HOUR_MS, late_max_ms=0)
        for i in range(1000)
    )
    assert len(served(planned(day(*many, robots=(robot(),)), engine, iterations=5))) >= 3


def frozen_trip(robot_leaves_ms: int = NOW_MS, stop: str = "near", name: str = "p0001") -> Trip:
    """A delivery as it is under way: loaded, driven, handed over, and back."""
    load_end_ms = robot_leaves_ms + 35_000
    at_ms = load_end_ms + LEG_MM // 2
    done_ms = at_ms + 55_000
    home_ms = done_ms + LEG_MM // 2
    return Trip(
        robot_leaves_ms,
        (
            Visit(
                "home",
                (Task(LOAD, name, "S1"),),
                robot_leaves_ms,
                robot_leaves_ms,
                load_end_ms,
            ),
            Visit(stop, (Task(HAND_OUT, name, "S1"),), at_ms, at_ms, done_ms),
            Visit("home", (), home_ms, home_ms, home_ms),
        ),
    )


def test_a_frozen_trip_stays_as_it_is(engine: str) -> None:
    busy = robot(frozen=(frozen_trip(),))
    plan = planned(day(parcel(1), parcel(2), robots=(busy,)), engine)
    assert plan.plans[0].trips[:1] == busy.frozen
    assert served(plan) == ["p0001", "p0002"]


@pytest.mark.parametrize(
    "trips",
    [
        (frozen_trip(NOW_MS - HOUR_MS),),
        (frozen_trip(stop="far"),),
        (frozen_trip(name="p0009"),),
        (frozen_trip(), frozen_trip(NOW_MS + HOUR_MS)),
        (frozen_trip(), frozen_trip(NOW_MS + 1000, name="p0002")),
    ],
    ids=["before it is free", "too fast", "unknown parcel", "twice", "two at once"],
)
def test_a_frozen_prefix_that_cannot_be_is_one_clear_sentence(
    engine: str, trips: tuple[Trip, ...]
) -> None:
    problem = day(parcel(1), parcel(2), robots=(robot(frozen=trips),))
    with pytest.raises(BadProblem, match="R1"):
        solve(problem, Budget(iterations=5), 1, params=Params(engine=engine))


def test_all_of_it_at_once(engine: str) -> None:
    parcels = (
        parcel(1, size="L"),
        parcel(2, "far"),
        parcel(3, dropoff_latest_ms=NOW_MS - HOUR_MS, late_max_ms=0),
        parcel(4, pickup="", aboard="R9", compartment="S1"),
        parcel(5, pickup="", aboard="R1", compartment="M1"),
        parcel(6, mass_g=999_999_999),
        parcel(7),
    )
    flat = robot(id="R2", battery=Battery(charge_mwh=0, capacity_mwh=1))
    lost = robot(id="R3", free_node="far")
    problem = day(*parcels, robots=(robot(), flat, lost), matrices=roads(cut_off="far"))
    assert served(planned(problem, engine)) == ["p0005", "p0007"]
