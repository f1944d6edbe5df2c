# SPDX-License-Identifier: Apache-2.0
"""A locker around the board under test: bolts that its coils move, doors that hands move.

Every step checks what must hold whatever happens: one coil at a time, no pulse longer than 500 ms
and as much rest as it asks for (L1), no unlocking coil while the robot does not stand (L3), and
doors that count as shut are closed and bolted (L3).
"""

from dataclasses import dataclass, field
from typing import Any

from robot_agent.board.codec import Frame, encode_frame
from robot_agent.board.link_messages import Event
from robot_agent.board.locker_messages import KeypadEntry, LockerReport, Unlock
from robot_agent.board.plant_messages import LockerPinsIn
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    BoardKind,
    DoorState,
    EventKind,
    ResetCause,
    Result,
)
from tests.firmware_stubs.boards import BoardUnderTest

NO_DOOR = 255
LONGEST_PULSE_MS = 500
REST_FACTOR = 9
DEBOUNCE_MS = 30
STEP_MS = 10
HOLD_MS = 8_000


@dataclass
class Door:
    """One door's mechanics. `stuck`: its bolt moves no more; a coil needs `moves_ms` to move it."""

    closed: bool = True
    bolted: bool = True
    stuck: bool = False
    moves_ms: int = 60


@dataclass
class Pulse:
    """A coil that had current, in the board's time."""

    door: int
    unlocks: bool
    lasted_ms: int = 0
    ended_ms: int = 0


@dataclass
class Watch:
    """What the board's outputs were, and whether they may be so."""

    pulse: Pulse | None = None
    pulses: list[Pulse] = field(default_factory=list)
    open_ms: int = 0  # so long since all doors were last closed and bolted

    def look(self, out: Any, pins: LockerPinsIn, count: int, clock_ms: int, ms: int) -> None:
        assert NO_DOOR in (out.unlock_coil, out.lock_coil), "L1: two coils have current"
        assert not (out.unlock_coil != NO_DOOR and not pins.standing), "L3: unlocks while moving"
        self._look_at_coil(out, clock_ms, ms)
        every = (1 << count) - 1
        bits = int.from_bytes(pins.closed, "little") & int.from_bytes(pins.latched, "little")
        self.open_ms = 0 if bits & every == every else self.open_ms + ms
        believed_ms = DEBOUNCE_MS + STEP_MS
        assert not out.doors_shut or self.open_ms <= believed_ms, "L3: says shut and is not"

    def _look_at_coil(self, out: Any, clock_ms: int, ms: int) -> None:
        door = min(out.unlock_coil, out.lock_coil)
        if self.pulse is not None:
            self.pulse.lasted_ms += ms
            assert self.pulse.lasted_ms <= LONGEST_PULSE_MS, "L1: too long a pulse"
            if (self.pulse.door, self.pulse.unlocks) != (door, out.unlock_coil == door):
                self.pulse.ended_ms = clock_ms
                self.pulse = None
        if door != NO_DOOR and self.pulse is None:
            before = [one for one in self.pulses if one.door == door][-1:]
            for one in before:
                rested_ms = clock_ms - one.ended_ms
                assert rested_ms >= REST_FACTOR * one.lasted_ms, "L1: no rest"
            self.pulse = Pulse(door, out.unlock_coil == door)
            self.pulses.append(self.pulse)


