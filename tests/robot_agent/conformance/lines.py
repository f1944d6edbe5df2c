# SPDX-License-Identifier: Apache-2.0
"""Places along a line, for a body that drives 1 mm a ms."""

from itertools import pairwise

from robot_agent.core.events import Points
from robot_agent.core.polyline import length_mm


def place_at(points: Points, along_mm: int) -> tuple[int, int]:
    """So far from the first point; the last one where the line is shorter."""
    for start, end in pairwise(points):
        whole_mm = length_mm((start, end))
        if along_mm <= whole_mm:
            part = along_mm / whole_mm if whole_mm else 1
            return (
                round(start[0] + (end[0] - start[0]) * part),
                round(start[1] + (end[1] - start[1]) * part),
            )
        along_mm -= whole_mm
    return points[-1]
