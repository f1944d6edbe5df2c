# SPDX-License-Identifier: Apache-2.0
"""The week as the clocks of one place show it: from UTC to minutes of the week, and back.

What must hold: `borders` leaves out no moment at which the minute of the week becomes one of those
asked for, or jumps because the clocks are put forward or back. It may name others.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo

from robot_agent.campus_hours import DAY_MIN

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MS = 250_000_000_000_000
"""In the year 9892: what lies later is never, so that no date overflows."""
DAY_MS = DAY_MIN * 60_000


class LocalWeek:
    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def minute(self, at_ms: int) -> int:
        """The minute of the week, Monday 00:00 is 0; at_ms within 1970 and LAST_MS."""
        local = self._local(at_ms)
        return local.weekday() * DAY_MIN + local.hour * 60 + local.minute

    def borders(self, from_ms: int, until_ms: int, minutes: Collection[int]) -> list[int]:
        """Moments from `from_ms` to `until_ms`, both included, in order; see the module."""
        by_day: dict[int, list[int]] = {}
        for minute in minutes:
            by_day.setdefault(minute // DAY_MIN % 7, []).append(minute % DAY_MIN)
        found: list[int] = []
        # From the day before to the day after: local days begin up to 14 h off.
        day = self._local(from_ms).date() - timedelta(days=1)
        last = self._local(until_ms).date() + timedelta(days=1)
        while day <= last:
            midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
            for minute in by_day.get(day.weekday(), ()):
                clock = midnight.replace(hour=minute // 60, minute=minute % 60)
                # An hour that comes twice has two such moments.
                found += (_utc_ms(clock), _utc_ms(clock.replace(fold=1)))
            day += timedelta(days=1)
        found += self._jumps(from_ms, until_ms)
        return sorted({at_ms for at_ms in found if from_ms <= at_ms <= until_ms})

    def _jumps(self, from_ms: int, until_ms: int) -> list[int]:
        """The moments at which the clocks are put forward or back."""
        jumps: list[int] = []
        for start_ms in range(from_ms - 1, until_ms, DAY_MS):
            low_ms, high_ms = start_ms, min(start_ms + DAY_MS, until_ms)
            before = self._offset(low_ms)
            if self._offset(high_ms) == before:
                continue
            while high_ms - low_ms > 1:
                middle_ms = (low_ms + high_ms) // 2
                if self._offset(middle_ms) == before:
                    low_ms = middle_ms
                else:
                    high_ms = middle_ms
            jumps.append(high_ms)
        return jumps

    def _offset(self, at_ms: int) -> timedelta:
        return self._local(at_ms).utcoffset() or timedelta()

    def _local(self, at_ms: int) -> datetime:
        return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(self._zone)


def _utc_ms(local: datetime) -> int:
    return (local.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)
