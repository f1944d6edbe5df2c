# SPDX-License-Identifier: Apache-2.0
"""Why a parcel is in no trip, in words that a person understands.

What must hold: a reason is about the parcel and the fleet, not about the plan of the moment; only
when nothing else stands against the parcel is the fleet said to be busy.
"""

from itertools import pairwise
from typing import Final

from dispatcher.planner.problem import Parcel, Problem, Robot, fits
from dispatcher.planner.schedule import Legs

FLEET_BUSY: Final = "not in this plan: fleet busy"


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
    return FLEET_BUSY


def _holds(robot: Robot, parcel: Parcel) -> bool:
    if parcel.aboard:
        return parcel.compartment in robot.compartments
    roomy = any(fits(parcel.size, compartment) for compartment in robot.compartments)
    return roomy and parcel.mass_g <= robot.mass_limit_g


def _length_mm(problem: Problem, legs: Legs, robot: Robot, parcel: Parcel) -> int:
    """The way of a trip for this parcel alone; -1: there is none."""
    way = [robot.free_node, parcel.dropoff]
    if not parcel.aboard:
        way.insert(1, parcel.pickup)
    parts = [legs[a][b] for a, b in pairwise(way)]
    if problem.stations and parcel.dropoff not in problem.stations:
        homes = [legs[parcel.dropoff][station] for station in problem.stations]
        parts.append(min((leg for leg in homes if leg[0] >= 0), default=(-1, -1)))
    if any(ms < 0 for ms, _ in parts):
        return -1
    return sum(mm for _, mm in parts)
