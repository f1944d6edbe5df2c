# SPDX-License-Identifier: Apache-2.0
"""Trips as a plan says them, and the same trips timed again.

What must hold: timing again changes times and what is left in a battery, nothing else.
"""

from collections.abc import Collection, Iterator, Sequence

from dispatcher.planner.energy import Charge, Charging, used_mwh
from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Parcel, Problem, Robot, Travel
from dispatcher.planner.solution import Task, Trip, Visit
from dispatcher.planner.stands import Stand, visit_stand
from dispatcher.planner.timing import Run, run_trip


def timed_trip(
    run: Run,
    stands: Sequence[Stand],
    compartments: dict[str, str],
    levels_mwh: Sequence[int] = (),
) -> Trip:
    """The trip as a plan says it; `compartments` by parcel id, `levels_mwh` by stand."""
    visits = tuple(
        Visit(
            node=stand.node,
            tasks=tuple(Task(kind, parcel, compartments[parcel]) for kind, parcel in stand.tasks),
            arrive_ms=times[0],
            start_ms=times[1],
            depart_ms=times[2],
            battery_mwh=levels_mwh[number] if levels_mwh else -1,
        )
        for number, (stand, times) in enumerate(zip(stands, run.times, strict=True))
    )
    return Trip(depart_not_before_ms=run.depart_not_before_ms, visits=visits)


def charge_trip(charge: Charge) -> Trip:
    """A stand at a charger as a plan says it."""
    run = charge.run
    visit = Visit(run.end_node, (), *run.times[0], battery_mwh=charge.left_mwh)
    return Trip(run.depart_not_before_ms, (visit,), charge_mwh=charge.charge_mwh)


def schedule(
    problem: Problem,
    travel: Travel,
    robot: Robot,
    trips: Sequence[Trip],
    gone: Collection[str] = (),
) -> tuple[Trip, ...] | None:
    """The same trips of one robot, timed again from when it is free; None where there is no way,
    a hard end of a window is missed, or the battery would fall below its reserve.

    A robot charges as much as planned, or as there is room for by then; where there is none it does
    not drive to the charger. `gone` are parcels that were aboard the robot and are out already.
    Raises KeyError for a parcel that is not in the problem.
    """
    again = _Again(problem, Legs(travel), robot, gone)
    timed: list[Trip] = []
    for trip in trips:
        one = again.charge(trip) if trip.charge_mwh else again.trip(trip)
        if one is None:
            return None
        timed.extend(one)
    return tuple(timed)


class _Again:
    """A robot on its way through its trips."""

    def __init__(self, problem: Problem, legs: Legs, robot: Robot, gone: Collection[str]) -> None:
        self.problem = problem
        self.legs = legs
        self.robot = robot
        self.parcels = {parcel.id: parcel for parcel in problem.parcels}
        self.aboard = [
            one for one in problem.parcels if one.aboard == robot.id and one.id not in gone
        ]
        self.node, self.free_ms = robot.free_node, max(robot.free_ms, problem.now_ms)
        self.left_mwh = robot.battery.charge_mwh if robot.battery else -1

    def trip(self, trip: Trip) -> tuple[Trip, ...] | None:
        """A trip that carries something."""
        stands = [visit_stand(self.problem, self.parcels, visit) for visit in trip.visits]
        run = run_trip(self.legs, self.node, self.free_ms, stands) if stands else None
        if run is None:
            return None
        tasks = [task for visit in trip.visits for task in visit.tasks]
        levels = list(self._levels(run, stands, [self.parcels[one.parcel] for one in tasks]))
        battery = self.robot.battery
        if battery and levels[-1] < battery.reserve_mwh:
            return None
        self.node, self.free_ms = run.end_node, run.end_ms
        self.left_mwh = levels[-1] if levels else -1
        gone = {task.parcel for task in tasks}
        self.aboard = [parcel for parcel in self.aboard if parcel.id not in gone]
        compartments = {task.parcel: task.compartment for task in tasks}
        return (timed_trip(run, stands, compartments, levels),)

    def _levels(
        self, run: Run, stands: Sequence[Stand], carried: Sequence[Parcel]
    ) -> Iterator[int]:
        battery = self.robot.battery
        if battery is not None:
            masses = {parcel.id: parcel.mass_g for parcel in (*self.aboard, *carried)}
            nodes = [stand.node for stand in stands]
            left_mwh = self.left_mwh
            mass_g = sum(masses.values())
            for used in used_mwh(battery, self.legs, self.node, run, nodes, mass_g):
                left_mwh -= used
                yield left_mwh

    def charge(self, trip: Trip) -> tuple[Trip, ...] | None:
        """A stand at a charger."""
        battery, node = self.robot.battery, trip.visits[0].node
        charger = next((one for one in self.problem.chargers if one.node == node), None)
        if battery is None or charger is None:
            return None
        mass_g = sum(parcel.mass_g for parcel in self.aboard)
        charging = Charging(self.legs, battery, (charger,))
        at = self.node, self.free_ms, self.left_mwh
        charge = charging.charge(*at, charger, mass_g, battery.capacity_mwh)
        if charge is None:
            return ()
        if charge.charge_mwh > trip.charge_mwh and charger.power_mw:
            full_mwh = charge.left_mwh - charge.charge_mwh + trip.charge_mwh
            charge = charging.charge(*at, charger, mass_g, full_mwh) or charge
        self.node, self.free_ms, self.left_mwh = node, charge.run.end_ms, charge.left_mwh
        return (charge_trip(charge),)
