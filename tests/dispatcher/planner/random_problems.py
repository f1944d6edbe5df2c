# SPDX-License-Identifier: Apache-2.0
"""Small routing problems with everything that a problem may ask, drawn by a seed.

What must hold: each problem is valid (`validate` says so) and carries its matrices; a seed and a
choice of features give one problem. A feature is in about half of the problems it may be in.
"""

import random
from collections.abc import Collection

import msgspec
from hypothesis import strategies as st

from dispatcher.planner.problem import (
    FOREVER_MS,
    Battery,
    Charger,
    Costs,
    Matrices,
    Opening,
    Parcel,
    Problem,
    Robot,
    Service,
    SlotTable,
    Window,
    fits,
)
from dispatcher.planner.solution import HAND_OUT, LOAD, UNLOAD, Task, Trip, Visit

HOUR_MS = 3_600_000
FEATURES = (
    "aboard",
    "battery",
    "bays",
    "bulk",
    "ends",
    "frozen",
    "hard",
    "limits",
    "openings",
    "planned",
    "service",
    "slots",
    "unreachable",
    "windows",
)
COMPARTMENTS = ("L1", "M1", "M2", "S1", "S2", "S3")


def draw_any(
    seed: int,
    robots: int = 3,
    parcels: int = 10,
    stations: int = 1,
    features: Collection[str] = FEATURES,
) -> Problem:
    """A problem with its matrices; `robots` and `stations` may be 0."""
    rng = random.Random(f"problem {seed}")
    have = {name: name in features and rng.random() < 0.5 for name in FEATURES}
    matrices = _city(rng, 12, have)
    names, stops = matrices.nodes[:stations], list(matrices.nodes[stations:])
    chargers = _chargers(rng, matrices.nodes) if have["battery"] else ()
    fleet = [_robot(rng, number, matrices.nodes, have) for number in range(robots)]
    wanted = [_parcel(rng, number, names, stops, have) for number in range(parcels)]
    if have["aboard"] and fleet:
        for at in range(min(len(wanted), rng.randrange(1, 3))):
            wanted[at] = _aboard(rng, wanted, at, fleet)
    problem = Problem(
        now_ms=rng.choice([0, 600_000]),
        parcels=tuple(wanted),
        robots=tuple(fleet),
        stations=names,
        horizon_ms=4 * HOUR_MS if have["limits"] else FOREVER_MS,
        service=_service(have),
        costs=Costs(per_change=700) if have["planned"] else Costs(),
        bays=tuple(rng.randint(1, 2) for _ in names) if have["bays"] else (),
        chargers=chargers,
        openings=_openings(rng, names, stops) if have["openings"] else (),
        matrices=matrices,
    )
    return _with_frozen(rng, problem) if have["frozen"] and names else problem


@st.composite
def any_problems(
    draw_from: st.DrawFn, max_parcels: int = 12, features: Collection[str] = FEATURES
) -> Problem:
    """Problems of every kind; the simplest have no features, robots or parcels."""
    return draw_any(
        draw_from(st.integers(0, 1 << 32)),
        robots=draw_from(st.integers(0, 4)),
        parcels=draw_from(st.integers(0, max_parcels)),
        stations=draw_from(st.sampled_from([1, 1, 1, 2, 3, 0])),
        features=draw_from(st.sets(st.sampled_from(sorted(features)))) if features else (),
    )


