# SPDX-License-Identifier: Apache-2.0
"""Virtual time: what is to happen when, in a heap.

What must hold: time never runs backwards; what is due at the same time happens in the order in
which it was asked for, so that a run depends on nothing but its input.
"""

import heapq
from collections.abc import Callable


class VirtualTime:
    """The clock of a simulated world. `now_ms` is site time."""

    def __init__(self, start_ms: int) -> None:
        self.now_ms = start_ms
        self._count = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []

    def at(self, time_ms: int, what: Callable[[], None]) -> None:
        """Let something happen at a time; at once (but not before this call returns) if past."""
        self._count += 1
        heapq.heappush(self._due, (max(time_ms, self.now_ms), self._count, what))

    def after(self, wait_ms: int, what: Callable[[], None]) -> None:
        """Let something happen in a while."""
        self.at(self.now_ms + wait_ms, what)

    @property
    def next_ms(self) -> int | None:
        """When the next thing is due; None: nothing ever."""
        return self._due[0][0] if self._due else None

    def step(self) -> None:
        """Go to the next thing that is due, and let it happen."""
        self.now_ms, _, what = heapq.heappop(self._due)
        what()
