# SPDX-License-Identifier: Apache-2.0
"""Whose parcels come when: the stream of the demo, drawn from a seed.

What must hold: the same graph, seed, count and start give the same parcels, whoever asks: demo and
simulation deliver the same day.
"""

from hashlib import sha256
from typing import Final

from dispatcher.parcel_file import ParcelRow
from dispatcher.roads.graph import RoadGraph

MINUTE_MS: Final = 60_000
SLOT_MS: Final = 30 * MINUTE_MS

EARLY_PCT: Final = 40
"""So many of a hundred parcels came over night: they lie at the station when the day begins."""

PER_HOUR: Final = 120
"""The others come in evenly, as many an hour."""

SIZES: Final = (("S", 60, 150, 2_000), ("M", 30, 500, 6_000), ("L", 10, 2_000, 15_000))
"""Size, its share in per cent, and the least and greatest mass in g."""

SLOT_WEIGHTS: Final = (6, 4, 3, 2)
"""How students choose among the next slots that are offered: soon, rather than late."""

DORM_WEIGHT: Final = 4
"""A stop at a dormitory gets so many times the parcels of another stop."""


def demo_parcels(graph: RoadGraph, seed: int, count: int, start_ms: int) -> tuple[ParcelRow, ...]:
    """`count` parcels from `start_ms` on, in order of announcement.

    Raises ValueError where the campus has no stop.
    """
    stops = _weighted_stops(graph)
    if not stops:
        raise ValueError(f"campus {graph.campus.site.id} has no stop to deliver to")
    rows = [_row(number, seed, count, start_ms, stops) for number in range(count)]
    return tuple(sorted(rows, key=lambda row: (row.announced_ms, row.parcel)))


def _row(number: int, seed: int, count: int, start_ms: int, stops: tuple[str, ...]) -> ParcelRow:
    draw = _Draw(f"{seed}|{number}")
    early = number < count * EARLY_PCT // 100
    if early:
        announce_ms = start_ms
    else:
        span_ms = max(1, (count - count * EARLY_PCT // 100) * 60 * MINUTE_MS // PER_HOUR)
        announce_ms = start_ms + draw.below(span_ms)
    size, low_g, high_g = _size(draw.below(100))
    # A parcel announced in the morning is on the van that comes within half an hour.
    at_station_ms = announce_ms if early else announce_ms + draw.below(30) * MINUTE_MS
    slot = _slot(draw)
    if early and number < count // 20:
        slot = 0  # Somebody always waits at the door: the day begins with work.
    first_ms = start_ms + -(-(at_station_ms - start_ms) // SLOT_MS) * SLOT_MS
    slot_from_ms = first_ms + slot * SLOT_MS
    return ParcelRow(
        parcel=f"p-{number + 1:04}",
        announced_ms=announce_ms,
        at_station_ms=at_station_ms,
        slot_from_ms=slot_from_ms,
        slot_until_ms=slot_from_ms + SLOT_MS,
        size=size,
        mass_g=low_g + draw.below(high_g - low_g),
        stop=stops[draw.below(len(stops))],
        recipient=f"r-{draw.below(10 * count) + 1:05}",
    )


def _weighted_stops(graph: RoadGraph) -> tuple[str, ...]:
    """The stops, those of dormitories several times."""
    dorms = {b.stop for b in graph.campus.buildings.values() if b.use == "dorm"}
    return tuple(
        stop.id
        for stop in graph.places("stop")
        for _ in range(DORM_WEIGHT if stop.id in dorms else 1)
    )


def _size(percentile: int) -> tuple[str, int, int]:
    for size, share, low_g, high_g in SIZES:
        if percentile < share:
            return size, low_g, high_g
        percentile -= share
    raise AssertionError("the shares of the sizes add up to 100")


def _slot(draw: "_Draw") -> int:
    """Which of the slots on offer is chosen; 0 is the soonest."""
    place = draw.below(sum(SLOT_WEIGHTS))
    for slot, weight in enumerate(SLOT_WEIGHTS):
        if place < weight:
            return slot
        place -= weight
    raise AssertionError("a draw below the sum of the weights meets one of them")


class _Draw:
    """Numbers drawn from a text: the same text, the same numbers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._count = 0

    def below(self, limit: int) -> int:
        self._count += 1
        digest = sha256(f"{self._text}|{self._count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit
