# SPDX-License-Identifier: Apache-2.0
"""The kernel's memory for a routing problem: every table filled, nothing planned yet.

What must hold: what is possible in the memory is possible in the problem, or nearly so: where the
two differ (bays, charger places, a shared stand whose windows differ), who times the trips exactly
sees it and puts a parcel elsewhere. Times are ms from `now_ms`, costs 1/1000 cost units.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from dispatcher.planner.arrays import NO_WAY, Places, matrix_of, places_of, tables_of
from dispatcher.planner.kernel import layout as at
from dispatcher.planner.kernel.layout import BIG, Ints
from dispatcher.planner.params import Params
from dispatcher.planner.problem import Problem, Robot
from dispatcher.planner.rooms import need_of, room_of
from dispatcher.planner.solution import HAND_IN, HAND_OUT
from dispatcher.planner.stands import last_ms
from dispatcher.planner.visits import AGES_MS, Visit, windows_of

NEAR_MAX: Final = 120
RELATED_MAX: Final = 60
CHAIN_MAX: Final = 512
SKIP_MAX: Final = 1 << 46
"""Dearer than any way there is; so many of them as a problem has parcels still fit."""
LATE_SOON_MS: Final = 1_800_000
MASK: Final = (1 << 64) - 1


class Block:
    """The memory being laid out: tables one after the other, their offsets in the head."""

    def __init__(self) -> None:
        self.head = _zeros(at.HEAD)
        self._parts: list[Ints] = [self.head]
        self._end = at.HEAD

    def add(self, name: int, table: Ints) -> int:
        """Append a table, its offset noted in the head's column `name`."""
        offset = self._end
        self.head[name] = offset
        self._parts.append(table.reshape(-1))
        self._end += table.size
        return offset

    def memory(self) -> Ints:
        """All of it."""
        return np.concatenate(self._parts)


def memory_of(problem: Problem, visits: Sequence[Visit], seed: int, params: Params) -> Ints:
    """An empty plan: every visit absent. Raises ValueError for a problem without matrices."""
    places = places_of(problem, visits)
    times, lengths = tables_of(problem, places.nodes)
    matrix, lengths = matrix_of(problem, visits, times, lengths)
    jobs, slots = _jobs(problem, visits, places, matrix)
    robots = _robots(problem, places)
    block = Block()
    head = block.head
    block.add(at.MATRIX, matrix)
    block.add(at.MILES, lengths)
    first_row = block.add(at.SLOTS, slots)
    near, related = _near(jobs, slots, matrix, len(visits))
    jobs[:, at.ROWS] = first_row + jobs[:, at.ROWS] * at.SLOT_COLUMNS
    jobs[:, at.ROWS_END] = first_row + jobs[:, at.ROWS_END] * at.SLOT_COLUMNS
    block.add(at.LOGS, LOGS)
    block.add(at.NEAR, near)
    block.add(at.RELATED, related)
    head[at.NEAR_MANY], head[at.RELATED_MANY] = near.shape[1], related.shape[1]
    _fill_scalars(head, problem, visits, robots, matrix, params)
    _add_lists(block, jobs, robots)
    block.add(at.JOBS, jobs)
    head[at.WORD] = _word(seed)
    return block.memory()


