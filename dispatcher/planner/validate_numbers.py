# SPDX-License-Identifier: Apache-2.0
"""How large the numbers of a problem may be.

What must hold: every int of a problem has a limit; within all of them no sum or product that a
solver forms leaves 64 bits. Limits hold each for itself; `LARGEST` holds for what is multiplied.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from dispatcher.planner.problem import (
    FOREVER_MS,
    BadProblem,
    Battery,
    Charger,
    Costs,
    Parcel,
    Problem,
    Robot,
    Service,
    Window,
)

PARCELS_MAX: Final = 20_000
ROBOTS_MAX: Final = 2_000
NODES_MAX: Final = 20_000
PLACES_MAX: Final = 1_000
"""Stations, chargers, bays of a station, places of a charger, windows of one thing, frozen trips
of a robot, visits of such a trip, departure slots: of each at most so many."""

LARGEST: Final = 1 << 60
"""What a whole plan's cost term (in 1/1000 units) and a leg's energy (in nWh) may reach at most."""

_MOMENT = (0, FOREVER_MS)
_SPAN_MS = (0, 1 << 36)
_OWN_SPAN_MS = (-1, 1 << 36)
_LENGTH_MM = (0, 1 << 44)
_MASS_G = (0, 1 << 36)
_ENERGY_MWH = (0, 1 << 36)
_PRICE = (0, 1 << 20)
_FINE = (0, 1 << 40)
_COUNT = (0, PLACES_MAX)

LIMITS: Final[dict[type[msgspec.Struct], dict[str, tuple[int, int]]]] = {
    Window: {"earliest_ms": _MOMENT, "latest_ms": _MOMENT},
    Parcel: {
        "mass_g": _MASS_G,
        "ready_ms": _MOMENT,
        "pickup_earliest_ms": _MOMENT,
        "pickup_latest_ms": _MOMENT,
        "dropoff_earliest_ms": _MOMENT,
        "dropoff_latest_ms": _MOMENT,
        "skip_cost": _FINE,
        "pickup_ms": _OWN_SPAN_MS,
        "dropoff_ms": _OWN_SPAN_MS,
        "late_max_ms": _MOMENT,
        "priority": (0, 1000),
        "promise_cost": _FINE,
        "planned_ms": _MOMENT,
    },
    Battery: {
        "charge_mwh": _ENERGY_MWH,
        "capacity_mwh": _ENERGY_MWH,
        "reserve_mwh": _ENERGY_MWH,
        "per_km_mwh": (0, 1 << 30),
        "per_kg_km_mwh": (0, 1 << 30),
        "idle_mw": (0, 1 << 24),
    },
    Charger: {"places": (1, PLACES_MAX), "power_mw": (0, 1 << 36), "swap_ms": _SPAN_MS},
    Robot: {
        "free_ms": _MOMENT,
        "mass_limit_g": _MASS_G,
        "range_mm": _LENGTH_MM,
        "shift_end_ms": _MOMENT,
        "trips_max": _COUNT,
    },
    Service: dict.fromkeys(("stop_ms", "person_ms", "station_ms", "dock_ms"), _SPAN_MS),
    Costs: {
        "per_metre": _PRICE,
        "per_duty_s": _PRICE,
        "per_trip": _FINE,
        "per_late_s": _PRICE,
        "per_change": _FINE,
        "change_ms": _MOMENT,
    },
    Problem: {"now_ms": _MOMENT, "horizon_ms": _MOMENT},
}
"""The least and the largest value of each int field."""

LEG_MAX: Final = 1 << 36
"""The longest time (ms) and way (mm) from node to node."""


def limited(thing: msgspec.Struct, where: str) -> None:
    """Raises BadProblem where a number of `thing`, called `where`, is beyond its limits."""
    for field, (least, most) in LIMITS[type(thing)].items():
        value = getattr(thing, field)
        if not least <= value <= most:
            raise BadProblem(f"{where}: {field} is {value}, not from {least} to {most}")


def few(things: Sequence[object], most: int, what: str) -> None:
    """Raises BadProblem where there are too many things, called `what`."""
    if len(things) > most:
        raise BadProblem(f"{len(things)} {what}, at most {most} are allowed")


def multiplied(problem: Problem) -> None:
    """Raises BadProblem where what belongs to a plan of this problem does not fit into 64 bits."""
    longest_ms, longest_mm = _longest(problem)
    visits = 2 * len(problem.parcels) + 3 * len(problem.robots) * (1 + _most_frozen(problem))
    service = problem.service
    own_ms = (max(parcel.pickup_ms, parcel.dropoff_ms) for parcel in problem.parcels)
    stand_ms = max(service.stop_ms, service.station_ms) + max(
        service.person_ms, service.dock_ms, *own_ms, 0
    )
    whole_ms = _last_moment(problem) - problem.now_ms + (visits + 1) * (longest_ms + stand_ms)
    priority = max((parcel.priority for parcel in problem.parcels), default=0)
    costs = problem.costs
    terms = {
        "per_metre": costs.per_metre * longest_mm * (visits + 1),
        "per_duty_s": costs.per_duty_s * whole_ms * max(1, len(problem.robots)),
        "per_late_s": costs.per_late_s * priority * whole_ms * (2 * len(problem.parcels) + 1),
    }
    for field, worst in terms.items():
        if worst > LARGEST:
            text = f"costs: {field} makes a cost of up to {worst / 1000:.1e}, it is too large"
            raise BadProblem(f"{text} for times and ways as long as here")
    mass_g = sum(parcel.mass_g for parcel in problem.parcels)
    for robot in problem.robots:
        one = robot.battery
        if one is not None:
            rate = one.per_km_mwh * 1000 + one.per_kg_km_mwh * min(mass_g, robot.mass_limit_g)
            if rate * longest_mm > LARGEST:
                text = "makes a leg's energy too large for ways as long as here"
                raise BadProblem(f"robot {robot.id}: battery: per_km_mwh or per_kg_km_mwh {text}")


def _longest(problem: Problem) -> tuple[int, int]:
    tables = problem.matrices
    if tables is None:
        return 0, 0
    times = [tables.times_ms, *(slot.times_ms for slot in tables.later)]
    lengths = [tables.lengths_mm, *(slot.lengths_mm for slot in tables.later)]
    return (
        max((max(row, default=0) for table in times for row in table), default=0),
        max((max(row, default=0) for table in lengths for row in table), default=0),
    )


def _most_frozen(problem: Problem) -> int:
    return max(
        (sum(len(trip.visits) for trip in robot.frozen) for robot in problem.robots), default=0
    )


def _last_moment(problem: Problem) -> int:
    """The last time that is named at all; what never ends is not one."""
    last_ms = problem.now_ms
    for parcel in problem.parcels:
        windows = (*parcel.more_pickups, *parcel.more_dropoffs)
        named = [window.earliest_ms for window in windows]
        named += (parcel.ready_ms, parcel.pickup_earliest_ms, parcel.dropoff_earliest_ms)
        last_ms = max(last_ms, *named)
    for opening in problem.openings:
        last_ms = max(last_ms, *(window.earliest_ms for window in opening.windows))
    return max(last_ms, *(robot.free_ms for robot in problem.robots), 0)
