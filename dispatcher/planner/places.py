# SPDX-License-Identifier: Apache-2.0
"""Where in a draft one parcel costs least: every robot, trip and position.

What must hold: ties go to the first place in the order robot, trip, position. A place is skipped
unseen only when its detour alone costs at least as much as the best place found before.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot, Trial
from dispatcher.planner.draft_trip import DraftTrip, Job
from dispatcher.planner.problem import Parcel
from dispatcher.planner.stands import Stand, join


class Found(NamedTuple):
    """A place: `trip` becomes `number` of `robot`, in place of `replaced` (0, 1) trips."""

    robot: DraftRobot
    number: int
    replaced: int
    trip: DraftTrip
    trial: Trial


def cheapest(draft: Draft, job: Job) -> Found | None:
    """The best place for a parcel, None where there is none below its `skip_cost`.

    What is aboard goes into the first trip of its robot at any price.
    """
    parcel = job.parcel
    search = _Search(draft, job, (1 << 62) if parcel.aboard else _left_out(draft, parcel) * 1000)
    for robot in draft.robots:
        if not parcel.aboard:
            if parcel.mass_g > robot.robot.mass_limit_g:
                continue
            if all(need <= there for need, there in zip(job.need, robot.most, strict=True)):
                search.in_trips(robot, 0, len(robot.trips))
                search.as_new_trip(robot, 1 if _first_has_aboard(robot) else 0, len(robot.trips))
        elif parcel.aboard == robot.robot.id and _has_its_compartment(robot, parcel):
            search.in_trips(robot, 0, min(1, len(robot.trips)))
            if not _first_has_aboard(robot):
                search.as_new_trip(robot, 0, 0)
    return search.best


def _left_out(draft: Draft, parcel: Parcel) -> int:
    """What it costs to leave a parcel out."""
    change = draft.problem.costs.per_change if parcel.planned_robot else 0
    return parcel.skip_cost + change


def _first_has_aboard(robot: DraftRobot) -> bool:
    ids = [parcel.id for parcel in robot.aboard]
    return bool(ids and robot.trips) and any(name in ids for name in robot.trips[0].parcels)


def _has_its_compartment(robot: DraftRobot, parcel: Parcel) -> bool:
    """Whether the compartment exists and nothing before it (by id) claims to be in it too."""
    if not parcel.compartment and not parcel.size:
        return True
    first = next(one for one in robot.aboard if one.compartment == parcel.compartment)
    return parcel.compartment in robot.robot.compartments and first.id == parcel.id


class _Search:
    """The best place so far and its price, in 1/1000 cost units."""

    def __init__(self, draft: Draft, job: Job, limit: int) -> None:
        self.draft = draft
        self.job = job
        self.limit = limit
        self.best: Found | None = None

    def in_trips(self, robot: DraftRobot, first: int, stop: int) -> None:
        """Look at the trips `first` to `stop` that are there."""
        for index in range(first, stop):
            trip = robot.trips[index]
            grown = self.draft.with_job(trip, trip.stops or self.job.stops, self.job)
            if grown is None or not robot.has_room(index, grown):
                continue
            for stops in self._orders(robot, index, trip, grown):
                self._consider(robot, index, trip, stops, 1)

    def as_new_trip(self, robot: DraftRobot, first: int, last: int) -> None:
        """Look at a trip of its own, as number `first` to `last`."""
        for index in range(first, last + 1):
            self._consider(robot, index, None, self.job.stops, 0)

    def _consider(
        self,
        robot: DraftRobot,
        index: int,
        old: DraftTrip | None,
        stops: Sequence[Stand],
        replaced: int,
    ) -> None:
        trip = self.draft.with_job(old, stops, self.job)
        if trip is None or (not replaced and not robot.has_room(index, trip)):
            return
        if self.draft.has_bulk and not robot.carries(index, trip):
            return
        trial = robot.trial(index, trip, replaced)
        if trial is not None and trial.delta < self.limit:
            self.limit = trial.delta
            self.best = Found(robot, index, replaced, trip, trial)

    def _orders(
        self, robot: DraftRobot, index: int, trip: DraftTrip, grown: DraftTrip
    ) -> Iterator[Sequence[Stand]]:
        wanted = self.job.stops
        if not wanted:
            yield trip.stops
        elif len(wanted) == 1:
            yield from self._one_order(robot, index, trip, grown)
        else:
            for at, begun in _placed(self.draft, trip.stops, wanted[0], 0):
                for _, both in _placed(self.draft, begun, wanted[1], at + 1):
                    yield both

    def _one_order(
        self, robot: DraftRobot, index: int, trip: DraftTrip, grown: DraftTrip
    ) -> Iterator[Sequence[Stand]]:
        """The positions of one stop whose detour alone is not too much already."""
        new, legs = self.job.stops[0], self.draft.legs
        per_metre = self.draft.problem.costs.per_metre
        before = grown.load.node if grown.load else robot.origin(index)[0]
        for at, stops in _placed(self.draft, trip.stops, new, 0):
            if len(stops) > len(trip.stops) and at < len(trip.stops) and not legs.later:
                prev = trip.stops[at - 1].node if at else before
                after = trip.stops[at].node
                detour = legs[prev][new.node][1] + legs[new.node][after][1] - legs[prev][after][1]
                if per_metre * detour >= self.limit:
                    continue
            yield stops


def _placed(
    draft: Draft, stops: Sequence[Stand], new: Stand, first: int
) -> Iterator[tuple[int, tuple[Stand, ...]]]:
    """`stops` with one more, from position `first` on: as a stop of its own, or joined to one."""
    stops = tuple(stops)
    for at in range(first, len(stops) + 1):
        if at < len(stops) and stops[at].node == new.node:
            both = join(draft.problem, stops[at], new)
            yield at, (*stops[:at], both, *stops[at + 1 :])
        yield at, (*stops[:at], new, *stops[at:])
