# SPDX-License-Identifier: Apache-2.0
"""The emulated recipients' phones: a person types only what reached theirs.

A message is a line of the codes file, which whoever notifies recipients appends to while this runs.
What must hold: nobody invents a code.
"""

from pathlib import Path

import msgspec

from robot_agent.service.notices import say_once

MAX_CODES = 500_000
MAX_READ_BYTES = 1 << 24


class CodeLine(msgspec.Struct, frozen=True):
    """One message to a recipient's phone."""

    parcel: str
    version: int
    code: str


class CodeBook:
    """The codes file, read on from where it was left. Without a file nobody has a code."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._offset = 0
        self._codes: dict[tuple[str, int], str] = {}
        self._decoder = msgspec.json.Decoder(CodeLine)

    def code(self, parcel: str, version: int) -> str | None:
        """None if it has not come (yet)."""
        key = (parcel, version)
        if key not in self._codes and self.path is not None:
            self._read_on(self.path)
        return self._codes.get(key)

    def _read_on(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                file.seek(self._offset)
                new = file.read(MAX_READ_BYTES)
        except OSError:
            return
        whole, newline, _ = new.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        for line in whole.splitlines():
            try:
                read = self._decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                say_once(f"{path}: a line is left out: {error}")
                continue
            self._codes[read.parcel, read.version] = read.code
        while len(self._codes) > MAX_CODES:
            del self._codes[next(iter(self._codes))]
