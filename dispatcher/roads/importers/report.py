# SPDX-License-Identifier: Apache-2.0
"""What an import took, left out, assumed and made up: one struct for people and programs.

What must hold: nothing that was in the source and is not on the map goes unsaid; a warning is a
thing on which a person must act, and says how.
"""

from collections import Counter

from msgspec import Struct, field

from dispatcher.roads.wording import many, nouns, times

# Of each reason; an extract may not hold so many ways that this is not all of them on a campus.
MAX_NAMED = 20_000


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
    robots drive, so without islands. Of all `buildings` on the map, `buildings_to_serve` should
    have a stop and `buildings_unsnapped` of these have none; `lived_in` are those to serve that
    people live in. Counts of `dropped` are ways left out, by reason; `suspects` look like slips of
    a mapper's; `beyond` lies outside the extract. `named` lists what is behind a reason, as in
    `w123 at 50.1,8.2` (also `n123`, `r123`): all of it, up to MAX_NAMED things for each.
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
    buildings_to_serve: int = 0
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
    dead_ends: int = 0
    beyond: dict[str, int] = field(default_factory=dict)
    generated: dict[str, int] = field(default_factory=dict)
    not_handled: dict[str, int] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)


class ImportResult(Struct, frozen=True):
    """The text of a campus map, and how it came about."""

    campus_text: str
    report: ImportReport


def thing_at(thing: str, place: tuple[float, float] | None) -> str:
    """How `named` says a thing; `place` is its (latitude, longitude), where it is known."""
    return thing if place is None else f"{thing} at {place[0]:.6f},{place[1]:.6f}"


def report_lines(report: ImportReport) -> list[str]:
    """The report for a terminal: about a dozen lines, most important first."""
    traffic = f"traffic keeps {report.traffic_keeps} ({report.traffic_why})"
    roads = f"{many(report.edges, 'edge')}, {many(report.nodes, 'node')}"
    lines = [
        f"roads: {report.length_m / 1000:.1f} km, {roads}",
        f"station: {report.station} ({report.station_why})",
        *_stops_lines(report),
        f"time zone: {report.timezone} ({report.timezone_why}); {traffic}",
    ]
    if report.dropped:
        lines.append(f"ways left out: {times(report.dropped, 4)}")
    if report.islands:
        lines.append(_islands_line(report))
    if report.traps:
        worst = report.traps[0]
        lines.append(
            f"one-way traps: {len(report.traps)}, the longest {worst.length_m} m at "
            f"{worst.lat_deg:.5f},{worst.lon_deg:.5f}"
        )
    if report.gates:
        gates = {what.replace("_", " "): count for what, count in report.gates.items()}
        lines.append(f"gates and the like: {nouns(gates, 4)}")
    if report.notes:
        lines.append(f"noted: {times(report.notes, 3)}")
    if report.generated:
        lines.append(f"made up: {nouns(report.generated, 6)}")
    lines += [f"next: {step}" for step in report.next_steps[:3]]
    return [*lines, *(f"warning: {warning}" for warning in report.warnings)]


def reasons(report: ImportReport) -> dict[str, int]:
    """Why buildings have no stop, the most frequent first."""
    return dict(Counter(one.why for one in report.unserved).most_common())


def _stops_lines(report: ImportReport) -> list[str]:
    """The sums: what is to be served either has a stop or is among those without."""
    stops = f"stops: {report.stops}"
    if not report.buildings:
        return [stops]
    wanted = f"{many(report.buildings_to_serve, 'building')} to serve of {report.buildings:,}"
    lines = [f"{stops} for {wanted}; {_lived_in(report)}"]
    if report.unserved:
        worst = report.unserved[0]
        lines.append(
            f"no stop: {many(len(report.unserved), 'building')} to serve: "
            f"{times(reasons(report), 3)}; such as {worst.name}, {worst.gap_m:g} m from the net"
        )
    return lines


def _lived_in(report: ImportReport) -> str:
    """Both groups of what is to be served, each with those that are."""
    others = report.buildings_to_serve - report.lived_in
    served = report.buildings_to_serve - report.buildings_unsnapped - report.lived_in_served
    what = f"{report.lived_in_served} of {report.lived_in} that people live in have one"
    return f"{what}, and {served} of {others} others"


def _islands_line(report: ImportReport) -> str:
    first = report.islands[0]
    length_m = sum(island.length_m for island in report.islands)
    return (
        f"islands: {len(report.islands)}, {length_m / 1000:.1f} km, kept and not driven to; the "
        f"largest, {first.length_m} m at {first.lat_deg:.5f},{first.lon_deg:.5f}, {first.why}"
    )
