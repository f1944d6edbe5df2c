# SPDX-License-Identifier: Apache-2.0
"""The trips that a search has seen as columns, and the best of them put onto robots by CP-SAT.

What must hold: a column says of a trip what the kernel's memory says of it; the plan in hand is
always among the choices, so the answer is never worse as the kernel counts. Sites with several
stations, or none, are left out: there a trip's cost depends on the one before it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dispatcher.planner.columns import ANY_ROBOT, Column, Machine
from dispatcher.planner.effort import Effort
from dispatcher.planner.kernel import layout as at
from dispatcher.planner.kernel.layout import BIG, Ints
from dispatcher.planner.recombine import recombine
from dispatcher.planner.search_step import Route, Search


class Pool:
    """Good trips, each once, by their visits and rows."""

    def __init__(self) -> None:
        self.routes: dict[Route, None] = {}

    def collect(self, search: Search) -> None:
        """Take in the trips of the best plan so far."""
        for routes in search.routes():
            self.routes.update(dict.fromkeys(routes))


class Chosen(NamedTuple):
    """Trips by robot, what they cost as the kernel counts, how many columns were looked at."""

    plan: list[list[Route]]
    cost: int
    columns: int


def refusal(search: Search) -> str:
    """Why the trips of this search cannot be recombined; empty where they can."""
    memory = search.memory
    if memory[at.STATIONS] != 1:
        return "recombined with one station only"
    return "" if memory[at.ROBOTS] else "no robot"


def best_of_pool(search: Search, pool: Pool, effort: Effort) -> Chosen:
    """The cheapest plan from the trips of the pool and of the best plan so far."""
    pool.collect(search)
    routes = list(pool.routes)
    number = {route: i for i, route in enumerate(routes)}
    firsts = [v for v in range(len(search.visits)) if search.visits[v].partner >= 0]
    seconds = {search.visits[v].partner for v in firsts}
    parcels = [[v for v in route.visits if v not in seconds] for route in routes]
    jobs = search.memory[search.memory[at.JOBS] :]
    skips = [int(jobs[v * at.JOB_COLUMNS + at.SKIP]) for v in range(len(search.visits))]
    columns = [_column(search, route) for route in routes]
    plan = [[number[route] for route in row] for row in search.routes()]
    found = recombine(columns, parcels, skips, _machines(search), plan, effort)
    return Chosen([[routes[c] for c in row] for row in found.trips], found.cost, found.columns)


def _column(search: Search, route: Route) -> Column:
    """One trip as a job, by the same sums as the kernel's `measure`."""
    memory = search.memory
    jobs, places = int(memory[at.JOBS]), int(memory[at.PLACES])
    matrix, miles = int(memory[at.MATRIX]), int(memory[at.MILES])
    home, robot = int(memory[at.VISITS]), ANY_ROBOT
    total = length_mm = docks = undocks = loads = unloads = held = peak_g = 0
    early, late, released, end_opens, end_closes = -BIG, BIG, 0, -BIG, BIG
    load = [0, 0, 0, 0]
    before = home
    for v, row in zip(route.visits, route.rows, strict=True):
        job = memory[jobs + v * at.JOB_COLUMNS : jobs + (v + 1) * at.JOB_COLUMNS].tolist()
        if job[at.PIN] >= 0:
            robot = job[at.PIN]
            before = _begin(memory, robot) if before == home else before
        leg_ms = int(memory[matrix + (before * places + v) * 4 + at.TIME_TO])
        length_mm += int(memory[miles + before * places + v])
        total += leg_ms
        early = max(early + leg_ms, int(memory[row + at.OPENS]))
        late = min(late, int(memory[row + at.CLOSES]) - total)
        released = max(released, job[at.RELEASE])
        docks, undocks = docks + job[at.DOCK], undocks + job[at.UNDOCK]
        loads, unloads = loads + job[at.LOADED], unloads + job[at.UNLOADED]
        load = [a + b for a, b in zip(load, job[at.NEED : at.NEED + 4], strict=True)]
        held += job[at.LEG_LOAD]
        peak_g = max(peak_g, held)
        end_opens = max(end_opens, job[at.END_OPENS])
        end_closes = min(end_closes, job[at.END_CLOSES])
        before = v
    leg_ms = int(memory[matrix + (before * places + home) * 4 + at.TIME_TO])
    total += leg_ms
    early, late = max(early + leg_ms, end_opens), min(late, end_closes - total)
    length_mm += int(memory[miles + before * places + home])
    loading = docks + (int(memory[at.LOADING_MS]) if loads else 0)
    unloading = undocks + (int(memory[at.LOADING_MS]) if unloads else 0)
    return Column(
        visits=route.visits,
        cost=route.cost,
        duration_ms=loading + total + unloading,
        earliest_end_ms=early + unloading,
        latest_start_ms=late - loading,
        release_ms=released,
        load=(load[0], load[1], load[2], load[3] + peak_g),
        robot=robot,
        length_mm=length_mm,
    )


def _begin(memory: Ints, robot: int) -> int:
    return int(memory[memory[at.FLEET] + robot * memory[at.ROBOT_WIDTH] + at.BEGIN])


def _machines(search: Search) -> Sequence[Machine]:
    memory, machines = search.memory, []
    places, home = int(memory[at.PLACES]), int(memory[at.VISITS])
    for number in range(int(memory[at.ROBOTS])):
        begin = int(memory[at.FLEET] + number * memory[at.ROBOT_WIDTH])
        row = memory[begin : begin + at.ROBOT_COLUMNS].tolist()
        way = int(memory[at.MATRIX]) + (row[at.BEGIN] * places + home) * 4
        back = int(memory[at.MATRIX]) + (home * places + row[at.FINISH]) * 4
        room = row[at.ROOM : at.ROOM + 4]
        machines.append(
            Machine(
                free_ms=row[at.FREE] + int(memory[way + at.TIME_TO]),
                end_ms=row[at.SHIFT_END] - int(memory[back + at.TIME_TO]),
                room=(room[0], room[1], room[2], room[3]),
                trips_max=row[at.TRIPS_MAX],
                range_mm=row[at.RANGE_MM],
            )
        )
    return machines
