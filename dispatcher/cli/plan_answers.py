# SPDX-License-Identifier: Apache-2.0
"""`dispatcher plan explain` and `dispatcher plan diff`: why a plan does what it does.

What must hold: a plan that breaks its problem's rules is not explained, since nothing that is said
about it would be true; what it breaks is said instead.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say

if TYPE_CHECKING:
    from dispatcher.planner.problem import Problem
    from dispatcher.planner.solution import Solution

VIOLATIONS_SHOWN = 5
MOVES_SHOWN = 50

ProblemFile = Annotated[Path, typer.Argument(metavar="PROBLEM", help="A problem (JSON).")]


def register(app: typer.Typer) -> None:
    """Add the commands to the group `plan`."""
    app.command("explain")(explain)
    app.command("diff")(diff)


def explain(
    problem: ProblemFile,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan of it (JSON).")],
    parcel: Annotated[str, typer.Argument(metavar="PARCEL", help="The id of a parcel.")],
    as_json: JsonOption = False,
) -> None:
    """Why a parcel is late or in no trip: what stops it at each robot, and what would have to give.

    Times are UTC. What is said was tried by inserting the parcel; planning anew may find more.
    """
    from dispatcher.planner.explain import explain as explained

    posed = _problem(problem)
    whole = _plan(plan, posed)
    try:
        found = explained(posed, whole, parcel)
    except ValueError as error:
        fail(f"{problem}: {error}")
    say(found.sentences)
    if as_json:
        _print(found)


def diff(
    problem: ProblemFile,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A plan of it (JSON).")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another plan of it (JSON).")],
    as_json: JsonOption = False,
) -> None:
    """What differs between two plans: in groups of robots that exchange parcels, with what each
    group gains."""
    from dispatcher.planner.changes import changes

    posed = _problem(problem)
    before, after = _plan(old, posed), _plan(new, posed)
    assert posed.matrices is not None, "a problem read has its matrices"
    groups = changes(posed, before, after, posed.matrices)
    for group in groups:
        say([f"{', '.join(group.robots)}: {group.why}"])
        say(f"  {move.text}" for move in group.moves[:MOVES_SHOWN])
        if len(group.moves) > MOVES_SHOWN:
            say([f"  and {len(group.moves) - MOVES_SHOWN} more"])
    gain = before.cost.total - after.cost.total
    moved = sum(len(group.moves) for group in groups)
    say([f"cost {-gain:+}, {moved} parcels moved, in {len(groups)} groups"])
    if as_json:
        _print({"cost": -gain, "moved": moved, "groups": groups})


def _print(found: Any) -> None:
    import msgspec

    print(msgspec.json.encode(found).decode())


def _problem(path: Path) -> "Problem":
    from dispatcher.cli.plan_case import read_case

    return read_case(path, "auto", "family").problem


def _plan(path: Path, problem: "Problem") -> "Solution":
    """A plan that its problem allows, costed; leaves with sentences where it is none."""
    import msgspec

    from dispatcher.planner.check import check
    from dispatcher.planner.problem import BadProblem
    from dispatcher.planner.problem_file import read_solution
    from dispatcher.planner.quick import cost_of

    try:
        plan = read_solution(path)
    except BadProblem as error:
        fail(str(error))
    assert problem.matrices is not None, "a problem read has its matrices"
    faults = [one for one in check(problem, problem.matrices, plan) if one.rule != "cost"]
    if faults:
        say(f"{path}: {one.rule}: {one.text}" for one in faults[:VIOLATIONS_SHOWN])
        raise typer.Exit(EXIT_NO)
    return msgspec.structs.replace(plan, cost=cost_of(problem, problem.matrices, plan))
