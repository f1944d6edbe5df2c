# SPDX-License-Identifier: Apache-2.0
"""What is different from the plain map for a while: arcs closed, targets shut, arcs made longer.

What must hold: a value, hashable, in sorted order, so that equal conditions are one key of a cache.
Arcs and nodes are the numbers of one `RoadGraph`.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec


class Conditions(msgspec.Struct, frozen=True):
    """Raises ValueError where it is not sorted, names something twice or a number below 0."""

    closed: tuple[int, ...] = ()
    """Arcs that nobody may enter."""
    shut: tuple[int, ...] = ()
    """Nodes that are no target: out of reach from everywhere but themselves."""
    extra_mm: tuple[tuple[int, int], ...] = ()
    """(arc, mm added to or taken from its length): for its time only; at least 1 mm remains."""

    def __post_init__(self) -> None:
        arcs = tuple(arc for arc, _ in self.extra_mm)
        for name, numbers in (("closed", self.closed), ("shut", self.shut), ("extra_mm", arcs)):
            if any(a >= b for a, b in pairwise(numbers)):
                raise ValueError(f"conditions: {name} is not sorted, or names a number twice")
            if numbers and numbers[0] < 0:
                raise ValueError(f"conditions: {name} names {numbers[0]}, which is below 0")


OPEN = Conditions()


def conditions(
    closed: Iterable[int] = (), shut: Iterable[int] = (), extra_mm: Mapping[int, int] | None = None
) -> Conditions:
    """Conditions of what comes in any order, repeated or not; an extra of 0 mm is left out."""
    extras = sorted((extra_mm or {}).items())
    return Conditions(
        tuple(sorted(dict.fromkeys(closed))),
        tuple(sorted(dict.fromkeys(shut))),
        tuple((arc, mm) for arc, mm in extras if mm),
    )
