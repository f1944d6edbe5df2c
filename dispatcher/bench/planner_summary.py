# SPDX-License-Identifier: Apache-2.0
"""What a bench's cells say: for each contender and budget its gap, spread and failures.

What must hold: a mean is over feasible plans alone and stands beside how many of the runs were
feasible; it is never told without its least and greatest seed. Where nothing is known to compare
with, the best plan of this very run stands in, and that is said.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import mean
from typing import Final

import msgspec

from dispatcher.bench.planner_cells import Cell
from dispatcher.bench.planner_grid import NOT_ASKED
from dispatcher.bench.planner_solvers import CONTENDERS

VEHICLES_FIRST: Final = "lilim"
"""The set in which fewer vehicles beat any distance."""
RIVAL: Final = "pyvrp"
"""Costs are also told relative to this contender's, plan by plan."""


class Row(msgspec.Struct, frozen=True):
    """One contender with one budget (`seconds` 0: its own time). Gaps are per cent of the cost for
    driving above what is known, over `gap_of` plans (where vehicles come first: those with no more
    of them); least and greatest are of the seeds' means. `beside` is the mean
    cost relative to PyVRP's with the same budget and seed, per cent, where both are feasible."""

    solver: str
    seconds: float
    runs: int
    feasible: int
    unserved: int
    infeasible: int
    not_asked: str = ""
    gap: float | None = None
    gap_of: int = 0
    gap_least: float | None = None
    gap_greatest: float | None = None
    beside: float | None = None
    beside_pairs: int = 0
    vehicles_more: int | None = None
    cpu_s: float = 0.0
    iterations_per_s: int = -1


class Summary(msgspec.Struct, frozen=True):
    """All rows, and how many instances had nothing to compare with."""

    set: str
    instances: int
    not_known: int
    rows: tuple[Row, ...]


def summary_of(chosen: str, cells: Sequence[Cell]) -> Summary:
    """The rows by budget and contender."""
    known = _known(cells)
    groups: dict[tuple[float, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.seconds, cell.solver), []).append(cell)
    rivals = {
        (cell.instance, cell.seconds, cell.seed): cell.cost
        for cell in cells
        if cell.solver == RIVAL and cell.feasible
    }
    return Summary(
        set=chosen,
        instances=len({cell.instance for cell in cells}),
        not_known=len({cell.instance for cell in cells if cell.known_cost < 0}),
        rows=tuple(_row(group, known, rivals) for _, group in sorted(groups.items(), key=_place)),
    )


def _place(item: tuple[tuple[float, str], list[Cell]]) -> tuple[float, int]:
    """By budget, own time last; then as the contenders are listed."""
    (seconds, solver), _ = item
    names = list(CONTENDERS)
    return seconds or math.inf, names.index(solver) if solver in names else len(names)


def _known(cells: Iterable[Cell]) -> dict[str, int]:
    best: dict[str, int] = {}
    for cell in cells:
        if cell.known_cost >= 0:
            best[cell.instance] = cell.known_cost
        elif cell.feasible:
            best[cell.instance] = min(cell.driven, best.get(cell.instance, cell.driven))
    return best


def _row(
    cells: Sequence[Cell], known: dict[str, int], rivals: dict[tuple[str, float, int], int]
) -> Row:
    first, good = cells[0], [cell for cell in cells if cell.feasible]
    asked = [cell for cell in cells if not cell.fault.startswith(NOT_ASKED)]
    refused = [cell.fault.removeprefix(NOT_ASKED) for cell in cells if cell not in asked]

    def gap(cell: Cell) -> float:
        return 100 * (cell.driven / max(1, known[cell.instance]) - 1)

    compared = [cell for cell in good if first.set != VEHICLES_FIRST or _no_more_vehicles(cell)]
    seeds = _means_by_seed(compared, gap)
    pairs = [(cell.cost, rivals.get((cell.instance, cell.seconds, cell.seed))) for cell in good]
    beside = [100 * (ours / theirs - 1) for ours, theirs in pairs if theirs]
    counted = [cell for cell in good if cell.known_vehicles >= 0]
    moved = [cell for cell in good if cell.iterations >= 0 and cell.cpu_s]
    return Row(
        solver=first.solver,
        seconds=first.seconds,
        runs=len(asked),
        feasible=len(good),
        unserved=sum(cell.unserved for cell in asked),
        infeasible=sum(1 for cell in asked if cell.fault),
        not_asked=refused[0] if refused else "",
        gap=mean(map(gap, compared)) if compared else None,
        gap_of=len(compared),
        gap_least=min(seeds) if seeds else None,
        gap_greatest=max(seeds) if seeds else None,
        beside=mean(beside) if beside and first.solver != RIVAL else None,
        beside_pairs=len(beside),
        vehicles_more=sum(c.vehicles - c.known_vehicles for c in counted) if counted else None,
        cpu_s=mean(cell.cpu_s for cell in asked) if asked else 0.0,
        iterations_per_s=round(mean(c.iterations / c.cpu_s for c in moved)) if moved else -1,
    )


def _no_more_vehicles(cell: Cell) -> bool:
    return cell.vehicles <= cell.known_vehicles


def _means_by_seed(cells: Sequence[Cell], gap: Callable[[Cell], float]) -> list[float]:
    seeds: dict[int, list[float]] = {}
    for cell in cells:
        seeds.setdefault(cell.seed, []).append(gap(cell))
    return [mean(gaps) for gaps in seeds.values()]
