# SPDX-License-Identifier: Apache-2.0
"""One repair cycle of a whole fleet: 400 campuses with 700 robots, each with parcels that are new.

Each campus is the shipped map with its own day of the demo's stream: sizes, masses, compartments,
half-hour slots, service at the door as in the product, ten open parcels a robot in a live plan, and
one new parcel and another for every four robots. What must hold: making the live plans is not
measured; every repaired plan is judged.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from statistics import mean, quantiles
from typing import Final, NamedTuple

import msgspec

from dispatcher.bench.planner_tours import judged
from dispatcher.bench.stopwatch import Machine, load, machine
from dispatcher.planner.problem import Costs, Matrices, Parcel, Problem, Robot
from dispatcher.planner.solution import Solution

CAMPUSES: Final = 400
LARGE: Final = (22, 16, 12, 10, 8, 6, 6, 5, 5, 4, 4, 4, *([3] * 10))
"""The robots of the larger campuses; of the others 190 have two and 188 have one."""
PAIRS: Final = 190
OPEN_PER_ROBOT: Final = 10
COMPARTMENTS: Final = ("S1", "S2", "S3", "M1", "M2", "L1")
MASS_LIMIT_G: Final = 60_000
SPEED_MM_S: Final = 3000
PER_CHANGE: Final = 100
LIVE_ITERATIONS: Final = 2000
BUDGET_MS: Final = 40
LONG_MS: Final = 1000
SAMPLE: Final = 20
PACKAGES: Final = ("numba", "numpy", "ortools")
MINUTE_MS: Final = 60_000


class FleetReport(msgspec.Struct, frozen=True):
    """CPU time of one cycle, all campuses one after the other on one core."""

    campuses: int
    robots: int
    parcels: int
    new: int
    budget_ms: int
    cpu_s: float
    median_ms: float
    p99_ms: float
    greatest_ms: float
    broken: int
    """Plans that our judge rejects."""
    left_out: int
    left_out_before: int
    above_long_pct: float
    """Mean cost above a repair of LONG_MS, on every SAMPLE-th campus."""
    machine: Machine


class _Campus(NamedTuple):
    problem: Problem
    live: Solution


def robots_of_campuses() -> tuple[int, ...]:
    """Robots by campus: 700 in all."""
    ones = CAMPUSES - len(LARGE) - PAIRS
    return (*LARGE, *([2] * PAIRS), *([1] * ones))


def bench_fleet(
    tell: Callable[[str], None],
    robots: tuple[int, ...] = (),
    budget_ms: int = BUDGET_MS,
) -> FleetReport:
    """One cycle. Raises what the planner does."""
    from dispatcher.planner.budget import Budget
    from dispatcher.planner.repair import repair

    counts = robots or robots_of_campuses()
    load_before = load()
    campuses = []
    for number, count in enumerate(counts):
        campuses.append(_campus(number, count))
        if number % 50 == 0:
            tell(f"live plans: {number} of {len(counts)}")
    budget = Budget(cpu_ms=budget_ms)
    repair(campuses[0].problem, campuses[0].live, budget, 1)  # loads what is loaded once
    taken_ms, above_pct, broken, left_out = [], [], 0, 0
    with _one_core():
        for number, campus in enumerate(campuses):
            began_ns = time.process_time_ns()
            plan = repair(campus.problem, campus.live, budget, number)
            taken_ms.append((time.process_time_ns() - began_ns) / 1e6)
            verdict = judged(campus.problem, plan)
            broken += bool(verdict.faults)
            left_out += verdict.unserved
            if number % SAMPLE == 0:
                long = repair(campus.problem, campus.live, Budget(cpu_ms=LONG_MS), number)
                above_pct.append(100 * (verdict.cost / max(1, long.cost.total) - 1))
    return FleetReport(
        campuses=len(campuses),
        robots=sum(counts),
        parcels=sum(len(campus.problem.parcels) for campus in campuses),
        new=sum(_new(count) for count in counts),
        budget_ms=budget_ms,
        cpu_s=sum(taken_ms) / 1000,
        median_ms=sorted(taken_ms)[len(taken_ms) // 2],
        p99_ms=quantiles(taken_ms, n=100)[-1] if len(taken_ms) > 1 else taken_ms[0],
        greatest_ms=max(taken_ms),
        broken=broken,
        left_out=left_out,
        above_long_pct=mean(above_pct),
        left_out_before=sum(len(campus.live.unserved) for campus in campuses),
        machine=machine(load_before, PACKAGES),
    )


def fleet_table(report: FleetReport) -> str:
    """Several lines, without one at the end."""
    from dispatcher.bench.planner_table import machine_lines

    one = report
    lines = (
        *machine_lines(one.machine),
        f"{one.campuses} campuses, {one.robots} robots, {one.parcels} parcels, {one.new} new",
        f"one repair cycle: {one.cpu_s:.1f} CPU s on one core",
        f"asked for a campus: {one.budget_ms} ms",
        f"taken: median {one.median_ms:.1f} ms, p99 {one.p99_ms:.1f}, most {one.greatest_ms:.1f}",
        f"cost above that of {LONG_MS} ms, every {SAMPLE}th campus: {one.above_long_pct:+.2f} %",
        f"plans rejected by the judge: {one.broken}",
        f"parcels left out: {one.left_out} (before: {one.left_out_before})",
    )
    return "\n".join(lines)


@contextmanager
def _one_core() -> Iterator[None]:
    """Where the system can say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _new(robots: int) -> int:
    return 1 + robots // 4


