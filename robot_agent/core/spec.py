# SPDX-License-Identifier: Apache-2.0
"""What a robot is: given once, never changed while it runs."""

import msgspec


class RobotSpec(msgspec.Struct, frozen=True, kw_only=True):
    """`compartments` such as S1, M1: the first letter is the size. `robot_key` is never sent."""

    manufacturer: str
    serial: str
    compartments: tuple[str, ...]
    speed_mm_s: int
    battery_mwh: int
    drive_mwh_per_km: int
    idle_mw: int
    charge_mw: int
    start_node: str
    start_x_mm: int
    start_y_mm: int
    map_id: str
    min_state_interval_ms: int
    robot_key: bytes
    state_period_ms: int = 30_000
    max_load_g: int = 100_000

    @property
    def robot_id(self) -> str:
        """MANUFACTURER/SERIAL."""
        return f"{self.manufacturer}/{self.serial}"
