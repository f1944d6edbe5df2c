# SPDX-License-Identifier: Apache-2.0
"""Facts of many things of one kind as columns, each said once where few values repeat.

What must hold: whatever a map file holds comes out as JSON that a browser parses to the same
scalars; nested values, non-finite numbers and overlong texts are left out, never passed on.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

MAX_COLUMNS = 48
MAX_TEXT_CHARS = 512
MAX_NAME_CHARS = 64
EXACT_IN_JAVASCRIPT = 2**53

Scalar = str | int | float | bool
Facts = dict[str, Scalar]


def clean_facts(properties: Mapping[str, Any], without: Sequence[str] = ()) -> Facts:
    """The properties that a page can show, in the file's order."""
    facts: Facts = {}
    for name, value in properties.items():
        if name in without or len(name) > MAX_NAME_CHARS or value == "":
            continue
        if isinstance(value, str):
            facts[name] = value[:MAX_TEXT_CHARS]
        elif isinstance(value, bool | int | float) and _plain(value):
            facts[name] = value
    return facts


def columns(rows: Sequence[Facts]) -> dict[str, object]:
    """By name, sorted: the column's values, or `{of: distinct values, at: index or -1}`."""
    names = sorted({name for row in rows for name in row})[:MAX_COLUMNS]
    return {name: _packed([row.get(name) for row in rows]) for name in names}


def _packed(values: Sequence[Scalar | None]) -> object:
    # True, 1 and 1.0 are equal in Python and are three things to a reader of facts.
    numbers: dict[tuple[str, Scalar], int] = {}
    at = [
        -1 if value is None else numbers.setdefault((type(value).__name__, value), len(numbers))
        for value in values
    ]
    if len(numbers) * 2 > len(values):
        return list(values)
    return {"of": [value for _, value in numbers], "at": at}


def _plain(value: float) -> bool:
    return math.isfinite(value) and abs(value) < EXACT_IN_JAVASCRIPT
