# SPDX-License-Identifier: Apache-2.0
"""The steps of a plan that OR-Tools does: construct one from nothing, improve one that is there.

What must hold: trips are chained here and not in the model. `construct` fills one trip of each
robot at a time, layer by layer; `improve` offers the trips that a plan has, each in the time
between its neighbours, and one more for each robot. Both give drafts, feasible by construction.
"""

from collections.abc import Sequence
from typing import Final

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.draft_trip import DraftTrip, Job
from dispatcher.planner.quick import urgency
from dispatcher.planner.rooms import Need, plus
from dispatcher.planner.routing_model import Group, RoutingModel, Vehicle
from dispatcher.planner.stands import Stand, join

LAYERS: Final = 4
LAYER_MS: Final = 3_600_000
"""A layer takes the parcels whose window opens within this of the robots' being free."""
WAIT_MS: Final = 600_000
"""The longest wait at a stop that a model may plan: who comes later belongs to another trip."""
GROUP_PARCELS: Final = 4
MODEL_PARCELS: Final = 250
"""More than these, the most urgent, are not put into one model."""


def construct(draft: Draft, parcel_ids: Sequence[str], purse: Purse, seed: int) -> int:
    """Fill an empty draft, layer by layer; the number of models solved."""
    solved = 0
    jobs = sorted((draft.jobs[name] for name in parcel_ids), key=lambda job: urgency(job.parcel))
    waiting = jobs[:MODEL_PARCELS]
    for _ in range(LAYERS):
        budget = purse.share(40)
        if not waiting or not draft.robots or budget is None:
            break
        solved += 1
        done = _layer(draft, waiting, budget, seed)
        if not done:
            break
        waiting = [job for job in waiting if job.parcel.id not in done]
    return solved


