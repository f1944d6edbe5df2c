# SPDX-License-Identifier: Apache-2.0
"""A plan while it is being made: trips as loading, stops and end, before anything has a time.

What must hold: a trip loads first (at one station), hands out and takes in at its stops, and ends
at a station where the site has one. Nobody may come for a parcel, which then stays aboard to the
end: so within a trip every parcel has a compartment of its own, from start to end, and what a trip
needs is a count for each size. `DraftRobot` is always feasible; who changes it asks `trial` first.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dispatcher.planner.problem import SIZES, Parcel, Problem, Robot
from dispatcher.planner.schedule import Legs, Run, Stand, join, run_trip, task_stand, timed_trip
from dispatcher.planner.solution import HAND_IN, HAND_OUT, LOAD, UNLOAD, RobotPlan

Need = tuple[int, int, int, int]
"""Compartments of size L, of M and up, of S and up, and the mass in g."""

NOTHING: Need = (0, 0, 0, 0)


class DraftTrip(NamedTuple):
    """One trip without times; `need` counts what is not aboard already."""

    load: Stand | None
    stops: tuple[Stand, ...]
    end: Stand | None
    parcels: tuple[str, ...]
    need: Need

    def stands(self) -> list[Stand]:
        """All of it in order."""
        stands = [self.load] if self.load else []
        stands.extend(self.stops)
        if self.end:
            stands.append(self.end)
        return stands


class Job(NamedTuple):
    """What one parcel asks of the trip that carries it; at most two `stops` (in, then out)."""

    parcel: Parcel
    load: Stand | None
    stops: tuple[Stand, ...]
    unload: Stand | None
    need: Need


class Trial(NamedTuple):
    """What a change of a robot's trips would give: cost in 1/1000 units, compared with before."""

    delta: int
    runs: list[Run]


def plus(one: Need, other: Need) -> Need:
    """Both needs together."""
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


def _room(compartments: Iterable[str], mass_g: int) -> Need:
    sizes = [name[0] for name in compartments]
    large, middle = sizes.count("L"), sizes.count("M")
    return (large, large + middle, len(sizes), mass_g)


