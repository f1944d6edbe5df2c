# SPDX-License-Identifier: Apache-2.0
"""Deterministic cheapest insertion: a plan in milliseconds, in plain Python.

What must hold: the same input gives the same plan, byte for byte; ties go to the first robot, trip
and position. Nothing is lost: a parcel of the problem is in a trip or unserved with a reason.
`schedule` and `cost_of` belong to the same few names that the dispatcher's core uses.
"""

from collections.abc import Callable, Sequence

from dispatcher.planner.costs import cost_of
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.draft_trip import DraftTrip
from dispatcher.planner.frozen import restored, settled, thawed
from dispatcher.planner.legs import Legs
from dispatcher.planner.places import cheapest
from dispatcher.planner.problem import Parcel, Problem, Travel
from dispatcher.planner.reasons import FLEET_BUSY, reason_for
from dispatcher.planner.schedule import schedule
from dispatcher.planner.solution import LOAD, UNLOAD, RobotPlan, Solution, Trip, Unserved
from dispatcher.planner.stands import join, last_ms

__all__ = ["adopt", "cost_of", "empty", "finish", "insert", "insert_all", "schedule"]


def empty(problem: Problem) -> Solution:
    """The plan that serves nothing."""
    return Solution(
        plans=tuple(RobotPlan(robot.id, ()) for robot in problem.robots),
        unserved=tuple(Unserved(parcel.id, FLEET_BUSY) for parcel in problem.parcels),
    )


def always() -> bool:
    """There is no end to the time that insertion may take."""
    return True


def insert(
    problem: Problem,
    travel: Travel,
    solution: Solution,
    parcel_ids: Sequence[str],
    goes_on: Callable[[], bool] = always,
) -> Solution:
    """`solution` timed again, with `parcel_ids` put where they cost least.

    A parcel that `solution` carries and that cannot stay where it is (its robot is late, or gone)
    is put elsewhere; a parcel that is no longer in the problem is dropped. What fits nowhere, or
    costs more than its `skip_cost`, is unserved. A parcel that is neither in a trip of `solution`
    nor named stays unserved. `goes_on` as for `insert_all`. Raises KeyError for a named parcel that
    is not in the problem.
    """
    left = thawed(problem, travel)
    draft = Draft(left, Legs(travel))
    homeless = adopt(draft, solution)
    reasons = {unserved.parcel: unserved.reason for unserved in solution.unserved}
    frozen = {one.id for one in problem.parcels if one.id not in draft.jobs}
    named = [name for name in parcel_ids if name not in frozen]
    reasons.update(insert_all(draft, (*homeless, *named), goes_on))
    plan = finish(draft, travel, reasons)
    return plan if left is problem else restored(problem, travel, plan)


def finish(draft: Draft, travel: Travel, reasons: dict[str, str]) -> Solution:
    """The draft as a solution; what is in no trip is unserved."""
    served = {name for robot in draft.robots for trip in robot.trips for name in trip.parcels}
    unserved = tuple(
        Unserved(parcel.id, reasons.get(parcel.id, FLEET_BUSY))
        for parcel in draft.problem.parcels
        if parcel.id not in served
    )
    plans = tuple(robot.plan() for robot in draft.robots)
    return settled(draft.problem, travel, Solution(plans=plans, unserved=unserved))


def adopt(draft: Draft, solution: Solution) -> tuple[str, ...]:
    """Take the trips of a plan into an empty draft; the parcels that could not stay, in order."""
    plans = {plan.robot: plan for plan in solution.plans}
    named = [t.parcel for p in solution.plans for r in p.trips for v in r.visits for t in v.tasks]
    for robot in draft.robots:
        plan = plans.get(robot.robot.id)
        for trip in plan.trips if plan else ():
            drafted = _adopted_trip(draft, robot, trip)
            if drafted is not None and not robot.append(drafted):
                break
    served = {name for robot in draft.robots for trip in robot.trips for name in trip.parcels}
    homeless = dict.fromkeys(name for name in named if name not in served and name in draft.jobs)
    return tuple(homeless)


def _adopted_trip(draft: Draft, robot: DraftRobot, trip: Trip) -> DraftTrip | None:
    """A planned trip without its times, less the parcels that it does not carry as they want."""
    done: dict[str, list[tuple[str, str]]] = {}
    for visit in trip.visits:
        for task in visit.tasks:
            done.setdefault(task.parcel, []).append((task.kind, visit.node))
    carried = {name for one in robot.trips for name in one.parcels}
    jobs = []
    for name, tasks in done.items():
        job = draft.jobs.get(name)
        if job is None or name in carried or job.parcel.aboard not in {"", robot.robot.id}:
            continue
        wanted = (job.load, *job.stops, job.unload)
        if tasks == [(stand.tasks[0][0], stand.node) for stand in wanted if stand]:
            jobs.append(job)
    stands = {stand.tasks[0]: stand for job in jobs for stand in job.stops}
    stops = []
    for visit in trip.visits:
        here = [stands[key] for t in visit.tasks if (key := (t.kind, t.parcel)) in stands]
        if here:
            both = here[0]
            for stand in here[1:]:
                both = join(draft.problem, both, stand)
            stops.append(both)
    return draft.of_jobs(stops, jobs)


def insert_all(
    draft: Draft, parcel_ids: Sequence[str], goes_on: Callable[[], bool] = always
) -> dict[str, str]:
    """Insert what is not in a trip yet, the aboard and the urgent first; reasons for the rest.

    `goes_on` is asked before each parcel that is not aboard: after its first no none is tried.
    """
    served = {name for robot in draft.robots for trip in robot.trips for name in trip.parcels}
    waiting = [name for name in dict.fromkeys(parcel_ids) if name not in served]
    waiting.sort(key=lambda name: urgency(draft.jobs[name].parcel))
    reasons: dict[str, str] = {}
    while waiting:
        job = draft.jobs[waiting.pop(0)]
        if not job.parcel.aboard and not goes_on():
            for name in (job.parcel.id, *waiting):
                reasons[name] = reason_for(draft.problem, draft.legs, draft.jobs[name].parcel)
            return reasons
        found = cheapest(draft, job)
        if found is not None:
            found.robot.accept(found.number, found.trip, found.replaced, found.trial)
        elif evicted := _cleared_for(draft, job.parcel):
            waiting = sorted(
                (*waiting, *evicted, job.parcel.id),
                key=lambda name: urgency(draft.jobs[name].parcel),
            )
        else:
            reasons[job.parcel.id] = reason_for(draft.problem, draft.legs, job.parcel)
    return reasons


def urgency(parcel: Parcel) -> tuple[bool, int, int, int, str]:
    """What orders parcels: aboard first, then by when they must be somewhere."""
    latest_ms = min(last_ms(parcel, LOAD), last_ms(parcel, UNLOAD))
    return (not parcel.aboard, latest_ms, parcel.dropoff_earliest_ms, parcel.ready_ms, parcel.id)


def _cleared_for(draft: Draft, parcel: Parcel) -> tuple[str, ...]:
    """Make way for an aboard parcel: nothing that is only planned may keep it from being out.

    The parcels taken out of their trips, none where that would change nothing.
    """
    for robot in draft.robots:
        if parcel.aboard == robot.robot.id:
            named = [name for trip in robot.trips for name in trip.parcels]
            if not all(draft.jobs[name].parcel.aboard for name in named):
                return robot.clear()
    return ()
