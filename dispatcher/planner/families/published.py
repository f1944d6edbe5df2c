# SPDX-License-Identifier: Apache-2.0
"""Files of routes: `.sol` (CVRPLIB) and `.best.VEHICLES_DISTANCE.txt`; read, found and written.

What must hold: a file of routes is as little trusted as an instance. The cost of a `.best.` file is
in its name; in a `.sol` file it is a line `Cost 827.3` or `Cost: 15006`.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

from dispatcher.planner.families.family import Family, Routes
from dispatcher.planner.families.source import NODES_MAX, BadFamilyFile, Source
from dispatcher.planner.solution import Solution

SECTION: Final = "routes"
_ROUTE = re.compile(r"Route\s*#?\s*\d+\s*:(.*)", re.IGNORECASE)
_COST = re.compile(r"Cost\s*:?\s*(\S+)", re.IGNORECASE)
_BEST = re.compile(r".+\.best\.(\d{1,6})_(\d{1,12}(?:\.\d{1,12})?)\.txt")


class Published(NamedTuple):
    """Routes, and what they are said to cost (-1: nothing is said)."""

    routes: Routes
    cost: float


def read_routes(path: Path) -> Published:
    """The routes of a file. Raises BadFamilyFile."""
    source = Source(path)
    routes: Routes = []
    named = _BEST.fullmatch(path.name)
    cost = float(named[2]) if named else -1.0
    for line in source.lines:
        text = " ".join(line.words)
        if match := _ROUTE.fullmatch(text):
            words = match[1].split()
            routes.append([source.amount(line, SECTION, "node", w, NODES_MAX) for w in words])
        elif match := _COST.fullmatch(text):
            cost = source.number(line, SECTION, "cost", match[1], 1e15)
    routes = [route for route in routes if route]
    if not routes:
        raise BadFamilyFile(f"{path}: there is no route in it")
    return Published(routes, cost)


def published_beside(instance: Path) -> Path | None:
    """The file of routes that lies beside an instance, if one does."""
    sol = instance.with_suffix(".sol")
    if sol.is_file():
        return sol
    best = sorted(instance.parent.glob(f"{instance.stem}.best.*.txt"))
    return best[0] if best else None


def routes_text(family: Family, solution: Solution) -> str:
    """A plan as a `.sol` file."""
    rows = [
        f"Route #{number}: {' '.join(map(str, route))}"
        for number, route in enumerate(family.routes_of(solution), start=1)
    ]
    return "\n".join([*rows, f"Cost: {family.cost_text(family.cost_of(solution))}", ""])
