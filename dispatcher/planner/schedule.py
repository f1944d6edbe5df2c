# SPDX-License-Identifier: Apache-2.0
"""When a robot is where: the timing of trips, and what a plan costs.

What must hold: int only, no state besides remembered travel legs. A trip is run as early as it can
be; then its departure is put off for as long as no hand-over starts later for it (`run_trip`), so
that a robot waits at the station, where parcels can still join, and not at a stop.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dispatcher.planner.problem import FOREVER_MS, UNREACHABLE, Parcel, Problem, Robot, Travel
from dispatcher.planner.solution import HAND_IN, LOAD, Cost, Solution, Task, Trip, Visit


class _Row(dict[str, tuple[int, int]]):
    """The legs from one node, each asked for once."""

    def __init__(self, travel: Travel, from_node: str) -> None:
        super().__init__()
        self._travel = travel
        self._from_node = from_node

    def __missing__(self, to_node: str) -> tuple[int, int]:
        ms = self._travel.time_ms(self._from_node, to_node)
        mm = UNREACHABLE if ms < 0 else self._travel.length_mm(self._from_node, to_node)
        self[to_node] = (ms, mm)
        return ms, mm


class Legs(dict[str, _Row]):
    """Travel, remembered: `legs[a][b]` is (ms, mm), ms negative where there is no way."""

    def __init__(self, travel: Travel) -> None:
        super().__init__()
        self._travel = travel

    def __missing__(self, from_node: str) -> _Row:
        row = self[from_node] = _Row(self._travel, from_node)
        return row


class Stand(NamedTuple):
    """A robot standing at a node to do tasks, before it has a time.

    `latests_ms` has one entry for each task that can be late; `tasks` are (kind, parcel id).
    """

    node: str
    earliest_ms: int
    service_ms: int
    latests_ms: tuple[int, ...] = ()
    tasks: tuple[tuple[str, str], ...] = ()


class Run(NamedTuple):
    """A trip with times: `times` are (arrive, start, depart) of each stand, in ms."""

    depart_not_before_ms: int
    end_node: str
    end_ms: int
    late_ms: int
    length_mm: int
    times: tuple[tuple[int, int, int], ...]

    @property
    def duty_ms(self) -> int:
        """From setting out to the end."""
        return self.end_ms - self.depart_not_before_ms


def base_ms(problem: Problem, node: str) -> int:
    """The share of a standing time that does not depend on how much is done."""
    return problem.service.station_ms if node in problem.stations else problem.service.stop_ms


def task_stand(problem: Problem, parcel: Parcel, kind: str) -> Stand:
    """The stand that does one task of one parcel."""
    service = problem.service
    if kind in {LOAD, HAND_IN}:
        node, person = parcel.pickup, parcel.person_pickup
        earliest_ms = max(parcel.ready_ms, parcel.pickup_earliest_ms)
        latest_ms = parcel.pickup_latest_ms
    else:
        node, person = parcel.dropoff, parcel.person_dropoff
        earliest_ms, latest_ms = parcel.dropoff_earliest_ms, parcel.dropoff_latest_ms
    by_person = person and node not in problem.stations
    task_ms = service.person_ms if by_person else service.dock_ms
    latests = (latest_ms,) if latest_ms < FOREVER_MS else ()
    return Stand(node, earliest_ms, base_ms(problem, node) + task_ms, latests, ((kind, parcel.id),))


def join(problem: Problem, one: Stand, other: Stand) -> Stand:
    """Two stands at one node as one."""
    shared_ms = base_ms(problem, one.node) if one.tasks and other.tasks else 0
    return Stand(
        one.node,
        max(one.earliest_ms, other.earliest_ms),
        one.service_ms + other.service_ms - shared_ms,
        one.latests_ms + other.latests_ms,
        one.tasks + other.tasks,
    )


def run_trip(legs: Legs, node: str, free_ms: int, stands: Sequence[Stand]) -> Run | None:
    """Time one trip of a robot that is free at `node` from `free_ms`; None: no way.

    The departure is the latest with which every stand but a loading one starts as early as if the
    robot had set out at once; loading is put off until it fits what the first stop allows.
    """
    now_ms, late_ms, length_mm = free_ms, 0, 0
    times: list[tuple[int, int, int]] = []
    for stand_node, earliest_ms, service_ms, latests_ms, _ in stands:
        ms, mm = legs[node][stand_node]
        if ms < 0:
            return None
        arrive_ms = now_ms + ms
        start_ms = max(arrive_ms, earliest_ms)
        for latest_ms in latests_ms:
            if start_ms > latest_ms:
                late_ms += start_ms - latest_ms
        now_ms = start_ms + service_ms
        times.append((arrive_ms, start_ms, now_ms))
        length_mm += mm
        node = stand_node
    first_ms = times[0][0] - free_ms
    begin_ms = times[0][1]
    if len(times) > 1 and stands[0].tasks and stands[0].tasks[0][0] == LOAD:
        arrive_ms, start_ms, depart_ms = times[1]
        put_off_ms = start_ms - arrive_ms
        for latest_ms in stands[0].latests_ms:
            put_off_ms = max(0, min(put_off_ms, latest_ms - begin_ms))
        times[1] = (arrive_ms + put_off_ms, start_ms, depart_ms)
        begin_ms += put_off_ms
    times[0] = (begin_ms, begin_ms, begin_ms + stands[0].service_ms)
    return Run(begin_ms - first_ms, node, now_ms, late_ms, length_mm, tuple(times))


def visit_stand(problem: Problem, parcels: dict[str, Parcel], visit: Visit) -> Stand:
    """What a planned visit does, without its times."""
    stand = Stand(visit.node, 0, 0)
    for task in visit.tasks:
        stand = join(problem, stand, task_stand(problem, parcels[task.parcel], task.kind))
    return stand


def timed_trip(run: Run, stands: Sequence[Stand], compartments: dict[str, str]) -> Trip:
    """The trip as a plan says it; `compartments` by parcel id."""
    visits = tuple(
        Visit(
            node=stand.node,
            tasks=tuple(Task(kind, parcel, compartments[parcel]) for kind, parcel in stand.tasks),
            arrive_ms=times[0],
            start_ms=times[1],
            depart_ms=times[2],
        )
        for stand, times in zip(stands, run.times, strict=True)
    )
    return Trip(depart_not_before_ms=run.depart_not_before_ms, visits=visits)


def schedule(
    problem: Problem, travel: Travel, robot: Robot, trips: Sequence[Trip]
) -> tuple[Trip, ...] | None:
    """The same trips of one robot, timed again from when it is free; None where there is no way.

    Raises KeyError for a parcel that is not in the problem.
    """
    legs = Legs(travel)
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    node, free_ms = robot.free_node, max(robot.free_ms, problem.now_ms)
    timed = []
    for trip in trips:
        stands = [visit_stand(problem, parcels, visit) for visit in trip.visits]
        run = run_trip(legs, node, free_ms, stands) if stands else None
        if run is None:
            return None
        compartments = {task.parcel: task.compartment for v in trip.visits for task in v.tasks}
        timed.append(timed_trip(run, stands, compartments))
        node, free_ms = run.end_node, run.end_ms
    return tuple(timed)


def late_ms_of(parcels: dict[str, Parcel], visits: Iterable[Visit]) -> int:
    """The lateness of all tasks of these visits together."""
    total_ms = 0
    for visit in visits:
        for task in visit.tasks:
            parcel = parcels[task.parcel]
            picks_up = task.kind in {LOAD, HAND_IN}
            latest_ms = parcel.pickup_latest_ms if picks_up else parcel.dropoff_latest_ms
            total_ms += max(0, visit.start_ms - latest_ms)
    return total_ms


def cost_of(problem: Problem, travel: Travel, solution: Solution) -> Cost:
    """What a plan costs. Each term is rounded down once, over the whole plan.

    Raises KeyError for a parcel or robot that is not in the problem.
    """
    parcels = {parcel.id: parcel for parcel in problem.parcels}
    robots = {robot.id: robot for robot in problem.robots}
    length_mm = duty_ms = late_ms = trips = 0
    for plan in solution.plans:
        node = robots[plan.robot].free_node
        for trip in plan.trips:
            trips += 1
            duty_ms += trip.visits[-1].depart_ms - trip.depart_not_before_ms
            late_ms += late_ms_of(parcels, trip.visits)
            for visit in trip.visits:
                length_mm += travel.length_mm(node, visit.node)
                node = visit.node
    return Cost(
        drive=problem.costs.per_metre * length_mm // 1000,
        duty=problem.costs.per_duty_s * duty_ms // 1000,
        trips=problem.costs.per_trip * trips,
        late=problem.costs.per_late_s * late_ms // 1000,
        skipped=sum(parcels[unserved.parcel].skip_cost for unserved in solution.unserved),
    )
