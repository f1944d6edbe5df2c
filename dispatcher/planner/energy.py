# SPDX-License-Identifier: Apache-2.0
"""Batteries: what trips take from them, and when a robot must charge between its trips.

What must hold: int only, mWh; every leg and every stand is rounded up for itself. A leg takes for
its length and, like a stand, for its time; charging takes nothing for its time, nor does the time
between two trips. No plan made here lets a battery fall below its reserve.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from dispatcher.planner.legs import Legs
from dispatcher.planner.problem import Battery, Charger
from dispatcher.planner.stands import Stand
from dispatcher.planner.timing import Run, run_trip

HOUR_MS: Final = 3_600_000
MM_G_PER_KM_KG: Final = 1_000_000_000


def _up(value: int, by: int) -> int:
    return -(-value // by)


def leg_mwh(battery: Battery, ms: int, mm: int, mass_g: int) -> int:
    """What one leg takes."""
    per_mm = 1000 * battery.per_km_mwh + battery.per_kg_km_mwh * mass_g
    return _up(mm * per_mm, MM_G_PER_KM_KG) + _up(battery.idle_mw * ms, HOUR_MS)


def stand_mwh(battery: Battery, ms: int) -> int:
    """What one stand takes."""
    return _up(battery.idle_mw * ms, HOUR_MS)


def used_mwh(
    battery: Battery, legs: Legs, node: str, run: Run, nodes: Sequence[str], mass_g: int
) -> tuple[int, ...]:
    """What a trip that begins at `node` takes up to each departure since the one before."""
    used, depart_ms = [], run.depart_not_before_ms
    for to, (arrive_ms, _, leave_ms) in zip(nodes, run.times, strict=True):
        mm = legs.at(depart_ms)[node][to][1]
        leg = leg_mwh(battery, arrive_ms - depart_ms, mm, mass_g)
        used.append(leg + stand_mwh(battery, leave_ms - arrive_ms))
        node, depart_ms = to, leave_ms
    return tuple(used)


class Charge(NamedTuple):
    """A stand at a charger, as a trip; `left_mwh` is in the battery after it."""

    run: Run
    charge_mwh: int
    left_mwh: int


class Charging(NamedTuple):
    """How one robot charges: its battery, and what there is to charge at."""

    legs: Legs
    battery: Battery
    chargers: Sequence[Charger]

    def nearest(self, node: str) -> Charger | None:
        """The charger that is reached first; None: there is none."""
        ways = [
            (self.legs.leg(node, one.node)[0], number)
            for number, one in enumerate(self.chargers)
            if one.power_mw > 0 or one.swap_ms > 0
        ]
        near = min((way for way in ways if way[0] >= 0), default=None)
        return self.chargers[near[1]] if near else None

    def charge(
        self, node: str, free_ms: int, left_mwh: int, at: Charger, mass_g: int, full_mwh: int
    ) -> Charge | None:
        """Drive to a charger and charge up to `full_mwh`; None: it cannot be, or need not."""
        battery = self.battery
        way = run_trip(self.legs, node, free_ms, (Stand(at.node, 0, 0),))
        if way is None:
            return None
        ms = way.times[0][0] - way.depart_not_before_ms
        there_mwh = left_mwh - leg_mwh(battery, ms, way.length_mm, mass_g)
        wanted_mwh = (full_mwh if at.power_mw else battery.capacity_mwh) - there_mwh
        if there_mwh < battery.reserve_mwh or wanted_mwh <= 0:
            return None
        span_ms = at.swap_ms
        if at.power_mw:
            span_ms = _up(wanted_mwh * HOUR_MS, at.power_mw)
        begin_ms = way.end_ms
        over_ms = begin_ms + span_ms
        run = way._replace(end_ms=over_ms, times=((begin_ms, begin_ms, over_ms),))
        return Charge(run, wanted_mwh, there_mwh + wanted_mwh)

    def to_charger_mwh(self, node: str, at_ms: int, mass_g: int) -> int:
        """What the way to the nearest charger takes; 0 where there is none."""
        charger = self.nearest(node)
        if charger is None:
            return 0
        leaving = self.legs.leave(node, charger.node, at_ms)
        return leg_mwh(self.battery, leaving.ms, leaving.mm, mass_g) if leaving.ms >= 0 else 0


Drive = Callable[[int, str, int], Run | None]
"""Times the trip of that number from a node and moment on."""


class Chain(NamedTuple):
    """All trips of one robot; `charges` has for each what is charged before it."""

    runs: list[Run]
    charges: tuple[Charge | None, ...]


def chain_of(
    charging: Charging, node: str, free_ms: int, masses_g: Sequence[int], drive: Drive
) -> Chain | None:
    """Drive trips one after the other, charging before each that would take too much; None: one
    of them cannot be driven. `masses_g` has for each trip what is aboard on the way to a charger
    before it."""
    battery = charging.battery
    left_mwh = battery.charge_mwh
    runs: list[Run] = []
    charges: list[Charge | None] = []
    for number in range(len(masses_g)):
        run = drive(number, node, free_ms)
        if run is None:
            return None
        charge = None
        if left_mwh - battery.reserve_mwh < _wanted(charging, masses_g, number, drive, run):
            charge = _charged(charging, (node, free_ms, left_mwh), masses_g, number, drive)
            if charge is not None:
                node, free_ms, left_mwh = charge.run.end_node, charge.run.end_ms, charge.left_mwh
                run = drive(number, node, free_ms)
        if run is None or left_mwh - run.energy_mwh < battery.reserve_mwh:
            return None
        runs.append(run)
        charges.append(charge)
        node, free_ms, left_mwh = run.end_node, run.end_ms, left_mwh - run.energy_mwh
    return Chain(runs, tuple(charges))


def _wanted(
    charging: Charging, masses_g: Sequence[int], number: int, drive: Drive, run: Run
) -> int:
    """What must be in the battery before a trip: enough for it and, if later ones need more than
    that leaves, for the way to a charger after it."""
    if number == len(masses_g) - 1:
        return run.energy_mwh
    rest = _rest_mwh(number + 1, len(masses_g), drive, run.end_node, run.end_ms)
    away = charging.to_charger_mwh(run.end_node, run.end_ms, masses_g[number + 1])
    return run.energy_mwh + min(rest, away)


def _rest_mwh(number: int, count: int, drive: Drive, node: str, free_ms: int) -> int:
    """What the trips from `number` on take."""
    total = 0
    for at in range(number, count):
        run = drive(at, node, free_ms)
        if run is None:
            break
        total += run.energy_mwh
        node, free_ms = run.end_node, run.end_ms
    return total


def _charged(
    charging: Charging,
    before: tuple[str, int, int],
    masses_g: Sequence[int],
    number: int,
    drive: Drive,
) -> Charge | None:
    """Charge what the rest of the trips needs, whether they begin at once or after a full charge
    (who waits less or more uses less or more), at most up to the capacity."""
    (node, free_ms, left_mwh), battery = before, charging.battery
    charger = charging.nearest(node)
    if charger is None:
        return None
    mass_g, count = masses_g[number], len(masses_g)
    full = charging.charge(node, free_ms, left_mwh, charger, mass_g, battery.capacity_mwh)
    if full is None:
        return None
    begin_ms = full.run.times[0][1]
    rest = max(
        _rest_mwh(number, count, drive, charger.node, at_ms)
        for at_ms in (begin_ms, full.run.end_ms)
    )
    enough_mwh = battery.reserve_mwh + rest
    if enough_mwh >= battery.capacity_mwh:
        return full
    some = charging.charge(node, free_ms, left_mwh, charger, mass_g, enough_mwh)
    return some or full
