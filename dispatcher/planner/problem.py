# SPDX-License-Identifier: Apache-2.0
"""One routing problem: who wants what carried, with which robots, from now on.

What must hold: a problem is a value (immutable, picklable, JSON both ways), names places by road
node id and holds no clock. Every quantity is an int with its unit in its name. Travel times are not
in it: they are passed beside it as a `Travel`, so that the core can use the site's table and a
worker process a small picklable `Matrices`.

Windows: the *earliest* end is hard (a robot waits), the *latest* end is soft (lateness costs),
since a promise that cannot be kept any more must still be served (see `Costs`).
"""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

UNREACHABLE: Final = -1
"""The travel time between two nodes that no road joins."""

FOREVER_MS: Final = 1 << 52
"""Later than any time in a problem: the latest end of a window that never closes."""

SIZES: Final = ("S", "M", "L")
"""Compartment sizes, smallest first; a larger one may hold a smaller parcel."""


class Travel(Protocol):
    """Answers how far it is from road node to road node, in int ms and int mm."""

    def time_ms(self, from_node: str, to_node: str, /) -> int:
        """Driving time, or `UNREACHABLE`."""

    def length_mm(self, from_node: str, to_node: str, /) -> int:
        """Length of the fastest way, or `UNREACHABLE`."""


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parcel to be carried from `pickup` to `dropoff`.

    `pickup` is empty when the parcel is already aboard the robot `aboard` (then only that robot can
    carry it, in compartment `compartment`). `ready_ms` is the earliest loading. `person_pickup` and
    `person_dropoff` say where a person hands over (else it is station staff or a dock).
    """

    id: str
    size: str
    dropoff: str
    pickup: str = ""
    aboard: str = ""
    compartment: str = ""
    mass_g: int = 0
    ready_ms: int = 0
    pickup_earliest_ms: int = 0
    pickup_latest_ms: int = FOREVER_MS
    dropoff_earliest_ms: int = 0
    dropoff_latest_ms: int = FOREVER_MS
    person_pickup: bool = False
    person_dropoff: bool = True
    skip_cost: int = 100_000


class Robot(msgspec.Struct, frozen=True, omit_defaults=True):
    """One robot, from the moment its frozen work (the job it is doing) is predicted to end.

    `compartments` are ids whose first letter is the size. `range_mm` is how far it may still drive
    before it must charge, over all its trips together. `end` is the node where its last trip must
    end; empty means at a station where there is one, anywhere otherwise.
    """

    id: str
    compartments: tuple[str, ...]
    free_node: str
    free_ms: int
    mass_limit_g: int = 1_000_000
    range_mm: int = 1 << 40
    end: str = ""
    shift_end_ms: int = FOREVER_MS


class Service(msgspec.Struct, frozen=True):
    """How long standing takes: a share for the stop and a share for each parcel handled there."""

    stop_ms: int = 15_000
    person_ms: int = 40_000
    station_ms: int = 30_000
    dock_ms: int = 5_000


class Costs(msgspec.Struct, frozen=True):
    """What a plan pays, in cost units; `skip_cost` is on each parcel."""

    per_metre: int = 1
    per_duty_s: int = 1
    per_trip: int = 200
    per_late_s: int = 10


class Problem(msgspec.Struct, frozen=True):
    """All that a plan depends on besides travel times.

    `stations` are the road nodes where deliveries are loaded and returns handed in (none is legal:
    then trips have open ends). Parcels and robots are sorted by id; ids are unique.
    """

    now_ms: int
    parcels: tuple[Parcel, ...]
    robots: tuple[Robot, ...]
    stations: tuple[str, ...] = ()
    horizon_ms: int = FOREVER_MS
    service: Service = Service()
    costs: Costs = Costs()


class Matrices(msgspec.Struct, frozen=True):
    """Travel times and lengths between the nodes of one problem, `[from][to]`; a `Travel`."""

    nodes: tuple[str, ...]
    times_ms: tuple[tuple[int, ...], ...]
    lengths_mm: tuple[tuple[int, ...], ...]

    def time_ms(self, from_node: str, to_node: str, /) -> int:
        """Driving time in ms, or `UNREACHABLE`. Raises ValueError for a node not in it."""
        return self.times_ms[self.nodes.index(from_node)][self.nodes.index(to_node)]

    def length_mm(self, from_node: str, to_node: str, /) -> int:
        """Length in mm, or `UNREACHABLE`. Raises ValueError for a node not in it."""
        return self.lengths_mm[self.nodes.index(from_node)][self.nodes.index(to_node)]


def nodes_of(problem: Problem) -> tuple[str, ...]:
    """Every road node that the problem names, sorted, once each."""
    names = set(problem.stations)
    for parcel in problem.parcels:
        names.update((parcel.pickup, parcel.dropoff))
    for robot in problem.robots:
        names.update((robot.free_node, robot.end))
    names.discard("")
    return tuple(sorted(names))


def matrices_of(problem: Problem, travel: Travel) -> Matrices:
    """The part of a site's travel table that this problem needs."""
    nodes = nodes_of(problem)
    return Matrices(
        nodes=nodes,
        times_ms=_table(nodes, travel.time_ms),
        lengths_mm=_table(nodes, travel.length_mm),
    )


class _Lookup(Protocol):
    def __call__(self, from_node: str, to_node: str, /) -> int: ...


def _table(nodes: Sequence[str], lookup: _Lookup) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(lookup(a, b) for b in nodes) for a in nodes)


def fits(size: str, compartment: str) -> bool:
    """Whether a parcel of `size` goes into `compartment` (sizes nest: S in M in L)."""
    return SIZES.index(compartment[0]) >= SIZES.index(size)
