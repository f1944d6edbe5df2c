# SPDX-License-Identifier: Apache-2.0
"""The drive base of a plant: two wheels with motors, encoders and a brake, and where they bring it.

The numbers of the machine are those of firmware_stubs/core/limits.h, written once more: a plant
also runs where there are only built boards and no sources, and what a base is made of is told on
the agent's line, not on the plant's. A test compares them. What must hold: without power no motor
has torque, and with the brake on it stands soon.
"""

import math

TICKS_PER_M = 4_000
TRACK_MM = 500
MOTOR_FULL_MM_S = 2_200
SETTLE_MS = 80
"""Time constant of a loaded motor."""
BRAKE_MM_S2 = 3_000
ROLLING_MM_S2 = 300
"""What rolls without motor and brake comes to rest by itself."""
IDLE_MA = 400
MA_PER_MM_S = 8
"""Current grows with how much slower a wheel turns than its motor is driven."""
PIECE_MS = 5
"""Its way is put together of arcs so short."""
_DECAY = tuple(math.exp(-ms / SETTLE_MS) for ms in range(PIECE_MS + 1))


class Wheel:
    """`travelled_mm` counts backwards too."""

    def __init__(self) -> None:
        self.speed_mm_s = 0.0
        self.travelled_mm = 0.0
        self.output_permille = 0

    @property
    def ticks(self) -> int:
        """Of its encoder: 32 bits, wraps."""
        counted = math.floor(self.travelled_mm * TICKS_PER_M / 1000)
        return (counted + 2**31) % 2**32 - 2**31

    def roll(self, ms: int, *, powered: bool, braked: bool) -> float:
        """Turns on for `ms`, at most PIECE_MS; the way in mm."""
        before = self.speed_mm_s
        if powered and not braked:
            drawn_to = self.output_permille * MOTOR_FULL_MM_S / 1000
            lag = before - drawn_to
            left = lag * _DECAY[ms]
            self.speed_mm_s = drawn_to + left
            if not drawn_to and abs(self.speed_mm_s) < 0.5:
                self.speed_mm_s = 0.0
            way_mm = drawn_to * ms / 1000 + (lag - left) * SETTLE_MS / 1000
        else:
            loss = (BRAKE_MM_S2 if braked else ROLLING_MM_S2) * ms / 1000
            self.speed_mm_s = math.copysign(max(0.0, abs(before) - loss), before)
            way_mm = (before + self.speed_mm_s) / 2 * ms / 1000
        self.travelled_mm += way_mm
        return way_mm

    def current_ma(self, powered: bool) -> int:
        """Of its motor."""
        if not powered:
            return 0
        lag = self.output_permille * MOTOR_FULL_MM_S / 1000 - self.speed_mm_s
        return round(IDLE_MA + MA_PER_MM_S * abs(lag))


class Chassis:
    """Where it truly stands: x and y in mm, heading in rad."""

    def __init__(self, x_mm: float, y_mm: float, heading_rad: float) -> None:
        self.x_mm, self.y_mm, self.heading_rad = x_mm, y_mm, heading_rad
        self.left, self.right = Wheel(), Wheel()
        self.powered = False
        self.braked = True

    @property
    def is_moving(self) -> bool:
        """Whether a wheel turns, or is driven."""
        wheels = (self.left, self.right)
        return any(one.speed_mm_s for one in wheels) or (
            self.powered and any(one.output_permille for one in wheels)
        )

    @property
    def speed_mm_s(self) -> float:
        """Forwards."""
        return (self.left.speed_mm_s + self.right.speed_mm_s) / 2

    def roll(self, ms: int) -> float:
        """Rolls on for `ms`; how far, in mm, backwards counted too."""
        way_mm = 0.0
        while ms > 0 and self.is_moving:
            piece_ms = min(ms, PIECE_MS)
            ms -= piece_ms
            left = self.left.roll(piece_ms, powered=self.powered, braked=self.braked)
            right = self.right.roll(piece_ms, powered=self.powered, braked=self.braked)
            turn = (right - left) / TRACK_MM
            ahead = (left + right) / 2
            course = self.heading_rad + turn / 2
            self.x_mm += ahead * math.cos(course)
            self.y_mm += ahead * math.sin(course)
            self.heading_rad = math.remainder(self.heading_rad + turn, 2 * math.pi)
            way_mm += abs(ahead)
        return way_mm
