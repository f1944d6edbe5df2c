# SPDX-License-Identifier: Apache-2.0
"""What robots share: loading bays of a station, places at a charger. Who has which, and when.

What must hold: int only, no state, the same plans give the same answer. Trips keep their robot,
their order and their visits; only times and `Trip.bay` change. A place is taken from the start of
its visit to the robot's leaving it. Frozen trips stay as they are and have their places first. A
trip that cannot have a place without breaking a hard limit (window, shift, horizon) is left out.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from dispatcher.planner.costs import cost_of
from dispatcher.planner.prefix import after_frozen, parcels_in
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Robot, Travel
from dispatcher.planner.schedule import schedule
from dispatcher.planner.solution import HAND_IN, LOAD, RobotPlan, Solution, Trip, Visit

BAY: Final = "bay"
CHARGER: Final = "charger"

Wanted = Mapping[tuple[str, int], int]
"""By robot and number of the trip: when its first visit shall start, in ms."""


class Places:
    """The places at one node, each with the spans in which it is taken."""

    def __init__(self, count: int) -> None:
        self._taken: list[list[tuple[int, int]]] = [[] for _ in range(count)]

    def free_at(self, start_ms: int, span_ms: int) -> int:
        """The first place that is free for so long, -1: none."""
        for place, taken in enumerate(self._taken):
            if all(end <= start_ms or start_ms + span_ms <= begin for begin, end in taken):
                return place
        return -1

    def take(self, place: int, start_ms: int, end_ms: int) -> None:
        """Reserve a place; where frozen trips crowd, the one that is left first."""
        if not 0 <= place < len(self._taken):
            ends = [max((end for _, end in taken), default=0) for taken in self._taken]
            place = ends.index(min(ends))
        self._taken[place].append((start_ms, end_ms))

    def later(self, start_ms: int, span_ms: int) -> int:
        """The first moment from `start_ms` on with a free place."""
        ends = sorted({end for taken in self._taken for _, end in taken if end > start_ms})
        return next((t for t in (start_ms, *ends) if self.free_at(t, span_ms) >= 0), FOREVER_MS)

    def earlier(self, start_ms: int, span_ms: int, least_ms: int) -> Iterator[int]:
        """Moments with a free place before `start_ms`, the latest first."""
        begins = {begin - span_ms for taken in self._taken for begin, _ in taken}
        for begin_ms in sorted(begins, reverse=True):
            if least_ms <= begin_ms < start_ms and self.free_at(begin_ms, span_ms) >= 0:
                yield begin_ms


def place_of(problem: Problem, trip: Trip) -> tuple[str, str] | None:
    """What a trip's first visit takes a place of: a kind and a node; None: nothing counted."""
    first = trip.visits[0]
    if trip.charge_mwh:
        return CHARGER, first.node
    bays = dict(zip(problem.stations, problem.bays, strict=False))
    loads = first.node in bays and any(task.kind == LOAD for task in first.tasks)
    return (BAY, first.node) if loads else None


def places_in(problem: Problem) -> dict[tuple[str, str], int]:
    """How many robots at once, by kind and node."""
    bays = zip(problem.stations, problem.bays, strict=False)
    counted = {(BAY, node): count for node, count in bays}
    counted.update(((CHARGER, charger.node), charger.places) for charger in problem.chargers)
    return counted


def place_resources(
    problem: Problem, travel: Travel, plans: Sequence[RobotPlan], wanted: Wanted | None = None
) -> tuple[RobotPlan, ...]:
    """The plans with bays and charger places, by start of the trips, delayed where none is free.

    Loading is done earlier instead, the robot waiting at its first stop, where that costs less.
    `wanted` says when first visits shall start, where that can be.
    """
    if all(place_of(problem, trip) is None for plan in plans for trip in plan.trips):
        return tuple(plans)
    return _Placing(problem, travel, plans, wanted or {}).run()


class _Placing:
    """Trips put one after the other into places, the one that would start first before others."""

    def __init__(
        self, problem: Problem, travel: Travel, plans: Sequence[RobotPlan], wanted: Wanted
    ) -> None:
        self.problem = problem
        self.travel = travel
        self.wanted = wanted
        self.parcels = {parcel.id: parcel for parcel in problem.parcels}
        self.places = {key: Places(count) for key, count in places_in(problem).items()}
        robots = {robot.id: robot for robot in problem.robots}
        self.rows = [_Row(self, robots[plan.robot], plan) for plan in plans]

    def run(self) -> tuple[RobotPlan, ...]:
        """The plans, all trips placed."""
        while rows := [row for row in self.rows if row.waiting]:
            min(rows, key=_Row.next_ms).place()  # ties: the first robot
        return tuple(row.plan() for row in self.rows)

    def put(self, trip: Trip) -> Trip:
        """Take the place that `trip` stands on; the trip with its bay named."""
        key = place_of(self.problem, trip)
        if key is None:
            return trip
        first, places = trip.visits[0], self.places[key]
        span_ms = first.depart_ms - first.start_ms
        place = trip.bay if trip.bay >= 0 else places.free_at(first.start_ms, span_ms)
        places.take(place, first.start_ms, first.depart_ms)
        return replace(trip, bay=place) if key[0] == BAY else trip


