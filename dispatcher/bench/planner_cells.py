# SPDX-License-Identifier: Apache-2.0
"""The cells of a bench: one run each, and the file that keeps them while the bench runs.

What must hold: a finished cell is in the file before the next one begins, so that an interrupted
bench goes on where it was; a cell of another problem than today's (a changed map, another
generator) is not taken for it.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from dispatcher.planner.problem import Problem

LINES_MAX: Final = 1_000_000
FINGERPRINT_CHARS: Final = 16


class BadCells(ValueError):
    """A file that holds no cells: one sentence with file and line."""


class Key(NamedTuple):
    """What tells a cell. `seconds` 0: the solver's own time."""

    set: str
    instance: str
    solver: str
    seconds: float
    seed: int


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run of one contender, as our judge saw it.

    `cpu_s` is when its last plan was there; `known_*` what its cost is compared with (-1: nothing).
    `fault` says why there is no plan or why it counts for nothing.
    """

    set: str
    instance: str
    solver: str
    seconds: float
    seed: int
    fingerprint: str
    parcels: int
    cpu_s: float = 0.0
    cost: int = -1
    driven: int = -1
    vehicles: int = 0
    unserved: int = 0
    iterations: int = -1
    fault: str = ""
    known_cost: int = -1
    known_vehicles: int = -1

    @property
    def key(self) -> Key:
        """What tells it."""
        return Key(self.set, self.instance, self.solver, self.seconds, self.seed)

    @property
    def feasible(self) -> bool:
        """A plan that breaks no rule and leaves nothing out."""
        return self.cost >= 0 and not self.fault and not self.unserved


def fingerprint_of(problem: Problem) -> str:
    """Tells whether two problems are the same."""
    return sha256(msgspec.msgpack.encode(problem)).hexdigest()[:FINGERPRINT_CHARS]


def read_cells(path: Path) -> dict[Key, Cell]:
    """What a file holds; none where it is not there yet. Raises BadCells."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadCells(f"{path}: cannot be read: {error}") from None
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise BadCells(f"{path}: more than {LINES_MAX} lines")
    return {cell.key: cell for cell in _cells(path, lines, whole=text.endswith("\n"))}


def append_cell(path: Path, cell: Cell) -> None:
    """Raises OSError."""
    with path.open("ab") as file:
        file.write(msgspec.json.encode(cell) + b"\n")


def mend_end(path: Path) -> None:
    """Takes off a line that was cut, so that the next one begins a line. Raises OSError."""
    raw = path.read_bytes() if path.exists() else b""
    if raw and not raw.endswith(b"\n"):
        path.write_bytes(raw[: raw.rfind(b"\n") + 1])


def _cells(path: Path, lines: list[str], *, whole: bool) -> Iterator[Cell]:
    for number, line in enumerate(lines, 1):
        try:
            yield msgspec.json.decode(line, type=Cell)
        except msgspec.MsgspecError as error:
            if number == len(lines) and not whole:
                return  # cut in the middle of a line: that run is done again
            raise BadCells(f"{path}:{number}: not a cell of this bench: {error}") from None
