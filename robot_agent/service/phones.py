# SPDX-License-Identifier: Apache-2.0
"""The emulated recipients' phones: a person types only what reached theirs.

A message is a line of the codes file, which whoever notifies recipients appends to while this runs.
What must hold: nobody invents a code.
"""

from pathlib import Path

import msgspec

from robot_agent.service.followed_file import FollowedFile

MAX_CODES = 500_000


class CodeLine(msgspec.Struct, frozen=True):
    """One message to a recipient's phone."""

    parcel: str
    version: int
    code: str


class CodeBook:
    """The codes file, read on from where it was left. Without a file nobody has a code."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else FollowedFile(path, CodeLine)
        self._codes: dict[tuple[str, int], str] = {}

    def code(self, parcel: str, version: int) -> str | None:
        """None if it has not come (yet)."""
        key = (parcel, version)
        if key not in self._codes and self._file is not None:
            for line in self._file.new_lines():
                self._codes[line.parcel, line.version] = line.code
            while len(self._codes) > MAX_CODES:
                del self._codes[next(iter(self._codes))]
        return self._codes.get(key)
