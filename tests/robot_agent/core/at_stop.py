# SPDX-License-Identifier: Apache-2.0
"""A robot that stands at a stop with handovers open, and what people find there."""

from robot_agent.core.events import (
    ContentsSeen,
    DoorChanged,
    OpenDoor,
)
from robot_agent.vda5050.order import Action
from tests.robot_agent.core.small_world import World, handover, pick, road

ARRIVED_MS = 10_000
CODES = {"p": "1111", "q": "2222", "r": "3333"}
PLACES = {"p": "S1", "q": "M1", "r": "S2"}


def give(parcel: str, code: str | None = None, **more: object) -> Action:
    said = code or CODES[parcel]
    return handover(parcel, PLACES[parcel], code=said, **more)  # type: ignore[arg-type]


def at_a_stop(*handovers: Action, loaded: str = "p") -> World:
    """At n1 since 10 s (nothing for loading), with the handovers open and n2 to go on to."""
    world = World()
    picks = tuple(pick(parcel, PLACES[parcel], 0) for parcel in loaded)
    world.order(road(3, actions={0: picks, 1: handovers}))
    world.run_until(ARRIVED_MS)
    assert world.state.last_node_id == "n1"
    return world


def loads(world: World) -> list[str | None]:
    return [load.load_id for load in world.state.loads or ()]


def opened(world: World) -> list[str]:
    """The doors opened for people."""
    return [one.compartment for one in world.told(OpenDoor) if not one.at_dock]


def result(world: World, parcel: str) -> tuple[str, str | None]:
    told = world.action(f"hand-{parcel}")
    return told.action_status, told.result_description


def serve(world: World, compartment: str, occupied: bool, label: str | None = None) -> None:
    world.feed(DoorChanged(compartment, "open"))
    world.feed(ContentsSeen(compartment, occupied, label))
    world.feed(DoorChanged(compartment, "shut"))
