# SPDX-License-Identifier: Apache-2.0
"""The gaps of a drafted plan: between which two stands something could be put in, and when.

What must hold: a gap only tells where it is worth to look. Its times leave out what a trial counts
(loading longer, batteries, rooms), so it may promise too much, and whoever uses it tries for real.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dispatcher.planner.draft import Draft, DraftRobot
from dispatcher.planner.part import windows_of
from dispatcher.planner.problem import FOREVER_MS, Problem
from dispatcher.planner.schedule import Legs, Stand
from dispatcher.planner.solution import HAND_IN, LOAD


class Gap(NamedTuple):
    """Before stop `at` of a trip (or its end), or a time in which a robot has no trip (-1).

    The robot leaves `before` at `depart_ms` at the earliest. Its next stand, at `after` (empty:
    there is none), may start at `latest_ms` at the latest; up to `calm_ms` that makes the trip end
    no later than planned.
    """

    robot: int
    trip: int
    at: int
    before: str
    depart_ms: int
    after: str
    latest_ms: int
    calm_ms: int


class Timeline(NamedTuple):
    """The gaps of one robot: `inside[trip]`, and `between` trips, before each and after all."""

    inside: tuple[tuple[Gap, ...], ...]
    between: tuple[Gap, ...]


class Timed(NamedTuple):
    """A stand that is left at `depart_ms` at the earliest; the rest as for `Gap`."""

    stand: Stand
    depart_ms: int
    latest_ms: int
    calm_ms: int


def timelines(draft: Draft) -> tuple[Timeline, ...]:
    """One for each robot of the draft."""
    ends = _LatestEnds(draft.problem)
    return tuple(_timeline(draft, number, robot, ends) for number, robot in enumerate(draft.robots))


class _LatestEnds:
    """Until when each task may start so that it is not later than promised."""

    def __init__(self, problem: Problem) -> None:
        self._windows = {
            parcel.id: (
                [one.latest_ms for one in windows_of(parcel, at_dropoff=False)],
                [one.latest_ms for one in windows_of(parcel, at_dropoff=True)],
            )
            for parcel in problem.parcels
        }

    def of(self, stand: Stand, start_ms: int) -> int:
        """The end of the window that it starts in; what is late already must not be later."""
        latest_ms = FOREVER_MS
        for kind, name in stand.tasks:
            ends = self._windows[name][0 if kind in {LOAD, HAND_IN} else 1]
            latest_ms = min(latest_ms, next((end for end in ends if end >= start_ms), start_ms))
        return latest_ms


def _timeline(draft: Draft, number: int, robot: DraftRobot, ends: _LatestEnds) -> Timeline:
    trips = _timed(draft, robot, ends)
    inside = tuple(
        tuple(_inside(draft, number, robot, index, trip)) for index, trip in enumerate(trips)
    )
    between = []
    for index in range(len(trips) + 1):
        node, free_ms = robot.origin(index)
        after, end_ms = "", _day_end_ms(draft, robot)
        if index < len(trips):
            after, end_ms = trips[index][0].stand.node, trips[index][0].latest_ms
        between.append(Gap(number, index, -1, node, free_ms, after, end_ms, end_ms))
    return Timeline(inside, tuple(between))


def _day_end_ms(draft: Draft, robot: DraftRobot) -> int:
    return min(robot.robot.shift_end_ms, draft.problem.horizon_ms)


def _timed(draft: Draft, robot: DraftRobot, ends: _LatestEnds) -> list[list[Timed]]:
    """All stands of a robot; their latest starts are worked out from its last to its first."""
    legs = draft.legs
    trips: list[list[Timed]] = []
    after, limit_ms = "", _day_end_ms(draft, robot)
    for index in range(len(robot.trips) - 1, -1, -1):
        stands = robot.trips[index].stands()
        departs_ms = _earliest(legs, robot.origin(index), stands)
        times = robot.runs[index].times
        timed: list[Timed] = []
        calm_ms = times[len(stands) - 1][1]
        for at in range(len(stands) - 1, -1, -1):
            stand, start_ms = stands[at], times[at][1]
            busy_ms = stand.service_ms + (legs[stand.node][after][0] if after else 0)
            if timed:
                calm_ms -= busy_ms
            latest_ms = min(ends.of(stand, start_ms), limit_ms - busy_ms)
            latest_ms = max(latest_ms, start_ms)
            timed.append(Timed(stand, departs_ms[at], latest_ms, calm_ms))
            after, limit_ms = stand.node, latest_ms
        trips.append(timed[::-1])
    return trips[::-1]


def _earliest(legs: Legs, origin: tuple[str, int], stands: Sequence[Stand]) -> list[int]:
    """When each stand is left if nobody waits for more than he must."""
    node, at_ms = origin
    departs_ms = []
    for stand in stands:
        at_ms = max(at_ms + legs[node][stand.node][0], stand.earliest_ms) + stand.service_ms
        departs_ms.append(at_ms)
        node = stand.node
    return departs_ms


def _inside(
    draft: Draft, number: int, robot: DraftRobot, index: int, timed: Sequence[Timed]
) -> Iterator[Gap]:
    """Before each stop of a trip, and before its end."""
    node, depart_ms = robot.origin(index)
    first = 0
    if robot.trips[index].load is not None:
        node, depart_ms, first = timed[0].stand.node, timed[0].depart_ms, 1
    for at in range(len(robot.trips[index].stops) + 1):
        if first + at == len(timed):  # an open end
            end_ms = _day_end_ms(draft, robot)
            yield Gap(number, index, at, node, depart_ms, "", end_ms, timed[-1].calm_ms)
            return
        later = timed[first + at]
        place = (number, index, at, node, depart_ms)
        yield Gap(*place, later.stand.node, later.latest_ms, later.calm_ms)
        node, depart_ms = later.stand.node, later.depart_ms