def _city(rng: random.Random, count: int, have: dict[str, bool]) -> Matrices:
    """Places on a plain, 3 m/s along a grid; perhaps one that no road reaches, perhaps a rush hour
    in which all ways take longer and some lead round a street that is shut then."""
    nodes = tuple(f"n{number:02d}" for number in range(count))
    places = [(rng.randrange(1_500_000), rng.randrange(1_500_000)) for _ in nodes]
    lengths = [[abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in places] for a in places]
    if have["unreachable"]:
        for at in range(count - 1):
            lengths[at][-1] = -1
            lengths[-1][at] = rng.choice([-1, lengths[-1][at]])
    later = []
    for hour in (1, 2) if have["slots"] else ():
        slower, detour = rng.choice([2, 3, 4]), rng.sample(range(count - 1), 2)
        others = [list(row) for row in lengths]
        others[detour[0]][detour[1]] += 400_000
        times = tuple(tuple(mm if mm < 0 else mm // 6 * slower for mm in row) for row in others)
        later.append(SlotTable(hour * HOUR_MS, times, tuple(tuple(row) for row in others)))
    times = tuple(tuple(mm if mm < 0 else mm // 3 for mm in row) for row in lengths)
    return Matrices(nodes, times, tuple(tuple(row) for row in lengths), tuple(later))


def _service(have: dict[str, bool]) -> Service:
    """Where places to load are counted, loading takes long enough to be in each other's way."""
    service = Service(5_000, 30_000, 60_000, 2_000) if have["service"] else Service()
    return msgspec.structs.replace(service, station_ms=600_000) if have["bays"] else service


def _chargers(rng: random.Random, nodes: tuple[str, ...]) -> tuple[Charger, ...]:
    where = rng.sample(nodes[:-1], 2)
    fast = Charger(where[0], places=rng.randint(1, 2), power_mw=rng.choice([200_000, 900_000]))
    return (fast, Charger(where[1], swap_ms=240_000)) if rng.random() < 0.5 else (fast,)


def _robot(rng: random.Random, number: int, nodes: tuple[str, ...], have: dict[str, bool]) -> Robot:
    limited = have["limits"] and rng.random() < 0.5
    battery = None
    if have["battery"] and rng.random() < 0.8:
        capacity_mwh = rng.choice([60_000, 120_000, 300_000])
        battery = Battery(
            charge_mwh=capacity_mwh * rng.randint(20, 100) // 100,
            capacity_mwh=capacity_mwh,
            reserve_mwh=capacity_mwh // 10,
            per_kg_km_mwh=rng.choice([0, 300]),
            idle_mw=rng.choice([0, 15_000]),
        )
    return Robot(
        id=f"R{number:02d}",
        compartments=COMPARTMENTS[: rng.choice([3, 6])],
        free_node=rng.choice(nodes),
        free_ms=rng.randrange(HOUR_MS // 2),
        mass_limit_g=6000 if limited else 1_000_000,
        range_mm=rng.choice([5_000_000, 12_000_000]) if limited else 1 << 40,
        end=rng.choice(nodes) if have["ends"] and rng.random() < 0.5 else "",
        shift_end_ms=3 * HOUR_MS if limited else FOREVER_MS,
        trips_max=rng.choice([1, 2]) if limited else 0,
        battery=battery,
    )


def _parcel(
    rng: random.Random,
    number: int,
    stations: tuple[str, ...],
    stops: list[str],
    have: dict[str, bool],
) -> Parcel:
    """A delivery mostly, else a return or a transfer."""
    kind = rng.choice(["delivery", "delivery", "delivery", "return", "transfer"])
    kind = kind if stations else "transfer"
    pickup, dropoff = rng.sample(stops, 2)
    pickup = rng.choice(stations) if kind == "delivery" else pickup
    dropoff = rng.choice(stations) if kind == "return" else dropoff
    first, *rest = _windows(rng, have)
    person_window = {"pickup": kind == "return", "dropoff": kind != "return"}
    fields = {}
    for end, asks in person_window.items():
        if asks:
            fields[f"{end}_earliest_ms"] = first.earliest_ms
            fields[f"{end}_latest_ms"] = first.latest_ms
            fields[f"more_{end}s"] = tuple(rest)
    if have["service"] and rng.random() < 0.5:
        fields |= {"pickup_ms": rng.choice([-1, 0, 90_000]), "dropoff_ms": 20_000}
    if have["hard"] and rng.random() < 0.6:
        fields["late_max_ms"] = rng.choice([0, 0, 600_000])
    if have["planned"] and rng.random() < 0.7:
        fields |= {
            "planned_robot": f"R{rng.randrange(4):02d}",
            "planned_ms": rng.randrange(HOUR_MS),
        }
    return Parcel(
        id=f"p{number:03d}",
        size="" if have["bulk"] and rng.random() < 0.4 else rng.choice("SSSMML"),
        pickup=pickup,
        dropoff=dropoff,
        mass_g=rng.randrange(4000),
        ready_ms=rng.randrange(HOUR_MS) if rng.random() < 0.5 else 0,
        person_pickup=kind != "delivery",
        person_dropoff=kind != "return",
        skip_cost=rng.choice([100_000, 100_000, 1_000]),
        priority=rng.choice([1, 1, 3]),
        promise_cost=rng.choice([0, 5_000]),
        **fields,
    )


def _windows(rng: random.Random, have: dict[str, bool]) -> list[Window]:
    if rng.random() < 0.3:
        return [Window(0, FOREVER_MS)]
    count = rng.randint(2, 3) if have["windows"] else 1
    starts = sorted(rng.sample(range(6), count))
    return [Window(at * HOUR_MS // 2, at * HOUR_MS // 2 + HOUR_MS // 3) for at in starts]


def _aboard(rng: random.Random, wanted: list[Parcel], at: int, fleet: list[Robot]) -> Parcel:
    """The same parcel, riding already, where its robot has a compartment left."""
    one, robot = wanted[at], rng.choice(fleet)
    taken = [other.compartment for other in wanted if other.aboard == robot.id]
    free = [
        name
        for name in robot.compartments
        if name not in taken and one.size and fits(one.size, name)
    ]
    return msgspec.structs.replace(
        one,
        size=one.size if free else "",
        pickup="",
        person_pickup=False,
        aboard=robot.id,
        compartment=free[0] if free else "",
        ready_ms=0,
        pickup_earliest_ms=0,
        pickup_latest_ms=FOREVER_MS,
        more_pickups=(),
    )


def _openings(
    rng: random.Random, stations: tuple[str, ...], stops: list[str]
) -> tuple[Opening, ...]:
    day = (Window(0, HOUR_MS), Window(HOUR_MS + HOUR_MS // 2, 5 * HOUR_MS))
    evening = (Window(2 * HOUR_MS, FOREVER_MS),)
    found = [Opening(node, day) for node in stations if rng.random() < 0.5]
    return (*found, *(Opening(node, rng.choice([day, evening])) for node in rng.sample(stops, 2)))


def _with_frozen(rng: random.Random, problem: Problem) -> Problem:
    """Some robots have a trip that their plan must begin with."""
    fleet, taken = [], set()
    for robot in problem.robots:
        trip = _frozen_trip(rng, problem, robot, taken) if rng.random() < 0.6 else None
        fleet.append(msgspec.structs.replace(robot, frozen=(trip,)) if trip else robot)
    return msgspec.structs.replace(problem, robots=tuple(fleet))


def _frozen_trip(
    rng: random.Random, problem: Problem, robot: Robot, taken: set[str]
) -> Trip | None:
    """Loads a delivery or two at a station, hands out, with all that is aboard, and comes back."""
    station = problem.stations[0]
    riding = [one for one in problem.parcels if one.aboard == robot.id]
    free = [name for name in robot.compartments if name not in [one.compartment for one in riding]]
    riding = [one for one in riding if rng.random() < 0.8]
    cargo = {one.id: one.compartment for one in riding}
    mass_g = sum(one.mass_g for one in problem.parcels if one.aboard == robot.id)
    loaded = []
    for one in problem.parcels:
        room = [name for name in free if one.size and fits(one.size, name)]
        fit = (room or not one.size) and mass_g + one.mass_g <= robot.mass_limit_g
        if len(loaded) < 2 and one.id not in taken and one.pickup == station and fit:
            loaded.append(one)
            mass_g += one.mass_g
            cargo[one.id] = free.pop(free.index(room[0])) if room else ""
    stands = [(station, [(LOAD, one) for one in loaded])] if loaded else []
    outs = [one for one in (*riding, *loaded) if one.dropoff not in problem.stations]
    stands.extend((one.dropoff, [(HAND_OUT, one)]) for one in outs)
    ending = [one for one in riding if one.dropoff in problem.stations]
    home = ending[0].dropoff if ending else station
    ending = [one for one in ending if one.dropoff == home]
    stands.append((home, [(UNLOAD, one) for one in ending]))
    trip = _timed(problem, robot, stands, cargo)
    if trip is not None:
        taken.update(task.parcel for visit in trip.visits for task in visit.tasks)
    return trip


def _timed(
    problem: Problem,
    robot: Robot,
    stands: list[tuple[str, list[tuple[str, Parcel]]]],
    cargo: dict[str, str],
) -> Trip | None:
    """As early as can be, with time to spare at each stand; None where there is no way."""
    node, first_ms = robot.free_node, max(robot.free_ms, problem.now_ms)
    at_ms, visits = first_ms, []
    for place, work in stands:
        ms = problem.matrices.at(at_ms).time_ms(node, place)
        if ms < 0:
            return None
        ready_ms = max((one.ready_ms for kind, one in work if kind == LOAD), default=0)
        start_ms = max(at_ms + ms, ready_ms)
        tasks = tuple(Task(kind, one.id, cargo[one.id]) for kind, one in work)
        leave_ms = start_ms + (700_000 if problem.bays else 150_000)
        visits.append(Visit(place, tasks, at_ms + ms, start_ms, leave_ms))
        node, at_ms = place, leave_ms
    return Trip(first_ms, tuple(visits))
