# SPDX-License-Identifier: Apache-2.0
"""The tables of a routing problem for the kernel: times, lengths and costs between its places.

What must hold: places are the visits, then the stations, then where robots begin and end, then one
open end that is nowhere in particular. Times are ms, costs 1/1000 cost units.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dispatcher.planner.kernel import layout as at
from dispatcher.planner.kernel.layout import Ints
from dispatcher.planner.problem import Problem
from dispatcher.planner.stands import base_ms
from dispatcher.planner.visits import Visit

NO_WAY: Final = 1 << 40
"""Length and cost of a way that does not exist."""
NEVER_MS: Final = 1 << 51
"""How long it takes: longer than until the last moment of any problem."""


class Places(NamedTuple):
    """The nodes of the arrays' places: visits, stations, robots' begins and ends, the open end."""

    nodes: list[str]
    of_robot: dict[str, int]

    @property
    def open_end(self) -> int:
        """The place that is nowhere in particular."""
        return len(self.nodes)


def places_of(problem: Problem, visits: Sequence[Visit]) -> Places:
    """All places of the arrays, in their order."""
    nodes = [visit.stand.node for visit in visits]
    nodes.extend(problem.stations)
    of_robot = {node: len(visits) + i for i, node in enumerate(problem.stations)}
    for robot in problem.robots:
        for node in (robot.free_node, robot.end):
            if node and node not in of_robot:
                of_robot[node] = len(nodes)
                nodes.append(node)
    return Places(nodes, of_robot)


def tables_of(problem: Problem, nodes: Sequence[str]) -> tuple[Ints, Ints]:
    """Times (the slowest of all departure slots) and lengths between the places."""
    matrices = problem.matrices
    if matrices is None:
        raise ValueError("a problem to be solved needs its matrices")
    number = {node: i for i, node in enumerate(matrices.nodes)}
    rows = np.array([number[node] for node in nodes], dtype=np.int64)
    pick = np.ix_(rows, rows)
    times = np.array(matrices.times_ms, dtype=np.int64).reshape(len(number), -1)
    lengths = np.array(matrices.lengths_mm, dtype=np.int64).reshape(len(number), -1)
    for table in matrices.later:
        later = np.array(table.times_ms, dtype=np.int64)
        longer = np.array(table.lengths_mm, dtype=np.int64)
        lengths = np.where(later > times, longer, lengths)
        times = np.maximum(times, later)
    times, lengths = times[pick], lengths[pick]
    closed = times < 0
    times[closed], lengths[closed] = NEVER_MS, NO_WAY
    return times, lengths


def matrix_of(
    problem: Problem, visits: Sequence[Visit], times: Ints, lengths: Ints
) -> tuple[Ints, Ints]:
    """`World.matrix` and `World.lengths`: service is part of the time on leaving a visit."""
    count, places = len(visits), len(times) + 1
    service = np.zeros(places - 1, dtype=np.int64)
    service[:count] = [visit.stand.service_ms for visit in visits]
    shared = np.array([base_ms(problem, visit.stand.node) for visit in visits], dtype=np.int64)
    taken = times + service[:, None]
    names = [visit.stand.node for visit in visits]
    _, same = np.unique(names, return_inverse=True) if names else (None, np.zeros(0, dtype=int))
    together = same[:, None] == same[None, :]
    taken[:count, :count] -= np.where(together, shared[:, None], 0)
    costs = problem.costs
    duty = costs.per_duty_s * np.minimum(taken, NO_WAY)
    priced = np.minimum(costs.per_metre * lengths + duty, NO_WAY)
    matrix = np.zeros((places, places, 4), dtype=np.int64)
    matrix[:-1, :-1, at.COST_TO], matrix[:-1, :-1, at.TIME_TO] = priced, taken
    matrix[:-1, :-1, at.COST_FROM], matrix[:-1, :-1, at.TIME_FROM] = priced.T, taken.T
    # Leaving for nowhere in particular still takes the service at the last stop.
    matrix[:-1, -1, at.TIME_TO] = matrix[-1, :-1, at.TIME_FROM] = service
    standing = costs.per_duty_s * service
    matrix[:-1, -1, at.COST_TO] = matrix[-1, :-1, at.COST_FROM] = standing
    wide = np.zeros((places, places), dtype=np.int64)
    wide[:-1, :-1] = lengths
    return matrix, wide
