# SPDX-License-Identifier: Apache-2.0
"""Reads `orders.csv` of a Rappi day (github.com/sebastian-quintero/mdrp-sim, `instances/N`).

Times there are clock times without a date, so what comes before the placing of the order on the
clock belongs to the day after.
"""

import re
from pathlib import Path

from dispatcher.replay.importers.recorded import DayOrder, RecordedDay, rows_of

FILE = "orders.csv"
COLUMNS = (
    "order_id",
    "placement_time",
    "preparation_time",
    "ready_time",
    "expected_drop_off_time",
)
DAY_S = 24 * 3600
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)")


def read_rappi(folder: Path) -> RecordedDay:
    """The orders of the day in `folder`. Raises DayError."""
    day = RecordedDay(source="rappi")
    seen: set[str] = set()
    for _, cell in rows_of(folder / FILE, COLUMNS, ","):
        day.rows_read += 1
        if cell is None:
            day.drop("wrong number of cells")
            continue
        clocks = {name: _clock_s(cell[name]) for name in COLUMNS[1:]}
        bad = [name for name, clock_s in clocks.items() if clock_s is None]
        if bad:
            day.drop(f"{bad[0]} is no clock time")
        elif not cell["order_id"] or cell["order_id"] in seen:
            day.drop("order_id missing or repeated")
        else:
            seen.add(cell["order_id"])
            _take(day, cell["order_id"], [clock_s or 0 for clock_s in clocks.values()])
    return day


def _take(day: RecordedDay, order_id: str, clocks: list[int]) -> None:
    placed_s, *later = clocks
    preparing_s, ready_s, promised_s = (
        clock_s + DAY_S if clock_s < placed_s else clock_s for clock_s in later
    )
    day.oddities["promised past midnight"] += promised_s >= DAY_S
    day.oddities["preparation later than ready"] += preparing_s > ready_s
    day.keep(DayOrder(order_id, placed_s, ready_s, promised_s))


def _clock_s(text: str) -> int | None:
    match = CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = map(int, match.groups())
    return hours * 3600 + minutes * 60 + seconds
