# SPDX-License-Identifier: Apache-2.0
"""The driver `board` on the firmware's host port, in real time: processes on pseudo terminals.

A machine under load may starve boards, plant or agent, which stops the robot as it would a real
one: then somebody at the desk and somebody at the robot do what it asks for, and it goes on.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from robot_agent.board.driver import BoardBody
from robot_agent.core.events import MotionStopped, Passed, Posed, Release
from robot_agent.vda5050.restarts import RESTARTS
from tests.project.source_tree import ROOT
from tests.robot_agent.board.test_line import at_work, body_on, faults, told
from tests.robot_agent.board.two_boards import DOORS, START
from tests.robot_agent.drivers.bodies import Heard, path, until
from tests.tools import require_tool

WAY_MM = 2_000
MAP = ROOT / "maps/lindenhof/campus.geojson"


@asynccontextmanager
async def emulated(folder: Path) -> AsyncIterator[Path]:
    """Both boards of one robot, and the world around them; the folder of their lines."""
    for tool in ("gcc", "make"):
        require_tool(tool)
    words = ["board", "emulate", "--map", str(MAP), "--count", "1", "--dir", str(folder)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "robot_agent.cli",
        *words,
        *("--compartments", ",".join(DOORS)),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(120):
            line = (await process.stderr.readline()).decode()
        assert "1 robots with 2 boards" in line, line
        yield folder / "R1"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.communicate()


def process_of(board: str, lines: Path) -> int:
    """The process id of a board of ours, found by the line that it was given."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"--kind\0{board}\0--agent\0{lines / board}\0" in (folder / "cmdline").read_text():
                return int(folder.name)
    raise AssertionError(f"no {board} board runs")


async def press_reset_button(lines: Path) -> None:
    """A hand in the plant's world."""
    reader, writer = await asyncio.open_unix_connection(lines.parent / "control")
    asked = {"robot": lines.name, "press": "reset_button", "for_ms": 600}
    writer.write(json.dumps(asked).encode() + b"\n")
    assert "error" not in json.loads(await reader.readline())
    writer.close()


async def brought_along(body: BoardBody, heard: Heard, lines: Path) -> None:
    """Until it has passed the end of its way: sent off, released and sent off again."""
    goal = (START.x_mm + WAY_MM, START.y_mm)
    is_sent = False
    while not heard.of(Passed):
        cause = heard.of(MotionStopped)[-1].cause
        who = RESTARTS[cause].who
        if who == "person":
            await press_reset_button(lines)
        elif who == "operator":
            body.perform(Release(cause))
        elif cause == "none" and not is_sent:
            here = heard.of(Posed)[-1]
            body.perform(path(((here.x_mm, here.y_mm), goal)))
        is_sent = cause == "none"
        await asyncio.sleep(1)


async def test_it_drives_processes_on_their_lines_and_misses_one_that_ends() -> None:
    with tempfile.TemporaryDirectory(prefix="boards") as name:
        async with emulated(Path(name)) as lines:
            body = body_on(str(lines / "drive"), str(lines / "locker"), Path(name))
            async with at_work(body) as heard:
                await until(told(heard, Posed, MotionStopped), 20)
                async with asyncio.timeout(120):
                    await brought_along(body, heard, lines)
                assert abs(heard.of(Posed)[-1].x_mm - START.x_mm - WAY_MM) < 500
                await until(lambda: not any(faults(heard).values()), 20)
                os.kill(process_of("drive", lines), signal.SIGKILL)
                await until(lambda: "drive board" in faults(heard), 20)
