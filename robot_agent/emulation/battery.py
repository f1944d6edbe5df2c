# SPDX-License-Identifier: Apache-2.0
"""What time, way, load and slope take from the battery, and what a charger gives.

Ints: mWh outside, mW times ms inside. What must hold: charge stays between empty and full; every
`STEP_PERMILLE` are told when they are gone, at the latest `DRIVING_LOOK_MS` later while driving.
"""

from robot_agent.core.events import BatteryRead
from robot_agent.emulation.driving import driven_mm, is_moving, rise_permille
from robot_agent.emulation.truth import BodyParams, Truth

MS_PER_HOUR = 3_600_000
MM_PER_KM = 1_000_000
DRIVING_LOOK_MS = 10_000
STEP_PERMILLE = 10
FULL_PERMILLE = 1_000
LOAD_G = {"S": 600, "M": 3_000, "L": 8_000}
"""What a parcel weighs, by the size of its compartment: nobody tells a robot."""
OTHER_LOAD_G = 1_500
LEAST_SHARE_PCT = 20
"""Downhill a robot still turns its wheels."""
EMPTY_MV = 42_000
SPAN_MV = 12_000


def capacity(params: BodyParams) -> int:
    """Of a full battery, in mW ms."""
    return params.battery_mwh * MS_PER_HOUR


def settle(truth: Truth, params: BodyParams, now_ms: int) -> None:
    """Takes off, or adds, what the time and way since the last call cost."""
    way_mm = driven_mm(truth, now_ms)
    power_mw = (params.charge_mw if truth.charging else 0) - params.idle_mw
    energy = truth.energy_mwms + power_mw * (now_ms - truth.energy_ms)
    if way_mm != truth.paid_mm:
        energy -= _drive_mwh(way_mm - truth.paid_mm, truth, params) * MS_PER_HOUR // 1_000
    truth.energy_mwms = max(0, min(energy, capacity(params)))
    truth.energy_ms, truth.paid_mm = now_ms, way_mm


def permille(truth: Truth, params: BodyParams) -> int:
    """0 to 1000, rounded down."""
    return truth.energy_mwms * FULL_PERMILLE // capacity(params)


def read(truth: Truth, params: BodyParams) -> BatteryRead:
    """What the battery's meter says, as settled last."""
    charge = permille(truth, params)
    truth.told_permille = charge
    voltage_mv = EMPTY_MV + SPAN_MV * charge // FULL_PERMILLE
    return BatteryRead(charge, truth.charging, voltage_mv)


def has_news(truth: Truth, params: BodyParams) -> bool:
    """Whether it is so much more or less than was told last, or just empty or full."""
    charge, told = permille(truth, params), truth.told_permille
    return abs(charge - told) >= STEP_PERMILLE or (charge != told and charge in (0, FULL_PERMILLE))


def due_ms(truth: Truth, params: BodyParams) -> int | None:
    """When to look next; None: nothing changes."""
    if is_moving(truth):
        return truth.energy_ms + DRIVING_LOOK_MS if truth.energy_mwms else None
    power_mw = (params.charge_mw if truth.charging else 0) - params.idle_mw
    told, full = truth.told_permille, capacity(params)
    if power_mw > 0 and told < FULL_PERMILLE:
        goal = -(-full * min(FULL_PERMILLE, told + STEP_PERMILLE) // FULL_PERMILLE)
    elif power_mw < 0 < told:
        goal = (full * (max(0, told - STEP_PERMILLE) + 1) - 1) // FULL_PERMILLE
    else:
        return None
    lacks = (goal - truth.energy_mwms) if power_mw > 0 else (truth.energy_mwms - goal)
    return truth.energy_ms + max(0, -(-lacks // abs(power_mw)))


def loads_g(truth: Truth) -> int:
    """All that lies in the compartments."""
    return sum(
        LOAD_G.get(name[:1], OTHER_LOAD_G)
        for name, compartment in truth.compartments.items()
        if compartment.parcel is not None
    )


def _drive_mwh(way_mm: int, truth: Truth, params: BodyParams) -> int:
    """Thousandths of mWh for so much way on the present piece."""
    mass_g = params.unladen_g + loads_g(truth)
    flat = params.drive_mwh_per_km * way_mm * mass_g // (params.unladen_g * (MM_PER_KM // 1_000))
    # 9.81 J per kg and metre; 3.6 J are a mWh.
    lift = mass_g * way_mm * rise_permille(truth) * 981 // 360_000_000
    return max(flat * LEAST_SHARE_PCT // 100, flat + lift)
