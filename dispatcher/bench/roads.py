# SPDX-License-Identifier: Apache-2.0
"""Travel times side by side: networkx, plain scipy and ours, on the same joined net.

What must hold: all three give the same milliseconds for every node and stop, which is asserted
before anything is timed and again for every closure; what only we prepare once a map is told apart.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from dispatcher.bench.road_rig import RoadRig
from dispatcher.bench.stopwatch import (
    Machine,
    Spread,
    load,
    machine,
    side_by_side,
    spread,
    timed,
)
from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.closing.areas import AreaIndex, area_of
from dispatcher.roads.closing.closures import Closure
from dispatcher.roads.closing.timetable import Timetable
from dispatcher.roads.conditions import OPEN, Conditions, conditions
from dispatcher.roads.times.elimination import eliminate
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus import read_campus

ROUNDS = 9
COLD_ROUNDS = 5
SLOW_ROUNDS = 3
ROBOTS = 1000
SEARCHES = 10
"""So many searches of a contender that needs one for each question: its answer is their mean."""
PATHS = 200
CLOSURES = 40
SQUARE_MM = 60_000
CROWDS = 6
CROWD_PCT = 200


class Setting(msgspec.Struct, frozen=True):
    """What is asked of whom."""

    map: str
    stops: int
    stops_drawn: int
    """Of them, nodes drawn by the seed because the map has too few places."""
    nodes: int
    arcs: int
    seed: int


class Change(msgspec.Struct, frozen=True):
    """Closures, one after the other: ours against a whole new table by scipy."""

    ours: Spread
    scipy: Spread
    mean_of_cold: float
    """The mean time of ours, as a part of our own cold table."""
    greatest_of_cold: float
    mean_of_scipy: float
    rows_changed_mean: float
    searches_mean: float


class Report(msgspec.Struct, frozen=True):
    """All figures of one run. `cold`, `lookup` and `path` are by contender."""

    setting: Setting
    machine: Machine
    prepared_once_ms: float
    cold: dict[str, Spread]
    scipy_part: float
    """Our cold table as a part of plain scipy's; with what is prepared once: the next."""
    scipy_part_with_preparation: float
    times_faster_than_networkx: float
    lookup: dict[str, Spread]
    path: dict[str, Spread]
    edge_closed: Change
    edge_opened: Change
    polygon_closed: Change
    polygon_opened: Change
    crowded_begun: Change
    crowded_over: Change
    cycle_searches: int


def bench_roads(path: Path, stops: int, seed: int, tell: Callable[[str], None]) -> Report:
    """Runs it all; a minute or two. `tell` hears of the progress.

    Raises CampusError, and ValueError for a map without roads.
    """
    load_before = load()
    campus = read_campus(path)
    if campus.site.planar:
        raise ValueError(f"{path}: a planar site has no roads to search")
    rig = RoadRig(campus, stops, seed)
    setting = Setting(path.name, len(rig.targets), rig.drawn, rig.net.nodes, rig.net.arcs, seed)
    tell(f"{setting.nodes} nodes, {setting.arcs} arcs, {setting.stops} stops; comparing results")
    table = rig.by_us()
    rig.assert_same(table)
    _assert_networkx_agrees(rig, table)
    prepared = spread([timed(lambda: eliminate(rig.net))[0] for _ in range(SLOW_ROUNDS)])
    tell("cold tables")
    cold = side_by_side(
        {"ours": rig.by_us, "scipy": rig.by_scipy, "networkx": rig.by_networkx}, COLD_ROUNDS
    )
    tell("look-ups and paths")
    lookup, path_times = _lookups(rig, table), _paths(rig, table)
    cycle_searches = _cycle(rig, table)
    tell("closing and opening edges")
    edges = _changes(rig, table, _edges(rig))
    tell("closing and opening areas")
    areas = _changes(rig, table, _squares(rig))
    tell("crowded hours")
    crowds = _changes(rig, table, _crowds(rig))
    ours_ms, scipy_ms = cold["ours"].median_ms, cold["scipy"].median_ms
    return Report(
        setting=setting,
        machine=machine(load_before, ("numpy", "scipy", "networkx")),
        prepared_once_ms=prepared.median_ms,
        cold=cold,
        scipy_part=ours_ms / scipy_ms,
        scipy_part_with_preparation=(ours_ms + prepared.median_ms) / scipy_ms,
        times_faster_than_networkx=cold["networkx"].median_ms / ours_ms,
        lookup=lookup,
        path=path_times,
        edge_closed=edges[0],
        edge_opened=edges[1],
        polygon_closed=areas[0],
        polygon_opened=areas[1],
        crowded_begun=crowds[0],
        crowded_over=crowds[1],
        cycle_searches=cycle_searches,
    )


