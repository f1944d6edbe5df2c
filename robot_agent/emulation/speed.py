# SPDX-License-Identifier: Apache-2.0
"""Speed along a way of several stretches: speed up, drive evenly, brake, each as long as it takes.

Ints: mm, mm/s, mm/s², ms. What must hold: no stretch is driven faster than its limit (but for the
braking down to it), the way ends at speed 0, and position never runs backwards over time.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isqrt

import msgspec


class Phase(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """From `start_ms` to `end_ms` at one acceleration, from `start_mm` to `end_mm` of the way."""

    start_ms: int
    end_ms: int
    start_mm: int
    end_mm: int
    speed_mm_s: int
    acceleration_mm_s2: int

    def place_mm(self, now_ms: int) -> int:
        """How far along the way at a time in this phase."""
        took_ms = min(now_ms, self.end_ms) - self.start_ms
        if now_ms >= self.end_ms:
            return self.end_mm
        driven = self.speed_mm_s * took_ms // 1000
        driven += self.acceleration_mm_s2 * took_ms * took_ms // 2_000_000
        return min(self.end_mm, self.start_mm + max(0, driven))

    def speed_at(self, now_ms: int) -> int:
        """mm/s at a time in this phase."""
        took_ms = min(now_ms, self.end_ms) - self.start_ms
        return max(0, self.speed_mm_s + self.acceleration_mm_s2 * took_ms // 1000)


def phases_over(
    lengths_mm: Sequence[int],
    limits_mm_s: Sequence[int],
    speed_mm_s: int,
    acceleration_mm_s2: int,
    deceleration_mm_s2: int,
    start_ms: int,
) -> tuple[list[Phase], list[int]]:
    """The phases over all stretches, and when the end of each stretch is reached."""
    up, down = acceleration_mm_s2, deceleration_mm_s2
    entries = _entry_speeds(lengths_mm, limits_mm_s, speed_mm_s, up, down)
    phases: list[Phase] = []
    ends_ms: list[int] = []
    now_ms, at_mm = start_ms, 0
    for number, length_mm in enumerate(lengths_mm):
        if length_mm > 0:
            begin, end = entries[number], entries[number + 1]
            parts = _parts(length_mm, limits_mm_s[number], begin, end, up, down)
            for part_mm, from_mm_s, to_mm_s, rate in parts:
                took_ms = max(1, -(-2000 * part_mm // max(1, from_mm_s + to_mm_s)))
                end_ms, end_mm = now_ms + took_ms, at_mm + part_mm
                phases.append(Phase(now_ms, end_ms, at_mm, end_mm, from_mm_s, rate))
                now_ms, at_mm = end_ms, end_mm
        ends_ms.append(now_ms)
    return phases, ends_ms


def braking(
    place_mm: int, speed_mm_s: int, deceleration_mm_s2: int, end_mm: int, start_ms: int
) -> Phase:
    """To a stand as soon as possible, at the way's end at the latest."""
    wanted_mm = speed_mm_s * speed_mm_s // (2 * deceleration_mm_s2)
    length_mm = min(wanted_mm, end_mm - place_mm)
    took_ms = 1000 * speed_mm_s // deceleration_mm_s2
    if length_mm < wanted_mm:  # The way's end is nearer: it was braking for that already.
        took_ms = 2000 * length_mm // max(1, speed_mm_s)
    rate = -1000 * speed_mm_s // max(1, took_ms) if speed_mm_s else 0
    return Phase(start_ms, start_ms + took_ms, place_mm, place_mm + length_mm, speed_mm_s, rate)


def reached_ms(phase: Phase, place_mm: int) -> int:
    """The first ms at which a place of this phase is reached."""
    low, high = phase.start_ms, phase.end_ms
    while low < high:
        middle = (low + high) // 2
        if phase.place_mm(middle) >= place_mm:
            high = middle
        else:
            low = middle + 1
    return low


def _entry_speeds(
    lengths_mm: Sequence[int], limits: Sequence[int], speed_mm_s: int, up: int, down: int
) -> list[int]:
    """The speed at each border between stretches: what both sides and braking later allow."""
    speeds = [speed_mm_s, *(min(pair) for pair in pairwise(limits)), 0]
    for number in range(len(lengths_mm) - 1, -1, -1):
        able = isqrt(speeds[number + 1] ** 2 + 2 * down * lengths_mm[number])
        # Where a way ends nearer than it can brake it stops dead: better than driving beyond it.
        speeds[number] = min(speeds[number], able)
    for number, length_mm in enumerate(lengths_mm):
        able = isqrt(speeds[number] ** 2 + 2 * up * length_mm)
        speeds[number + 1] = min(speeds[number + 1], able)
    return speeds


def _parts(
    length_mm: int, limit: int, begin: int, end: int, up: int, down: int
) -> list[tuple[int, int, int, int]]:
    """(length, speed before, speed after, acceleration) of what one stretch is made of."""
    if begin > limit:  # It comes in too fast: brake to the limit first.
        first = min(length_mm, (begin * begin - limit * limit) // (2 * down))
        rest = length_mm - first
        parts = [(first, begin, limit, -down)] if first else []
        return parts + (_parts(rest, limit, limit, min(end, limit), up, down) if rest else [])
    square = (2 * up * down * length_mm + down * begin * begin + up * end * end) // (up + down)
    peak = max(1, end, begin, min(limit, isqrt(square)))
    rising = min(length_mm, (peak * peak - begin * begin) // (2 * up))
    falling = min(length_mm - rising, (peak * peak - end * end) // (2 * down))
    even = length_mm - rising - falling
    found = [(rising, begin, peak, up), (even, peak, peak, 0), (falling, peak, end, -down)]
    return [part for part in found if part[0] > 0]
