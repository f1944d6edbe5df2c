# SPDX-License-Identifier: Apache-2.0
"""How far it is through narrow ways from one refuge to the next.

A refuge is a node on a wide way, or a waiting place in use. What must hold: a way that leads round
a refuge does not hide one that has none.
"""

import heapq
from collections.abc import Mapping

from msgspec import Struct

from dispatcher.roads.traffic.drawn import DrawnEdge
from dispatcher.roads.traffic.passing import Passing
from dispatcher.roads.traffic.waiting import usable_waiting
from robot_agent.campus import Campus
from robot_agent.campus_frame import Point

MAX_STRETCH_MM = 200_000


class NarrowStretch(Struct, frozen=True):
    """Narrow ways that hang together. `edge` lies on the longest way from refuge to refuge, which
    is `through_mm`; `total_mm` is the length of all whose way is too long, `proposed` are the
    waiting places on them that nobody has confirmed."""

    edge: str
    point: Point
    through_mm: int
    total_mm: int
    proposed: tuple[str, ...]


class _Piece(Struct, frozen=True):
    """A stretch of an edge between two ends, each a node or a waiting place."""

    edge: str
    low_mm: int
    high_mm: int
    start: str
    end: str

    @property
    def length_mm(self) -> int:
        return self.high_mm - self.low_mm


def narrow_stretches(
    campus: Campus,
    drawn: Mapping[str, DrawnEdge],
    wide: Mapping[str, Passing],
    over_mm: int = MAX_STRETCH_MM,
) -> list[NarrowStretch]:
    """Those longer than `over_mm`, the longest first; `drawn` is what robots drive."""
    pieces, refuges = _pieces(campus, drawn, wide)
    through = _through(pieces, refuges)
    long = [number for number, length_mm in enumerate(through) if length_mm > over_mm]
    proposals = _proposals(campus, drawn)
    found: list[NarrowStretch] = []
    for group in _groups(long, pieces, refuges):
        worst = max(group, key=lambda number: (through[number], -number))
        piece = pieces[worst]
        one = drawn[piece.edge]
        found.append(
            NarrowStretch(
                edge=piece.edge,
                point=one.beside((piece.low_mm + piece.high_mm) // 2, 0),
                through_mm=through[worst],
                total_mm=sum(pieces[number].length_mm for number in group),
                proposed=_proposed([pieces[number] for number in group], proposals),
            )
        )
    return sorted(found, key=lambda stretch: (-stretch.through_mm, stretch.edge))


def _proposals(campus: Campus, drawn: Mapping[str, DrawnEdge]) -> dict[str, list[str]]:
    """Unconfirmed places by the edge or node where they are."""
    drawn_of = {part: key for key, one in drawn.items() for _, part in one.parts}
    found: dict[str, list[str]] = {}
    for waiting in campus.waiting.values():
        if not waiting.confirmed:
            here = waiting.node or drawn_of.get(waiting.edge, "")
            found.setdefault(here, []).append(waiting.id)
    return found


def _proposed(group: list[_Piece], proposals: dict[str, list[str]]) -> tuple[str, ...]:
    here = [name for piece in group for name in (piece.edge, piece.start, piece.end)]
    return tuple(sorted({name for spot in here for name in proposals.get(spot, ())}))


def _pieces(
    campus: Campus, drawn: Mapping[str, DrawnEdge], wide: Mapping[str, Passing]
) -> tuple[list[_Piece], set[str]]:
    spots: dict[str, list[tuple[int, str]]] = {}
    refuges: set[str] = set()
    starts = {part: (key, at_mm) for key, one in drawn.items() for at_mm, part in one.parts}
    for waiting in usable_waiting(campus):
        refuges.add(waiting.node or waiting.id)
        if waiting.edge in starts:
            key, start_mm = starts[waiting.edge]
            spots.setdefault(key, []).append((start_mm + waiting.offset_mm, waiting.id))
    pieces: list[_Piece] = []
    for key, one in drawn.items():
        if wide[key].wide:
            refuges |= {one.edge.from_node, one.edge.to_node}
            continue
        low_mm, start = 0, one.edge.from_node
        for at_mm, name in (*sorted(spots.get(key, ())), (one.line_mm, one.edge.to_node)):
            pieces.append(_Piece(key, low_mm, at_mm, start, name))
            low_mm, start = at_mm, name
    return pieces, refuges


def _through(pieces: list[_Piece], refuges: set[str]) -> list[int]:
    """Of each piece, the way from refuge to refuge over it; from a dead end, to its refuge."""
    at: dict[str, list[int]] = {}
    for number, piece in enumerate(pieces):
        at.setdefault(piece.start, []).append(number)
        at.setdefault(piece.end, []).append(number)
    away_mm: dict[str, int] = {}
    came_by: dict[str, int] = {}
    left_by: dict[str, int] = {}
    queue = [(0, refuge, -1) for refuge in sorted(refuges) if refuge in at]
    # Where nobody can let anybody pass, any end is as good as another to measure from.
    queue += [(1 << 60, node, -1) for node in sorted(at)]
    heapq.heapify(queue)
    while queue:
        so_far_mm, node, by = heapq.heappop(queue)
        if node in away_mm:
            continue
        so_far_mm %= 1 << 60
        away_mm[node], came_by[node] = so_far_mm, by
        if by >= 0:
            start = pieces[by].start if pieces[by].end == node else pieces[by].end
            left_by[node] = left_by.get(start, by)
        for number in at[node]:
            piece = pieces[number]
            other = piece.end if piece.start == node else piece.start
            if other not in away_mm:
                heapq.heappush(queue, (so_far_mm + piece.length_mm, other, number))
    through: list[int] = []
    for number, piece in enumerate(pieces):
        sides_mm = [away_mm[piece.start], away_mm[piece.end]]
        first = left_by.get(piece.start, -1)
        if number in (came_by[piece.start], came_by[piece.end]):
            through.append(max(sides_mm))
        elif first >= 0 and first == left_by.get(piece.end, -1):
            # Both ends hang on the refuge by the same piece: this leads round and back again.
            through.append(piece.length_mm + max(sides_mm))
        else:
            through.append(piece.length_mm + sum(sides_mm))
    return through


def _groups(long: list[int], pieces: list[_Piece], refuges: set[str]) -> list[list[int]]:
    """Pieces that hang together without a refuge between them."""
    at: dict[str, list[int]] = {}
    for number in long:
        for end in (pieces[number].start, pieces[number].end):
            if end not in refuges:
                at.setdefault(end, []).append(number)
    seen: set[int] = set()
    groups: list[list[int]] = []
    for first in long:
        if first in seen:
            continue
        seen.add(first)
        group = [first]
        for number in group:
            for end in (pieces[number].start, pieces[number].end):
                for other in at.get(end, ()):
                    if other not in seen:
                        seen.add(other)
                        group.append(other)
        groups.append(group)
    return groups
