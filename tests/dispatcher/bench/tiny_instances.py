# SPDX-License-Identifier: Apache-2.0
"""Instances small enough to know by heart, for the tests of the planner's bench."""

import msgspec

from dispatcher.planner.problem import Costs, Matrices, Parcel, Problem, Robot, Service

SOLOMON = """tiny

VEHICLE
NUMBER     CAPACITY
  3         4

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0       1000          0
    1      0         10          2          0        900         10
    2      0         20          2          0        900         10
    3     10          0          2          0        900         10
    4     20          0          2          0        900         10
"""
"""Two routes of length 40: 80.0 in all."""
BEST = 800


def line(stops: int, *, places: int = 2, trips_max: int = 1, robots: int = 2) -> Problem:
    """Parcels for `p1`, `p2`, ... that lie 1 km apart on a road from the station `a`; 1 s a km."""
    nodes = ("a", *(f"p{number}" for number in range(1, stops + 1)))
    table = tuple(
        tuple(1000 * abs(row - column) for column in range(len(nodes))) for row in range(len(nodes))
    )
    return Problem(
        now_ms=0,
        parcels=tuple(
            Parcel(
                id=node,
                size="",
                pickup="a",
                dropoff=node,
                mass_g=1,
                dropoff_latest_ms=50_000,
                dropoff_ms=0,
                late_max_ms=0,
                skip_cost=1_000_000,
            )
            for node in nodes[1:]
        ),
        robots=tuple(
            Robot(
                f"r{number}",
                (),
                "a",
                0,
                mass_limit_g=places,
                shift_end_ms=60_000,
                trips_max=trips_max,
            )
            for number in range(1, robots + 1)
        ),
        stations=("a",),
        service=Service(0, 0, 0, 0),
        costs=Costs(per_duty_s=0, per_trip=0, per_late_s=0),
        matrices=Matrices(nodes, table, tuple(tuple(1000 * ms for ms in row) for row in table)),
    )


def changed_parcel(problem: Problem, number: int, **changes: object) -> Problem:
    """The problem with one parcel changed."""
    parcels = list(problem.parcels)
    parcels[number] = msgspec.structs.replace(parcels[number], **changes)
    return msgspec.structs.replace(problem, parcels=tuple(parcels))
