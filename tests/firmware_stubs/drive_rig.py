# SPDX-License-Identifier: Apache-2.0
"""A drive base around the board under test: the plant's wheels, and hands that press and bump.

Every step checks what must hold whatever happens: motors are on only in armed, moving and stopping
and only while all that must be clear is (D3, D4, D13, L3), nothing is faster than the limit (D7),
without power the brake is on (D5), and the wire that lets doors open never says so while it moves.
"""

from typing import Any

from robot_agent.board.drive_messages import BatteryReport, DriveCommand, DriveStateReport
from robot_agent.board.link_messages import Event
from robot_agent.board.plant_messages import DrivePinsIn
from robot_agent.board.plant_wheels import TICKS_PER_M, Chassis, Wheel
from robot_agent.board.words import (
    Authority,
    BoardKind,
    DriveInputs,
    DriveState,
    EventKind,
    ResetCause,
    Result,
    StopCause,
)
from tests.firmware_stubs.boards import CLEAR, DRIVE_PINS, BoardUnderTest

STEP_MS = 10
WRAPS_MS = 2**32
SPEED_LIMIT_MM_S = 1670
TOLERANCE = 1.05
TILT_MS = 100
STANDING_MM_S = 20
STALE_PINS = DrivePinsIn(*([0] * 14))
ON = (DriveState.ARMED, DriveState.MOVING, DriveState.STOPPING)
AT_ONCE = DriveInputs.E_STOP_CLEAR | DriveInputs.BUMPER_CLEAR | DriveInputs.DOORS_SHUT


