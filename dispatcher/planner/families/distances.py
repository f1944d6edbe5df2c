# SPDX-License-Identifier: Apache-2.0
"""Distances between points as the families count them, on an integer grid.

What must hold: ints out. The square root of IEEE 754 is exact where the result is a whole number
and correctly rounded elsewhere, so that truncation never falls on the wrong side.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]
Point = tuple[float, float]


def truncated(points: Sequence[Point], grid: int) -> Table:
    """Rounded down to a `grid`-th (DIMACS: to a tenth)."""
    return np.floor(_euclidean(points) * grid).astype(np.int64)


def rounded(points: Sequence[Point], grid: int = 1) -> Table:
    """Rounded to the nearest `grid`-th, a half up (TSPLIB's EUC_2D)."""
    return np.floor(_euclidean(points) * grid + 0.5).astype(np.int64)


def raised(points: Sequence[Point], grid: int = 1) -> Table:
    """Rounded up to a `grid`-th (TSPLIB's CEIL_2D)."""
    return np.ceil(_euclidean(points) * grid).astype(np.int64)


TSPLIB: dict[str, Callable[[Sequence[Point]], Table]] = {"EUC_2D": rounded, "CEIL_2D": raised}
"""TSPLIB's names (Reinelt 1995, TSPLIB95, section 2)."""


def _euclidean(points: Sequence[Point]) -> NDArray[np.float64]:
    xy = np.array(points, dtype=np.float64)
    dx = xy[:, None, 0] - xy[None, :, 0]
    dy = xy[:, None, 1] - xy[None, :, 1]
    return np.asarray(np.sqrt(dx * dx + dy * dy))
