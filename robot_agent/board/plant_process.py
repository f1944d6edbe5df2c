# SPDX-License-Identifier: Apache-2.0
"""A plant's world as a process: boards started, turns taken in real time, all ended in good order.

What must hold: however it ends, none of its boards is left; a board that ends is named and not
started again, as a burnt one would not be.
"""

import asyncio
import contextlib
import signal
import time
from pathlib import Path

import msgspec

from robot_agent.board import plant_control
from robot_agent.board.emulated_boards import (
    Board,
    Firmware,
    MissingError,
    await_lines,
    start_robot,
)
from robot_agent.board.plant import Plant, PlantSpec
from robot_agent.board.plant_ledger import PlantLedger
from robot_agent.board.plant_line import PlantLine
from robot_agent.board.plant_phones import People
from robot_agent.board.plant_street import Street, StreetParams
from robot_agent.board.plant_world import TURN_MS, Wired, World
from robot_agent.service.notices import say

LINE_UP_S = 10.0
UNREAD_EVERY_TURNS = 20
STATUS_S = 10.0
CONTROL = "control"
LEDGER = "ledger.jsonl"


class PlantOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be emulated, in `folder`: DIR/R1/drive and DIR/R1/locker are for agents."""

    firmware: Firmware
    folder: Path
    robots: tuple[PlantSpec, ...]
    street: StreetParams
    codes: Path | None
    errands: Path | None
    verbose: bool


async def run_plant(options: PlantOptions) -> None:
    """Until SIGTERM or SIGINT. Raises MissingError where a board does not come up."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    boards: list[Board] = []
    ledger = PlantLedger(options.folder / LEDGER)
    try:
        world = _world(options, boards, ledger)
        try:
            await _live(world, boards, options, stop)
        finally:
            world.close()
    finally:
        ledger.close()
        for board in boards:
            board.stop()
        for board in boards:
            board.wait()


def _world(options: PlantOptions, boards: list[Board], ledger: PlantLedger) -> World:
    """Boards first, all at once, then their lines."""
    started: dict[str, tuple[Board, Board]] = {}
    for spec in options.robots:
        pair = start_robot(options.firmware, options.folder / spec.name, len(spec.compartments))
        boards += pair
        started[spec.name] = pair
    robots = {}
    for spec in options.robots:
        for board, kind in zip(started[spec.name], ("drive", "locker"), strict=True):
            await_lines(board, options.folder / spec.name, kind)
        drive, locker = (_line(board.plant) for board in started[spec.name])
        robots[spec.name] = Wired(Plant(spec, now_ms()), drive, locker)
    plants = {name: wired.plant for name, wired in robots.items()}
    street = Street(options.street, plants, ledger.write)
    return World(robots, street, People(options.codes, options.errands))


def _line(path: Path) -> PlantLine:
    until_s = time.monotonic() + LINE_UP_S
    while True:
        try:
            return PlantLine.opened(path)
        except OSError as error:
            if time.monotonic() > until_s:
                raise MissingError(f"{path}: {error.strerror or error}") from None
            time.sleep(0.01)


async def _live(
    world: World, boards: list[Board], options: PlantOptions, stop: asyncio.Event
) -> None:
    control = options.folder / CONTROL
    control.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(
        lambda reader, writer: _serve(world, reader, writer), control
    )
    say(
        f"{len(world.robots)} robots with {len(boards)} boards ({options.firmware.port}); lines "
        f"and ledger are in {options.folder}"
    )
    ticking = asyncio.create_task(_turns(world, boards, verbose=options.verbose))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((ticking, stopping), return_when=asyncio.FIRST_COMPLETED)
        if ticking.done():
            ticking.result()  # Only an error ends it.
    finally:
        for task in (ticking, stopping):
            task.cancel()
        server.close()
        control.unlink(missing_ok=True)


async def _turns(world: World, boards: list[Board], *, verbose: bool) -> None:
    due_s = status_s = time.monotonic()
    while True:
        world.turn(now_ms(), time.time_ns() // 1_000_000)
        while world.lost:
            say(world.lost.pop())
        if world.turns % UNREAD_EVERY_TURNS == 0:
            for board in boards:
                board.forget_unread()
        if verbose and time.monotonic() - status_s > STATUS_S:
            status_s = time.monotonic()
            say(_status(world))
        # A turn that came late is not made up for: time passes by itself.
        due_s = max(due_s + TURN_MS / 1000, time.monotonic())
        await asyncio.sleep(due_s - time.monotonic())


def _status(world: World) -> str:
    plants = [wired.plant for wired in world.robots.values()]
    driving = sum(not plant.stands for plant in plants)
    driven_km = sum(plant.driven_mm for plant in plants) / 1e6
    return (
        f"{driving} of {len(plants)} drive, {driven_km:.2f} km so far; {world.street.waiting} "
        f"people at stops; {world.late_turns} of {world.turns} turns late"
    )


async def _serve(world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.LimitOverrunError, ValueError):
        while line := await reader.readline():
            writer.write(plant_control.answer(line, world, now_ms()))
            world.turn(now_ms(), time.time_ns() // 1_000_000)
            await writer.drain()
    writer.close()


def now_ms() -> int:
    """Of the plant's clock."""
    return time.monotonic_ns() // 1_000_000
