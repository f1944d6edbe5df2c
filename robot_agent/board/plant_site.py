# SPDX-License-Identifier: Apache-2.0
"""What a plant reads off a campus map: where its robots stand at first, where people are.

What must hold: a robot stands on the point that the driver option `start` means by its place of
`emulated_fleet.starting_places`, looking along the x axis.
"""

from robot_agent.board.plant import PlantSpec
from robot_agent.board.plant_street import Spot, StreetParams
from robot_agent.campus import Campus
from robot_agent.emulated_fleet import starting_places
from robot_agent.emulation.people import PeopleParams


def plants_of(
    campus: Campus,
    names: tuple[str, ...],
    compartments: tuple[str, ...],
    charge_permille: int,
) -> list[PlantSpec]:
    """A robot of each name. Raises ValueError where the map has no place for them."""
    chargers = tuple(spot for spots in spots_of(campus, "charger").values() for spot in spots)
    return [
        PlantSpec(
            name=name,
            compartments=compartments,
            x_mm=place.x_mm,
            y_mm=place.y_mm,
            charge_permille=charge_permille,
            chargers=chargers,
        )
        for name, place in zip(names, starting_places(campus, len(names)), strict=True)
    ]


def street_of(campus: Campus, seed: int, people: PeopleParams) -> StreetParams:
    """Its stations, staffed by us, and its stops."""
    return StreetParams(
        seed=seed,
        people=people,
        stations=spots_of(campus, "station"),
        stops=spots_of(campus, "stop"),
    )


def spots_of(campus: Campus, role: str) -> dict[str, tuple[Spot, ...]]:
    """Where a robot stands for a place of this role: off the lane, or at its node."""
    return {
        place.id: (
            (place.x_mm, place.y_mm),
            (campus.nodes[place.node].x_mm, campus.nodes[place.node].y_mm),
        )
        for place in campus.places.values()
        if place.role == role
    }
