# SPDX-License-Identifier: Apache-2.0
"""Jobs: giving a free robot its next trip, or the way to a charger, a parking place, or the station
where what was forgotten in it is taken out.

What must hold: a job is frozen once given; a robot has at most one; a parcel is in at most one job
or planned trip. The dispatch policy has spoken before, in each trip's `depart_not_before_ms`: this
module only obeys it.
"""

from collections.abc import Iterable

from dispatcher.core import abilities, orders, standing
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.plannable import clean_trips, occupied, said_taken
from dispatcher.core.state import Job, JobTask, JobVisit, Robot
from dispatcher.core.step import Step
from dispatcher.planner.problem import UNREACHABLE
from dispatcher.planner.solution import LOAD, Trip

_WORKING_MODES = ("AUTOMATIC", "SEMIAUTOMATIC")


def available(robot: Robot) -> bool:
    """Whether a robot may be given work: registered, connected, willing, well, and not held."""
    return (
        robot.registered
        and robot.link == "online"
        and is_willing(robot)
        and robot.node != ""
        and not robot.held
        and not any(error.level == "FATAL" for error in robot.errors)
    )


def is_willing(robot: Robot) -> bool:
    """Whether by its own word it may drive for us: no person has it, and none must see to it."""
    return (
        robot.mode in _WORKING_MODES and robot.e_stop == "NONE" and standing.stop_of(robot) is None
    )


def range_mm(step: Step, robot: Robot) -> int:
    """How far a robot may still drive before its reserve is touched."""
    usable_pct = max(0, robot.battery_pct - step.policy.reserve_pct)
    return usable_pct * robot.battery_mwh * 10_000 // max(1, robot.drive_mwh_per_km)


def dispatch(step: Step) -> None:
    """Give every free robot what it should do now."""
    for robot in step.state.robots.values():
        if not available(robot):
            continue
        if robot.job is None:
            _dispatch_one(step, robot)
        elif robot.job.kind == "charge":
            _end_charging(step, robot)


def _dispatch_one(step: Step, robot: Robot) -> None:
    if not robot.heard or orders.is_cancelling(robot) or orders.is_asked(robot):
        return
    if robot.seen_order is None or robot.charging:
        if robot.charging:
            orders.instant(step, robot, "stopCharging")
        return
    robot.trips = clean_trips(step.state, robot, robot.trips)
    if robot.trips and not _possible(step, robot, robot.trips[0]):
        _drop_trips(step, robot, "a robot is not where or what it was")
    if robot.trips and _ready(step, robot.trips[0]):
        if _length_mm(step, robot, robot.trips[0]) <= range_mm(step, robot):
            _give_trip(step, robot, robot.trips[0])
            return
        full = robot.battery_pct >= step.policy.charge_until_pct
        if full or not _go_to(step, robot, "charger", "charge"):
            _drop_trips(step, robot, "a trip is longer than its robot's range")
        return
    if robot.battery_pct < step.policy.charge_below_pct:
        _go_to(step, robot, "charger", "charge")
    elif not robot.trips and step.now_ms >= robot.idle_since_ms + step.policy.park_after_ms:
        low = robot.battery_pct < step.policy.charge_idle_below_pct
        if low and _go_to(step, robot, "charger", "charge"):
            return
        if _is_to_be_emptied(step, robot) and _go_to(step, robot, "station", "trip"):
            return
        if not _stands_at(step, robot, ("parking", "charger")):
            _go_to(step, robot, "parking", "park")


def _is_to_be_emptied(step: Step, robot: Robot) -> bool:
    """Whether only an unloading makes a compartment usable again, and no trip ends with one: where
    a parcel is surely aboard, the trip that carries it does."""
    surely = any(
        parcel.robot == robot.id and parcel.custody_known for parcel in step.state.parcels.values()
    )
    able = abilities.does(robot, abilities.DROP)
    return able and not surely and bool(said_taken(step.state, robot))


