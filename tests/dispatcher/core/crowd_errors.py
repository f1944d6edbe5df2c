# SPDX-License-Identifier: Apache-2.0
"""Errors that robots of a crowd report, true or not."""

from random import Random

from dispatcher.core.events import ErrorReport


def any_errors(draw: Random, orders: list[str]) -> tuple[ErrorReport, ...]:
    """None, one or two, some of these orders."""
    pick = draw.choice
    errors = tuple(
        ErrorReport(
            pick(["orderError", "noRouteError", "identityTaken", "stateLost", "x"]),
            pick(["WARNING", "FATAL"]),
            order=pick([*orders, ""]),
            update=pick([-1, 0, 1, 1 << 40]),
        )
        for _ in range(draw.randrange(2))
    )
    if draw.random() < 0.1:
        who, cause = pick(["check", "operator", "person", ""]), pick(["brown_out", "bumper"])
        errors += (ErrorReport("motionStopped", "FATAL", cause=cause, who=who),)
    return errors
