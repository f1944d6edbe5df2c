# SPDX-License-Identifier: Apache-2.0
"""How much work a solve may be: a number of iterations, CPU time, or wall time.

What must hold: with `iterations` the same request gives the same plan, and no clock is looked at;
time is for service and for benches, where the result is recorded and never computed again.
"""

import time

import msgspec


class Budget(msgspec.Struct, frozen=True):
    """Exactly one of these is above zero.

    `iterations`: of the kernel's search, or solutions that OR-Tools may look at. `wall_ms`: real
    time from the moment of asking. `cpu_ms`: time that this process has computed since then.
    """

    iterations: int = 0
    wall_ms: int = 0
    cpu_ms: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError where it is no budget."""
        kinds = (self.iterations, self.wall_ms, self.cpu_ms)
        if min(kinds) < 0 or sum(1 for kind in kinds if kind) != 1:
            raise ValueError("a budget is one of iterations, wall_ms and cpu_ms, above zero")


class Purse:
    """What is left of a budget."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._iterations = budget.iterations
        self._clock_ns = time.process_time_ns if budget.cpu_ms else time.monotonic_ns
        self._whole_ns = (budget.cpu_ms or budget.wall_ms) * 1_000_000
        self._begin_ns = 0 if budget.iterations else self._clock_ns()

    @property
    def by_time(self) -> bool:
        """Whether time is what is spent."""
        return not self.budget.iterations

    def spent_ns(self) -> int:
        """Time since the budget began; 0 where work is counted."""
        return self._clock_ns() - self._begin_ns if self.by_time else 0

    def left_ms(self) -> int:
        """Time that is left, never below zero; 0 where work is counted."""
        return max(0, (self._whole_ns - self.spent_ns()) // 1_000_000)

    def left_iterations(self) -> int:
        """Work that is left; 0 where time is spent."""
        return self._iterations

    def take(self, iterations: int) -> None:
        """Count work that was done."""
        self._iterations = max(0, self._iterations - iterations)

    def share(self, percent: int) -> Budget | None:
        """A part of what is left, for somebody else to spend; None: nothing is left."""
        if self.by_time:
            part_ms = self.left_ms() * percent // 100
            return Budget(wall_ms=part_ms) if part_ms > 0 else None
        part = min(self._iterations, max(1, self._iterations * percent // 100))
        self._iterations -= part
        return Budget(iterations=part) if part > 0 else None
