# SPDX-License-Identifier: Apache-2.0
"""Whether the parameters of an action are there and make sense: asked before an order is taken.

What must hold: what passes here cannot fail later for its form. Parameters that we do not know
(`stationType`, `side`, ...) tell nothing to a robot with compartments and are not read.
"""

import string
from collections.abc import Callable, Iterator
from typing import Any

from robot_agent.core import lengths
from robot_agent.core.docking import fits
from robot_agent.core.signalling import KINDS
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import (
    DIGESTS_MAX,
    DROP,
    HANDOVER,
    IN,
    OUT,
    PICK,
    SIGNAL,
    WAIT_FOR_TRIGGER,
)
from robot_agent.vda5050.order import Action

MAX_DURATION_MS = 24 * 3_600_000
MAX_VERSION = 2**31
HEX_DIGITS = 64

Wrong = Iterator[tuple[str, str]]


def misfit(action: Action, where: str, spec: RobotSpec) -> tuple[str, str] | None:
    """The first field that is missing or wrong, and a sentence about it."""
    demands = _DEMANDS.get(action.action_type)
    found = next(demands(action, spec), None) if demands is not None else None
    if found is None:
        return None
    key, sentence = found
    return f"{where}.actionParameters.{key}", f"{action.action_type}: {sentence}"


def _of_dock(action: Action, spec: RobotSpec) -> Wrong:
    compartment, size = action.parameter("lhd"), action.parameter("loadType")
    if compartment is not None and compartment not in spec.compartments:
        yield "lhd", f"lhd {compartment!s:.40} is none of {', '.join(spec.compartments)}"
    elif compartment is not None and action.action_type == PICK and not fits(size, compartment):
        yield "lhd", f"a load of size {size} does not fit into {compartment}"
    yield from _texts(action, ("loadId", "loadType"))
    yield from _number(action, "durationMs", MAX_DURATION_MS)


def _of_handover(action: Action, spec: RobotSpec) -> Wrong:
    for key in ("direction", "compartment", "parcel", "digest", "codeVersion", "waitMs"):
        if action.parameter(key) in (None, ""):
            yield key, f"{key} is missing"
    if action.parameter("direction") not in (OUT, IN):
        yield "direction", f"direction is neither {OUT} nor {IN}"
    compartment = action.parameter("compartment")
    if compartment not in spec.compartments:
        yield (
            "compartment",
            f"compartment {compartment!s:.40} is none of {', '.join(spec.compartments)}",
        )
    yield from _texts(action, ("parcel", "loadType"))
    yield from _number(action, "codeVersion", MAX_VERSION)
    yield from _number(action, "waitMs", MAX_DURATION_MS)
    if not _are_digests(action.parameter("digest")):
        yield "digest", "digest is not one or two digests of 64 hex digits"


def _of_signal(action: Action, _spec: RobotSpec) -> Wrong:
    if action.parameter("kind") not in (None, *KINDS):
        yield "kind", f"kind is none of {', '.join(KINDS)}"
    yield from _number(action, "durationMs", MAX_DURATION_MS)


def _of_wait(action: Action, _spec: RobotSpec) -> Wrong:
    yield from _number(action, "timeoutMs", MAX_DURATION_MS)


def _texts(action: Action, keys: tuple[str, ...]) -> Wrong:
    for key in keys:
        text = action.parameter(key)
        if not isinstance(text, str | None):
            yield key, f"{key} is no text"
        elif text is not None and lengths.is_too_long(text):
            yield key, f"{key} is longer than {lengths.MAX_ID} letters"


def _number(action: Action, key: str, most: int) -> Wrong:
    value = action.parameter(key)
    if value is not None and (type(value) is not int or not 0 <= value <= most):
        yield key, f"{key} is no whole number from 0 to {most}"


def _are_digests(value: Any) -> bool:
    """More than two would be more codes that open one door."""
    if not isinstance(value, str):
        return False
    digests = value.split()
    return 0 < len(digests) <= DIGESTS_MAX and all(
        len(one) == HEX_DIGITS and all(digit in string.hexdigits for digit in one)
        for one in digests
    )


_DEMANDS: dict[str, Callable[[Action, RobotSpec], Wrong]] = {
    PICK: _of_dock,
    DROP: _of_dock,
    HANDOVER: _of_handover,
    SIGNAL: _of_signal,
    WAIT_FOR_TRIGGER: _of_wait,
}