def _campus(number: int, robots: int) -> _Campus:
    from dispatcher.planner.budget import Budget
    from dispatcher.planner.solve import solve

    whole = _problem(number, robots)
    new = {parcel.id for parcel in whole.parcels[-_new(robots) :]}
    known = tuple(parcel for parcel in whole.parcels if parcel.id not in new)
    before = msgspec.structs.replace(whole, parcels=known)
    live = solve(before, Budget(iterations=LIVE_ITERATIONS), number)
    return _Campus(msgspec.structs.replace(whole, parcels=_planned(whole, live)), live)


def _planned(problem: Problem, live: Solution) -> tuple[Parcel, ...]:
    """The parcels, with what the live plan says of them."""
    said = {
        task.parcel: (plan.robot, visit.start_ms)
        for plan in live.plans
        for trip in plan.trips
        for visit in trip.visits[1:]
        for task in visit.tasks
    }
    return tuple(
        msgspec.structs.replace(
            parcel, planned_robot=said[parcel.id][0], planned_ms=said[parcel.id][1]
        )
        if parcel.id in said
        else parcel
        for parcel in problem.parcels
    )


def _problem(number: int, robots: int) -> Problem:
    from dispatcher.bench.planner_days import SHIPPED, graph_of
    from dispatcher.roads.times.travel import TravelTimes
    from dispatcher.simulation.demand import demo_parcels

    graph = graph_of(SHIPPED)
    station = graph.places("station")[0].node
    stops = {stop.id: stop.node for stop in graph.places("stop")}
    count = OPEN_PER_ROBOT * robots + _new(robots)
    rows = demo_parcels(graph, number, count, 0)
    parcels = tuple(
        Parcel(
            id=row.parcel,
            size=row.size,
            pickup=station,
            dropoff=stops[row.stop],
            mass_g=row.mass_g,
            ready_ms=row.at_station_ms,
            dropoff_earliest_ms=row.slot_from_ms,
            dropoff_latest_ms=row.slot_until_ms,
        )
        for row in sorted(rows, key=lambda row: row.parcel)
    )
    luck = Random(f"fleet|{number}")
    fleet = tuple(
        Robot(
            id=f"r{place:02}",
            compartments=COMPARTMENTS,
            free_node=station,
            free_ms=luck.randrange(20 * MINUTE_MS),
            mass_limit_g=MASS_LIMIT_G,
        )
        for place in range(robots)
    )
    nodes = tuple(sorted({station, *(parcel.dropoff for parcel in parcels)}))
    travel = TravelTimes(graph, SPEED_MM_S)
    return Problem(
        now_ms=0,
        parcels=parcels,
        robots=fleet,
        stations=(station,),
        costs=Costs(per_change=PER_CHANGE),
        matrices=Matrices(nodes, travel.matrix(nodes), travel.lengths(nodes)),
    )
