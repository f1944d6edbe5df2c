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

NOT_THERE = "a robot is on no arc, or beyond the end of its arc"


class Exits(msgspec.Struct, frozen=True):
    """Where each robot can get off its arc, and in how many ms; FAR: it cannot turn."""

    ahead_nodes: Ints
    ahead_ms: Ints
    back_nodes: Ints
    back_ms: Ints


class OnArcs(msgspec.Struct, frozen=True):
    """By robot: the arc it is on. `back_ms` and `back_wait_ms` count where it `may_turn`."""

    tails: Ints
    heads: Ints
    lengths_mm: Ints
    ms: Ints
    back_ms: Ints
    wait_ms: Ints
    back_wait_ms: Ints
    may_turn: Flags


def on_arcs(net: ArcArrays, drive_ms: Ints, closed: Flags, arcs: Ints) -> OnArcs:
    """Raises ValueError for a number below 0, IndexError for an unknown arc."""
    if len(arcs) and arcs.min() < 0:
        raise ValueError(NOT_THERE)
    twins = net.twins[arcs]
    return OnArcs(
        tails=net.tails[arcs],
        heads=net.heads[arcs],
        lengths_mm=net.lengths_mm[arcs],
        ms=drive_ms[arcs],
        back_ms=drive_ms[twins],
        wait_ms=net.wait_ms[arcs],
        back_wait_ms=net.wait_ms[twins],
        may_turn=(twins >= 0) & (closed[arcs] | ~closed[twins]),
    )


def exits(on: OnArcs, offsets_mm: Ints) -> Exits:
    """Raises ValueError for an offset that is not on its arc."""
    rest_mm = on.lengths_mm - offsets_mm
    if (offsets_mm < 0).any() or (rest_mm < 0).any():
        raise ValueError(NOT_THERE)
    ahead_ms = -(-on.ms * rest_mm // on.lengths_mm)
    ahead_ms += np.where(ahead_ms > 0, on.wait_ms, 0)
    back_ms = -(-on.back_ms * offsets_mm // on.lengths_mm) + on.back_wait_ms
    # At its very start the robot stands at the tail, whatever leads back there.
    back_ms = np.where(offsets_mm == 0, 0, np.where(on.may_turn, back_ms, FAR))
    return Exits(on.heads, ahead_ms, on.tails, back_ms)
