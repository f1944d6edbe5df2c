# SPDX-License-Identifier: Apache-2.0
"""What `plan solve` says about a plan: one object for programs, a table for people."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dispatcher.cli.plan_case import Case
    from dispatcher.cli.plan_run import Found
    from dispatcher.planner.solution import Solution, Step

REASONS_SHOWN = 10


class PlanReport(msgspec.Struct, frozen=True):
    """The last line of `--json`. `cost` is in the file's convention, that of each step in the cost
    units that the planner counts in."""

    cost: int | float
    vehicles: int
    unserved: int
    feasible: bool
    cpu_s: float
    steps: "tuple[Step, ...]"
    format: str
    convention: str
    seed: int
    engine: str


def report_of(case: "Case", found: "Found", seed: int, engine: str) -> PlanReport:
    """The figures of a plan."""
    solution = found.solution
    return PlanReport(
        cost=case.cost_of(solution),
        vehicles=sum(1 for plan in solution.plans if plan.trips),
        unserved=len(solution.unserved),
        feasible=not found.violations,
        cpu_s=round(found.cpu_s, 3),
        steps=solution.log,
        format=case.format,
        convention=case.convention,
        seed=seed,
        engine=engine,
    )


def summary(report: PlanReport, solution: "Solution") -> list[str]:
    """For people: the steps, then what came of them."""
    rows = [("step", "work", "cost", "gain", "cpu s", "")]
    rows += [
        (
            step.name,
            f"{step.work:,}",
            f"{step.cost:,}",
            f"{step.gain:,}",
            f"{step.cpu_ms / 1000:.2f}",
            step.note,
        )
        for step in report.steps
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        f"{row[0]:<{widths[0]}}  "
        + "  ".join(f"{row[at]:>{widths[at]}}" for at in range(1, 5))
        + (f"  {row[5]}" if row[5] else "")
        for row in rows
    ]
    judged = "obeys every rule" if report.feasible else "BREAKS A RULE"
    lines.append(
        f"cost {report.cost} ({report.convention}), {report.vehicles} vehicles, "
        f"{report.unserved} unserved, {judged}, {report.cpu_s:.2f} CPU s"
    )
    lines += [f"unserved: {one.parcel}: {one.reason}" for one in solution.unserved[:REASONS_SHOWN]]
    if len(solution.unserved) > REASONS_SHOWN:
        lines.append(f"unserved: and {len(solution.unserved) - REASONS_SHOWN} more")
    return lines
