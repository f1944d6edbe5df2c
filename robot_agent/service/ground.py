# SPDX-License-Identifier: Apache-2.0
"""What a robot needs of a campus map: its id, a fence, and where staff load and unload.

A campus map has no border of its own, so the fence is the convex hull of its roads and places,
grown by `MARGIN_MM`.
"""

from itertools import chain

from robot_agent.campus import Campus
from robot_agent.core.events import Ground, Points

MARGIN_MM = 30_000
CORNERS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


def ground_of(campus: Campus) -> Ground:
    """Docks are the stations; a map without one has none."""
    points = chain(
        ((node.x_mm, node.y_mm) for node in campus.nodes.values()),
        ((place.x_mm, place.y_mm) for place in campus.places.values()),
        *(edge.shape for edge in campus.edges.values()),
    )
    # An eighth of a turn each: the grown hull is never nearer than the margin.
    grown = [
        (x + MARGIN_MM * step_x, y + MARGIN_MM * step_y)
        for x, y in hull(list(points))
        for step_x, step_y in CORNERS
    ]
    docks = tuple((p.x_mm, p.y_mm) for p in campus.places.values() if p.role == "station")
    return Ground(
        map_id=campus.site.id,
        map_version=campus.site.revision,
        fence=(hull(grown),),
        docks=docks,
    )


def hull(points: list[tuple[int, int]]) -> Points:
    """The convex hull, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return tuple(ordered)
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return tuple(lower[:-1] + upper[:-1])


def _chain(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for x, y in points:
        while len(kept) >= 2:
            (ax, ay), (bx, by) = kept[-2], kept[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            kept.pop()
        kept.append((x, y))
    return kept
