# SPDX-License-Identifier: Apache-2.0
"""The steps of a plan that OR-Tools does: construct one from nothing, improve one that is there.

What must hold: trips are chained here and not in the model. `construct` fills one trip of each
robot at a time, layer by layer; `improve` offers the trips that a plan has, each in the time
between its neighbours, and some more. Both give drafts, feasible by construction.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from dispatcher.planner.budget import Purse
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.draft_trip import DraftTrip, Job
from dispatcher.planner.problem import FOREVER_MS
from dispatcher.planner.quick import urgency
from dispatcher.planner.rooms import Need, plus
from dispatcher.planner.routing_model import Group, RoutingModel, Vehicle
from dispatcher.planner.routing_search import Search
from dispatcher.planner.stands import Stand, join

LAYERS: Final = 12
LAYER_MS: Final = 3_600_000
"""A layer takes the parcels whose window opens within this of the robots' being free."""
LAYERS_A_DAY: Final = 4
"""Where all windows lie closer together a layer takes this part of them."""
WAIT_MS: Final = 600_000
"""The longest wait at a stop that a model may plan: who comes later belongs to another trip."""
GROUP_PARCELS: Final = 4
MODEL_PARCELS: Final = 250
"""More than these, the most urgent, are not put into one model, but where each robot has one trip
only."""
SPARE_TRIPS: Final = 3
SPARE_PERCENT: Final = 30
"""Of fleets with one trip for each robot so many more than the trips in use are offered: many more
make OR-Tools much worse, none leaves parcels out."""


def construct(draft: Draft, parcel_ids: Sequence[str], purse: Purse, seed: int) -> int:
    """Fill an empty draft, layer by layer; the number of models solved."""
    solved = 0
    jobs = sorted((draft.jobs[name] for name in parcel_ids), key=lambda job: urgency(job.parcel))
    waiting = jobs if is_once(draft) else jobs[:MODEL_PARCELS]
    for _ in range(1 if is_once(draft) else LAYERS):
        budget = purse.share(40)
        if not waiting or not draft.robots or budget is None:
            break
        solved += 1
        done = _layer(draft, waiting, Search(budget, guided=False), seed)
        if not done:
            break
        waiting = [job for job in waiting if job.parcel.id not in done]
    return solved


def is_once(draft: Draft) -> bool:
    """Whether each robot makes one trip only: then there is one layer and nothing to chain."""
    return all(robot.robot.trips_max == 1 for robot in draft.robots)


def _layer(draft: Draft, waiting: Sequence[Job], search: Search, seed: int) -> tuple[str, ...]:
    """One more trip for each robot; the parcels in them."""
    stations = draft.problem.stations or ("",)
    free = [robot for robot in draft.robots if _may_drive(robot)]
    vehicles = [_next_trip(robot, station) for robot in free for station in stations]
    if not vehicles:
        return ()
    jobs = list(waiting) if is_once(draft) else _soon(vehicles, waiting)
    groups = _grouped(draft, [(job, "") for job in jobs])
    if not groups:
        return ()
    model = RoutingModel(draft, vehicles, groups, WAIT_MS)
    routes = model.solve(search, seed, None) or []
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


