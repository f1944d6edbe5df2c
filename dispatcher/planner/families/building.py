# SPDX-License-Identifier: Apache-2.0
"""What the families have in common, as a `Problem`.

What must hold: one unit of a family's integer cost is 1000 mm, one of its integer time is 1 ms; a
node is named by its number in the file, in as many digits as the largest has, so that names sort as
numbers; demand is mass. Windows are hard. What is left out costs more than any detour, and where
fewer vehicles come first, a vehicle costs more than all driving together.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from dispatcher.planner.families.distances import Table
from dispatcher.planner.problem import FOREVER_MS, Costs, Matrices, Parcel, Problem, Robot, Service

SKIP_COST_MIN: Final = 1_000_000
RANGE_MM: Final = 1 << 44
"""Farther than anybody drives: the families have no range."""
_NO_TIME: Final = Service(stop_ms=0, person_ms=0, station_ms=0, dock_ms=0)


class Node(NamedTuple):
    """One node on the integer grid of its family; the depot's window is when vehicles are out."""

    demand: int = 0
    earliest: int = 0
    latest: int = FOREVER_MS
    service: int = 0
    release: int = 0


class Fleet(NamedTuple):
    """The vehicles: all alike. `trips_max` 0: any number."""

    vehicles: int
    capacity: int
    trips_max: int = 1


class Prices(NamedTuple):
    """What a trip and a parcel left out cost."""

    per_trip: int
    skip: int


def name_of(number: int, nodes: int) -> str:
    """A node's name."""
    return f"{number:0{len(str(nodes - 1))}d}"


def deliveries(nodes: Sequence[Node], depot: int, costs: Prices) -> list[Parcel]:
    """A parcel from the depot to each other node."""
    count = len(nodes)
    return [
        Parcel(
            id=name_of(number, count),
            size="",
            pickup=name_of(depot, count),
            dropoff=name_of(number, count),
            mass_g=node.demand,
            ready_ms=node.release,
            dropoff_earliest_ms=node.earliest,
            dropoff_latest_ms=node.latest,
            dropoff_ms=node.service,
            late_max_ms=0,
            skip_cost=costs.skip,
        )
        for number, node in enumerate(nodes)
        if number != depot
    ]


def prices(lengths: Table, depot: int, *, vehicles_first: bool) -> Prices:
    """From the way to each node and back."""
    ways = lengths[depot, :] + lengths[:, depot]
    per_trip = int(ways.sum()) + 1 if vehicles_first else 0
    return Prices(per_trip, max(SKIP_COST_MIN, 4 * int(ways.max())) + 2 * per_trip)


def problem_of(
    parcels: Sequence[Parcel],
    depot: int,
    depot_node: Node,
    fleet: Fleet,
    tables: tuple[Table, Table],
    costs: Prices,
) -> Problem:
    """A problem with one station; `tables` are lengths and times on the family's grid."""
    lengths, times = tables
    count = len(lengths)
    station = name_of(depot, count)
    # A robot more than there are parcels would never drive.
    vehicles = max(1, min(fleet.vehicles, len(parcels)))
    robots = tuple(
        Robot(
            id=f"v{number:0{len(str(vehicles))}d}",
            compartments=(),
            free_node=station,
            free_ms=depot_node.earliest,
            mass_limit_g=fleet.capacity,
            range_mm=RANGE_MM,
            shift_end_ms=depot_node.latest,
            trips_max=fleet.trips_max,
        )
        for number in range(1, vehicles + 1)
    )
    return Problem(
        now_ms=0,
        parcels=tuple(parcels),
        robots=robots,
        stations=(station,),
        service=_NO_TIME,
        costs=Costs(per_metre=1, per_duty_s=0, per_trip=costs.per_trip, per_late_s=0),
        matrices=Matrices(
            nodes=tuple(name_of(number, count) for number in range(count)),
            times_ms=tuple(map(tuple, times.tolist())),
            lengths_mm=tuple(map(tuple, (lengths * 1000).tolist())),
        ),
    )
