# SPDX-License-Identifier: Apache-2.0
"""The firmware's ports as a test starts them: a watched process, or a Cortex-M in QEMU.

A process is built with ASan and UBSan: whatever they find ends it, and fails the test that had it.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dispatcher.bench.board_processes import (
    BUILT,
    HOST_NEEDS,
    QEMU_NEEDS,
    ROOT,
    Board,
    host_board,
    make_firmware,
    qemu_board,
)
from dispatcher.bench.board_rig import BoardRig
from robot_agent.board.words import BoardKind
from tests.tools import require_tool

HOST = "host"
MPS2 = "mps2"
STM32 = "stm32f405"
# An agent by itself: no world is at its plant's line. Arguments: the agent's line, the speed.
AGENT = """
import os, sys
from pathlib import Path
from dispatcher.bench.board_rig import BoardRig
from robot_agent.board.words import BoardKind

_, nowhere = os.openpty()
rig = BoardRig(BoardKind.DRIVE, Path(sys.argv[1]), Path(os.ttyname(nowhere)))
rig.wants_mm_s = int(sys.argv[2])
while True:
    rig.turn()
"""
PORTS = (HOST, MPS2)


def start(port: str, kind: BoardKind, folder: Path, *options: str) -> Board:
    """Skips the test where a tool is missing."""
    for program, _ in HOST_NEEDS if port == HOST else QEMU_NEEDS:
        require_tool(program)
    name = kind.name.lower()
    if port == HOST:
        make_firmware("host_asan", HOST_NEEDS)
        return host_board(BUILT / "host-asan" / name, folder, *options)
    make_firmware(port, QEMU_NEEDS)
    if port == STM32:
        return qemu_board(BUILT / f"stm32f405-qemu/{name}.elf", folder, "netduinoplus2")
    return qemu_board(BUILT / f"mps2/{name}.elf", folder)


@contextlib.contextmanager
def on_the_bench(
    port: str, kind: BoardKind = BoardKind.DRIVE, *options: str
) -> Iterator[tuple[Board, BoardRig]]:
    """A board that runs, and both ends of its lines."""
    # Not pytest's folder: the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="board") as name:
        board = start(port, kind, Path(name), *options)
        try:
            rig = BoardRig(kind, board.agent, board.plant)
            try:
                yield board, rig
                assert board.child.running, board.child.log.read_text()
            finally:
                rig.close()
        finally:
            board.stop()
        if port == HOST:  # QEMU says who ended it
            assert board.child.log.read_text() == ""


@contextlib.contextmanager
def agent_process(board: Board, speed_mm_s: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that drives the board."""
    words = [sys.executable, "-c", AGENT, str(board.agent), str(speed_mm_s)]
    paths = {"PYTHONPATH": os.pathsep.join((str(ROOT), *filter(None, sys.path)))}
    with subprocess.Popen(words, env={**os.environ, **paths}) as agent:
        try:
            yield agent
        finally:
            agent.kill()


def reset_by_supply(board: Board) -> None:
    """What QEMU's control does to a machine as its reset line would, RAM kept."""
    assert board.control is not None
    with socket.socket(socket.AF_UNIX) as end, end.makefile("rw") as words:
        end.settimeout(10)
        end.connect(str(board.control))
        words.readline()
        for command in ("qmp_capabilities", "system_reset"):
            words.write(json.dumps({"execute": command}) + "\n")
            words.flush()
            while "return" not in json.loads(words.readline()):
                pass  # an event
