# SPDX-License-Identifier: Apache-2.0
"""Runs every contender on every instance with every budget and seed, side by side.

What must hold: contenders take turns on each instance, so that all see the same load of the
machine; what a contender has no word for is said, and nothing it says of itself is believed.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from dispatcher.bench.planner_cells import Cell, Key, append_cell, fingerprint_of
from dispatcher.bench.planner_child import Job
from dispatcher.bench.planner_instances import Entry, Instance
from dispatcher.bench.planner_references import Store, stored
from dispatcher.bench.planner_runner import Run, Runner
from dispatcher.bench.planner_solvers import Contender
from dispatcher.bench.planner_tours import judged, plan_of

OWN_TIME_CAP_S: Final = 300.0
"""So much CPU time a contender gets that ends by itself."""
NOT_ASKED: Final = "n/a: "
"""How the fault of a cell begins that says what a contender cannot express."""


class Grid(NamedTuple):
    """All that is run. `resume` keeps the cells, where one is named."""

    set: str
    entries: tuple[Entry, ...]
    contenders: tuple[Contender, ...]
    seconds: tuple[float, ...]
    seeds: int
    store: Store
    resume: Path | None = None

    def runs_of(self, name: str) -> Iterator[tuple[Contender, Key]]:
        """The runs of one instance, contenders in turn."""
        for turn, (seconds, seed) in enumerate(
            (seconds, seed) for seconds in self.seconds for seed in range(1, self.seeds + 1)
        ):
            begin = turn % len(self.contenders)
            for one in self.contenders[begin:] + self.contenders[:begin]:
                budget = 0.0 if one.timeless else seconds
                if one.timeless and turn:
                    continue
                if seed == 1 or one.seeded:
                    yield one, Key(self.set, name, one.name, budget, seed)


def run_grid(
    grid: Grid, known: Mapping[Key, Cell], tell: Callable[[str], None]
) -> Iterator[list[Cell]]:
    """The cells of each instance, those that are known already among them.

    Raises ValueError for an instance that cannot be read, OSError, RuntimeError for a contender
    that does not start.
    """
    progress = _Progress(grid, tell)
    with Runner() as runner:
        for entry in grid.entries:
            instance = entry.load()
            print_ = fingerprint_of(instance.problem)
            best = instance.known or stored(grid.store, grid.set, instance.name, print_)
            cells = []
            for contender, key in grid.runs_of(instance.name):
                cell = known.get(key)
                fresh = cell is None or cell.fingerprint != print_
                if cell is None or fresh:
                    blank = Cell(*key, print_, len(instance.problem.parcels))
                    cell = _run(runner, contender, blank, instance)
                    if grid.resume is not None:
                        append_cell(grid.resume, cell)
                if best is not None:
                    cell = _with(cell, known_cost=best.cost, known_vehicles=best.vehicles)
                cells.append(cell)
                progress.after(cell, fresh=fresh)
            yield cells


def _run(runner: Runner, contender: Contender, blank: Cell, instance: Instance) -> Cell:
    missing = contender.refuses(instance.problem)
    if missing:
        return _with(blank, fault=f"{NOT_ASKED}{missing}")
    job = Job(instance.problem, blank.seconds, blank.seed, OWN_TIME_CAP_S)
    return _judged(blank, instance, runner.run(contender.name, job))


def _judged(blank: Cell, instance: Instance, run: Run) -> Cell:
    if not run.answers:
        return _with(blank, fault=run.fault)
    last = run.answers[-1]
    plan = last.plan if last.plan is not None else plan_of(instance.problem, last.tours or [])
    verdict = judged(instance.problem, plan)
    return _with(
        blank,
        cpu_s=round(last.cpu_s, 3),
        cost=verdict.cost,
        driven=verdict.driven,
        vehicles=verdict.vehicles,
        unserved=verdict.unserved,
        iterations=last.iterations,
        fault=verdict.faults[0] if verdict.faults else run.fault,
    )


def _with(cell: Cell, **changes: object) -> Cell:
    return msgspec.structs.replace(cell, **changes)


class _Progress:
    """A line for each cell, with the time that is left."""

    def __init__(self, grid: Grid, tell: Callable[[str], None]) -> None:
        self.tell = tell
        keys = [key for entry in grid.entries for _, key in grid.runs_of(entry.name)]
        self.number, self.count = 0, len(keys)
        self.began_s = time.monotonic()
        self.left = sum(key.seconds for key in keys)
        self.done = 0.0

    def after(self, cell: Cell, *, fresh: bool) -> None:
        self.number += 1
        self.left -= cell.seconds
        if not fresh:
            return
        self.done += cell.seconds
        wall_s = time.monotonic() - self.began_s
        left_s = wall_s / self.done * self.left if self.done else 0.0
        budget = f" {cell.seconds:g} s" if cell.seconds else ""
        self.tell(
            f"{self.number}/{self.count} {cell.instance} {cell.solver}{budget} seed {cell.seed}: "
            f"{_said(cell)}; about {math.ceil(left_s / 60)} min left"
        )


def _said(cell: Cell) -> str:
    if cell.fault:
        return cell.fault
    if cell.unserved:
        return f"{cell.unserved} left out"
    if cell.known_cost > 0:
        return f"{100 * (cell.driven / cell.known_cost - 1):+.2f} %"
    return f"cost {cell.cost}"
