# SPDX-License-Identifier: Apache-2.0
"""What befalls a robot on its own: drifting position, lost localisation, emergency stop, an
obstacle, a dead battery, no radio, a supply that breaks down, a bumper that is hit. Each begins at
a time drawn from the seed and heals at another, but for a broken supply: an operator sees to it.

What must hold: where a robot believes to be and where it is are two things, and the second alone
moves it.
"""

import math

from robot_agent.core.events import Blocked, Posed, SafetyChanged, SetPosition
from robot_agent.emulation import battery, driving, stops
from robot_agent.emulation.draw import between, draw, next_time_ms
from robot_agent.emulation.faults import RATES
from robot_agent.emulation.truth import BodyParams, Drift, TimedEvent, Truth

MISHAP = "mishap"
HEAL = "heal"
DRIFT = "drift"
RADIO = "radio"

LASTS_MS = {
    "gnss": (40_000, 180_000),
    "lost": (15_000, 90_000),
    "estop": (20_000, 180_000),
    "blocked": (10_000, 90_000),
    "flat": (600_000, 1_800_000),
    "shadow": (30_000, 600_000),
    "bump": (60_000, 300_000),
}
DRIFT_MM = (1_000, 6_000)
DRIFT_LOOK_MS = 5_000
RADIO_LOOK_MS = 2_000
SNAP_MM = 2_000
"""Told a position this near, a navigator finds the true one by what it sees."""


def begin_all(seed: int, truth: Truth, params: BodyParams) -> None:
    """Sets the first time of each kind."""
    for kind in RATES:
        _plan(kind, seed, truth, params, truth.now_ms)


def strike(kind: str, seed: int, truth: Truth, params: BodyParams, now_ms: int) -> list[TimedEvent]:
    """It happens now, and will be over later."""
    if kind == "brownout":
        _plan(kind, seed, truth, params, now_ms)
        return stops.stop(kind, truth, params, now_ms)
    lasts_ms = between(draw(seed, params.robot_id, kind, now_ms), *LASTS_MS[kind])
    truth.at(now_ms + lasts_ms, HEAL, kind)
    match kind:
        case "gnss":
            far = between(draw(seed, params.robot_id, "far", now_ms), *DRIFT_MM)
            turn = draw(seed, params.robot_id, "turn", now_ms) % 6_283 / 1000
            aside = (round(far * math.cos(turn)), round(far * math.sin(turn)))
            truth.drift = Drift(*aside, now_ms, now_ms + lasts_ms // 2, now_ms + lasts_ms)
            truth.at(now_ms + DRIFT_LOOK_MS, DRIFT, kind)
            return []
        case "lost":
            truth.localized = False
            return [(now_ms, posed(truth, now_ms))]
        case "estop":
            truth.e_stop = "MANUAL"
            told = driving.brake(truth, params, now_ms, answers=False, forget=False, hard=True)
            return [(now_ms, SafetyChanged("MANUAL", field_violation=False)), *told]
        case "blocked":
            truth.blocked = True
            driving.brake(truth, params, now_ms, answers=False, forget=False, hard=True)
            return [(now_ms, Blocked("an obstacle stands in the way"))]
        case "bump":
            return stops.stop(kind, truth, params, now_ms)
        case "flat":
            truth.energy_mwms = 0
            return [(now_ms, battery.read(truth, params))]
        case _:
            truth.radio_cut = True
            return []


def heal(kind: str, seed: int, truth: Truth, params: BodyParams, now_ms: int) -> list[TimedEvent]:
    """It is over; the next time is drawn."""
    _plan(kind, seed, truth, params, now_ms)
    truth.changed()
    match kind:
        case "gnss":
            truth.drift = None
            return [(now_ms, posed(truth, now_ms))]
        case "lost":
            truth.localized = True
            return [(now_ms, posed(truth, now_ms))]
        case "estop":
            truth.e_stop = "NONE"
            return [(now_ms, SafetyChanged("NONE", field_violation=False))]
        case "blocked":
            truth.blocked = False
            if not truth.held:
                driving.resume(truth, params, now_ms)
            return [(now_ms, Blocked(""))]
        case "bump":
            return stops.press_reset(truth, now_ms)
        case "flat":
            truth.energy_mwms = battery.capacity(params)  # Somebody brought another battery.
            return [(now_ms, battery.read(truth, params))]
        case _:
            truth.radio_cut = False
            return []


def drifts(truth: Truth, now_ms: int) -> list[TimedEvent]:
    """A drifting position is told every few seconds."""
    if truth.drift is None:
        return []
    truth.at(now_ms + DRIFT_LOOK_MS, DRIFT, "gnss")
    return [(now_ms, posed(truth, now_ms))]


def look_for_radio(truth: Truth, params: BodyParams, now_ms: int) -> None:
    """Whether it has driven into a shadow or out of one; looks again while it drives."""
    x_mm, y_mm, _ = driving.pose(truth, now_ms)
    truth.in_shadow = any(
        (x_mm - x) ** 2 + (y_mm - y) ** 2 <= radius * radius for x, y, radius in params.shadows
    )
    truth.drop(RADIO, "")
    if driving.is_moving(truth):
        truth.at(now_ms + RADIO_LOOK_MS, RADIO, "")


def set_position(order: SetPosition, truth: Truth, now_ms: int) -> list[TimedEvent]:
    """Believed where it is about right; a wrong one misleads the navigator."""
    x_mm, y_mm, _ = driving.pose(truth, now_ms)
    aside = (order.x_mm - x_mm, order.y_mm - y_mm)
    near = aside[0] ** 2 + aside[1] ** 2 <= SNAP_MM**2
    truth.offset = (0, 0) if near else aside
    truth.drift, truth.localized = None, True
    truth.changed()
    return [(now_ms, posed(truth, now_ms))]


def posed(truth: Truth, now_ms: int) -> Posed:
    """Where it believes to be."""
    x_mm, y_mm, heading_mrad = driving.pose(truth, now_ms)
    dx_mm, dy_mm = truth.offset
    drift, deviation_mm = truth.drift, None
    if drift is not None:
        grown = _grown_permille(drift, now_ms)
        dx_mm, dy_mm = dx_mm + drift.x_mm * grown // 1000, dy_mm + drift.y_mm * grown // 1000
        deviation_mm = math.isqrt(drift.x_mm**2 + drift.y_mm**2) * grown // 1000
    return Posed(
        x_mm + dx_mm,
        y_mm + dy_mm,
        heading_mrad,
        driving.speed_mm_s(truth, now_ms),
        truth.localized,
        deviation_mm,
    )


def _grown_permille(drift: Drift, now_ms: int) -> int:
    if now_ms <= drift.peak_ms:
        return 1000 * (now_ms - drift.start_ms) // max(1, drift.peak_ms - drift.start_ms)
    return max(0, 1000 * (drift.end_ms - now_ms) // max(1, drift.end_ms - drift.peak_ms))


def _plan(kind: str, seed: int, truth: Truth, params: BodyParams, after_ms: int) -> None:
    rate: int = getattr(params.faults, f"{kind}_rate")
    time_ms = next_time_ms(rate, after_ms, seed, params.robot_id, kind)
    if time_ms is not None:
        truth.at(time_ms, MISHAP, kind)
