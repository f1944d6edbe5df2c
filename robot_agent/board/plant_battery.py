# SPDX-License-Identifier: Apache-2.0
"""The battery of a plant: eight cells in a row, drained by idling and driving, filled by a charger.

What must hold: energy goes only where power flows; a fuller battery has more voltage.
"""

from robot_agent.emulated_fleet import CHARGE_MW, DRIVE_MWH_PER_KM, IDLE_MW

CAPACITY_MWH = 1_500_000
EMPTY_MV = 22_000
FULL_MV = 28_000
RESISTANCE_MOHM = 20
HEALTH_PERMILLE = 970
MS_PER_H = 3_600_000
MM_PER_KM = 1_000_000


class Battery:
    """`charging`: the contactor to a charger is closed."""

    def __init__(self, charge_permille: int) -> None:
        self._mwh = CAPACITY_MWH * charge_permille / 1000
        self.charging = False
        self.power_mw = 0.0

    @property
    def charge_permille(self) -> int:
        """Rounded down: what says 1000 is full."""
        return int(self._mwh * 1000 / CAPACITY_MWH)

    @property
    def current_ma(self) -> int:
        """Into it positive."""
        return round(self.power_mw * 1000 / self._open_mv)

    @property
    def voltage_mv(self) -> int:
        """At its poles."""
        return round(self._open_mv + self.current_ma * RESISTANCE_MOHM / 1000)

    def flow(self, ms: int, way_mm: float) -> None:
        """Power flows for `ms`, in which it drives so far."""
        if ms <= 0:
            return
        drives_mwh = DRIVE_MWH_PER_KM * way_mm / MM_PER_KM
        self.power_mw = -IDLE_MW - drives_mwh * MS_PER_H / ms
        if self.charging and self._mwh < CAPACITY_MWH:
            self.power_mw += CHARGE_MW
        filled = self._mwh + self.power_mw * ms / MS_PER_H
        self._mwh = min(max(filled, 0.0), float(CAPACITY_MWH))

    def set_charge(self, permille: int) -> None:
        """Somebody exchanged it for one so full."""
        self._mwh = CAPACITY_MWH * permille / 1000

    @property
    def _open_mv(self) -> float:
        return EMPTY_MV + (FULL_MV - EMPTY_MV) * self._mwh / CAPACITY_MWH
