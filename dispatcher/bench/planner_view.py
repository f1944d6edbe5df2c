# SPDX-License-Identifier: Apache-2.0
"""A problem as other solvers see it: one depot, one capacity, hard windows, releases, reloads.

What must hold: nothing of the problem is lost on the way. A problem that asks for more than can be
said here is refused with the field that is too much, never simplified in silence.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Robot, Service

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.int64]

FREE_SERVICE: Final = Service(0, 0, 0, 0)
LATEST_MS: Final = 1 << 40
"""Stands for no end of a window: some solvers count in 32 or 44 bits above their largest time."""


class NotExpressible(ValueError):
    """The problem asks for something that other solvers have no word for."""


class Stop(NamedTuple):
    """A place where one parcel is taken or handed over, and when. Times are from `now_ms`."""

    node: int
    earliest_ms: int
    latest_ms: int
    service_ms: int


class Order(NamedTuple):
    """One parcel: from the depot (`pickup` is None) or from a stop to another."""

    pickup: Stop | None
    dropoff: Stop
    mass_g: int
    ready_ms: int
    skip_mm: int


class Vehicles(NamedTuple):
    """Robots that are alike."""

    robots: tuple[int, ...]
    mass_limit_g: int
    free_ms: int
    end_ms: int
    trips_max: int


class View(NamedTuple):
    """All of it. Lengths and prices are in `unit_mm`, the largest unit that loses nothing."""

    depot: int
    orders: tuple[Order, ...]
    fleet: tuple[Vehicles, ...]
    lengths: "Table"
    times_ms: "Table"
    fixed: int
    unit_mm: int

    @property
    def robots(self) -> int:
        return sum(len(vehicles.robots) for vehicles in self.fleet)

    @property
    def paired(self) -> bool:
        """Whether parcels are taken on the way: all are, or none."""
        return any(order.pickup is not None for order in self.orders)

    @property
    def several_trips(self) -> bool:
        return any(vehicles.trips_max != 1 for vehicles in self.fleet)

    @property
    def released(self) -> bool:
        """Whether some parcel is not there from the beginning."""
        return any(order.ready_ms > 0 for order in self.orders)

    @property
    def timed(self) -> bool:
        """Whether any window of an order ends before the day does."""
        day_ms = max(vehicles.end_ms for vehicles in self.fleet)
        return any(order.dropoff.latest_ms < day_ms for order in self.orders)


def view_of(problem: Problem) -> View:
    """The problem in other solvers' words. Raises NotExpressible."""
    import numpy as np

    _refuse(problem)
    matrices = problem.matrices
    assert matrices is not None
    node = {name: number for number, name in enumerate(matrices.nodes)}
    lengths = np.array(matrices.lengths_mm, dtype=np.int64)
    times_ms = np.array(matrices.times_ms, dtype=np.int64)
    if min(lengths.min(), times_ms.min()) < 0:
        raise NotExpressible("matrices: no road joins some of its places")
    per_metre = max(1, problem.costs.per_metre)
    unit_mm = int(np.gcd.reduce(lengths, axis=None)) or 1
    fixed_mm = problem.costs.per_trip * 1000 // per_metre
    unit_mm = int(np.gcd(unit_mm, fixed_mm)) or 1
    groups: dict[tuple[int, int, int, int], list[int]] = {}
    for number, robot in enumerate(problem.robots):
        groups.setdefault(_kind(problem, robot), []).append(number)
    return View(
        depot=node[problem.stations[0]],
        orders=tuple(_order(problem, parcel, node, unit_mm) for parcel in problem.parcels),
        fleet=tuple(Vehicles(tuple(robots), *kind) for kind, robots in groups.items()),
        lengths=lengths // unit_mm,
        times_ms=times_ms,
        fixed=fixed_mm // unit_mm,
        unit_mm=unit_mm,
    )


def _refuse(problem: Problem) -> None:
    """Raises NotExpressible for whatever has no place in a `View`."""
    costs, depot = problem.costs, problem.stations[0] if problem.stations else ""
    for bad, field in (
        (len(problem.stations) != 1, "stations: not exactly one"),
        (problem.matrices is None, "matrices: there are none"),
        (bool(problem.matrices and problem.matrices.later), "matrices.later: times by the hour"),
        (problem.service != FREE_SERVICE, "service: shared by the parcels of a stop"),
        (any((costs.per_duty_s, costs.per_change)), "costs: other than driving and trips"),
        (any((problem.bays, problem.chargers, problem.openings)), "bays, chargers or openings"),
    ):
        if bad:
            raise NotExpressible(field)
    for parcel in problem.parcels:
        windows = parcel.more_pickups or parcel.more_dropoffs
        if parcel.aboard or parcel.size or windows or parcel.late_max_ms or parcel.promise_cost:
            raise NotExpressible(f"parcel {parcel.id}: more than mass and one hard window")
        if parcel.dropoff == depot:
            raise NotExpressible(f"parcel {parcel.id}: goes to the station")
    if len({parcel.pickup == depot for parcel in problem.parcels}) > 1:
        raise NotExpressible("parcels: some from the station, some from stops")
    for robot in problem.robots:
        far = robot.battery is not None or robot.frozen or robot.range_mm < 1 << 40
        if far or robot.free_node != depot or robot.end not in ("", depot):
            raise NotExpressible(f"robot {robot.id}: more than mass, shift and number of trips")
    if costs.per_trip and any(robot.trips_max != 1 for robot in problem.robots):
        raise NotExpressible("costs.per_trip: a price by trip where robots have several")


def _kind(problem: Problem, robot: Robot) -> tuple[int, int, int, int]:
    free_ms = max(robot.free_ms, problem.now_ms) - problem.now_ms
    end_ms = _end_ms(problem, min(robot.shift_end_ms, problem.horizon_ms))
    return robot.mass_limit_g, free_ms, end_ms, robot.trips_max


def _end_ms(problem: Problem, moment_ms: int) -> int:
    return LATEST_MS if moment_ms >= FOREVER_MS else min(LATEST_MS, moment_ms - problem.now_ms)


def _order(problem: Problem, parcel: Parcel, node: dict[str, int], unit_mm: int) -> Order:
    now_ms = problem.now_ms
    pickup = None
    if parcel.pickup != problem.stations[0]:
        pickup = Stop(
            node[parcel.pickup],
            max(0, max(parcel.pickup_earliest_ms, parcel.ready_ms) - now_ms),
            _end_ms(problem, min(parcel.pickup_latest_ms, problem.horizon_ms)),
            max(0, parcel.pickup_ms),
        )
    dropoff = Stop(
        node[parcel.dropoff],
        max(0, parcel.dropoff_earliest_ms - now_ms),
        _end_ms(problem, min(parcel.dropoff_latest_ms, problem.horizon_ms)),
        max(0, parcel.dropoff_ms),
    )
    ready_ms = 0 if pickup else max(0, parcel.ready_ms - now_ms)
    skip_mm = parcel.skip_cost * 1000 // max(1, problem.costs.per_metre)
    return Order(pickup, dropoff, parcel.mass_g, ready_ms, skip_mm // unit_mm)
