# SPDX-License-Identifier: Apache-2.0
"""Numbers as mappers write them: widths, speeds, slopes, levels.

What must hold: what cannot be told is said to be unknown, never guessed; of several values the one
that binds a robot most counts.
Syntax: wiki.openstreetmap.org, "Map features/Units", "Key:incline", "Key:level".
"""

import math
import re

from robot_agent.campus_features import LEVELS

WALKING_PACE_MM_S = 1_900
UNITS_M = {"": 1.0, "m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048, "'": 0.3048, "in": 0.0254}
# "Up" says which end is higher, not by how much: about the slope that mappers find worth a word.
WORD_PERMILLE = 60
MAX_PERMILLE = 1_000
MAX_LENGTH_M = 100.0

_NUMBER = r"(\d{1,4}(?:[.,]\d{1,6})?)"
_LENGTH = re.compile(rf"\s*[~<>≈]?\s*{_NUMBER}\s*(m|cm|mm|ft|in|'|)\.?\s*")
_FEET = re.compile(r"\s*(\d{1,3})\s*(?:'|ft)\s*(\d{1,2})\s*(?:\"|'')\s*")
_SPEED = re.compile(r"\s*(\d{1,3})\s*(km/h|kmh|kph|mph|)\s*")
_SLOPE = re.compile(rf"\s*([+-]?)\s*[<>~]?\s*{_NUMBER}\s*(%|°|deg|‰|)\s*")
_RATIO = re.compile(rf"\s*([+-]?)\s*{_NUMBER}\s*:\s*{_NUMBER}\s*")
_LEVEL = re.compile(r"\s*([+-]?\d{1,3})(?:\.\d+)?\s*")
_LEVELS = re.compile(r"\s*(-?\d{1,3})\s*-\s*(-?\d{1,3})\s*")


def metres(text: str) -> float:
    """A width or height in metres, the least of several; 0 where it cannot be told.

    Nothing that a robot passes is higher or wider than MAX_LENGTH_M: that is a slip of the unit.
    """
    found = [_one_length_m(part) for part in re.split(r"[;|]", _ranges_split(text))]
    least_m = min(found, default=0.0)
    return least_m if least_m <= MAX_LENGTH_M else 0.0


def height_mm(text: str) -> int | None:
    """A kerb's height: people write 3 and mean centimetres. None where it cannot be told."""
    value_m = metres(text)
    if value_m == 0:
        return 0 if re.fullmatch(r"\s*0+(?:[.,]0+)?\s*(?:m|cm|mm)?\s*", text) else None
    return round(value_m * 1000) if value_m < 1 else round(value_m * 10)


def speed_mm_s(text: str) -> int:
    """A speed limit, the least of several; 0 where there is none or it cannot be told."""
    found: list[int] = []
    for part in re.split(r"[;|]", text):
        match = _SPEED.fullmatch(part)
        if match is not None and int(match[1]) > 0:
            metres_an_hour = int(match[1]) * (1609 if match[2] == "mph" else 1000)
            found.append(metres_an_hour * 10 // 36)
        elif part.strip() == "walk" or part.strip().endswith(":walk"):
            found.append(WALKING_PACE_MM_S)
    return min(found, default=0)


def incline_permille(text: str) -> tuple[int, bool] | None:
    """(rise along the way as drawn, whether its size is a guess); None where it cannot be told.

    `5`, `5%`, `5°`, `50‰`, `1:20`, `-10%`, `5-8%` (the steeper), `up`, `down`; `steep` tells
    neither the size nor the direction.
    """
    words = {"up": WORD_PERMILLE, "down": -WORD_PERMILLE, "steep": 0, "yes": 0, "flat": 0}
    if text.strip().lower() in words:
        return words[text.strip().lower()], text.strip().lower() != "flat"
    found = [_one_slope(part) for part in re.split(r"[;|]", _ranges_split(text))]
    slopes = [slope for slope in found if slope is not None and abs(slope) <= MAX_PERMILLE]
    if not slopes or len(slopes) != len(found):
        return None
    return max(slopes, key=lambda slope: (abs(slope), slope)), False


def levels(text: str) -> tuple[int, ...]:
    """The storeys a thing is on: `1`, `0;1`, `-1-2`; empty where it cannot be told."""
    found: set[int] = set()
    for part in re.split("[;,]", text):
        if (match := _LEVEL.fullmatch(part)) is not None:
            found.add(int(match[1]))
        elif (match := _LEVELS.fullmatch(part)) is not None:
            found.update(range(int(match[1]), int(match[2]) + 1))
        else:
            return ()
    lowest, highest = LEVELS
    return tuple(sorted(found)) if all(lowest <= one <= highest for one in found) else ()


def _ranges_split(text: str) -> str:
    """`2-3 m` as `2 m;3 m`: both ends with the unit."""
    match = re.fullmatch(rf"\s*{_NUMBER}\s*-\s*{_NUMBER}\s*([^\d\s]*)\s*", text)
    return text if match is None else f"{match[1]}{match[3]};{match[2]}{match[3]}"


def _one_length_m(text: str) -> float:
    if (feet := _FEET.fullmatch(text)) is not None:
        return int(feet[1]) * UNITS_M["ft"] + int(feet[2]) * UNITS_M["in"]
    match = _LENGTH.fullmatch(text)
    if match is None:
        return 0.0
    return round(float(match[1].replace(",", ".")) * UNITS_M[match[2]], 3)


def _one_slope(text: str) -> int | None:
    """In permille; a bare number is per cent."""
    if (ratio := _RATIO.fullmatch(text)) is not None:
        run = float(ratio[3].replace(",", "."))
        if run == 0:
            return None
        rise = float(ratio[2].replace(",", ".")) / run * 1000
        return round(-rise if ratio[1] == "-" else rise)
    match = _SLOPE.fullmatch(text)
    if match is None:
        return None
    value = float(match[2].replace(",", "."))
    if match[3] in ("°", "deg"):
        value = math.tan(math.radians(min(value, 89.0))) * 1000
    elif match[3] != "‰":
        value *= 10
    return round(-value if match[1] == "-" else value)