class DriveRig:
    """A drive board on wheels that has just started.

    `pins` are all its inputs but the ticks, which the wheels make; `held` wheels do not turn,
    `blind` ones turn and are not counted; `is_stale`: its pins cannot be read.
    """

    def __init__(
        self,
        reset_cause: ResetCause = ResetCause.POWER_ON,
        kept: bytes = b"",
        minor: int = 1,
        now_ms: int = 1_000,
        ticks: int = 0,
        has_loader: bool = False,
    ) -> None:
        self.chassis = Chassis(0, 0, 0)
        for wheel in self.wheels:
            wheel.travelled_mm = ticks * 1000 / TICKS_PER_M
        self.pins = DRIVE_PINS
        self.inputs = CLEAR
        self.is_stale = False
        self.held: list[Wheel] = []
        self.blind: dict[int, int] = {}
        self.pushed = False
        self.board = BoardUnderTest(
            BoardKind.DRIVE,
            reset_cause=reset_cause,
            kept=kept,
            minor=minor,
            now_ms=now_ms,
            has_loader=has_loader,
        )
        self.board.plant = lambda board: self._roll()
        self.rolled_ms = self.board.now_ms
        self.tilted_ms = 0
        self.fastest_mm_s = 0.0

    @property
    def wheels(self) -> tuple[Wheel, Wheel]:
        return self.chassis.left, self.chassis.right

    @property
    def out(self) -> Any:
        """What its pins say."""
        return self.board.pins_out

    @property
    def motors_on(self) -> bool:
        return bool(self.out.motors_on)

    @property
    def told(self) -> DriveStateReport:
        """The newest report."""
        return next(one for one in reversed(self.board.heard) if isinstance(one, DriveStateReport))

    @property
    def state(self) -> DriveState:
        return DriveState(self.told.drive_state)

    @property
    def cause(self) -> StopCause:
        return StopCause(self.told.stop_cause)

    @property
    def battery(self) -> BatteryReport:
        """The newest report."""
        return next(one for one in reversed(self.board.heard) if isinstance(one, BatteryReport))

    @property
    def seen_ms(self) -> int:
        """The board's clock in its newest report of its state."""
        frames = reversed(self.board.frames)
        return next(one.t_ms for one in frames if one.type == DriveStateReport.ID)

    def _roll(self) -> None:
        """The wheels go on, as the board's outputs were until now."""
        ms = (self.board.now_ms - self.rolled_ms) % WRAPS_MS
        self.rolled_ms = self.board.now_ms
        if self.out is not None:
            self.chassis.powered = bool(self.out.motors_on)
            self.chassis.braked = not self.out.brake_released
            self.chassis.left.output_permille = self.out.left_permille
            self.chassis.right.output_permille = self.out.right_permille
        for wheel in self.held:
            wheel.output_permille, wheel.speed_mm_s = 0, 0.0
        self.chassis.roll(ms)
        self.fastest_mm_s = max(self.fastest_mm_s, *(abs(one.speed_mm_s) for one in self.wheels))
        self.board.pins_in = STALE_PINS if self.is_stale else self._pins()

    def _pins(self) -> DrivePinsIn:
        left, right = (self.blind.get(at, wheel.ticks) for at, wheel in enumerate(self.wheels))
        values = {name: getattr(self.pins, name) for name in self.pins.__struct_fields__}
        values |= {"left_ticks": left, "right_ticks": right, "inputs": int(self.inputs)}
        return DrivePinsIn(**values)

    def step(self, ms: int = STEP_MS, times: int = 1) -> None:
        """Lets time pass, and checks what must hold after each turn of the loop."""
        for _ in range(times):
            self.board.step(ms)
            level = not self.is_stale and self.inputs & DriveInputs.LEVEL
            self.tilted_ms = 0 if level else self.tilted_ms + ms
            self.check()

    def check(self) -> None:
        out = self.out
        assert out.brake_released == out.motors_on, "D5: brake"
        if not out.motors_on:
            assert out.left_permille == out.right_permille == 0, "motors are off"
        else:
            assert self.state in ON, f"motors are on in {self.state.name}"
            assert not self.is_stale, "motors are on while nothing can be read"
            assert self.inputs & AT_ONCE == AT_ONCE, f"motors are on: {self.inputs!r}"
            assert self.tilted_ms <= TILT_MS, "D13: motors are on while it is tilted"
            assert not out.standing, "the wire says it stands while motors are on"
            assert not out.charge_contactor, "it could drive off from a live charger"
        if out.standing:
            assert all(abs(one.speed_mm_s) <= 2 * STANDING_MM_S for one in self.wheels)
        if not self.pushed:
            assert self.fastest_mm_s <= SPEED_LIMIT_MM_S * TOLERANCE, "D7: speed"

    def set(self, clear: bool, *inputs: DriveInputs) -> None:
        """Moves these inputs."""
        for one in inputs:
            self.inputs = self.inputs | one if clear else self.inputs & ~one

    def change(self, **pins: int) -> None:
        """Other values at other pins."""
        values = {name: getattr(self.pins, name) for name in self.pins.__struct_fields__}
        self.pins = DrivePinsIn(**(values | pins))

    def open(self) -> int:
        return self.board.open()

    def arm(self, authority: Authority, cause: StopCause | None = None) -> Result:
        """For the present cause, or the one given."""
        return self.board.arm(authority, self.cause if cause is None else cause)

    def command(self, speed: int, turn: int = 0, ttl_ms: int = 250, **how: int) -> int:
        """One drive command, now; its sequence."""
        seen_ms = how.pop("seen_ms", self.seen_ms)
        return self.board.send(DriveCommand(speed, turn, ttl_ms, seen_ms), **how)

    def drive(self, speed: int, turn: int = 0, for_ms: int = 1_000) -> None:
        """Commands 20 times a second for so long."""
        for at_ms in range(0, for_ms, STEP_MS):
            if at_ms % 50 == 0:
                self.command(speed, turn)
            self.step()

    def press_reset(self, ms: int = 400) -> None:
        """A person presses the button for so long, and lets it go."""
        self.step()
        self.set(True, DriveInputs.RESET_BUTTON)
        self.step(times=ms // STEP_MS)
        self.set(False, DriveInputs.RESET_BUTTON)
        self.step()

    def off_after_ms(self, limit_ms: int = 2_000, ms: int = STEP_MS) -> int:
        """How long from now until the motors are off."""
        for waited_ms in range(0, limit_ms, ms):
            if not self.motors_on:
                return waited_ms
            self.step(ms)
        raise AssertionError(f"motors are on after {limit_ms} ms")

    def restart(self, reset_cause: ResetCause = ResetCause.WATCHDOG) -> None:
        """The board is reset; the wheels roll on with the brake on."""
        self.board.restart(reset_cause)
        self.rolled_ms = self.board.now_ms
        self.step(times=30)

    def events(self) -> list[tuple[EventKind, int]]:
        """What happened and was not taken yet, with its value."""
        taken: list[Event] = self.board.take_events()
        return [(EventKind(one.event_kind), one.value) for one in taken]


def standing_rig(**how: Any) -> DriveRig:
    """One that has seen its pins, with a session."""
    rig = DriveRig(**how)
    rig.step(times=30)
    rig.open()
    rig.step()
    return rig


def armed_rig(**how: Any) -> DriveRig:
    """One that an operator has released."""
    rig = standing_rig(**how)
    assert rig.arm(Authority.OPERATOR) == Result.DONE
    rig.step()
    assert rig.state == DriveState.ARMED
    return rig


def moving_rig(speed: int = 1_000, turn: int = 0, **how: Any) -> DriveRig:
    """One on its way."""
    rig = armed_rig(**how)
    rig.drive(speed, turn, for_ms=1_500)
    assert rig.state == DriveState.MOVING
    return rig
