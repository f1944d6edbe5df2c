# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.planner.check import check
from dispatcher.planner.problem import Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import cost_of, empty, insert, schedule
from dispatcher.planner.solution import HAND_OUT, LOAD
from tests.dispatcher.planner.problems import COMPARTMENTS, HOUR_MS, draw, problems, served

LINE = Matrices(
    ("a", "b", "s"),
    ((0, 60_000, 60_000), (60_000, 0, 120_000), (60_000, 120_000, 0)),
    ((0, 180_000, 180_000), (180_000, 0, 360_000), (180_000, 360_000, 0)),
)
ROBOT = Robot(id="R", compartments=COMPARTMENTS, free_node="s", free_ms=0)


def all_in(problem, travel):
    return insert(problem, travel, empty(problem), [parcel.id for parcel in problem.parcels])


def one_robot(*parcels: Parcel, robot: Robot = ROBOT, stations=("s",)) -> Problem:
    return Problem(now_ms=0, parcels=parcels, robots=(robot,), stations=stations)


def delivery(name: str, dropoff: str, **more) -> Parcel:
    return Parcel(id=name, size="S", pickup="s", dropoff=dropoff, **more)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_every_plan_by_insertion_passes_the_judge_and_loses_nothing(given_):
    problem, travel = given_
    solution = all_in(problem, travel)
    assert check(problem, travel, solution) == ()
    unserved = [one.parcel for one in solution.unserved]
    assert sorted(served(solution) + unserved) == [parcel.id for parcel in problem.parcels]


@settings(max_examples=25, deadline=None)
@given(problems(max_parcels=10))
def test_parcels_that_come_one_by_one_keep_the_plan_good(given_):
    problem, travel = given_
    known = msgspec.structs.replace(problem, parcels=())
    solution = empty(known)
    for parcel in problem.parcels:
        known = msgspec.structs.replace(known, parcels=(*known.parcels, parcel))
        solution = insert(known, travel, solution, [parcel.id])
        assert check(known, travel, solution) == ()


@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 1 << 32))
def test_a_plan_is_taken_over_when_robots_are_late_and_parcels_cancelled(given_, delay):
    problem, travel = given_
    solution = all_in(problem, travel)
    late = [msgspec.structs.replace(r, free_ms=r.free_ms + delay % HOUR_MS) for r in problem.robots]
    later = msgspec.structs.replace(
        problem, robots=tuple(late), parcels=problem.parcels[1::2] + problem.parcels[2::6]
    )
    later = msgspec.structs.replace(later, parcels=tuple(sorted(later.parcels, key=lambda p: p.id)))
    assert check(later, travel, insert(later, travel, solution, ())) == ()


def test_one_input_gives_one_plan_under_any_hash_seed():
    script = (
        "import sys, msgspec\n"
        "from tests.dispatcher.planner.problems import draw\n"
        "from dispatcher.planner.quick import empty, insert\n"
        "p, t = draw(5, 4, 30, 2)\n"
        "s = insert(p, t, empty(p), [x.id for x in p.parcels])\n"
        "sys.stdout.buffer.write(msgspec.json.encode(s))\n"
    )
    plans = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    problem, travel = draw(5, 4, 30, 2)
    assert plans == [msgspec.json.encode(all_in(problem, travel))] * 2


def test_a_parcel_aboard_is_delivered_first_and_by_its_robot():
    riding = Parcel(id="x", size="S", dropoff="b", aboard="R", compartment="L1")
    solution = all_in(one_robot(riding, delivery("y", "a")), LINE)
    tasks = [t for v in solution.plans[0].trips[0].visits for t in v.tasks if t.parcel == "x"]
    assert [(task.kind, task.compartment) for task in tasks] == [(HAND_OUT, "L1")]
    assert solution.unserved == ()


def test_a_parcel_aboard_displaces_what_is_only_planned():
    parcels = [delivery(f"y{i}", "a") for i in range(6)]
    solution = all_in(one_robot(*parcels), LINE)
    riding = Parcel(id="x", size="S", dropoff="b", aboard="R", compartment="L1")
    problem = one_robot(riding, *parcels)
    solution = insert(problem, LINE, solution, ["x"])
    assert check(problem, LINE, solution) == ()
    assert solution.unserved == ()
    first = solution.plans[0].trips[0]
    assert "x" in [task.parcel for visit in first.visits for task in visit.tasks]


