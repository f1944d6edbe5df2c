# SPDX-License-Identifier: Apache-2.0
"""What the judge looks up in a problem, and what it counts in a plan while it reads it.

What must hold: everything that is asked for each visit is found in one step.
"""

from typing import NamedTuple

from dispatcher.planner.check_rules import Findings
from dispatcher.planner.problem import Parcel, Problem, Robot, Travel
from dispatcher.planner.solution import RobotPlan, Trip


class Case:
    """A problem, ready to be asked; and the findings."""

    def __init__(self, problem: Problem, travel: Travel) -> None:
        self.problem = problem
        self.travel = travel
        self.found = Findings()
        self.parcels = {parcel.id: parcel for parcel in problem.parcels}
        self.robots = {robot.id: robot for robot in problem.robots}
        self.stations = frozenset(problem.stations)
        self.bays = dict(zip(problem.stations, problem.bays, strict=False))
        self.chargers = {charger.node: charger for charger in problem.chargers}
        self.openings = {opening.node: opening.windows for opening in problem.openings}
        self.aboard: dict[str, list[Parcel]] = {robot.id: [] for robot in problem.robots}
        self.nodes = {*problem.stations, *self.chargers}
        for parcel in problem.parcels:
            self.nodes.update((parcel.pickup, parcel.dropoff))
            if parcel.aboard in self.aboard:
                self.aboard[parcel.aboard].append(parcel)
        for robot in problem.robots:
            self.nodes.update((robot.free_node, robot.end))
            self.nodes.update(visit.node for trip in robot.frozen for visit in trip.visits)
        self.nodes.discard("")  # no pick-up of what is aboard, no end asked for: no node


class Drive(NamedTuple):
    """One trip as it is driven, from `from_node`; `lengths_mm` are its legs. A `fixed` one is
    frozen: what is only wished of a plan is not asked of it."""

    robot: Robot
    trip: Trip
    from_node: str
    lengths_mm: tuple[int, ...]
    fixed: bool

    @property
    def charges(self) -> bool:
        """Whether it is a trip to a charger."""
        return self.trip.charge_mwh != 0


class Tally:
    """What a plan's cost is counted from; `starts_ms` by parcel and end (`True`: its pick-up)."""

    def __init__(self) -> None:
        self.length_mm = self.duty_ms = self.trips = 0
        self.weighted_late_ms = 0
        self.late: dict[str, None] = {}
        self.robot_of: dict[str, str] = {}
        self.starts_ms: dict[tuple[str, bool], int] = {}


def frozen_trips(robot: Robot, plan: RobotPlan) -> int:
    """How many trips of the plan are the robot's frozen ones: all of them, or none."""
    count = len(robot.frozen)
    return count if plan.trips[:count] == robot.frozen else 0
