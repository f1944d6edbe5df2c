# SPDX-License-Identifier: Apache-2.0
"""The promise: in which slots can a new parcel still be served, and what would each cost?

What must hold: an offer is kept by insertion alone. In an offered slot the parcel is on time, and
nobody else is later than promised (what is late already, no later than planned); the trial of the
very insertion has said so. A slot that is not offered may still be possible by planning anew.

One scan of the plan's gaps serves all slots; for each, the most promising places are then tried.
"""

from collections.abc import Iterator, Sequence
from heapq import nsmallest
from typing import Final, NamedTuple

import msgspec

from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_robot import DraftRobot
from dispatcher.planner.draft_trip import DraftTrip, Job, job_of
from dispatcher.planner.frozen import thawed
from dispatcher.planner.gaps import Gap, timelines
from dispatcher.planner.legs import Legs
from dispatcher.planner.part import asked_at_dropoff, in_slot, travel_of
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Travel, Window
from dispatcher.planner.quick import adopt
from dispatcher.planner.solution import HAND_IN, LOAD, Solution
from dispatcher.planner.stands import Stand, join

SLOTS_MAX: Final = 200
"""How many slots may be asked about at once."""

TRIED: Final = 8
"""How many places are tried for a slot, the most promising first, before it is given up or sold."""

ALWAYS: Final = Window(0, FOREVER_MS)


class Offer(msgspec.Struct, frozen=True):
    """A slot that can be promised: what it adds to the plan's cost, who would come, and when the
    handover would start."""

    slot: Window
    cost: int
    robot: str
    start_ms: int


class Place(NamedTuple):
    """Where the stops of a job could go: `at` in trip `trip` of robot `robot` (a new trip: none).

    The stop that has the slot may start from `from_ms` to `until_ms`. The way costs `way`, in
    1/1000 units; starting at t, the trip ends `max(0, t - calm_ms)` later.
    """

    robot: int
    trip: int
    at: tuple[int, ...]
    joined: bool
    from_ms: int
    until_ms: int
    way: int
    calm_ms: int


def offer(
    problem: Problem,
    plan: Solution,
    parcel: Parcel,
    slots: Sequence[Window],
    travel: Travel | None = None,
) -> tuple[Offer, ...]:
    """The slots that can be promised for a parcel that is not in the problem yet, in their order.

    `travel` must know the parcel's nodes; without it the problem's own matrices are used. Who asks
    about several parcels makes one `Offers`. Raises ValueError as `Offers.of` does.
    """
    return Offers(problem, plan, travel).of(parcel, slots)


