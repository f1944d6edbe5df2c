# SPDX-License-Identifier: Apache-2.0
"""The text of a benchmark file, line by line, and what is said when a line is not as it must be.

What must hold: whatever bytes a file holds, reading it either works or raises `BadFamilyFile` with
one sentence that names the file, the line and the section. All numbers are bounded, so that no sum
over a whole plan can leave 64 bits.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

FILE_BYTES_MAX: Final = 64_000_000
NODES_MAX: Final = 3_000
"""A node more costs a row and a column of two tables; with these it is some 700 MB."""
AMOUNT_MAX: Final = 1_000_000_000
TIME_MAX: Final = 5_000_000
COORDINATE_MAX: Final = 1_000_000

_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?", re.ASCII)
_SHOWN_CHARS: Final = 40


class BadFamilyFile(ValueError):
    """A file that is not of its family: one sentence with file, line and section."""


class Line(NamedTuple):
    """One line that is not blank: its number from 1, and its words."""

    number: int
    words: tuple[str, ...]


class Source:
    """One file, read whole."""

    def __init__(self, path: Path) -> None:
        """Raises BadFamilyFile."""
        self.path = path
        self.text = self._read()
        rows = enumerate(self.text.splitlines(), start=1)
        self.lines = tuple(Line(n, tuple(words)) for n, row in rows if (words := row.split()))
        if not self.lines:
            raise BadFamilyFile(f"{path}: the file is empty")

    def _read(self) -> str:
        try:
            with self.path.open("rb") as file:
                raw = file.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            raise BadFamilyFile(f"{self.path}: {error.strerror}") from None
        if len(raw) > FILE_BYTES_MAX:
            raise BadFamilyFile(f"{self.path}: more than {FILE_BYTES_MAX:,} bytes")
        if b"\0" in raw:
            raise BadFamilyFile(f"{self.path}: not a UTF-8 text file: it holds zero bytes")
        # Names in old files are in all sorts of encodings; where a number stands, it is a fault.
        return raw.decode("utf-8-sig", errors="replace")

    def fault(self, line: Line | None, section: str, said: str) -> BadFamilyFile:
        """What to raise; without a line, the end of the file is where it is wrong."""
        where = f"line {line.number}" if line else "at its end"
        return BadFamilyFile(f"{self.path}: {where}, {section}: {said}")

    def row(self, line: Line, section: str, fields: tuple[str, ...]) -> None:
        """Raises BadFamilyFile where a line has not one word for each field."""
        if len(line.words) != len(fields):
            said = f"{len(line.words)} values where there must be {len(fields)}"
            raise self.fault(line, section, f"{said} ({', '.join(fields)})")

    def number(self, line: Line, section: str, field: str, word: str, most: float) -> float:
        """A number of at most `most`, of either sign."""
        if not _NUMBER.fullmatch(word):
            raise self.fault(line, section, f"{field} is {_short(word)}, not a number")
        value = float(word)
        if abs(value) > most:
            raise self.fault(line, section, f"{field} is {word}, allowed: up to {most:,}")
        return value

    def amount(
        self, line: Line, section: str, field: str, word: str, most: int = AMOUNT_MAX
    ) -> int:
        """A whole number from 0 to `most`."""
        value = self.whole(line, section, field, word, most)
        if value < 0:
            raise self.fault(line, section, f"{field} is {word}, it must not be negative")
        return value

    def whole(self, line: Line, section: str, field: str, word: str, most: int = AMOUNT_MAX) -> int:
        """A whole number of either sign; `10.0` is one."""
        value = self.number(line, section, field, word, most)
        if not value.is_integer():
            raise self.fault(line, section, f"{field} is {word}, it must be a whole number")
        return int(value)


def _short(word: str) -> str:
    return repr(word if len(word) <= _SHOWN_CHARS else word[: _SHOWN_CHARS - 3] + "...")
