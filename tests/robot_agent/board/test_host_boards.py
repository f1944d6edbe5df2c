# SPDX-License-Identifier: Apache-2.0
"""The driver `board` on the firmware's host port, in real time: processes on pseudo terminals."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from robot_agent.core.events import MotionStopped, Passed, Posed, Release
from tests.project.source_tree import ROOT
from tests.robot_agent.board.test_line import at_work, body_on, faults, told
from tests.robot_agent.board.two_boards import DOORS, START
from tests.robot_agent.drivers.bodies import path, until
from tests.tools import require_tool

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


async def test_it_drives_processes_on_their_lines_and_misses_one_that_ends() -> None:
    with tempfile.TemporaryDirectory(prefix="boards") as name:
        async with emulated(Path(name)) as lines:
            body = body_on(str(lines / "drive"), str(lines / "locker"), Path(name))
            async with at_work(body) as heard:
                await until(told(heard, Posed, MotionStopped), 20)
                body.perform(Release("power_on"))
                await until(lambda: heard.of(MotionStopped)[-1].cause != "power_on", 20)
                body.perform(path(((START.x_mm, START.y_mm), (START.x_mm + 2_000, START.y_mm))))
                await until(told(heard, Passed), 60)
                assert abs(heard.of(Posed)[-1].x_mm - START.x_mm - 2_000) < 500
                assert not any(faults(heard).values())
                os.kill(process_of("drive", lines), signal.SIGKILL)
                await until(lambda: "drive board" in faults(heard), 20)
