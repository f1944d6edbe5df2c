# SPDX-License-Identifier: Apache-2.0
"""The table of `dispatcher bench roads`, as text for people."""

from collections.abc import Iterator

from dispatcher.bench.roads import Change, Report
from dispatcher.bench.stopwatch import Spread

NAME_WIDTH = 34


def table_of(report: Report) -> str:
    """Several lines, without one at the end."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    setting, machine = report.setting, report.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield f"{setting.map}: {setting.nodes} nodes, {setting.arcs} arcs, {setting.stops} stops"
    if setting.stops_drawn:
        yield f"of the stops {setting.stops_drawn} are nodes drawn with seed {setting.seed}"
    yield (
        f"{machine.processor}, {machine.cores} cores, load {machine.load_before:.1f} before and "
        f"{machine.load_after:.1f} after; {versions}"
    )
    yield "every time and closure compared with scipy and equal; median (least to greatest)"
    yield ""
    yield f"cold table, {setting.stops} rows of {setting.nodes} nodes"
    yield from _rows(report.cold)
    yield f"  ours / scipy {report.scipy_part:.2f}"
    yield (
        f"  ours / scipy {report.scipy_part_with_preparation:.2f} with what is prepared once a map"
        f" ({report.prepared_once_ms:.0f} ms)"
    )
    yield f"  {report.times_faster_than_networkx:.0f} times faster than networkx"
    yield "1,000 robots anywhere on an arc"
    yield from _rows(report.lookup)
    yield "one path from stop to stop"
    yield from _rows(report.path)
    yield from _change("one edge closed", report.edge_closed)
    yield from _change("that edge opened again", report.edge_opened)
    yield from _change("a square of 60 m closed", report.polygon_closed)
    yield from _change("that square opened again", report.polygon_opened)
    yield from _change("a crowded hour in a third of the map", report.crowded_begun)
    yield from _change("that hour over again", report.crowded_over)
    yield f"searches in a dispatch cycle without a closure: {report.cycle_searches}"


def _rows(spreads: dict[str, Spread]) -> Iterator[str]:
    for name, one in spreads.items():
        yield f"  {name:<{NAME_WIDTH}}{one}"


def _change(what: str, change: Change) -> Iterator[str]:
    yield what
    yield from _rows({"ours, repaired": change.ours, "scipy, a new table": change.scipy})
    yield (
        f"  mean {change.mean_of_cold:.2f} of our cold table (greatest "
        f"{change.greatest_of_cold:.2f}), {change.mean_of_scipy:.2f} of scipy's; "
        f"{change.rows_changed_mean:.0f} rows changed, {change.searches_mean:.1f} searches"
    )
