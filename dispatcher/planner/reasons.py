# SPDX-License-Identifier: Apache-2.0
"""Why a parcel is in no trip, in words that a person understands.

What must hold: a reason is about the parcel and the fleet, not about the plan of the moment; only
when nothing else stands against the parcel is the fleet said to be busy.
"""

from itertools import pairwise
from typing import Final

from dispatcher.planner.draft_trip import job_of
from dispatcher.planner.energy import used_mwh
from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Parcel, Problem, Robot, fits
from dispatcher.planner.timing import Run, run_trip

FLEET_BUSY: Final = "not in this plan: fleet busy"
NO_PLACE: Final = "no free loading bay or charger in time"


def reason_for(problem: Problem, legs: Legs, parcel: Parcel) -> str:
    """The first thing that keeps every robot from carrying this parcel."""
    robots = [one for one in problem.robots if parcel.aboard in {"", one.id}]
    if not robots:
        return "no robot"
    robots = [robot for robot in robots if _holds(robot, parcel)]
    if not robots:
        return "does not fit any compartment"
    lengths = [_length_mm(problem, legs, robot, parcel) for robot in robots]
    if all(length_mm < 0 for length_mm in lengths):
        return "unreachable"
    earliest_ms = max(parcel.ready_ms, parcel.pickup_earliest_ms, parcel.dropoff_earliest_ms)
    if earliest_ms > problem.horizon_ms:
        return "later than horizon"
    if all(
        not 0 <= length_mm <= robot.range_mm
        for length_mm, robot in zip(lengths, robots, strict=True)
    ):
        return "range"
    runs = [(robot, _alone(problem, legs, robot, parcel)) for robot in robots]
    driven = [(robot, run) for robot, run in runs if run is not None]
    if not driven:
        return "too late for its slots, or closed then"
    if all(run.end_ms > robot.shift_end_ms for robot, run in driven):
        return "after the shift of every robot"
    if all(_is_too_much(legs, robot, parcel, run, problem) for robot, run in driven):
        return "battery"
    return FLEET_BUSY


def _holds(robot: Robot, parcel: Parcel) -> bool:
    if parcel.aboard:
        return parcel.compartment in robot.compartments or not parcel.size
    roomy = not parcel.size or any(fits(parcel.size, one) for one in robot.compartments)
    return roomy and parcel.mass_g <= robot.mass_limit_g


def _length_mm(problem: Problem, legs: Legs, robot: Robot, parcel: Parcel) -> int:
    """The way of a trip for this parcel alone; -1: there is none."""
    way = [robot.free_node, parcel.dropoff]
    if not parcel.aboard:
        way.insert(1, parcel.pickup)
    parts = [legs.leg(a, b) for a, b in pairwise(way)]
    if problem.stations and parcel.dropoff not in problem.stations:
        homes = [legs.leg(parcel.dropoff, station) for station in problem.stations]
        parts.append(min((leg for leg in homes if leg[0] >= 0), default=(-1, -1)))
    if any(ms < 0 for ms, _ in parts):
        return -1
    return sum(mm for _, mm in parts)


def _alone(problem: Problem, legs: Legs, robot: Robot, parcel: Parcel) -> Run | None:
    """The robot carrying nothing else, at once, as far as the drop-off."""
    job = job_of(problem, parcel)
    stands = [stand for stand in (job.load, *job.stops, job.unload) if stand]
    return run_trip(legs, robot.free_node, max(robot.free_ms, problem.now_ms), stands)


def _is_too_much(legs: Legs, robot: Robot, parcel: Parcel, run: Run, problem: Problem) -> bool:
    """Whether a battery, as full as it can be before the trip, is too small for the way there."""
    battery = robot.battery
    if battery is None:
        return False
    charges = any(one.power_mw or one.swap_ms for one in problem.chargers)
    most_mwh = battery.capacity_mwh if charges else battery.charge_mwh
    nodes = [parcel.dropoff] if parcel.aboard else [parcel.pickup, parcel.dropoff]
    used = used_mwh(battery, legs, robot.free_node, run, nodes, parcel.mass_g)
    return most_mwh - sum(used) < battery.reserve_mwh
