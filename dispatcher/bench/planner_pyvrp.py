# SPDX-License-Identifier: Apache-2.0
"""PyVRP on a view: its default parameters, which its authors tuned and publish figures with.

Trips are reloads at the depot (`reload_depots`, `max_reloads`), releases the clients'
`release_time`, as its documentation has it for multi-trip problems; pairs are its shipments. Every
order is required. Its penalties are bounded by the unit of load, and it warns where lengths are far
larger numbers than loads: loads are then scaled up, or it would find nothing feasible. What must
hold: building its data is on its clock.
"""

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dispatcher.bench.planner_tours import Tours
from dispatcher.bench.planner_view import Order, Vehicles, View

if TYPE_CHECKING:
    from pyvrp import Client, ProblemData, Shipment, Solution, VehicleType


LENGTH_PER_LOAD: Final = 100
"""The longest way is at most so many times the largest capacity, in its numbers."""


class CpuStop(NamedTuple):
    """Its stopping criterion: it is asked once an iteration."""

    end_s: float

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002 - PyVRP's name
        return time.process_time() >= self.end_s


def solve_pyvrp(view: View, cpu_s: float, seed: int) -> tuple[Tours, int]:
    """(routes, iterations)"""
    from pyvrp import solve

    end_s = time.process_time() + cpu_s
    result = solve(_data(view), CpuStop(end_s), seed=seed, collect_stats=False, display=False)
    return _tours(view, result.best), result.num_iterations


def _data(view: View) -> "ProblemData":
    from pyvrp import Depot, Location, ProblemData

    most = max(vehicles.mass_limit_g for vehicles in view.fleet)
    scale = max(1, int(view.lengths.max()) // (LENGTH_PER_LOAD * max(1, most)))
    lengths: Any = view.lengths  # its annotations do not match numpy's
    times_ms: Any = view.times_ms
    return ProblemData(
        locations=[Location(0, 0) for _ in range(len(view.lengths))],
        clients=[] if view.paired else [_client(order, scale) for order in view.orders],
        depots=[Depot(view.depot)],
        vehicle_types=[_vehicle_type(view, vehicles, scale) for vehicles in view.fleet],
        distance_matrices=[lengths],
        duration_matrices=[times_ms],
        shipments=[_shipment(order, scale) for order in view.orders] if view.paired else [],
    )


def _client(order: Order, scale: int) -> "Client":
    from pyvrp import Client

    stop = order.dropoff
    return Client(
        stop.node,
        delivery=[order.mass_g * scale],
        service_duration=stop.service_ms,
        tw_early=stop.earliest_ms,
        tw_late=stop.latest_ms,
        release_time=order.ready_ms,
    )


def _shipment(order: Order, scale: int) -> "Shipment":
    from pyvrp import Shipment

    pickup, dropoff = order.pickup, order.dropoff
    assert pickup is not None
    return Shipment(
        pickup_location=pickup.node,
        delivery_location=dropoff.node,
        pickup_tw_early=pickup.earliest_ms,
        pickup_tw_late=pickup.latest_ms,
        pickup_service_duration=pickup.service_ms,
        delivery_tw_early=dropoff.earliest_ms,
        delivery_tw_late=dropoff.latest_ms,
        delivery_service_duration=dropoff.service_ms,
        amount=[order.mass_g * scale],
    )


def _vehicle_type(view: View, vehicles: Vehicles, scale: int) -> "VehicleType":
    from pyvrp import VehicleType

    trips = vehicles.trips_max or len(view.orders)
    return VehicleType(
        num_available=len(vehicles.robots),
        capacity=[vehicles.mass_limit_g * scale],
        fixed_cost=view.fixed,
        tw_early=vehicles.free_ms,
        tw_late=vehicles.end_ms,
        reload_depots=[0] if trips > 1 else [],
        max_reloads=trips - 1,
    )


def _tours(view: View, best: "Solution") -> Tours:
    from pyvrp import ActivityType

    tours: Tours = [[] for _ in range(view.robots)]
    used = [0] * len(view.fleet)
    for route in best.routes():
        kind = route.vehicle_type()
        robot = view.fleet[kind].robots[used[kind]]
        used[kind] += 1
        trip: list[int] = []
        for activity in route:
            if activity.type == ActivityType.DEPOT:
                tours[robot].append(trip)
                trip = []
            else:
                sign = -1 if activity.type == ActivityType.PICKUP else 1
                trip.append(sign * (activity.idx + 1))
        tours[robot].append(trip)
        tours[robot] = [tour for tour in tours[robot] if tour]
    return tours
