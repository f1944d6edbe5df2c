# SPDX-License-Identifier: Apache-2.0
"""The locker of a plant: bolts that coils move, doors that hands move, what lies behind them, and
the keypad under a thumb.

What must hold: a bolted door does not open without force; something moves in or out only through
an open door; a key is down long enough to be seen, and up as long.
"""

from dataclasses import dataclass

NO_COIL = 255
BOLT_MOVES_MS = 60
"""So long a coil needs current until its bolt has moved."""
KEY_DOWN_MS = 80
KEY_UP_MS = 80
_ALL = (1 << 64) - 1


@dataclass(slots=True)
class Door:
    """`inside`: what lies behind it. A `stuck` bolt moves no more."""

    name: str
    closed: bool = True
    bolted: bool = True
    stuck: bool = False
    inside: str | None = None


class LockerBody:
    """Its doors, in the order of the board's numbers."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.doors = tuple(Door(name) for name in names)
        self.changes = 0
        """Grows whenever a sensor reads something new."""
        self._by_name = {door.name: door for door in self.doors}
        # Which coil has current, since when: (unlock, lock), door numbers.
        self._coils: tuple[int, int] = (NO_COIL, NO_COIL)
        self._coils_since_ms = 0
        self._keys = ""
        self._keys_from_ms = 0

    def __getitem__(self, name: str) -> Door:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    @property
    def coil_on(self) -> bool:
        """Whether a bolt is being moved."""
        return self._coils != (NO_COIL, NO_COIL)

    def set_coils(self, unlock: int, lock: int, now_ms: int) -> None:
        """What the board gives current to, from now on."""
        if (unlock, lock) != self._coils:
            self._coils, self._coils_since_ms = (unlock, lock), now_ms

    def advance(self, now_ms: int) -> None:
        """Moves the bolts whose coils had current for long enough."""
        if not self.coil_on or now_ms - self._coils_since_ms < BOLT_MOVES_MS:
            return
        unlock, lock = self._coils
        if unlock < len(self.doors):
            self._move(self.doors[unlock], bolted=False)
        # The bolt of an open door meets nothing.
        if lock < len(self.doors) and self.doors[lock].closed:
            self._move(self.doors[lock], bolted=True)

    def _move(self, door: Door, *, bolted: bool) -> None:
        if door.bolted != bolted and not door.stuck:
            door.bolted = bolted
            self.changes += 1

    def bits(self, which: str) -> bytes:
        """`closed`, `bolted` or `inside`: a bit each, door 0 lowest. A board may have more doors
        than the robot: their inputs are bridged, closed and bolted for ever."""
        word = 0 if which == "inside" else _ALL - (1 << len(self.doors)) + 1
        for number, door in enumerate(self.doors):
            if getattr(door, which) not in (False, None):
                word |= 1 << number
        return word.to_bytes(8, "little")

    def type(self, keys: str, now_ms: int) -> int:
        """A thumb presses these one after another; when it is done. What it pressed before and had
        not come to is forgotten."""
        self._keys, self._keys_from_ms = keys, now_ms
        return now_ms + len(keys) * (KEY_DOWN_MS + KEY_UP_MS)

    def key(self, now_ms: int) -> int:
        """ASCII of the key that is down; 0: none."""
        number, into_ms = divmod(now_ms - self._keys_from_ms, KEY_DOWN_MS + KEY_UP_MS)
        if number >= len(self._keys):
            self._keys = ""
        if not self._keys or into_ms >= KEY_DOWN_MS:
            return 0
        return ord(self._keys[number])

    @property
    def is_typed_at(self) -> bool:
        """Whether a thumb is at the keypad."""
        return bool(self._keys)
