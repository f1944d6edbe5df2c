# SPDX-License-Identifier: Apache-2.0
"""OR-Tools' routing library alone on a view, in one model, as its documentation shows it.

Two settings. `default`: PATH_CHEAPEST_ARC, everything else automatic. `best`: what its guide
recommends (guided local search) on the better of its documented first solutions for the kind of
problem. Both get registered matrices (two to five times less CPU than callbacks), optional visits
at the price of leaving a parcel out, and no more than twice the vehicles that the load needs where
no window asks for more: more would ruin its search.

Several trips are optional reload nodes at the depot, as in its sample `cvrp_reload`; a release is a
dimension without transit that holds the moment at which the trip left. What must hold: building the
model is on its clock, and each better plan is told when it is found.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from dispatcher.bench.planner_tours import Tours
from dispatcher.bench.planner_view import Vehicles, View

WALL_PER_CPU: Final = 20.0
"""Guided local search wants a limit, and only takes wall time; what ends it is the budget."""
SPARE_VEHICLES: Final = 2.0
SPARE_RELOADS: Final = 1.5
PRICE_MAX: Final = 1 << 40


def solve_ortools(view: View, setting: str, cpu_s: float, tell: Callable[[Tours], None]) -> None:
    """Tells each better plan; ends by itself with `default`, else long after its time."""
    _Model(view).solve(setting, cpu_s, tell)


class _Model:
    """Nodes: the depot, the pick-ups, the drop-offs, the reloads."""

    def __init__(self, view: View) -> None:
        from ortools.constraint_solver import pywrapcp

        self.view = view
        self.robots = _robots(view)
        stops: list[tuple[int, int]] = [(view.depot, 0)]  # node of the view, mark in a tour
        for number, order in enumerate(view.orders):
            if order.pickup is not None:
                stops.append((order.pickup.node, -number - 1))
        for number, order in enumerate(view.orders):
            stops.append((order.dropoff.node, number + 1))
        self.first_reload = len(stops)
        stops += [(view.depot, 0)] * _reloads(view)
        self.nodes = [node for node, _ in stops]
        self.marks = [mark for _, mark in stops]
        self.place = {mark: place for place, mark in enumerate(self.marks) if mark}
        self.manager = pywrapcp.RoutingIndexManager(len(stops), len(self.robots), 0)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        self._costs()
        self.time = self._times()
        self._loads()
        if view.paired:
            self._pairs()
        if view.released:
            self._releases()
        self._optional()

    def _stop(self, mark: int) -> Any:
        order = self.view.orders[abs(mark) - 1]
        return order.pickup if mark < 0 else order.dropoff

    def _costs(self) -> None:
        lengths = self.view.lengths[self.nodes][:, self.nodes].tolist()
        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitMatrix(lengths))
        if self.view.fixed:
            self.routing.SetFixedCostOfAllVehicles(self.view.fixed)

    def _times(self) -> Any:
        import numpy as np

        stays_ms = np.array([self._stop(mark).service_ms if mark else 0 for mark in self.marks])
        legs_ms = self.view.times_ms[self.nodes][:, self.nodes] + stays_ms[:, None]
        transit = self.routing.RegisterTransitMatrix(legs_ms.tolist())
        day_ms = max(vehicles.end_ms for vehicles in self.view.fleet)
        self.routing.AddDimension(transit, day_ms, day_ms, False, "time")
        dimension = self.routing.GetDimensionOrDie("time")
        for mark, place in self.place.items():
            stop = self._stop(mark)
            index = self.manager.NodeToIndex(place)
            dimension.CumulVar(index).SetRange(stop.earliest_ms, min(stop.latest_ms, day_ms))
        for vehicle, (_, kind) in enumerate(self.robots):
            for index in (self.routing.Start(vehicle), self.routing.End(vehicle)):
                dimension.CumulVar(index).SetRange(kind.free_ms, kind.end_ms)
        return dimension

    def _loads(self) -> None:
        """What was handed out of this trip's load so far, or what is aboard of pairs."""
        masses = []
        most = max(vehicles.mass_limit_g for vehicles in self.view.fleet)
        for place, mark in enumerate(self.marks):
            mass_g = self.view.orders[abs(mark) - 1].mass_g if mark else 0
            if place >= self.first_reload:
                mass_g = -most
            elif mark > 0 and self.view.paired:
                mass_g = -mass_g
            masses.append(mass_g)
        demand = self.routing.RegisterUnaryTransitVector(masses)
        limits = [kind.mass_limit_g for _, kind in self.robots]
        slack = most if len(masses) > self.first_reload else 0
        self.routing.AddDimensionWithVehicleCapacity(demand, slack, limits, True, "load")
        if not slack:
            return
        dimension = self.routing.GetDimensionOrDie("load")
        for place in range(1, self.first_reload):
            dimension.SlackVar(self.manager.NodeToIndex(place)).SetValue(0)
        for vehicle in range(len(self.robots)):
            dimension.SlackVar(self.routing.Start(vehicle)).SetValue(0)

    def _pairs(self) -> None:
        for number in range(len(self.view.orders)):
            ends = [self.manager.NodeToIndex(self.place[m]) for m in (-number - 1, number + 1)]
            self.routing.AddPickupAndDelivery(*ends)
            vehicles = [self.routing.VehicleVar(index) for index in ends]
            self.solver.Add(vehicles[0] == vehicles[1])
            before, after = (self.time.CumulVar(index) for index in ends)
            self.solver.Add(before <= after)

    def _releases(self) -> None:
        """`left` holds when the trip left, at all of its stops."""
        day_ms = max(vehicles.end_ms for vehicles in self.view.fleet)
        nothing = self.routing.RegisterUnaryTransitVector([0] * len(self.marks))
        self.routing.AddDimension(nothing, day_ms, day_ms, False, "left")
        left = self.routing.GetDimensionOrDie("left")
        for vehicle in range(len(self.robots)):
            start = self.routing.Start(vehicle)
            left.SlackVar(start).SetValue(0)
            self.solver.Add(left.CumulVar(start) == self.time.CumulVar(start))
        for place in range(1, len(self.marks)):
            index = self.manager.NodeToIndex(place)
            if place >= self.first_reload:
                self.solver.Add(
                    left.CumulVar(index) + left.SlackVar(index) == self.time.CumulVar(index)
                )
                self.time.SlackVar(index).SetValue(0)
            else:
                left.SlackVar(index).SetValue(0)
                order = self.view.orders[abs(self.marks[place]) - 1]
                left.CumulVar(index).SetMin(order.ready_ms)

    def _optional(self) -> None:
        orders = self.view.orders
        for number, order in enumerate(orders):
            marks = (-number - 1, number + 1) if order.pickup is not None else (number + 1,)
            price = min(order.skip_mm, PRICE_MAX) // len(marks)
            for mark in marks:
                self.routing.AddDisjunction([self.manager.NodeToIndex(self.place[mark])], price)
        for place in range(self.first_reload, len(self.marks)):
            self.routing.AddDisjunction([self.manager.NodeToIndex(place)], 0)

    def solve(self, setting: str, cpu_s: float, tell: Callable[[Tours], None]) -> None:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2

        parameters = pywrapcp.DefaultRoutingSearchParameters()
        first = routing_enums_pb2.FirstSolutionStrategy
        parameters.first_solution_strategy = first.PATH_CHEAPEST_ARC
        if setting == "best":
            # With reloads, insertion alone may take all of a short budget: its sample's choice.
            if not self.view.several_trips:
                crowded = self.view.paired or self.view.timed
                parameters.first_solution_strategy = (
                    first.PARALLEL_CHEAPEST_INSERTION if crowded else first.SAVINGS
                )
            meta = routing_enums_pb2.LocalSearchMetaheuristic
            parameters.local_search_metaheuristic = meta.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(round(cpu_s * WALL_PER_CPU * 1000))
        best = math.inf

        def on_solution() -> None:
            nonlocal best
            cost = self.routing.CostVar().Max()
            if cost < best:
                best = cost
                tell(self._tours())

        self.routing.AddAtSolutionCallback(on_solution)
        self.routing.SolveWithParameters(parameters)

    def _tours(self) -> Tours:
        tours: Tours = [[] for _ in range(self.view.robots)]
        for vehicle, (robot, _) in enumerate(self.robots):
            index = self.routing.NextVar(self.routing.Start(vehicle)).Value()
            trip: list[int] = []
            while not self.routing.IsEnd(index):
                mark = self.marks[self.manager.IndexToNode(index)]
                if mark:
                    trip.append(mark)
                else:
                    tours[robot].append(trip)
                    trip = []
                index = self.routing.NextVar(index).Value()
            tours[robot] = [tour for tour in (*tours[robot], trip) if tour]
        return tours


def _robots(view: View) -> list[tuple[int, Vehicles]]:
    """Those that are offered: all of them, or twice what the load needs."""
    robots = [(robot, kind) for kind in view.fleet for robot in kind.robots]
    if view.timed or view.several_trips or view.paired:
        return robots
    need = _loads_needed(view)
    return robots[: math.ceil(SPARE_VEHICLES * need) + 1]


def _reloads(view: View) -> int:
    if not view.several_trips:
        return 0
    return math.ceil(SPARE_RELOADS * _loads_needed(view))


def _loads_needed(view: View) -> int:
    most = max(vehicles.mass_limit_g for vehicles in view.fleet)
    return math.ceil(sum(order.mass_g for order in view.orders) / max(1, most))
