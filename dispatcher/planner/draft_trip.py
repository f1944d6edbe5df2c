# SPDX-License-Identifier: Apache-2.0
"""Trips and what parcels ask of them, before anything has a time; the ground drafts stand on.

What must hold: values, but for `Ground`, which is made once for a problem and never changed.
"""

from typing import NamedTuple

from dispatcher.planner.costs import has_penalties
from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Parcel, Problem
from dispatcher.planner.rooms import Need, need_of
from dispatcher.planner.solution import HAND_IN, HAND_OUT, LOAD, UNLOAD
from dispatcher.planner.stands import Stand, task_stand


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
    return Job(parcel, load, tuple(stops), unload, need_of(parcel))


class Ground:
    """A problem with its legs and jobs, and which of its many features it has at all."""

    def __init__(self, problem: Problem, legs: Legs) -> None:
        self.problem = problem
        self.legs = legs
        self.jobs = {parcel.id: job_of(problem, parcel) for parcel in problem.parcels}
        self.has_bulk = any(not parcel.size for parcel in problem.parcels)
        self.has_penalties = has_penalties(problem)
