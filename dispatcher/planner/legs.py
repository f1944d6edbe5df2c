# SPDX-License-Identifier: Apache-2.0
"""Travel, remembered: how long the way from node to node is, for who sets out when.

What must hold: no state besides remembered legs. Where the table is one and the same at all times,
a leg is two look-ups (`legs[a][b]`); only who meets `later` tables asks by the moment. Who may wait
before setting out arrives no later for being there earlier: `leave` finds the best moment. Nobody
sets out on a way that is closed by the time of arrival.
"""

from bisect import bisect_right
from typing import Final, NamedTuple

from dispatcher.planner.problem import FOREVER_MS, UNREACHABLE, Travel

WAIT_MAX_MS: Final = 3_600_000
"""The longest wait at a stop for a way to become better or to open at all."""


class _Row(dict[str, tuple[int, int]]):
    """The legs from one node, each asked for once."""

    def __init__(self, travel: Travel, from_node: str) -> None:
        super().__init__()
        self._travel = travel
        self._from_node = from_node

    def __missing__(self, to_node: str) -> tuple[int, int]:
        ms = self._travel.time_ms(self._from_node, to_node)
        mm = UNREACHABLE if ms < 0 else self._travel.length_mm(self._from_node, to_node)
        self[to_node] = (ms, mm)
        return ms, mm


class Leaving(NamedTuple):
    """When to set out, and how far it is then; `ms` is negative where there is no way."""

    depart_ms: int
    ms: int
    mm: int

    @property
    def arrive_ms(self) -> int:
        """When it is over."""
        return self.depart_ms + self.ms


class Legs(dict[str, _Row]):
    """`legs[a][b]` is (ms, mm) by the first table, ms negative where there is no way.

    `later` are the tables that follow, in order, each with its first moment.
    """

    def __init__(self, travel: Travel) -> None:
        super().__init__()
        starts_ms = travel.changes_ms()
        self._travel = travel.at(starts_ms[0] - 1) if starts_ms else travel
        self.later: tuple[tuple[int, Legs], ...] = tuple(
            (from_ms, Legs(travel.at(from_ms))) for from_ms in starts_ms
        )
        self._starts_ms = [from_ms for from_ms, _ in self.later]

    def __missing__(self, from_node: str) -> _Row:
        row = self[from_node] = _Row(self._travel, from_node)
        return row

    def at(self, depart_ms: int) -> "Legs":
        """The table for who sets out at that moment."""
        number = bisect_right(self._starts_ms, depart_ms)
        return self.later[number - 1][1] if number else self

    def slot(self, at_ms: int) -> tuple["Legs", int]:
        """The table for who sets out at that moment, and when the next one comes into force."""
        number = bisect_right(self._starts_ms, at_ms)
        until_ms = self._starts_ms[number] if number < len(self.later) else FOREVER_MS
        return self.at(at_ms), until_ms

    def leg(self, from_node: str, to_node: str) -> tuple[int, int]:
        """The quickest leg that any of the tables has."""
        best = self[from_node][to_node]
        for _, table in self.later:
            ms, mm = table[from_node][to_node]
            if ms >= 0 and (best[0] < 0 or ms < best[0]):
                best = ms, mm
        return best

    def leave(self, from_node: str, to_node: str, at_ms: int, wait_ms: int = FOREVER_MS) -> Leaving:
        """For who is ready at `at_ms` and may wait: how to arrive first, then leave first."""
        number = bisect_right(self._starts_ms, at_ms)
        best = Leaving(at_ms, *self._leg_at(at_ms, from_node, to_node))
        for from_ms, _ in self.later[number:]:
            if from_ms > at_ms + wait_ms or (best.ms >= 0 and from_ms >= best.arrive_ms):
                break
            ms, mm = self._leg_at(from_ms, from_node, to_node)
            if ms >= 0 and (best.ms < 0 or from_ms + ms < best.arrive_ms):
                best = Leaving(from_ms, ms, mm)
        return best

    def _leg_at(self, depart_ms: int, from_node: str, to_node: str) -> tuple[int, int]:
        """The leg for who sets out then; none where the way is closed by the time of arrival."""
        ms, mm = self.at(depart_ms)[from_node][to_node]
        if ms >= 0 and self.at(depart_ms + ms)[from_node][to_node][0] < 0:
            return UNREACHABLE, UNREACHABLE
        return ms, mm

    def leave_last(
        self, from_node: str, to_node: str, by_ms: int, not_before_ms: int
    ) -> Leaving | None:
        """The last moment to set out for who must be there at `by_ms`; None: it is too late."""
        end_ms = by_ms + 1
        for number in range(bisect_right(self._starts_ms, by_ms), -1, -1):
            from_ms, table = self.later[number - 1] if number else (not_before_ms, self)
            ms, mm = table[from_node][to_node]
            depart_ms = min(end_ms - 1, by_ms - ms)
            if ms >= 0 and depart_ms >= max(from_ms, not_before_ms):
                ms, mm = self._leg_at(depart_ms, from_node, to_node)
                return Leaving(depart_ms, ms, mm) if ms >= 0 else None
            if from_ms <= not_before_ms:
                break
            end_ms = from_ms
        return None
