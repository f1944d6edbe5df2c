# SPDX-License-Identifier: Apache-2.0
"""The line that a NURBS trajectory draws."""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from dispatcher.roads.importers.lif.nurbs import TOLERANCE_MM, Curve, CurveError, drawn, straight

POINTS = st.tuples(st.integers(-200_000, 200_000), st.integers(-200_000, 200_000))
METRES = st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    degree = draw(st.integers(2, 4))
    points = draw(st.lists(POINTS, min_size=degree + 1, max_size=degree + 5))
    weights = draw(st.lists(st.floats(0.3, 3), min_size=len(points), max_size=len(points)))
    inner = sorted(
        draw(
            st.lists(
                st.integers(1, 9),
                min_size=len(points) - degree - 1,
                max_size=len(points) - degree - 1,
            )
        )
    )
    knots = [0.0] * (degree + 1) + [knot / 10 for knot in inner] + [1.0] * (degree + 1)
    return Curve(degree, tuple(knots), tuple(points), tuple(weights))


Points = npt.NDArray[np.float64]


def oracle(curve: Curve, parameters: Points) -> Points:
    weighted = np.array(
        [(x * w, y * w, w) for (x, y), w in zip(curve.points, curve.weights, strict=True)]
    )
    found = BSpline(np.array(curve.knots), weighted, curve.degree)(parameters)
    return np.asarray(found[:, :2] / found[:, 2:])


def farthest(points: Points, line: Points) -> float:
    """How far the worst of the points lies from the line."""
    starts, along = line[:-1], np.diff(line, axis=0)
    square = np.maximum((along**2).sum(axis=1), 1e-12)
    to = points[:, None] - starts
    part = np.clip((to * along).sum(axis=2) / square, 0, 1)
    return float(np.hypot(*np.moveaxis(to - part[..., None] * along, 2, 0)).min(axis=1).max())


HAIRPIN = Curve(
    3,
    (0, 0, 0, 0, 0.1, 1, 1, 1, 1),
    ((0, 0), (0, 0), (0, 0), (0, 17_714), (-5, -824)),
    (1, 0.5, 1, 1, 1),
)


@given(curves())
@example(HAIRPIN)
@settings(max_examples=40, deadline=None)
def test_a_curve_is_drawn_within_the_tolerance(curve: Curve) -> None:
    """VDA 5050, trajectory: a NURBS. Its own points are scipy's here."""
    # A knot that is there more often than the degree tears the curve; nobody drives that.
    assume(
        max(map(curve.knots[curve.degree + 1 : -curve.degree - 1].count, curve.knots))
        <= curve.degree
    )
    line = np.array(drawn(curve))
    assert math.dist(line[0], curve.points[0]) < 1e-6
    assert math.dist(line[-1], curve.points[-1]) < 1e-6
    assert farthest(oracle(curve, np.linspace(0, 1, 500)), line) <= TOLERANCE_MM + 1e-3
    fine = np.unique(np.concatenate([np.linspace(0, 1, 2000), *near_knots(curve)]))
    assert farthest(line, oracle(curve, fine)) <= 50


def near_knots(curve: Curve) -> list[Points]:
    return [knot + np.linspace(0, 1 - knot, 300) ** 3 for knot in sorted(set(curve.knots))[:-1]]


@given(st.lists(METRES, min_size=2, max_size=20))
def test_a_line_as_a_curve_of_degree_1_is_the_line(points: list[tuple[float, float]]) -> None:
    """LIF 1.0, trajectory: knotVector has the size of control points + degree + 1, from 0 to 1."""
    curve = straight(points)
    assert drawn(curve) == points
    assert len(curve.knots) == len(points) + 2
    assert (curve.knots[:2], curve.knots[-2:]) == ((0, 0), (1, 1))
    assert all(a <= b for a, b in pairwise(curve.knots))


def test_a_quarter_circle_is_a_circle() -> None:
    root = math.sqrt(0.5)
    arc = Curve(2, (0, 0, 0, 1, 1, 1), ((10_000, 0), (10_000, 10_000), (0, 10_000)), (1, root, 1))
    line = drawn(arc)
    assert all(abs(math.hypot(*point) - 10_000) < 1e-6 for point in line)
    length = sum(math.dist(a, b) for a, b in pairwise(line))
    assert length == pytest.approx(math.pi * 5000, abs=TOLERANCE_MM)


@pytest.mark.parametrize(
    ("curve", "fault"),
    [
        (Curve(0, (0, 1), ((0, 0),), (1,)), "degree is 0"),
        (Curve(11, (), (), ()), "degree is 11"),
        (Curve(3, (0,) * 6, ((0, 0), (1, 1)), (1, 1)), "2 controlPoints are too few"),
        (Curve(1, (0, 0, 1), ((0, 0), (1, 1)), (1, 1)), "knotVector has 3 values"),
        (Curve(1, (0, 1, 0, 1), ((0, 0), (1, 1)), (1, 1)), "knotVector falls"),
        (Curve(1, (1, 1, 1, 1), ((0, 0), (1, 1)), (1, 1)), "knotVector spans nothing"),
        (Curve(1, (0, 0, 1, 1), ((0, 0), (1, 1)), (1, 5e-324)), "a weight is not within"),
        (Curve(1, (0, 0, 1, 1), ((0, 0), (1, 1)), (1, 0)), "a weight is not within 1e-06"),
    ],
)
def test_numbers_that_make_no_curve_are_refused(curve: Curve, fault: str) -> None:
    with pytest.raises(CurveError, match=fault):
        drawn(curve)
