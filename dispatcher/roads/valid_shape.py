# SPDX-License-Identifier: Apache-2.0
"""Outlines that people drew wrong, as shapes that can be computed with, in bounded time."""

import shapely
from shapely.geometry.base import BaseGeometry

MAX_MENDED_POINTS = 400
"""How often an outline crosses itself may grow with the square of its points, and mending it costs
more than that: a longer one that is not valid counts as the hull around it."""


def valid_shape(outline: shapely.Polygon) -> BaseGeometry:
    """The same area as a valid geometry; for a scribble the hull around it."""
    if outline.is_valid:
        return outline
    if shapely.get_num_coordinates(outline) > MAX_MENDED_POINTS:
        return outline.convex_hull
    return shapely.make_valid(outline)
