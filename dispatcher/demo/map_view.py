# SPDX-License-Identifier: Apache-2.0
"""The campus in a terminal: roads as braille dots, places and robots as signs on top.

What must hold: one scale for both directions, since a braille dot is about square.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rich.text import Text

from dispatcher.demo.frame import RobotSeen
from dispatcher.roads.graph import RoadGraph

DOTS_X: Final = 2
DOTS_Y: Final = 4
BRAILLE: Final = 0x2800
# The bit of each dot in a braille sign, [row][column] (Unicode, block "Braille Patterns").
BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
ROAD_STYLE: Final = "grey42"
PLACES: Final = {
    "parking": ("·", "blue"),
    "charger": ("+", "bold yellow"),
    "stop": ("▪", "grey70"),
    "station": ("■", "bold white"),
}
CROWDED: Final = 80
"""More places of one role hide the roads, and are left out."""
ROBOT_STYLES: Final = {
    "delivering": "bold green",
    "driving": "bold cyan",
    "charging": "bold yellow",
    "idle": "bold blue",
    "held": "bold magenta",
    "offline": "bold red",
}
ROBOT_SIGN: Final = "●"
MOST_TOGETHER: Final = 9


class Sign(NamedTuple):
    """One character of the picture."""

    text: str
    style: str


class MapView:
    """The picture of one campus at one size in characters."""

    def __init__(self, graph: RoadGraph, width: int, height: int) -> None:
        self.width = max(4, width)
        self.height = max(2, height)
        campus = graph.campus
        points = [point for edge in campus.edges.values() for point in edge.shape]
        # A site without roads has its places alone.
        points += [(node.x_mm, node.y_mm) for node in campus.nodes.values()]
        self._west = min(x for x, _ in points)
        self._north = max(y for _, y in points)
        across = max(1, max(x for x, _ in points) - self._west)
        down = max(1, self._north - min(y for _, y in points))
        columns, rows = self.width * DOTS_X - 1, self.height * DOTS_Y - 1
        self._mm_per_dot = max(across / columns, down / rows)
        self._left = int((columns - across / self._mm_per_dot) / 2)
        self._top = int((rows - down / self._mm_per_dot) / 2)
        self._roads = self._draw_roads(graph)
        self._places = self._draw_places(graph)

    def render(self, robots: Iterable[RobotSeen]) -> Text:
        """The map with the robots where they are; a digit where several are in one place."""
        signs = dict(self._places)
        together: Counter[tuple[int, int]] = Counter()
        for robot in robots:
            if robot.at is not None:
                column, row = self._dot(robot.at)
                cell = (row // DOTS_Y, column // DOTS_X)
                together[cell] += 1
                count = together[cell]
                text = ROBOT_SIGN if count == 1 else str(min(count, MOST_TOGETHER))
                signs[cell] = Sign(text, ROBOT_STYLES[robot.doing])
        return self._text(signs)

    def _text(self, signs: Mapping[tuple[int, int], Sign]) -> Text:
        text = Text(no_wrap=True)
        for row in range(self.height):
            for column in range(self.width):
                sign = signs.get((row, column))
                if sign is not None:
                    text.append(sign.text, sign.style)
                    continue
                bits = self._roads.get((row, column), 0)
                text.append(chr(BRAILLE + bits) if bits else " ", ROAD_STYLE)
            if row + 1 < self.height:
                text.append("\n")
        return text

    def _dot(self, at: tuple[int, int]) -> tuple[int, int]:
        column = self._left + round((at[0] - self._west) / self._mm_per_dot)
        row = self._top + round((self._north - at[1]) / self._mm_per_dot)
        last_column, last_row = self.width * DOTS_X - 1, self.height * DOTS_Y - 1
        return min(max(column, 0), last_column), min(max(row, 0), last_row)

    def _draw_roads(self, graph: RoadGraph) -> dict[tuple[int, int], int]:
        cells: dict[tuple[int, int], int] = {}
        for edge in graph.campus.edges.values():
            dots = [self._dot(point) for point in edge.shape]
            for (x0, y0), (x1, y1) in itertools.pairwise(dots):
                steps = max(abs(x1 - x0), abs(y1 - y0), 1)
                for step in range(steps + 1):
                    x = x0 + round((x1 - x0) * step / steps)
                    y = y0 + round((y1 - y0) * step / steps)
                    cell = (y // DOTS_Y, x // DOTS_X)
                    cells[cell] = cells.get(cell, 0) | BITS[y % DOTS_Y][x % DOTS_X]
        return cells

    def _draw_places(self, graph: RoadGraph) -> dict[tuple[int, int], Sign]:
        cells: dict[tuple[int, int], Sign] = {}
        for role, sign in PLACES.items():
            places = graph.places(role)
            for place in places if len(places) <= CROWDED else ():
                column, row = self._dot((place.x_mm, place.y_mm))
                cells[row // DOTS_Y, column // DOTS_X] = Sign(*sign)
        return cells
