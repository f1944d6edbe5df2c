# SPDX-License-Identifier: Apache-2.0
"""A plan while it is being made: trips as loading, stops and end.

What must hold: a trip loads first (at one station), hands out and takes in at its stops, and ends
at a station where the site has one. Its robots (`DraftRobot`) are always feasible; who changes one
asks its `trial` first. No robot has frozen trips here (`frozen.thawed`).
"""

from collections.abc import Sequence

from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.draft_trip import DraftTrip, Ground, Job
from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Problem
from dispatcher.planner.rooms import NOTHING, plus
from dispatcher.planner.stands import Stand, join, may_meet


class Draft(Ground):
    """A plan being made, one `DraftRobot` for each robot of the problem, in its order."""

    def __init__(self, problem: Problem, legs: Legs) -> None:
        super().__init__(problem, legs)
        self._home: dict[str, Stand | None] = {}
        self.robots = tuple(DraftRobot(self, robot) for robot in problem.robots)

    def home(self, node: str) -> Stand | None:
        """The end of a trip at the station nearest to `node`; None: there is none it can reach."""
        if node not in self._home:
            stations = self.problem.stations
            near = [(self.legs.leg(node, name)[0], i) for i, name in enumerate(stations)]
            reached = [pair for pair in near if pair[0] >= 0]
            station = stations[min(reached)[1]] if reached else None
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
            # A parcel's own pick-up and drop-off at one place stay two stands.
            own = {parcel for _, parcel in task.tasks}
            apart = stops and any(parcel in own for _, parcel in stops[-1].tasks)
            if stops and stops[-1].node == task.node and not apart:
                both = join(self.problem, stops[-1], task)
                if may_meet(both):
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
