# SPDX-License-Identifier: Apache-2.0
"""Int milliseconds since 1970 UTC to and from the standard's ISO 8601 notation with `Z`."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_KEPT = 16


def to_timestamp(time_ms: int) -> str:
    """`2026-01-31T12:00:00.120Z`. Raises OverflowError outside the years 1 to 9999."""
    second, ms = divmod(time_ms, 1000)
    return f"{_second(second)}.{ms:03d}Z"


def from_timestamp(text: str) -> int:
    """Any fraction of a second is taken, `+00:00` too. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.utcoffset() != timedelta(0):
        raise ValueError(f"timestamp {text!r} is not in UTC")
    return (moment - EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=SECONDS_KEPT)
def _second(time_s: int) -> str:
    """A fleet says much within one second."""
    return (EPOCH + timedelta(seconds=time_s)).replace(tzinfo=None).isoformat()
