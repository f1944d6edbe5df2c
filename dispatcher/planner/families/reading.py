# SPDX-License-Identifier: Apache-2.0
"""Any benchmark file as a `Family`: told by its content, or by name.

What must hold: what is returned is a problem that can be solved; a file that is of no family gets
one sentence that names the families there are.
"""

from pathlib import Path
from typing import Final

from dispatcher.planner.families.family import Family
from dispatcher.planner.families.li_lim import is_li_lim, read_li_lim
from dispatcher.planner.families.solomon import is_solomon, read_solomon
from dispatcher.planner.families.source import BadFamilyFile, Source
from dispatcher.planner.families.vrplib import is_vrplib
from dispatcher.planner.families.vrplib_problem import FORMATS, read_vrplib
from dispatcher.planner.problem import BadProblem
from dispatcher.planner.validate import validate

AUTO: Final = "auto"
VRPLIB_FORMATS: Final = ("vrplib", *dict.fromkeys(FORMATS.values()))
FAMILY_FORMATS: Final = ("solomon", "homberger", "li-lim", *VRPLIB_FORMATS)
OBJECTIVES: Final = ("family", "distance", "vehicles")
"""As the family counts; distance alone; fewest vehicles, then distance."""


def read_family(path: Path, name: str = AUTO, objective: str = "family") -> Family:
    """The instance in a file. Raises BadFamilyFile, and ValueError for an unknown name."""
    if name not in (AUTO, *FAMILY_FORMATS):
        raise ValueError(f"no format {name!r}; there are: {AUTO}, {', '.join(FAMILY_FORMATS)}")
    if objective not in OBJECTIVES:
        raise ValueError(f"no objective {objective!r}; there are: {', '.join(OBJECTIVES)}")
    family = _read(Source(path), name, objective)
    try:
        validate(family.problem)
    except BadProblem as error:
        raise BadFamilyFile(f"{path}: {error}") from None
    return family


def _read(source: Source, name: str, objective: str) -> Family:
    if name == AUTO:
        name = _format_of(source)
    distance = None if objective == "family" else objective == "distance"
    if name == "li-lim":
        return read_li_lim(source, distance=bool(distance))
    if name in VRPLIB_FORMATS:
        return _vrplib(source, name, objective)
    homberger = None if name == AUTO else name == "homberger"
    return read_solomon(source, homberger=homberger, distance=distance)


def _format_of(source: Source) -> str:
    if is_vrplib(source):
        return "vrplib"
    if is_solomon(source):
        return AUTO  # Solomon or Gehring and Homberger: told by size
    if is_li_lim(source):
        return "li-lim"
    raise BadFamilyFile(
        f"{source.path}: neither Solomon's nor Li and Lim's format nor VRPLIB; "
        f"say which it is, of: {', '.join(FAMILY_FORMATS)}"
    )


def _vrplib(source: Source, name: str, objective: str) -> Family:
    family = read_vrplib(source)
    if name not in ("vrplib", family.format):
        raise BadFamilyFile(f"{source.path}: the file is of type {family.format}, not {name}")
    if objective == "vehicles":
        said = "vehicles do not come first in this family"
        raise BadFamilyFile(f"{source.path}: {said}; it counts {family.convention.text}")
    return family
