# SPDX-License-Identifier: Apache-2.0
"""Written-out distances of VRPLIB files: whole matrices and triangles.

What must hold: what a format leaves out is 0 on the diagonal and symmetric elsewhere. The files of
Christofides and Eilon say LOWER_ROW but are written column by column; their comment tells them.
"""

from typing import Final

import numpy as np

from dispatcher.planner.families.distances import Table
from dispatcher.planner.families.source import TIME_MAX, Line
from dispatcher.planner.families.vrplib import HEAD, Content

SECTION: Final = "EDGE_WEIGHT_SECTION"
FULL: Final = "FULL_MATRIX"
# A lower triangle by columns has the order of an upper one by rows, and the other way round.
TRIANGLES: Final = {
    "LOWER_ROW": ("lower", 1),
    "LOWER_DIAG_ROW": ("lower", 0),
    "LOWER_COL": ("upper", 1),
    "LOWER_DIAG_COL": ("upper", 0),
    "UPPER_ROW": ("upper", 1),
    "UPPER_DIAG_ROW": ("upper", 0),
    "UPPER_COL": ("lower", 1),
    "UPPER_DIAG_COL": ("lower", 0),
}


def explicit_weights(content: Content) -> Table:
    """The matrix of a file of type EXPLICIT. Raises BadFamilyFile."""
    source, count = content.source, content.amount("DIMENSION")
    name = content.word("EDGE_WEIGHT_FORMAT")
    if name != FULL and name not in TRIANGLES:
        entry = content.head.get("EDGE_WEIGHT_FORMAT")
        known = ", ".join((FULL, *TRIANGLES))
        said = f"EDGE_WEIGHT_FORMAT is {name[:40] or 'missing'}, there are: {known}"
        raise source.fault(entry.line if entry else None, HEAD, said)
    lines = content.sections.get(SECTION)
    if lines is None:
        raise source.fault(None, SECTION, "the section is missing")
    if name == FULL:
        table = _numbers(content, lines, count * count).reshape(count, count)
        np.fill_diagonal(table, 0)
        return table
    if name == "LOWER_ROW" and "EILON" in content.word("COMMENT"):
        name = "LOWER_COL"
    half, offset = TRIANGLES[name]
    table = np.zeros((count, count), dtype=np.int64)
    if half == "lower":
        places = np.tril_indices(count, -offset)
    else:
        places = np.triu_indices(count, offset)
    table[places] = _numbers(content, lines, len(places[0]))
    table = np.maximum(table, table.T)
    np.fill_diagonal(table, 0)
    return table


def _numbers(content: Content, lines: list[Line], count: int) -> Table:
    source = content.source
    values = [
        source.amount(line, SECTION, "a weight", word, TIME_MAX)
        for line in lines
        for word in line.words
    ]
    if len(values) != count:
        said = f"{len(values)} weights where there must be {count}"
        raise source.fault(lines[-1] if lines else None, SECTION, said)
    return np.array(values, dtype=np.int64)
