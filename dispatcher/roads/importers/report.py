# SPDX-License-Identifier: Apache-2.0
"""What an import took, left out, assumed and made up: one struct for people and programs.

What must hold: nothing that was in the source and is not on the map goes unsaid; a warning is a
thing on which a person must act, and says how.
"""

from msgspec import Struct, field

MAX_EXAMPLES = 5


class Island(Struct, frozen=True):
    """A part of the net that no robot of the main part can get to; `gap_m` is the way across."""

    number: int
    nodes: int
    edges: int
    length_m: int
    lat_deg: float
    lon_deg: float
    gap_m: float
    gap_lat_deg: float
    gap_lon_deg: float
    why: str


class Trap(Struct, frozen=True):
    """Ways joined to the main part that a robot can drive in one direction only, in or out."""

    edges: tuple[str, ...]
    length_m: int
    lat_deg: float
    lon_deg: float
    why: str


class Unserved(Struct, frozen=True):
    """A building that should be served and is not; `gap_m` to the nearest road of the net."""

    id: str
    name: str
    why: str
    gap_m: float
    lat_deg: float
    lon_deg: float


class ImportReport(Struct):
    """Lengths in m, positions in degrees; `nodes`, `edges` and `length_m` are of the part that
    robots drive, so without islands. Counts of `dropped` are ways left out, by reason;
    `suspects` look like slips of a mapper's; `examples` names up to MAX_EXAMPLES things (`w123`,
    `n123`, `r123`) for a reason.
    """

    source: str
    source_format: str
    site: str
    timezone: str
    timezone_why: str
    traffic_keeps: str
    traffic_why: str
    station: str
    station_why: str
    nodes: int
    edges: int
    length_m: int
    stops: int
    buildings: int = 0
    buildings_unsnapped: int = 0
    lived_in: int = 0
    lived_in_served: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    islands: list[Island] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    unserved: list[Unserved] = field(default_factory=list)
    gates: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    suspects: dict[str, int] = field(default_factory=dict)
    generated: dict[str, int] = field(default_factory=dict)
    not_handled: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)


class ImportResult(Struct, frozen=True):
    """The text of a campus map, and how it came about."""

    campus_text: str
    report: ImportReport


def report_lines(report: ImportReport) -> list[str]:
    """The report for a terminal: about a dozen lines, most important first."""
    traffic = f"traffic keeps {report.traffic_keeps} ({report.traffic_why})"
    lines = [
        f"roads: {report.length_m / 1000:.1f} km, {report.edges} edges, {report.nodes} nodes",
        f"station: {report.station} ({report.station_why})",
        _stops_line(report),
        f"time zone: {report.timezone} ({report.timezone_why}); {traffic}",
    ]
    if report.dropped:
        lines.append(f"ways left out: {counted(report.dropped, 4)}")
    if report.islands:
        lines.append(_islands_line(report))
    if report.traps:
        worst = report.traps[0]
        lines.append(
            f"one-way traps: {len(report.traps)}, the longest {worst.length_m} m at "
            f"{worst.lat_deg:.5f},{worst.lon_deg:.5f}"
        )
    if report.gates:
        lines.append(f"gates and the like: {counted(report.gates, 4)}")
    if report.notes:
        lines.append(f"assumed: {counted(report.notes, 3)}")
    if report.generated:
        lines.append(f"made up: {counted(report.generated, 6)}")
    lines += [f"next: {step}" for step in report.next_steps[:2]]
    return [*lines, *(f"warning: {warning}" for warning in report.warnings)]


def counted(found: dict[str, int], most: int = 1000) -> str:
    """`9 this, 4 that and 3 more`: the largest first."""
    shown = [f"{count} {what}" for what, count in list(found.items())[:most]]
    rest = sum(list(found.values())[most:])
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _stops_line(report: ImportReport) -> str:
    line = f"stops: {report.stops} for {report.buildings} buildings"
    if report.lived_in:
        line += f"; {report.lived_in_served} of {report.lived_in} that people live in are served"
    if report.unserved:
        worst = report.unserved[0]
        line += f"; {len(report.unserved)} have none, such as {worst.name} ({worst.why})"
    return line


def _islands_line(report: ImportReport) -> str:
    first = report.islands[0]
    length_m = sum(island.length_m for island in report.islands)
    return (
        f"islands: {len(report.islands)}, {length_m / 1000:.1f} km, kept and not driven to; the "
        f"largest, {first.length_m} m at {first.lat_deg:.5f},{first.lon_deg:.5f}, {first.why}"
    )
