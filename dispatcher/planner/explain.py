# SPDX-License-Identifier: Apache-2.0
"""Why is a parcel late, or in no trip, and what would have to give?

What must hold: every number comes from putting the parcel in anew (`reinsert`): a robot is blocked
by a rule if the parcel goes in without that rule and not with it, and a remedy has been tried.
Answers come from insertion: planning anew may find what they say cannot be.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

import msgspec

from dispatcher.planner.part import frozen_in, person_ms, places_of, travel_of
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Robot, Travel, fits
from dispatcher.planner.reinsert import Reinsert, latest_ms
from dispatcher.planner.solution import Solution, Trip

WITHOUT_TRIES: Final = 40
"""How many other parcels are taken out for trial, those nearest in time first."""

Clock = Callable[[int], str]


class Block(msgspec.Struct, frozen=True):
    """The rule that keeps one robot from carrying the parcel on time, and in words why."""

    robot: str
    rule: str
    text: str


class Remedy(msgspec.Struct, frozen=True):
    """A change with which the parcel would be on time (`later`: with which that is enough)."""

    kind: str
    robot: str
    amount: int
    text: str


class Explanation(msgspec.Struct, frozen=True):
    """`state` is `on time`, `late` or `unserved`; times are of the person's handover."""

    parcel: str
    state: str
    robot: str
    start_ms: int
    latest_ms: int
    blocks: tuple[Block, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    text: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it in words, one line each."""
        blocks = tuple(f"{one.robot}: {one.text}" for one in self.blocks)
        return (self.text, *blocks, *(f"Would do: {one.text}" for one in self.remedies))


def utc_clock(ms: int) -> str:
    """Hours and minutes of the plan's clock, which is UTC."""
    return f"{ms // 3_600_000 % 24:02d}:{ms // 60_000 % 60:02d}"


def explain(
    problem: Problem,
    plan: Solution,
    parcel_id: str,
    travel: Travel | None = None,
    clock: Clock = utc_clock,
) -> Explanation:
    """What a plan does with a parcel, and where it fails it, what stands against better.

    Raises ValueError for a parcel that is not in the problem, and without any travel times.
    """
    parcel = next((one for one in problem.parcels if one.id == parcel_id), None)
    if parcel is None:
        raise ValueError(f"parcel {parcel_id} is not in the problem")
    return _Explain(problem, travel_of(problem, travel), plan, parcel, clock).answer()


class _Explain:
    def __init__(
        self, problem: Problem, travel: Travel, plan: Solution, parcel: Parcel, clock: Clock
    ) -> None:
        self.problem = problem
        self.parcel = parcel
        self.plan = plan
        self.clock = clock
        self.latest_ms = latest_ms(problem, parcel)
        self.travel = travel

    @cached_property
    def anew(self) -> Reinsert:
        """The plan without the parcel."""
        return Reinsert(self.problem, self.travel, self.plan, self.parcel)

    def answer(self) -> Explanation:
        place = places_of(self.plan).get(self.parcel.id)
        start_ms = person_ms(self.problem, self.parcel, place) if place else -1
        late = place is not None and start_ms > self.latest_ms
        state = "unserved" if place is None else "late" if late else "on time"
        robot = place.robot if place else ""
        text = self._headline(state, robot, start_ms)
        about = (self.parcel.id, state, robot, start_ms, self.latest_ms)
        if any(self.parcel.id in frozen_in(one) for one in self.problem.robots):
            return Explanation(*about, text=f"{text}, in a trip that can no longer be changed")
        if state == "on time":
            return Explanation(*about, text=text)
        blocks = tuple(map(self._block, self.problem.robots))
        remedies = sorted(self._remedies(blocks), key=lambda one: _KINDS.index(one.kind))
        return Explanation(*about, blocks, tuple(remedies), text)

    def _headline(self, state: str, robot: str, start_ms: int) -> str:
        name, until = self.parcel.id, self.clock(self.latest_ms)
        if state == "unserved":
            said = {one.parcel: one.reason for one in self.plan.unserved}.get(name, "")
            return f"{name} is in no trip" + (f" ({said})" if said else "")
        if self.latest_ms >= FOREVER_MS:
            return f"{name} is handed over by {robot} at {self.clock(start_ms)}, at no fixed time"
        if state == "on time":
            return f"{name} is handed over by {robot} at {self.clock(start_ms)}, by {until}"
        late = _span(start_ms - self.latest_ms)
        return f"{name} is handed over by {robot} at {self.clock(start_ms)}, {late} after {until}"

    def _block(self, robot: Robot) -> Block:
        for find in (self._never, self._alone, self._among_others):
            found = find(robot)
            if found is not None:
                return Block(robot.id, *found)
        put = self.anew.put(robot, late_max_ms=0)
        assert put is not None  # _among_others has put it in
        at = self.clock(put.start_ms)
        if put.cost > self.parcel.skip_cost:
            text = f"could at {at}, but that costs {put.cost}, leaving out {self.parcel.skip_cost}"
            return Block(robot.id, "price", text)
        return Block(robot.id, "none", f"could at {at}, for {put.cost} more: plan again")

    def _never(self, robot: Robot) -> tuple[str, str] | None:
        """What the robot is not made for."""
        parcel = self.parcel
        if parcel.aboard and parcel.aboard != robot.id:
            return "aboard", f"the parcel is aboard {parcel.aboard}"
        if parcel.aboard and parcel.compartment not in robot.compartments:
            return "compartment", f"has no compartment {parcel.compartment}, where the parcel is"
        if parcel.size and not parcel.aboard and not self._fitting(robot):
            there = ", ".join(robot.compartments) or "none"
            return "size", f"the parcel is {parcel.size}, its compartments are {there}"
        if parcel.mass_g > robot.mass_limit_g and not parcel.aboard:
            return "mass", f"the parcel has {parcel.mass_g} g, its limit is {robot.mass_limit_g} g"
        return None

    def _alone(self, robot: Robot) -> tuple[str, str] | None:
        """What the robot could not do even if it had nothing else."""
        put = self.anew.put(robot, alone=True)
        if put is not None:
            if not put.late_ms:
                return None
            free, ready = self.clock(robot.free_ms), self.clock(self.parcel.ready_ms)
            since = f"it is free at {free}" + (
                f", the parcel there at {ready}" if self.parcel.ready_ms > robot.free_ms else ""
            )
            return "time", f"even with nothing else comes {_span(put.late_ms)} too late: {since}"
        freer = robot
        for rule, changed, around, text in self._relaxed(robot):
            freer = msgspec.structs.replace(freer, **changed)
            if self.anew.put(freer, alone=True, **around):
                return rule, text
        return "way", "no road leads there and back"

    def _relaxed(self, robot: Robot) -> Iterator[tuple[str, dict[str, Any], dict[str, Any], str]]:
        """Rules to be given up one after the other: of the robot, around it, and in words."""
        end, horizon = self.clock(robot.shift_end_ms), self.clock(self.problem.horizon_ms)
        far = f"can drive {robot.range_mm // 1000} m, which is too little"
        at_any_time: dict[str, Any] = {"horizon_ms": FOREVER_MS}
        yield "battery", {"battery": None}, {}, "the battery is too low for the way there and back"
        yield "range", {"range_mm": 1 << 50}, {}, far
        yield "shift", {"shift_end_ms": FOREVER_MS}, {}, f"its shift ends at {end}"
        yield "horizon", {}, at_any_time, f"not before {horizon}, where plans end"
        at_any_time = {**at_any_time, "closed_too": True}
        yield "opening", {}, at_any_time, "closed there at the time"
        freed = {"frozen": (), "trips_max": 0, "end": ""}
        yield "frozen", freed, at_any_time, "what it has begun, or where it must end, leaves no way"

    def _among_others(self, robot: Robot) -> tuple[str, str] | None:
        """What the robot cannot do because of what else is planned for it."""
        if self.anew.put(robot, late_max_ms=0):
            return None
        stronger = msgspec.structs.replace(robot, mass_limit_g=1 << 40)
        if self.anew.put(stronger, late_max_ms=0):
            return "mass", f"with all else it would pass its limit of {robot.mass_limit_g} g"
        if self.anew.put(_roomier(robot), late_max_ms=0):
            return "compartments", self._taken(robot)
        if robot.trips_max:
            more = msgspec.structs.replace(robot, trips_max=0)
            if self.anew.put(more, late_max_ms=0):
                return "trips", f"has its {robot.trips_max} trips"
        full = robot.battery and msgspec.structs.replace(robot, battery=None, range_mm=1 << 50)
        if full and self.anew.put(full, late_max_ms=0):
            return "battery", "the battery does not last for this as well"
        put = self.anew.put(robot)
        trips = len(self.anew.plan_of(robot.id).plans[0].trips)
        when = f"{_span(put.late_ms)} too late at best" if put else "no time for this"
        return "busy", f"busy with {trips} trips: {when}"

    def _fitting(self, robot: Robot) -> list[str]:
        return [name for name in robot.compartments if fits(self.parcel.size, name)]

    def _taken(self, robot: Robot) -> str:
        """Which compartments the parcel could use, and when they are taken."""
        fitting = self._fitting(robot)
        sizes = " or ".join(dict.fromkeys(name[0] for name in fitting))
        trips = self.anew.plan_of(robot.id).plans[0].trips
        in_time = [trip for trip in trips if trip.depart_not_before_ms <= self.latest_ms] or trips
        names = list(dict.fromkeys(n for trip in in_time for n in _using(trip, fitting)))
        last = self.clock(max((t.visits[-1].depart_ms for t in in_time), default=0))
        text = f"fits only {sizes}; all {len(fitting)} {sizes} taken in trips before {last}"
        return text + (f", by {', '.join(names[:6])}" if names else "")

    def _remedies(self, blocks: tuple[Block, ...]) -> Iterator[Remedy]:
        name = self.parcel.id
        able = [
            robot
            for robot, block in zip(self.problem.robots, blocks, strict=True)
            if block.rule in {"compartments", "mass", "busy", "time", "trips", "battery"}
        ]
        puts = [put for robot in able if (put := self.anew.put(robot)) and put.late_ms]
        if puts:
            put = min(puts, key=lambda one: (one.late_ms, one.cost, one.robot))
            at, late = self.clock(put.start_ms), _span(put.late_ms)
            yield Remedy("later", put.robot, put.late_ms, f"{late} later: {put.robot} at {at}")
        for robot, block in zip(self.problem.robots, blocks, strict=True):
            if block.rule == "compartments":
                size = self.parcel.size or "larger"
                text = f"one more {size} compartment on {robot.id}"
                yield Remedy("compartment", robot.id, 1, text)
                break
        else:
            yield from self._larger(blocks)
        yield from self._without(able)
        for robot in sorted(self.problem.robots, key=lambda one: -len(one.compartments)):
            fresh = self.anew.put_fresh(robot) if not self.parcel.aboard else None
            if fresh is not None:
                at = self.clock(fresh.start_ms)
                yield Remedy(
                    "robot", robot.id, 1, f"one more robot like {robot.id}: {name} at {at}"
                )
                break

    def _larger(self, blocks: tuple[Block, ...]) -> Iterator[Remedy]:
        """Where no robot has a compartment of the size: whether one would help."""
        for robot, block in zip(self.problem.robots, blocks, strict=True):
            if block.rule == "size" and self.anew.put(_roomier(robot), late_max_ms=0):
                text = f"a larger compartment ({self.parcel.size}) on {robot.id}"
                yield Remedy("compartment", robot.id, 1, text)
                return

    def _without(self, able: list[Robot]) -> Iterator[Remedy]:
        """The parcel that stands in the way, if one alone does."""
        places = places_of(self.plan)
        byid = {parcel.id: parcel for parcel in self.problem.parcels}
        tries = sorted(
            (abs(places[name].dropoff_ms - self.latest_ms), robot.id, name, robot)
            for robot in able
            for name in self.anew.carried(robot.id)
            if not byid[name].aboard and name in places and name not in frozen_in(robot)
        )
        for _, _, name, robot in tries[:WITHOUT_TRIES]:
            put = self.anew.put(robot, late_max_ms=0, without=(name,))
            if put is not None:
                text = f"without parcel {name}: {robot.id} at {self.clock(put.start_ms)}"
                yield Remedy("without", robot.id, 1, text)
                return


_KINDS: Final = ("later", "compartment", "without", "robot")


def _roomier(robot: Robot) -> Robot:
    """The same robot with one more compartment, that holds anything, and mass to spare."""
    more = (*robot.compartments, "L+")
    return msgspec.structs.replace(robot, compartments=more, mass_limit_g=1 << 40)


def _using(trip: Trip, compartments: list[str]) -> list[str]:
    return [
        task.parcel
        for visit in trip.visits
        for task in visit.tasks
        if task.compartment in compartments
    ]


def _span(ms: int) -> str:
    """A time span in words, rounded up."""
    if ms < 120_000:
        return f"{-(-ms // 1000)} s"
    return f"{-(-ms // 60_000)} min"
