# SPDX-License-Identifier: Apache-2.0
"""Problems and solutions as JSON files, both ways; README.md beside this says what is in them.

What must hold: what is read is valid, or one sentence says where it is not; a file written and read
again is the same problem. A field that nobody knows is a fault: it may be a slip of the pen.
"""

import re
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from dispatcher.planner.problem import BadProblem, Problem
from dispatcher.planner.solution import Solution
from dispatcher.planner.validate import validate

FILE_BYTES_MAX: Final = 256_000_000
_PLACE = re.compile(r"^(.*) - at `(\$[^`]*)`$", re.DOTALL)

_Read = TypeVar("_Read", Problem, Solution)


def read_problem(path: Path) -> Problem:
    """The problem in a file. Raises BadProblem, also where the file cannot be read."""
    problem = _decoded(path, Problem)
    try:
        validate(problem)
    except BadProblem as error:
        raise BadProblem(f"{path}: {error}") from error
    return problem


def read_solution(path: Path) -> Solution:
    """The solution in a file, as it stands there: only `check` says whether it is good.

    Raises BadProblem, also where the file cannot be read.
    """
    return _decoded(path, Solution)


def write_problem(path: Path, problem: Problem) -> None:
    """Write a problem. Raises OSError."""
    path.write_bytes(msgspec.json.encode(problem) + b"\n")


def write_solution(path: Path, solution: Solution) -> None:
    """Write a solution. Raises OSError."""
    path.write_bytes(msgspec.json.encode(solution) + b"\n")


def _decoded(path: Path, what: type[_Read]) -> _Read:
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadProblem(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > FILE_BYTES_MAX:
        raise BadProblem(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    try:
        return msgspec.json.decode(raw, type=what)
    except msgspec.ValidationError as error:
        found = _PLACE.match(str(error))
        text, place = found.groups() if found else (str(error), "$")
        raise BadProblem(f"{path}: {place}: {text[0].lower()}{text[1:]}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadProblem(f"{path}: not JSON: {error}") from error
