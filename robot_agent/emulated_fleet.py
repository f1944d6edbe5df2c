# SPDX-License-Identifier: Apache-2.0
"""What emulated robots need of a campus map: where they start, how steep it is, where is no radio.

What must hold: it depends on the map alone, so that emulator and simulation play the same fleet.
"""

from robot_agent.campus import Campus, Place
from robot_agent.core.memory import Kept
from robot_agent.emulation.truth import Incline

# Where a fleet waits in the morning: at the stations first, then wherever there is room.
START_ROLES = ("station", "parking", "charger", "stop")
DRIVE_MWH_PER_KM = 30_000
IDLE_MW = 20_000
CHARGE_MW = 500_000
SHADOW_MM = 40_000
"""How far around a place there is no radio, where a fault says so."""


def starting_places(campus: Campus, count: int) -> list[Place]:
    """A slot for each robot; with more robots than slots they double up. Raises ValueError where
    the map has no place at all."""
    slots = [
        place
        for role in START_ROLES
        for place in campus.places.values()
        if place.role == role
        for _ in range(max(1, place.slots))
    ]
    if not slots:
        raise ValueError("the map has no station, parking, charger or stop to start from")
    return [slots[number % len(slots)] for number in range(count)]


def put_on(node_id: str, x_mm: int, y_mm: int) -> Kept:
    """What a new robot remembers that somebody has put on a node and told so."""
    return Kept(last_node_id=node_id, last_place=(x_mm, y_mm), on_node=True)


def inclines_of(campus: Campus) -> dict[str, Incline]:
    """The edges that are not level, by id."""
    return {
        edge.id: Incline(edge.incline_permille, *edge.shape[0])
        for edge in campus.edges.values()
        if edge.incline_permille
    }


def shadows_of(campus: Campus, names: tuple[str, ...]) -> tuple[tuple[int, int, int], ...]:
    """Circles (x, y, radius) around places, named by id, as in `library`, or with their role, as in
    `stop:library`. Raises ValueError for a name that the map does not have."""
    return tuple(
        (place.x_mm, place.y_mm, SHADOW_MM) for name in names for place in (_place(campus, name),)
    )


def _place(campus: Campus, name: str) -> Place:
    role, colon, rest = name.partition(":")
    ids = (rest, f"{role}-{rest}") if colon else (name,)
    for place in campus.places.values():
        if place.id in ids and role in (place.role, place.id):
            return place
    raise ValueError(f"the map has no place {name!r}")
