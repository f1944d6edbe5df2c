# SPDX-License-Identifier: Apache-2.0
"""The times on a robot's own computer, and whether its wall clock can be believed.

A Raspberry Pi 4 has no clock that runs without power: until it has heard a time server its time is
any time. What must hold: the robot lives by a time that only runs forward, so that no step of the
wall clock keeps a door unlocked or ends a lock-out; the wall clock is for what others read.
"""

import ctypes
import time
from pathlib import Path
from typing import Literal

STEP_MS = 2_000
Trust = Literal["auto", "timesyncd", "rtc", "always"]
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
RTC_FOLDER = Path("/sys/class/rtc")
MODEL = Path("/sys/firmware/devicetree/base/model")
# A real-time clock without a battery begins in 1970 at each power-up.
RTC_BELIEVED_FROM_S = 1_767_225_600
RTC_AGREES_S = 300
STA_UNSYNC = 0x0040
TIMEX_BYTES = 256
STATUS_OFFSET = 5 * ctypes.sizeof(ctypes.c_long)


class AgentClock:
    """Robot's time: int ms that began with the wall clock's at the start, so that it goes on over a
    restart about where it was, and run with the monotonic clock from then on."""

    def __init__(self) -> None:
        self._anchor_ms = self.wall_ms()
        self._anchor_s = time.monotonic()
        self._ahead_ms = 0

    def now_ms(self) -> int:
        """What all waits and limits are measured by."""
        return self._anchor_ms + int((time.monotonic() - self._anchor_s) * 1000)

    def wall_ms(self) -> int:
        """Ms since 1970, UTC, as this computer believes: for what others read."""
        return time.time_ns() // 1_000_000

    def real_s_until(self, at_ms: int) -> float:
        """How long to sleep, rounded up so that nobody wakes a moment early."""
        return max(0.0, (at_ms + 1 - self.now_ms()) / 1000)

    def step_ms(self) -> int:
        """By how much the wall clock was set since this was asked last; up to 2 s is no step."""
        ahead_ms = self.wall_ms() - self.now_ms()
        step_ms = ahead_ms - self._ahead_ms
        if abs(step_ms) <= STEP_MS:
            return 0
        self._ahead_ms = ahead_ms
        return step_ms


def why_not_trusted(trust: Trust) -> str:
    """Why the time cannot be believed yet; empty: it can."""
    if trust == "always":
        return ""
    if trust in ("auto", "timesyncd") and TIMESYNCD.exists():
        return ""
    if trust in ("auto", "rtc") and _has_good_rtc():
        return ""
    # Only a Raspberry Pi is known to lose its time with its power; others have a battery for it,
    # or, as guests and containers, the time of a host that has.
    if trust == "auto" and (_kernel_says_synchronised() or not _is_pi()):
        return ""
    wanted = {
        "auto": "this Raspberry Pi has heard no time server and has no real-time clock to believe",
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


def _is_pi() -> bool:
    try:
        return b"Raspberry Pi" in MODEL.read_bytes()
    except OSError:
        return False


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
