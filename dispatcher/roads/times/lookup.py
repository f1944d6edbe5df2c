# SPDX-License-Identifier: Apache-2.0
"""A robot anywhere on an arc: its time to a target, read from the table, for many robots at once.

What must hold: no search. A robot goes on to the arc's end, or turns back where its edge has an
open arc the other way; one on a closed arc may leave it either way. Standing at a node costs no
wait; reaching one costs the node's.
"""

import msgspec
import numpy as np

from dispatcher.roads.arc_arrays import ArcArrays, Flags, Ints
from dispatcher.roads.times.search import FAR


class Exits(msgspec.Struct, frozen=True):
    """Where each robot can get off its arc, and in how many ms; FAR: it cannot turn."""

    ahead_nodes: Ints
    ahead_ms: Ints
    back_nodes: Ints
    back_ms: Ints


def exits(net: ArcArrays, drive_ms: Ints, closed: Flags, arcs: Ints, offsets_mm: Ints) -> Exits:
    """Raises ValueError for an offset that is not on its arc, IndexError for an unknown arc."""
    lengths_mm = net.lengths_mm[arcs]
    if len(arcs) and (arcs.min() < 0 or offsets_mm.min() < 0 or (offsets_mm > lengths_mm).any()):
        raise ValueError("a robot is on no arc, or beyond the end of its arc")
    twins = net.twins[arcs]
    rest_ms = -(-drive_ms[arcs] * (lengths_mm - offsets_mm) // lengths_mm)
    ahead_ms = rest_ms + np.where(rest_ms > 0, net.wait_ms[arcs], 0)
    behind_ms = -(-drive_ms[twins] * offsets_mm // lengths_mm)
    back_ms = behind_ms + np.where(offsets_mm > 0, net.wait_ms[twins], 0)
    turns = (twins >= 0) & (closed[arcs] | ~closed[twins])
    # At its very start the robot stands at the tail, whatever leads back there.
    back_ms = np.where(offsets_mm == 0, 0, np.where(turns, back_ms, FAR))
    return Exits(net.heads[arcs], ahead_ms, net.tails[arcs], back_ms)
