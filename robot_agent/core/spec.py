# SPDX-License-Identifier: Apache-2.0
"""What a robot is: given once, never changed while it runs."""

import msgspec

from robot_agent.core.events import Ground
from robot_agent.vda5050.actions import NODE_ACTIONS


class RobotSpec(msgspec.Struct, frozen=True, kw_only=True):
    """`compartments` such as S1, M1: the first letter is the size. `robot_keys` are never sent:
    the key in force and, while credentials are rotated, the one before it.

    `node_actions` may be fewer than ours, for a robot that knows no `handover`. `site`: whose order
    ids are `SITE-EPOCH-NUMBER`; empty: the map's id is the site's. `occupancy_sensor`:
    `ContentsSeen` comes before a door is told shut. `visualization_ms` 0: none is sent.
    """

    manufacturer: str
    serial: str
    compartments: tuple[str, ...]
    robot_keys: tuple[bytes, ...]
    ground: Ground
    site: str = ""
    speed_mm_s: int = 3_000
    acceleration_mm_s2: int = 1_000
    deceleration_mm_s2: int = 2_000
    max_load_g: int = 100_000
    width_mm: int = 700
    length_mm: int = 1_200
    height_mm: int = 1_100
    node_actions: tuple[str, ...] = NODE_ACTIONS
    occupancy_sensor: bool = False
    tolerance_mm: int = 500
    min_state_interval_ms: int = 0
    state_period_ms: int = 30_000
    visualization_ms: int = 0
    keypad_lock_ms: int = 60_000

    @property
    def robot_id(self) -> str:
        """MANUFACTURER/SERIAL."""
        return f"{self.manufacturer}/{self.serial}"

    @property
    def map_id(self) -> str:
        """The map it starts with."""
        return self.ground.map_id
