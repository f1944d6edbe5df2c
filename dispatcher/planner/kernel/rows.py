# SPDX-License-Identifier: Apache-2.0
"""Where the rows are: the few sums that turn numbers into offsets."""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.layout import I64, MEMORY


@inner(I64(MEMORY, I64))
def job(m, v):  # type: ignore[no-untyped-def]
    """The row of visit `v`."""
    return m[c.JOBS] + v * c.JOB_COLUMNS


@inner(I64(MEMORY, I64, I64))
def between(m, v, x):  # type: ignore[no-untyped-def]
    """The entry of the matrix for visit or place `v` and place `x`."""
    return m[c.MATRIX] + (v * m[c.PLACES] + x) * 4


@inner(I64(MEMORY, I64, I64))
def length_mm(m, a, b):  # type: ignore[no-untyped-def]
    """How far it is from place `a` to place `b`."""
    return m[m[c.MILES] + a * m[c.PLACES] + b]


@inner(I64(I64, I64))
def stop(t, p):  # type: ignore[no-untyped-def]
    """Stop number `p` of trip `t`."""
    return t + c.TRIP_COLUMNS + p * c.STOP_COLUMNS


@inner(I64(MEMORY, I64))
def robot(m, number):  # type: ignore[no-untyped-def]
    """The row of a robot."""
    return m[c.FLEET] + number * m[c.ROBOT_WIDTH]


@inner(I64(MEMORY, I64))
def start_of(m, t):  # type: ignore[no-untyped-def]
    """The place where trip `t` starts."""
    return m[t + c.TRIP_COLUMNS + c.VISIT]


@inner(I64(MEMORY, I64))
def end_of(m, t):  # type: ignore[no-untyped-def]
    """The place where trip `t` ends."""
    return m[stop(t, m[t + c.LENGTH] + 1) + c.VISIT]
