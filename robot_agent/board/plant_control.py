# SPDX-License-Identifier: Apache-2.0
"""A hand for tests and people in a plant's world: JSON lines over a unix socket, each answered.

`{"robot": "R1"}` looks; with it go `press`, `release` (a switch; `for_ms`: how long it is pressed),
`type` (keys), `force`, `stick`, `free` (a compartment's door or bolt), `obstacle_mm`,
`battery_permille`, `carry` (x and y in mm, heading in mrad), `inject` (`hang` or `reset`, into
`board`). What must hold: what is wrong is answered in one sentence and changes nothing.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from robot_agent.board.plant import NOTHING_AHEAD_MM, SWITCHES, Plant
from robot_agent.board.plant_world import World
from robot_agent.board.words import Injection

MAX_LINE_BYTES = 4_096


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line."""

    robot: str
    press: str = ""
    release: str = ""
    for_ms: Annotated[int, Meta(ge=1, le=3_600_000)] | None = None
    type: Annotated[str, Meta(pattern=r"^[0-9#*]{0,32}$")] = ""
    force: str = ""
    stick: str = ""
    free: str = ""
    obstacle_mm: Annotated[int, Meta(ge=0, le=NOTHING_AHEAD_MM)] | None = None
    battery_permille: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    carry: tuple[int, int, int] | None = None
    inject: Literal["", "hang", "reset"] = ""
    board: Literal["drive", "locker"] = "drive"


class DoorSeen(msgspec.Struct, frozen=True):
    """A door as people see it."""

    closed: bool
    bolted: bool
    inside: str | None


class Seen(msgspec.Struct, frozen=True):
    """A robot as people see it."""

    robot: str
    x_mm: int
    y_mm: int
    heading_mrad: int
    speed_mm_s: int
    motors_on: bool
    charge_permille: int
    driven_mm: int
    alarm: bool
    doors: dict[str, DoorSeen]


class Refused(msgspec.Struct, frozen=True):
    """Why nothing was done."""

    error: str


def answer(line: bytes, world: World, now_ms: int) -> bytes:
    """Does what a line asks for; the line to answer."""
    try:
        request = msgspec.json.decode(line, type=Request)
        seen: Seen | Refused = _done(request, world, now_ms)
    except msgspec.MsgspecError as error:
        seen = Refused(str(error))
    return msgspec.json.encode(seen) + b"\n"


def _done(request: Request, world: World, now_ms: int) -> Seen | Refused:
    wired = world.robots.get(request.robot)
    if wired is None:
        return Refused(f"there is no robot {request.robot!r}")
    plant = wired.plant
    for switch in filter(None, (request.press, request.release)):
        if switch not in SWITCHES:
            return Refused(f"{switch!r} is none of {', '.join(SWITCHES)}")
    for door in filter(None, (request.force, request.stick, request.free)):
        if door not in plant.locker:
            return Refused(f"{request.robot} has no compartment {door!r}")
    _touch(request, plant, now_ms)
    if request.inject:
        world.inject(request.robot, request.board, Injection[request.inject.upper()], now_ms)
    return seen(plant, now_ms)


def _touch(request: Request, plant: Plant, now_ms: int) -> None:
    if request.press:
        plant.press(request.press, now_ms, request.for_ms)
    if request.release:
        plant.release(request.release, now_ms)
    if request.type:
        plant.locker.type(request.type, now_ms)
    if request.force:
        plant.force_door(request.force)
    if request.stick:
        plant.locker[request.stick].stuck = True
    if request.free:
        plant.locker[request.free].stuck = False
    if request.obstacle_mm is not None:
        plant.obstacle_mm = request.obstacle_mm
    if request.battery_permille is not None:
        plant.battery.set_charge(request.battery_permille)
    if request.carry is not None:
        x_mm, y_mm, heading_mrad = request.carry
        plant.carry_to(x_mm, y_mm, heading_mrad / 1000)


def seen(plant: Plant, now_ms: int) -> Seen:
    """How it is now."""
    plant.advance(now_ms)
    chassis = plant.chassis
    return Seen(
        robot=plant.spec.name,
        x_mm=round(chassis.x_mm),
        y_mm=round(chassis.y_mm),
        heading_mrad=round(chassis.heading_rad * 1000),
        speed_mm_s=round(chassis.speed_mm_s),
        motors_on=plant.motors_on,
        charge_permille=plant.battery.charge_permille,
        driven_mm=round(plant.driven_mm),
        alarm=plant.alarm,
        doors={
            one.name: DoorSeen(one.closed, one.bolted, one.inside) for one in plant.locker.doors
        },
    )
