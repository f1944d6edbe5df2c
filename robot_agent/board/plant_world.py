# SPDX-License-Identifier: Apache-2.0
"""All plants of one process, turn by turn: hear the boards, let time pass, tell them their pins.

Boards are heard once a turn rather than whenever a byte comes: a hundred lines would wake us tens
of thousands of times a second. What must hold: a board hears of its pins well within the 100 ms
after which they are a broken wire, and of a change that matters in the same turn.
"""

import selectors
from collections.abc import Mapping
from dataclasses import dataclass

from robot_agent.board.layout import Message
from robot_agent.board.plant import NO_DRIVE, NO_LOCKER, Plant
from robot_agent.board.plant_line import PlantLine
from robot_agent.board.plant_messages import DrivePinsOut, Inject, LockerPinsOut
from robot_agent.board.plant_phones import People
from robot_agent.board.plant_street import Street

TURN_MS = 10
BUSY_MS = 20
IDLE_MS = 45
PEOPLE_MS = 60
PHONES_MS = 500


@dataclass(slots=True)
class Wired:
    """One robot: its body and the lines of its two boards."""

    plant: Plant
    drive: PlantLine
    locker: PlantLine
    told_drive_ms: int = 0
    told_locker_ms: int = 0
    told_wires: int = -1
    told_sensed: tuple[int, int, int] = (-1, 0, 0)


class World:
    """`turn` is to be called each TURN_MS; now_ms is a clock that only runs forward."""

    def __init__(self, robots: Mapping[str, Wired], street: Street, people: People) -> None:
        self.robots = robots
        self.street = street
        self._people = people
        # Not poll(): asked about a hundred pseudo terminals it takes 4 ms.
        self._ready = selectors.DefaultSelector()
        for wired in robots.values():
            for line in (wired.drive, wired.locker):
                self._ready.register(line.descriptor, selectors.EVENT_READ, (wired, line))
        self._people_ms = self._phones_ms = 0
        self.turns = 0
        self.late_turns = 0
        self._turn_ms = 0
        self.lost: list[str] = []
        """What boards are gone, in words; whoever says it takes it out."""

    def turn(self, now_ms: int, wall_ms: int) -> None:
        """Once around."""
        self.turns += 1
        if self._turn_ms and now_ms - self._turn_ms > IDLE_MS:
            self.late_turns += 1
        self._turn_ms = now_ms
        self._hear(now_ms)
        if now_ms - self._phones_ms >= PHONES_MS:
            self._phones_ms = now_ms
            for message in self._people.new_messages():
                self.street.hear(message, self._people.errand(message.parcel), now_ms)
        if now_ms - self._people_ms >= PEOPLE_MS:
            self._people_ms = now_ms
            for wired in self.robots.values():
                wired.plant.advance(now_ms)
            self.street.advance(now_ms, wall_ms)
        for wired in self.robots.values():
            _tell(wired, now_ms)

    def inject(self, robot: str, board: str, injection: int, now_ms: int) -> None:
        """A fault inside a board. Raises KeyError."""
        wired = self.robots[robot]
        line = {"drive": wired.drive, "locker": wired.locker}[board]
        line.send(Inject(injection), now_ms)

    def _hear(self, now_ms: int) -> None:
        for key, _ in self._ready.select(0):
            wired, line = key.data
            for message in line.receive():
                _heard(wired.plant, message, now_ms)
            if line.is_gone:
                self._lose(wired, line, now_ms)

    def _lose(self, wired: Wired, line: PlantLine, now_ms: int) -> None:
        """A board without power: its outputs are off."""
        board = "drive" if line is wired.drive else "locker"
        self._ready.unregister(line.descriptor)
        line.close()
        if line is wired.drive:
            wired.plant.hear_drive(NO_DRIVE, now_ms)
        else:
            wired.plant.hear_locker(NO_LOCKER, now_ms)
        self.lost.append(f"{wired.plant.spec.name} has lost its {board} board")

    def close(self) -> None:
        """All lines."""
        self._ready.close()
        for wired in self.robots.values():
            for line in (wired.drive, wired.locker):
                if not line.is_gone:
                    line.close()


def _heard(plant: Plant, message: Message, now_ms: int) -> None:
    if isinstance(message, DrivePinsOut):
        plant.hear_drive(message, now_ms)
    elif isinstance(message, LockerPinsOut):
        plant.hear_locker(message, now_ms)


def _tell(wired: Wired, now_ms: int) -> None:
    """Both boards, if it is time or something changed that matters at once."""
    plant = wired.plant
    is_busy = plant.is_busy
    if is_busy:
        plant.advance(now_ms)
    wires, sensed = plant.wires, plant.sensed
    each_ms = BUSY_MS if is_busy else IDLE_MS
    if wires != wired.told_wires or now_ms - wired.told_drive_ms >= each_ms:
        wired.told_wires, wired.told_drive_ms = wires, now_ms
        if not wired.drive.is_gone:
            plant.advance(now_ms)
            wired.drive.send(plant.drive_pins(), now_ms)
    if sensed != wired.told_sensed or now_ms - wired.told_locker_ms >= IDLE_MS:
        wired.told_sensed, wired.told_locker_ms = sensed, now_ms
        if not wired.locker.is_gone:
            wired.locker.send(plant.locker_pins(), now_ms)
