# SPDX-License-Identifier: Apache-2.0
"""The best set of trips from a pool, put onto robots: CP-SAT set partitioning with machines.

What must hold: each parcel is in one chosen column or skipped at its price; the answer costs no
more than the plan that was given, and is that plan where nothing better was found. With a limit of
work alone the same call gives the same answer. What is chosen can be driven: every trip inside its
start window, no robot in two trips, room, range and number of trips kept; energy with room for
charging (each trip either lives on what is in the battery now or charges what it took after it).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from ortools.sat.python import cp_model

from dispatcher.planner.columns import ANY_ROBOT, Column, Machine
from dispatcher.planner.effort import Effort, limited
from dispatcher.planner.partition_model import PartitionModel

__all__ = ["Effort", "Recombined", "cost_of_choice", "recombine"]

COLUMNS_MAX: Final = 4_000
"""More than these CP-SAT does not finish in the seconds there are."""
WHOLE_POOL_FLEETS: Final = 4
"""With more kinds of robots than these each column has many places, so fewer are offered."""


class Recombined(NamedTuple):
    """By machine the chosen columns in order; what they and the skipped cost; whether it is proven
    that the pool holds nothing better; how many columns were looked at."""

    trips: tuple[tuple[int, ...], ...]
    cost: int
    proven: bool
    columns: int


def recombine(
    columns: Sequence[Column],
    parcels: Sequence[Sequence[int]],
    skip_costs: Sequence[int],
    machines: Sequence[Machine],
    plan: Sequence[Sequence[int]],
    effort: Effort,
) -> Recombined:
    """The cheapest choice from the pool. `parcels[c]` are the numbers of the parcels in column `c`,
    `skip_costs` are by parcel number; `plan` is the choice there is, by machine, in order."""
    known = Recombined(
        tuple(tuple(row) for row in plan),
        cost_of_choice(columns, parcels, skip_costs, plan),
        False,
        0,
    )
    kept = _kept(columns, parcels, skip_costs, machines, plan)
    model = PartitionModel(columns, parcels, skip_costs, machines, kept)
    model.hint(plan)
    solver = limited(effort)
    status = solver.solve(model.model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return known._replace(columns=len(kept))
    trips = model.chosen(solver, plan)
    cost = cost_of_choice(columns, parcels, skip_costs, trips)
    proven = status == cp_model.OPTIMAL
    if cost >= known.cost:
        return known._replace(proven=proven and cost == known.cost, columns=len(kept))
    return Recombined(trips, cost, proven, len(kept))


def cost_of_choice(
    columns: Sequence[Column],
    parcels: Sequence[Sequence[int]],
    skip_costs: Sequence[int],
    trips: Sequence[Sequence[int]],
) -> int:
    """What chosen columns cost, with what they leave out."""
    chosen = [c for row in trips for c in row]
    served = {parcel for c in chosen for parcel in parcels[c]}
    skipped = sum(cost for parcel, cost in enumerate(skip_costs) if parcel not in served)
    return sum(columns[c].cost for c in chosen) + skipped


def _kept(
    columns: Sequence[Column],
    parcels: Sequence[Sequence[int]],
    skip_costs: Sequence[int],
    machines: Sequence[Machine],
    plan: Sequence[Sequence[int]],
) -> list[int]:
    """The plan's columns, then the cheapest of each set of parcels, the most promising first.

    Promising: cheap for what its parcels pay in the plan, each an equal share of its trip.
    """
    now = [c for row in plan for c in row]
    prices = list(skip_costs)
    for c in now:
        for parcel in parcels[c]:
            prices[parcel] = columns[c].cost // len(parcels[c])
    best: dict[tuple[int, tuple[int, ...]], int] = {}
    for number, column in enumerate(columns):
        key = (column.robot, tuple(sorted(parcels[number])))
        if key not in best or _rank(column) < _rank(columns[best[key]]):
            best[key] = number
    others = []
    for (robot, served), number in best.items():
        rival = best.get((ANY_ROBOT, served), number)
        if robot == ANY_ROBOT or _rank(columns[number]) < _rank(columns[rival]) or rival == number:
            others.append((columns[number].cost - sum(prices[p] for p in served), number))
    others.sort()
    kinds = len({machine._replace(free_ms=0) for machine in machines})
    limit = COLUMNS_MAX * WHOLE_POOL_FLEETS // max(WHOLE_POOL_FLEETS, kinds)
    return list(dict.fromkeys((*now, *(number for _, number in others))))[: max(limit, len(now))]


def _rank(column: Column) -> tuple[int, int, int]:
    """What makes one of two columns with the same parcels the better: cost, span, last start."""
    return column.cost, column.span_ms, -column.latest_start_ms