def test_a_robot_waits_at_the_station_and_not_at_the_stop():
    slot = delivery("p", "b", dropoff_earliest_ms=HOUR_MS, dropoff_latest_ms=2 * HOUR_MS)
    (trip,) = all_in(one_robot(slot), LINE).plans[0].trips
    load, stop = trip.visits[0], trip.visits[1]
    assert stop.arrive_ms == stop.start_ms == HOUR_MS
    assert load.depart_ms == HOUR_MS - 120_000
    assert trip.depart_not_before_ms == load.start_ms == load.arrive_ms


def test_parcels_to_one_stop_share_the_visit():
    (trip,) = all_in(one_robot(delivery("p", "a"), delivery("q", "a")), LINE).plans[0].trips
    assert [len(visit.tasks) for visit in trip.visits] == [2, 2, 0]


def test_a_compartment_freed_on_the_way_is_not_promised_to_a_return():
    small = msgspec.structs.replace(ROBOT, compartments=("S1",))
    back = Parcel(id="r", size="S", pickup="a", dropoff="s", person_pickup=True)
    solution = all_in(one_robot(delivery("p", "a"), back, robot=small), LINE)
    assert len(solution.plans[0].trips) == 2
    assert solution.unserved == ()


def test_without_a_station_trips_end_where_the_last_parcel_goes():
    parcel = Parcel(id="t", size="M", pickup="a", dropoff="b", person_pickup=True)
    (trip,) = all_in(one_robot(parcel, stations=()), LINE).plans[0].trips
    assert [visit.node for visit in trip.visits] == ["a", "b"]


def test_the_last_trip_ends_where_the_robot_shall_end():
    robot = msgspec.structs.replace(ROBOT, end="b")
    problem = one_robot(delivery("p", "a"), robot=robot)
    solution = all_in(problem, LINE)
    assert [visit.node for visit in solution.plans[0].trips[-1].visits] == ["s", "a", "s", "b"]
    assert check(problem, LINE, solution) == ()


def test_a_parcel_left_out_has_a_reason_a_person_understands():
    cut_off = Matrices(LINE.nodes, ((0, -1, 1), (-1, 0, -1), (1, -1, 0)), LINE.lengths_mm)
    huge = Parcel(id="p", size="L", pickup="s", dropoff="a")
    small = msgspec.structs.replace(ROBOT, compartments=("S1", "M1"))
    weak = msgspec.structs.replace(ROBOT, range_mm=100)
    nobody = msgspec.structs.replace(one_robot(huge), robots=())
    tomorrow = msgspec.structs.replace(one_robot(delivery("p", "a", ready_ms=9)), horizon_ms=8)
    cheap = delivery("p", "a", skip_cost=1)
    cases = [
        (nobody, LINE, "no robot"),
        (one_robot(huge, robot=small), LINE, "does not fit any compartment"),
        (one_robot(delivery("p", "b")), cut_off, "unreachable"),
        (tomorrow, LINE, "later than horizon"),
        (one_robot(delivery("p", "a"), robot=weak), LINE, "range"),
        (one_robot(cheap), LINE, "not in this plan: fleet busy"),
    ]
    for problem, travel, reason in cases:
        assert [one.reason for one in all_in(problem, travel).unserved] == [reason]


def test_times_are_made_anew_from_when_the_robot_is_free():
    problem = one_robot(delivery("p", "a"))
    trips = all_in(problem, LINE).plans[0].trips
    late = msgspec.structs.replace(ROBOT, free_ms=HOUR_MS)
    (again,) = schedule(problem, LINE, late, trips)
    assert again.visits[1].start_ms - trips[0].visits[1].start_ms == HOUR_MS
    cut_off = Matrices(LINE.nodes, ((-1,) * 3,) * 3, LINE.lengths_mm)
    assert schedule(problem, cut_off, late, trips) is None


def test_the_cost_counts_each_term():
    problem = one_robot(delivery("p", "a", dropoff_latest_ms=90_000), delivery("q", "b"))
    solution = insert(problem, LINE, empty(problem), ["p"])
    cost = cost_of(problem, LINE, solution)
    # Loading 35 s, a minute's drive, so 5 s late; 55 s at the door, a minute back; q is skipped.
    assert (cost.drive, cost.duty, cost.trips, cost.late) == (360, 210, 200, 50)
    assert cost.skipped == 100_000
    assert [t.kind for t in solution.plans[0].trips[0].visits[0].tasks] == [LOAD]
