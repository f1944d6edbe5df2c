# SPDX-License-Identifier: Apache-2.0
"""One OR-Tools routing model: some trips to be filled with some parcels.

What must hold: one trip is one vehicle; trips are chained outside (several in one model leave
parcels unserved). Transits are registered matrices and vectors, never Python callbacks. Every limit
is set by its name, `lns_time_limit` too: its default is 100 ms of wall time. Times in the model
are ms from `now_ms`, costs 1/1000 units. The model may be a little wrong (a trip always passes its
station first, loading takes its time at the stop, a way takes what it takes in the slowest slot):
what comes out is timed and judged elsewhere.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ortools.constraint_solver import pywrapcp

from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.draft_trip import Job
from dispatcher.planner.problem import FOREVER_MS
from dispatcher.planner.rooms import Need
from dispatcher.planner.routing_search import Search, limit_failures, parameters_of
from dispatcher.planner.stands import Stand, base_ms

DAY_MS: Final = 86_400_000
NO_WAY: Final = 1 << 45
"""A transit that no dimension has room for."""
OVERRUN_TIMES: Final = 5
"""A trip that ends after `end_ms` makes others late: it costs so many times one lateness. Soft,
because the model is a little longer than the truth, and must hold the plan it starts from; hard
only where lateness has no price."""


class Vehicle(NamedTuple):
    """One trip to be filled: from `node` at `start_ms` on, to be over by `end_ms`. `name` is how a
    `Group` calls it."""

    name: str
    robot: DraftRobot
    node: str
    start_ms: int
    end_ms: int
    station: str
    room: Need
    range_mm: int
    first: bool


class Group(NamedTuple):
    """Parcels that are handled together; `stops` is one stand, two for a transfer.

    `trip` names the trip of the plan that carries them, empty: none does.
    """

    jobs: tuple[Job, ...]
    stops: tuple[Stand, ...]
    need: Need
    trip: str = ""


class RoutingModel:
    """The model of `vehicles` and `groups`; `wait_ms` is the longest wait at a stop."""

    def __init__(
        self, draft: Draft, vehicles: Sequence[Vehicle], groups: Sequence[Group], wait_ms: int
    ) -> None:
        self.draft = draft
        self.vehicles = vehicles
        self.groups = groups
        self._stands = [(g, stand) for g, group in enumerate(groups) for stand in group.stops]
        # Vehicles that set out alike share a node: only then OR-Tools sees that they are alike.
        self._origins = list(dict.fromkeys((one.node, one.station) for one in vehicles))
        count, fleet, end = len(self._stands), len(vehicles), len(self._stands) + len(self._origins)
        starts = [count + self._origins.index((one.node, one.station)) for one in vehicles]
        self._manager = pywrapcp.RoutingIndexManager(end + 1, fleet, starts, [end] * fleet)
        self._model = pywrapcp.RoutingModel(self._manager)
        self._first = [i for i, (g, _) in enumerate(self._stands) if not self._is_second(i, g)]
        times, lengths = self._matrices()
        self._costs(lengths)
        self._capacities()
        self._length(lengths)
        self._time(times, wait_ms)
        self._visits()

    def _is_second(self, at: int, group: int) -> bool:
        return at > 0 and self._stands[at - 1][0] == group

    def _leg(self, from_node: str, to_node: str) -> tuple[int, int]:
        """The slowest way of all departure slots, since a trip is timed before it has a time."""
        legs = self.draft.legs
        slowest = legs[from_node][to_node]
        for _, table in legs.later:
            slowest = max(slowest, table[from_node][to_node])
        return slowest

    def _matrices(self) -> tuple[list[list[int]], list[list[int]]]:
        """Times (with the service before driving) and lengths between all nodes of the model."""
        draft = self.draft
        nodes = [stand.node for _, stand in self._stands]
        known = {name: [self._leg(name, to) for to in nodes] for name in dict.fromkeys(nodes)}
        back = [(-1, -1)] * len(self._origins)
        times, lengths = [], []
        for (group, stand), node in zip(self._stands, nodes, strict=True):
            shared = base_ms(draft.problem, node)
            docked = sum(1 for job in self.groups[group].jobs if job.load)
            service = stand.service_ms + docked * draft.problem.service.dock_ms
            home = draft.home(node)
            last = self._leg(node, home.node) if home else (0, 0)
            pairs = [*known[node], *back, last]
            times.append([NO_WAY if ms < 0 else ms + service for ms, _ in pairs])
            lengths.append([NO_WAY if ms < 0 else mm for ms, mm in pairs])
            for to, name in enumerate(nodes):
                if name == node:
                    times[-1][to] = service - shared
        for origin in self._origins:
            pairs = [*(self._way_out(*origin, node) for node in nodes), *back, (0, 0)]
            times.append([NO_WAY if ms < 0 else ms for ms, _ in pairs])
            lengths.append([NO_WAY if ms < 0 else mm for ms, mm in pairs])
        width = len(nodes) + len(self._origins) + 1
        times.append([NO_WAY] * (width - 1) + [0])
        lengths.append([NO_WAY] * (width - 1) + [0])
        return times, lengths

    def _way_out(self, from_node: str, station: str, node: str) -> tuple[int, int]:
        """From where the robot is, over the loading at the station, to the first stop."""
        if not station:
            return self._leg(from_node, node)
        there, on = self._leg(from_node, station), self._leg(station, node)
        if there[0] < 0 or on[0] < 0:
            return -1, -1
        loading_ms = self.draft.problem.service.station_ms
        return there[0] + loading_ms + on[0], there[1] + on[1]

    def _costs(self, lengths: list[list[int]]) -> None:
        costs = self.draft.problem.costs
        priced = [[min(costs.per_metre * mm, NO_WAY) for mm in row] for row in lengths]
        self._model.SetArcCostEvaluatorOfAllVehicles(self._model.RegisterTransitMatrix(priced))
        self._model.SetFixedCostOfAllVehicles(costs.per_trip * 1000)

    def _capacities(self) -> None:
        """Sizes nest: a dimension counts all of one size and up. A parcel keeps its room, bulk
        gives it back: where some is brought and some taken, the load at the start is free."""
        bulk = [stand.extra.mass_g if stand.extra else 0 for _, stand in self._stands]
        loaded = any(job.load for group in self.groups for job in group.jobs)
        goes_down = loaded and any(mass_g > 0 for mass_g in bulk)
        for kind, name in enumerate(("L", "M", "S", "mass")):
            needs = [0] * (len(self._stands) + len(self._origins) + 1)
            for at in self._first:
                needs[at] = self.groups[self._stands[at][0]].need[kind]
            if name == "mass":
                needs = [
                    need + (mass_g if goes_down or not loaded else abs(mass_g))
                    for need, mass_g in zip(needs, [*bulk, *needs[len(bulk) :]], strict=True)
                ]
            if any(needs):
                vector = self._model.RegisterUnaryTransitVector(needs)
                rooms = [max(0, vehicle.room[kind]) for vehicle in self.vehicles]
                from_zero = not (goes_down and name == "mass")
                self._model.AddDimensionWithVehicleCapacity(vector, 0, rooms, from_zero, name)

    def _length(self, lengths: list[list[int]]) -> None:
        ranges = [min(vehicle.range_mm, NO_WAY - 1) for vehicle in self.vehicles]
        matrix = self._model.RegisterTransitMatrix(lengths)
        self._model.AddDimensionWithVehicleCapacity(matrix, 0, ranges, True, "length")

    def _time(self, times: list[list[int]], wait_ms: int) -> None:
        model, problem = self._model, self.draft.problem
        known = [vehicle.start_ms for vehicle in self.vehicles]
        known += [stand.earliest_ms for _, stand in self._stands]
        end_ms = max(known) + DAY_MS - problem.now_ms
        free_waiting = not problem.costs.per_duty_s
        matrix = model.RegisterTransitMatrix(times)
        model.AddDimension(matrix, end_ms if free_waiting else wait_ms, end_ms, False, "time")
        time = model.GetDimensionOrDie("time")
        for v, vehicle in enumerate(self.vehicles):
            start_ms = vehicle.start_ms - problem.now_ms
            time.CumulVar(model.Start(v)).SetRange(start_ms, end_ms)
            over_ms = max(start_ms, vehicle.end_ms - problem.now_ms)
            price = problem.costs.per_late_s * OVERRUN_TIMES
            if over_ms < end_ms and price:
                time.SetCumulVarSoftUpperBound(model.End(v), over_ms, price)
            elif over_ms < end_ms:
                time.CumulVar(model.End(v)).SetMax(over_ms)
        if problem.costs.per_duty_s:
            time.SetSpanCostCoefficientForAllVehicles(problem.costs.per_duty_s)
        for at, (group, stand) in enumerate(self._stands):
            self._window(self._manager.NodeToIndex(at), group, stand, end_ms)

    def _window(self, index: int, group: int, stand: Stand, end_ms: int) -> None:
        """When one stop may start, and what it costs to be late there."""
        problem = self.draft.problem
        time = self._model.GetDimensionOrDie("time")
        cumul = time.CumulVar(index)
        opens_ms = max(stand.earliest_ms, self._carried_there_ms(group, stand))
        cumul.SetMin(min(max(0, opens_ms - problem.now_ms), end_ms))
        limit_ms = stand.extra.limit_ms if stand.extra else FOREVER_MS
        limit_ms = min(limit_ms, problem.horizon_ms) - problem.now_ms
        if limit_ms < cumul.Min():  # too late already, or a bound of the model is too strict
            return
        cumul.SetMax(min(limit_ms, end_ms))
        gaps = stand.extra.gaps if stand.extra else ()
        if gaps:  # not RemoveInterval: that keeps a bit for each ms of the horizon
            begins = [after_ms + 1 - problem.now_ms for after_ms, _ in gaps]
            ends = [until_ms - 1 - problem.now_ms for _, until_ms in gaps]
            self._model.solver().Add(self._model.solver().NotMemberCt(cumul, begins, ends))
        latest_ms = max(0, min(stand.latests_ms, default=FOREVER_MS) - problem.now_ms)
        if latest_ms < min(limit_ms, end_ms):
            dues = stand.extra.dues if stand.extra else ()
            weight = len(stand.latests_ms) + sum(due.priority - 1 for due in dues)
            time.SetCumulVarSoftUpperBound(index, latest_ms, problem.costs.per_late_s * weight)

    def _carried_there_ms(self, group: int, stand: Stand) -> int:
        """The earliest that parcels can be at a stop by when they are ready at their station.

        A bound only: that a trip waits for its last parcel is left to the timing. A dimension that
        carries that moment to the start makes OR-Tools a tenth worse for the same time.
        """
        loads = [job.load for job in self.groups[group].jobs if job.load]
        if not loads:
            return 0
        ready_ms = max(load.earliest_ms for load in loads)
        station_ms = self.draft.problem.service.station_ms
        way_ms = self.draft.legs.leg(loads[0].node, stand.node)[0]
        return ready_ms + station_ms + max(0, way_ms)

    def _visits(self) -> None:
        """Every group is optional at the price of leaving it out; where it may go."""
        model, manager, solver = self._model, self._manager, self._model.solver()
        time = model.GetDimensionOrDie("time")
        for at in self._first:
            group = self.groups[self._stands[at][0]]
            index = manager.NodeToIndex(at)
            price = sum(job.parcel.skip_cost for job in group.jobs) * 1000
            model.AddDisjunction([index], NO_WAY if group.jobs[0].parcel.aboard else price)
            indices = [index]
            if len(group.stops) > 1:
                out = manager.NodeToIndex(at + 1)
                model.AddDisjunction([out], 0)
                model.AddPickupAndDelivery(index, out)
                solver.Add(model.VehicleVar(index) == model.VehicleVar(out))
                solver.Add(time.CumulVar(index) <= time.CumulVar(out))
                indices.append(out)
            allowed = [v for v, one in enumerate(self.vehicles) if _may_carry(one, group)]
            for one in indices:
                if len(allowed) < len(self.vehicles):
                    model.VehicleVar(one).SetValues([-1, *allowed])

    def solve(
        self, search: Search, seed: int, start: Sequence[Sequence[int]] | None
    ) -> list[list[int]] | None:
        """Visits of each vehicle in order, as places in `stands`; None: nothing found.

        `start` is such a list too: the search sets out from it.
        """
        self._model.solver().ReSeed(seed)
        parameters = parameters_of(search, len(self._stands))
        limit_failures(self._model, search)
        self._model.CloseModelWithParameters(parameters)
        found = None
        if start is not None:
            indices = [[self._manager.NodeToIndex(at) for at in route] for route in start]
            known = self._model.ReadAssignmentFromRoutes(indices, True)
            if known is not None:  # else a bound of the model is too strict for the plan there is
                found = self._model.SolveFromAssignmentWithParameters(known, parameters)
        else:
            found = self._model.SolveWithParameters(parameters)
        return None if found is None else [self._route(found, v) for v in range(len(self.vehicles))]

    def _route(self, found: Any, vehicle: int) -> list[int]:
        route = []
        index = found.Value(self._model.NextVar(self._model.Start(vehicle)))
        while not self._model.IsEnd(index):
            route.append(self._manager.IndexToNode(index))
            index = found.Value(self._model.NextVar(index))
        return route

    def stands(self) -> list[tuple[Group, Stand]]:
        """What the places of a route mean."""
        return [(self.groups[group], stand) for group, stand in self._stands]


def _may_carry(vehicle: Vehicle, group: Group) -> bool:
    job = group.jobs[0]
    if job.parcel.aboard:
        return vehicle.first and vehicle.robot.robot.id == job.parcel.aboard
    station = job.load or job.unload
    return station is None or station.node == vehicle.station or vehicle.name == group.trip