def _soon(vehicles: Sequence[Vehicle], waiting: Sequence[Job]) -> list[Job]:
    """What is for the next trips: the windows that open while the robots become free."""
    frees_ms = sorted(vehicle.start_ms for vehicle in vehicles)
    opens_ms = [_opens_ms(job) for job in waiting]
    first_ms = max(frees_ms[len(frees_ms) // 2], min(opens_ms))
    dues_ms = [job.parcel.dropoff_latest_ms for job in waiting]
    last_ms = max((ms for ms in dues_ms if ms < FOREVER_MS), default=first_ms + LAYER_MS)
    until_ms = first_ms + min(LAYER_MS, max(1, last_ms - first_ms) // LAYERS_A_DAY)
    return [job for job, ms in zip(waiting, opens_ms, strict=True) if ms <= until_ms]


def _opens_ms(job: Job) -> int:
    return max(stand.earliest_ms for stand in (job.load, *job.stops, job.unload) if stand)


def _driven(
    draft: Draft, robot: DraftRobot, route: Sequence[tuple[Group, Stand]]
) -> tuple[str, ...]:
    """Give a robot one more trip, as a model says it; the parcels in it, none if it cannot be."""
    jobs = {job.parcel.id: job for group, _ in route for job in group.jobs}
    trip = draft.compose([stand for _, stand in route], list(jobs.values()))
    return tuple(jobs) if trip is not None and robot.append(trip) else ()


def _may_drive(robot: DraftRobot) -> bool:
    """Whether a robot may make one more trip."""
    return not robot.robot.trips_max or len(robot.trips) < robot.robot.trips_max


def _next_trip(robot: DraftRobot, station: str) -> Vehicle:
    """One more trip of a robot after those it has."""
    number = len(robot.trips)
    node, start_ms = robot.origin(number)
    return Vehicle(
        name=_trip_name(robot, number),
        robot=robot,
        node=node,
        start_ms=start_ms,
        end_ms=_over_ms(robot),
        station=station,
        room=robot.room(number),
        range_mm=robot.robot.range_mm - sum(run.length_mm for run in robot.runs),
        first=number == 0,
    )


def _trip_name(robot: DraftRobot, number: int) -> str:
    return f"{robot.robot.id} {number}"


def _over_ms(robot: DraftRobot) -> int:
    return min(robot.robot.shift_end_ms, robot.draft.problem.horizon_ms)


def _grouped(draft: Draft, jobs: Sequence[tuple[Job, str]]) -> list[Group]:
    """Parcels of one stop, way and window, and of one trip (the key beside each job), together."""
    groups: list[Group] = []
    latest: dict[tuple[object, ...], int] = {}
    for job, trip in jobs:
        if not job.stops:
            continue
        alone = Group((job,), job.stops, job.need, trip)
        if len(job.stops) > 1 or job.parcel.aboard:
            groups.append(alone)
            continue
        stop, stations = job.stops[0], [end.node for end in (job.load, job.unload) if end]
        gaps = (stop.extra.gaps, stop.extra.limit_ms) if stop.extra else ()
        window = (stop.earliest_ms, stop.latests_ms[:1], gaps)
        key = (trip, stop.node, window, bool(job.load), *stations)
        at = latest.get(key)
        if at is not None and len(groups[at].jobs) < GROUP_PARCELS:
            old = groups[at]
            both = join(draft.problem, old.stops[0], stop)
            group = Group((*old.jobs, job), (both,), plus(old.need, job.need), trip)
            if _is_modest(draft, group):
                groups[at] = group
                continue
        latest[key] = len(groups)
        groups.append(alone)
    return groups


def _is_modest(draft: Draft, group: Group) -> bool:
    """Whether a group leaves at least half of every robot to others."""
    bulk_g = sum(abs(stop.extra.mass_g) for stop in group.stops if stop.extra)
    need: Need = plus(group.need, (0, 0, 0, bulk_g))
    rooms = [robot.most for robot in draft.robots]
    return all(2 * need[i] <= min(room[i] for room in rooms) for i in range(len(need)))


class Offer(NamedTuple):
    """A trip of the plan that may change (`trip`, `number`), or one more (None)."""

    vehicle: Vehicle
    number: int
    trip: DraftTrip | None


def improve(
    draft: Draft,
    old: Draft,
    extra: Sequence[str],
    search: Search,
    seed: int,
    part: Collection[tuple[int, int]] | None = None,
) -> None:
    """Fill the empty `draft` with the trips of `old`, improved; `extra` is offered a place too.

    `part` are the trips that may change, as (robot, number), None: all. What a trip cannot carry
    after all is left to the caller, who inserts it.
    """
    offers = _offered(old, part)
    changing = [(one.vehicle.robot, one.number) for one in offers if one.trip]
    jobs = [
        (old.jobs[name], _trip_name(robot, number))
        for robot, number in changing
        for name in robot.trips[number].parcels
    ]
    carried = {name for robot in old.robots for trip in robot.trips for name in trip.parcels}
    groups = _grouped(old, jobs + [(old.jobs[name], "") for name in extra if name not in carried])
    if not groups or not offers:
        return
    waits = [t[1] - t[0] for robot in old.robots for run in robot.runs for t in run.times]
    vehicles = [one.vehicle for one in offers]
    model = RoutingModel(old, vehicles, groups, max([WAIT_MS, *waits]))
    stands = model.stands()
    place = {task: at for at, (_, stand) in enumerate(stands) for task in stand.tasks}
    begun = [
        list(dict.fromkeys(place[task] for stand in one.trip.stops for task in stand.tasks))
        if one.trip
        else []
        for one in offers
    ]
    routes = model.solve(search, seed, begun) or begun
    changed = {
        (one.vehicle.robot.robot.id, one.number): [stands[at] for at in route]
        for one, route in zip(offers, routes, strict=True)
    }
    _assemble(draft, old, changed)


def _assemble(
    draft: Draft, old: Draft, changed: dict[tuple[str, int], list[tuple[Group, Stand]]]
) -> None:
    """The trips of `old` in their order, some changed, and the new ones behind them."""
    for robot, was in zip(draft.robots, old.robots, strict=True):
        for number in range(len(was.trips) + 1):
            route = changed.get((robot.robot.id, number))
            trip = was.trips[number] if number < len(was.trips) else None
            if trip is not None and (route is None or not trip.stops):
                robot.append(trip)  # not asked for, or it only unloads: nothing for a model to do
            elif route:
                _driven(draft, robot, route)


def _offered(old: Draft, part: Collection[tuple[int, int]] | None) -> list[Offer]:
    """The trips that may change as vehicles, each between its neighbours, and one more for each
    robot that may drive one (of robots with one trip only a few)."""
    offers: list[Offer] = []
    spare: list[Offer] = []
    for place, robot in enumerate(old.robots):
        length_mm = sum(run.length_mm for run in robot.runs)
        numbers = [n for n in range(len(robot.trips)) if part is None or (place, n) in part]
        for number in numbers:
            trip, run = robot.trips[number], robot.runs[number]
            node, start_ms = robot.origin(number)
            later = robot.runs[number + 1 :]
            stations = [end.node for end in (trip.load, trip.end) if end and end.tasks]
            home = trip.end.node if trip.end else ""
            vehicle = Vehicle(
                name=_trip_name(robot, number),
                robot=robot,
                node=node,
                start_ms=start_ms,
                end_ms=later[0].depart_not_before_ms if later else _over_ms(robot),
                station=stations[0] if stations else home,
                room=robot.room(number),
                range_mm=robot.robot.range_mm - length_mm + run.length_mm,
                first=number == 0,
            )
            offers.append(Offer(vehicle, number, trip))
        if _may_drive(robot):
            near = old.home(robot.origin(len(robot.trips))[0])
            one_more = _next_trip(robot, near.node if near else "")
            spare.append(Offer(one_more, len(robot.trips), None))
    if part is not None or is_once(old):
        spare = spare[: SPARE_TRIPS + len(offers) * SPARE_PERCENT // 100]
    return offers + spare
