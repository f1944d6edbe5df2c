# SPDX-License-Identifier: Apache-2.0
"""Days of a campus on our maps, reduced to what every contender can express.

Stops, station and driving times are those of a campus map. When parcels arrive is taken from a
recorded day (orders placed from 08:00 on, squeezed into the hours in which parcels come), or drawn
where none is there. Two regimes: `trips` (robots of 8 places, several trips each, a parcel cannot
leave before it came) and `long` (robots of 50 places, one long route each, all parcels there in the
morning). Each parcel has a hard slot of 2 h and takes 60 s at its stop; driving is all that costs.

What must hold: a name tells an instance, given map and day. Times are ms from the day's begin.
"""

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from dispatcher.planner.problem import Costs, Matrices, Parcel, Problem, Robot, Service

if TYPE_CHECKING:
    from dispatcher.roads.graph import RoadGraph

HOUR_MS: Final = 3_600_000
SLOT_MS: Final = 2 * HOUR_MS
SPEED_MM_S: Final = 3000
HANDOVER_MS: Final = 60_000
NOTICE_MS: Final = 30 * 60_000
"""A slot is only offered while so much of it is left after the parcel came."""
NEXT_SLOT_PCT: Final = 30
"""So many of a hundred people choose the slot after the first that is offered."""
DORM_WEIGHT: Final = 4
"""A stop at a dormitory gets so many times the parcels of another stop."""
PLACES: Final = {"trips": 8, "long": 50}
LARGE_PCT: Final = 10
"""So many of a hundred parcels take two places."""

ARRIVALS_OF_OUR_OWN: Final = (4, 6, 9, 12, 14, 12, 10, 9, 8, 7, 5, 4)
"""Where there is no recorded day: the weight of each twelfth of the hours in which parcels come; a
van in the late morning, a smaller one after lunch."""


class Day(NamedTuple):
    """One instance to be drawn."""

    map: str
    regime: str
    parcels: int
    robots: int
    hours: int
    seed: int

    @property
    def name(self) -> str:
        """Unique among all of them, given the source of arrivals."""
        return f"{self.map}-{self.regime}-{self.parcels}x{self.robots}-{self.seed}"


def campus_problem(day: Day, graph: "RoadGraph", arrivals: Sequence[float]) -> Problem:
    """The day on the map of `graph`. `arrivals` are parts (0 to 1) of the hours in which parcels
    come. Raises ValueError for a map without station or stop.
    """
    stations, stops = graph.places("station"), _weighted_stops(graph)
    if not stations or not stops:
        raise ValueError(f"map {day.map}: it has no station, or no stop")
    luck = Random(f"campus|{day.name}")
    parts = sorted(luck.choices(arrivals, k=day.parcels) if arrivals else _drawn(day, luck))
    station = stations[0].node
    matrices = _matrices(graph, station, sorted({*stops, station} - {station}))
    skip_cost = _skip_cost(matrices)
    parcels = []
    for number, part in enumerate(parts):
        ready_ms, window = _times(day, luck, part)
        parcels.append(
            Parcel(
                id=f"p{number:03}",
                size="",
                pickup=station,
                dropoff=luck.choice(stops),
                mass_g=2 if luck.randrange(100) < LARGE_PCT else 1,
                ready_ms=ready_ms,
                dropoff_earliest_ms=window[0],
                dropoff_latest_ms=window[1],
                dropoff_ms=HANDOVER_MS,
                late_max_ms=0,
                skip_cost=skip_cost,
            )
        )
    return Problem(
        now_ms=0,
        parcels=tuple(parcels),
        robots=tuple(_robot(day, number, station) for number in range(day.robots)),
        stations=(station,),
        service=Service(0, 0, 0, 0),
        costs=Costs(per_metre=1, per_duty_s=0, per_trip=0, per_late_s=0),
        matrices=matrices,
    )


def _robot(day: Day, number: int, station: str) -> Robot:
    return Robot(
        id=f"r{number:02}",
        compartments=(),
        free_node=station,
        free_ms=0,
        mass_limit_g=PLACES[day.regime],
        shift_end_ms=day.hours * HOUR_MS + SLOT_MS // 2,
        trips_max=0 if day.regime == "trips" else 1,
    )


def _times(day: Day, luck: Random, part: float) -> tuple[int, tuple[int, int]]:
    """When a parcel is there, and the slot that was chosen then."""
    slots = day.hours * HOUR_MS // SLOT_MS
    if day.regime == "long":
        slot = min(int(part * slots), slots - 1)
        return 0, (slot * SLOT_MS, (slot + 1) * SLOT_MS)
    ready_ms = int(part * (day.hours * HOUR_MS - SLOT_MS))
    slot = (ready_ms + NOTICE_MS) // SLOT_MS + (luck.randrange(100) < NEXT_SLOT_PCT)
    slot = min(slot, slots - 1)
    return ready_ms, (slot * SLOT_MS, (slot + 1) * SLOT_MS)


def _drawn(day: Day, luck: Random) -> list[float]:
    weights = ARRIVALS_OF_OUR_OWN
    hours = luck.choices(range(len(weights)), weights=weights, k=day.parcels)
    return [(hour + luck.random()) / len(weights) for hour in hours]


def _weighted_stops(graph: "RoadGraph") -> list[str]:
    """The nodes of the stops to which there is a way and back, those of dormitories repeated."""
    dorms = {b.stop for b in graph.campus.buildings.values() if b.use == "dorm"}
    return [
        stop.node
        for stop in graph.places("stop")
        for _ in range(DORM_WEIGHT if stop.id in dorms else 1)
    ]


def _matrices(graph: "RoadGraph", station: str, stops: list[str]) -> Matrices:
    """Raises ValueError where no road joins two of them."""
    from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes

    nodes = tuple(sorted([station, *stops]))
    travel = TravelTimes(graph, SPEED_MM_S)
    times_ms, lengths_mm = travel.matrix(nodes), travel.lengths(nodes)
    if any(UNREACHABLE in row for row in times_ms):
        raise ValueError("no road joins some of the map's stops")
    return Matrices(nodes=nodes, times_ms=times_ms, lengths_mm=lengths_mm)


def _skip_cost(matrices: Matrices) -> int:
    """More than any detour."""
    return max(1_000_000, 4 * max(map(max, matrices.lengths_mm)) // 1000)
