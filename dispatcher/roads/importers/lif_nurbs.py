# SPDX-License-Identifier: Apache-2.0
"""The line that a NURBS trajectory draws, as points (VDMA LIF 1.0 and VDA 5050 2.1.0).

What must hold: a curve of degree 1 gives its control points and nothing else, so it is exact; one
of a higher degree stays within TOLERANCE_MM of the line that is drawn through its points.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

TOLERANCE_MM = 20
MAX_DEGREE = 10
MAX_DEPTH = 12
MAX_POINTS = 20_000

Real = tuple[float, float]


class CurveError(ValueError):
    """A trajectory that draws no line; one clause with the reason."""


class Curve(Struct, frozen=True):
    """`points` in any unit; `weights` positive, one a point; knots never fall."""

    degree: int
    knots: tuple[float, ...]
    points: tuple[Real, ...]
    weights: tuple[float, ...]

    def check(self) -> None:
        """Raises CurveError where the numbers do not make a curve."""
        count, degree = len(self.points), self.degree
        if not 1 <= degree <= MAX_DEGREE:
            raise CurveError(f"degree is {degree}, not within 1 and {MAX_DEGREE}")
        if count <= degree:
            raise CurveError(f"{count} controlPoints are too few for degree {degree}")
        if len(self.knots) != count + degree + 1:
            raise CurveError(
                f"knotVector has {len(self.knots)} values where {count} controlPoints and degree "
                f"{degree} need {count + degree + 1}"
            )
        if any(a > b for a, b in pairwise(self.knots)):
            raise CurveError("knotVector falls")
        if not self.knots[degree] < self.knots[count]:
            raise CurveError("knotVector spans nothing")
        if any(weight <= 0 for weight in self.weights):
            raise CurveError("a weight is not above 0")

    def at(self, parameter: float) -> Real:
        """The point there, by de Boor's algorithm on weighted points."""
        degree, knots = self.degree, self.knots
        span = len(self.points) - 1
        while span > degree and knots[span] > parameter:
            span -= 1
        held: list[tuple[float, float, float]] = []
        for number in range(span - degree, span + 1):
            (x, y), weight = self.points[number], self.weights[number]
            held.append((x * weight, y * weight, weight))
        for level in range(1, degree + 1):
            for step in range(degree, level - 1, -1):
                low = knots[step + span - degree]
                width = knots[step + 1 + span - level] - low
                part = (parameter - low) / width if width else 0.0
                before, after = held[step - 1], held[step]
                held[step] = (
                    before[0] * (1 - part) + after[0] * part,
                    before[1] * (1 - part) + after[1] * part,
                    before[2] * (1 - part) + after[2] * part,
                )
        x, y, weight = held[degree]
        return x / weight, y / weight


def drawn(curve: Curve, tolerance: float = TOLERANCE_MM) -> list[Real]:
    """Points of the curve from its start to its end, in its unit. Raises CurveError."""
    curve.check()
    if curve.degree == 1:
        return list(curve.points)
    inside = curve.knots[curve.degree : len(curve.points) + 1]
    stops = sorted(set(inside))
    line = [curve.at(stops[0])]
    for low, high in pairwise(stops):
        # A span of degree n turns at most n - 1 times; cut so, no turn hides between two samples.
        cuts = [low + (high - low) * step / curve.degree for step in range(curve.degree)]
        for start, end in pairwise([*cuts, high]):
            _bisect(curve, (start, line[-1]), (end, curve.at(end)), tolerance, line, MAX_DEPTH)
    return line


def _bisect(
    curve: Curve,
    start: tuple[float, Real],
    end: tuple[float, Real],
    tolerance: float,
    line: list[Real],
    depth: int,
) -> None:
    """Adds the points after `start`, up to `end`."""
    (low, first), (high, last) = start, end
    between = [curve.at(low + (high - low) * part) for part in (0.25, 0.5, 0.75)]
    if depth and max(_off(point, first, last) for point in between) > tolerance / 2:
        middle = ((low + high) / 2, between[1])
        _bisect(curve, start, middle, tolerance, line, depth - 1)
        _bisect(curve, middle, end, tolerance, line, depth - 1)
        return
    if len(line) >= MAX_POINTS:
        raise CurveError(f"it winds too much to be drawn with {MAX_POINTS:,} points")
    line.append(last)


def _off(point: Real, start: Real, end: Real) -> float:
    """How far a point lies from a straight piece of line."""
    along = (end[0] - start[0], end[1] - start[1])
    square = along[0] ** 2 + along[1] ** 2
    to = (point[0] - start[0], point[1] - start[1])
    part = min(1.0, max(0.0, (to[0] * along[0] + to[1] * along[1]) / square)) if square else 0.0
    return math.hypot(to[0] - part * along[0], to[1] - part * along[1])


def straight(points: Sequence[Real]) -> Curve:
    """The curve of degree 1 through two points or more: what a line with bends is as a NURBS."""
    last = len(points) - 1
    knots = (0.0, *(number / last for number in range(last + 1)), 1.0)
    return Curve(1, knots, tuple(points), (1.0,) * len(points))
