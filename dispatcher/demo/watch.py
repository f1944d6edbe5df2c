# SPDX-License-Identifier: Apache-2.0
"""Decides when a demo is over."""

from typing import Final

from dispatcher.demo.clock import DemoClock, allowed_speed
from dispatcher.demo.frame import Frame
from dispatcher.demo.intake import Intake

HOUR_MS: Final = 3_600_000
STALLED_AFTER_MS: Final = 3 * HOUR_MS
"""Site time in which no parcel changed its state although all had been announced."""


class Watch:
    """Looks at frame after frame and remembers when something last changed."""

    def __init__(self, clock: DemoClock, until_h: float) -> None:
        self.until_ms = clock.start_site_ms + int(until_h * HOUR_MS) if until_h else None
        self._speed = clock.speed
        self._slow_said = False
        self._states: dict[str, int] = {}
        self._changed_ms = clock.start_site_ms
        self._plan_ages_ms = 0
        self._plan_looks = 0

    @property
    def plan_age_ms(self) -> int | None:
        """The mean age of the newest plan while parcels were open; None before the first plan."""
        return self._plan_ages_ms // self._plan_looks if self._plan_looks else None

    def complaint(self, frame: Frame) -> str:
        """Said once where plans come too late for this speed, with one that would do."""
        allowed = allowed_speed(self._speed, frame.planner_ms)
        if self._slow_said or allowed == self._speed:
            return ""
        self._slow_said = True
        return (
            f"a plan takes {frame.planner_ms / 1000:.1f} s here, more than 2 minutes of site time "
            f"at x{self._speed:g}: --speed {allowed:.0f} would suit this machine"
        )

    def over(self, frame: Frame, intake: Intake) -> str:
        """Why the demo is over, or empty while it goes on."""
        if frame.plan_age_ms is not None and frame.totals["open"]:
            self._plan_ages_ms += frame.plan_age_ms
            self._plan_looks += 1
        if self.until_ms is not None and frame.site_ms >= self.until_ms:
            return "the time asked for is over"
        if frame.states != self._states:
            self._states = frame.states
            self._changed_ms = frame.site_ms
        if not intake.finished or frame.totals["accepted"] < len(intake.accepted):
            return ""
        still_open = frame.totals["open"]
        if not still_open:
            return "all parcels have ended"
        if still_open == frame.states["given_up"] and not frame.doings["delivering"]:
            return "all parcels have ended or were given up"
        if frame.site_ms - self._changed_ms > STALLED_AFTER_MS:
            return "nothing has changed for three hours of site time"
        return ""
