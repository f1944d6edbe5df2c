# SPDX-License-Identifier: Apache-2.0
"""A day as somebody else recorded it: orders with clock times, and what was wrong with the file.

What must hold: every row read is either an order or counted in `dropped` by what is wrong with it;
`oddities` counts what is strange in orders that were kept. Times are seconds after the midnight
that begins the day; they pass 24 h where the day runs on.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

MAX_DAY_ORDERS = 200_000


class DayError(ValueError):
    """A folder or file that holds no such day: one sentence with file and line."""


class DayOrder(msgspec.Struct, frozen=True):
    """One order: when it was placed, lay ready for pick-up, and was promised."""

    id: str
    placed_s: int
    ready_s: int
    promised_s: int


class RecordedDay(msgspec.Struct):
    """The orders of one day, in the order of the file."""

    source: str
    rows_read: int = 0
    orders: list[DayOrder] = []
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    oddities: Counter[str] = msgspec.field(default_factory=Counter)

    def drop(self, why: str) -> None:
        self.dropped[why] += 1

    def keep(self, order: DayOrder) -> None:
        """Takes the order, and counts it as late from the start where no plan can keep it."""
        self.oddities["ready later than promised"] += order.ready_s > order.promised_s
        self.orders.append(order)


def rows_of(
    path: Path, needed: tuple[str, ...], delimiter: str
) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Each row as line number and cells by column; None where the number of cells is wrong.

    Raises DayError where the file cannot be read, is no text, lacks a column or is far too long.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in needed if name not in header]
            if missing:
                raise DayError(f"{path}:1: {missing[0]}: the column is missing")
            for count, cells in enumerate(reader, 1):
                if count > MAX_DAY_ORDERS:
                    raise DayError(f"{path}:{reader.line_num}: more than {MAX_DAY_ORDERS} rows")
                if len(cells) != len(header):
                    yield reader.line_num, None
                else:
                    yield reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))
    except OSError as error:
        raise DayError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DayError(f"{path}: is not UTF-8 text") from None
    except csv.Error as error:
        raise DayError(f"{path}: is no table: {error}") from None
