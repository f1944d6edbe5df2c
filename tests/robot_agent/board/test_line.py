# SPDX-License-Identifier: Apache-2.0
"""The driver `board` over real lines: two boards of the C core, each on its pseudo terminal."""

import asyncio
import os
import pty
import time
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from robot_agent.board.driver import BoardBody, make
from robot_agent.board.line import BoardLine, open_port, trouble_of
from robot_agent.board.words import BoardKind
from robot_agent.core.events import (
    BatteryRead,
    MotionStopped,
    PartFailed,
    Posed,
    Release,
)
from robot_agent.core.events import DoorChanged as Door
from robot_agent.drivers.base import DriverError, Setup
from robot_agent.drivers.loading import check_driver, load_driver
from tests.robot_agent.board.chip import chip
from tests.robot_agent.board.test_session import Bench
from tests.robot_agent.board.two_boards import CAMPUS, START, spec_with
from tests.robot_agent.drivers.bodies import Heard, path, until


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def body_on(drive: str, locker: str, folder: Path) -> BoardBody:
    return make(
        Setup(
            spec=spec_with(occupancy=True),
            campus=CAMPUS,
            now_ms=now_ms,
            folder=folder,
            options={"drive": drive, "locker": locker, "start": START.id},
        )
    )


@asynccontextmanager
async def at_work(body: BoardBody) -> AsyncIterator[Heard]:
    heard = Heard()
    running = asyncio.create_task(body.run(heard))
    try:
        yield heard
        assert not running.done(), running.exception()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def faults(heard: Heard) -> dict[str, str]:
    return {one.part: one.text for one in heard.of(PartFailed)}


def told(heard: Heard, *kinds: type) -> Callable[[], bool]:
    return lambda: all(heard.of(kind) for kind in kinds)


async def test_it_tells_what_a_body_tells_and_moves_its_motors(tmp_path: Path) -> None:
    with chip(BoardKind.DRIVE) as drive, chip(BoardKind.LOCKER) as locker:
        body = body_on(drive.device, locker.device, tmp_path)
        async with at_work(body) as heard:
            await until(told(heard, Posed, BatteryRead, Door, MotionStopped))
            before = body.progress
            body.perform(Release("power_on"))
            await until(lambda: heard.of(MotionStopped)[-1].cause == "none")
            body.perform(path(((START.x_mm, START.y_mm), (START.x_mm + 2_000, START.y_mm))))
            await until(lambda: drive.board.pins_out.left_permille > 0)
            assert all(now > then for now, then in zip(body.progress, before, strict=True))
        # The agent has ended: off in good order, not after a time-out.
        await until(lambda: not drive.board.pins_out.motors_on)


async def test_boards_that_are_not_there_are_named_and_found_when_they_come(
    tmp_path: Path,
) -> None:
    links = [tmp_path / "drive", tmp_path / "locker"]
    body = body_on(*map(str, links), tmp_path)
    async with at_work(body) as heard:
        await until(lambda: {"drive board", "locker board"} <= set(faults(heard)))
        text = faults(heard)["drive board"]
        assert text == f"{links[0]}: No such file or directory: see to its cable and its power"
        with chip(BoardKind.DRIVE) as drive, chip(BoardKind.LOCKER) as locker:
            for link, one in zip(links, (drive, locker), strict=True):
                link.symlink_to(one.device)
            await until(lambda: not any(faults(heard).values()))
            await until(told(heard, Posed))


async def test_a_cable_that_is_pulled_is_said_and_plugged_in_again_found(tmp_path: Path) -> None:
    link = tmp_path / "drive"
    with chip(BoardKind.LOCKER) as locker:
        body = body_on(str(link), locker.device, tmp_path)
        async with at_work(body) as heard:
            with chip(BoardKind.DRIVE) as drive:
                link.symlink_to(drive.device)
                await until(told(heard, Posed))
                body.perform(path(((0, 0), (1, 0))))
                link.unlink()
            await until(lambda: any("the line is gone" in one.text for one in heard.of(PartFailed)))
            with chip(BoardKind.DRIVE) as again:
                link.symlink_to(again.device)
                await until(lambda: faults(heard)["drive board"] == "")


async def test_a_line_belongs_to_one_agent(tmp_path: Path) -> None:
    with chip(BoardKind.DRIVE) as drive, chip(BoardKind.LOCKER) as locker:
        async with at_work(body_on(drive.device, locker.device, tmp_path)) as heard:
            await until(told(heard, Posed))
            with pytest.raises(OSError) as refused:
                open_port(drive.device)
            assert trouble_of(refused.value) == "another program has it open: stop that first"
        open_port(drive.device).close()


async def test_an_agent_that_was_held_up_does_not_take_its_board_for_silent(
    tmp_path: Path,
) -> None:
    with chip(BoardKind.DRIVE) as drive, chip(BoardKind.LOCKER) as locker:
        body = body_on(drive.device, locker.device, tmp_path)
        async with at_work(body) as heard:
            await until(told(heard, Posed, Door))
            for _ in range(3):
                asyncio.get_running_loop().call_soon(time.sleep, 0.7)
                await asyncio.sleep(0.1)
            assert body.locker.session.counts.silences == 0
            assert not any(faults(heard).values())


async def test_a_board_that_reads_nothing_holds_up_nobody() -> None:
    """Its line is full after 4 kB: what is said then is dropped, and later all is well again."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    bench = Bench()
    line = BoardLine(os.ttyname(slave), bench.session, now_ms, lambda _: None)
    running = asyncio.create_task(line.run())
    try:
        await until(lambda: line.steps > 2)
        for _ in range(2_000):
            bench.session._open(now_ms())
            line.flush()
        steps = line.steps
        await until(lambda: line.steps > steps + 2)
        os.read(master, 65_536)
        bench.session.take()
        line.flush()
        await until(lambda: bool(os.read(master, 65_536)))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        os.close(master)
        os.close(slave)


def test_the_driver_is_found_by_its_name_and_says_what_it_lacks(tmp_path: Path) -> None:
    check_driver("board")
    setup = Setup(spec=spec_with(), campus=CAMPUS, now_ms=now_ms, folder=tmp_path)
    with pytest.raises(DriverError, match="option drive is missing: the drive board's serial"):
        load_driver("board", setup)


@pytest.mark.parametrize("given", ["12", "zz" * 12, 5])
def test_a_unique_id_is_24_hex_digits(given: str | int, tmp_path: Path) -> None:
    options: dict[str, str | int | float | bool] = {
        "drive": "d",
        "locker": "l",
        "locker_id": given,
    }
    setup = Setup(spec=spec_with(), campus=CAMPUS, now_ms=now_ms, folder=tmp_path, options=options)
    with pytest.raises(DriverError, match="24 hex digits"):
        load_driver("board", setup)