def job_of(problem: Problem, parcel: Parcel) -> Job:
    """The tasks of a parcel: at a station it is loaded and unloaded, at a stop handed over."""
    load = unload = None
    stops = []
    if not parcel.aboard:
        if parcel.pickup in problem.stations:
            load = task_stand(problem, parcel, LOAD)
        else:
            stops.append(task_stand(problem, parcel, HAND_IN))
    if parcel.dropoff in problem.stations:
        unload = task_stand(problem, parcel, UNLOAD)
    else:
        stops.append(task_stand(problem, parcel, HAND_OUT))
    size = SIZES.index(parcel.size)
    need = NOTHING if parcel.aboard else (size // 2, (size + 1) // 2, 1, parcel.mass_g)
    return Job(parcel, load, tuple(stops), unload, need)


class Draft:
    """A plan being made, one `DraftRobot` for each robot of the problem, in its order."""

    def __init__(self, problem: Problem, legs: Legs) -> None:
        self.problem = problem
        self.legs = legs
        self.jobs = {parcel.id: job_of(problem, parcel) for parcel in problem.parcels}
        self._home: dict[str, Stand | None] = {}
        self.robots = tuple(DraftRobot(self, robot) for robot in problem.robots)

    def home(self, node: str) -> Stand | None:
        """The end of a trip at the station nearest to `node`; None: there is none it can reach."""
        if node not in self._home:
            row = self.legs[node]
            near = [(row[name][0], i) for i, name in enumerate(self.problem.stations)]
            reached = [pair for pair in near if pair[0] >= 0]
            station = self.problem.stations[min(reached)[1]] if reached else None
            self._home[node] = Stand(station, 0, 0) if station else None
        return self._home[node]

    def loaded(self, load: Stand | None, job: Job) -> Stand | bool | None:
        """The loading of a trip with one more job; False where their stations differ."""
        if job.load is None or load is None:
            return load or job.load
        return load.node == job.load.node and join(self.problem, load, job.load)

    def ended(self, stops: Sequence[Stand], end: Stand | None, job: Job) -> Stand | bool | None:
        """The end of a trip with one more job; False where there is none."""
        if end is not None and end.tasks:
            if job.unload is None:
                return end
            return end.node == job.unload.node and join(self.problem, end, job.unload)
        if job.unload is not None:
            return job.unload
        if not self.problem.stations:
            return None
        return self.home(stops[-1].node) or False

    def with_job(
        self, trip: DraftTrip | None, stops: Sequence[Stand], job: Job
    ) -> DraftTrip | None:
        """`trip` (or a new one) with `job`, its stops being `stops`; None: it cannot be."""
        old = trip or DraftTrip(None, (), None, (), NOTHING)
        load, end = self.loaded(old.load, job), self.ended(stops, old.end, job)
        if isinstance(load, bool) or isinstance(end, bool):
            return None
        ids = (*old.parcels, job.parcel.id)
        return DraftTrip(load, tuple(stops), end, ids, plus(old.need, job.need))

    def compose(self, tasks: Sequence[Stand], jobs: Sequence[Job]) -> DraftTrip | None:
        """A trip that does `jobs` with its stops in the order of `tasks`; None: it cannot be.

        Neighbours at one node become one stop where their windows overlap.
        """
        stops: list[Stand] = []
        for task in tasks:
            if stops and stops[-1].node == task.node:
                both = join(self.problem, stops[-1], task)
                if all(both.earliest_ms <= latest_ms for latest_ms in both.latests_ms):
                    stops[-1] = both
                    continue
            stops.append(task)
        return self.of_jobs(stops, jobs)

    def of_jobs(self, stops: Sequence[Stand], jobs: Sequence[Job]) -> DraftTrip | None:
        """A trip that does `jobs`, their stops being `stops`; None: it cannot be, or is empty."""
        trip: DraftTrip | None = None
        for job in jobs:
            trip = self.with_job(trip, stops, job)
            if trip is None:
                return None
        return trip


class DraftRobot:
    """The trips of one robot, with their times."""

    def __init__(self, draft: Draft, robot: Robot) -> None:
        self.draft = draft
        self.robot = robot
        self.trips: list[DraftTrip] = []
        self.runs: list[Run] = []
        parcels = draft.problem.parcels
        self.aboard = tuple(parcel for parcel in parcels if parcel.aboard == robot.id)
        self._rooms: dict[tuple[str, ...], Need] = {}
        self.most = _room(robot.compartments, robot.mass_limit_g)

    def _closed(self, trip: DraftTrip, *, last: bool) -> list[Stand]:
        stands = trip.stands()
        if last and self.robot.end and stands[-1].node != self.robot.end:
            stands.append(Stand(self.robot.end, 0, 0))
        return stands

    def free_compartments(self, aboard: Sequence[Parcel]) -> list[str]:
        """The compartments beside those of `aboard`."""
        taken = [parcel.compartment for parcel in aboard]
        return [name for name in self.robot.compartments if name not in taken]

    def _room_beside(self, aboard: Sequence[Parcel]) -> Need:
        key = tuple(parcel.id for parcel in aboard)
        if key not in self._rooms:
            mass_g = self.robot.mass_limit_g - sum(parcel.mass_g for parcel in aboard)
            self._rooms[key] = _room(self.free_compartments(aboard), mass_g)
        return self._rooms[key]

    def staying(self, index: int, trips: Sequence[DraftTrip]) -> tuple[Parcel, ...]:
        """What is aboard from before and takes room in trip `index`."""
        if index == 0 or not self.aboard:
            return self.aboard
        gone = trips[0].parcels if trips else ()
        return tuple(parcel for parcel in self.aboard if parcel.id not in gone)

    def room(self, index: int) -> Need:
        """What there is for a trip as number `index`."""
        return self._room_beside(self.staying(index, self.trips))

    def has_room(self, index: int, trip: DraftTrip) -> bool:
        """Whether all that `trip` takes on has a compartment, as trip number `index`."""
        if trip.need == NOTHING:
            return True
        return all(need <= there for need, there in zip(trip.need, self.room(index), strict=True))

    def origin(self, index: int) -> tuple[str, int]:
        """Where and when trip `index` sets out at the earliest."""
        if index == 0:
            return self.robot.free_node, max(self.robot.free_ms, self.draft.problem.now_ms)
        run = self.runs[index - 1]
        return run.end_node, run.end_ms

    def price(self, run: Run) -> int:
        """The cost of one trip in 1/1000 units."""
        costs = self.draft.problem.costs
        return (
            costs.per_metre * run.length_mm
            + costs.per_duty_s * run.duty_ms
            + costs.per_late_s * run.late_ms
            + costs.per_trip * 1000
        )

    def trial(self, index: int, trip: DraftTrip, replaced: int) -> Trial | None:
        """What `trip` at `index` would give, in place of `replaced` (0 or 1) trips there.

        None where it breaks the shift, the horizon or the range, or has no way.
        """
        rest = self.trips[index + replaced :]
        node, now_ms = self.origin(index)
        old = self.runs[index:]
        if not rest and index and not replaced and self.robot.end:
            return self._retry_appended(index, trip)
        runs: list[Run] = []
        for at, one in enumerate((trip, *rest)):
            if at and (node, now_ms) == self.origin(index + replaced + at - 1):
                runs.extend(self.runs[index + replaced + at - 1 :])
                break
            stands = self._closed(one, last=at == len(rest))
            run = run_trip(self.draft.legs, node, now_ms, stands)
            if run is None:
                return None
            runs.append(run)
            node, now_ms = run.end_node, run.end_ms
        return self._judged(self.runs[:index] + runs, old, runs)

    def _retry_appended(self, index: int, trip: DraftTrip) -> Trial | None:
        """The trip before was the last and drove on to the robot's end: that one changes too."""
        legs, runs = self.draft.legs, self.runs[: index - 1]
        node, now_ms = self.origin(index - 1)
        for stands in (self.trips[index - 1].stands(), self._closed(trip, last=True)):
            run = run_trip(legs, node, now_ms, stands)
            if run is None:
                return None
            runs.append(run)
            node, now_ms = run.end_node, run.end_ms
        return self._judged(runs, self.runs[index - 1 :], runs[index - 1 :])

    def _judged(self, runs: list[Run], old: Sequence[Run], new: Sequence[Run]) -> Trial | None:
        problem, robot = self.draft.problem, self.robot
        last = runs[-1]
        if last.end_ms > robot.shift_end_ms or last.times[-1][1] > problem.horizon_ms:
            return None
        if sum(run.length_mm for run in runs) > robot.range_mm:
            return None
        delta = sum(self.price(run) for run in new) - sum(self.price(run) for run in old)
        return Trial(delta, runs)

    def accept(self, index: int, trip: DraftTrip, replaced: int, trial: Trial) -> None:
        """Make a trial the plan."""
        self.trips[index : index + replaced] = [trip]
        self.runs = trial.runs

    def append(self, trip: DraftTrip) -> bool:
        """Add a trip at the end where that is feasible."""
        index = len(self.trips)
        first_only = any(self.draft.jobs[name].parcel.aboard for name in trip.parcels)
        if (first_only and index) or not self.has_room(index, trip):
            return False
        trial = self.trial(index, trip, 0)
        if trial is None:
            return False
        self.accept(index, trip, 0, trial)
        return True

    def clear(self) -> tuple[str, ...]:
        """Drop all trips; the parcels that were in them."""
        dropped = tuple(name for trip in self.trips for name in trip.parcels)
        self.trips, self.runs = [], []
        return dropped

    def plan(self) -> RobotPlan:
        """The trips as a plan says them, with compartments."""
        trips = []
        for index, (trip, run) in enumerate(zip(self.trips, self.runs, strict=True)):
            stands = self._closed(trip, last=index == len(self.trips) - 1)
            trips.append(timed_trip(run, stands, self._compartments(index, trip)))
        return RobotPlan(self.robot.id, tuple(trips))

    def _compartments(self, index: int, trip: DraftTrip) -> dict[str, str]:
        """Largest parcels first, each into the smallest compartment that holds it."""
        jobs = self.draft.jobs
        parcels = sorted(
            (jobs[name].parcel for name in trip.parcels),
            key=lambda parcel: (-SIZES.index(parcel.size), parcel.id),
        )
        free = self.free_compartments(self.staying(index, self.trips))
        free.sort(key=lambda name: SIZES.index(name[0]))
        given = {}
        for parcel in parcels:
            if parcel.aboard:
                given[parcel.id] = parcel.compartment
                continue
            least = SIZES.index(parcel.size)
            place = next(i for i, name in enumerate(free) if SIZES.index(name[0]) >= least)
            given[parcel.id] = free.pop(place)
        return given
