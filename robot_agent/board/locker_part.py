# SPDX-License-Identifier: Apache-2.0
"""The locker board as a part of a body: doors, what lies behind them, the keypad.

What must hold: a door is told `shut` only when the board says that it is locked, and what lies in
it before that; a door that was asked for is unlocked as soon as the board lets it, or told not to
open; one that was unlocked when the board fell silent is told unknown, and locked when it is back;
what somebody typed goes to the robot's core once and nowhere else.
"""

from collections.abc import Callable
from pathlib import Path

from robot_agent.board.door_names import DoorNames
from robot_agent.board.door_order import DoorOrder
from robot_agent.board.keypad_part import Keypad
from robot_agent.board.layout import Message
from robot_agent.board.line import BoardLine, draw_nonce
from robot_agent.board.link_fault import LinkFault
from robot_agent.board.link_messages import Event, Hello
from robot_agent.board.locker_messages import ForgiveForced, KeypadEntry, Lock, LockerReport
from robot_agent.board.session import BoardSession, nothing
from robot_agent.board.teller import Teller
from robot_agent.board.words import BoardKind, DoorState, EventKind, Result
from robot_agent.core.events import (
    CodeJudged,
    ContentsSeen,
    DoorChanged,
    OpenDoor,
)
from robot_agent.core.events import DoorState as DoorWord
from robot_agent.core.spec import RobotSpec
from robot_agent.drivers.base import Locker, Tell
from robot_agent.service.notices import say

PART = "locker board"
DOORS_FILE = "board-doors.json"
SPARE = "spare doors"
KEYPAD_FILE = "board-keypad.json"
FORGIVEN_WITHIN_MS = 2_000
DOUBT_MS = 1_000
"""So long it may take to know: a board that has just started looks at its doors, and after a lock
has jammed the other board says whether all are locked."""
OPENED = (DoorState.OPEN, DoorState.FORCED)
UNLOCKED = (DoorState.UNLOCKING, DoorState.CLOSED_UNLOCKED)


