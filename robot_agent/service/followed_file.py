# SPDX-License-Identifier: Apache-2.0
"""A file of JSON lines that somebody else appends to, read on from where it was left.

What must hold: a line that is not whole yet is left for later; one that is none of ours is left
out, and said once.
"""

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from robot_agent.service.notices import say_once

MAX_READ_BYTES = 1 << 24

Line = TypeVar("Line", bound=msgspec.Struct)


class FollowedFile(Generic[Line]):
    """Its lines are of one struct."""

    def __init__(self, path: Path, kind: type[Line]) -> None:
        self.path = path
        self._offset = 0
        self._decoder = msgspec.json.Decoder(kind)

    def new_lines(self) -> list[Line]:
        """What has come since the last time; nothing while there is no such file."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                new = file.read(MAX_READ_BYTES)
        except OSError:
            return []
        whole, newline, _ = new.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        read = []
        for line in whole.splitlines():
            try:
                read.append(self._decoder.decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                say_once(f"{self.path}: a line is left out: {error}")
        return read
