# SPDX-License-Identifier: Apache-2.0
"""The choice of trips from a pool is the best there is, and robots can drive it."""

import random
from collections.abc import Iterator, Sequence
from itertools import permutations

import pytest

from dispatcher.planner.columns import ANY_ROBOT, Column, Machine
from dispatcher.planner.recombine import Effort, cost_of_choice, recombine

EFFORT = Effort(work_ms=5_000, wall_ms=60_000, seed=1)
ROOM = (1, 2, 3, 10_000)
PARCELS = 5


def column(rng: random.Random, robots: int) -> tuple[Column, tuple[int, ...]]:
    """A trip at random: some must wait inside, some are pinned, some are large or long."""
    parcels = tuple(sorted(rng.sample(range(PARCELS), rng.randrange(1, 4))))
    duration, latest = rng.randrange(2, 9), rng.randrange(0, 25)
    made = Column(
        visits=parcels,
        cost=rng.randrange(5, 40),
        duration_ms=duration,
        earliest_end_ms=rng.randrange(0, 30),
        latest_start_ms=latest,
        release_ms=rng.randrange(0, 10),
        load=rng.choice([(0, 0, 1, 100), (1, 1, 1, 100), (0, 2, 2, 9_000)]),
        robot=rng.choice([ANY_ROBOT] * 4 + [rng.randrange(robots)]),
        length_mm=duration,
    )
    return made, parcels


def pool(rng: random.Random, robots: int) -> tuple[list[Column], list[tuple[int, ...]]]:
    """Six columns, no two with the same parcels."""
    found = {}
    while len(found) < 6:
        one, parcels = column(rng, robots)
        found.setdefault(parcels, one)
    return list(found.values()), list(found)


def machines(rng: random.Random, robots: int, kind: str) -> list[Machine]:
    """Robots that are alike, or are free at different times, or differ in room and limits."""
    made = []
    for _ in range(robots):
        free = 0 if kind == "alike" else rng.randrange(0, 8)
        one = Machine(free, 40, ROOM)
        if kind == "unlike":
            one = Machine(
                free_ms=free,
                end_ms=rng.choice([20, 40]),
                room=rng.choice([ROOM, (0, 1, 3, 5_000)]),
                trips_max=rng.choice([0, 1, 2]),
                range_mm=rng.choice([9, 1 << 40]),
            )
        made.append(one)
    return made


def drivable(machine: Machine, number: int, row: Sequence[Column]) -> bool:
    """One robot drives these trips in this order, each as early as it can."""
    if machine.trips_max and len(row) > machine.trips_max:
        return False
    if sum(one.length_mm for one in row) > machine.range_mm:
        return False
    free = machine.free_ms
    for at, one in enumerate(row):
        if one.robot != ANY_ROBOT and (one.robot != number or at):
            return False
        if any(need > there for need, there in zip(one.load, machine.room, strict=True)):
            return False
        start = max(free, one.release_ms)
        if start > one.latest_start_ms:
            return False
        end = max(start + one.duration_ms, one.earliest_end_ms)
        if end > machine.end_ms:
            return False
        free = end
    return True


def all_choices(
    columns: Sequence[Column], parcels: Sequence[Sequence[int]], fleet: Sequence[Machine]
) -> Iterator[list[list[int]]]:
    """Every way to drive some columns that share no parcel, on robots in any order."""

    def grow(number: int, rows: list[list[int]], taken: set[int]) -> Iterator[list[list[int]]]:
        if number == len(columns):
            if all(
                any(
                    drivable(machine, m, [columns[c] for c in order]) for order in permutations(row)
                )
                for m, (machine, row) in enumerate(zip(fleet, rows, strict=True))
            ):
                yield rows
            return
        yield from grow(number + 1, rows, taken)
        if not taken & set(parcels[number]):
            for m in range(len(rows)):
                grown = [[*row, number] if i == m else row for i, row in enumerate(rows)]
                yield from grow(number + 1, grown, taken | set(parcels[number]))

    yield from grow(0, [[] for _ in fleet], set())


