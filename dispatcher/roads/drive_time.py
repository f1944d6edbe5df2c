# SPDX-License-Identifier: Apache-2.0
"""How long a stretch of road takes, in whole ms."""


def drive_ms(length_mm: int, speed_mm_s: int) -> int:
    """How long a stretch takes, rounded up to whole ms."""
    return -(-length_mm * 1000 // speed_mm_s)


def least_speed_mm_s(*limits: int | None) -> int:
    """The speed that robot, factsheet and board agree to, for `RoadTimes`; None and 0: no limit.

    The map's own limits count beside it, road by road.

    Raises ValueError where none of them sets a limit, or one is below 0.
    """
    known = [limit for limit in limits if limit]
    if not known or min(known) < 0:
        raise ValueError(f"no speed above 0 among {limits}")
    return min(known)
