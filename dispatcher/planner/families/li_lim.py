# SPDX-License-Identifier: Apache-2.0
"""Li and Lim's format: pick-ups and deliveries with time windows, one depot, one trip a vehicle.

What must hold: each pick-up names its delivery and each delivery its pick-up, with the same amount.
A pair is one transfer of bulk between two stops: it counts only while it is aboard.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from dispatcher.planner.families.building import (
    Fleet,
    Node,
    Prices,
    name_of,
    prices,
    problem_of,
)
from dispatcher.planner.families.distances import raised, rounded
from dispatcher.planner.families.family import DOUBLES, VEHICLES_FIRST, Family
from dispatcher.planner.families.source import (
    COORDINATE_MAX,
    NODES_MAX,
    TIME_MAX,
    Line,
    Source,
)
from dispatcher.planner.problem import Parcel

HEAD: Final = ("number of vehicles", "capacity", "speed")
FIELDS: Final = (
    "number",
    "x",
    "y",
    "demand",
    "earliest time",
    "latest time",
    "service time",
    "pick-up",
    "delivery",
)
_FIRST: Final = "vehicles"
_TASKS: Final = "tasks"


class _Task(NamedTuple):
    line: Line
    x: float
    y: float
    node: Node
    pickup: int
    delivery: int


def is_li_lim(source: Source) -> bool:
    """Whether a file begins as one of this format: three numbers, then nine a line."""
    widths = [len(line.words) for line in source.lines[:2]]
    return widths == [len(HEAD), len(FIELDS)]


def read_li_lim(source: Source, *, distance: bool) -> Family:
    """An instance; `distance`: vehicles cost nothing. Raises BadFamilyFile."""
    convention = DOUBLES if distance else VEHICLES_FIRST
    fleet = _fleet(source)
    tasks = _tasks(source)
    points = [(task.x, task.y) for task in tasks]
    tables = (rounded(points, convention.grid), raised(points, convention.grid))
    costs = prices(tables[0], 0, vehicles_first=convention.vehicles_first)
    nodes = [_scaled(task.node, convention.grid) for task in tasks]
    parcels = _transfers(source, tasks, nodes, costs)
    return Family(
        name=source.path.stem,
        format="li-lim",
        convention=convention,
        problem=problem_of(parcels, 0, nodes[0], fleet, tables, costs),
        points=tuple(points),
    )


def _fleet(source: Source) -> Fleet:
    line = source.lines[0]
    source.row(line, _FIRST, HEAD)
    vehicles = source.amount(line, _FIRST, HEAD[0], line.words[0])
    if not vehicles:
        raise source.fault(line, _FIRST, "there is no vehicle")
    if source.number(line, _FIRST, HEAD[2], line.words[2], TIME_MAX) != 1:
        raise source.fault(line, _FIRST, f"speed is {line.words[2]}, only 1 is supported")
    return Fleet(vehicles, source.amount(line, _FIRST, HEAD[1], line.words[1]))


def _tasks(source: Source) -> list[_Task]:
    lines = source.lines[1:]
    if len(lines) > NODES_MAX:
        raise source.fault(lines[NODES_MAX], _TASKS, f"more than {NODES_MAX:,} nodes")
    tasks = []
    for expected, line in enumerate(lines):
        source.row(line, _TASKS, FIELDS)
        number = source.amount(line, _TASKS, FIELDS[0], line.words[0])
        if number != expected:
            said = "is there twice" if number < expected else f"comes where {expected} must be"
            raise source.fault(line, _TASKS, f"task {number} {said}")
        tasks.append(_task(source, line))
    if len(tasks) < 3:  # the depot and one pair
        raise source.fault(None, _TASKS, "there are no pick-ups and deliveries")
    if tasks[0].node.demand or tasks[0].node.service or tasks[0].pickup or tasks[0].delivery:
        raise source.fault(lines[0], _TASKS, "the depot has a demand, a service time or a partner")
    return tasks


def _task(source: Source, line: Line) -> _Task:
    words = line.words
    x, y = (source.number(line, _TASKS, FIELDS[at], words[at], COORDINATE_MAX) for at in (1, 2))
    demand = source.whole(line, _TASKS, FIELDS[3], words[3])
    earliest, latest, service = (
        source.amount(line, _TASKS, FIELDS[at], words[at], TIME_MAX) for at in (4, 5, 6)
    )
    if latest < earliest:
        said = f"latest time {latest} is before earliest time {earliest}"
        raise source.fault(line, _TASKS, said)
    pickup, delivery = (source.amount(line, _TASKS, FIELDS[at], words[at]) for at in (7, 8))
    return _Task(line, x, y, Node(demand, earliest, latest, service), pickup, delivery)


def _scaled(node: Node, grid: int) -> Node:
    return Node(node.demand, node.earliest * grid, node.latest * grid, node.service * grid)


def _transfers(
    source: Source, tasks: Sequence[_Task], nodes: Sequence[Node], costs: Prices
) -> list[Parcel]:
    """A parcel for each pair, named after its pick-up."""
    count = len(tasks)
    parcels = []
    for number, task in enumerate(tasks[1:], start=1):
        if bool(task.pickup) == bool(task.delivery):
            said = f"task {number} must name a pick-up or a delivery, and not both"
            raise source.fault(task.line, _TASKS, said)
        partner = task.pickup or task.delivery
        if partner >= count:
            raise source.fault(task.line, _TASKS, f"task {partner} is not in the file")
        other = tasks[partner]
        if (other.delivery if task.pickup else other.pickup) != number:
            said = f"task {number} names task {partner}, which does not name it"
            raise source.fault(task.line, _TASKS, said)
        if task.node.demand != -other.node.demand:
            said = f"tasks {number} and {partner} do not move the same amount"
            raise source.fault(task.line, _TASKS, said)
        if task.pickup:
            continue
        if task.node.demand < 0:
            raise source.fault(task.line, _TASKS, f"pick-up {number} has a negative demand")
        parcels.append(_transfer(number, partner, nodes, costs))
    return parcels


def _transfer(pickup: int, delivery: int, nodes: Sequence[Node], costs: Prices) -> Parcel:
    count = len(nodes)
    first, last = nodes[pickup], nodes[delivery]
    return Parcel(
        id=name_of(pickup, count),
        size="",
        pickup=name_of(pickup, count),
        dropoff=name_of(delivery, count),
        mass_g=first.demand,
        pickup_earliest_ms=first.earliest,
        pickup_latest_ms=first.latest,
        dropoff_earliest_ms=last.earliest,
        dropoff_latest_ms=last.latest,
        person_pickup=False,
        person_dropoff=False,
        pickup_ms=first.service,
        dropoff_ms=last.service,
        late_max_ms=0,
        skip_cost=costs.skip,
    )
