# SPDX-License-Identifier: Apache-2.0
"""The places of a Grubhub day as a CSV, of which a site without roads is made.

There is no road in such a day, only metres. What must hold: nobody walks further to a stop than
across half a square. A stop stands in the middle of each square of the grid in which somebody got
an order; the one station is the restaurant from which the others are least far in all.
"""

import csv
import io
from pathlib import Path

from dispatcher.replay.importers.grubhub import FILE
from dispatcher.replay.importers.recorded import DayError, rows_of

RESTAURANTS = "restaurants.txt"
CELL_M = 400
LEAST_CELL_M, MOST_CELL_M = 10, 5_000
MAX_M = 1_000_000
STATION_SLOTS = 100


def grubhub_places(folder: Path, cell_m: int = CELL_M) -> str:
    """The CSV, with columns id, kind, slots, x_m, y_m. Raises DayError."""
    if not LEAST_CELL_M <= cell_m <= MOST_CELL_M:
        raise DayError(f"squares of {cell_m} m are not within {LEAST_CELL_M} and {MOST_CELL_M} m")
    restaurants = _points(folder / RESTAURANTS)
    drop_offs = _points(folder / FILE)
    station = min(
        restaurants,
        key=lambda at: (sum(abs(at[0] - x) + abs(at[1] - y) for x, y in restaurants), at),
    )
    cells = sorted({(x // cell_m, y // cell_m) for x, y in drop_offs})
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("id", "kind", "slots", "x_m", "y_m"))
    writer.writerow(("depot", "station", STATION_SLOTS, *station))
    for column, row in cells:
        middle = (column * cell_m + cell_m // 2, row * cell_m + cell_m // 2)
        writer.writerow((f"s{column}.{row}", "stop", 1, *middle))
    return table.getvalue()


def _points(path: Path) -> list[tuple[int, int]]:
    """The positions of a file's rows in whole metres; rows of a wrong length are left out."""
    points: list[tuple[int, int]] = []
    for line, cell in rows_of(path, ("x", "y"), "\t"):
        if cell is None:
            continue
        try:
            x, y = float(cell["x"]), float(cell["y"])
        except ValueError:
            raise DayError(f"{path}:{line}: x or y is no number") from None
        if not (abs(x) <= MAX_M and abs(y) <= MAX_M):
            raise DayError(f"{path}:{line}: x or y is not within {MAX_M:,} m")
        points.append((round(x), round(y)))
    if not points:
        raise DayError(f"{path}:2: there is no row")
    return points
