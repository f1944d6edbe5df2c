# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent, pressed, broken and reset, in any order: the rig checks each step of it."""

import random
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from robot_agent.board.drive_messages import Arm, Disarm, SetCharging, SetSignals, Stop
from robot_agent.board.words import (
    SAFETY_HASH,
    Authority,
    DriveInputs,
    DriveState,
    ResetCause,
    Result,
    StopCause,
)
from robot_agent.vda5050.restarts import RESTARTS
from tests.firmware_stubs.drive_rig import DriveRig

CAUSES = list(RESTARTS)
NEEDS = {"agent": 0, "check": 1, "operator": 2, "person": 3}
WIRES = [
    DriveInputs.E_STOP_CLEAR,
    DriveInputs.BUMPER_CLEAR,
    DriveInputs.LEVEL,
    DriveInputs.DOORS_SHUT,
    DriveInputs.CHARGER_PRESENT,
    DriveInputs.RESET_BUTTON,
]
PINS = {
    "left_ma": [400, 25_000],
    "motor_dc": [300, 950],
    "battery_mv": [25_000, 18_000],
    "charge_permille": [800, 100, 20],
    "battery_dc": [250, 700],
}


class AnyDay:
    """A drive, and everything that may happen to it, in terms of the table of restarts.

    What must hold beside the rig's own checks: it is armed only by an arm command that was done,
    on an authority that the cause asked for; a cause for a person goes only by the reset button.
    """

    def __init__(self, reset_cause: ResetCause, now_ms: int) -> None:
        self.rig = DriveRig(reset_cause=reset_cause, now_ms=now_ms)
        self.rig.pushed = True
        self.rig.step()
        self.seen: Counter[DriveState] = Counter()

    def step(self, times: int = 1, ms: int = 10) -> None:
        for _ in range(times):
            was_on, cause = self.rig.motors_on, self.rig.cause
            pressed = bool(self.rig.inputs & DriveInputs.RESET_BUTTON)
            self.rig.step(ms)
            assert was_on or not self.rig.motors_on, "motors went on without being armed"
            for_person = RESTARTS[CAUSES[cause]].who == "person" and cause != StopCause.VERSION
            if for_person and RESTARTS[CAUSES[self.rig.cause]].who != "person":
                assert pressed, f"{cause.name} went without a person"
            self.seen[self.rig.state] += 1

    def arm(self, authority: int, cause: int | None = None) -> None:
        was_on, present = self.rig.motors_on, self.rig.cause
        result = self.rig.board.command(
            Arm(authority, self.rig.told.stop_cause if cause is None else cause)
        )
        if result == Result.DONE:
            assert not was_on
            assert authority >= NEEDS[RESTARTS[CAUSES[present]].who]
            assert cause in (None, present)
        self.rig.step()
        self.seen[self.rig.state] += 1
        assert result == Result.DONE or was_on or not self.rig.motors_on

    def open(self, is_same_version: bool) -> None:
        self.rig.board.open(safety_hash=SAFETY_HASH ^ (not is_same_version))
        self.step()

    def restart(self, reset_cause: ResetCause) -> None:
        self.rig.restart(reset_cause)
        assert not self.rig.motors_on

    def put_right(self) -> None:
        """Somebody sees to everything."""
        rig = self.rig
        rig.is_stale = False
        rig.held, rig.blind = [], {}
        rig.set(True, *WIRES[:4])
        rig.set(False, *WIRES[4:])
        rig.change(**{name: values[0] for name, values in PINS.items()})
        self.step(times=20)
        rig.set(True, DriveInputs.RESET_BUTTON)
        self.step(times=40)
        rig.set(False, DriveInputs.RESET_BUTTON)
        self.open(True)


