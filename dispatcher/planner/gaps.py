# SPDX-License-Identifier: Apache-2.0
"""The gaps of a drafted plan: between which two stands something could be put in, and when.

What must hold: a gap only tells where it is worth to look. Its times leave out what a trial counts
(loading longer, batteries, rooms), so it may promise too much, and whoever uses it tries for real.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.latest import LatestStarts, Timed, day_end_ms, timed


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


def timelines(draft: Draft) -> tuple[Timeline, ...]:
    """One for each robot of the draft."""
    starts = LatestStarts(draft.problem)
    return tuple(
        _timeline(draft, number, robot, starts) for number, robot in enumerate(draft.robots)
    )


def _timeline(draft: Draft, number: int, robot: DraftRobot, starts: LatestStarts) -> Timeline:
    trips = timed(draft, robot, starts)
    inside = tuple(
        tuple(_inside(draft, number, robot, index, trip)) for index, trip in enumerate(trips)
    )
    between = []
    for index in range(len(trips) + 1):
        node, free_ms = robot.origin(index)
        after, end_ms = "", day_end_ms(draft.problem, robot)
        if index < len(trips):
            after, end_ms = trips[index][0].stand.node, trips[index][0].latest_ms
        between.append(Gap(number, index, -1, node, free_ms, after, end_ms, end_ms))
    return Timeline(inside, tuple(between))


def _inside(
    draft: Draft, number: int, robot: DraftRobot, index: int, stands: Sequence[Timed]
) -> Iterator[Gap]:
    """Before each stop of a trip, and before its end."""
    node, depart_ms = robot.origin(index)
    first = 0
    if robot.trips[index].load is not None:
        node, depart_ms, first = stands[0].stand.node, stands[0].depart_ms, 1
    for at in range(len(robot.trips[index].stops) + 1):
        if first + at == len(stands):  # an open end
            end_ms = day_end_ms(draft.problem, robot)
            yield Gap(number, index, at, node, depart_ms, "", end_ms, stands[-1].calm_ms)
            return
        later = stands[first + at]
        place = (number, index, at, node, depart_ms)
        yield Gap(*place, later.stand.node, later.latest_ms, later.calm_ms)
        node, depart_ms = later.stand.node, later.depart_ms