class LockerBoard(Locker):
    """`doors_shut`: what the wire to the drive board says; `unique_id`: as the drive board's."""

    def __init__(
        self,
        device: str,
        spec: RobotSpec,
        now_ms: Callable[[], int],
        doors_shut: Callable[[], bool],
        folder: Path,
        unique_id: str = "",
    ) -> None:
        self.session = BoardSession(BoardKind.LOCKER, self, draw_nonce, unique_id)
        self.line = BoardLine(device, self.session, now_ms, self.step)
        self.teller = Teller()
        self.report: LockerReport | None = None
        self._names = spec.compartments
        self._sees_contents = spec.occupancy_sensor
        self._now_ms = now_ms
        self._doors_shut = doors_shut
        self._fault = LinkFault(PART, device, self.session, self.teller)
        self._keypad = Keypad(folder / KEYPAD_FILE, self.session, self.teller)
        self._doors = DoorNames(folder / DOORS_FILE, self._names)
        self._orders: dict[str, DoorOrder] = {}
        self._was_open = dict.fromkeys(self._names, True)
        self._tells_again = dict.fromkeys(self._names, False)
        self._doubted_ms: dict[str, int] = {}
        self._unseen: list[str] = []
        """Doors that were unlocked when the board fell silent."""
        self._forgiving: list[int] = []
        self._forgiving_until_ms = 0

    @property
    def progress(self) -> int:
        return self.line.steps

    async def run(self, tell: Tell) -> None:
        self.teller.tell = tell
        try:
            await self.line.run()
        finally:
            self.teller.tell = lambda _: None

    def open_door(self, order: OpenDoor) -> None:
        if order.compartment not in self._names or self._doors.trouble:
            return
        door, now_ms = self._names.index(order.compartment), self._now_ms()
        self._orders[order.compartment] = DoorOrder(
            door, self.session, now_ms, is_for_staff=order.at_dock
        )
        self.step(now_ms)

    def lock_door(self, compartment: str) -> None:
        if compartment not in self._names:
            return
        self._orders.pop(compartment, None)

        def answered(result: Result | None) -> None:
            # One that was locked all the time is told again: the core waits for the word.
            if result is Result.DONE:
                self._tells_again[compartment] = True

        door = self._names.index(compartment)
        self.session.command(Lock(door), answered, self._now_ms())

    def judged(self, what: CodeJudged) -> None:
        self._keypad.judged(what, self._now_ms())

    def forgive(self, now_ms: int) -> None:
        """A person has looked into the robot: doors that were forced and are shut again are doors
        as others, and each has the name that the configuration gives it."""
        if self._doors.trouble:
            self._doors.accept()
            self._look_at_doors(now_ms)
        self._forgiving = []
        for door, state in enumerate(self._all_states()):
            if state == DoorState.FORCED:
                self._forgive(door, now_ms)

    def is_forgiving(self, now_ms: int) -> bool:
        """Whether one of them is about to lock."""
        states = self._all_states()
        about = [door for door in self._forgiving if door < len(states)]
        return now_ms < self._forgiving_until_ms and any(
            states[door] != DoorState.LOCKED for door in about
        )

    def opened(self, hello: Hello) -> None:
        self.report = None
        for name in self._names:
            self.teller.forget(f"door {name}")
            # What happened meanwhile nobody saw.
            self._was_open[name] = True
        self._keypad.opened(hello)
        now_ms = self._now_ms()
        for name in self._unseen:
            self._tell(name, "unknown")
            self.session.command(Lock(self._names.index(name)), nothing, now_ms)
        self._unseen = []
        for order in self._orders.values():
            order.renew(now_ms)
        if hello.door_count < len(self._names):
            self.teller.fault(
                "doors",
                f"the locker board has {hello.door_count} doors,"
                f" robot.compartments names {len(self._names)}",
            )
        else:
            self.teller.fault("doors", "")
            self._doors.opened(hello.unique_id.hex())

    def closed(self) -> None:
        for name, state in zip(self._names, self._states(), strict=False):
            order = self._orders.get(name)
            if state in UNLOCKED or (order is not None and order.may_be_unlocked):
                # Whoever was let in may open it, and shut it, and be gone when it is seen again.
                self._orders.pop(name, None)
                self._unseen.append(name)
                self._tell(name, "unknown")
        self.report = None
        self._fault.look(False, self._now_ms())

    def heard(self, message: Message, t_ms: int, now_ms: int) -> None:
        del t_ms
        match message:
            case LockerReport():
                self.report = message
                self._look_at_doors(now_ms)
            case KeypadEntry():
                self._keypad.heard(message, now_ms)
            case Event():
                self._say_event(message)

    def step(self, now_ms: int) -> None:
        """What is due by time."""
        if self._fault.look(self.report is not None, now_ms):
            for name in self._names:
                self._tell(name, "unknown")
        if self.report is not None:
            self._look_at_doors(now_ms)

    def _look_at_doors(self, now_ms: int) -> None:
        self.teller.fault("compartments", self._doors.trouble)
        self._look_at_spare_doors(now_ms)
        if self._doors.trouble:
            self._orders.clear()
            for name in self._names:
                self._tell(name, "unknown")
            return
        for name, state in zip(self._names, self._states(), strict=False):
            if state in OPENED:
                self._was_open[name] = True
            order = self._orders.get(name)
            if order is not None and order.look(state, now_ms):
                del self._orders[name]
                if order.has_failed:
                    # It is locked, and did not open: that is what `jammed` says.
                    self._tell(name, "jammed")
                    self.teller.forget(f"door {name}")
                    continue
            word = self._word(name, state, now_ms)
            if word is not None:
                self._tell(name, word)

    def _look_at_spare_doors(self, now_ms: int) -> None:
        """They have no name to be told by, and hold up the robot as others do."""
        wrong = [
            str(door)
            for door, state in enumerate(self._all_states())
            if door >= len(self._names) and state != DoorState.LOCKED
        ]
        if not wrong:
            self._doubted_ms.pop(SPARE, None)
            self.teller.fault(SPARE, "")
        elif self._doubt(SPARE, now_ms) is not None:
            self.teller.fault(
                SPARE,
                f"of the locker board's doors without a compartment not locked: {', '.join(wrong)}:"
                " shut them, then turn the service key on and off",
            )

    def _word(self, name: str, state: int, now_ms: int) -> DoorWord | None:
        """None: it is on its way from one to the other."""
        if state in (DoorState.LOCKED, *OPENED):
            self._doubted_ms.pop(name, None)
        match state:
            case DoorState.LOCKED:
                return "shut"
            case DoorState.OPEN:
                return "open"
            case DoorState.FORCED:
                return "forced"
            case one if one in UNLOCKED:
                return None if self.teller.told(f"door {name}") else self._doubt(name, now_ms)
            case DoorState.JAMMED:
                # The lock would not open, or would not close: the wire of both boards knows.
                return "jammed" if self._doors_shut() else self._doubt(name, now_ms)
            case _:
                return self._doubt(name, now_ms)

    def _doubt(self, name: str, now_ms: int) -> DoorWord | None:
        since_ms = self._doubted_ms.setdefault(name, now_ms)
        return "unknown" if now_ms - since_ms > DOUBT_MS else None

    def _tell(self, name: str, word: DoorWord) -> None:
        told, change = self.teller.told(f"door {name}"), DoorChanged(name, word)
        if told == change and not (word == "shut" and self._tells_again[name]):
            return
        self._tells_again[name] = False
        if word == "shut" and self._was_open[name]:
            self._was_open[name] = False
            if self._sees_contents and self.report is not None:
                door = self._names.index(name)
                occupied = bool(self.report.occupied[door // 8] >> door % 8 & 1)
                self.teller.tell(ContentsSeen(name, occupied))
        self.teller.forget(f"door {name}")
        self.teller.once(f"door {name}", change)

    def _states(self) -> bytes:
        return self._all_states()[: len(self._names)]

    def _all_states(self) -> bytes:
        """Those of spare doors too."""
        hello = self.session.hello
        return self.report.doors[: hello.door_count] if self.report and hello else b""

    def _forgive(self, door: int, now_ms: int) -> None:
        self._forgiving.append(door)
        self._forgiving_until_ms = now_ms + FORGIVEN_WITHIN_MS

        def answered(result: Result | None) -> None:
            # Refused: it is open.
            if result is not Result.DONE:
                self._forgiving = [one for one in self._forgiving if one != door]

        self.session.command(ForgiveForced(door), answered, now_ms)

    def _say_event(self, event: Event) -> None:
        known = event.event_kind in EventKind.__members__.values()
        kind = EventKind(event.event_kind).name if known else f"event {event.event_kind}"
        has_name = event.subject < len(self._names)
        where = f" ({self._names[event.subject]})" if has_name else ""
        say(f"{PART}: {kind.lower().replace('_', ' ')}{where}")