def _add_lists(block: Block, jobs: Ints, robots: Ints) -> None:
    """Robots with their chains, trips, and the lists of a search."""
    head, visits, trips = block.head, len(jobs), _trips_most(len(jobs), robots)
    chain = min(CHAIN_MAX, trips) + 2
    fleet = _zeros(len(robots), at.ROBOT_COLUMNS + chain)
    fleet[:, : at.ROBOT_COLUMNS] = robots
    head[at.ROBOT_WIDTH] = fleet.shape[1]
    first_robot = block.add(at.FLEET, fleet)
    fleet[:, at.KIND] = first_robot + robots[:, at.KIND] * fleet.shape[1]
    block.add(at.KEPT_CHAINS, _zeros(len(robots), fleet.shape[1]))
    block.add(at.MET, _zeros(len(robots) + 1))
    block.add(at.TRIAL, _zeros(at.TRIP_COLUMNS))
    for name in (at.OFFERS, at.KEYS, at.CHOSEN):
        block.add(name, _zeros(visits + 2))
    width = at.TRIP_COLUMNS + _longest_trip(jobs, robots) * at.STOP_COLUMNS
    head[at.TRIP_WIDTH] = width
    rows = _zeros(trips, width)
    rows[:, at.TRIP_KEPT] = -1
    rows[:, at.FREE_AT] = np.arange(trips)
    # The trips' own column in the head is the list of those that are not in use.
    first_trip = block.add(at.FREE_LIST, rows)
    block.add(at.FREE_LIST, first_trip + np.arange(trips) * width)
    head[at.FREE_MANY] = trips
    block.add(at.KEPT, _zeros(trips, width))
    block.add(at.TOUCHED, _zeros(trips + 1))
    block.add(at.BEST_PLAN, _zeros(2 * len(robots) + 2 * visits + 3 * trips + 2))
    absent = [v for v in range(visits) if jobs[v, at.PARTNER] >= -1 and _has_time(jobs, v)]
    jobs[:, at.WHERE] = jobs[:, at.ABSENT_AT] = -1
    jobs[absent, at.ABSENT_AT] = np.arange(len(absent))
    waiting = _zeros(visits + 2)
    waiting[: len(absent)] = absent
    block.add(at.ABSENT_LIST, waiting)
    head[at.ABSENT_MANY] = len(absent)
    head[at.COST] = head[at.BEST] = int(jobs[absent, at.SKIP].sum())


def _zeros(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int64)


def _word(seed: int) -> int:
    """A state of the generator, far from that of the next seed (splitmix64, Steele et al. 2014)."""
    word = (seed + 0x9E3779B97F4A7C15) & MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    word = (word ^ (word >> 31)) or 1
    return word - (1 << 64) if word >> 63 else word


def _logarithms() -> Ints:
    """-65536 ln((i + 0.5) / 4096), rounded: far enough from a half for any libm to agree."""
    return np.array([round(-65536 * math.log((i + 0.5) / 4096)) for i in range(4096)], np.int64)


LOGS: Final = _logarithms()


def _has_time(jobs: Ints, v: int) -> bool:
    """Whether a visit, and its partner, has any window at all."""
    partner = jobs[v, at.PARTNER]
    ends = [v] if partner < 0 else [v, partner]
    return all(jobs[one, at.ROWS] < jobs[one, at.ROWS_END] for one in ends)


def _jobs(
    problem: Problem, visits: Sequence[Visit], places: Places, matrix: Ints
) -> tuple[Ints, Ints]:
    jobs = _zeros(len(visits), at.JOB_COLUMNS)
    slots: list[tuple[int, int, int]] = []
    robots = {robot.id: i for i, robot in enumerate(problem.robots)}
    dock_ms, now_ms = problem.service.dock_ms, problem.now_ms
    for v, (parcel, kind, _, partner) in enumerate(visits):
        job, rows = jobs[v], windows_of(problem, visits[v])
        job[at.ROWS], job[at.ROWS_END] = len(slots), len(slots) + len(rows)
        slots.extend(rows)
        job[at.EARLIEST] = rows[0][0] if rows else BIG
        job[at.LATEST] = rows[-1][1] if rows else -BIG
        job[at.RELEASE] = job[at.END_OPENS] = -BIG
        job[at.END_CLOSES] = BIG
        job[at.PIN] = robots.get(parcel.aboard, -1)
        job[at.STATION] = -1
        job[at.PARTNER] = partner
        second = v > 0 and visits[v - 1].partner == v
        if second:
            job[at.PARTNER] = -2 - (v - 1)
        else:
            job[at.SKIP] = min(parcel.skip_cost * 1000, SKIP_MAX)
        need = need_of(parcel)
        station = problem.stations[0] if problem.stations else ""
        if partner >= 0 or second:
            job[at.LEG_LOAD] = 0 if parcel.size else parcel.mass_g * (-1 if second else 1)
        elif kind == HAND_IN:
            station = parcel.dropoff
            job[at.UNLOADED], job[at.UNDOCK] = 1, dock_ms
            job[at.STATION] = places.of_robot[station]
            job[at.END_OPENS] = parcel.dropoff_earliest_ms - now_ms
            closes_ms = last_ms(parcel, HAND_OUT) - now_ms
            # A return that is late already, or soon will be, is better late than left out.
            if closes_ms > LATE_SOON_MS or not parcel.late_max_ms:
                job[at.END_CLOSES] = min(closes_ms, BIG)
        elif not parcel.aboard:
            station = parcel.pickup
            ready_ms = max(parcel.ready_ms, parcel.pickup_earliest_ms) - now_ms
            job[at.RELEASE] = max(0, ready_ms)
            job[at.LOADED], job[at.DOCK] = 1, dock_ms
            job[at.STATION] = places.of_robot[station]
        if not second:
            job[at.NEED : at.NEED + 4] = need
            if not parcel.size and partner < 0 and not parcel.aboard:
                job[at.NEED + 3] = parcel.mass_g
        if station:
            home = places.of_robot[station]
            job[at.FAR] = matrix[v, home, at.COST_FROM] + matrix[v, home, at.COST_TO]
    table = np.array(slots, dtype=np.int64).reshape(-1, 3)
    return jobs, table if len(table) else _zeros(1, 3)


