# SPDX-License-Identifier: Apache-2.0
"""Instances of our own drawn after Uchoa et al. (2017), with windows where asked.

Depot (centre, corner or anywhere), customers (anywhere, clustered, half and half), seven demand
classes and the length of a route r from a triangle (3, 6, 25), as section 3.1 of "New benchmark
instances for the capacitated vehicle routing problem" (EJOR 257(3)) has it; legs are rounded as
there. Windows are our addition: three of four customers have one, a tenth to a half of the day
wide, wherever in the day a direct trip can keep it. What must hold: size, windows and seed alone
tell an instance.
"""

import math
from random import Random
from typing import Final, NamedTuple

from dispatcher.planner.problem import Problem

GRID: Final = 1000
SERVICE: Final = 10
CLUSTER_REACH: Final = 40.0
DEPOTS: Final = ("centre", "corner", "anywhere")
PLACINGS: Final = ("anywhere", "clustered", "mixed")
DEMANDS: Final = ("1", "1-10", "5-10", "1-100", "50-100", "quadrant", "many small")
ROUTE: Final = (3.0, 25.0, 6.0)
"""Customers of a route: least, most, most likely."""
WINDOWED_PCT: Final = 75

Point = tuple[int, int]


class Recipe(NamedTuple):
    """What was drawn for an instance."""

    customers: int
    windows: bool
    seed: int
    depot: str
    placing: str
    demand: str
    route: float


def recipe_of(customers: int, seed: int, *, windows: bool) -> Recipe:
    """The classes come in turn with the seed, so that few instances already differ in all."""
    luck = Random(f"uchoa|{customers}|{windows}|{seed}|recipe")
    return Recipe(
        customers,
        windows,
        seed,
        DEPOTS[seed % len(DEPOTS)],
        PLACINGS[(seed + seed // len(DEPOTS)) % len(PLACINGS)],
        DEMANDS[seed % len(DEMANDS)],
        luck.triangular(*ROUTE),
    )


def drawn_problem(recipe: Recipe) -> Problem:
    """The instance as a problem; distance is all that costs."""
    from dispatcher.planner.families.building import Fleet, Node, deliveries, prices, problem_of
    from dispatcher.planner.families.distances import rounded

    luck = Random(f"uchoa|{recipe.customers}|{recipe.windows}|{recipe.seed}")
    depot = _depot(recipe, luck)
    points = [depot, *_customers(recipe, luck, depot)]
    demands = _demands(recipe, luck, points[1:])
    capacity = max(math.ceil(recipe.route * sum(demands) / len(demands)), *demands)
    lengths = rounded(points)
    need = math.ceil(sum(demands) / capacity)
    nodes = [Node()] + [Node(demand=demand) for demand in demands]
    vehicles = need + need // 2 + 2
    if recipe.windows:
        direct = lengths[0].tolist()
        day = _day(recipe, max(direct))
        windows = [_window(luck, day, out) for out in direct[1:]]
        nodes = [Node(latest=day)]
        for demand, (earliest, latest) in zip(demands, windows, strict=True):
            nodes.append(Node(demand, earliest, latest, SERVICE))
        vehicles = min(recipe.customers, 3 * need + 10)
    fleet = Fleet(vehicles, capacity)
    costs = prices(lengths, 0, vehicles_first=False)
    parcels = deliveries(nodes, 0, costs)
    return problem_of(parcels, 0, nodes[0], fleet, (lengths, lengths), costs)


def _depot(recipe: Recipe, luck: Random) -> Point:
    places = {"centre": (GRID // 2, GRID // 2), "corner": (0, 0)}
    return places.get(recipe.depot) or (luck.randrange(GRID + 1), luck.randrange(GRID + 1))


def _customers(recipe: Recipe, luck: Random, depot: Point) -> list[Point]:
    """No two at one place, none at the depot."""
    anywhere = {"anywhere": recipe.customers, "clustered": 0}
    free = anywhere.get(recipe.placing, recipe.customers // 2)
    taken = {depot: None}
    while len(taken) <= free:
        taken[luck.randrange(GRID + 1), luck.randrange(GRID + 1)] = None
    if free < recipe.customers:
        seeds: list[Point] = []
        for _ in range(min(luck.randint(3, 8), recipe.customers - free)):
            seeds.append((luck.randrange(GRID + 1), luck.randrange(GRID + 1)))
            taken[seeds[-1]] = None
        while len(taken) <= recipe.customers:
            point = luck.randrange(GRID + 1), luck.randrange(GRID + 1)
            pull = sum(math.exp(-math.dist(point, seed) / CLUSTER_REACH) for seed in seeds)
            if luck.random() < pull:
                taken[point] = None
    return list(taken)[1:]


def _demands(recipe: Recipe, luck: Random, points: list[Point]) -> list[int]:
    if recipe.demand == "quadrant":
        half = GRID // 2
        even = [(x < half) == (y < half) for x, y in points]
        return [luck.randint(1, 50) if one else luck.randint(51, 100) for one in even]
    if recipe.demand == "many small":
        share = luck.uniform(0.7, 0.95)
        small = [luck.random() < share for _ in points]
        return [luck.randint(1, 10) if one else luck.randint(50, 100) for one in small]
    least, _, most = recipe.demand.partition("-")
    return [luck.randint(int(least), int(most or least)) for _ in points]


def _day(recipe: Recipe, farthest: int) -> int:
    """Long enough for half as many customers again as the load allows."""
    hop = GRID / math.sqrt(recipe.customers)
    return 2 * farthest + math.ceil(1.5 * recipe.route * (hop + SERVICE))


def _window(luck: Random, day: int, direct: int) -> tuple[int, int]:
    """One that a direct trip keeps: it is home before the day ends."""
    last = day - SERVICE - direct
    if luck.randrange(100) >= WINDOWED_PCT:
        return 0, last
    width = luck.randint(day // 10, day // 2)
    middle = luck.randint(direct, max(direct, last))
    return max(0, middle - width // 2), max(direct, min(last, middle + width // 2))
