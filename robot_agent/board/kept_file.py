# SPDX-License-Identifier: Apache-2.0
"""A small value of a board's part on the disk, so that it is known over a restart.

Not forced to the disk: that would hold up the wheels. What must hold: whoever reads finds the old
value or the new one, or is told that there is none to be had.
"""

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class KeptFile(Generic[T]):
    """One value of `kind` in `file`."""

    def __init__(self, file: Path, kind: type[T]) -> None:
        self.file = file
        self._kind = kind

    def read(self) -> T | None:
        """None: there never was one. Raises ValueError: it cannot be read, and why."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise ValueError(f"{self.file}: cannot be read ({error})") from None

    def write(self, value: T) -> None:
        """Raises ValueError: it cannot be written, and why."""
        half = self.file.with_suffix(".new")
        try:
            half.write_bytes(msgspec.json.encode(value))
            half.replace(self.file)
        except OSError as error:
            reason = error.strerror or error
            raise ValueError(f"{self.file}: cannot be written ({reason})") from None
