# SPDX-License-Identifier: Apache-2.0
"""Streams of parcels that may still come: like those that came lately.

What must hold: nothing is known of the future but how often and what came so far; every draw is of
the generator alone.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec

from dispatcher.planner.part import windows_of
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Window

DRAWN_MAX: Final = 200
"""At most so many parcels of one future."""


class LikeBefore:
    """Parcels as they came before, again, with as much time ahead of them.

    `history` are parcels with the moment each became known, of which only those are looked at that
    are known by then; `count` of them are expected within `ahead_ms`.
    """

    def __init__(self, history: Sequence[tuple[int, Parcel]], ahead_ms: int, count: int) -> None:
        """Raises ValueError where there is no time ahead, or a count below zero."""
        if ahead_ms <= 0 or count < 0:
            raise ValueError("ahead_ms must be above zero, and count not below")
        self._history = tuple(history)
        self._ahead_ms = ahead_ms
        self._count = min(count, DRAWN_MAX)

    def draw(self, problem: Problem, rng: Random) -> tuple[Parcel, ...]:
        """As many as are expected, each like one that came before, at a new time."""
        now_ms = problem.now_ms
        known = [one for one in self._history if one[0] <= now_ms]
        drawn = []
        for _ in range(self._count if known else 0):
            known_ms, parcel = rng.choice(known)
            drawn.append(_moved(parcel, now_ms + 1 + rng.randrange(self._ahead_ms) - known_ms))
        return tuple(drawn)


def _moved(parcel: Parcel, by_ms: int) -> Parcel:
    """The same parcel at another time of the day; open ends stay open."""
    pickups = [_shifted(one, by_ms) for one in windows_of(parcel, at_dropoff=False)]
    dropoffs = [_shifted(one, by_ms) for one in windows_of(parcel, at_dropoff=True)]
    return msgspec.structs.replace(
        parcel,
        aboard="",
        planned_robot="",
        ready_ms=parcel.ready_ms + by_ms,
        pickup_earliest_ms=pickups[0].earliest_ms,
        pickup_latest_ms=pickups[0].latest_ms,
        more_pickups=tuple(pickups[1:]),
        dropoff_earliest_ms=dropoffs[0].earliest_ms,
        dropoff_latest_ms=dropoffs[0].latest_ms,
        more_dropoffs=tuple(dropoffs[1:]),
    )


def _shifted(window: Window, by_ms: int) -> Window:
    latest_ms = window.latest_ms + by_ms if window.latest_ms < FOREVER_MS else FOREVER_MS
    return Window(max(0, window.earliest_ms + by_ms), latest_ms)
