# SPDX-License-Identifier: Apache-2.0
"""Which campus days the bench has: each map with each regime, and the recorded days behind them.

What must hold: the shipped map is always there; maps and days of DROVER_DATA come on top, in order
of their names, and without them arrivals are drawn. A name tells where the arrivals are from.
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dispatcher.bench.planner_campus import Day, campus_problem
from dispatcher.planner.problem import Problem

if TYPE_CHECKING:
    from dispatcher.roads.graph import RoadGraph

SHIPPED: Final = "lindenhof"
MAPS: Final = {"ajou": "ajou-suwon.osm", "tsinghua": "tsinghua-beijing.osm"}
SHAPES: Final = (("trips", 200, 6, 12), ("trips", 300, 12, 8), ("trips", 400, 22, 6))
LONG_SHAPES: Final = (("long", 200, 10, 12), ("long", 300, 14, 12), ("long", 400, 20, 12))
"""(regime, parcels, robots, hours)"""
MORNING_S: Final = 8 * 3600
EVENING_S: Final = 20 * 3600


def data_root() -> Path | None:
    """The folder of inputs that are not ours, where there is one."""
    root = os.environ.get("DROVER_DATA", "")
    return Path(root) if root and Path(root).is_dir() else None


def campus_days() -> Iterator[tuple[str, Day, str]]:
    """(name, day, recorded day behind it or "")"""
    days, shapes = _recorded(), (*SHAPES, *LONG_SHAPES)
    for number, name in enumerate([SHIPPED, *_maps()]):
        for seed, shape in enumerate(shapes):
            regime, parcels, robots, hours = shape
            day = Day(name, regime, parcels, robots, hours, seed)
            source = days[(number * len(shapes) + seed) % len(days)] if days else ""
            yield f"{day.name}-{source.replace('/', '') or 'drawn'}", day, source


def problem_of_day(day: Day, source: str) -> Problem:
    """Raises ValueError for a map or day that cannot be used."""
    return campus_problem(day, graph_of(day.map), _arrivals(source) if source else ())


def _maps() -> list[str]:
    root = data_root()
    return [name for name, file in MAPS.items() if root and (root / "maps" / file).exists()]


def _recorded() -> list[str]:
    root = data_root()
    if root is None:
        return []
    folders = sorted(path.parent for path in (root / "days").glob("*/*/orders.*"))
    return [f"{folder.parent.name}/{folder.name}" for folder in folders]


@lru_cache(maxsize=4)
def graph_of(name: str) -> "RoadGraph":
    """The roads of a map, shipped or imported with the importer's defaults."""
    from dispatcher.data_files import maps_folder
    from dispatcher.roads.graph import RoadGraph
    from dispatcher.roads.importers.any_map import import_any
    from dispatcher.roads.importers.import_options import ImportOptions
    from robot_agent.campus import parse_campus, read_campus

    if name == SHIPPED:
        return RoadGraph.from_campus(read_campus(maps_folder() / name / "campus.geojson"))
    root = data_root()
    if root is None:
        raise ValueError(f"map {name}: it is looked for in DROVER_DATA/maps, which is not set")
    source = root / "maps" / MAPS[name]
    text = import_any(source, ImportOptions()).campus_text
    return RoadGraph.from_campus(parse_campus(text, str(source)))


@lru_cache(maxsize=16)
def _arrivals(source: str) -> tuple[float, ...]:
    """When orders were placed between morning and evening, as parts of that time."""
    from dispatcher.replay.importers.grubhub import read_grubhub
    from dispatcher.replay.importers.rappi import read_rappi

    root = data_root()
    assert root is not None, "a recorded day is only named where there is one"
    folder = root / "days" / source
    day = read_rappi(folder) if (folder / "orders.csv").exists() else read_grubhub(folder)
    placed = [order.placed_s for order in day.orders if MORNING_S <= order.placed_s < EVENING_S]
    return tuple((second - MORNING_S) / (EVENING_S - MORNING_S) for second in sorted(placed))