class LockerRig:
    """The board, its doors, and an agent that has opened a session and takes every event."""

    def __init__(self, doors: int = 4, *, opens: bool = True, settles: bool = True, **board: Any):
        self.doors = [Door() for _ in range(doors)]
        self.standing = True
        self.key = ""
        self.occupied: set[int] = set()
        self.cut = False  # all cables are out
        self.watch = Watch()
        self.clock_ms = 0  # does not wrap
        self.board = BoardUnderTest(BoardKind.LOCKER, door_count=doors, **board)
        self.board.pins_in = self.pins()
        self.events: list[Event] = []
        if opens:
            self.board.open()
        if settles:
            self.step(times=5)

    def pins(self) -> LockerPinsIn:
        """What the wires read."""

        def bits(which: str) -> bytes:
            word = sum(1 << n for n, one in enumerate(self.doors) if getattr(one, which))
            return word.to_bytes(8, "little")

        if self.cut:
            return LockerPinsIn(bytes(8), bytes(8), bytes(8), 0, 0)
        key = ord(self.key) if self.key else 0
        occupied = sum(1 << number for number in self.occupied).to_bytes(8, "little")
        return LockerPinsIn(bits("closed"), bits("bolted"), occupied, key, int(self.standing))

    def step(self, ms: int = STEP_MS, times: int = 1) -> Any:
        """Time passes; what the board's outputs say then."""
        out: Any = None
        for _ in range(times):
            self.move_bolt()
            pins = self.pins()
            self.board.pins_in = pins
            self.clock_ms += ms
            out = self.board.step(ms)
            self.watch.look(out, pins, len(self.doors), self.clock_ms, ms)
            self.events += self.board.take_events()
        return out

    def wait(self, ms: int) -> Any:
        """So much time passes, in turns of 10 ms."""
        return self.step(times=ms // STEP_MS)

    def move_bolt(self) -> None:
        """The bolt whose coil has had current for long enough."""
        pulse = self.watch.pulse
        if pulse is None:
            return
        door = self.doors[pulse.door]
        if not door.stuck and pulse.lasted_ms + STEP_MS >= door.moves_ms:
            # The bolt of an open door meets nothing.
            door.bolted = not pulse.unlocks and (door.closed or door.bolted)

    def restart(self, cause: ResetCause = ResetCause.WATCHDOG, *, opens: bool = True) -> None:
        """A reset: what the coils do ends, what was kept stays."""
        self.watch = Watch()
        self.board.restart(cause)
        if opens:
            self.board.open()

    @property
    def kept(self) -> bytes:
        return self.board.kept()

    def unlock(self, door: int, hold_ms: int = HOLD_MS) -> Result:
        """The agent's command; what became of it."""
        return self.board.command(Unlock(door, hold_ms))

    def send_payload(self, kind: int, payload: bytes) -> Result:
        """A command whose payload is what no agent would write; what became of it."""
        board = self.board
        board.sequence += 1
        frame = Frame(kind, PROTOCOL_MAJOR, board.session, board.sequence, 0, payload)
        board.send_bytes(encode_frame(frame))
        return board.answers(board.sequence)[-1]

    def open_door(self, door: int) -> None:
        """Unlocks it, and a hand opens it."""
        assert self.unlock(door) == Result.DONE
        self.until(door, DoorState.CLOSED_UNLOCKED)
        self.doors[door].closed = False
        self.until(door, DoorState.OPEN)

    def until(self, door: int, state: DoorState, within_ms: int = 20_000) -> int:
        """Waits until the board says that; how long that took."""
        for waited_ms in range(0, within_ms, STEP_MS):
            if self.state(door) == state:
                return waited_ms
            self.step()
        raise AssertionError(f"door {door} is {self.state(door).name}, never {state.name}")

    def report(self) -> LockerReport:
        return self.board.last(LockerReport)

    def state(self, door: int) -> DoorState:
        """As last reported."""
        return DoorState(self.report().doors[door])

    def told(self, kind: EventKind) -> list[tuple[int, int]]:
        """The events of this kind: door, value."""
        return [(one.subject, one.value) for one in self.events if one.event_kind == kind]

    def press(self, keys: str) -> None:
        """A thumb: each key is down, and up again, for 60 ms."""
        for key in keys:
            self.key = key
            self.wait(60)
            self.key = ""
            self.wait(60)

    def entries(self) -> list[KeypadEntry]:
        """Each entry that was heard, once."""
        found: list[KeypadEntry] = []
        for one in self.board.all(KeypadEntry):
            if one not in found:
                found.append(one)
        return found
