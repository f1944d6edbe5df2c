# SPDX-License-Identifier: Apache-2.0
"""How much work a solve may be: a number of solutions, or wall time.

What must hold: with `solutions` the same request gives the same plan, and no clock is looked at;
wall time is for service, where the result is recorded and never computed again.
"""

import time

import msgspec


class Budget(msgspec.Struct, frozen=True):
    """`solutions` that OR-Tools may look at in all, or where that is 0, `wall_ms` of real time."""

    solutions: int = 0
    wall_ms: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError where it is no budget."""
        if self.solutions < 0 or self.wall_ms < 0 or not (self.solutions or self.wall_ms):
            raise ValueError("a budget needs solutions or wall_ms above zero")


class Purse:
    """What is left of a budget."""

    def __init__(self, budget: Budget) -> None:
        self._solutions = budget.solutions
        self._by_time = not budget.solutions
        self._deadline_ns = time.monotonic_ns() + budget.wall_ms * 1_000_000

    def share(self, percent: int) -> Budget | None:
        """A part of what is left, taken out; None: nothing is left."""
        if self._by_time:
            left_ms = (self._deadline_ns - time.monotonic_ns()) // 1_000_000
            part_ms = left_ms * percent // 100
            return Budget(wall_ms=part_ms) if part_ms > 0 else None
        part = min(self._solutions, max(1, self._solutions * percent // 100))
        self._solutions -= part
        return Budget(solutions=part) if part > 0 else None
