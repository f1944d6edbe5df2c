# SPDX-License-Identifier: Apache-2.0
"""Which door of which locker board is which compartment, on the disk.

What must hold: what was put into a compartment is behind the door that had its name then. Where the
names or the board are others than when they were kept, nobody knows what lies where, and no door is
to be opened, until a person has looked into the robot.
"""

from pathlib import Path

import msgspec

from robot_agent.board.kept_file import KeptFile

LOOK = "look what lies where, then turn the service key on and off"


class KeptDoors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Door 0 of the board `unique_id` is the first of `compartments`."""

    unique_id: str
    compartments: tuple[str, ...]


class DoorNames:
    """`names`: what the configuration says now, door 0 first."""

    def __init__(self, file: Path, names: tuple[str, ...]) -> None:
        self.trouble = ""
        """Why no door may be opened; empty: they may."""
        self._names = names
        self._now: KeptDoors | None = None
        self._file = KeptFile(file, KeptDoors)
        self._kept: KeptDoors | None = None
        self._unread = ""
        try:
            self._kept = self._file.read()
        except ValueError as error:
            self._unread = str(error)

    def opened(self, unique_id: str) -> None:
        """This board is there. The first one ever is taken as it is."""
        now = self._now = KeptDoors(unique_id, self._names)
        if self._unread:
            self.trouble = f"{self._unread}: {LOOK}"
        elif self._kept is None:
            self.accept()
        elif self._kept == now:
            self.trouble = ""
        else:
            self.trouble = f"{_said(now)}, but it was {_said(self._kept)}: {LOOK}"

    def accept(self) -> None:
        """A person has looked."""
        if self._now is None:
            return
        try:
            self._file.write(self._now)
        except ValueError as error:
            self.trouble = str(error)
            return
        self._kept, self._unread, self.trouble = self._now, "", ""


def _said(doors: KeptDoors) -> str:
    return f"locker board {doors.unique_id} with the doors {' '.join(doors.compartments)}"