@pytest.mark.parametrize("kind", ["alike", "staggered", "unlike"])
@pytest.mark.parametrize("seed", range(25))
def test_the_choice_is_the_best_of_all_and_can_be_driven(kind: str, seed: int) -> None:
    rng = random.Random(f"{kind} {seed}")
    robots = rng.randrange(1, 4)
    columns, parcels = pool(rng, robots)
    fleet = machines(rng, robots, kind)
    skips = [rng.randrange(10, 60) for _ in range(PARCELS)]
    choices = list(all_choices(columns, parcels, fleet))
    best = min(cost_of_choice(columns, parcels, skips, rows) for rows in choices)
    found = recombine(columns, parcels, skips, fleet, [[] for _ in fleet], EFFORT)
    assert (found.cost, found.proven) == (best, True)
    assert found.cost == cost_of_choice(columns, parcels, skips, found.trips)
    rows = enumerate(zip(fleet, found.trips, strict=True))
    assert all(drivable(machine, m, [columns[c] for c in row]) for m, (machine, row) in rows)


def trip(parcel: int, cost: int, start: int, last: int, span: int, energy: int = 0) -> Column:
    return Column((parcel,), cost, span, start + span, last, 0, (0, 0, 0, 0), energy_mwh=energy)


def test_without_time_to_search_the_plan_stays() -> None:
    rng = random.Random(3)
    columns, parcels = pool(rng, 2)
    fleet = machines(rng, 2, "alike")
    known = next(rows for rows in all_choices(columns, parcels, fleet) if any(rows))
    found = recombine(columns, parcels, [50] * PARCELS, fleet, known, Effort(0, 1))
    assert found.cost <= cost_of_choice(columns, parcels, [50] * PARCELS, known)


def test_of_the_same_parcels_only_the_cheapest_trip_is_offered() -> None:
    columns = [trip(0, cost, 0, 10, 5) for cost in (9, 7, 8)]
    found = recombine(columns, [(0,)] * 3, [50], [Machine(0, 99, ROOM)], [[0]], EFFORT)
    assert found.trips == ((1,),)
    assert found.columns == 2  # the plan's own, and the cheapest


@pytest.mark.parametrize(
    ("mw", "end", "skipped"),
    [(0, 40, 1), (3_600_000, 40, 0), (3_600_000, 15, 1), (360_000, 40, 1)],
)
def test_a_robot_does_more_than_its_battery_holds_only_with_time_to_charge(
    mw: int, end: int, skipped: int
) -> None:
    """Two trips of 5 ms and 6 mWh each on 10 mWh; 3,600,000 mW give 1 mWh in a ms."""
    columns = [trip(parcel, 1, 0, 99, 5, energy=6) for parcel in range(2)]
    robot = Machine(0, end, ROOM, charge_mwh=10, capacity_mwh=10, charge_mw=mw)
    found = recombine(columns, [(0,), (1,)], [50, 50], [robot], [[]], EFFORT)
    assert found.cost == 2 - skipped + 50 * skipped
    assert found.proven


def test_an_empty_battery_is_charged_before_the_first_trip() -> None:
    robot = Machine(0, 99, ROOM, capacity_mwh=10, charge_mw=3_600_000, charge_detour_ms=2)
    late, soon = trip(0, 1, 0, 12, 5, energy=6), trip(0, 1, 0, 11, 5, energy=6)
    for one, cost in ((late, 1), (soon, 50)):
        assert recombine([one], [(0,)], [50], [robot], [[]], EFFORT).cost == cost


def test_nothing_to_choose_from_is_no_error() -> None:
    assert recombine([], [], [], [], [], EFFORT).trips == ()
    found = recombine([], [], [7], [Machine(0, 9, ROOM)], [[]], EFFORT)
    assert (found.trips, found.cost, found.proven) == (((),), 7, True)


def test_the_same_call_gives_the_same_answer() -> None:
    rng = random.Random(5)
    columns, parcels = pool(rng, 2)
    fleet = machines(rng, 2, "staggered")
    calls = [recombine(columns, parcels, [50] * PARCELS, fleet, [[], []], EFFORT) for _ in "ab"]
    assert calls[0] == calls[1]
