# SPDX-License-Identifier: Apache-2.0
"""Areas shut for a while: who may still drive where.

What must hold: nobody outside enters, whoever is inside may leave. So an arc into or through a
closed area is closed unless its tail lies inside one; arcs that begin inside stay open, also where
they lead through another closed area, for a robot that must not stay has to get out somewhere.
Nobody is sent to a node inside. Nothing else can come of overlapping areas: no arc leads from
outside into them, so it makes no difference to those outside what is open within.
"""

from collections.abc import Sequence

import msgspec

from dispatcher.roads.closing.areas import Area, AreaError, Areas, area_of
from robot_agent.campus_features import LEVELS
from robot_agent.campus_frame import Point


class Closure(msgspec.Struct, frozen=True):
    """An area shut from `from_ms` until just before `until_ms` (UTC epoch; 0: open end).

    `outline` is in mm in the site's frame; `level` None: on every level.
    """

    id: str
    outline: tuple[Point, ...]
    from_ms: int = 0
    until_ms: int = 0
    level: int | None = None


def area_of_closure(closure: Closure) -> Area:
    """Raises AreaError where the outline bounds no area, the closure ends before it begins, or its
    level is none that a map may have."""
    what = f"closure {closure.id}"
    if closure.level is not None and not LEVELS[0] <= closure.level <= LEVELS[1]:
        raise AreaError(f"{what}: its level is not within {LEVELS[0]} and {LEVELS[1]}")
    if closure.until_ms and closure.until_ms <= closure.from_ms:
        raise AreaError(f"{what}: it ends at {closure.until_ms}, not after its beginning")
    return area_of(closure.outline, closure.level, what)


def arcs_and_nodes_shut(areas: Areas, closed: Sequence[Area]) -> tuple[set[int], set[int]]:
    """The arcs that nobody may enter and the nodes that are no target while all of `closed` are."""
    shut = {node for area in closed for node in areas.nodes_inside(area)}
    touched = {arc for area in closed for arc in areas.touching(area)}
    return {arc for arc in touched if areas.tail(arc) not in shut}, shut
