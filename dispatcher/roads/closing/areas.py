# SPDX-License-Identifier: Apache-2.0
"""Which arcs and nodes of a road graph lie in an area.

What must hold: inside is the open interior of the outline. An arc that only touches the border,
ends on it or runs along it is not touched by the area, and a node on the border is not inside. An
arc lies on its edge's level; a node on the level of its arcs, and where these differ on none, so
that the end of a bridge belongs neither to the bridge's area nor to the street's. An area without a
level covers all levels.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Protocol, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.closing.inside import Span, spans_inside
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus_frame import Point, line_length_mm

MAX_POINTS = 2_000
MAX_MM = 1_000_000_000
ANSWERS_KEPT = 256
INTERIORS_MEET = "T********"
"""DE-9IM: the interiors of the two have a point in common."""

Answer = TypeVar("Answer")


class AreaError(ValueError):
    """An outline that bounds no area; one sentence."""


class Area(msgspec.Struct, frozen=True):
    """An outline without repetition, made by `area_of`; `level` None: on every level."""

    ring: tuple[Point, ...]
    level: int | None = None


def area_of(
    outline: Sequence[tuple[object, ...]], level: int | None = None, what: str = "the area"
) -> Area:
    """The area that a ring of points (mm in the site's frame) bounds; the ring may be closed.

    Raises AreaError, which names `what`.
    """
    if len(outline) > MAX_POINTS:
        raise AreaError(f"{what}: its outline has more than {MAX_POINTS:,} points")
    ring: list[Point] = []
    for point in outline:
        x, y = point if len(point) == 2 else (None, None)
        if type(x) is not int or type(y) is not int:
            raise AreaError(f"{what}: {point!r} in its outline is no point in whole mm")
        if max(abs(x), abs(y)) > MAX_MM:
            raise AreaError(f"{what}: {point!r} in its outline is not on this site")
        if not ring or (x, y) != ring[-1]:
            ring.append((x, y))
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if len(ring) < 3:
        raise AreaError(f"{what}: its outline needs three different points, it has {len(ring)}")
    if not shapely.Polygon(ring).is_valid:
        raise AreaError(f"{what}: its outline crosses or touches itself, or bounds nothing")
    return Area(tuple(ring), level)


class Areas(Protocol):
    """Answers for one road graph; arcs and nodes are its numbers, sorted."""

    def tail(self, arc: int) -> int:
        """The node at which an arc begins."""

    def into(self, node: int) -> tuple[int, ...]:
        """The arcs that end at a node."""

    def touching(self, area: Area) -> tuple[int, ...]:
        """The arcs with a point inside."""

    def nodes_inside(self, area: Area) -> tuple[int, ...]:
        """The nodes inside."""

    def extra_mm(self, zones: Sequence[tuple[int, Area]]) -> Mapping[int, int]:
        """What zones, each with the per cent of time that a way takes inside, add to the arcs.

        In mm of an arc's length, rounded up; of several zones the slowest counts at each spot. An
        arc that is not named is touched by none.
        """


class AreaIndex:
    """`Areas` of a graph with roads, found by a tree; the last few answers are kept."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        net = graph.net
        # Both directions of an edge are one line in the tree.
        self._drawn = [arc for arc, twin in enumerate(net.twins.tolist()) if not 0 <= twin < arc]
        self._twins: list[int] = net.twins.tolist()
        shapes = [graph.arc(arc).shape for arc in self._drawn]
        self._lines = _lines(shapes)
        self._tree = shapely.STRtree(self._lines)
        self._arc_levels = [graph.arc(arc).edge.level for arc in range(len(net.tails))]
        nodes = [graph.node(node_id) for node_id in graph.node_ids]
        self._xs = np.array([node.x_mm for node in nodes], dtype=np.int64)
        self._ys = np.array([node.y_mm for node in nodes], dtype=np.int64)
        self._node_levels = _node_levels(
            [node.level for node in nodes], net.tails, net.heads, self._arc_levels
        )
        self._heads, self._tails = net.heads, net.tails
        self._touching: OrderedDict[Area, tuple[int, ...]] = OrderedDict()
        self._inside: OrderedDict[Area, tuple[int, ...]] = OrderedDict()
        self._spans: OrderedDict[Area, dict[int, tuple[Span, ...]]] = OrderedDict()

    def tail(self, arc: int) -> int:
        """The node at which an arc begins."""
        return int(self._tails[arc])

    def into(self, node: int) -> tuple[int, ...]:
        """The arcs that end at a node."""
        return tuple(np.flatnonzero(self._heads == node).tolist())

    def touching(self, area: Area) -> tuple[int, ...]:
        """The arcs with a point inside."""
        return kept(self._touching, area, self._touched)

    def nodes_inside(self, area: Area) -> tuple[int, ...]:
        """The nodes inside."""
        return kept(self._inside, area, self._found_inside)

    def spans(self, area: Area) -> Mapping[int, tuple[Span, ...]]:
        """Where each touched arc is inside, in mm of its length (which its map may have set)."""
        return kept(self._spans, area, self._all_spans)

    def extra_mm(self, zones: Sequence[tuple[int, Area]]) -> Mapping[int, int]:
        """What these zones (per cent of time inside, area) add to the length of each arc."""
        over: dict[int, list[tuple[int, tuple[Span, ...]]]] = {}
        for factor_pct, area in zones:
            for arc, spans in self.spans(area).items():
                over.setdefault(arc, []).append((factor_pct, spans))
        return {arc: extra_of(laid) for arc, laid in over.items()}

    def _touched(self, area: Area) -> tuple[int, ...]:
        polygon = shapely.Polygon(area.ring)
        near = np.sort(self._tree.query(polygon, predicate="intersects"))
        met = near[shapely.relate_pattern(self._lines[near], polygon, INTERIORS_MEET)]
        arcs: list[int] = []
        for number in met.tolist():
            arc = self._drawn[number]
            if area.level in (None, self._arc_levels[arc]):
                arcs += (arc, self._twins[arc]) if self._twins[arc] >= 0 else (arc,)
        return tuple(sorted(arcs))

    def _found_inside(self, area: Area) -> tuple[int, ...]:
        nodes = points_inside(self._xs, self._ys, area)
        return tuple(
            node for node in nodes if area.level is None or self._node_levels[node] == area.level
        )

    def _all_spans(self, area: Area) -> dict[int, tuple[Span, ...]]:
        return {arc: self._spans_of(arc, area) for arc in self.touching(area)}

    def _spans_of(self, arc: int, area: Area) -> tuple[Span, ...]:
        driven = self._graph.arc(arc)
        drawn_mm = line_length_mm(driven.shape)
        spans = spans_inside(driven.shape, area.ring)
        return scaled(spans, driven.edge.length_mm, drawn_mm)


def scaled(spans: Sequence[Span], length_mm: int, drawn_mm: int) -> tuple[Span, ...]:
    """Spans of a line as drawn, as spans of the length that counts for it."""
    if length_mm == drawn_mm:
        return tuple(spans)
    return tuple((start * length_mm / drawn_mm, end * length_mm / drawn_mm) for start, end in spans)


def extra_of(zones: Sequence[tuple[int, tuple[Span, ...]]]) -> int:
    """What the zones over one arc add to its length, rounded up; the slowest counts at each spot.

    A zone is told by its factor in per cent and where the arc is inside it.
    """
    if len(zones) == 1:
        ((factor_pct, spans),) = zones
        inside_mm = sum((end - start for start, end in spans), Fraction())
        return ceil(inside_mm * (factor_pct - 100) / 100)
    changes = sorted(
        (at, delta, factor_pct)
        for factor_pct, spans in zones
        for start, end in spans
        for at, delta in ((start, 1), (end, -1))
    )
    extra, before = Fraction(), Fraction()
    here: dict[int, int] = {}
    for at, delta, factor_pct in changes:
        slowest = max((factor for factor, count in here.items() if count), default=100)
        extra += (at - before) * (slowest - 100) / 100
        here[factor_pct] = here.get(factor_pct, 0) + delta
        before = at
    return ceil(extra)


def points_inside(xs: Ints, ys: Ints, area: Area) -> list[int]:
    """The numbers of the points inside."""
    (left, bottom), (right, top) = np.min(area.ring, axis=0), np.max(area.ring, axis=0)
    near = np.flatnonzero((xs > left) & (xs < right) & (ys > bottom) & (ys < top))
    inside = shapely.contains_xy(shapely.Polygon(area.ring), xs[near], ys[near])
    found: list[int] = near[inside].tolist()
    return found


def _lines(shapes: Sequence[tuple[Point, ...]]) -> npt.NDArray[np.object_]:
    points = [point for shape in shapes for point in shape]
    numbers = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes])
    coordinates = np.array(points, dtype=np.float64).reshape(-1, 2)
    lines: npt.NDArray[np.object_] = shapely.linestrings(coordinates, indices=numbers)
    return lines


def _node_levels(
    own: Sequence[int], tails: Ints, heads: Ints, arc_levels: Sequence[int]
) -> list[int | None]:
    """The level of each node; None where its arcs are on several."""
    levels: list[int | None] = list(own)
    seen = [False] * len(levels)
    for tail, head, level in zip(tails.tolist(), heads.tolist(), arc_levels, strict=True):
        for node in (tail, head):
            levels[node] = level if not seen[node] or levels[node] == level else None
            seen[node] = True
    return levels


def kept(answers: OrderedDict[Area, Answer], area: Area, find: Callable[[Area], Answer]) -> Answer:
    """The answer for an area, found now where it is not among the last ones asked for."""
    found = answers.get(area)
    if found is None:
        found = answers[area] = find(area)
        if len(answers) > ANSWERS_KEPT:
            answers.popitem(last=False)
    else:
        answers.move_to_end(area)
    return found
