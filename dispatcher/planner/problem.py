# SPDX-License-Identifier: Apache-2.0
"""One routing problem: who wants what carried, with which robots, from now on.

What must hold: a problem is a value (immutable, picklable, JSON both ways), names places by road
node id and holds no clock. Every quantity is an int with its unit in its name. Travel times are in
it as `Matrices`, or are passed beside it as a `Travel` by who has a table already, as the core has.

Windows: the *earliest* end is hard (a robot waits), the *latest* end is soft (lateness costs),
since a promise that cannot be kept any more must still be served; a parcel may say otherwise.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final, Protocol

import msgspec

from dispatcher.planner.solution import Trip

UNREACHABLE: Final = -1
"""The travel time between two nodes that no road joins."""

FOREVER_MS: Final = 1 << 52
"""Later than any time in a problem: the latest end of a window that never closes."""

SIZES: Final = ("S", "M", "L")
"""Compartment sizes, smallest first; a larger one may hold a smaller parcel."""


class BadProblem(ValueError):
    """A problem that contradicts itself: one sentence naming the parcel or robot and the field."""


Table = tuple[tuple[int, ...], ...]


class Travel(Protocol):
    """Answers how far it is from road node to road node, in int ms and int mm."""

    def time_ms(self, from_node: str, to_node: str, /) -> int:
        """Driving time, or `UNREACHABLE`."""

    def length_mm(self, from_node: str, to_node: str, /) -> int:
        """Length of the fastest way, or `UNREACHABLE`."""

    def matrix(self, nodes: Sequence[str], /) -> Table:
        """The times between all of these, [from][to]."""

    def lengths(self, nodes: Sequence[str], /) -> Table:
        """The lengths between all of these, [from][to]."""

    def at(self, depart_ms: int, /) -> "Travel":
        """The table for who sets out at that moment."""

    def changes_ms(self) -> Sequence[int]:
        """When another table comes into force, in order; empty where one holds at all times."""


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span of time in which something may start; both ends belong to it."""

    earliest_ms: int
    latest_ms: int


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One parcel to be carried from `pickup` to `dropoff`: from a station to a stop (a delivery),
    from a stop to a station (a return) or from stop to stop (a transfer).

    `pickup` is empty when the parcel is already aboard the robot `aboard` (then only that robot can
    carry it, in compartment `compartment`). `ready_ms` is the earliest loading. `person_pickup` and
    `person_dropoff` say where a person hands over (else it is station staff or a dock); each takes
    `pickup_ms`, `dropoff_ms` at a stop (-1: as `Service` says).

    A handover starts in its window, in one of `more_pickups` or `more_dropoffs` (later windows, in
    order, that do not overlap), or, late, after the last of them. Lateness costs `priority` times
    `Costs.per_late_s`, being late at all `promise_cost` once, and more than `late_max_ms` is not
    allowed (0: the window is hard). Not to serve it costs `skip_cost`.

    An empty `size` needs no compartment: only its mass counts, and only while it is aboard.
    `planned_robot` and `planned_ms` (start at the person's end) are what the live plan says, if it
    carries the parcel: to change that costs `Costs.per_change`.
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
    more_pickups: tuple[Window, ...] = ()
    more_dropoffs: tuple[Window, ...] = ()
    pickup_ms: int = -1
    dropoff_ms: int = -1
    late_max_ms: int = FOREVER_MS
    priority: int = 1
    promise_cost: int = 0
    planned_robot: str = ""
    planned_ms: int = 0


class Battery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a robot has in it and what driving takes.

    A leg takes `length x (per_km_mwh + per_kg_km_mwh x mass)`, standing (and driving) takes
    `idle_mw`; each is rounded up to whole mWh, leg by leg and stand by stand. The mass is that of
    all the trip carries, from its start to its end: nobody may come for it.
    """

    charge_mwh: int
    capacity_mwh: int
    reserve_mwh: int = 0
    per_km_mwh: int = 20_000
    per_kg_km_mwh: int = 0
    idle_mw: int = 0


class Charger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where robots charge: `places` at once, by `power_mw`, or by a change of battery (`swap_ms`,
    then the battery is full)."""

    node: str
    places: int = 1
    power_mw: int = 0
    swap_ms: int = 0


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When handovers and loading may start at a node; a node without one is always open."""

    node: str
    windows: tuple[Window, ...]


class Robot(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One robot, from the moment its frozen work (the job it is doing) is predicted to end.

    `compartments` are ids whose first letter is the size. `range_mm` is how far it may still drive
    before it must charge, over all its trips together; a `battery` says the same in energy, and
    then it may charge between trips. `end` is the node where its last trip must end; empty means at
    a station where there is one, anywhere otherwise. At most `trips_max` trips (0: any number).

    `frozen` are trips that its plan must begin with, as they are; `free_node`, `free_ms` and
    `battery` are then what holds before them.
    """

    id: str
    compartments: tuple[str, ...]
    free_node: str
    free_ms: int
    mass_limit_g: int = 1_000_000
    range_mm: int = 1 << 40
    end: str = ""
    shift_end_ms: int = FOREVER_MS
    trips_max: int = 0
    battery: Battery | None = None
    frozen: tuple[Trip, ...] = ()


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long standing takes: a share for the stop and a share for each parcel handled there."""

    stop_ms: int = 15_000
    person_ms: int = 40_000
    station_ms: int = 30_000
    dock_ms: int = 5_000


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan pays, in cost units; `skip_cost` and `promise_cost` are on each parcel.

    A parcel is changed when another robot has it than `planned_robot`, when it is left out, or when
    its start at the person's end moves by more than `change_ms`.
    """

    per_metre: int = 1
    per_duty_s: int = 1
    per_trip: int = 200
    per_late_s: int = 10
    per_change: int = 0
    change_ms: int = 600_000


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that a plan depends on.

    `stations` are the road nodes where deliveries are loaded and returns handed in (none is legal:
    then trips have open ends); `bays` are how many robots may load at each at once (empty: any
    number). Parcels and robots are sorted by id; ids are unique. `matrices` are the travel times;
    the dispatcher's core, which has a table of its own, leaves them out and passes that beside it.
    """

    now_ms: int
    parcels: tuple[Parcel, ...]
    robots: tuple[Robot, ...]
    stations: tuple[str, ...] = ()
    horizon_ms: int = FOREVER_MS
    service: Service = Service()
    costs: Costs = Costs()
    bays: tuple[int, ...] = ()
    chargers: tuple[Charger, ...] = ()
    openings: tuple[Opening, ...] = ()
    matrices: "Matrices | None" = None


class SlotTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times and lengths for who sets out at `from_ms` or later, `[from][to]`."""

    from_ms: int
    times_ms: Table
    lengths_mm: Table


class Matrices(
    msgspec.Struct, frozen=True, omit_defaults=True, dict=True, forbid_unknown_fields=True
):
    """Travel times and lengths between the nodes of one problem, `[from][to]`; a `Travel`.

    `later` are the tables of later departure slots, in order; before the first of them
    `times_ms` and `lengths_mm` hold.
    """

    nodes: tuple[str, ...]
    times_ms: Table
    lengths_mm: Table
    later: tuple[SlotTable, ...] = ()

    def time_ms(self, from_node: str, to_node: str, /) -> int:
        """Driving time in ms, or `UNREACHABLE`. Raises KeyError for a node not in it."""
        return self.times_ms[self._index[from_node]][self._index[to_node]]

    def length_mm(self, from_node: str, to_node: str, /) -> int:
        """Length in mm, or `UNREACHABLE`. Raises KeyError for a node not in it."""
        return self.lengths_mm[self._index[from_node]][self._index[to_node]]

    def matrix(self, nodes: Sequence[str], /) -> Table:
        """The times between all of these, [from][to]. Raises KeyError for a node not in it."""
        return tuple(tuple(self.time_ms(a, b) for b in nodes) for a in nodes)

    def lengths(self, nodes: Sequence[str], /) -> Table:
        """The lengths between all of these, [from][to]. Raises KeyError for a node not in it."""
        return tuple(tuple(self.length_mm(a, b) for b in nodes) for a in nodes)

    def at(self, depart_ms: int, /) -> "Matrices":
        """The tables of the slot that `depart_ms` falls into."""
        if not self.later:
            return self
        return self._slots[bisect_right(self._starts_ms, depart_ms)]

    def changes_ms(self) -> Sequence[int]:
        """When each of the later slots begins."""
        return self._starts_ms

    @cached_property
    def _index(self) -> dict[str, int]:
        return {node: number for number, node in enumerate(self.nodes)}

    @cached_property
    def _starts_ms(self) -> list[int]:
        return [slot.from_ms for slot in self.later]

    @cached_property
    def _slots(self) -> tuple["Matrices", ...]:
        tables = (
            (self.times_ms, self.lengths_mm),
            *((s.times_ms, s.lengths_mm) for s in self.later),
        )
        return tuple(Matrices(self.nodes, times_ms, lengths_mm) for times_ms, lengths_mm in tables)


def nodes_of(problem: Problem) -> tuple[str, ...]:
    """Every road node that the problem names, sorted, once each."""
    names = set(problem.stations)
    for parcel in problem.parcels:
        names.update((parcel.pickup, parcel.dropoff))
    for robot in problem.robots:
        names.update((robot.free_node, robot.end))
        names.update(visit.node for trip in robot.frozen for visit in trip.visits)
    names.update(charger.node for charger in problem.chargers)
    names.discard("")
    return tuple(sorted(names))


def matrices_of(problem: Problem, travel: Travel) -> Matrices:
    """The part of a site's travel table that this problem needs, at all times that it knows.

    One table where nothing that the problem needs ever changes.
    """
    nodes = nodes_of(problem)
    first = travel.at(problem.now_ms)
    tables = [SlotTable(problem.now_ms, first.matrix(nodes), first.lengths(nodes))]
    for from_ms in travel.changes_ms():
        slot = travel.at(from_ms)
        times_ms, lengths_mm = slot.matrix(nodes), slot.lengths(nodes)
        same = (times_ms, lengths_mm) == (tables[-1].times_ms, tables[-1].lengths_mm)
        if from_ms > problem.now_ms and not same:
            tables.append(SlotTable(from_ms, times_ms, lengths_mm))
    return Matrices(nodes, tables[0].times_ms, tables[0].lengths_mm, tuple(tables[1:]))


def fits(size: str, compartment: str) -> bool:
    """Whether a parcel of `size` goes into `compartment` (sizes nest: S in M in L)."""
    return SIZES.index(compartment[0]) >= SIZES.index(size)
