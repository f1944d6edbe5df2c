# SPDX-License-Identifier: Apache-2.0
"""What sloppy peers send, read as what they mean, where no harm can come of it.

Only a message refused as it stands gets here (and one with a name of an older version), so what is
right costs nothing. Read as meant: null for an absent optional or an empty list; numbers where the
standard wants their text (error references), integers written as 3.0, header ids beyond 32 bits,
angles a full turn off or rounded past pi, `allowedDeviationXy` of 2.0.0. Never guessed: a field
that must be there and is not, and a battery charge of 0.8: nearly empty or nearly full?
"""

import math
from typing import Any

from robot_agent.vda5050.header import MAX_UINT32

OLD_DEVIATION = "allowedDeviationXy"
MAX_DEPTH = 32
MAX_ANGLE = 1e6
MAX_INTEGRAL = float(2**53)

_LISTS = frozenset(
    {"nodes", "edges", "actions", "nodeStates", "edgeStates", "actionStates", "errors"}
)
_ANGLES = frozenset({"theta", "orientation"})
_PI = 3.14159265359


def mended(value: Any, depth: int = 0) -> Any:
    """A decoded JSON value, read as it was meant."""
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, dict):
        members = (_member(key, one, depth) for key, one in value.items())
        found = {key: one for key, one in members if one is not None}
        if OLD_DEVIATION in found:
            found.setdefault("allowedDeviationXY", found[OLD_DEVIATION])
        return found
    if isinstance(value, list):
        return [mended(one, depth + 1) for one in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_INTEGRAL:
        return int(value)
    return value


def _member(key: str, value: Any, depth: int) -> tuple[str, Any]:
    if value is None:
        return key, [] if key in _LISTS else None
    if key == "value":
        return key, value  # an action parameter's: whatever it is, it is meant
    if isinstance(value, bool):
        return key, ("true" if value else "false") if key == "referenceValue" else value
    if isinstance(value, int | float):
        if key == "referenceValue":
            return key, str(mended(value))
        if key == "headerId" and isinstance(value, int) and value > MAX_UINT32:
            return key, value & MAX_UINT32
        if key in _ANGLES and abs(value) < MAX_ANGLE:
            return key, _turned(value)
        if key == "allowedDeviationTheta" and value > _PI:
            return key, _PI
    return key, mended(value, depth + 1)


def _turned(angle: float) -> float:
    """The same direction within [-pi, pi]."""
    if abs(angle) <= _PI:
        return angle
    turned = math.remainder(angle, 2 * math.pi)
    return max(-_PI, min(_PI, turned))
