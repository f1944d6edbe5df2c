# SPDX-License-Identifier: Apache-2.0
"""What a robot does where it stands, before that has a time: tasks, how long, and when allowed.

What must hold: a stand may start when every one of its tasks may: in one of its windows or, late,
after the last of them, and while the node is open. What only some stands have is in `Extra`, so
that all others are timed without looking at it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Window
from dispatcher.planner.solution import HAND_IN, LOAD, Visit


class Due(NamedTuple):
    """What the start of one handover costs besides plain lateness.

    `planned_robot` is empty where the live plan says nothing about this handover; a start after
    `planned_until_ms` (or as long before the planned one) is then a change.
    """

    parcel: str
    latest_ms: int
    priority: int
    promise_cost: int
    planned_robot: str
    planned_from_ms: int
    planned_until_ms: int


class Extra(NamedTuple):
    """`gaps` are (after, until), by `after`: nothing starts between, ends excluded, and nothing
    after `limit_ms`. `mass_g` is the bulk taken on here less what is given away."""

    gaps: tuple[tuple[int, int], ...] = ()
    limit_ms: int = FOREVER_MS
    mass_g: int = 0
    dues: tuple[Due, ...] = ()

    def first_start_ms(self, at_ms: int) -> int:
        """The first allowed start from `at_ms` on, but for the limit."""
        for after_ms, until_ms in self.gaps:
            if after_ms < at_ms < until_ms:
                at_ms = until_ms
        return at_ms

    def last_start_ms(self, at_ms: int) -> int:
        """The last allowed start up to `at_ms`."""
        for after_ms, until_ms in reversed(self.gaps):
            if after_ms < at_ms < until_ms:
                at_ms = after_ms
        return at_ms


class Stand(NamedTuple):
    """A robot standing at a node to do tasks, before it has a time.

    `latests_ms` has one entry for each task that can be late; `tasks` are (kind, parcel id).
    """

    node: str
    earliest_ms: int
    service_ms: int
    latests_ms: tuple[int, ...] = ()
    tasks: tuple[tuple[str, str], ...] = ()
    extra: Extra | None = None


def base_ms(problem: Problem, node: str) -> int:
    """The share of a standing time that does not depend on how much is done."""
    return problem.service.station_ms if node in problem.stations else problem.service.stop_ms


def last_ms(parcel: Parcel, kind: str) -> int:
    """After which moment a task of this kind starts late."""
    if kind in {LOAD, HAND_IN}:
        return parcel.more_pickups[-1].latest_ms if parcel.more_pickups else parcel.pickup_latest_ms
    return parcel.more_dropoffs[-1].latest_ms if parcel.more_dropoffs else parcel.dropoff_latest_ms


def asks_at(parcel: Parcel, kind: str) -> bool:
    """Whether this task is the one at the person's end, whose time the live plan speaks of."""
    at_pickup = parcel.person_pickup and not parcel.person_dropoff and not parcel.aboard
    return (kind in {LOAD, HAND_IN}) == at_pickup


def task_stand(problem: Problem, parcel: Parcel, kind: str) -> Stand:
    """The stand that does one task of one parcel."""
    service = problem.service
    if kind in {LOAD, HAND_IN}:
        node, person, own_ms = parcel.pickup, parcel.person_pickup, parcel.pickup_ms
        earliest_ms = max(parcel.ready_ms, parcel.pickup_earliest_ms)
    else:
        node, person, own_ms = parcel.dropoff, parcel.person_dropoff, parcel.dropoff_ms
        earliest_ms = parcel.dropoff_earliest_ms
    if node in problem.stations:
        task_ms = service.dock_ms
    elif own_ms >= 0:
        task_ms = own_ms
    else:
        task_ms = service.person_ms if person else service.dock_ms
    latest_ms = last_ms(parcel, kind)
    latests = (latest_ms,) if latest_ms < FOREVER_MS else ()
    tasks = ((kind, parcel.id),)
    extra = _extra(problem, parcel, kind, node)
    return Stand(node, earliest_ms, base_ms(problem, node) + task_ms, latests, tasks, extra)


def _extra(problem: Problem, parcel: Parcel, kind: str, node: str) -> Extra | None:
    takes = kind in {LOAD, HAND_IN}
    more = parcel.more_pickups if takes else parcel.more_dropoffs
    limit_ms = min(FOREVER_MS, last_ms(parcel, kind) + parcel.late_max_ms)
    gaps: list[tuple[int, int]] = []
    if more:
        first_ms = parcel.pickup_latest_ms if takes else parcel.dropoff_latest_ms
        gaps.extend(_gaps_between((Window(0, first_ms), *more)))
    for opening in problem.openings:
        if opening.node == node:
            spans = sorted(opening.windows, key=lambda span: span.earliest_ms)
            limit_ms = min(limit_ms, max((span.latest_ms for span in spans), default=-1))
            gaps.extend(_gaps_between((Window(-1, -1), *spans)))
    mass_g = 0 if parcel.size else (parcel.mass_g if takes else -parcel.mass_g)
    due = _due(problem, parcel, kind)
    if not gaps and limit_ms == FOREVER_MS and not mass_g and due is None:
        return None
    return Extra(tuple(sorted(gaps)), limit_ms, mass_g, (due,) if due else ())


def _gaps_between(windows: Iterable[Window]) -> list[tuple[int, int]]:
    gaps, after_ms = [], -1
    for window in windows:
        if window.earliest_ms > after_ms + 1:
            gaps.append((after_ms, window.earliest_ms))
        after_ms = max(after_ms, window.latest_ms)
    return gaps


def _due(problem: Problem, parcel: Parcel, kind: str) -> Due | None:
    costs = problem.costs
    planned = costs.per_change > 0 and bool(parcel.planned_robot) and asks_at(parcel, kind)
    if parcel.priority == 1 and not parcel.promise_cost and not planned:
        return None
    return Due(
        parcel.id,
        last_ms(parcel, kind),
        parcel.priority,
        parcel.promise_cost,
        parcel.planned_robot if planned else "",
        parcel.planned_ms - costs.change_ms,
        parcel.planned_ms + costs.change_ms,
    )


def join(problem: Problem, one: Stand, other: Stand) -> Stand:
    """Two stands at one node as one."""
    shared_ms = base_ms(problem, one.node) if one.tasks and other.tasks else 0
    return Stand(
        one.node,
        max(one.earliest_ms, other.earliest_ms),
        one.service_ms + other.service_ms - shared_ms,
        one.latests_ms + other.latests_ms,
        one.tasks + other.tasks,
        _both(one.extra, other.extra),
    )


def _both(one: Extra | None, other: Extra | None) -> Extra | None:
    if one is None or other is None:
        return one or other
    return Extra(
        tuple(sorted({*one.gaps, *other.gaps})),
        min(one.limit_ms, other.limit_ms),
        one.mass_g + other.mass_g,
        one.dues + other.dues,
    )


def may_meet(stand: Stand) -> bool:
    """Whether a stand can start at a moment at which none of its tasks is late."""
    start_ms, extra = stand.earliest_ms, stand.extra
    if extra is not None:
        start_ms = extra.first_start_ms(start_ms)
        if start_ms > extra.limit_ms:
            return False
    return all(start_ms <= latest_ms for latest_ms in stand.latests_ms)


def visit_stand(problem: Problem, parcels: dict[str, Parcel], visit: Visit) -> Stand:
    """What a planned visit does, without its times."""
    stand = Stand(visit.node, 0, 0)
    for task in visit.tasks:
        stand = join(problem, stand, task_stand(problem, parcels[task.parcel], task.kind))
    return stand
