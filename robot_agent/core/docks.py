# SPDX-License-Identifier: Apache-2.0
"""Where a door may be opened to whoever stands there: at a dock, or after somebody was waited for.

What must hold: an order says where its nodes are, but where the robot stands is for its own pose to
say, and not as the master told it to believe (`initPosition`). Docks are those of the configured
map: a map fetched over the air cannot add any. Only where that says nothing about docks may one
fetched later name them, and only where none does is anywhere one.
"""

from robot_agent.core import polyline
from robot_agent.core.events import Points
from robot_agent.core.memory import Memory
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import WAIT_FOR_TRIGGER
from robot_agent.vda5050.order import Action

DOCK_MM = 10_000
"""How far from a dock a node may be."""
ASIDE_MM = 2_000
"""How much farther the robot may stand than its node is."""


def is_dock(place: tuple[int, int], map_id: str, memory: Memory, spec: RobotSpec) -> bool:
    """Whether a node of an order at this place is at a dock."""
    return _is_near(place, map_id, DOCK_MM, memory, spec)


def stands_at_dock(memory: Memory, spec: RobotSpec) -> bool:
    """Whether the robot does, by its own pose. One that a master has moved by word alone is none,
    until a person was there (SERVICE)."""
    if _docks(memory, spec) is None:
        return True
    place, map_id = (memory.x_mm, memory.y_mm), memory.kept.map_id
    is_its_own = is_place_known(memory, spec) and memory.kept.told_mm <= ASIDE_MM
    return is_its_own and _is_near(place, map_id, DOCK_MM + ASIDE_MM, memory, spec)


def is_place_known(memory: Memory, spec: RobotSpec) -> bool:
    """Whether it can say where it stands, if that matters: one that has just started again looks
    first."""
    return _docks(memory, spec) is None or (memory.posed and memory.localized)


def is_only_told(memory: Memory, spec: RobotSpec) -> bool:
    """Whether docks matter and its place is a master's word: a person must look (SERVICE)."""
    return _docks(memory, spec) is not None and memory.kept.told_mm > ASIDE_MM


def note_told(place: tuple[int, int], memory: Memory) -> None:
    """A master says where the robot stands; many small steps are as far as one large one."""
    here = (memory.x_mm, memory.y_mm)
    is_known = memory.posed and memory.localized
    away_mm = polyline.distance_mm(here, place) if is_known else ASIDE_MM + 1
    memory.kept.told_mm = min(memory.kept.told_mm + away_mm, ASIDE_MM + 1)
    memory.keep()


def gates_before(actions: tuple[Action, ...], index: int) -> list[str]:
    """The waits for somebody that are over before action `index` of a node begins."""
    hard = [at for at, one in enumerate(actions[: index + 1]) if one.blocking_type == "HARD"]
    # One that is not followed by a HARD action, up to this one, would run beside it.
    last = max(hard, default=-1)
    return [
        one.action_id
        for at, one in enumerate(actions[:index])
        if at <= last and one.action_type == WAIT_FOR_TRIGGER
    ]


def _is_near(
    place: tuple[int, int], map_id: str, within_mm: int, memory: Memory, spec: RobotSpec
) -> bool:
    docks = _docks(memory, spec)
    if docks is None:
        return True
    return map_id == spec.map_id and any(
        polyline.distance_mm(dock, place) <= within_mm for dock in docks
    )


def _docks(memory: Memory, spec: RobotSpec) -> Points | None:
    """None: anywhere; empty: nowhere."""
    if spec.ground.docks is not None:
        return spec.ground.docks
    for one in memory.kept.maps:
        if one.enabled and one.ground.map_id == spec.map_id and one.ground.docks is not None:
            return one.ground.docks
    return None
