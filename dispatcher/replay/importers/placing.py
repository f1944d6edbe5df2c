# SPDX-License-Identifier: Apache-2.0
"""Puts the orders of a day recorded in some city on the stops of a campus.

Where an order goes and how large it is are drawn, for the recorded addresses mean nothing here.
What must hold: the draw of an order depends on the seed and on that order's id alone, so that a
row dropped or added moves no other order.
"""

import random
from collections.abc import Sequence

import msgspec

from dispatcher.replay.importers.recorded import DayOrder
from dispatcher.roads.graph import RoadGraph

DORMITORY_USES = ("dorm", "dormitory", "residential")
SIZES = (("S", 70), ("M", 25), ("L", 5))
"""Size and its share in per cent."""
MASS_G = {"S": (100, 1_500), "M": (500, 4_000), "L": (1_500, 9_000)}


class PlacedOrder(msgspec.Struct, frozen=True):
    order: DayOrder
    stop: str
    size: str
    mass_g: int


def stops_of(graph: RoadGraph) -> tuple[list[str], bool]:
    """The stops that orders go to, and whether they are those of dormitories.

    Those of dormitories where the map knows any, else all of them.
    """
    stops = graph.places("stop")
    lived_in = [b for b in graph.campus.buildings.values() if b.use in DORMITORY_USES]
    homes = {building.stop for building in lived_in}
    ids = {building.id for building in lived_in}
    dormitories = [stop.id for stop in stops if stop.id in homes or stop.building in ids]
    return (dormitories, True) if dormitories else ([stop.id for stop in stops], False)


def place_orders(orders: Sequence[DayOrder], stops: Sequence[str], seed: int) -> list[PlacedOrder]:
    """Every order on one of `stops`, drawn by the seed. `stops` must not be empty."""
    return [_place(order, stops, random.Random(f"{seed}:{order.id}")) for order in orders]


def _place(order: DayOrder, stops: Sequence[str], luck: random.Random) -> PlacedOrder:
    stop = luck.choice(stops)
    (size,) = luck.choices([size for size, _ in SIZES], [share for _, share in SIZES])
    least_g, most_g = MASS_G[size]
    return PlacedOrder(order, stop, size, luck.randrange(least_g, most_g + 1, 10))
