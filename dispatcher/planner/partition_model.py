# SPDX-License-Identifier: Apache-2.0
"""The CP-SAT model that puts columns onto robots: which trips, on whom, when.

What must hold: it is exact. Robots that differ only in when they are free are one *fleet*: each
trip an optional interval, each robot's time before it is free a fixed one, and at most as many at
once as there are robots. Intervals like that can always be coloured, and a column that is pinned
to a robot is an interval that begins when that robot becomes free, so it gets that robot's colour.
Robots with a limit on trips, range or energy are a fleet each. Only energy is on the safe side.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from ortools.sat.python import cp_model

from dispatcher.planner.columns import ANY_ROBOT, Column, Machine

MS_PER_HOUR: Final = 3_600_000


class Fleet(NamedTuple):
    """Robots that are the same but for when they are free; `alone`: one, with limits to count."""

    machines: tuple[int, ...]
    one: Machine
    alone: bool


class Option(NamedTuple):
    """One way to drive a column: by a fleet, with or without charging what it took after it."""

    column: int
    fleet: int
    literal: cp_model.IntVar
    start: cp_model.IntVar | int
    charges: bool


class PartitionModel:
    """The model over the columns `kept`; see `recombine` for the rest."""

    def __init__(
        self,
        columns: Sequence[Column],
        parcels: Sequence[Sequence[int]],
        skip_costs: Sequence[int],
        machines: Sequence[Machine],
        kept: Sequence[int],
    ) -> None:
        self.model = cp_model.CpModel()
        self._columns, self._parcels, self._machines = columns, parcels, machines
        self._kept = kept
        self._fleets = self._grouped(len(skip_costs))
        self._end_ms = self._last_ms(len(skip_costs))
        self._options: list[Option] = []
        self._by_fleet: list[list[Option]] = [[] for _ in self._fleets]
        for column in kept:
            for number in range(len(self._fleets)):
                self._offer(column, number)
        for number, fleet in enumerate(self._fleets):
            if fleet.one.trips_max == 1:
                self._count(number)
            else:
                self._schedule(number)
            if fleet.alone:
                self._limits(number)
        self._skipped = [self.model.new_bool_var("") for _ in skip_costs]
        self._cover()
        cost = sum(columns[one.column].cost * one.literal for one in self._options)
        skips = zip(skip_costs, self._skipped, strict=True)
        self.model.minimize(cost + sum(price * literal for price, literal in skips))

    def _grouped(self, parcels: int) -> list[Fleet]:
        """Robots by what they have in common; a limit that nothing can reach is none."""
        length_mm = sum(self._columns[c].length_mm for c in self._kept)
        energy_mwh = sum(self._columns[c].energy_mwh for c in self._kept)
        groups: dict[tuple[object, ...], list[int]] = {}
        alone = set()
        for number, one in enumerate(self._machines):
            spare_mwh = one.charge_mwh - one.reserve_mwh
            short = one.capacity_mwh > 0 and energy_mwh > spare_mwh
            key: tuple[object, ...] = (one.end_ms, one.room)
            counted = 1 < one.trips_max < parcels
            if counted or one.range_mm < length_mm or short:
                alone.add(number)
                key = (number,)
            elif one.trips_max == 1:
                key = (one.end_ms, one.room, one.free_ms)
            groups.setdefault((one.trips_max == 1, *key), []).append(number)
        return [
            Fleet(tuple(group), self._machines[group[0]], group[0] in alone)
            for group in groups.values()
        ]

    def _last_ms(self, parcels: int) -> int:
        """No choice of trips, each as early as it can be, ends later."""
        frees = [machine.free_ms for machine in self._machines]
        spans = [self._columns[c].span_ms for c in self._kept]
        most_mwh = max([0, *(self._columns[c].energy_mwh for c in self._kept)])
        charging = [_charging_ms(m, max(m.capacity_mwh, most_mwh)) for m in self._machines]
        begin_ms = max([0, *frees, *(self._columns[c].start_ms for c in self._kept)])
        each_ms = max([0, *spans]) + max([0, *charging])
        return begin_ms + (parcels + 1) * each_ms

    def _offer(self, number: int, fleet_number: int) -> None:
        """The ways in which a fleet may drive a column."""
        column, fleet = self._columns[number], self._fleets[fleet_number]
        if any(need > there for need, there in zip(column.load, fleet.one.room, strict=True)):
            return
        pinned = column.robot != ANY_ROBOT
        if pinned and column.robot not in fleet.machines:
            return
        frees = [self._machines[m].free_ms for m in fleet.machines]
        free_ms = self._machines[column.robot].free_ms if pinned else min(frees)
        first_ms = max(column.start_ms, free_ms)
        last_ms = min(column.latest_start_ms, fleet.one.end_ms - column.span_ms, self._end_ms)
        if first_ms > last_ms or column.length_mm > fleet.one.range_mm:
            return
        for charges in self._charging(column, fleet):
            start: cp_model.IntVar | int = first_ms
            if not pinned and first_ms < last_ms and fleet.one.trips_max != 1:
                start = self.model.new_int_var(first_ms, last_ms, "")
            option = Option(number, fleet_number, self.model.new_bool_var(""), start, charges)
            self._options.append(option)
            self._by_fleet[fleet_number].append(option)

    def _charging(self, column: Column, fleet: Fleet) -> tuple[bool, ...]:
        """Whether a robot must, may or cannot charge what a column takes; empty: it is too much."""
        one = fleet.one
        if not (fleet.alone and one.capacity_mwh and column.energy_mwh):
            return (False,)
        once = one.trips_max == 1
        most_mwh = (one.charge_mwh if once else one.capacity_mwh) - one.reserve_mwh
        if column.energy_mwh > most_mwh:
            return ()
        return (False, True) if one.charge_mw and not once else (False,)

    def _interval(self, option: Option) -> cp_model.IntervalVar:
        column, machine = self._columns[option.column], self._fleets[option.fleet].one
        span_ms = column.span_ms
        if option.charges:
            span_ms += _charging_ms(machine, column.energy_mwh)
        start = option.start
        if column.robot != ANY_ROBOT:  # nothing may come before it
            free_ms = self._machines[column.robot].free_ms
            span_ms += max(column.start_ms, free_ms) - free_ms
            start = free_ms
        return self.model.new_optional_fixed_size_interval_var(start, span_ms, option.literal, "")

    def _count(self, number: int) -> None:
        """Robots with one trip each."""
        options = self._by_fleet[number]
        self.model.add(sum(one.literal for one in options) <= len(self._fleets[number].machines))
        self._pinned_once(options)

    def _pinned_once(self, options: Sequence[Option]) -> None:
        by_robot: dict[int, list[cp_model.IntVar]] = {}
        for one in options:
            robot = self._columns[one.column].robot
            if robot != ANY_ROBOT:
                by_robot.setdefault(robot, []).append(one.literal)
        for literals in by_robot.values():
            self.model.add_at_most_one(literals)

    def _schedule(self, number: int) -> None:
        """No more trips at once than robots; a robot that is not free yet counts as in one."""
        fleet, options = self._fleets[number], self._by_fleet[number]
        intervals = [self._interval(one) for one in options]
        if fleet.alone and fleet.one.capacity_mwh:
            intervals.extend(self._first_charge(fleet.one, number))
        if len(fleet.machines) == 1:
            self.model.add_no_overlap(intervals)
            return
        frees = [self._machines[m].free_ms for m in fleet.machines]
        least_ms = min(frees)
        for free_ms in frees:
            if free_ms > least_ms:
                blocked = self.model.new_fixed_size_interval_var(least_ms, free_ms - least_ms, "")
                intervals.append(blocked)
        self.model.add_cumulative(intervals, [1] * len(intervals), len(frees))
        self._pinned_once(options)

    def _first_charge(self, machine: Machine, number: int) -> list[cp_model.IntervalVar]:
        """A charge to the full before the first trip, if the robot wants one; and the energy."""
        options = [(one, self._columns[one.column]) for one in self._by_fleet[number]]
        spare_mwh = machine.charge_mwh - machine.reserve_mwh
        more_mwh = machine.capacity_mwh - machine.charge_mwh
        literal = self.model.new_bool_var("")
        intervals = []
        if machine.charge_mw and more_mwh > 0 and all(c.robot == ANY_ROBOT for _, c in options):
            charging_ms = _charging_ms(machine, more_mwh)
            intervals.append(
                self.model.new_optional_fixed_size_interval_var(
                    machine.free_ms, charging_ms, literal, ""
                )
            )
        else:
            self.model.add(literal == 0)
        most = max((column.energy_mwh for one, column in options if one.charges), default=0)
        deepest = self.model.new_int_var(0, most, "")
        kept = sum(column.energy_mwh * one.literal for one, column in options if not one.charges)
        for one, column in options:
            if one.charges:
                self.model.add(deepest >= column.energy_mwh).only_enforce_if(one.literal)
        if options:
            self.model.add(kept + deepest <= spare_mwh + more_mwh * literal)
        return intervals

    def _limits(self, number: int) -> None:
        """What one robot may do in all."""
        options, machine = self._by_fleet[number], self._fleets[number].one
        self._pinned_once(options)
        if machine.trips_max:
            self.model.add(sum(one.literal for one in options) <= machine.trips_max)
        lengths = [self._columns[one.column].length_mm * one.literal for one in options]
        if lengths:
            self.model.add(sum(lengths) <= machine.range_mm)

    def _cover(self) -> None:
        """Each parcel in one trip, or skipped."""
        rows: list[list[cp_model.IntVar]] = [[literal] for literal in self._skipped]
        for option in self._options:
            for parcel in self._parcels[option.column]:
                rows[parcel].append(option.literal)
        for literals in rows:
            self.model.add_exactly_one(literals)

    def hint(self, plan: Sequence[Sequence[int]]) -> None:
        """Say which choice is known, and when its trips start."""
        starts = {
            column: start_ms
            for machine, row in zip(self._machines, plan, strict=True)
            for column, start_ms in _starts(machine, self._columns, row)
        }
        driver = {c: m for m, row in enumerate(plan) for c in row}
        served = {parcel for c in driver for parcel in self._parcels[c]}
        for option in self._options:
            robot = driver.get(option.column, ANY_ROBOT)
            mine = robot in self._fleets[option.fleet].machines and not option.charges
            self.model.add_hint(option.literal, mine)
            if not isinstance(option.start, int):
                at_ms = starts[option.column] if mine else self._columns[option.column].start_ms
                self.model.add_hint(option.start, at_ms)
        for parcel, literal in enumerate(self._skipped):
            self.model.add_hint(literal, parcel not in served)

    def chosen(
        self, solver: cp_model.CpSolver, plan: Sequence[Sequence[int]]
    ) -> tuple[tuple[int, ...], ...]:
        """By machine the chosen columns in order, each on the robot that had them where it can."""
        had = {parcel: m for m, row in enumerate(plan) for c in row for parcel in self._parcels[c]}
        trips: list[list[int]] = [[] for _ in self._machines]
        for fleet, options in zip(self._fleets, self._by_fleet, strict=True):
            free = {m: self._machines[m].free_ms for m in fleet.machines}
            picked = [
                (solver.value(one.start), one.column)
                for one in options
                if solver.boolean_value(one.literal)
            ]
            for start_ms, column in sorted(picked, key=self._pinned_first):
                one = self._columns[column]
                open_to = [
                    m for m, ms in free.items() if ms <= start_ms and not self._full(trips[m], m)
                ]
                old = [had[p] for p in self._parcels[column] if had.get(p) in open_to]
                robot = one.robot if one.robot != ANY_ROBOT else (old or open_to)[0]
                trips[robot].append(column)
                free[robot] = start_ms + one.span_ms
        return tuple(tuple(row) for row in trips)

    def _full(self, trips: Sequence[int], machine: int) -> bool:
        most = self._machines[machine].trips_max
        return most > 0 and len(trips) >= most

    def _pinned_first(self, picked: tuple[int, int]) -> tuple[bool, int, int]:
        return (self._columns[picked[1]].robot == ANY_ROBOT, *picked)


def _charging_ms(machine: Machine, energy_mwh: int) -> int:
    """How long it takes to drive to the charger, charge so much, and come back."""
    if not machine.charge_mw:
        return 0
    return machine.charge_detour_ms - (-energy_mwh * MS_PER_HOUR // machine.charge_mw)


def _starts(
    machine: Machine, columns: Sequence[Column], row: Sequence[int]
) -> list[tuple[int, int]]:
    """Each trip of a robot as early as it can be."""
    free_ms = machine.free_ms
    starts = []
    for number in row:
        start_ms = max(free_ms, columns[number].start_ms)
        starts.append((number, start_ms))
        free_ms = start_ms + columns[number].span_ms
    return starts
