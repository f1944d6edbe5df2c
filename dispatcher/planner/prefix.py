# SPDX-License-Identifier: Apache-2.0
"""What frozen trips leave of a robot: where and when it is free, its range, battery and trips.

What must hold: frozen trips are taken as they are; only what they use is counted.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from dispatcher.planner.costs import trip_length_mm
from dispatcher.planner.energy import used_mwh
from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Parcel, Robot, Travel
from dispatcher.planner.solution import Trip
from dispatcher.planner.timing import Run


def parcels_in(trips: Iterable[Trip]) -> list[str]:
    """The parcels that these trips carry, once each, in order."""
    return list(
        dict.fromkeys(t.parcel for trip in trips for visit in trip.visits for t in visit.tasks)
    )


def after_frozen(travel: Travel, robot: Robot, parcels: Mapping[str, Parcel]) -> Robot:
    """The robot as its frozen trips leave it; itself where it has none.

    Raises KeyError for a parcel that is not among `parcels`.
    """
    if not robot.frozen:
        return robot
    node, length_mm, left_mwh = robot.free_node, 0, -1
    aboard = [parcel for parcel in parcels.values() if parcel.aboard == robot.id]
    if robot.battery:
        left_mwh = robot.battery.charge_mwh
    for trip in robot.frozen:
        length_mm += trip_length_mm(travel, node, trip)
        carried = [parcels[name] for name in parcels_in([trip])]
        if robot.battery:
            left_mwh = _left_mwh(travel, robot, node, trip, left_mwh, [*aboard, *carried])
        aboard = [parcel for parcel in aboard if parcel not in carried]
        node = trip.visits[-1].node
    trips = sum(1 for trip in robot.frozen if not trip.charge_mwh)
    # No trip is left to a robot that has had them all: its shift is over (0 would be: any number).
    over = 0 < robot.trips_max <= trips
    return replace(
        robot,
        free_node=node,
        free_ms=robot.frozen[-1].visits[-1].depart_ms,
        range_mm=robot.range_mm - length_mm,
        battery=replace(robot.battery, charge_mwh=left_mwh) if robot.battery else None,
        trips_max=0 if over or not robot.trips_max else robot.trips_max - trips,
        shift_end_ms=-1 if over else robot.shift_end_ms,
        frozen=(),
    )


def _left_mwh(
    travel: Travel, robot: Robot, node: str, trip: Trip, left_mwh: int, aboard: Sequence[Parcel]
) -> int:
    """What must be in the battery after a frozen trip, whatever that says itself."""
    if robot.battery is None:
        return -1
    last = trip.visits[-1]
    # Charging takes nothing for its time: as if the robot left when that starts.
    times = tuple(
        (one.arrive_ms, one.start_ms, one.start_ms if trip.charge_mwh else one.depart_ms)
        for one in trip.visits
    )
    run = Run(trip.depart_not_before_ms, last.node, last.depart_ms, 0, 0, times)
    masses = {parcel.id: parcel.mass_g for parcel in aboard}
    nodes = [visit.node for visit in trip.visits]
    mass_g = sum(masses.values())
    used = sum(used_mwh(robot.battery, Legs(travel), node, run, nodes, mass_g))
    return left_mwh - used + trip.charge_mwh
