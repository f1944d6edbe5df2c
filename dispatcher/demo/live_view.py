# SPDX-License-Identifier: Apache-2.0
"""The demo's picture in the terminal, and its plain lines where there is no terminal.

What must hold: everything goes to standard error; a view only shows, it decides nothing.
"""

import sys
import time
from collections import deque
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dispatcher.demo.frame import DOINGS, ENDS, PARCEL_STATES, Frame, RobotSeen
from dispatcher.demo.map_view import PLACES, ROBOT_SIGN, ROBOT_STYLES, MapView
from dispatcher.roads.graph import RoadGraph

ALARMS_SHOWN: Final = 4
ROBOTS_SHOWN: Final = 14
SIDE_WIDTH: Final = 46
BAR_WIDTH: Final = 18
BATTERY_WIDTH: Final = 8
LINE_EVERY_S: Final = 5.0
SVG_WIDTH: Final = 124
MAP_HEIGHT: Final = 26
LOW_BATTERY_PCT: Final = 25
STATE_STYLES: Final = {
    "delivered": "green",
    "returned": "yellow",
    "cancelled": "red",
    "given_up": "yellow",
    "riding": "cyan",
    "at_stop": "cyan",
}


class Progress(NamedTuple):
    """How far the stream of parcels is: `eta_s` in real seconds, None where nobody can tell."""

    announced: int
    total: int
    eta_s: float | None


class LiveView:
    """Shows frames until it is left. Alarms stay in view and are also printed as lines."""

    def __init__(self, graph: RoadGraph, zone: tzinfo, speed: float, title: str) -> None:
        self.graph = graph
        self.zone = zone
        self.speed = speed
        self.title = title
        self.alarms: deque[str] = deque(maxlen=ALARMS_SHOWN)
        self.console = Console(file=sys.stderr, highlight=False)
        self._live = Live(console=self.console, refresh_per_second=4) if self._fancy else None
        self._map: MapView | None = None
        self._line_due_s = 0.0
        self._said: set[str] = set()

    @property
    def _fancy(self) -> bool:
        return self.console.is_terminal

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, sentence: str) -> None:
        """One line that stays, above the picture."""
        self.console.print(sentence, markup=False, soft_wrap=True)

    def alarm(self, sentence: str) -> None:
        """One line that stays, and shows in the picture."""
        self.alarms.append(sentence)
        self.say(f"! {sentence}")

    def show(self, frame: Frame, progress: Progress) -> None:
        """The newest frame: drawn at once, or a line now and then where there is no terminal."""
        for alarm in frame.alarms:
            if alarm not in self._said:
                self._said.add(alarm)
                self.alarm(alarm)
        if self._live:
            self._live.update(self.picture(frame, progress, self.console.width))
        elif time.monotonic() >= self._line_due_s:
            self._line_due_s = time.monotonic() + LINE_EVERY_S
            self.say(self.line(frame, progress))

    def line(self, frame: Frame, progress: Progress) -> str:
        """A frame in one line of text."""
        parcels = " ".join(f"{name}={count}" for name, count in frame.states.items() if count)
        robots = " ".join(f"{name}={frame.doings[name]}" for name in DOINGS if frame.doings[name])
        return (
            f"{self._clock(frame.site_ms)}  parcels {progress.announced}/{progress.total}: "
            f"{parcels or 'none yet'}  robots: {robots or 'none yet'}  {self._pulse(frame)}"
            f"{_eta(progress)}"
        )

    def save_svg(self, path: Path, frame: Frame, progress: Progress) -> None:
        """The frame as rich's SVG. Raises OSError."""
        with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
            console = Console(record=True, width=SVG_WIDTH, file=nowhere, force_terminal=True)
            console.print(self.picture(frame, progress, SVG_WIDTH))
            path.write_text(console.export_svg(title="dispatcher demo"), encoding="utf-8")

    def picture(self, frame: Frame, progress: Progress, width: int) -> RenderableType:
        """A frame as one renderable of this width."""
        side = Group(
            Panel(_parcel_table(frame, progress), title="parcels", border_style="grey42"),
            Panel(_robot_table(frame.robots), title="robots", border_style="grey42"),
        )
        head = Text.assemble(
            (f"{self.title}  ", "bold"),
            (self._clock(frame.site_ms), "bold cyan"),
            f" x{self.speed:g}  {self._pulse(frame)}{_eta(progress)}",
        )
        below = [Text(f"! {alarm}", "bold red", no_wrap=True) for alarm in self.alarms]
        map_width = width - SIDE_WIDTH - 6
        if map_width < SIDE_WIDTH // 2:
            return Group(head, side, *below)
        if self._map is None or self._map.width != map_width:
            self._map = MapView(self.graph, map_width, MAP_HEIGHT)
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=SIDE_WIDTH)
        grid.add_column()
        campus = Group(self._map.render(frame.robots), _legend())
        title = self.graph.campus.site.name
        grid.add_row(side, Panel(campus, title=title, border_style="grey42", expand=False))
        return Group(head, grid, *below)

    def _clock(self, site_ms: int) -> str:
        return datetime.fromtimestamp(site_ms / 1000, self.zone).strftime("%a %H:%M:%S")

    def _pulse(self, frame: Frame) -> str:
        age = "none yet" if frame.plan_age_ms is None else f"{frame.plan_age_ms / 1000:.0f} s old"
        return f"plan {age}  {frame.messages_per_s:.0f} messages/s"