def _ready(step: Step, trip: Trip) -> bool:
    return trip.depart_not_before_ms <= step.now_ms


def _possible(step: Step, robot: Robot, trip: Trip) -> bool:
    """Whether a robot can set out for a trip, and has its compartments, empty where they must be.

    It is asked last thing: since the trip was planned the robot may have been moved or changed.
    """
    if step.travel.time_ms(robot.node, trip.visits[0].node) == UNREACHABLE:
        return False
    inside, taken = occupied(step.state, robot), said_taken(step.state, robot)
    return all(
        task.compartment not in taken
        and inside.get(task.compartment, task.parcel) == task.parcel
        and abilities.may_carry(step, robot, step.state.parcels[task.parcel])
        and (task.compartment in robot.compartments or task.compartment in inside)
        for visit in trip.visits
        for task in visit.tasks
    )


def _drop_trips(step: Step, robot: Robot, why: str) -> None:
    """What was planned for a robot is to be planned anew."""
    robot.trips = ()
    step.want_plan(why)


def _give_trip(step: Step, robot: Robot, trip: Trip) -> None:
    visits = []
    for visit in trip.visits:
        tasks = [JobTask(t.kind, t.parcel, t.compartment) for t in visit.tasks]
        slots = [_opens_ms(step, task) for task in tasks]
        visits.append(
            JobVisit(
                node=visit.node,
                tasks=tasks,
                not_before_ms=max(slots, default=0),
                shadow=_in_shadow(step, visit.node),
            )
        )
        for task in tasks:
            if task.kind in (LOAD, "in"):
                parcel = step.state.parcels[task.parcel]
                step.move(parcel, "assign")
                parcel.robot, parcel.compartment = robot.id, task.compartment
    robot.trips = robot.trips[1:]
    _start(step, robot, "trip", visits, "")


def _in_shadow(step: Step, node: str) -> bool:
    return any(place.node == node and place.shadow for place in step.graph.places("stop"))


def _opens_ms(step: Step, task: JobTask) -> int:
    if task.kind not in ("out", "in"):
        return 0
    parcel = step.state.parcels[task.parcel]
    if task.kind == "in" and parcel.kind == "transfer":
        return 0
    return parcel.slot_from_ms


def new_id(step: Step) -> str:
    """An id for a job, and for its order: site, epoch and a number never used before."""
    spec = step.state.spec()
    return f"{spec.id}-{spec.epoch}-{step.state.next_number()}"


def _start(step: Step, robot: Robot, kind: str, visits: list[JobVisit], place: str) -> None:
    robot.job = Job(
        id=new_id(step),
        kind=kind,
        visits=visits,
        given_ms=step.now_ms,
        end_ms=0,
        start_node=robot.node,
        place=place,
    )
    robot.commit += 1
    robot.job.end_ms = predicted_end_ms(step, robot)
    orders.extend(step, robot)


def _go_to(step: Step, robot: Robot, role: str, kind: str) -> bool:
    """Send a robot to the nearest free place of a role; a station always has room. False: there is
    none, or it cannot charge by itself."""
    if kind == "charge" and not abilities.does(robot, abilities.START_CHARGING):
        step.hold(robot, f"it is at {robot.battery_pct} % and cannot start charging by itself")
        return False
    best: tuple[int, str, str] | None = None
    for place in step.graph.places(role):
        if kind != "trip" and place.slots <= _taken(step, robot, place.id, place.node):
            continue
        time_ms = step.travel.time_ms(robot.node, place.node)
        if time_ms != UNREACHABLE and (best is None or (time_ms, place.id) < best[:2]):
            best = (time_ms, place.id, place.node)
    if best is None:
        return False
    tasks = [JobTask("charge")] if kind == "charge" else []
    if kind == "trip":
        tasks = unload_tasks(step, robot, best[2])
    _start(step, robot, kind, [JobVisit(node=best[2], tasks=tasks)], best[1])
    return True