def _robots(problem: Problem, places: Places) -> Ints:
    robots = _zeros(len(problem.robots), at.ROBOT_COLUMNS)
    seen: dict[tuple[int, ...], int] = {}
    for k, robot in enumerate(problem.robots):
        row = robots[k]
        row[at.FREE] = max(robot.free_ms, problem.now_ms) - problem.now_ms
        row[at.SHIFT_END] = min(robot.shift_end_ms - problem.now_ms, AGES_MS)
        row[at.ROOM : at.ROOM + 4] = _room(problem, robot)
        row[at.BEGIN] = places.of_robot[robot.free_node]
        row[at.FINISH] = places.of_robot[robot.end] if robot.end else places.open_end
        row[at.TRIPS_MAX] = min(robot.trips_max or CHAIN_MAX, CHAIN_MAX)
        row[at.RANGE_MM] = min(robot.range_mm, NO_WAY - 1)
        _fill_battery(problem, robot, row)
        row[at.KIND] = seen.setdefault(tuple(row.tolist()), k)
        row[at.NUMBER], row[at.MET_AT] = k, -1
    return robots


def _room(problem: Problem, robot: Robot) -> tuple[int, ...]:
    """Beside what is aboard, which may have to stay there to the end."""
    aboard = [parcel for parcel in problem.parcels if parcel.aboard == robot.id]
    taken = {parcel.compartment for parcel in aboard}
    mass_g = robot.mass_limit_g - sum(parcel.mass_g for parcel in aboard)
    free = [name for name in robot.compartments if name not in taken]
    return room_of(free, max(0, mass_g))


def _fill_battery(problem: Problem, robot: Robot, row: Ints) -> None:
    battery = robot.battery
    if battery is None:
        return
    row[at.CHARGE], row[at.CAPACITY] = battery.charge_mwh, battery.capacity_mwh
    row[at.RESERVE], row[at.IDLE] = battery.reserve_mwh, battery.idle_mw
    row[at.PER_KM], row[at.PER_KG_KM] = battery.per_km_mwh, battery.per_kg_km_mwh
    if not problem.chargers or problem.matrices is None:
        return
    home = problem.stations[0] if problem.stations else robot.free_node
    ways = [
        (
            problem.matrices.time_ms(home, charger.node),
            problem.matrices.time_ms(charger.node, home),
            charger,
        )
        for charger in problem.chargers
    ]
    reached = [(there + back, charger) for there, back, charger in ways if min(there, back) >= 0]
    if not reached:
        return
    detour_ms, charger = min(reached, key=lambda pair: pair[0])
    both_mm = problem.matrices.length_mm(home, charger.node)
    both_mm += problem.matrices.length_mm(charger.node, home)
    row[at.DETOUR], row[at.POWER], row[at.SWAP] = detour_ms, charger.power_mw, charger.swap_ms
    row[at.DETOUR_MWH] = both_mm * battery.per_km_mwh // 1_000_000 + 2