def _layer(draft: Draft, waiting: Sequence[Job], budget: Budget, seed: int) -> tuple[str, ...]:
    """One more trip for each robot; the parcels in them."""
    stations = draft.problem.stations or ("",)
    vehicles = [_next_trip(robot, station) for robot in draft.robots for station in stations]
    frees_ms = sorted(vehicle.start_ms for vehicle in vehicles)
    soon_ms = max(frees_ms[len(frees_ms) // 2], min(_opens_ms(job) for job in waiting))
    groups = _grouped(draft, [(job, "") for job in waiting if _opens_ms(job) <= soon_ms + LAYER_MS])
    model = RoutingModel(draft, vehicles, groups, WAIT_MS)
    routes = model.solve(budget, seed, None) or []
    stands = model.stands()
    # A robot may have been offered several trips, one from each station: it takes the fullest.
    order = sorted(range(len(routes)), key=lambda v: (-len(routes[v]), v))
    done: list[str] = []
    served = set()
    for v in order:
        robot = vehicles[v].robot
        if routes[v] and robot.robot.id not in served:
            served.add(robot.robot.id)
            done.extend(_driven(draft, robot, [stands[at] for at in routes[v]]))
    return tuple(done)


def _opens_ms(job: Job) -> int:
    return max(stand.earliest_ms for stand in (job.load, *job.stops, job.unload) if stand)


def _driven(
    draft: Draft, robot: DraftRobot, route: Sequence[tuple[Group, Stand]]
) -> tuple[str, ...]:
    """Give a robot one more trip, as a model says it; the parcels in it, none if it cannot be."""
    jobs = {job.parcel.id: job for group, _ in route for job in group.jobs}
    trip = draft.compose([stand for _, stand in route], list(jobs.values()))
    return tuple(jobs) if trip is not None and robot.append(trip) else ()


def _next_trip(robot: DraftRobot, station: str) -> Vehicle:
    """One more trip of a robot after those it has."""
    number = len(robot.trips)
    node, start_ms = robot.origin(number)
    return Vehicle(
        robot=robot,
        node=node,
        start_ms=start_ms,
        end_ms=_over_ms(robot),
        station=station,
        room=robot.room(number),
        range_mm=robot.robot.range_mm - sum(run.length_mm for run in robot.runs),
        first=number == 0,
    )


def _over_ms(robot: DraftRobot) -> int:
    return min(robot.robot.shift_end_ms, robot.draft.problem.horizon_ms)


def _grouped(draft: Draft, jobs: Sequence[tuple[Job, str]]) -> list[Group]:
    """Parcels of one stop, way and window, and of one trip (the key beside each job), together."""
    groups: list[Group] = []
    latest: dict[tuple[object, ...], int] = {}
    for job, trip in jobs:
        if not job.stops:
            continue
        alone = Group((job,), job.stops, job.need)
        if len(job.stops) > 1 or job.parcel.aboard:
            groups.append(alone)
            continue
        stop, stations = job.stops[0], [end.node for end in (job.load, job.unload) if end]
        key = (trip, stop.node, stop.earliest_ms, stop.latests_ms[:1], bool(job.load), *stations)
        at = latest.get(key)
        if at is not None and len(groups[at].jobs) < GROUP_PARCELS:
            old = groups[at]
            need = plus(old.need, job.need)
            if _is_modest(draft, need):
                both = join(draft.problem, old.stops[0], stop)
                groups[at] = Group((*old.jobs, job), (both,), need)
                continue
        latest[key] = len(groups)
        groups.append(alone)
    return groups


def _is_modest(draft: Draft, need: Need) -> bool:
    """Whether a group leaves at least half of every robot to others."""
    rooms = [robot.most for robot in draft.robots]
    return all(2 * need[i] <= min(room[i] for room in rooms) for i in range(len(need)))


def improve(draft: Draft, old: Draft, extra: Sequence[str], budget: Budget, seed: int) -> None:
    """Fill the empty `draft` with the trips of `old`, improved; `extra` is offered a place too.

    What a trip cannot carry after all is left to the caller, who inserts it.
    """
    vehicles, trips = _offered(old)
    jobs = _carried(old)
    known = {job.parcel.id for job, _ in jobs}
    groups = _grouped(old, jobs + [(old.jobs[name], "") for name in extra if name not in known])
    if not groups or not vehicles:
        return
    waits = [t[1] - t[0] for robot in old.robots for run in robot.runs for t in run.times]
    model = RoutingModel(old, vehicles, groups, max([WAIT_MS, *waits]))
    stands = model.stands()
    place = {task: at for at, (_, stand) in enumerate(stands) for task in stand.tasks}
    begun = [
        list(dict.fromkeys(place[task] for stand in trip.stops for task in stand.tasks))
        if trip
        else []
        for trip in trips
    ]
    routes = model.solve(budget, seed, begun) or begun
    new = {robot.robot.id: robot for robot in draft.robots}
    for vehicle, trip, route in zip(vehicles, trips, routes, strict=True):
        robot = new[vehicle.robot.robot.id]
        if trip is not None and not trip.stops:
            robot.append(trip)  # it only unloads: nothing for a model to do
        elif route:
            _driven(draft, robot, [stands[at] for at in route])


def _carried(old: Draft) -> list[tuple[Job, str]]:
    """All that a plan carries, each with a name for its trip."""
    return [
        (old.jobs[name], f"{robot.robot.id} {number}")
        for robot in old.robots
        for number, trip in enumerate(robot.trips)
        for name in trip.parcels
    ]


def _offered(old: Draft) -> tuple[list[Vehicle], list[DraftTrip | None]]:
    """The trips of a plan as vehicles, each between its neighbours, and one more for each robot."""
    vehicles: list[Vehicle] = []
    trips: list[DraftTrip | None] = []
    for robot in old.robots:
        length_mm = sum(run.length_mm for run in robot.runs)
        for number, (trip, run) in enumerate(zip(robot.trips, robot.runs, strict=True)):
            node, start_ms = robot.origin(number)
            later = robot.runs[number + 1 :]
            stations = [end.node for end in (trip.load, trip.end) if end and end.tasks]
            home = trip.end.node if trip.end else ""
            vehicle = Vehicle(
                robot=robot,
                node=node,
                start_ms=start_ms,
                end_ms=later[0].depart_not_before_ms if later else _over_ms(robot),
                station=stations[0] if stations else home,
                room=robot.room(number),
                range_mm=robot.robot.range_mm - length_mm + run.length_mm,
                first=number == 0,
            )
            vehicles.append(vehicle)
            trips.append(trip)
        near = old.home(robot.origin(len(robot.trips))[0])
        vehicles.append(_next_trip(robot, near.node if near else ""))
        trips.append(None)
    return vehicles, trips
