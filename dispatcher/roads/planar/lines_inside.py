# SPDX-License-Identifier: Apache-2.0
"""Where many straight lines run inside one outline, all at once.

What must hold: inside is the open interior, so a line that touches the border, ends on it or runs
along it is not inside there. On which side of a line a corner lies is exact; where the line crosses
is one division of whole numbers, which every machine rounds alike.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.times.elimination import Floats
from robot_agent.campus_frame import Point

LEAST_SHARE = 1e-12
"""What is shorter, as a share of its line, is a rounding of two crossings at one spot."""


class Parts(msgspec.Struct, frozen=True):
    """The parts inside: of which line, and from what share of its length until what share."""

    lines: Ints
    begins: Floats
    ends: Floats


def parts_inside(ax: Ints, ay: Ints, dx: Ints, dy: Ints, ring: Sequence[Point]) -> Parts:
    """For lines from (ax, ay) on by (dx, dy), within +-10^9 mm; by line, then along it.

    A line through a corner or along a side is looked at twice, as if it were a hair to the left and
    a hair to the right of where it is; in the open interior it is inside both times.
    """
    found: list[tuple[Ints, Floats, Ints]] = []
    px, py = ring[-1]
    before = dx * (py - ay) - dy * (px - ax)
    for qx, qy in ring:
        after = dx * (qy - ay) - dy * (qx - ax)
        pairs = ((before > 0, after > 0), (before >= 0, after >= 0))
        for hair, (left_before, left_after) in enumerate(pairs):
            crossed = np.flatnonzero(left_before != left_after)
            if len(crossed):
                along = (px - ax[crossed]) * (qy - py) - (py - ay[crossed]) * (qx - px)
                share = along / (after[crossed] - before[crossed])
                found.append((crossed, np.clip(share, 0.0, 1.0), np.full(len(crossed), hair)))
        px, py, before = qx, qy, after
    if not found:
        return Parts(np.empty(0, np.int64), np.empty(0), np.empty(0))
    lines, shares, hairs = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((shares, lines))
    lines, shares, hairs = lines[order], shares[order], hairs[order]
    # Every line crosses the whole outline an even number of times: counting on is counting afresh.
    inside = (np.cumsum(hairs == 0) & 1) & (np.cumsum(hairs == 1) & 1)
    begins = np.flatnonzero(inside)
    begins = begins[shares[begins + 1] - shares[begins] > LEAST_SHARE]
    return Parts(lines[begins], shares[begins], shares[begins + 1])
