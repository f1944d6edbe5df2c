# SPDX-License-Identifier: Apache-2.0
"""Geometry of the tests' own, slow and exact, for what the package finds with an index."""

from fractions import Fraction
from itertools import pairwise

from robot_agent.campus_frame import Point


def winding(x: Fraction | int, y: Fraction | int, ring: tuple[Point, ...]) -> int | None:
    """How often the ring goes round the point; None on the border. A brute force of its own."""
    turns = 0
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if side == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return None
        if ay <= y < by and side > 0:
            turns += 1
        elif by <= y < ay and side < 0:
            turns -= 1
    return turns


def share_inside(a: Point, b: Point, ring: tuple[Point, ...]) -> Fraction:
    """How much of the way from a to b is inside: the line cut wherever it meets any side's line."""
    cuts = {Fraction(0), Fraction(1)}
    dx, dy = b[0] - a[0], b[1] - a[1]
    for p, q in zip(ring, (*ring[1:], ring[0]), strict=True):
        ex, ey = q[0] - p[0], q[1] - p[1]
        turn = dx * ey - dy * ex
        if turn:
            cuts.add(Fraction((p[0] - a[0]) * ey - (p[1] - a[1]) * ex, turn))
        for corner in (p, q):
            along = (corner[0] - a[0]) * dx + (corner[1] - a[1]) * dy
            cuts.add(Fraction(along, dx * dx + dy * dy))
    stops = sorted(cut for cut in cuts if 0 <= cut <= 1)
    total = Fraction(0)
    for start, end in pairwise(stops):
        middle = (start + end) / 2
        if winding(a[0] + dx * middle, a[1] + dy * middle, ring):
            total += end - start
    return total
