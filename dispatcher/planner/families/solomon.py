# SPDX-License-Identifier: Apache-2.0
"""Solomon's format, also that of Gehring and Homberger: one depot, windows, one trip a vehicle.

What must hold: customers are numbered 0 (the depot), 1, 2, ... without a gap. Solomon's instances
(100 customers and fewer) count as DIMACS does, Gehring and Homberger's (200 and more) vehicles
first in double precision; either can be read the other way.
"""

from typing import Final

from dispatcher.planner.families.building import Fleet, Node, deliveries, prices, problem_of
from dispatcher.planner.families.distances import raised, rounded, truncated
from dispatcher.planner.families.family import DIMACS, VEHICLES_FIRST, Convention, Family
from dispatcher.planner.families.source import (
    COORDINATE_MAX,
    NODES_MAX,
    TIME_MAX,
    Line,
    Source,
)

FIELDS: Final = ("number", "x", "y", "demand", "ready time", "due date", "service time")
HOMBERGER_CUSTOMERS_MIN: Final = 101
"""Solomon's instances end at 100 customers, Gehring and Homberger's begin at 200."""
_VEHICLE: Final = "VEHICLE"
_CUSTOMER: Final = "CUSTOMER"


def is_solomon(source: Source) -> bool:
    """Whether a file has the two headings of the format."""
    words = [line.words for line in source.lines]
    return (_VEHICLE,) in words or (_CUSTOMER,) in words


def read_solomon(source: Source, *, homberger: bool | None, distance: bool | None) -> Family:
    """An instance; None: as its size says, and as its family counts. Raises BadFamilyFile."""
    fleet = _fleet(source)
    rows = _rows(source, _after(source, _CUSTOMER))
    if homberger is None:
        homberger = len(rows) > HOMBERGER_CUSTOMERS_MIN
    if distance is None:
        distance = not homberger
    convention = DIMACS if distance else VEHICLES_FIRST
    points = [(x, y) for x, y, _ in rows]
    nodes = [_scaled(node, convention) for _, _, node in rows]
    if convention.exact:
        tables = (rounded(points, convention.grid), raised(points, convention.grid))
    else:
        tables = (truncated(points, convention.grid),) * 2
    costs = prices(tables[0], 0, vehicles_first=convention.vehicles_first)
    parcels = deliveries(nodes, 0, costs)
    return Family(
        name=" ".join(source.lines[0].words),
        format="homberger" if homberger else "solomon",
        convention=convention,
        problem=problem_of(parcels, 0, nodes[0], fleet, tables, costs),
        points=tuple(points),
    )


def _scaled(node: Node, convention: Convention) -> Node:
    grid = convention.grid
    return Node(node.demand, node.earliest * grid, node.latest * grid, node.service * grid)


def _after(source: Source, heading: str) -> int:
    """The index of the first line after a heading."""
    for index, line in enumerate(source.lines):
        if line.words == (heading,):
            return index + 1
    raise source.fault(None, heading, "the section is missing")


def _fleet(source: Source) -> Fleet:
    for line in source.lines[_after(source, _VEHICLE) :]:
        if line.words[0] == "NUMBER":
            continue
        source.row(line, _VEHICLE, ("number of vehicles", "capacity"))
        vehicles = source.amount(line, _VEHICLE, "number of vehicles", line.words[0])
        capacity = source.amount(line, _VEHICLE, "capacity", line.words[1])
        if not vehicles:
            raise source.fault(line, _VEHICLE, "there is no vehicle")
        return Fleet(vehicles, capacity)
    raise source.fault(None, _VEHICLE, "number and capacity are missing")


def _rows(source: Source, begin: int) -> list[tuple[float, float, Node]]:
    lines = source.lines[begin:]
    if lines and lines[0].words[0] == "CUST":
        lines = lines[1:]
    if len(lines) > NODES_MAX:
        raise source.fault(lines[NODES_MAX], _CUSTOMER, f"more than {NODES_MAX:,} nodes")
    rows = []
    for expected, line in enumerate(lines):
        source.row(line, _CUSTOMER, FIELDS)
        number = source.amount(line, _CUSTOMER, FIELDS[0], line.words[0])
        if number != expected:
            said = "is there twice" if number < expected else f"comes where {expected} must be"
            raise source.fault(line, _CUSTOMER, f"customer {number} {said}")
        rows.append(_row(source, line))
    if len(rows) < 2:  # the depot and somebody to go to
        raise source.fault(None, _CUSTOMER, "there are no customers")
    if rows[0][2].demand or rows[0][2].service:
        raise source.fault(lines[0], _CUSTOMER, "the depot has a demand or a service time")
    return rows


def _row(source: Source, line: Line) -> tuple[float, float, Node]:
    x, y = (
        source.number(line, _CUSTOMER, FIELDS[at], line.words[at], COORDINATE_MAX) for at in (1, 2)
    )
    demand = source.amount(line, _CUSTOMER, FIELDS[3], line.words[3])
    earliest, latest, service = (
        source.amount(line, _CUSTOMER, FIELDS[at], line.words[at], TIME_MAX) for at in (4, 5, 6)
    )
    if latest < earliest:
        raise source.fault(line, _CUSTOMER, f"due date {latest} is before ready time {earliest}")
    return x, y, Node(demand, earliest, latest, service)
