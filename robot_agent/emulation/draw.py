# SPDX-License-Identifier: Apache-2.0
"""Luck drawn from names: the same seed and names give the same number, whoever asks and when.

What must hold: nothing here has a memory, so that emulator and simulation meet the same luck.
"""

from hashlib import sha256

WHOLE_PPM = 1_000_000
HOUR_MS = 3_600_000
SLOTS_LOOKED_AT = 1_000


def draw(*names: object) -> int:
    """64 bits of sha256 over the names."""
    text = "|".join(str(name) for name in names)
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def between(number: int, low: int, high: int) -> int:
    """A drawn number brought into low to high, both included."""
    return low + number % max(1, high - low + 1)


def happens(share_ppm: int, *names: object) -> bool:
    """Whether it is one of the `share_ppm` in a million to whom it happens."""
    return share_ppm > 0 and draw(*names) % WHOLE_PPM < share_ppm


def next_time_ms(rate_per_1000_h: int, after_ms: int, *names: object) -> int | None:
    """When something that happens so often happens next; None: not for long.

    Time is cut into slots so short that once a slot is enough; each slot has its own draw.
    """
    if rate_per_1000_h <= 0:
        return None
    slots_per_hour = 1 + 2 * rate_per_1000_h // 1000
    slot_ms = max(1, HOUR_MS // slots_per_hour)
    share_ppm = rate_per_1000_h * 1000 * slot_ms // HOUR_MS
    first = after_ms // slot_ms
    for slot in range(first, first + SLOTS_LOOKED_AT):
        if happens(share_ppm, *names, slot):
            time_ms = slot * slot_ms + draw(*names, slot, "when") % slot_ms
            if time_ms > after_ms:
                return time_ms
    return None
