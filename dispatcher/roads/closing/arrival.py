# SPDX-License-Identifier: Apache-2.0
"""When a robot gets where on a given way, through whatever changes while it drives.

A table of travel times knows the slot of the departure alone. Here the ride over each arc is cut at
the borders of slots: the share of the arc that is left is driven at the new slot's pace. An arc
that is closed is not entered before it opens. One that closes under way is waited for on the spot;
where it is the gate at its end that shuts, the robot drives up to the gate and waits there.

What must hold: leaving later never means arriving earlier. Within one slot the times are those of
the table. All reckoning is exact; an arrival is rounded up to whole ms.
"""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil

import msgspec

from dispatcher.roads.closing.timetable import Slot, Timetable
from dispatcher.roads.graph import RoadGraph

NEVER = -1
NO_NODE = -1


class _Ride(msgspec.Struct, frozen=True):
    """One arc: its number and length, the speed on it, what its head costs.

    `gate_node` is the head where that has opening hours, else NO_NODE.
    """

    arc: int
    length_mm: int
    speed_mm_s: int
    wait_ms: int
    gate_node: int


def arrivals(
    graph: RoadGraph,
    timetable: Timetable,
    speed_mm_s: int,
    path: Sequence[str],
    depart_ms: int,
) -> tuple[int, ...]:
    """By node of the path: when the robot is there and past its gate, in UTC epoch ms, or NEVER.

    The first is the departure. Raises KeyError where no arc leads from a node to the next.
    """
    found = [depart_ms]
    for tail, head in pairwise(path):
        ride = _ride(graph, speed_mm_s, tail, head)
        found.append(NEVER if found[-1] == NEVER else _arrival(timetable, ride, found[-1]))
    return tuple(found)


def _ride(graph: RoadGraph, speed_mm_s: int, tail: str, head: str) -> _Ride:
    number = graph.arc_number(tail, head)
    edge, node = graph.arc(number).edge, graph.node(head)
    return _Ride(
        arc=number,
        length_mm=edge.length_mm,
        speed_mm_s=min(edge.speed_mm_s, speed_mm_s),
        wait_ms=node.wait_ms,
        gate_node=graph.node_number(head) if node.open_hours else NO_NODE,
    )


def _arrival(timetable: Timetable, ride: _Ride, depart_ms: int) -> int:
    """When the robot is past the arc's head, or NEVER."""
    now_ms, left = depart_ms, Fraction(1)
    waiting_since_ms = now_ms
    while True:
        slot = timetable.conditions_at(now_ms)
        closed = _holds(slot.conditions.closed, ride.arc)
        gate_is_shut = closed and _holds(slot.conditions.shut, ride.gate_node)
        # Nobody enters what is closed; but up to a gate that shuts there is nothing in the way.
        if not closed or (gate_is_shut and left < 1):
            whole_ms = _whole_ms(slot, ride)
            ready_ms = now_ms + left * whole_ms
            if slot.until_ms and ready_ms >= slot.until_ms:
                left -= (slot.until_ms - now_ms) / whole_ms
            elif gate_is_shut:
                left = Fraction(0)
            else:
                return ceil(ready_ms) + ride.wait_ms
        elif left == 0:
            return now_ms + ride.wait_ms
        if not closed:
            waiting_since_ms = slot.until_ms
        if not slot.until_ms or timetable.is_for_good(waiting_since_ms, slot.until_ms):
            return NEVER
        now_ms = slot.until_ms


def _whole_ms(slot: Slot, ride: _Ride) -> Fraction:
    """How many ms the whole of the arc takes, exactly."""
    extras = slot.conditions.extra_mm
    at = bisect_left(extras, (ride.arc,))
    known = at < len(extras) and extras[at][0] == ride.arc
    length_mm = max(1, ride.length_mm + (extras[at][1] if known else 0))
    return Fraction(length_mm * 1000, ride.speed_mm_s)


def _holds(numbers: tuple[int, ...], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number
