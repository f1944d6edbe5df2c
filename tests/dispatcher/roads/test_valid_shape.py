# SPDX-License-Identifier: Apache-2.0
"""Outlines that people drew wrong."""

import random

import shapely

from dispatcher.roads.valid_shape import MAX_MENDED_POINTS, valid_shape


def test_a_good_outline_stays_as_it_is() -> None:
    square = shapely.box(0, 0, 9, 9)
    assert valid_shape(square) is square


def test_a_bow_tie_is_its_two_triangles() -> None:
    tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    assert valid_shape(tie).is_valid
    assert valid_shape(tie).area == 50


def test_a_scribble_of_many_points_counts_as_its_hull_in_no_time() -> None:
    """One building way with 1,500 corners drawn by chance once took minutes to import."""
    draw = random.Random(1)
    corners = [(draw.random() * 200, draw.random() * 140) for _ in range(1_500)]
    assert len(corners) > MAX_MENDED_POINTS
    hull = valid_shape(shapely.Polygon(corners))
    assert hull.is_valid
    assert hull.covers(shapely.MultiPoint(corners))
