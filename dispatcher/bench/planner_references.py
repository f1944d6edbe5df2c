# SPDX-License-Identifier: Apache-2.0
"""Costs to compare with where none is published in an instance's convention.

What must hold: names and costs alone are stored, each with how it was made; a reference is only
used for the very problem that it was made on.
"""

from pathlib import Path
from typing import Final

import msgspec

from dispatcher.bench.planner_cells import Cell
from dispatcher.bench.planner_instances import Known

STORED: Final = Path(__file__).with_name("planner_references.json")


class Reference(msgspec.Struct, frozen=True):
    """The best of all contenders in a long run."""

    cost: int
    vehicles: int
    fingerprint: str
    solver: str
    made: str


class Store(msgspec.Struct):
    """All of them by `set/instance`; `made` says how, by the name that each one has there."""

    made: dict[str, dict[str, str]] = {}
    references: dict[str, Reference] = {}


def read_store(path: Path = STORED) -> Store:
    """An empty one where there is no file."""
    if not path.exists():
        return Store()
    return msgspec.json.decode(path.read_bytes(), type=Store)


def write_store(store: Store, path: Path = STORED) -> None:
    """Whole or not at all. Raises OSError."""
    ordered = Store(dict(sorted(store.made.items())), dict(sorted(store.references.items())))
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")
    part.replace(path)


def stored(store: Store, chosen: str, instance: str, fingerprint: str) -> Known | None:
    """What is stored for this problem."""
    found = store.references.get(f"{chosen}/{instance}")
    if found is None or found.fingerprint != fingerprint:
        return None
    return Known(found.cost, found.vehicles)


def keep_best(store: Store, cells: list[Cell], made: str) -> bool:
    """Stores the cheapest feasible plan of one instance; False where there is none better."""
    good = [cell for cell in cells if cell.feasible]
    if not good:
        return False
    best = min(good, key=lambda cell: cell.cost)
    name = f"{best.set}/{best.instance}"
    old = store.references.get(name)
    if old is not None and old.fingerprint == best.fingerprint and old.cost <= best.driven:
        return False
    store.references[name] = Reference(
        best.driven, best.vehicles, best.fingerprint, best.solver, made
    )
    return True