class Offers:
    """A plan made ready to be asked about new parcels; it is not changed by asking."""

    def __init__(self, problem: Problem, plan: Solution, travel: Travel | None = None) -> None:
        """Raises ValueError where the problem has no matrices and no travel is given."""
        table = travel_of(problem, travel)
        self._known = frozenset(one.id for one in problem.parcels)
        self._problem = thawed(problem, table)
        self._draft = Draft(self._problem, Legs(table))
        adopt(self._draft, plan)
        self._lines = timelines(self._draft)
        self._late_ms = [sum(run.late_ms for run in robot.runs) for robot in self._draft.robots]

    def of(self, parcel: Parcel, slots: Sequence[Window]) -> tuple[Offer, ...]:
        """The slots that can be promised, in their order.

        Raises ValueError for a parcel that is in the problem, or aboard a robot, and for more than
        `SLOTS_MAX` slots.
        """
        if parcel.aboard or parcel.id in self._known:
            raise ValueError(f"parcel {parcel.id} is not new: it is planned or aboard already")
        if len(slots) > SLOTS_MAX:
            raise ValueError(f"{len(slots)} slots, at most {SLOTS_MAX} at once")
        at_dropoff = asked_at_dropoff(self._problem, parcel)
        any_time = job_of(self._problem, in_slot(parcel, ALWAYS, at_dropoff=at_dropoff))
        places = list(self._places(any_time, at_dropoff))
        self._draft.jobs[parcel.id] = any_time  # trials weigh what they carry
        found = [
            self._best(in_slot(parcel, slot, at_dropoff=at_dropoff), slot, places) for slot in slots
        ]
        del self._draft.jobs[parcel.id]
        return tuple(one for one in found if one is not None)

    def _best(self, parcel: Parcel, slot: Window, places: Sequence[Place]) -> Offer | None:
        """The cheapest of the places tried in which the slot is kept."""
        per_duty_s = self._problem.costs.per_duty_s
        earliest_ms, latest_ms = slot.earliest_ms, slot.latest_ms
        priced = []
        for number, place in enumerate(places):
            from_ms = place.from_ms if place.from_ms > earliest_ms else earliest_ms
            if from_ms <= place.until_ms and from_ms <= latest_ms:
                later_ms = from_ms - place.calm_ms
                price = place.way + per_duty_s * later_ms if later_ms > 0 else place.way
                priced.append((price, number))
        job = job_of(self._problem, parcel)
        best: Offer | None = None
        for _, number in nsmallest(TRIED, priced):
            if best is not None and places[number].way // 1000 >= best.cost:
                continue
            tried = self._tried(job, places[number], slot)
            if tried is not None and (best is None or tried.cost < best.cost):
                best = tried
        return best

    def _tried(self, job: Job, place: Place, slot: Window) -> Offer | None:
        """What the insertion really gives; None: somebody would be late, or it cannot be."""
        robot = self._draft.robots[place.robot]
        replaced = 1 if place.at else 0
        old = robot.trips[place.trip] if replaced else None
        stops = self._stops(old.stops, place, job) if old else job.stops
        trip = self._draft.with_job(old, stops, job)
        if trip is None or not self._has_room(robot, place.trip, trip, job.parcel):
            return None
        trial = robot.trial(place.trip, trip, replaced)
        if trial is None or sum(one.late_ms for one in trial.runs) > self._late_ms[place.robot]:
            return None
        start_ms = self._start_ms(trip, trial.runs[place.trip].times, job.parcel)
        return Offer(slot, -(-trial.delta // 1000), robot.robot.id, start_ms)

    def _stops(self, stops: tuple[Stand, ...], place: Place, job: Job) -> tuple[Stand, ...]:
        if place.joined:
            at = place.at[0]
            both = join(self._problem, stops[at], job.stops[0])
            return (*stops[:at], both, *stops[at + 1 :])
        for at, stop in zip(reversed(place.at), reversed(job.stops), strict=False):
            stops = (*stops[:at], stop, *stops[at:])
        return stops

    def _places(self, job: Job, at_dropoff: bool) -> Iterator[Place]:
        """Every place with room for the job, in the order robot, trip, position."""
        for number, (robot, line) in enumerate(zip(self._draft.robots, self._lines, strict=True)):
            too_heavy = job.parcel.mass_g > robot.robot.mass_limit_g
            need = zip(job.need, robot.most, strict=True)
            if too_heavy or any(wanted > there for wanted, there in need):
                continue
            for index, trip in enumerate(robot.trips):
                if not self._takes(robot, index, trip, job):
                    continue
                if len(job.stops) == 1:
                    yield from self._in_gaps(line.inside[index], job.stops[0])
                elif job.stops:
                    yield from self._in_two_gaps(line.inside[index], job.stops, at_dropoff)
                else:
                    first = line.inside[index][0]
                    yield Place(number, index, (0,), False, 0, first.latest_ms, 0, first.calm_ms)
            for gap in line.between[1 if self._begins_aboard(robot) else 0 :]:
                place = self._new_trip(gap, job, at_dropoff)
                if place is not None:
                    yield place

    def _takes(self, robot: DraftRobot, index: int, trip: DraftTrip, job: Job) -> bool:
        grown = self._draft.with_job(trip, trip.stops or job.stops, job)
        return grown is not None and robot.has_room(index, grown)

    def _has_room(self, robot: DraftRobot, index: int, trip: DraftTrip, parcel: Parcel) -> bool:
        bulk = self._draft.has_bulk or not parcel.size
        return robot.has_room(index, trip) and (not bulk or robot.carries(index, trip))

    def _begins_aboard(self, robot: DraftRobot) -> bool:
        """Whether the first trip brings what is aboard, and so must stay the first."""
        aboard = [parcel.id for parcel in robot.aboard]
        return bool(robot.trips) and any(name in aboard for name in robot.trips[0].parcels)

    def _in_gaps(self, gaps: Sequence[Gap], stop: Stand) -> Iterator[Place]:
        """One stop in the gaps of one trip; where the next stop is the same, also joined to it."""
        legs, node = self._draft.legs, stop.node
        per_metre, per_duty_s = self._problem.costs.per_metre, self._problem.costs.per_duty_s
        from_here = legs[node]
        person_ms = stop.service_ms - self._problem.service.stop_ms
        for gap in gaps:
            there_ms, there_mm = legs[gap.before][node]
            if there_ms < 0:
                continue
            from_ms = gap.depart_ms + there_ms
            if gap.after == node:
                calm_ms = gap.calm_ms - person_ms
                way = per_duty_s * person_ms
                if from_ms <= gap.latest_ms and gap is not gaps[-1]:
                    robot, trip, at = gap.robot, gap.trip, (gap.at,)
                    yield Place(robot, trip, at, True, from_ms, gap.latest_ms, way, calm_ms)
            on_ms, on_mm = from_here[gap.after] if gap.after else (0, 0)
            until_ms = gap.latest_ms - on_ms - stop.service_ms
            if on_ms >= 0 and from_ms <= until_ms:
                direct_mm = legs[gap.before][gap.after][1] if gap.after else 0
                way = per_metre * (there_mm + on_mm - direct_mm)
                calm_ms = gap.calm_ms - on_ms - stop.service_ms
                yield Place(gap.robot, gap.trip, (gap.at,), False, from_ms, until_ms, way, calm_ms)

    def _in_two_gaps(
        self, gaps: Sequence[Gap], stops: Sequence[Stand], at_dropoff: bool
    ) -> Iterator[Place]:
        """Pick-up and drop-off in two gaps of one trip, or one after the other in the same."""
        first, second = stops
        legs, per_metre = self._draft.legs, self._problem.costs.per_metre
        between_ms, between_mm = legs[first.node][second.node]
        if between_ms < 0:
            return
        outs = list(self._in_gaps(gaps, second))
        for place in self._in_gaps(gaps, first):
            if place.joined:
                continue
            at = place.at[0]
            gap = gaps[at]
            on_mm = legs[second.node][gap.after][1] if gap.after else 0
            first_mm = legs[first.node][gap.after][1] if gap.after else 0
            way = place.way + per_metre * (between_mm + on_mm - first_mm)
            more_ms = first.service_ms + between_ms
            from_ms = place.from_ms + (more_ms if at_dropoff else 0)
            calm_ms = place.calm_ms - more_ms - second.service_ms
            both = (at, at)
            yield place._replace(at=both, from_ms=from_ms, way=way, calm_ms=calm_ms)
            for out in outs:
                if out.at[0] > at and not out.joined:
                    bound = out if at_dropoff else place
                    yield bound._replace(at=(at, out.at[0]), way=place.way + out.way)

    def _new_trip(self, gap: Gap, job: Job, at_dropoff: bool) -> Place | None:
        """A trip of its own in the time between two trips."""
        trip = self._draft.with_job(None, job.stops, job)
        if trip is None:
            return None
        costs, legs = self._problem.costs, self._draft.legs
        stands = trip.stands()
        node, at_ms, slot_ms, length_mm, busy_ms = gap.before, gap.depart_ms, gap.depart_ms, 0, 0
        slot_stand = trip.stops[-1 if at_dropoff else 0] if trip.stops else stands[-1]
        for stand in stands:
            ms, mm = legs[node][stand.node]
            if ms < 0:
                return None
            at_ms, length_mm, node = max(at_ms + ms, stand.earliest_ms), length_mm + mm, stand.node
            if stand is slot_stand:
                slot_ms = at_ms
            at_ms, busy_ms = at_ms + stand.service_ms, busy_ms + ms + stand.service_ms
        if gap.after:
            ms, mm = legs[node][gap.after]
            at_ms, length_mm = at_ms + ms, length_mm + mm - max(0, legs[gap.before][gap.after][1])
        room_ms = gap.latest_ms - at_ms
        way = costs.per_metre * length_mm + costs.per_trip * 1000 + costs.per_duty_s * busy_ms
        if room_ms < 0:
            return None
        return Place(
            gap.robot, gap.trip, (), False, slot_ms, slot_ms + room_ms, way, slot_ms + room_ms
        )

    def _start_ms(
        self, trip: DraftTrip, times: Sequence[tuple[int, int, int]], parcel: Parcel
    ) -> int:
        """When the handover of the parcel's slot starts."""
        at_dropoff = asked_at_dropoff(self._problem, parcel)
        for stand, (_, start_ms, _) in zip(trip.stands(), times, strict=False):
            for kind, name in stand.tasks:
                if name == parcel.id and (kind in {LOAD, HAND_IN}) != at_dropoff:
                    return start_ms
        raise AssertionError(f"{parcel.id} is in no stand of its own trip")
