# SPDX-License-Identifier: Apache-2.0
"""The physics of one robot around its two boards: what their pins read, and what they bring about.

Pure: time comes in, in ms, and never runs backwards. What must hold: it knows nothing of agent,
orders or codes; a board that is gone has no outputs, and a cut wire reads 0. Nothing of it outlives
its process: to kill a plant is to cut the power of its world, after which robots stand where they
are put and boards start anew.
"""

import math
from collections.abc import Collection, Sequence

import msgspec

from robot_agent.board.plant_battery import HEALTH_PERMILLE, Battery
from robot_agent.board.plant_doors import NO_COIL, LockerBody
from robot_agent.board.plant_messages import (
    DrivePinsIn,
    DrivePinsOut,
    LockerPinsIn,
    LockerPinsOut,
)
from robot_agent.board.plant_wheels import Chassis
from robot_agent.board.words import DriveInputs

NOTHING_AHEAD_MM = 65_535
CHARGER_MM = 1_500
"""So near to it the contacts of a charger are met."""
MOTOR_DC = 350
BATTERY_DC = 250
STANDS_MM_S = 1.0

NO_DRIVE = DrivePinsOut(0, 0, 0, 0, 0, 0, 0, 0)
"""What comes from a drive board that is not there: motors without current, brake on."""
NO_LOCKER = LockerPinsOut(NO_COIL, NO_COIL, 0, 0)

SWITCHES = {
    "e_stop": DriveInputs.E_STOP_CLEAR,
    "bumper": DriveInputs.BUMPER_CLEAR,
    "tilt": DriveInputs.LEVEL,
    "obstacle_sensor": DriveInputs.OBSTACLE_SENSOR_OK,
    "reset_button": DriveInputs.RESET_BUTTON,
    "service_key": DriveInputs.SERVICE_KEY,
}
"""What a hand can press: the e-stop, the bumper, the robot itself (it tilts), the eyes of its
obstacle sensor (covered), the reset button, the service key (turned)."""
READS_0_PRESSED = ("e_stop", "bumper", "tilt", "obstacle_sensor")
DOORS_SHUT = int(DriveInputs.DOORS_SHUT)
CHARGER_PRESENT = int(DriveInputs.CHARGER_PRESENT)


class PlantSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One robot as it is put down; `chargers`: where they are, x and y in mm."""

    name: str
    compartments: tuple[str, ...]
    x_mm: float
    y_mm: float
    heading_rad: float = 0.0
    charge_permille: int = 900
    chargers: tuple[tuple[int, int], ...] = ()


class Plant:
    """One robot's body and what people do to it."""

    def __init__(self, spec: PlantSpec, now_ms: int) -> None:
        self.spec = spec
        self.chassis = Chassis(spec.x_mm, spec.y_mm, spec.heading_rad)
        self.battery = Battery(spec.charge_permille)
        self.locker = LockerBody(spec.compartments)
        self.driven_mm = 0.0
        self.obstacle_mm = NOTHING_AHEAD_MM
        self._now_ms = now_ms
        self._drive = NO_DRIVE
        self._board = NO_LOCKER
        # What is pressed, until when; None: until it is released.
        self._pressed: dict[str, int | None] = {}
        self._switches = _reading(self._pressed)
        self._meets_charger = self._is_at_charger()

    def hear_drive(self, pins: DrivePinsOut, now_ms: int) -> None:
        """The drive board's outputs, from now on."""
        self.advance(now_ms)
        self._drive = pins
        chassis = self.chassis
        chassis.powered = bool(pins.motors_on)
        chassis.braked = not pins.brake_released
        chassis.left.output_permille = pins.left_permille
        chassis.right.output_permille = pins.right_permille

    def hear_locker(self, pins: LockerPinsOut, now_ms: int) -> None:
        """The locker board's outputs, from now on."""
        self.advance(now_ms)
        self._board = pins
        self.locker.set_coils(pins.unlock_coil, pins.lock_coil, now_ms)

    def advance(self, now_ms: int) -> None:
        """All that moves by itself until now."""
        passed_ms = now_ms - self._now_ms
        if passed_ms <= 0:
            return
        self._now_ms = now_ms
        way_mm = 0.0
        if self.chassis.is_moving:
            way_mm = self.chassis.roll(passed_ms)
            self.driven_mm += way_mm
            self._meets_charger = self._is_at_charger()
        self.battery.charging = bool(self._drive.charge_contactor) and self._meets_charger
        self.battery.flow(passed_ms, way_mm)
        self.locker.advance(now_ms)
        ended = [
            one for one, until in self._pressed.items() if until is not None and until <= now_ms
        ]
        for switch in ended:
            self._let_go(switch)

    @property
    def is_busy(self) -> bool:
        """Whether its pins are worth reading often: something moves, or is about to."""
        locker = self.locker
        return self.chassis.is_moving or locker.coil_on or locker.is_typed_at

    @property
    def stands(self) -> bool:
        """As a person sees it."""
        wheels = (self.chassis.left, self.chassis.right)
        return all(abs(one.speed_mm_s) < STANDS_MM_S for one in wheels)

    @property
    def motors_on(self) -> bool:
        """Whether the drive board lets current into the motors."""
        return bool(self._drive.motors_on)

    @property
    def alarm(self) -> bool:
        """Whether the locker makes a noise."""
        return bool(self._board.alarm)

    def _is_at_charger(self) -> bool:
        return self.stands and self.is_near(self.spec.chargers, CHARGER_MM)

    def is_near(self, spots: Sequence[tuple[int, int]], reach_mm: int) -> bool:
        """Whether one of these is no farther."""
        here = self.chassis
        return any(math.hypot(x - here.x_mm, y - here.y_mm) <= reach_mm for x, y in spots)

    def drive_pins(self) -> DrivePinsIn:
        """What the drive board's inputs read."""
        chassis, battery = self.chassis, self.battery
        return DrivePinsIn(
            left_ticks=chassis.left.ticks,
            right_ticks=chassis.right.ticks,
            inputs=self.wires,
            left_ma=chassis.left.current_ma(chassis.powered),
            right_ma=chassis.right.current_ma(chassis.powered),
            motor_dc=MOTOR_DC,
            battery_mv=battery.voltage_mv,
            battery_ma=battery.current_ma,
            charge_permille=battery.charge_permille,
            health_permille=HEALTH_PERMILLE,
            battery_dc=BATTERY_DC,
            free_ahead_mm=self.obstacle_mm,
            sampled_ms=self._now_ms & 0xFFFF_FFFF,
            is_read=1,
        )

    def locker_pins(self) -> LockerPinsIn:
        """What the locker board's inputs read."""
        locker = self.locker
        return LockerPinsIn(
            closed=locker.bits("closed"),
            latched=locker.bits("bolted"),
            occupied=locker.bits("inside"),
            key=locker.key(self._now_ms),
            standing=self._drive.standing,
        )

    @property
    def wires(self) -> int:
        """The drive board's inputs as they read now."""
        shut = DOORS_SHUT if self._board.doors_shut else 0
        contact = CHARGER_PRESENT if self._meets_charger else 0
        return self._switches | shut | contact

    @property
    def sensed(self) -> tuple[int, int, int]:
        """Changes whenever the locker board's inputs do."""
        return self.locker.changes, self.locker.key(self._now_ms), self._drive.standing

    def press(self, switch: str, now_ms: int, for_ms: int | None = None) -> None:
        """A hand on one of SWITCHES, for so long or until it is released. Raises KeyError."""
        SWITCHES[switch]
        self.advance(now_ms)
        self._pressed[switch] = None if for_ms is None else now_ms + for_ms
        self._switches = _reading(self._pressed)

    def release(self, switch: str, now_ms: int) -> None:
        """The hand is taken away. Raises KeyError for what is none of SWITCHES."""
        SWITCHES[switch]
        self.advance(now_ms)
        self._let_go(switch)

    def _let_go(self, switch: str) -> None:
        self._pressed.pop(switch, None)
        self._switches = _reading(self._pressed)

    def open_door(self, name: str) -> bool:
        """A hand pulls at a door; whether it opens."""
        door = self.locker[name]
        if door.closed and not door.bolted:
            door.closed = False
            self.locker.changes += 1
            return True
        return False

    def force_door(self, name: str) -> None:
        """A crowbar opens a door."""
        door = self.locker[name]
        door.closed = door.bolted = False
        self.locker.changes += 1

    def shut_door(self, name: str) -> None:
        """A hand shuts a door."""
        self.locker[name].closed = True
        self.locker.changes += 1

    def put_in(self, name: str, thing: str) -> bool:
        """Through an open door into an empty compartment; whether it was done."""
        door = self.locker[name]
        if door.closed or door.inside is not None:
            return False
        door.inside = thing
        self.locker.changes += 1
        return True

    def take_out(self, name: str) -> str | None:
        """Through an open door: what lay there, if anything did."""
        door = self.locker[name]
        if door.closed:
            return None
        thing, door.inside = door.inside, None
        self.locker.changes += 1
        return thing

    def carry_to(self, x_mm: float, y_mm: float, heading_rad: float) -> None:
        """People lift it and put it down elsewhere: its wheels know nothing of it."""
        chassis = self.chassis
        chassis.x_mm, chassis.y_mm, chassis.heading_rad = x_mm, y_mm, heading_rad
        self._meets_charger = self._is_at_charger()


def _reading(pressed: Collection[str]) -> int:
    bits = (bit for one, bit in SWITCHES.items() if (one in pressed) != (one in READS_0_PRESSED))
    return sum(int(bit) for bit in bits)
