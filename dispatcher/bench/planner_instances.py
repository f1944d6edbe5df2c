# SPDX-License-Identifier: Apache-2.0
"""The instances of each set: public files, our own drawn ones, days of a campus.

What must hold: a set and a name tell an instance; what is cheap (names) is told before what is not
(problems), so that a wrong name is refused at once. Costs are in units of the problem.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from dispatcher.bench.planner_days import campus_days, data_root, problem_of_day
from dispatcher.bench.planner_uchoa import drawn_problem, recipe_of
from dispatcher.planner.problem import Problem

SETS: Final = ("campus", "public", "multitrip", "fleet", "lilim", "large")
PUBLIC_PARCELS_MAX: Final = 400
DRAWN: Final = ((100, 0), (200, 1), (300, 2), (400, 3))
"""(customers, seed); each without and with windows."""
DRAWN_LARGE: Final = ((1000, 4), (1000, 5))


class Known(NamedTuple):
    """The best that is published: what driving costs and, where they come first, vehicles."""

    cost: int
    vehicles: int


class Instance(NamedTuple):
    """One instance; `known` is None where nothing is published in its convention."""

    name: str
    problem: Problem
    convention: str
    known: Known | None


class Entry(NamedTuple):
    """An instance that is not loaded yet. Loading raises ValueError for input that is bad."""

    name: str
    load: Callable[[], Instance]


class NoData(ValueError):
    """A set whose files are not there."""


def entries_of(chosen: str, files: tuple[Path, ...] = ()) -> tuple[Entry, ...]:
    """The entries of a set, or of these files under the set's convention. Raises NoData."""
    if files:
        return tuple(_from_file(path, chosen) for path in files)
    found = tuple(_SETS[chosen]())
    if not found:
        raise NoData(f"set {chosen}: needs DROVER_DATA/vrp with the public instances")
    return found


def _multitrip() -> Iterator[Entry]:
    return (_from_file(path, "multitrip") for path in _files("mtvrptwr", ".vrp"))


def _lilim() -> Iterator[Entry]:
    return (_from_file(path, "lilim") for path in _files("pdptw", ".txt"))


def _public() -> Iterator[Entry]:
    for path in (*_files("vrptw", ".txt"), *_files("cvrp", ".vrp")):
        if _customers_named(path) <= PUBLIC_PARCELS_MAX:
            yield _from_file(path, "public")
    for customers, seed in DRAWN:
        yield from _drawn_pair(customers, seed)


def _large() -> Iterator[Entry]:
    for customers, seed in DRAWN_LARGE:
        yield from _drawn_pair(customers, seed)


def _campus() -> Iterator[Entry]:
    for name, day, source in campus_days():
        yield Entry(name, partial(_campus_day, name, partial(problem_of_day, day, source)))


_SETS: Final[dict[str, Callable[[], Iterator[Entry]]]] = {
    "campus": _campus,
    "public": _public,
    "multitrip": _multitrip,
    "lilim": _lilim,
    "large": _large,
}


def _campus_day(name: str, problem: Callable[[], Problem]) -> Instance:
    return Instance(name, problem(), "metres driven", None)


def _drawn_pair(customers: int, seed: int) -> Iterator[Entry]:
    for windows in (False, True):
        name = f"drawn-{'windows' if windows else 'plain'}-{customers}-{seed}"
        yield Entry(name, partial(_drawn, name, customers, seed, windows=windows))


def _drawn(name: str, customers: int, seed: int, *, windows: bool) -> Instance:
    problem = drawn_problem(recipe_of(customers, seed, windows=windows))
    return Instance(name, problem, "total distance in whole numbers", None)


def _files(folder: str, suffix: str) -> list[Path]:
    root = data_root()
    if root is None:
        return []
    found = (root / "vrp" / folder).glob(f"*{suffix}")
    return sorted(path for path in found if ".best." not in path.name)


def _customers_named(path: Path) -> int:
    """Of Uchoa's files, by their names (X-n101-k25 has 100); of others nobody asks."""
    parts = path.stem.split("-")
    named = len(parts) > 1 and parts[1].startswith("n") and parts[1][1:].isdigit()
    return int(parts[1][1:]) - 1 if named else 0


def _from_file(path: Path, chosen: str) -> Entry:
    return Entry(path.stem, partial(_read, path, chosen))


def _read(path: Path, chosen: str) -> Instance:
    """Where vehicles would come first, only the set `lilim` lets them: else distance is all."""
    from dispatcher.planner.families.published import published_beside, read_routes
    from dispatcher.planner.families.reading import read_family

    family = read_family(path)
    published = published_beside(path)
    if family.convention.vehicles_first and chosen != "lilim":
        family, published = read_family(path, objective="distance"), None
    convention = family.convention
    known = None
    if published is not None:
        routes = read_routes(published)
        grid = 1 if convention.inside else convention.grid
        known = Known(round(routes.cost * grid), len(routes.routes))
    return Instance(path.stem, family.problem, convention.text, known)
