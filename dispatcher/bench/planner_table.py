# SPDX-License-Identifier: Apache-2.0
"""The table of `dispatcher bench planner`, as text for people."""

from collections.abc import Iterator

from dispatcher.bench.planner_summary import VEHICLES_FIRST, Row, Summary
from dispatcher.bench.stopwatch import Machine

HEAD = (
    f"{'solver':<16}{'budget':>8}{'feasible':>11}{'left out':>9}{'gap %':>8}"
    f"{'seeds, least to greatest':>26}{'to PyVRP %':>11}{'vehicles':>9}{'CPU s':>8}{'it/s':>9}"
)


def table_of(summary: Summary, machine: Machine) -> str:
    """Several lines, without one at the end."""
    return "\n".join(_lines(summary, machine))


def _lines(summary: Summary, machine: Machine) -> Iterator[str]:
    vehicles = summary.set == VEHICLES_FIRST
    yield from machine_lines(machine)
    yield f"set {summary.set}: {summary.instances} instances"
    if summary.not_known:
        yield (
            f"{summary.not_known} of them have no published or stored cost: "
            "their gap is to the best plan of this run"
        )
    yield "every plan judged by the same check; means over feasible plans; one core, CPU seconds"
    if vehicles:
        yield (
            "vehicles first: a gap is a mean over plans with no more vehicles than the best known; "
            "the column says how many more there are in all runs together"
        )
    yield ""
    yield HEAD
    for row in summary.rows:
        yield _row(row, vehicles=vehicles)


def machine_lines(machine: Machine) -> Iterator[str]:
    """What it ran on."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield (
        f"{machine.processor}, {machine.cores} cores, load {machine.load_before:.1f} before and "
        f"{machine.load_after:.1f} after; {versions}"
    )


def _row(row: Row, *, vehicles: bool) -> str:
    budget = f"{row.seconds:g} s" if row.seconds else "its own"
    begin = f"{row.solver:<16}{budget:>8}"
    if not row.runs:
        return f"{begin}  n/a: {row.not_asked}"
    spread = f"{_number(row.gap_least)} to {_number(row.gap_greatest)}"
    more = _signed(row.vehicles_more) if vehicles else "-"
    speed = f"{row.iterations_per_s:,}" if row.iterations_per_s >= 0 else "-"
    beside = "-" if row.beside is None else f"{row.beside:+.2f}"
    return (
        f"{begin}{f'{row.feasible} of {row.runs}':>11}{row.unserved:>9}{_number(row.gap):>8}"
        f"{spread if row.gap is not None else '-':>26}{beside:>11}{more:>9}"
        f"{row.cpu_s:>8.2f}{speed:>9}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _signed(value: int | None) -> str:
    return "-" if value is None else f"{value:+d}"
