# SPDX-License-Identifier: Apache-2.0
"""Reads `orders.txt` of a Grubhub day (github.com/grubhub/mdrplib, `public_instances/NAME`).

Times are whole minutes after midnight. A due time is not recorded: the promise is the placing plus
the day's target from click to door.
"""

from pathlib import Path

from dispatcher.replay.importers.recorded import DayError, DayOrder, RecordedDay, rows_of

FILE = "orders.txt"
PARAMETERS = "instance_parameters.txt"
TARGET = "target click-to-door"
MAX_MINUTE = 3 * 24 * 60


def read_grubhub(folder: Path) -> RecordedDay:
    """The orders of the day in `folder`. Raises DayError."""
    target_s = _target_s(folder / PARAMETERS)
    day = RecordedDay(source="grubhub")
    seen: set[str] = set()
    for _, cell in rows_of(folder / FILE, ("order", "placement_time", "ready_time"), "\t"):
        day.rows_read += 1
        if cell is None:
            day.drop("wrong number of cells")
            continue
        placed_s, ready_s = _minute_s(cell["placement_time"]), _minute_s(cell["ready_time"])
        if placed_s is None or ready_s is None:
            day.drop("placement_time or ready_time is no minute of the day")
        elif not cell["order"] or cell["order"] in seen:
            day.drop("order missing or repeated")
        else:
            seen.add(cell["order"])
            day.oddities["ready before placed"] += ready_s < placed_s
            day.keep(DayOrder(cell["order"], placed_s, ready_s, placed_s + target_s))
    return day


def _target_s(path: Path) -> int:
    for line, cell in rows_of(path, (TARGET,), "\t"):
        target_s = _minute_s(cell[TARGET]) if cell else None
        if target_s is None:
            raise DayError(f"{path}:{line}: {TARGET}: no whole number of minutes")
        return target_s
    raise DayError(f"{path}:2: {TARGET}: there is no row")


def _minute_s(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_MINUTE:
        return None
    return int(text) * 60