def _longest_trip(jobs: Ints, robots: Ints) -> int:
    """Positions that a trip's row needs: as many visits as the roomiest robot has room for."""
    most = len(jobs)
    if len(jobs) and len(robots):
        rooms = robots[:, at.ROOM : at.ROOM + 4].max(axis=0)
        for c in range(4):
            needs = np.cumsum(np.sort(jobs[:, at.NEED + c]))
            most = min(most, int(np.searchsorted(needs, rooms[c], side="right")))
    return most + 4


def _trips_most(visits: int, robots: Ints) -> int:
    most = int(np.minimum(robots[:, at.TRIPS_MAX], max(1, visits)).sum()) if len(robots) else 0
    return min(visits, most) + 2


def _fill_scalars(
    head: Ints,
    problem: Problem,
    visits: Sequence[Visit],
    robots: Ints,
    matrix: Ints,
    params: Params,
) -> None:
    costs, stations = problem.costs, len(problem.stations)
    head[at.VISITS], head[at.ROBOTS] = len(visits), len(robots)
    head[at.PLACES], head[at.STATIONS] = len(matrix), stations
    head[at.STATIONLESS] = stations == 0
    head[at.WAIT_PRICE] = costs.per_duty_s
    head[at.LOADING_MS] = problem.service.station_ms
    head[at.TRIP_PRICE] = costs.per_trip * 1000 + costs.per_duty_s * problem.service.station_ms
    head[at.BLINKS] = params.blinks
    homes = range(len(visits), len(visits) + stations)
    begins = sorted({int(p) for p in robots[:, at.BEGIN]} | set(homes))
    ends = sorted({int(p) for p in robots[:, at.FINISH]} | set(homes))
    if stations and len(robots):
        head[at.LINKED] = bool(matrix[np.ix_(begins, ends)][:, :, at.COST_TO].any())
    limited = any(robot.battery is not None for robot in problem.robots)
    head[at.LIMITED] = limited or any(one.range_mm < NO_WAY for one in problem.robots)
    head[at.MOST_ROOM] = int(robots[:, at.ROOM + 3].max()) if len(robots) else 0


def _near(jobs: Ints, slots: Ints, matrix: Ints, count: int) -> tuple[Ints, Ints]:
    """Other visits, nearest first: by way alone; and by way, window and release together."""
    if count < 2:
        return _zeros(max(1, count), 0), _zeros(max(1, count), 0)
    ways = matrix[:count, :count, at.COST_TO] + matrix[:count, :count, at.COST_FROM]
    np.fill_diagonal(ways, BIG)
    near = np.argsort(ways, axis=1, kind="stable")[:, : min(NEAR_MAX, count - 1)]
    longest = int(matrix[:count, :count, at.TIME_TO].max(initial=1))
    opens, closes = jobs[:, at.EARLIEST], slots[np.minimum(jobs[:, at.ROWS], len(slots) - 1), 1]
    span = max(1, int(np.minimum(closes, 50 * longest).max(initial=1)))
    middles = (np.minimum(opens, span) + np.minimum(closes, span)) // 2
    released = np.maximum(jobs[:, at.RELEASE], 0)
    median = max(1, int(np.median(np.minimum(ways, NO_WAY))))
    unlike = np.minimum(ways, NO_WAY) * 1000 // median
    unlike += np.abs(middles[:, None] - middles[None, :]) * 2000 // span
    unlike += np.abs(released[:, None] - released[None, :]) * 2000 // span
    np.fill_diagonal(unlike, BIG)
    related = np.argsort(unlike, axis=1, kind="stable")[:, : min(RELATED_MAX, count - 1)]
    return np.ascontiguousarray(near), np.ascontiguousarray(related)