def _taken(step: Step, asking: Robot, place_id: str, node: str) -> int:
    """How many other robots stand at a place or are on their way to it."""
    taken = 0
    for robot in step.state.robots.values():
        if robot.id == asking.id:
            continue
        if robot.job is not None:
            taken += robot.job.place == place_id
        else:
            taken += robot.node == node
    return taken


def _stands_at(step: Step, robot: Robot, roles: Iterable[str]) -> bool:
    return any(place.node == robot.node for role in roles for place in step.graph.places(role))


def _end_charging(step: Step, robot: Robot) -> None:
    """Stop charging when full, or when there is work and the battery is good for it."""
    job = robot.job
    assert job is not None
    if not robot.charging or job.at == 0:
        return
    policy = step.policy
    robot.trips = clean_trips(step.state, robot, robot.trips)
    wanted = bool(robot.trips) and _ready(step, robot.trips[0])
    enough = wanted and robot.battery_pct >= policy.charge_enough_pct
    enough = enough and _length_mm(step, robot, robot.trips[0]) <= range_mm(step, robot)
    if enough or robot.battery_pct >= policy.charge_until_pct:
        orders.instant(step, robot, "stopCharging")


def _length_mm(step: Step, robot: Robot, trip: Trip) -> int:
    length, before = 0, robot.node
    for visit in trip.visits:
        length += max(0, step.travel.length_mm(before, visit.node))
        before = visit.node
    return length


def predicted_end_ms(step: Step, robot: Robot) -> int:
    """When a robot's job will end, by travel times and usual service times."""
    job = robot.job
    if job is None:
        return step.now_ms
    policy, at_ms, before = step.policy, step.now_ms, robot.node
    for visit in job.visits[job.at :]:
        if not visit.reached and before:
            at_ms += max(0, step.travel.time_ms(before, visit.node))
        at_ms = max(at_ms, visit.not_before_ms)
        people = sum(1 for task in visit.tasks if task.kind in ("out", "in") and not task.result)
        docks = sum(1 for task in visit.tasks if task.kind in ("load", "unload"))
        at_ms += policy.stop_ms + people * policy.person_ms if people else 0
        at_ms += policy.station_ms + docks * policy.dock_ms if docks else 0
        before = visit.node
    if job.kind == "charge":
        lacking_pct = max(0, policy.charge_enough_pct - robot.battery_pct)
        at_ms += lacking_pct * 3_600_000 // max(1, policy.charge_pct_per_h)
    return at_ms


def end_node(robot: Robot) -> str:
    """Where a robot will be when its job has ended."""
    return robot.job.visits[-1].node if robot.job is not None else robot.node


def leaves_ms(step: Step, robot: Robot) -> int:
    """When a free robot has something to set out for by time alone; 0: nothing."""
    if robot.job is not None or not available(robot):
        return 0
    if robot.trips:
        return robot.trips[0].depart_not_before_ms
    parked = _stands_at(step, robot, ("parking", "charger"))
    if parked and not _is_to_be_emptied(step, robot):
        return 0
    return robot.idle_since_ms + step.policy.park_after_ms


def unload_tasks(step: Step, robot: Robot, node: str) -> list[JobTask]:
    """What is aboard a robot and must be taken out at the station at `node`: all but the returns to
    another one. A compartment that only the robot believes to be full is opened, too."""
    job = robot.job
    used = {task.compartment for visit in (job.visits if job else ()) for task in visit.tasks}
    aboard = [
        JobTask("unload", parcel.id, parcel.compartment)
        for parcel in step.state.parcels.values()
        if parcel.robot == robot.id and parcel.state in ABOARD
        if parcel.kind != "return"
        or parcel.cancel_wanted
        or step.graph.place(parcel.destination).node == node
    ]
    forgotten = [name for name in said_taken(step.state, robot) if name not in used]
    return [*aboard, *(JobTask("unload", compartment=name) for name in forgotten)]
