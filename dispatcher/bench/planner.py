# SPDX-License-Identifier: Apache-2.0
"""`dispatcher bench planner`: what is asked, run, kept and told.

What must hold: everything that can be refused is refused before the first run.
"""

import datetime as dt
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from dispatcher.bench.planner_cells import Cell, Key, mend_end, read_cells
from dispatcher.bench.planner_grid import Grid, run_grid
from dispatcher.bench.planner_instances import entries_of
from dispatcher.bench.planner_references import STORED, keep_best, read_store, write_store
from dispatcher.bench.planner_solvers import contenders_of
from dispatcher.bench.planner_summary import Summary, summary_of
from dispatcher.bench.stopwatch import Machine, load, machine

SECONDS: Final = "1,2,10"
SOLVERS: Final = "ours,ours-ortools,pyvrp,vroom,ortools-default,ortools-best"
REFERENCE_SECONDS: Final = "600"
REFERENCE_SOLVERS: Final = "ours,pyvrp,vroom-5"
PACKAGES: Final = ("numba", "numpy", "ortools", "pyvrp", "pyvroom")
LEAST_S: Final = 0.05
MOST_S: Final = 86_400.0
SEEDS_MAX: Final = 100


class BadAsk(ValueError):
    """An option that cannot be: one sentence."""


class Ask(msgspec.Struct, frozen=True):
    """What is asked for. `only` leaves out instances whose name does not contain it."""

    set: str
    seconds: str
    seeds: int
    solvers: str
    files: tuple[Path, ...] = ()
    only: str = ""
    resume: Path | None = None


class Report(msgspec.Struct, frozen=True):
    """The answer of one bench."""

    summary: Summary
    machine: Machine
    cells: tuple[Cell, ...]


def bench_planner(ask: Ask, tell: Callable[[str], None]) -> Report:
    """Runs it all and tells of the progress.

    Raises BadAsk and other ValueErrors for input that is bad, NotInstalled, NoData.
    """
    grid, known = _prepared(ask)
    load_before = load()
    cells: list[Cell] = []
    for some in run_grid(grid, known, tell):
        cells += some
    ended = machine(load_before, _installed())
    return Report(summary_of(ask.set, cells), ended, tuple(cells))


def make_references(ask: Ask, command: str, tell: Callable[[str], None]) -> int:
    """Long runs, the best plan of each instance stored; how many were stored. Raises as above."""
    grid, known = _prepared(ask)
    store, count = read_store(), 0
    versions = ", ".join(f"{name} {version(name)}" for name in _installed())
    # Names in the store by what was run, so that two runs of one kind share a line.
    made = f"{ask.set} {ask.seconds} s, {ask.seeds} seeds, {ask.solvers}"
    for cells in run_grid(grid, known, tell):
        if keep_best(store, cells, made):
            today = dt.datetime.now(tz=dt.UTC).date().isoformat()
            store.made[made] = {"command": command, "versions": versions, "date": today}
            write_store(store, STORED)
            count += 1
    return count


def _prepared(ask: Ask) -> tuple[Grid, dict[Key, Cell]]:
    seconds, solvers = seconds_of(ask.seconds), tuple(filter(None, ask.solvers.split(",")))
    if not 1 <= ask.seeds <= SEEDS_MAX:
        raise BadAsk(f"--seeds {ask.seeds}: allowed: 1 to {SEEDS_MAX}")
    if not solvers:
        raise BadAsk("--solvers: none is named")
    contenders = contenders_of(solvers)
    for path in ask.files:
        if not path.is_file():
            raise BadAsk(f"{path}: no such file")
    entries = tuple(one for one in entries_of(ask.set, ask.files) if ask.only in one.name)
    if not entries:
        raise BadAsk(f"--only {ask.only}: no instance of set {ask.set} has that in its name")
    known: dict[Key, Cell] = {}
    if ask.resume is not None:
        known = read_cells(ask.resume)
        if not ask.resume.resolve().parent.is_dir():
            raise BadAsk(f"{ask.resume}: there is no such folder")
        mend_end(ask.resume)
    store = read_store()
    return Grid(ask.set, entries, contenders, seconds, ask.seeds, store, ask.resume), known


def seconds_of(text: str) -> tuple[float, ...]:
    """Budgets from `1,2,10`. Raises BadAsk."""
    found = []
    for word in text.split(","):
        try:
            value = float(word)
        except ValueError:
            raise BadAsk(f"--seconds {text}: {word!r} is not a number") from None
        if not LEAST_S <= value <= MOST_S:
            raise BadAsk(f"--seconds {text}: {word}, allowed: {LEAST_S:g} to {MOST_S:g}")
        found.append(value)
    return tuple(dict.fromkeys(found))


def _installed() -> tuple[str, ...]:
    return tuple(name for name in PACKAGES if _has(name))


def _has(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