class _Row:
    """The trips of one robot: `done` have their places, `waiting` are timed after them, each with
    its number in the plan."""

    def __init__(self, placing: _Placing, robot: Robot, plan: RobotPlan) -> None:
        self.placing = placing
        self.robot = robot
        frozen = len(robot.frozen)
        self.frozen = after_frozen(placing.travel, robot, placing.parcels)
        planned = parcels_in(plan.trips)
        self.aboard = [
            one for one in placing.problem.parcels if one.aboard == robot.id and one.id in planned
        ]
        self.done = list(plan.trips[:frozen])
        for trip in self.done:
            placing.put(trip)
        later = enumerate(plan.trips[frozen:], start=frozen)
        self.waiting = [(number, replace(trip, bay=-1)) for number, trip in later]

    def next_ms(self) -> int:
        """When the next trip shall start its first visit."""
        number, trip = self.waiting[0]
        return self.placing.wanted.get((self.robot.id, number), trip.visits[0].start_ms)

    def plan(self) -> RobotPlan:
        """What is placed, ending where the robot must end, and not with a charge."""
        trips, end = list(self.done), self.robot.end
        while len(trips) > len(self.robot.frozen):
            if not trips[-1].charge_mwh and end in ("", trips[-1].visits[-1].node):
                break
            last = trips.pop()
            if last.charge_mwh:
                continue
            home = replace(last, visits=(*last.visits, Visit(end, (), 0, 0, 0)))
            timed = self._timed(home, last.depart_not_before_ms, trips)
            if timed is not None and _same_stay(timed, last):
                trips.append(replace(timed, bay=last.bay))
        return RobotPlan(self.robot.id, tuple(trips))

    def place(self) -> None:
        """Give the next trip its place, or leave it out; time the trips after it again."""
        number, trip = self.waiting.pop(0)
        key = place_of(self.placing.problem, trip)
        placed: Trip | None = trip
        if key is not None:
            wanted_ms = self.placing.wanted.get((self.robot.id, number))
            placed = self._placed(trip, self.placing.places[key], wanted_ms)
        if placed is not None:
            self.done.append(self.placing.put(placed))
        if placed is None or placed.visits[-1] != trip.visits[-1]:
            self._follow()

    def _follow(self) -> None:
        """The trips that wait, timed after those that are done; what cannot be is left out."""
        done, waiting, self.waiting = list(self.done), self.waiting, []
        for number, trip in waiting:
            timed = self._timed(trip, self._begin(done)[1], done)
            if timed is not None:
                done.append(timed)
                self.waiting.append((number, timed))

    def _begin(self, done: Sequence[Trip]) -> tuple[str, int]:
        if done:
            return done[-1].visits[-1].node, done[-1].visits[-1].depart_ms
        now_ms = self.placing.problem.now_ms
        return self.robot.free_node, max(self.robot.free_ms, now_ms)

    def _timed(self, trip: Trip, free_ms: int, done: Sequence[Trip]) -> Trip | None:
        """A trip timed after `done`, setting out at `free_ms` or later; None: it cannot be."""
        if self._in_the_way(trip, parcels_in(done)):
            return None
        problem, battery = self.placing.problem, self.robot.battery
        if battery is not None and len(done) > len(self.robot.frozen):
            battery = replace(battery, charge_mwh=done[-1].visits[-1].battery_mwh)
        elif done:
            battery = self.frozen.battery
        node = self._begin(done)[0]
        robot = replace(self.robot, free_node=node, free_ms=free_ms, battery=battery, frozen=())
        timed = schedule(problem, self.placing.travel, robot, (trip,), gone=parcels_in(done))
        return timed[0] if timed and self._allowed(timed[0]) else None

    def _in_the_way(self, trip: Trip, gone: Collection[str]) -> bool:
        """Whether what is still aboard, since the trip it was to go with is left out, has a
        compartment that `trip` needs, or makes it too heavy."""
        parcels, here = self.placing.parcels, parcels_in((trip,))
        staying = [one for one in self.aboard if one.id not in gone and one.id not in here]
        if not staying or not here:
            return False
        used = {task.compartment for visit in trip.visits for task in visit.tasks}
        mass_g = sum(one.mass_g for one in staying) + sum(parcels[name].mass_g for name in here)
        in_use = any(one.size and one.compartment in used for one in staying)
        return in_use or mass_g > self.robot.mass_limit_g

    def _allowed(self, trip: Trip) -> bool:
        """Whether the trip keeps shift, horizon and the windows that are hard."""
        last, horizon_ms = trip.visits[-1], self.placing.problem.horizon_ms
        if last.depart_ms > self.robot.shift_end_ms or last.start_ms > horizon_ms:
            return False
        return all(
            visit.start_ms <= _latest_ms(self.placing.parcels[task.parcel], task.kind)
            for visit in trip.visits
            for task in visit.tasks
        )

    def _placed(self, trip: Trip, places: Places, wanted_ms: int | None) -> Trip | None:
        """The trip at a moment when a place is free for it."""
        first = trip.visits[0]
        span_ms = first.depart_ms - first.start_ms
        if wanted_ms is not None and wanted_ms != first.start_ms:
            at_ms = self._loaded_at if wanted_ms < first.start_ms else self._delayed_to
            moved = at_ms(trip, wanted_ms) if places.free_at(wanted_ms, span_ms) >= 0 else None
            if moved is not None and moved.visits[0].start_ms == wanted_ms:
                return moved
        if places.free_at(first.start_ms, span_ms) >= 0:
            return trip
        sooner, delayed = self._sooner(trip, places), self._delayed(trip, places)
        if sooner is None or delayed is None:
            return sooner or delayed
        return sooner if self._price(sooner) <= self._price(delayed) else delayed

    def _price(self, trip: Trip) -> int:
        alone = Solution(plans=(RobotPlan(self.robot.id, (trip,)),))
        cost = cost_of(self.placing.problem, self.placing.travel, alone)
        return cost.duty + cost.late + cost.broken

    def _delayed(self, trip: Trip, places: Places) -> Trip | None:
        """The trip as soon after its time as a place is free."""
        timed: Trip | None = trip
        while timed is not None:
            first = timed.visits[0]
            start_ms = places.later(first.start_ms, first.depart_ms - first.start_ms)
            if start_ms == first.start_ms:
                return timed
            if start_ms > min(self.robot.shift_end_ms, self.placing.problem.horizon_ms):
                return None
            timed = self._delayed_to(trip, start_ms)
        return None

    def _delayed_to(self, trip: Trip, start_ms: int) -> Trip | None:
        """The trip with its first visit at `start_ms` or later."""
        node, free_ms = self._begin(self.done)
        way_ms = self.placing.travel.at(free_ms).time_ms(node, trip.visits[0].node)
        timed = self._timed(trip, max(free_ms, start_ms - way_ms), self.done)
        if timed is not None and timed.visits[0].start_ms < start_ms:
            return self._timed(trip, start_ms, self.done)  # the way is shorter by then
        return timed

    def _sooner(self, trip: Trip, places: Places) -> Trip | None:
        """The trip loaded at the latest moment before its time when a place is free."""
        (node, free_ms), first = self._begin(self.done), trip.visits[0]
        least_ms = free_ms + self.placing.travel.at(free_ms).time_ms(node, first.node)
        moments = places.earlier(first.start_ms, first.depart_ms - first.start_ms, least_ms)
        return next((sooner for ms in moments if (sooner := self._loaded_at(trip, ms))), None)

    def _loaded_at(self, trip: Trip, start_ms: int) -> Trip | None:
        """The trip loaded at that moment before its time, all else as it was; None: it cannot be.

        What a battery has left depends on where a robot waits: then nothing is moved.
        """
        battery, first = self.robot.battery, trip.visits[0]
        idles = battery is not None and battery.idle_mw > 0
        if len(trip.visits) == 1 or trip.charge_mwh or idles or not self._may_load(first, start_ms):
            return None
        (node, free_ms), second, travel = (
            self._begin(self.done),
            trip.visits[1],
            self.placing.travel,
        )
        depart_ms = start_ms + first.depart_ms - first.start_ms
        set_out_ms = max(free_ms, trip.depart_not_before_ms - (first.start_ms - start_ms))
        way_ms = travel.at(set_out_ms).time_ms(node, first.node)
        arrive_ms = depart_ms + travel.at(depart_ms).time_ms(first.node, second.node)
        if set_out_ms + way_ms > start_ms or arrive_ms > second.start_ms:
            return None
        loaded = replace(first, arrive_ms=start_ms, start_ms=start_ms, depart_ms=depart_ms)
        visits = (loaded, replace(second, arrive_ms=arrive_ms), *trip.visits[2:])
        return replace(trip, depart_not_before_ms=set_out_ms, visits=visits)

    def _may_load(self, visit: Visit, start_ms: int) -> bool:
        """Whether all parcels of a loading are there, and the station is open, at that moment."""
        for task in visit.tasks:
            parcel = self.placing.parcels[task.parcel]
            if start_ms < max(parcel.ready_ms, parcel.pickup_earliest_ms) or parcel.more_pickups:
                return False
        spans = [one.windows for one in self.placing.problem.openings if one.node == visit.node]
        return all(
            any(span.earliest_ms <= start_ms <= span.latest_ms for span in windows)
            for windows in spans
        )


def _same_stay(one: Trip, other: Trip) -> bool:
    """Whether both have their place from the same moment to the same moment."""
    a, b = one.visits[0], other.visits[0]
    return (a.start_ms, a.depart_ms) == (b.start_ms, b.depart_ms)


def _latest_ms(parcel: Parcel, kind: str) -> int:
    """When a task may start at the last, lateness and all."""
    if kind in {LOAD, HAND_IN}:
        first_ms, more = parcel.pickup_latest_ms, parcel.more_pickups
    else:
        first_ms, more = parcel.dropoff_latest_ms, parcel.more_dropoffs
    return max((first_ms, *(window.latest_ms for window in more))) + parcel.late_max_ms
