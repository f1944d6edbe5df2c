# SPDX-License-Identifier: Apache-2.0
"""The judge of one robot's day: where it is when, and how far it drives.

What must hold: a leg takes the time of the table of the moment at which the robot sets out on it.
"""

from dispatcher.planner.check_case import Case, Drive, Tally, frozen_trips
from dispatcher.planner.problem import Robot
from dispatcher.planner.solution import HAND_IN, HAND_OUT, RobotPlan, Trip, Visit


def drives(case: Case, tally: Tally, robot: Robot, plan: RobotPlan) -> list[Drive]:
    """The robot's trips, up to the first that cannot be driven at all."""
    driven: list[Drive] = []
    node, free_ms = robot.free_node, max(robot.free_ms, case.problem.now_ms)
    fixed = frozen_trips(robot, plan)
    if robot.frozen and not fixed:
        case.found.say("frozen", robot.id, node, free_ms, "does not begin with its frozen trips")
    for number, trip in enumerate(plan.trips):
        if not trip.visits:
            text = "a trip without visits"
            case.found.say("trip", robot.id, "", trip.depart_not_before_ms, text)
            return driven
        lengths_mm = _driven(case, robot, trip, node, free_ms)
        if lengths_mm is None:
            return driven
        driven.append(Drive(robot, trip, node, lengths_mm, number < fixed))
        node, free_ms = trip.visits[-1].node, trip.visits[-1].depart_ms
        tally.length_mm += sum(lengths_mm)
        tally.duty_ms += free_ms - trip.depart_not_before_ms
        tally.trips += trip.charge_mwh == 0
    for number, drive in enumerate(driven):
        if not drive.fixed:
            _wishes(case, drive, last=number == len(plan.trips) - 1)
    _whole(case, robot, driven)
    return driven


def _driven(
    case: Case, robot: Robot, trip: Trip, node: str, free_ms: int
) -> tuple[int, ...] | None:
    """The lengths of its legs; None: a way does not exist."""
    at_ms, say = trip.depart_not_before_ms, case.found.say
    if at_ms < free_ms:
        say("overlap", robot.id, node, at_ms, f"a trip starts before the robot is free ({free_ms})")
    lengths_mm = []
    for visit in trip.visits:
        travel = case.travel.at(at_ms)
        ms = travel.time_ms(node, visit.node) if visit.node in case.nodes else -1
        if ms < 0:
            say("way", robot.id, visit.node, visit.arrive_ms, f"no way from {node}")
            return None
        lengths_mm.append(travel.length_mm(node, visit.node))
        if visit.arrive_ms < at_ms + ms:
            text = f"arrives too early: it is {ms} ms from {node}"
            say("travel", robot.id, visit.node, visit.arrive_ms, text)
        if visit.start_ms < visit.arrive_ms:
            say("start", robot.id, visit.node, visit.start_ms, "starts before it arrives")
        least_ms = 0 if trip.charge_mwh else _service_ms(case, visit)
        if visit.depart_ms - visit.start_ms < least_ms:
            text = f"stands too short: the work takes {least_ms} ms"
            say("service", robot.id, visit.node, visit.depart_ms, text)
        node, at_ms = visit.node, visit.depart_ms
    return tuple(lengths_mm)


def _service_ms(case: Case, visit: Visit) -> int:
    if not visit.tasks:
        return 0
    service = case.problem.service
    if visit.node in case.stations:
        return service.station_ms + service.dock_ms * len(visit.tasks)
    total_ms = service.stop_ms
    for task in visit.tasks:
        parcel = case.parcels.get(task.parcel)
        if parcel is None or task.kind not in (HAND_IN, HAND_OUT):
            total_ms += service.dock_ms
            continue
        takes = task.kind == HAND_IN
        own_ms = parcel.pickup_ms if takes else parcel.dropoff_ms
        person = parcel.person_pickup if takes else parcel.person_dropoff
        usual_ms = service.person_ms if person else service.dock_ms
        total_ms += own_ms if own_ms >= 0 else usual_ms
    return total_ms


def _wishes(case: Case, drive: Drive, *, last: bool) -> None:
    """What is asked of a trip that could be otherwise."""
    robot, say = drive.robot, case.found.say
    for visit in drive.trip.visits:
        start_ms = visit.start_ms
        if start_ms > case.problem.horizon_ms:
            say("horizon", robot.id, visit.node, start_ms, "starts after the horizon")
        windows = case.openings.get(visit.node) if visit.tasks else None
        if windows is not None and not any(
            window.earliest_ms <= start_ms <= window.latest_ms for window in windows
        ):
            say("closed", robot.id, visit.node, start_ms, "starts while it is closed there")
    _end(case, drive, last=last)
    end = drive.trip.visits[-1]
    if last and end.depart_ms > robot.shift_end_ms:
        say("shift", robot.id, end.node, end.depart_ms, "the last trip ends after the shift")


def _end(case: Case, drive: Drive, *, last: bool) -> None:
    robot, visits = drive.robot, drive.trip.visits
    where = visits[-1]
    if last and robot.end:
        if where.node != robot.end:
            text = f"the last trip does not end at {robot.end}"
            case.found.say("end", robot.id, where.node, where.arrive_ms, text)
        if where.node not in case.stations and len(visits) > 1:
            where = visits[-2]
    if case.stations and where.node not in case.stations and not drive.charges:
        case.found.say("end", robot.id, where.node, where.arrive_ms, "the trip ends at no station")


def _whole(case: Case, robot: Robot, driven: list[Drive]) -> None:
    """What is asked of all trips of a robot together, where some could be otherwise."""
    if all(drive.fixed for drive in driven):
        return
    end = driven[-1].trip.visits[-1]
    length_mm = sum(sum(drive.lengths_mm) for drive in driven)
    if length_mm > robot.range_mm:
        text = f"its trips are {length_mm} mm long, its range is {robot.range_mm} mm"
        case.found.say("range", robot.id, end.node, end.depart_ms, text)
    carrying = sum(not drive.charges for drive in driven)
    if robot.trips_max and carrying > robot.trips_max:
        text = f"{carrying} trips, where {robot.trips_max} are allowed"
        case.found.say("trips", robot.id, end.node, end.depart_ms, text)
