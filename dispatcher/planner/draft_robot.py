# SPDX-License-Identifier: Apache-2.0
"""One robot of a draft: its trips with their times, and what a change of them would cost.

What must hold: it is always feasible (way, shift, horizon, range, battery, compartments, mass);
who changes it asks `trial` first. Nobody may come for a parcel, which then stays aboard to the end
of the trip. Where its battery would not do, it charges before a trip, and no more than that needs.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dispatcher.planner.costs import penalty
from dispatcher.planner.draft_trip import DraftTrip, Ground
from dispatcher.planner.energy import Chain, Charge, Charging, chain_of, used_mwh
from dispatcher.planner.problem import Parcel, Robot
from dispatcher.planner.rooms import NOTHING, Need, compartments_for, peak_g, room_of
from dispatcher.planner.schedule import charge_trip, timed_trip
from dispatcher.planner.solution import RobotPlan, Trip
from dispatcher.planner.stands import Stand
from dispatcher.planner.timing import Run, run_trip


class Trial(NamedTuple):
    """What a change of a robot's trips would give: cost in 1/1000 units, compared with before.

    `charges` has for each trip what is charged before it; empty: nothing at all.
    """

    delta: int
    runs: list[Run]
    charges: tuple[Charge | None, ...] = ()


class DraftRobot:
    """The trips of one robot, with their times."""

    def __init__(self, draft: Ground, robot: Robot) -> None:
        self.draft = draft
        self.robot = robot
        self.trips: list[DraftTrip] = []
        self.runs: list[Run] = []
        self.charges: tuple[Charge | None, ...] = ()
        self._prices: list[int] = []
        parcels = draft.problem.parcels
        self.aboard = tuple(parcel for parcel in parcels if parcel.aboard == robot.id)
        self._rooms: dict[tuple[str, ...], Need] = {}
        self.most = room_of(robot.compartments, robot.mass_limit_g)
        self._charging = (
            Charging(draft.legs, robot.battery, draft.problem.chargers) if robot.battery else None
        )
        self._plain = not draft.has_penalties and self._charging is None

    def _closed(self, trip: DraftTrip, *, last: bool) -> list[Stand]:
        stands = trip.stands()
        if last and self.robot.end and stands[-1].node != self.robot.end:
            stands.append(Stand(self.robot.end, 0, 0))
        return stands

    def free_compartments(self, aboard: Sequence[Parcel]) -> list[str]:
        """The compartments beside those of `aboard`."""
        taken = [parcel.compartment for parcel in aboard]
        return [name for name in self.robot.compartments if name not in taken]

    def _room_beside(self, aboard: Sequence[Parcel]) -> Need:
        key = tuple(parcel.id for parcel in aboard)
        if key not in self._rooms:
            mass_g = self.robot.mass_limit_g - sum(one.mass_g for one in aboard if one.size)
            self._rooms[key] = room_of(self.free_compartments(aboard), mass_g)
        return self._rooms[key]

    def staying(self, index: int, trips: Sequence[DraftTrip]) -> tuple[Parcel, ...]:
        """What is aboard from before and takes room in trip `index`."""
        if index == 0 or not self.aboard:
            return self.aboard
        gone = trips[0].parcels if trips else ()
        return tuple(parcel for parcel in self.aboard if parcel.id not in gone)

    def room(self, index: int) -> Need:
        """What there is for a trip as number `index`."""
        return self._room_beside(self.staying(index, self.trips))

    def has_room(self, index: int, trip: DraftTrip) -> bool:
        """Whether all that `trip` takes on has a compartment, as trip number `index`."""
        if trip.need == NOTHING:
            return True
        return all(need <= there for need, there in zip(trip.need, self.room(index), strict=True))

    def carries(self, index: int, trip: DraftTrip) -> bool:
        """Whether the robot carries the bulk of `trip`, as number `index`, on each of its legs."""
        stands = trip.stands()
        takes_bulk = any(one.extra and one.extra.mass_g > 0 for one in stands)
        if not takes_bulk and trip.need == NOTHING:
            return True
        staying = self.staying(index, self.trips)
        start_g = sum(parcel.mass_g for parcel in staying if not parcel.size)
        return peak_g(stands, start_g) + trip.need[3] <= self.room(index)[3]

    def origin(self, index: int) -> tuple[str, int]:
        """Where and when trip `index` sets out at the earliest, but for charging before it."""
        if index == 0:
            return self.robot.free_node, max(self.robot.free_ms, self.draft.problem.now_ms)
        run = self.runs[index - 1]
        return run.end_node, run.end_ms

    def _way_price(self, run: Run) -> int:
        costs = self.draft.problem.costs
        return costs.per_metre * run.length_mm + costs.per_duty_s * run.duty_ms

    def price(self, run: Run) -> int:
        """The cost of one trip in 1/1000 units."""
        costs = self.draft.problem.costs
        return (
            costs.per_metre * run.length_mm
            + costs.per_duty_s * (run.end_ms - run.depart_not_before_ms)
            + costs.per_late_s * run.late_ms
            + costs.per_trip * 1000
            + run.penalty
        )

    def _run(
        self, trips: Sequence[DraftTrip], index: int, node: str, free_ms: int, *, last: bool
    ) -> Run | None:
        """One trip timed, with all that it costs and takes."""
        stands = trips[index].stands()
        if last and self.robot.end:
            stands = self._closed(trips[index], last=True)
        run = run_trip(self.draft.legs, node, free_ms, stands)
        if self._plain or run is None:
            return run
        more = penalty(self.draft.problem.costs, self.robot.id, stands, run)
        used = sum(self._used_mwh(trips, index, node, run))
        return run._replace(penalty=more, energy_mwh=used)

    def _used_mwh(
        self, trips: Sequence[DraftTrip], index: int, node: str, run: Run
    ) -> tuple[int, ...]:
        battery = self.robot.battery
        if battery is None:
            return ()
        stands = self._closed(trips[index], last=len(run.times) > len(trips[index].stands()))
        staying = self.staying(index, trips)
        names = trips[index].parcels
        mass_g = sum(self.draft.jobs[name].parcel.mass_g for name in names)
        mass_g += sum(parcel.mass_g for parcel in staying if parcel.id not in names)
        nodes = [stand.node for stand in stands]
        return used_mwh(battery, self.draft.legs, node, run, nodes, mass_g)

    def trial(self, index: int, trip: DraftTrip, replaced: int) -> Trial | None:
        """What `trip` at `index` would give, in place of `replaced` (0 or 1) trips there.

        None where it breaks the shift, the horizon, the range or the battery, or has no way.
        """
        most = self.robot.trips_max
        if most and not replaced and len(self.trips) >= most:
            return None
        trips = [*self.trips[:index], trip, *self.trips[index + replaced :]]
        if self.charges:
            return self._trial_with_charges(trips)
        first = index
        if index and index == len(trips) - 1 and not replaced and self.robot.end:
            first -= 1  # the trip before was the last and drove on to the robot's end
        runs = self.runs[:first]
        same = self._drive_on(runs, trips, first_new=index, more=1 - replaced)
        if same < 0:
            return None
        battery = self.robot.battery
        if battery is not None:
            used = sum(run.energy_mwh for run in runs)
            if battery.charge_mwh - used < battery.reserve_mwh:
                return self._trial_with_charges(trips)
        if not self._allowed(runs):
            return None
        delta = sum(map(self.price, runs[first : len(runs) - same]))
        return Trial(delta - sum(self._prices[first : len(self.runs) - same]), runs)

    def _drive_on(
        self, runs: list[Run], trips: Sequence[DraftTrip], *, first_new: int, more: int
    ) -> int:
        """Add to `runs` the trips after them, driven anew until one starts as before: how many are
        as they were; -1 where one cannot be. Behind `first_new`, trip `i` was number `i - more`."""
        node, now_ms = self.origin(len(runs))
        for at in range(len(runs), len(trips)):
            if at > first_new and (node, now_ms) == self.origin(at - more):
                runs.extend(self.runs[at - more :])
                return len(trips) - at
            run = self._run(trips, at, node, now_ms, last=at == len(trips) - 1)
            if run is None:
                return -1
            runs.append(run)
            node, now_ms = run.end_node, run.end_ms
        return 0

    def _trial_with_charges(self, trips: Sequence[DraftTrip]) -> Trial | None:
        chain = self._chain(trips)
        if chain is None:
            return None
        charged = [charge.run for charge in chain.charges if charge]
        if not self._allowed(chain.runs, sum(run.length_mm for run in charged)):
            return None
        before = [charge.run for charge in self.charges if charge]
        delta = sum(map(self.price, chain.runs)) - sum(self._prices)
        delta += sum(map(self._way_price, charged)) - sum(map(self._way_price, before))
        return Trial(delta, chain.runs, chain.charges if charged else ())

    def _chain(self, trips: Sequence[DraftTrip]) -> Chain | None:
        if self._charging is None:
            return None

        def drive(number: int, node: str, free_ms: int) -> Run | None:
            return self._run(trips, number, node, free_ms, last=number == len(trips) - 1)

        masses_g = [
            sum(parcel.mass_g for parcel in self.staying(index, trips))
            for index in range(len(trips))
        ]
        node, free_ms = self.origin(0)
        return chain_of(self._charging, node, free_ms, masses_g, drive)

    def _allowed(self, runs: Sequence[Run], more_mm: int = 0) -> bool:
        """Whether trips keep the shift, the horizon and the range."""
        last, robot = runs[-1], self.robot
        if last.end_ms > robot.shift_end_ms:
            return False
        if last.times[-1][1] > self.draft.problem.horizon_ms:
            return False
        return sum([run.length_mm for run in runs]) + more_mm <= robot.range_mm

    def accept(self, index: int, trip: DraftTrip, replaced: int, trial: Trial) -> None:
        """Make a trial the plan."""
        self.trips[index : index + replaced] = [trip]
        self.runs, self.charges = trial.runs, trial.charges
        self._prices = [self.price(run) for run in self.runs]

    def append(self, trip: DraftTrip) -> bool:
        """Add a trip at the end where that is feasible."""
        index = len(self.trips)
        first_only = any(self.draft.jobs[name].parcel.aboard for name in trip.parcels)
        if (first_only and index) or not self.has_room(index, trip):
            return False
        if self.draft.has_bulk and not self.carries(index, trip):
            return False
        trial = self.trial(index, trip, 0)
        if trial is None:
            return False
        self.accept(index, trip, 0, trial)
        return True

    def clear(self) -> tuple[str, ...]:
        """Drop all trips; the parcels that were in them."""
        dropped = tuple(name for trip in self.trips for name in trip.parcels)
        self.trips, self.runs, self.charges, self._prices = [], [], (), []
        return dropped

    def plan(self) -> RobotPlan:
        """The trips as a plan says them, with compartments and what is left in the battery."""
        trips: list[Trip] = []
        left_mwh = self.robot.battery.charge_mwh if self.robot.battery else -1
        for index, (trip, run) in enumerate(zip(self.trips, self.runs, strict=True)):
            node = self.origin(index)[0]
            charge = self.charges[index] if self.charges else None
            if charge is not None:
                trips.append(charge_trip(charge))
                node, left_mwh = charge.run.end_node, charge.left_mwh
            stands = self._closed(trip, last=index == len(self.trips) - 1)
            parcels = [self.draft.jobs[name].parcel for name in trip.parcels]
            free = self.free_compartments(self.staying(index, self.trips))
            levels = []
            for used in self._used_mwh(self.trips, index, node, run):
                left_mwh -= used
                levels.append(left_mwh)
            trips.append(timed_trip(run, stands, compartments_for(parcels, free), levels))
        return RobotPlan(self.robot.id, tuple(trips))
