# SPDX-License-Identifier: Apache-2.0
"""Small routing problems for the planner's tests: drawn by a seed, or by hypothesis."""

import random

import msgspec
from hypothesis import strategies as st

from dispatcher.planner.problem import Matrices, Parcel, Problem, Robot, Travel, matrices_of

COMPARTMENTS = ("S1", "S2", "S3", "M1", "M2", "L1")
HOUR_MS = 3_600_000


def city(rng: random.Random, count: int, unreachable: bool = False) -> Matrices:
    """Places on a plain, 3 m/s along a grid; perhaps one that no road reaches."""
    nodes = tuple(f"n{i:02d}" for i in range(count))
    places = [(rng.randrange(1_500_000), rng.randrange(1_500_000)) for _ in nodes]
    lengths = [[abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in places] for a in places]
    if unreachable:
        for i in range(count - 1):
            lengths[i][-1] = lengths[-1][i] = -1
    times = tuple(tuple(-1 if mm < 0 else mm // 3 for mm in row) for row in lengths)
    return Matrices(nodes, times, tuple(tuple(row) for row in lengths))


def parcel(rng: random.Random, number: int, stations: tuple[str, ...], stops: list[str]) -> Parcel:
    """A delivery mostly, else a return or a transfer; with or without a slot."""
    kind = rng.choice(["delivery", "delivery", "delivery", "return", "transfer"])
    if not stations:
        kind = "transfer"
    pickup, dropoff = rng.sample(stops, 2)
    if kind == "delivery":
        pickup = rng.choice(stations)
    elif kind == "return":
        dropoff = rng.choice(stations)
    slot = rng.randrange(3)
    earliest_ms, latest_ms = slot * HOUR_MS, (slot + 1) * HOUR_MS
    if rng.random() < 0.4:
        earliest_ms, latest_ms = 0, 1 << 52
    return Parcel(
        id=f"p{number:03d}",
        size=rng.choice("SSSMML"),
        pickup=pickup,
        dropoff=dropoff,
        mass_g=rng.randrange(4000),
        ready_ms=rng.randrange(HOUR_MS) if rng.random() < 0.5 else 0,
        dropoff_earliest_ms=earliest_ms,
        dropoff_latest_ms=latest_ms,
        person_pickup=kind != "delivery",
        skip_cost=rng.choice([100_000, 100_000, 1_000]),
    )


def draw(seed: int, robots: int = 3, parcels: int = 12, stations: int = 1, plain: bool = False):
    """A problem and its travel; not `plain`: with parcels aboard, ends, and places cut off."""
    rng = random.Random(seed)
    odd = not plain
    travel = city(rng, 12, unreachable=odd and rng.random() < 0.2)
    names, stops = travel.nodes[:stations], list(travel.nodes[stations:])
    fleet = []
    for i in range(robots):
        limited = odd and rng.random() < 0.3
        fleet.append(
            Robot(
                id=f"R{i}",
                compartments=COMPARTMENTS,
                free_node=rng.choice(travel.nodes),
                free_ms=rng.randrange(HOUR_MS // 2),
                mass_limit_g=rng.choice([6000, 1_000_000]) if odd else 1_000_000,
                range_mm=rng.choice([5_000_000, 1 << 40]) if odd else 1 << 40,
                end=rng.choice(travel.nodes) if limited else "",
                shift_end_ms=3 * HOUR_MS if limited else 1 << 52,
            )
        )
    wanted = [parcel(rng, i, names, stops) for i in range(parcels)]
    for i in range(rng.randrange(3) if odd else 0):
        if i < len(wanted):
            wanted[i] = aboard(wanted[i], f"R{rng.randrange(robots + 1)}", COMPARTMENTS[-1 - i])
    horizon_ms = 4 * HOUR_MS if odd and rng.random() < 0.3 else 1 << 52
    return Problem(0, tuple(wanted), tuple(fleet), names, horizon_ms), travel


def aboard(one: Parcel, robot: str, compartment: str) -> Parcel:
    """The same parcel, riding already."""
    return Parcel(
        id=one.id,
        size="S",
        dropoff=one.dropoff,
        aboard=robot,
        compartment=compartment,
        mass_g=one.mass_g,
        dropoff_latest_ms=one.dropoff_latest_ms,
    )


@st.composite
def problems(draw_from, max_parcels: int = 14):
    """Problems of every kind, small."""
    return draw(
        draw_from(st.integers(0, 1 << 32)),
        robots=draw_from(st.integers(0, 4)) or 1,
        parcels=draw_from(st.integers(0, max_parcels)),
        stations=draw_from(st.sampled_from([0, 1, 1, 1, 2])),
    )


def served(solution) -> list[str]:
    """The parcels in trips, once for each trip, sorted."""
    return sorted(
        name
        for plan in solution.plans
        for trip in plan.trips
        for name in {task.parcel for visit in trip.visits for task in visit.tasks}
    )


def posed(problem: Problem, travel: Travel) -> Problem:
    """The problem with the travel times that it needs, as a worker is asked."""
    return msgspec.structs.replace(problem, matrices=matrices_of(problem, travel))
