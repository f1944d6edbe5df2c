# SPDX-License-Identifier: Apache-2.0
"""What changed hands in a plant's world: JSON lines, for whoever compares it with the books.

What must hold: a line is written when it has happened, by nobody but the hands that did it; it
holds no code, only whose codes were typed.
"""

from pathlib import Path
from typing import Literal

import msgspec


class ChangedHands(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing went in or out of one compartment, at wall time `at_ms`.

    `thing`: a name that the plant gave it when it was put in. `parcels`: those whose code was
    typed for it; several where somebody has several under one code. Staff need none.
    """

    at_ms: int
    robot: str
    compartment: str
    put_in: bool
    thing: str
    by: Literal["staff", "person"]
    place: str
    parcels: tuple[str, ...] = ()


class PlantLedger:
    """`path` None: nobody wants to know."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else path.open("ab", buffering=0)
        self._encoder = msgspec.json.Encoder()

    def write(self, what: ChangedHands) -> None:
        """Raises OSError."""
        if self._file is not None:
            self._file.write(self._encoder.encode(what) + b"\n")

    def close(self) -> None:
        """No more is written."""
        if self._file is not None:
            self._file.close()


def read_ledger(path: Path) -> list[ChangedHands]:
    """All of it, oldest first. Raises OSError, msgspec.DecodeError."""
    decoder = msgspec.json.Decoder(ChangedHands)
    return [decoder.decode(line) for line in path.read_bytes().splitlines()]
