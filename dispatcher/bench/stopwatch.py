# SPDX-License-Identifier: Apache-2.0
"""Takes times side by side: contenders in turn, round after round, so that all see the same load.

What must hold: a figure is a median, told with its least and greatest, never a single time.
"""

import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from statistics import median
from typing import TypeVar

import msgspec

Result = TypeVar("Result")


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds: the median of the rounds, the least and the greatest."""

    median_ms: float
    least_ms: float
    greatest_ms: float
    rounds: int

    def divided(self, parts: int) -> "Spread":
        """The same for one of so many equal parts."""
        return Spread(
            self.median_ms / parts, self.least_ms / parts, self.greatest_ms / parts, self.rounds
        )

    def __str__(self) -> str:
        return (
            f"{_shown(self.median_ms):>9} ms   "
            f"({_shown(self.least_ms)} to {_shown(self.greatest_ms)}, {self.rounds} rounds)"
        )


class Machine(msgspec.Struct, frozen=True):
    """What the figures were taken on."""

    processor: str
    cores: int
    load_before: float
    load_after: float
    versions: dict[str, str]


def spread(times_ms: list[float]) -> Spread:
    """Raises statistics.StatisticsError where there is no time."""
    return Spread(median(times_ms), min(times_ms), max(times_ms), len(times_ms))


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """(ms it took, what came of it)"""
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1000, result


def side_by_side(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Spread]:
    """Each contender once a round, in an order that turns from round to round."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            taken[name].append(timed(contenders[name])[0])
    return {name: spread(times) for name, times in taken.items()}


def load() -> float:
    """Programs that wanted to run, on average over the last minute; -1 where nobody counts."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else -1.0


def machine(load_before: float, packages: tuple[str, ...]) -> Machine:
    versions = {"python": platform.python_version()} | {name: version(name) for name in packages}
    processor = f"{platform.machine()} {platform.system()}"
    return Machine(processor, os.cpu_count() or 1, load_before, load(), versions)


def _shown(value_ms: float) -> str:
    return f"{value_ms:,.0f}" if value_ms >= 100 else f"{value_ms:.3g}"
