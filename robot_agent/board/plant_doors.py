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


@dataclass(slots=True)
class Door:
    """`inside`: what lies behind it. A `stuck` bolt moves no more."""

    name: str
    closed: bool = True
    bolted: bool = True
    stuck: bool = False
    inside: str | None = None
    unbolted_ms: int = 0


class LockerBody:
    """Its doors, in the order of the board's numbers."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.doors = tuple(Door(name) for name in names)
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

    def advance(self, now_ms: int) -> bool:
        """Moves bolts; whether one moved."""
        if not self.coil_on or now_ms - self._coils_since_ms < BOLT_MOVES_MS:
            return False
        unlock, lock = self._coils
        moved = False
        if unlock < len(self.doors) and self._may_move(unlock) and self.doors[unlock].bolted:
            self.doors[unlock].bolted, moved = False, True
            self.doors[unlock].unbolted_ms = now_ms
        if lock < len(self.doors) and self._may_move(lock):
            door = self.doors[lock]
            if door.closed and not door.bolted:  # The bolt of an open door meets nothing.
                door.bolted, moved = True, True
        return moved

    def _may_move(self, number: int) -> bool:
        return not self.doors[number].stuck

    def bits(self, which: str) -> bytes:
        """`closed`, `bolted` or `inside`: a bit each, door 0 lowest."""
        word = sum(
            1 << number
            for number, door in enumerate(self.doors)
            if getattr(door, which) not in (False, None)
        )
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
