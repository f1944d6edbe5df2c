# SPDX-License-Identifier: Apache-2.0
"""The time on a robot's own computer, and whether it can be believed.

A Raspberry Pi 4 has no clock that runs without power: until it has heard a time server its time is
any time. What must hold: between two steps the time runs with the monotonic clock; a step of the
wall clock is followed in one place, `follow_wall`, and is said.
"""

import ctypes
import time
from pathlib import Path
from typing import Literal

STEP_MS = 2_000
TRUST = ("auto", "timesyncd", "rtc", "always")
Trust = Literal["auto", "timesyncd", "rtc", "always"]
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
RTC_FOLDER = Path("/sys/class/rtc")
# A real-time clock without a battery begins in 1970 at each power-up.
RTC_BELIEVED_FROM_S = 1_767_225_600
RTC_AGREES_S = 300
STA_UNSYNC = 0x0040
TIMEX_BYTES = 256
STATUS_OFFSET = 5 * ctypes.sizeof(ctypes.c_long)


class WallClock:
    """Int ms since 1970, UTC."""

    def __init__(self) -> None:
        self._anchor_ms = 0.0
        self._anchor_s = 0.0
        self._anchor()

    def now_ms(self) -> int:
        return int(self._anchor_ms + (time.monotonic() - self._anchor_s) * 1000)

    def real_s_until(self, at_ms: int) -> float:
        """How long to sleep, rounded up so that nobody wakes a moment early."""
        return max(0.0, (at_ms + 1 - self.now_ms()) / 1000)

    def follow_wall(self) -> int:
        """Takes over a step of the wall clock of more than 2 s; by how many ms it stepped."""
        step_ms = time.time_ns() // 1_000_000 - self.now_ms()
        if abs(step_ms) <= STEP_MS:
            return 0
        self._anchor()
        return step_ms

    def _anchor(self) -> None:
        self._anchor_ms = time.time_ns() / 1e6
        self._anchor_s = time.monotonic()


def why_not_trusted(trust: Trust) -> str:
    """Why the time cannot be believed yet; empty: it can."""
    if trust == "always":
        return ""
    if trust in ("auto", "timesyncd") and TIMESYNCD.exists():
        return ""
    if trust in ("auto", "rtc") and _has_good_rtc():
        return ""
    if trust == "auto" and _kernel_says_synchronised():
        return ""
    wanted = {
        "auto": "no time server was heard and no real-time clock is believable",
        "timesyncd": f"systemd-timesyncd has not made {TIMESYNCD}",
        "rtc": "no real-time clock agrees with the system's time",
    }
    return wanted[trust]


def _has_good_rtc() -> bool:
    try:
        files = sorted(RTC_FOLDER.glob("rtc*/since_epoch"))
        return any(_is_good(int(file.read_text())) for file in files)
    except (OSError, ValueError):
        return False


def _is_good(rtc_s: int) -> bool:
    return rtc_s >= RTC_BELIEVED_FROM_S and abs(rtc_s - time.time()) <= RTC_AGREES_S


def _kernel_says_synchronised() -> bool:
    """adjtimex(2) with nothing to set only reads; a sandbox may forbid it."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return False
    timex = ctypes.create_string_buffer(TIMEX_BYTES)
    if adjtimex(timex) < 0:
        return False
    status = int.from_bytes(timex.raw[STATUS_OFFSET : STATUS_OFFSET + 4], "little")
    return not status & STA_UNSYNC
