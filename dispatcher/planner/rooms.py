# SPDX-License-Identifier: Apache-2.0
"""What fits into a robot: compartments and mass.

What must hold: a parcel with a size has a compartment of its own from the start of a trip to its
end, since nobody may come for it; so what a trip needs is a count for each size. Bulk (no size)
needs no compartment and weighs only from where it is taken on to where it is given away.
"""

from collections.abc import Iterable, Sequence

from dispatcher.planner.problem import SIZES, Parcel
from dispatcher.planner.stands import Stand

Need = tuple[int, int, int, int]
"""Compartments of size L, of M and up, of S and up, and the mass in g."""

NOTHING: Need = (0, 0, 0, 0)


def plus(one: Need, other: Need) -> Need:
    """Both needs together."""
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


def need_of(parcel: Parcel) -> Need:
    """What a parcel takes for a whole trip, where it is not aboard already."""
    if parcel.aboard or not parcel.size:
        return NOTHING
    size = SIZES.index(parcel.size)
    return (size // 2, (size + 1) // 2, 1, parcel.mass_g)


def room_of(compartments: Iterable[str], mass_g: int) -> Need:
    """What these compartments and this mass have room for."""
    sizes = [name[0] for name in compartments]
    large, middle = sizes.count("L"), sizes.count("M")
    return (large, large + middle, len(sizes), mass_g)


def peak_g(stands: Sequence[Stand], start_g: int) -> int:
    """The most bulk aboard on any leg of a trip that sets out with `start_g` of it."""
    most_g = aboard_g = start_g
    for stand in stands:
        if stand.extra is not None:
            aboard_g += stand.extra.mass_g
            most_g = max(most_g, aboard_g)
    return most_g


def compartments_for(parcels: Iterable[Parcel], free: Sequence[str]) -> dict[str, str]:
    """Largest parcels first, each into the smallest of the `free` compartments that holds it;
    bulk into none. Raises StopIteration where there is no room."""
    given: dict[str, str] = {}
    left = sorted(free, key=lambda name: SIZES.index(name[0]))
    sized = []
    for parcel in parcels:
        if parcel.aboard or not parcel.size:
            given[parcel.id] = parcel.compartment if parcel.aboard else ""
        else:
            sized.append(parcel)
    for parcel in sorted(sized, key=lambda one: (-SIZES.index(one.size), one.id)):
        least = SIZES.index(parcel.size)
        place = next(i for i, name in enumerate(left) if SIZES.index(name[0]) >= least)
        given[parcel.id] = left.pop(place)
    return given
