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
MAX_DEPTH = 20
MAX_WEIGHT = 1e6
MAX_POINTS = 20_000

Real = tuple[float, float]
Weighted = tuple[float, float, float]  # x and y times the weight, and the weight


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
        if any(not 1 / MAX_WEIGHT <= weight <= MAX_WEIGHT for weight in self.weights):
            raise CurveError(f"a weight is not within {1 / MAX_WEIGHT:g} and {MAX_WEIGHT:g}")

    def pieces(self) -> list[list[Weighted]]:
        """The curve as Bézier curves, one for each span between knots (by blossoming)."""
        degree, knots = self.degree, self.knots
        found: list[list[Weighted]] = []
        for span in range(degree, len(self.points)):
            low, high = knots[span], knots[span + 1]
            if low < high:
                mixed = ([low] * (degree - j) + [high] * j for j in range(degree + 1))
                found.append([self._blossom(span, parameters) for parameters in mixed])
        return found

    def _blossom(self, span: int, parameters: Sequence[float]) -> Weighted:
        """De Boor's algorithm with a parameter of its own at each step."""
        degree, knots = self.degree, self.knots
        held = [
            (x * weight, y * weight, weight)
            for (x, y), weight in zip(
                self.points[span - degree : span + 1],
                self.weights[span - degree : span + 1],
                strict=True,
            )
        ]
        for level, parameter in enumerate(parameters, 1):
            for step in range(degree, level - 1, -1):
                low = knots[step + span - degree]
                part = (parameter - low) / (knots[step + 1 + span - level] - low)
                held[step] = _between(held[step - 1], held[step], part)
        return held[degree]


def drawn(curve: Curve, tolerance: float = TOLERANCE_MM) -> list[Real]:
    """Points of the curve from its start to its end, in its unit. Raises CurveError."""
    curve.check()
    if curve.degree == 1:
        return list(curve.points)
    pieces = curve.pieces()
    line = [_place(pieces[0][0])]
    for piece in pieces:
        _halve(piece, tolerance, line, MAX_DEPTH)
    return line


def _halve(piece: list[Weighted], tolerance: float, line: list[Real], depth: int) -> None:
    """Adds the points after the start of the piece, up to its end.

    A Bézier curve with positive weights lies within the hull of its points: where all of them are
    near the straight line, so is the curve.
    """
    places = [_place(point) for point in piece]
    if max(_off(place, places[0], places[-1]) for place in places) <= tolerance:
        line.append(places[-1])
        return
    if not depth or len(line) >= MAX_POINTS:
        raise CurveError(f"it winds too much to be drawn with {MAX_POINTS:,} points")
    first, last, row = [piece[0]], [piece[-1]], piece
    while len(row) > 1:
        row = [_between(a, b, 0.5) for a, b in pairwise(row)]
        first.append(row[0])
        last.append(row[-1])
    _halve(first, tolerance, line, depth - 1)
    _halve(last[::-1], tolerance, line, depth - 1)


def _between(a: Weighted, b: Weighted, part: float) -> Weighted:
    rest = 1 - part
    return a[0] * rest + b[0] * part, a[1] * rest + b[1] * part, a[2] * rest + b[2] * part


def _place(point: Weighted) -> Real:
    return point[0] / point[2], point[1] / point[2]


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
