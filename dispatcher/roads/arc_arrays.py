# SPDX-License-Identifier: Apache-2.0
"""The road net as arrays of whole numbers, one entry an arc or a node.

What must hold: the arrays never change (numpy refuses); arcs are sorted by tail, then edge id, then
head, and an arc's number is its place in that order; between two nodes there is at most one arc in
each direction.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from robot_agent.campus import Edge, Node

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class ArcArrays(msgspec.Struct, frozen=True):
    """`starts[n]:starts[n + 1]` are the arcs that leave node n."""

    starts: Ints
    tails: Ints
    heads: Ints
    lengths_mm: Ints
    speeds_mm_s: Ints
    wait_ms: Ints
    """What entering the arc's head costs beside the drive."""
    incline_permille: Ints
    """In driving direction; above 0: uphill."""
    twins: Ints
    """The arc of the same edge the other way, or -1."""
    capacities: Ints
    """Robots at once on the arc's edge; 0: no limit."""
    may_wait: Flags

    @property
    def nodes(self) -> int:
        return len(self.starts) - 1

    @property
    def arcs(self) -> int:
        return len(self.tails)


def directions_of(edge: Edge) -> tuple[bool, ...]:
    """The ways it is driven: True along its line, False against it."""
    return {"no": (True, False), "forward": (True,), "backward": (False,)}[edge.oneway]


def ways_of(edge: Edge) -> tuple[tuple[str, str], ...]:
    """(tail, head) of each way it is driven."""
    there = (edge.from_node, edge.to_node)
    return tuple(there if forward else there[::-1] for forward in directions_of(edge))


def arc_arrays(
    nodes: Mapping[str, Node], edges: Mapping[str, Edge]
) -> tuple[ArcArrays, tuple[Edge, ...]]:
    """The arrays, and the edge of each arc. Nodes and edges must be sorted by id."""
    number = {node_id: index for index, node_id in enumerate(nodes)}
    rows: list[tuple[int, int, int, bool]] = []
    of_edge = list(edges.values())
    for rank, edge in enumerate(of_edge):
        for forward in directions_of(edge):
            tail, head = number[edge.from_node], number[edge.to_node]
            rows.append((tail, rank, head, True) if forward else (head, rank, tail, False))
    rows.sort()
    known = {(rank, forward): arc for arc, (_, rank, _, forward) in enumerate(rows)}
    arc_edges = tuple(of_edge[rank] for _, rank, _, _ in rows)
    heads = [head for _, _, head, _ in rows]
    waits = [node.wait_ms for node in nodes.values()]
    tails = _frozen([tail for tail, _, _, _ in rows])
    net = ArcArrays(
        starts=_frozen(np.searchsorted(tails, np.arange(len(nodes) + 1))),
        tails=tails,
        heads=_frozen(heads),
        lengths_mm=_frozen([edge.length_mm for edge in arc_edges]),
        speeds_mm_s=_frozen([edge.speed_mm_s for edge in arc_edges]),
        wait_ms=_frozen([waits[head] for head in heads]),
        incline_permille=_frozen(
            [
                edge.incline_permille if row[3] else -edge.incline_permille
                for edge, row in zip(arc_edges, rows, strict=True)
            ]
        ),
        twins=_frozen([known.get((rank, not forward), -1) for _, rank, _, forward in rows]),
        capacities=_frozen([edge.capacity for edge in arc_edges]),
        may_wait=_flags([edge.may_wait for edge in arc_edges]),
    )
    return net, arc_edges


def read_only(array: Ints) -> Ints:
    """The same array, which nobody may write to any more."""
    array.flags.writeable = False
    return array


def _frozen(values: Sequence[int] | Ints) -> Ints:
    return read_only(np.array(values, dtype=np.int64))


def _flags(values: Sequence[bool]) -> Flags:
    array = np.array(values, dtype=np.bool_)
    array.flags.writeable = False
    return array
