# SPDX-License-Identifier: Apache-2.0
"""The robot that a map is read for: its size, its limits, what driving it costs.

What must hold: every value is a whole number in the unit its name ends in, and lies within the
limits of FIELDS, whether it came from a file or not.
"""

import tomllib
from difflib import get_close_matches
from pathlib import Path

from msgspec import Struct

MAX_FILE_BYTES = 100_000
PASSING_GAP_MM = 1_000


class ProfileError(ValueError):
    """A profile that cannot be used; the text says file, field and reason."""


class RobotProfile(Struct, frozen=True):
    """One model of robot. `aux_w` is what it draws standing; `max_kerb_mm` what it climbs."""

    width_mm: int = 900
    length_mm: int = 1200
    height_mm: int = 1300
    speed_mm_s: int = 4000
    max_incline_permille: int = 120
    max_kerb_mm: int = 30
    mass_g: int = 80_000
    aux_w: int = 60
    rolling_permille: int = 15
    drive_efficiency_pct: int = 70

    @property
    def min_passing_mm(self) -> int:
        """The least width at which two of these robots pass each other."""
        return 2 * self.width_mm + PASSING_GAP_MM


class _Field(Struct, frozen=True):
    """A key of the file: the attribute it sets, how many of its units one is, its limits."""

    attribute: str
    factor: int
    low: float
    high: float


FIELDS = {
    "width_m": _Field("width_mm", 1000, 0.1, 5),
    "length_m": _Field("length_mm", 1000, 0.1, 10),
    "height_m": _Field("height_mm", 1000, 0.1, 5),
    "speed_mps": _Field("speed_mm_s", 1000, 0.01, 20),
    "max_incline_pct": _Field("max_incline_permille", 10, 0, 100),
    "max_kerb_m": _Field("max_kerb_mm", 1000, 0, 1),
    "mass_kg": _Field("mass_g", 1000, 1, 10_000),
    "aux_w": _Field("aux_w", 1, 0, 10_000),
    "rolling_permille": _Field("rolling_permille", 1, 0, 1000),
    "drive_efficiency_pct": _Field("drive_efficiency_pct", 1, 1, 100),
}


def read_profile(path: Path) -> RobotProfile:
    """Reads the table `[robot]` of a TOML file; a key left out keeps its default.

    Raises ProfileError, also where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise ProfileError(f"{path}: larger than {MAX_FILE_BYTES // 1000} kB")
    try:
        tables = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise ProfileError(f"{path}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: not TOML: {error}") from None
    table = tables.get("robot")
    if not isinstance(table, dict):
        raise ProfileError(f"{path}: has no table [robot]")
    read = {}
    for key, value in table.items():
        field = FIELDS.get(key)
        if field is None:
            raise ProfileError(f"{path}: {_unknown(key)}")
        try:
            read[field.attribute] = _whole(field, value)
        except ValueError as error:
            raise ProfileError(f"{path}: robot.{key} {error}") from None
    return RobotProfile(**read)


def _whole(field: _Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"is {value!r:.60}, not a number")  # noqa: TRY004 (one kind of fault)
    if not field.low <= value <= field.high:
        raise ValueError(f"is {value}, not within {field.low:g} and {field.high:g}")
    if field.factor == 1 and value != int(value):
        raise ValueError(f"is {value}, not a whole number")
    return round(value * field.factor)


def _unknown(key: str) -> str:
    near = get_close_matches(key, FIELDS, n=1)
    known = f"is it {near[0]}?" if near else f"known are {', '.join(FIELDS)}"
    return f"robot.{key} is not known; {known}"