class DriveMachine(RuleBasedStateMachine):
    """The same with hypothesis, which makes what fails short."""

    @initialize(
        reset_cause=st.sampled_from(ResetCause), now_ms=st.sampled_from([0, 1_000, 2**32 - 3_000])
    )
    def start(self, reset_cause: ResetCause, now_ms: int) -> None:
        self.day = AnyDay(reset_cause, now_ms)

    @rule(times=st.integers(1, 40), ms=st.integers(1, 10))
    def time_passes(self, times: int, ms: int) -> None:
        self.day.step(times, ms)

    @rule(authority=st.sampled_from(Authority))
    def arm(self, authority: Authority) -> None:
        self.day.arm(authority)

    @rule(authority=st.sampled_from(Authority), cause=st.sampled_from(StopCause))
    def arm_for_some_cause(self, authority: Authority, cause: StopCause) -> None:
        self.day.arm(authority, cause)

    @rule(
        speed=st.integers(-3_000, 3_000), turn=st.integers(-3_000, 3_000), times=st.integers(1, 8)
    )
    def drive(self, speed: int, turn: int, times: int) -> None:
        for _ in range(times):
            self.day.rig.command(speed, turn)
            self.day.step(times=4)

    @rule(message=st.sampled_from([Disarm(), Stop(), SetSignals(1, 0), SetCharging(1)]))
    def command(self, message: Disarm | Stop | SetSignals | SetCharging) -> None:
        self.day.rig.board.send(message)
        self.day.step()

    @rule(is_same_version=st.sampled_from([True, True, True, False]))
    def open(self, is_same_version: bool) -> None:
        self.day.open(is_same_version)

    @rule(wire=st.sampled_from(WIRES), clear=st.booleans())
    def wire(self, wire: DriveInputs, clear: bool) -> None:
        self.day.rig.set(clear, wire)
        self.day.step()

    @rule(is_stale=st.booleans())
    def pins(self, is_stale: bool) -> None:
        self.day.rig.is_stale = is_stale
        self.day.step()

    @rule(name=st.sampled_from(sorted(PINS)), data=st.data())
    def pin(self, name: str, data: st.DataObject) -> None:
        self.day.rig.change(**{name: data.draw(st.sampled_from(PINS[name]))})
        self.day.step(times=2)

    @rule(reset_cause=st.sampled_from(ResetCause))
    def restart(self, reset_cause: ResetCause) -> None:
        self.day.restart(reset_cause)

    @rule(noise=st.binary(max_size=40))
    def noise(self, noise: bytes) -> None:
        self.day.rig.board.send_bytes(noise)
        self.day.step()

    @rule()
    def put_right(self) -> None:
        self.day.put_right()


DriveMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


class TestWhateverHappens(DriveMachine.TestCase):  # type: ignore[misc]
    """Any order of all of it."""


@pytest.mark.parametrize("seed", range(6))
def test_a_long_day_in_which_everything_happens_and_motors_never_run_when_they_must_not(
    seed: int,
) -> None:
    draw = random.Random(seed)
    day = AnyDay(ResetCause.POWER_ON, draw.choice([0, 2**32 - 20_000]))
    day.put_right()
    for _ in range(400):
        happens(day, draw)
    assert set(day.seen) == set(DriveState), f"not all states were seen: {day.seen}"


def happens(day: AnyDay, draw: random.Random) -> None:
    """One thing, mostly driving."""
    what = draw.random()
    if what < 0.5:
        if not day.rig.motors_on:
            day.arm(draw.randrange(3))
        speed, turn = draw.randint(-3_000, 3_000), draw.randint(-3_000, 3_000)
        for _ in range(draw.randrange(12)):
            day.rig.command(speed, turn)
            day.step(times=draw.choice([1, 5, 5, 5, 10]))
    elif what < 0.6:
        day.rig.board.send(draw.choice([Disarm(), Stop()]))
        day.step(times=draw.randrange(1, 200))
    elif what < 0.7:
        day.rig.set(draw.random() < 0.5, draw.choice(WIRES))
        day.step(times=draw.randrange(1, 20))
    elif what < 0.75:
        name = draw.choice(sorted(PINS))
        day.rig.change(**{name: draw.choice(PINS[name])})
        day.step(times=draw.randrange(1, 20))
    elif what < 0.78:
        day.rig.held = [draw.choice(day.rig.wheels)]
        day.step(times=5)
    elif what < 0.82:
        day.open(draw.random() < 0.8)
    elif what < 0.84:
        day.restart(draw.choice(list(ResetCause)))
    elif what < 0.86:
        day.rig.is_stale = not day.rig.is_stale
        day.step(times=3)
    else:
        day.put_right()
