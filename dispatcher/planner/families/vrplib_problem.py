# SPDX-License-Identifier: Apache-2.0
"""VRPLIB files as instances: CVRP, VRPTW, and several trips with windows and release times.

What must hold: without windows, distances are whole numbers as TSPLIB rounds them; with windows,
EUC_2D is truncated to a tenth (DIMACS) and all times count in tenths; written-out weights are taken
as they are. Nodes are numbered from 0 in routes, one less than in the file.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dispatcher.planner.families.building import Fleet, Node, deliveries, prices, problem_of
from dispatcher.planner.families.distances import TSPLIB, Point, Table, truncated
from dispatcher.planner.families.family import (
    DIMACS,
    DIMACS_TENTHS,
    INTEGERS,
    Convention,
    Family,
)
from dispatcher.planner.families.source import COORDINATE_MAX, TIME_MAX, Line, Source
from dispatcher.planner.families.vrplib import HEAD, Content, content_of
from dispatcher.planner.families.weights import explicit_weights

WINDOWS: Final = "TIME_WINDOW_SECTION"
RELEASES: Final = "RELEASE_TIME_SECTION"
SERVICE: Final = "SERVICE_TIME_SECTION"
RELOADS: Final = "VEHICLES_RELOAD_DEPOT_SECTION"
DEMAND: Final = "DEMAND_SECTION"
DEPOTS: Final = "DEPOT_SECTION"
COORDINATES: Final = "NODE_COORD_SECTION"
FORMATS: Final = {"CVRP": "cvrp", "VRPTW": "vrptw", "CVRPTW": "vrptw", "MTVRPTWR": "mtvrptwr"}
_END: Final = "-1"


def read_vrplib(source: Source) -> Family:
    """An instance. Raises BadFamilyFile."""
    content = content_of(source)
    kind = _kind(content)
    explicit = content.word("EDGE_WEIGHT_TYPE") == "EXPLICIT"
    if kind == "cvrp" or explicit:
        convention = INTEGERS
    else:
        convention = DIMACS_TENTHS if kind == "mtvrptwr" else DIMACS
    points = () if explicit else tuple(_points(content))
    lengths = explicit_weights(content) if explicit else _lengths(content, points, convention)
    depot = _depot(content)
    nodes = _nodes(content, depot, convention.grid)
    trips_max = 0 if RELOADS in content.sections else 1
    fleet = Fleet(_vehicles(content, nodes), content.amount("CAPACITY"), trips_max)
    _reloads(content, depot)
    costs = prices(lengths, depot, vehicles_first=False)
    parcels = deliveries(nodes, depot, costs)
    return Family(
        name=content.head["NAME"].value if "NAME" in content.head else source.path.stem,
        format=kind,
        convention=convention,
        problem=problem_of(parcels, depot, nodes[depot], fleet, (lengths, lengths), costs),
        points=points,
    )


def _kind(content: Content) -> str:
    """The family: as TYPE says, and the sections must agree."""
    type_ = content.word("TYPE", "CVRP")
    if type_ not in FORMATS:
        said = f"TYPE is {type_[:40]!r}, there are: {', '.join(FORMATS)}"
        raise content.source.fault(content.head["TYPE"].line, HEAD, said)
    for section in (RELEASES, RELOADS):
        if section in content.sections and FORMATS[type_] != "mtvrptwr":
            raise content.source.fault(None, section, f"a file of type {type_} has no such section")
    if FORMATS[type_] == "cvrp" and (WINDOWS in content.sections or "SERVICE_TIME" in content.head):
        raise content.source.fault(None, HEAD, "TYPE is CVRP, but there are windows or services")
    return FORMATS[type_]


def _points(content: Content) -> list[Point]:
    source = content.source
    points = []
    for line in content.per_node(COORDINATES, "x", "y"):
        x = source.number(line, COORDINATES, "x", line.words[1], COORDINATE_MAX)
        y = source.number(line, COORDINATES, "y", line.words[2], COORDINATE_MAX)
        points.append((x, y))
    return points


def _lengths(content: Content, points: Sequence[Point], convention: Convention) -> Table:
    name = content.word("EDGE_WEIGHT_TYPE")
    if convention.grid != 1 and name == "EUC_2D":
        return truncated(points, convention.grid)
    if convention.grid == 1 and name in TSPLIB:
        return TSPLIB[name](points)
    entry = content.head.get("EDGE_WEIGHT_TYPE")
    said = f"EDGE_WEIGHT_TYPE is {name[:40] or 'missing'}, there are: EUC_2D, CEIL_2D, EXPLICIT"
    raise content.source.fault(entry.line if entry else None, HEAD, said)


def _depot(content: Content) -> int:
    source, lines = content.source, content.sections.get(DEPOTS)
    if not lines:
        raise source.fault(None, DEPOTS, "the section is missing or empty")
    numbers = []
    for line in lines:
        if line.words == (_END,):
            break
        source.row(line, DEPOTS, ("depot",))
        numbers.append(source.amount(line, DEPOTS, "depot", line.words[0]))
    if len(numbers) != 1:
        raise source.fault(lines[0], DEPOTS, f"{len(numbers)} depots, there must be one")
    if not 1 <= numbers[0] <= content.amount("DIMENSION"):
        raise source.fault(lines[0], DEPOTS, f"depot {numbers[0]} is not a node of the file")
    return numbers[0] - 1


def _nodes(content: Content, depot: int, grid: int) -> list[Node]:
    """All nodes on the grid; the depot takes no time and no load."""
    source, count = content.source, content.amount("DIMENSION")
    demands = [
        source.amount(line, DEMAND, "demand", line.words[1])
        for line in content.per_node(DEMAND, "demand")
    ]
    service = content.amount("SERVICE_TIME", 0)
    services = _times(content, SERVICE, "service time", [service] * count)
    releases = _times(content, RELEASES, "release time", [0] * count)
    if demands[depot] or (SERVICE in content.sections and services[depot]):
        raise source.fault(None, DEMAND, "the depot has a demand or a service time")
    services[depot] = 0
    if WINDOWS not in content.sections:
        if any(releases) or any(services):
            raise source.fault(None, WINDOWS, "the section is missing")
        return [Node(demand=demand) for demand in demands]
    windows = [_window(source, line) for line in content.per_node(WINDOWS, "earliest", "latest")]
    rows = zip(demands, windows, services, releases, strict=True)
    return [
        Node(demand, earliest * grid, latest * grid, stay * grid, release * grid)
        for demand, (earliest, latest), stay, release in rows
    ]


def _times(content: Content, section: str, field: str, default: list[int]) -> list[int]:
    if section not in content.sections:
        return default
    return [
        content.source.amount(line, section, field, line.words[1], TIME_MAX)
        for line in content.per_node(section, field)
    ]


def _window(source: Source, line: Line) -> tuple[int, int]:
    earliest = source.amount(line, WINDOWS, "earliest", line.words[1], TIME_MAX)
    latest = source.amount(line, WINDOWS, "latest", line.words[2], TIME_MAX)
    if latest < earliest:
        raise source.fault(line, WINDOWS, f"latest {latest} is before earliest {earliest}")
    return earliest, latest


def _vehicles(content: Content, nodes: Sequence[Node]) -> int:
    """As the file says; where it does not, more than any good plan uses.

    That is 1.3 times what the demand fills and 5 more, at least what filling one after the other
    takes.
    """
    if "VEHICLES" in content.head:
        vehicles = content.amount("VEHICLES")
        if not vehicles:
            raise content.source.fault(content.head["VEHICLES"].line, HEAD, "there is no vehicle")
        return vehicles
    capacity = max(1, content.amount("CAPACITY"))
    demands = np.array(sorted((node.demand for node in nodes), reverse=True))
    filled: list[int] = []
    for demand in demands.tolist():
        room = next((at for at, used in enumerate(filled) if used + demand <= capacity), None)
        if room is None:
            filled.append(demand)
        else:
            filled[room] += demand
    least = -(-int(demands.sum()) // capacity)
    return max(least * 13 // 10 + 5, len(filled) + 2)


def _reloads(content: Content, depot: int) -> None:
    """Each vehicle must be able to come back to the one depot."""
    source, lines = content.source, content.sections.get(RELOADS)
    if lines is None:
        return
    seen = set()
    for line in lines:
        source.row(line, RELOADS, ("vehicle", "depot"))
        vehicle = source.amount(line, RELOADS, "vehicle", line.words[0])
        if vehicle in seen:
            raise source.fault(line, RELOADS, f"vehicle {vehicle} is there twice")
        seen.add(vehicle)
        if source.amount(line, RELOADS, "depot", line.words[1]) != depot + 1:
            raise source.fault(line, RELOADS, f"it must be the depot, node {depot + 1}")
    vehicles = content.amount("VEHICLES")
    if len(seen) != vehicles or not seen <= set(range(1, vehicles + 1)):
        raise source.fault(
            lines[-1] if lines else None, RELOADS, f"it must have vehicles 1 to {vehicles}"
        )
