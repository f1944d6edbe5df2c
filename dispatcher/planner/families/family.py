# SPDX-License-Identifier: Apache-2.0
"""One benchmark instance: a `Problem`, and how its family counts cost and writes routes.

What must hold: a route is the list of the file's node numbers in the order of visits, without the
depot at its ends; a depot number inside is a return for more. What routes cost is counted here from
the file's own distances, not taken from a solver.
"""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Final

import msgspec

from dispatcher.planner.problem import Matrices, Problem
from dispatcher.planner.solution import Solution

Routes = list[list[int]]


class Convention(msgspec.Struct, frozen=True):
    """How a family counts.

    One unit of the files is `grid` units inside. Costs are shown in the files' unit with
    `decimals`, or where `inside` is set, in the unit of the grid. `exact`: costs are recomputed in
    double precision from the coordinates. `vehicles_first`: fewer vehicles beat any distance.
    """

    name: str
    text: str
    grid: int
    decimals: int
    inside: bool = False
    exact: bool = False
    vehicles_first: bool = False


DIMACS: Final = Convention(
    "dimacs", "total distance, each leg truncated to one decimal", grid=10, decimals=1
)
DIMACS_TENTHS: Final = Convention(
    "dimacs-tenths",
    "total distance in tenths, each leg truncated to a tenth",
    grid=10,
    decimals=0,
    inside=True,
)
VEHICLES_FIRST: Final = Convention(
    "vehicles-first",
    "fewest vehicles, then total distance in double precision",
    grid=10_000,
    decimals=4,
    exact=True,
    vehicles_first=True,
)
DOUBLES: Final = Convention(
    "doubles", "total distance in double precision", grid=10_000, decimals=4, exact=True
)
INTEGERS: Final = Convention("integers", "total distance in whole numbers", grid=1, decimals=0)


class FamilyError(ValueError):
    """Routes that do not belong to an instance; one sentence."""


class Family(msgspec.Struct, frozen=True):
    """An instance. `points` has the place of each node number, where the family has coordinates."""

    name: str
    format: str
    convention: Convention
    problem: Problem
    points: tuple[tuple[float, float], ...] = ()

    @property
    def depot(self) -> int:
        """The depot's number."""
        return int(self.problem.stations[0])

    def routes_of(self, solution: Solution) -> Routes:
        """The route of each robot that drives, its trips joined by the depot's number."""
        routes = []
        for plan in solution.plans:
            route: list[int] = []
            for trip in plan.trips:
                numbers = [int(visit.node) for visit in trip.visits]
                customers = [number for number in numbers if number != self.depot]
                if customers:
                    route += [self.depot, *customers] if route else customers
            if route:
                routes.append(route)
        return routes

    def cost_of(self, solution: Solution) -> int | float:
        """What the driving of a plan costs, as the family's solution files say it."""
        return self.cost_of_routes(self.routes_of(solution))

    def cost_of_routes(self, routes: Iterable[Sequence[int]]) -> int | float:
        """What routes cost, as the family's solution files say it. Raises FamilyError."""
        last = len(self._matrices.nodes) - 1
        total: int | float = 0
        for route in routes:
            if any(not 0 <= number <= last for number in route):
                raise FamilyError(f"{self.name}: a route with a node that is not 0 to {last}")
            stops = [self.depot, *route, self.depot]
            total += sum(map(self._leg, stops[:-1], stops[1:]))
        if self.convention.exact:
            return round(total, self.convention.decimals)
        if self.convention.inside or self.convention.grid == 1:
            return int(total)
        return round(total / self.convention.grid, self.convention.decimals)

    def cost_text(self, cost: float) -> str:
        """A cost with as many decimals as the family's files have."""
        return f"{cost:.{self.convention.decimals}f}"

    @property
    def _matrices(self) -> Matrices:
        assert self.problem.matrices is not None, "a family's problem has its matrices"
        return self.problem.matrices

    def _leg(self, start: int, end: int) -> int | float:
        if self.convention.exact:
            (x1, y1), (x2, y2) = self.points[start], self.points[end]
            return sqrt((x1 - x2) ** 2 + (y1 - y2) ** 2)
        return self._matrices.lengths_mm[start][end] // 1000