def _assert_networkx_agrees(rig: RoadRig, table: TravelTimes) -> None:
    import numpy as np

    for node, found in zip(rig.targets, rig.by_networkx(), strict=True):
        row = np.full(rig.net.nodes, UNREACHABLE)
        row[list(found)] = list(found.values())
        if not np.array_equal(row, table.times_to(node)):
            raise AssertionError("networkx's table differs from ours")


def _robots(rig: RoadRig) -> tuple[Ints, Ints, Ints]:
    import numpy as np

    arcs = np.array(rig.luck.choices(range(rig.net.arcs), k=ROBOTS))
    offsets_mm = np.array([rig.luck.randrange(rig.net.lengths_mm[arc] + 1) for arc in arcs])
    return arcs, offsets_mm, np.array(rig.luck.choices(rig.numbers.tolist(), k=ROBOTS))


def _lookups(rig: RoadRig, table: TravelTimes) -> dict[str, Spread]:
    """For 1,000 robots, each on its way along an arc. The others search once for each robot."""
    import networkx as nx
    from scipy.sparse.csgraph import dijkstra

    arcs, offsets_mm, targets = _robots(rig)
    some = list(zip(targets[:SEARCHES].tolist(), arcs[:SEARCHES].tolist(), strict=True))
    net = rig.reversed_net(OPEN)
    heads = rig.net.heads

    def by_scipy() -> list[Any]:
        return [dijkstra(net, indices=target)[heads[arc]] for target, arc in some]

    def by_networkx() -> list[Any]:
        search = nx.single_source_dijkstra_path_length
        return [search(rig.roads, target, weight="ms").get(int(heads[arc])) for target, arc in some]

    ours = side_by_side(
        {
            "ours, each to its stop": lambda: table.from_anywhere(arcs, offsets_mm, targets),
            "ours, each to all stops": lambda: table.from_anywhere_to_all(
                arcs, offsets_mm, rig.numbers
            ),
        },
        ROUNDS * 3,
    )
    theirs = side_by_side({"scipy": by_scipy, "networkx": by_networkx}, SLOW_ROUNDS)
    each = ROBOTS // SEARCHES
    return ours | {
        f"{name}, each to its stop": Spread(
            one.median_ms * each, one.least_ms * each, one.greatest_ms * each, one.rounds
        )
        for name, one in theirs.items()
    }


def _paths(rig: RoadRig, table: TravelTimes) -> dict[str, Spread]:
    """One path from stop to stop, on average."""
    import networkx as nx
    from scipy.sparse.csgraph import dijkstra

    picked = [(rig.luck.choice(rig.targets), rig.luck.choice(rig.targets)) for _ in range(PATHS)]
    pairs = [pair for pair in picked if table.time_ms(*pair) != UNREACHABLE]
    some = [tuple(map(rig.graph.node_number, pair)) for pair in pairs[:SEARCHES]]
    net = rig.reversed_net(OPEN)

    def by_scipy() -> None:
        for start, end in some:
            _, before = dijkstra(net, indices=end, return_predecessors=True)
            at = start
            while at != end:
                at = int(before[at])

    def by_networkx() -> None:
        for start, end in some:
            nx.dijkstra_path(rig.roads, end, start, weight="ms")

    def by_us() -> None:
        for start, end in pairs:
            table.path(start, end)

    ours = side_by_side({"ours": by_us}, ROUNDS)["ours"].divided(len(pairs))
    theirs = side_by_side({"scipy": by_scipy, "networkx": by_networkx}, SLOW_ROUNDS)
    return {"ours": ours} | {name: one.divided(len(some)) for name, one in theirs.items()}


