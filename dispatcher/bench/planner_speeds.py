# SPDX-License-Identifier: Apache-2.0
"""How fast a slot is promised, and how good a plan is that is mended in a tenth of a second.

On campus days, all parcels known. Promises: the answer for one new parcel in every slot of a day,
asked of a plan made ready (making it ready is told apart). Repairs: ten parcels that the live plan
does not have yet, against the best of two plans made anew, from that plan and from nothing.

What must hold: all times are CPU time of this process; every plan that counts has passed `check`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import median
from typing import Final

import msgspec

from dispatcher.bench.stopwatch import Machine, load, machine
from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.offer import Offers
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.part import travel_of
from dispatcher.planner.problem import Parcel, Problem, Window
from dispatcher.planner.repair import REPAIR, repair
from dispatcher.planner.replan import replan
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import solve

OPEN_PARCELS: Final = 200
ROBOTS_MOST: Final = 22
NEW: Final = 10
LIVE: Final = Budget(cpu_ms=2000)
AGAIN: Final = Budget(cpu_ms=5000)
SLOT_MS: Final = 2 * 3_600_000
SLOTS: Final = 6
"""The slots of the longest day; on a shorter one, those past its end are asked about as well."""
PACKAGES: Final = ("numba", "numpy")


class Spread(msgspec.Struct, frozen=True):
    """Of so many values: the middle, the one that a hundredth exceeds, and the greatest."""

    count: int
    median: float
    p99: float
    greatest: float


class SpeedReport(msgspec.Struct, frozen=True):
    """`promise_ms` and `ready_ms` are CPU ms; `repair_pct` is how much more a repair costs than the
    better of two plans made anew, from the live plan and from nothing; `replan_pct` how much more
    than the first of them; `inserted_pct` is `repair_pct` for insertion alone."""

    promise_ms: Spread
    ready_ms: Spread
    slots_offered: int
    slots_asked: int
    repair_pct: Spread
    replan_pct: Spread
    inserted_pct: Spread
    repair_cpu_ms: Spread
    faults: int
    machine: Machine


class _Mended(msgspec.Struct, frozen=True):
    repair_pct: float
    replan_pct: float
    inserted_pct: float
    cpu_ms: float
    faults: int


def bench_speeds(
    tell: Callable[[str], None],
    draws: int = 4,
    asked: int = 200,
    params: Params = DEFAULTS,
    only: str = "",
) -> SpeedReport:
    """`draws` sets of new parcels on each day with `only` in its name, and `asked` new parcels to
    be promised. Raises ValueError where there is no day."""
    load_before = load()
    offers: list[tuple[float, float, int, int]] = []
    mended: list[_Mended] = []
    days = [day for day in _days() if only in day[0]]
    for number, (name, problem) in enumerate(days):
        for draw in range(1, draws + 1):
            luck = Random(f"speeds|{name}|{draw}")
            few, new = _split(problem, luck)
            live = solve(few, LIVE, draw, params=params)
            if draw == 1:
                offers += _promises(few, live, luck, asked)
            one = _mend(_with(few, new), live, draw, params)
            mended.append(one)
            tell(
                f"{number + 1}/{len(days)} {name} draw {draw}: repair {one.repair_pct:+.2f} %, "
                f"insertion {one.inserted_pct:+.2f} %, {one.cpu_ms:.0f} CPU ms"
            )
    return SpeedReport(
        promise_ms=spread_of([ms for ms, _, _, _ in offers]),
        ready_ms=spread_of([ms for _, ms, _, _ in offers]),
        slots_offered=sum(some for _, _, some, _ in offers),
        slots_asked=sum(most for _, _, _, most in offers),
        repair_pct=spread_of([one.repair_pct for one in mended]),
        replan_pct=spread_of([one.replan_pct for one in mended]),
        inserted_pct=spread_of([one.inserted_pct for one in mended]),
        repair_cpu_ms=spread_of([one.cpu_ms for one in mended]),
        faults=sum(one.faults for one in mended),
        machine=machine(load_before, PACKAGES),
    )


def spread_of(values: Sequence[float]) -> Spread:
    """Raises ValueError where there is no value."""
    if not values:
        raise ValueError("nothing was measured: there is no campus day")
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return Spread(len(ordered), round(median(ordered), 3), round(p99, 3), round(ordered[-1], 3))


def speed_table(report: SpeedReport) -> str:
    """For people."""
    rows = (
        ("promise, CPU ms", report.promise_ms),
        ("making a plan ready, CPU ms", report.ready_ms),
        ("repair above a new plan, %", report.repair_pct),
        ("repair above a replan, %", report.replan_pct),
        ("insertion above a new plan, %", report.inserted_pct),
        ("repair, CPU ms", report.repair_cpu_ms),
    )
    from dispatcher.bench.planner_table import machine_lines

    lines = [
        *machine_lines(report.machine),
        f"{'':32} {'count':>6} {'median':>9} {'p99':>9} {'greatest':>9}",
    ]
    lines += [
        f"{name:32} {one.count:>6} {one.median:>9.2f} {one.p99:>9.2f} {one.greatest:>9.2f}"
        for name, one in rows
    ]
    offered = f"{report.slots_offered} of {report.slots_asked} slots offered"
    return "\n".join([*lines, f"{offered}; {report.faults} plans with a fault"])


def _days() -> Iterator[tuple[str, Problem]]:
    """Campus days of 200 parcels and more, of which the first 210 come; all are known."""
    from dispatcher.bench.planner_days import campus_days, problem_of_day

    for name, day, source in campus_days():
        if day.robots <= ROBOTS_MOST and day.parcels >= OPEN_PARCELS:
            problem = problem_of_day(day, source)
            parcels = problem.parcels[: OPEN_PARCELS + NEW]
            yield name, msgspec.structs.replace(problem, parcels=parcels)


def _split(problem: Problem, luck: Random) -> tuple[Problem, tuple[Parcel, ...]]:
    names = {one.id for one in luck.sample(problem.parcels, NEW)}
    few = tuple(parcel for parcel in problem.parcels if parcel.id not in names)
    new = tuple(parcel for parcel in problem.parcels if parcel.id in names)
    return msgspec.structs.replace(problem, parcels=few), new


def _with(problem: Problem, new: Sequence[Parcel]) -> Problem:
    several = sorted((*problem.parcels, *new), key=lambda parcel: parcel.id)
    return msgspec.structs.replace(problem, parcels=tuple(several))


def _promises(
    problem: Problem, plan: Solution, luck: Random, asked: int
) -> Iterator[tuple[float, float, int, int]]:
    """For each new parcel: CPU ms, CPU ms to make the plan ready, slots offered, slots asked."""
    slots = [Window(number * SLOT_MS, (number + 1) * SLOT_MS) for number in range(SLOTS)]
    for number in range(asked):
        like = luck.choice(problem.parcels)
        parcel = msgspec.structs.replace(like, id=f"new{number}")
        begin_ns = time.process_time_ns()
        offers = Offers(problem, plan)
        ready_ns = time.process_time_ns()
        found = offers.of(parcel, slots)
        end_ns = time.process_time_ns()
        yield (end_ns - ready_ns) / 1e6, (ready_ns - begin_ns) / 1e6, len(found), len(slots)


def _mend(problem: Problem, live: Solution, seed: int, params: Params) -> _Mended:
    quick = msgspec.structs.replace(params, engine="quick")
    begin_ns = time.process_time_ns()
    mended = repair(problem, live, REPAIR, seed, params)
    cpu_ms = (time.process_time_ns() - begin_ns) / 1e6
    inserted = repair(problem, live, REPAIR, seed, quick)
    anew = (
        replan(problem, live, AGAIN, seed, params),
        solve(problem, AGAIN, seed, params=params),
    )
    best = min(plan.cost.total for plan in anew)
    faults = sum(1 for plan in (mended, *anew) if check(problem, travel_of(problem), plan))
    return _Mended(
        repair_pct=100 * (mended.cost.total - best) / best,
        replan_pct=100 * (mended.cost.total / anew[0].cost.total - 1),
        inserted_pct=100 * (inserted.cost.total - best) / best,
        cpu_ms=cpu_ms,
        faults=faults,
    )