def _eta(progress: Progress) -> str:
    if progress.eta_s is None:
        return ""
    minutes, seconds = divmod(int(progress.eta_s), 60)
    return f"  parcels to come for {minutes}:{seconds:02} min"


def _parcel_table(frame: Frame, progress: Progress) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=10)
    table.add_column(justify="right", width=5)
    table.add_column(width=BAR_WIDTH)
    whole = max(1, progress.total, frame.totals["accepted"])
    for state in PARCEL_STATES:
        count = frame.states[state]
        if state in ENDS[1:] and not count:
            continue
        style = STATE_STYLES.get(state, "blue")
        bar = _bar(count / whole, BAR_WIDTH, style)
        table.add_row(Text(state.replace("_", " "), style), str(count), bar)
    table.add_row(
        "accepted", f"{progress.announced}", Text(f"of {progress.total}", "grey62"), style="bold"
    )
    return table


def _robot_table(robots: Iterable[RobotSeen]) -> Table:
    robots = tuple(robots)
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=13, no_wrap=True)
    table.add_column(width=14, no_wrap=True)
    table.add_column(justify="right", width=4)
    table.add_column(width=BATTERY_WIDTH)
    for robot in robots[:ROBOTS_SHOWN]:
        low = robot.battery_pct < LOW_BATTERY_PCT
        table.add_row(
            robot.id.rpartition("/")[2],
            Text(f"{ROBOT_SIGN} {robot.doing}", ROBOT_STYLES[robot.doing]),
            f"{robot.battery_pct}%",
            _bar(robot.battery_pct / 100, BATTERY_WIDTH, "red" if low else "green"),
        )
    if len(robots) > ROBOTS_SHOWN:
        table.add_row(f"and {len(robots) - ROBOTS_SHOWN} more")
    return table


def _bar(share: float, width: int, style: str) -> Text:
    full = round(min(1.0, max(0.0, share)) * width)
    if share > 0:
        full = max(1, full)
    return Text.assemble(("━" * full, style), ("━" * (width - full), "grey23"))


def _legend() -> Text:
    robots = [(ROBOT_SIGN, ROBOT_STYLES[doing], doing) for doing in DOINGS]
    places = [(*PLACES[role], role) for role in ("station", "stop", "charger", "parking")]
    lines = [
        Text("  ").join(
            Text.assemble((sign, style), (f" {name}", "grey62")) for sign, style, name in named
        )
        for named in (robots, places)
    ]
    return Text("\n").join(lines)
