# SPDX-License-Identifier: Apache-2.0
"""Weekly hours as people write them: the weekly part of OpenStreetMap's `opening_hours`.

What must hold: `spans` are sorted, disjoint, none empty; in minutes of the week, Monday 00:00 is 0.
Holidays, months, sunrise and comments are refused rather than guessed at.
Syntax: wiki.openstreetmap.org, "Key:opening_hours/specification".
"""

import re
from bisect import bisect_right

from msgspec import Struct

DAY_MIN = 1440
WEEK_MIN = 7 * DAY_MIN
MAX_CHARS = 512
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_LIST = r"[A-Z][a-z](?:-[A-Z][a-z])?(?:\s*,\s*[A-Z][a-z](?:-[A-Z][a-z])?)*"
_RULE = re.compile(rf"(?:(?P<days>{_DAY_LIST})(?::?\s+|\s*$))?(?P<times>.*)")
_TIMES = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_CLOSED = ("off", "closed")


class HoursError(ValueError):
    """Hours that cannot be understood; one sentence."""


class WeekHours(Struct, frozen=True):
    """When something holds; `spans` are (from, until) minutes of the week, `until` left out."""

    spans: tuple[tuple[int, int], ...]

    @property
    def always(self) -> bool:
        return self.spans == ((0, WEEK_MIN),)

    def open_at(self, minute: int) -> bool:
        """Whether it holds at a minute of the week, 0 to 10079."""
        at = bisect_right(self.spans, (minute, WEEK_MIN)) - 1
        return at >= 0 and minute < self.spans[at][1]


ALWAYS = WeekHours(((0, WEEK_MIN),))


def parse_hours(text: str) -> WeekHours:
    """Such as `24/7` or `Mo-Fr 07:40-08:05,18:00-02:00; Su off`. Raises HoursError.

    A later rule replaces what earlier ones said of its days.
    """
    if len(text) > MAX_CHARS:
        raise HoursError(f"hours are longer than {MAX_CHARS} characters")
    by_day: dict[int, list[tuple[int, int]]] = {}
    rules = [rule.strip() for rule in text.split(";")]
    for rule in rules if rules[-1] else rules[:-1]:
        days, spans = _rule(rule, text)
        for day in days:
            by_day[day] = [(day * DAY_MIN + start, day * DAY_MIN + end) for start, end in spans]
    if not by_day:
        raise HoursError("hours are empty")
    return WeekHours(_merged([span for day in sorted(by_day) for span in by_day[day]]))


def _rule(rule: str, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """The days that one rule is about, and the spans of minutes in each (until may pass 1440)."""
    match = _RULE.fullmatch(rule)
    assert match is not None
    days = _days(match["days"], text) if match["days"] else list(range(7))
    times = match["times"].strip()
    if times == "24/7" or (not times and match["days"]):
        return days, [(0, DAY_MIN)]
    if times in _CLOSED:
        return days, []
    return days, [_span(part.strip(), text) for part in times.split(",")]


def _days(text: str, whole: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        ends = part.strip().split("-")
        if any(end not in _DAYS for end in ends):
            raise HoursError(f"{part.strip()!r} in hours {whole!r} is no day or range of days")
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        found += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return found


def _span(part: str, whole: str) -> tuple[int, int]:
    match = _TIMES.fullmatch(part)
    if match is None:
        raise HoursError(f"{part!r} in hours {whole!r} is no time such as 07:40-18:00")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if max(int(match[2]), int(match[4])) > 59 or start >= DAY_MIN or end > DAY_MIN:
        raise HoursError(f"{part!r} in hours {whole!r} is not within 00:00 and 24:00")
    if start == end:
        raise HoursError(f"{part!r} in hours {whole!r} is empty; the whole day is 00:00-24:00")
    return start, end if end > start else end + DAY_MIN


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sorted and disjoint; what runs past the end of Sunday begins the week."""
    cut: list[tuple[int, int]] = []
    for start, end in spans:
        cut.append((start, min(end, WEEK_MIN)))
        if end > WEEK_MIN:
            cut.append((0, end - WEEK_MIN))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(cut):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
