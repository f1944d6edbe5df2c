# SPDX-License-Identifier: Apache-2.0
"""Trips as jobs and robots as machines: what the kernel hands to the recombination.

What must hold: values only, all ints; times are ms from the problem's `now_ms`. A trip is a job
that starts at any moment of `[start_ms, latest_start_ms]` and then lasts `span_ms`; to start it
before `start_ms` never ends it earlier.
"""

from typing import Final, NamedTuple

Room = tuple[int, int, int, int]
"""Compartments of size L, of M and up, of S and up, and the mass in g."""

ANY_ROBOT: Final = -1
"""The robot of a column that any robot with room for it may drive."""


class Column(NamedTuple):
    """One good trip. Its start is the beginning of loading.

    `visits` are the visit numbers of the kernel's arrays, in order. `duration_ms` is travel and
    service without waiting, `earliest_end_ms` the end when it starts arbitrarily early,
    `latest_start_ms` the last start that keeps every window, `release_ms` when its last parcel is
    ready. `robot` is the only robot that may drive it, and then as its first trip, or `ANY_ROBOT`.
    `energy_mwh` is what it takes from a battery, `length_mm` from a range.
    """

    visits: tuple[int, ...]
    cost: int
    duration_ms: int
    earliest_end_ms: int
    latest_start_ms: int
    release_ms: int
    load: Room
    robot: int = ANY_ROBOT
    energy_mwh: int = 0
    length_mm: int = 0

    @property
    def start_ms(self) -> int:
        """The earliest start that is of use."""
        early_ms = self.earliest_end_ms - self.duration_ms
        return max(self.release_ms, min(early_ms, self.latest_start_ms))

    @property
    def span_ms(self) -> int:
        """How long it lasts when it starts at `start_ms` or later."""
        return max(self.duration_ms, self.earliest_end_ms - self.start_ms)


class Machine(NamedTuple):
    """One robot: free from `free_ms` to `end_ms`, at most `trips_max` trips (0: any number).

    `range_mm` bounds all its trips together. With `capacity_mwh` above zero it has a battery that
    holds `charge_mwh` now, never less than `reserve_mwh` after a trip, and is charged between
    trips at `charge_mw` (way to the charger and back: `charge_detour_ms`, 0 mW: never).
    """

    free_ms: int
    end_ms: int
    room: Room
    trips_max: int = 0
    range_mm: int = 1 << 40
    charge_mwh: int = 0
    capacity_mwh: int = 0
    reserve_mwh: int = 0
    charge_mw: int = 0
    charge_detour_ms: int = 0
