# SPDX-License-Identifier: Apache-2.0
"""Where a line runs inside an outline, in exact arithmetic.

What must hold: inside is the open interior. A line that touches the border, ends on it or runs
along it is not inside there. No float takes part, so that every machine finds the same.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from robot_agent.campus_frame import Point, distance_mm

Span = tuple[Fraction, Fraction]


def spans_inside(line: Sequence[Point], ring: Sequence[Point]) -> tuple[Span, ...]:
    """The parts of a line inside a ring, as (from, until) in mm along the line, in order.

    A stretch of the line counts as long as `distance_mm` says. The ring closes by itself.
    """
    sides = tuple(zip(ring, (*ring[1:], ring[0]), strict=True))
    low, high = _box(ring)
    spans: list[Span] = []
    behind_mm = 0
    for a, b in pairwise(line):
        length_mm = distance_mm(a, b)
        near, far = _box((a, b))
        if near[0] < high[0] and near[1] < high[1] and far[0] > low[0] and far[1] > low[1]:
            cuts = sorted(_cuts(a, b, sides))
            for start, end in pairwise(cuts):
                if _is_inside(a, b, (start + end) / 2, sides):
                    spans.append((behind_mm + start * length_mm, behind_mm + end * length_mm))
        behind_mm += length_mm
    return tuple(spans)


def _box(points: Sequence[Point]) -> tuple[Point, Point]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys)), (max(xs), max(ys))


def _cuts(a: Point, b: Point, sides: Sequence[tuple[Point, Point]]) -> set[Fraction]:
    """Where, as a share of the way from a to b, the line meets the border; and both its ends."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    (left, bottom), (right, top) = _box((a, b))
    cuts = {Fraction(0), Fraction(1)}
    for p, q in sides:
        if max(p[0], q[0]) < left or min(p[0], q[0]) > right:
            continue
        if max(p[1], q[1]) < bottom or min(p[1], q[1]) > top:
            continue
        ex, ey = q[0] - p[0], q[1] - p[1]
        px, py = p[0] - a[0], p[1] - a[1]
        turn, across = dx * ey - dy * ex, px * dy - py * dx
        if turn:
            along, beside = px * ey - py * ex, across
            if turn < 0:
                turn, along, beside = -turn, -along, -beside
            if 0 <= beside <= turn and 0 < along < turn:
                cuts.add(Fraction(along, turn))
        elif across == 0:
            for x, y in (p, q):
                share = Fraction((x - a[0]) * dx + (y - a[1]) * dy, dx * dx + dy * dy)
                if 0 < share < 1:
                    cuts.add(share)
    return cuts


def _is_inside(a: Point, b: Point, share: Fraction, sides: Sequence[tuple[Point, Point]]) -> bool:
    """Whether the point at `share` of the way from a to b is inside; by the crossings east of it.

    Everything is multiplied by the share's denominator, so that the point is whole.
    """
    times = share.denominator
    x = a[0] * times + (b[0] - a[0]) * share.numerator
    y = a[1] * times + (b[1] - a[1]) * share.numerator
    odd = False
    for (px, py), (qx, qy) in sides:
        above_p, above_q = py * times > y, qy * times > y
        turn = (qx - px) * (y - py * times) - (qy - py) * (x - px * times)
        if turn == 0 and _between(px, qx, x, times) and _between(py, qy, y, times):
            return False
        if above_p != above_q and (turn > 0) == above_q:
            odd = not odd
    return odd


def _between(p: int, q: int, at: int, times: int) -> bool:
    return min(p, q) * times <= at <= max(p, q) * times
