# SPDX-License-Identifier: Apache-2.0
"""Boards of the firmware as programs: a process on pseudo terminals, or a Cortex-M in QEMU.

What must hold: a board's lines are there when it is handed out; it dies with whoever started it,
whatever ends that; what is missing is said in one sentence, with where to get it.
"""

import fcntl
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from dispatcher.demo.child import Child, wait_until
from robot_agent.board.emulated_boards import dies_with_us

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware_stubs"
BUILT = ROOT / "build/firmware"
STARTS_WITHIN_S = 20.0
# The first of each pair is the program, the second what it comes with.
HOST_NEEDS = (("make", "apt install make"), ("gcc", "apt install gcc libc6-dev"))
QEMU_NEEDS = (
    ("make", "apt install make"),
    ("arm-none-eabi-gcc", "apt install gcc-arm-none-eabi libnewlib-arm-none-eabi"),
    ("qemu-system-arm", "apt install qemu-system-arm"),
)


class NoBoard(RuntimeError):
    """Why there is none, in one sentence."""


class Board(msgspec.Struct, frozen=True):
    """One that runs: its program, the paths of its two lines, and of QEMU's control."""

    child: Child
    agent: Path
    plant: Path
    control: Path | None = None

    def stop(self) -> None:
        """Power off."""
        self.child.stop()


def make_firmware(target: str, needs: Sequence[tuple[str, str]]) -> None:
    """Builds it, one at a time: a compiler is enough work. Raises NoBoard."""
    for program, source in needs:
        if shutil.which(program) is None:
            raise NoBoard(f"needs {program} ({source})")
    if not (FIRMWARE / "Makefile").is_file():
        raise NoBoard("needs a checkout with its folder firmware_stubs: an install has no firmware")
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "make.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(
            ["make", "-s", "-j2", "-C", str(FIRMWARE), target],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode:
        raise NoBoard(f"make -C firmware_stubs {target}: {made.stderr.strip()[-500:]}")


def host_board(program: Path, folder: Path, *options: str) -> Board:
    """Starts a board that is a process; its lines and log are in `folder`. Raises NoBoard."""
    agent, plant = folder / "agent", folder / "plant"
    command = [str(program), "--agent", str(agent), "--plant", str(plant), *options]
    return _started(Board(_child(command, folder), agent, plant))


def qemu_board(image: Path, folder: Path, machine: str = "mps2-an385") -> Board:
    """Starts a board in QEMU; the lines are sockets. `folder` has a short name: so a socket wants
    it. Raises NoBoard."""
    agent, plant, control = folder / "agent", folder / "plant", folder / "control"
    command = ["qemu-system-arm", "-M", machine, "-display", "none", "-monitor", "none"]
    for name, path in (("c0", agent), ("c1", plant)):
        command += ["-chardev", f"socket,id={name},path={path},server=on,wait=off"]
        command += ["-serial", f"chardev:{name}"]
    command += ["-qmp", f"unix:{control},server=on,wait=off", "-kernel", str(image)]
    return _started(Board(_child(command, folder), agent, plant, control))


def _child(command: Sequence[str], folder: Path) -> Child:
    return Child("board", command, folder / "log", dies_with_us())


def _started(board: Board) -> Board:
    board.child.start()
    paths = [one for one in (board.agent, board.plant, board.control) if one]
    if not wait_until(lambda: all(one.exists() for one in paths), board.child, STARTS_WITHIN_S):
        words = board.child.last_words()
        board.stop()
        raise NoBoard(f"{board.child.command[0]} does not start: {words}")
    return board
