# SPDX-License-Identifier: Apache-2.0
"""How late each stand of a drafted plan may start without making anybody later than promised.

What must hold: what is late already may not become later. Compared with a trial this is a bound:
it does not see batteries, other travel times later in the day, nor who else wants the same bay.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.legs import Legs
from dispatcher.planner.part import windows_of
from dispatcher.planner.problem import FOREVER_MS, Problem
from dispatcher.planner.solution import HAND_IN, LOAD
from dispatcher.planner.stands import Stand


class Timed(NamedTuple):
    """A stand that is left at `depart_ms` at the earliest, and may start at `latest_ms` at the
    latest; up to `calm_ms` that makes the trip end no later than planned."""

    stand: Stand
    depart_ms: int
    latest_ms: int
    calm_ms: int


class LatestStarts:
    """Until when each task may start, `slack_ms` before it would be late."""

    def __init__(self, problem: Problem, slack_ms: int = 0) -> None:
        self._slack_ms = slack_ms
        self._windows = {
            parcel.id: (
                [one.latest_ms for one in windows_of(parcel, at_dropoff=False)],
                [one.latest_ms for one in windows_of(parcel, at_dropoff=True)],
            )
            for parcel in problem.parcels
        }

    def of(self, stand: Stand, start_ms: int) -> int:
        """The end of the window that it starts in, but never before it starts as planned."""
        latest_ms = FOREVER_MS
        for kind, name in stand.tasks:
            ends = self._windows[name][0 if kind in {LOAD, HAND_IN} else 1]
            latest_ms = min(latest_ms, next((end for end in ends if end >= start_ms), start_ms))
        return max(start_ms, latest_ms - self._slack_ms)


def day_end_ms(problem: Problem, robot: DraftRobot) -> int:
    """When the last trip of a robot must be over."""
    return min(robot.robot.shift_end_ms, problem.horizon_ms)


def timed(draft: Draft, robot: DraftRobot, starts: LatestStarts) -> list[list[Timed]]:
    """All stands of a robot; their latest starts are worked out from its last to its first."""
    trips: list[list[Timed]] = []
    after, limit_ms = "", day_end_ms(draft.problem, robot)
    for index in range(len(robot.trips) - 1, -1, -1):
        trips.append(timed_one(draft, robot, index, starts, (after, limit_ms)))
        after, limit_ms = trips[-1][0].stand.node, trips[-1][0].latest_ms
    return trips[::-1]


def timed_one(
    draft: Draft, robot: DraftRobot, index: int, starts: LatestStarts, then: tuple[str, int]
) -> list[Timed]:
    """The stands of one trip, after which the robot must be somewhere (empty: anywhere) by a
    time."""
    legs, (after, limit_ms) = draft.legs, then
    stands, times = robot.trips[index].stands(), robot.runs[index].times
    departs_ms = _earliest(legs, robot.origin(index), stands)
    found: list[Timed] = []
    calm_ms = times[len(stands) - 1][1]
    for at in range(len(stands) - 1, -1, -1):
        stand, start_ms = stands[at], times[at][1]
        busy_ms = stand.service_ms + (legs[stand.node][after][0] if after else 0)
        if found:
            calm_ms -= busy_ms
        latest_ms = max(start_ms, min(starts.of(stand, start_ms), limit_ms - busy_ms))
        found.append(Timed(stand, departs_ms[at], latest_ms, calm_ms))
        after, limit_ms = stand.node, latest_ms
    return found[::-1]


def _earliest(legs: Legs, origin: tuple[str, int], stands: Sequence[Stand]) -> list[int]:
    """When each stand is left if nobody waits for more than he must."""
    node, at_ms = origin
    departs_ms = []
    for stand in stands:
        at_ms = max(at_ms + legs[node][stand.node][0], stand.earliest_ms) + stand.service_ms
        departs_ms.append(at_ms)
        node = stand.node
    return departs_ms