def _cycle(rig: RoadRig, table: TravelTimes) -> int:
    """Searches run for what a dispatch cycle asks: all robots to all stops, and their ways."""
    before = table.searches
    arcs, offsets_mm, targets = _robots(rig)
    table.from_anywhere_to_all(arcs, offsets_mm, rig.numbers)
    table.matrix(rig.targets)
    table.lengths(rig.targets)
    for arc, target in zip(arcs.tolist(), targets.tolist(), strict=True):
        head, node = rig.graph.arc(arc).head, rig.graph.node_ids[target]
        if table.time_ms(head, node) != UNREACHABLE:
            table.path(head, node)
    return table.searches - before


def _edges(rig: RoadRig) -> list[Conditions]:
    drawn = rig.luck.sample(range(rig.net.arcs), min(CLOSURES, rig.net.arcs))
    twins = rig.net.twins.tolist()
    return [conditions([arc, twins[arc]] if twins[arc] >= 0 else [arc]) for arc in drawn]


def _squares(rig: RoadRig) -> list[Conditions]:
    """Squares of 60 m about the middles of edges, as an operator would close an area."""
    areas = AreaIndex(rig.graph)
    found = []
    for number, arc in enumerate(rig.luck.sample(range(rig.net.arcs), min(CLOSURES, rig.net.arcs))):
        shape = rig.graph.arc(arc).shape
        x, y = shape[len(shape) // 2]
        half = SQUARE_MM // 2
        outline = ((x - half, y - half), (x + half, y - half), (x + half, y + half))
        closure = Closure(f"bench-{number}", (*outline, (x - half, y + half)))
        found.append(Timetable(rig.graph, [closure], areas=areas).conditions_at(0).conditions)
    return found


def _crowds(rig: RoadRig) -> list[Conditions]:
    """A third of the map crowded: a strip with a third of the nodes, from the west or the south."""
    areas = AreaIndex(rig.graph)
    points = [(node.x_mm, node.y_mm) for node in rig.graph.nodes.values()]
    (left, bottom), (right, top) = (
        tuple(map(side, zip(*points, strict=True))) for side in (min, max)
    )
    found = []
    for number in range(CROWDS):
        axis, start = number % 2, number % 3 / 3
        along = sorted(point[axis] for point in points)
        low = along[int(start * len(along))]
        high = along[min(int((start + 1 / 3) * len(along)), len(along) - 1)] + 1
        x0, x1, y0, y1 = (left, right, low, high) if axis else (low, high, bottom, top)
        outline = ((x0 - 1, y0), (x1, y0), (x1, y1 + 1), (x0 - 1, y1 + 1))
        extra_mm = areas.extra_mm([(CROWD_PCT, area_of(outline, None, "the crowd"))])
        found.append(conditions(extra_mm=extra_mm))
    return found


def _changes(
    rig: RoadRig, table: TravelTimes, wanted: Sequence[Conditions]
) -> tuple[Change, Change]:
    """(closing, opening again), each time beside cold tables, ours and scipy's."""
    import numpy as np

    scipy_ms: list[float] = []
    cold_ms: list[float] = []
    taken_ms: tuple[list[float], list[float]] = ([], [])
    searches: tuple[list[int], list[int]] = ([], [])
    changed: list[int] = []
    first = rig.rows(table)
    for one in wanted:
        scipy_ms.append(timed(partial(rig.by_scipy, one))[0])
        cold_ms.append(timed(rig.by_us)[0])
        close_ms, closed = timed(partial(table.under, one))
        open_ms, opened = timed(partial(closed.under, OPEN))
        rig.assert_same(closed, one)
        rig.assert_same(opened)
        changed.append(int(np.count_nonzero((rig.rows(closed) != first).any(axis=1))))
        for step, (took_ms, after) in enumerate(((close_ms, closed), (open_ms, opened))):
            taken_ms[step].append(took_ms)
            searches[step].append(after.searches)

    def change(step: int) -> Change:
        mean_ms = _mean(taken_ms[step])
        return Change(
            ours=spread(taken_ms[step]),
            scipy=spread(scipy_ms),
            mean_of_cold=mean_ms / _mean(cold_ms),
            greatest_of_cold=max(taken_ms[step]) / median(cold_ms),
            mean_of_scipy=mean_ms / _mean(scipy_ms),
            rows_changed_mean=_mean(changed),
            searches_mean=_mean(searches[step]),
        )

    return change(0), change(1)


def _mean(numbers: Sequence[int] | Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
