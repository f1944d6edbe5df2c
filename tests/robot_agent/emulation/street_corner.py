# SPDX-License-Identifier: Apache-2.0
"""A body on an empty plain, told what to do and asked what it said."""

from typing import TypeVar

from msgspec.structs import replace

from robot_agent.core.events import (
    Follow,
    HandoverOpened,
    OpenDoor,
    Posed,
    RobotEffect,
    RobotEvent,
    Stretch,
)
from robot_agent.emulation.body import Body
from robot_agent.emulation.faults import Faults
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.truth import BodyParams

ALWAYS_PROMPT = PeopleParams(no_show_pct=0, late_pct=0, early_pct=0)
PARAMS = BodyParams(
    robot_id="ACME/R1",
    compartments=("S1", "M1"),
    x_mm=0,
    y_mm=0,
    speed_mm_s=2_000,
    people=ALWAYS_PROMPT,
)
E = TypeVar("E", bound=RobotEvent)


class Corner:
    """Runs the body and keeps what it said, with the time."""

    def __init__(self, params: BodyParams = PARAMS, seed: int = 1) -> None:
        self.body = Body(params, seed, 0, lambda parcel, version: f"{version}111{len(parcel)}")
        self.now_ms = 0
        self.said: list[tuple[int, RobotEvent]] = []

    def tell(self, *effects: RobotEffect) -> None:
        for effect in effects:
            self.body.command(effect, self.now_ms)
        self.until(self.now_ms)

    def until(self, now_ms: int) -> None:
        while events := self.body.advance(now_ms):
            self.said += events
        self.now_ms = now_ms

    def heard(self, kind: type[E]) -> list[tuple[int, E]]:
        return [(at, event) for at, event in self.said if isinstance(event, kind)]

    def pose(self) -> Posed:
        return self.body.pose(self.now_ms)


def with_faults(**faults: int) -> BodyParams:
    return replace(PARAMS, faults=Faults(**faults))


def east(path_id: int, *lengths_mm: int, start_mm: int = 0, edge: str = "") -> Follow:
    """Along the x axis, a stretch for each length."""
    stretches = []
    for length_mm in lengths_mm:
        points = ((start_mm, 0), (start_mm + length_mm, 0))
        stretches.append(Stretch(points, length_mm, 2_000, edge))
        start_mm += length_mm
    return Follow(path_id, tuple(stretches))


def door(parcel: str = "p", *, fills: bool, at_dock: bool = False, action: str = "a") -> OpenDoor:
    return OpenDoor("S1", action, parcel, fills, at_dock, 4_000 if at_dock else 0)


def handover(parcel: str = "p", direction: str = "out", version: int = 1) -> HandoverOpened:
    return HandoverOpened("a", parcel, direction, "S1", version, 600_000)
