# SPDX-License-Identifier: Apache-2.0
"""A problem from a file, of whatever kind, with what is needed to report on its plan."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.cli.output import fail

if TYPE_CHECKING:
    from dispatcher.planner.problem import Problem
    from dispatcher.planner.solution import Solution

OWN = "json"
OWN_CONVENTION = "cost-units"


class Case(NamedTuple):
    """A problem, what it is of, how its plans are costed and written down."""

    name: str
    problem: "Problem"
    format: str
    convention: str
    cost_of: "Callable[[Solution], int | float]"
    routes_text: "Callable[[Solution], str]"


def read_case(path: Path, form: str, objective: str) -> Case:
    """The problem in a file; leaves with one sentence where there is none."""
    if not path.exists():
        fail(f"{path}: no such file")
    if form == OWN or (form == "auto" and _is_json(path)):
        if objective != "family":
            fail(f"{path}: --objective is for benchmark files; a problem of ours has its own costs")
        return _own(path)
    return _family(path, form, objective)


def _is_json(path: Path) -> bool:
    """Whether the first thing in a file is a brace; no benchmark file begins so."""
    try:
        with path.open("rb") as file:
            return file.read(1000).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def _own(path: Path) -> Case:
    import msgspec

    from dispatcher.planner.problem import BadProblem
    from dispatcher.planner.problem_file import read_problem

    try:
        problem = read_problem(path)
    except BadProblem as error:
        fail(str(error))
    if problem.matrices is None:
        fail(f"{path}: matrices: they are missing; without travel times nothing can be solved")

    def text(solution: "Solution") -> str:
        return msgspec.json.encode(solution).decode() + "\n"

    return Case(path.stem, problem, OWN, OWN_CONVENTION, lambda plan: plan.cost.total, text)


def _family(path: Path, form: str, objective: str) -> Case:
    from dispatcher.planner.families.published import routes_text
    from dispatcher.planner.families.reading import read_family
    from dispatcher.planner.families.source import BadFamilyFile

    try:
        family = read_family(path, form, objective)
    except BadFamilyFile as error:
        fail(str(error))

    return Case(
        family.name,
        family.problem,
        family.format,
        family.convention.name,
        family.cost_of,
        lambda solution: routes_text(family, solution),
    )
