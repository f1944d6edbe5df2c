# SPDX-License-Identifier: Apache-2.0
"""Boards without hardware: the real firmware as processes of this machine, or in QEMU.

What must hold: a board dies with whoever started it, whatever ends that; its line to an agent is a
pseudo terminal under a name that says which board it is.
"""

import ctypes
import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

PORTS = ("host", "mps2")
KINDS = ("drive", "locker")
MPS2_DOORS = 8
UP_S = 20.0
STOP_S = 5.0
UNREAD_MAX_BYTES = 2_000
"""An agent that comes finds no more than this of what was said before it came."""
_PR_SET_PDEATHSIG = 1
_QEMU_PTY = re.compile(rb"redirected to (\S+) \(label agent\)")

Port = Literal["host", "mps2"]


class MissingError(Exception):
    """Something that is needed is not here: one sentence that says how to get it."""


class Firmware(NamedTuple):
    """Where the built boards lie."""

    port: Port
    drive: Path
    locker: Path


class Board:
    """One board at work: its process, and the path of its line to the plant."""

    def __init__(self, process: "subprocess.Popen[bytes]", plant: Path) -> None:
        self.process = process
        self.plant = plant
        self._agent_end: int | None = None

    def hold_agent_end(self, link: Path) -> None:
        """QEMU hangs up on an agent's line that nobody holds; so we hold it."""
        self._agent_end = os.open(link, os.O_RDWR | os.O_NOCTTY)

    def forget_unread(self) -> None:
        """Throws away what no agent reads."""
        if self._agent_end is None:
            return
        (unread,) = struct.unpack("i", fcntl.ioctl(self._agent_end, termios.FIONREAD, bytes(4)))
        if unread > UNREAD_MAX_BYTES:
            termios.tcflush(self._agent_end, termios.TCIFLUSH)

    def stop(self) -> None:
        """Asks it to end, and ends it."""
        self.process.terminate()

    def wait(self) -> None:
        """Until it has ended."""
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self._agent_end is not None:
            os.close(self._agent_end)
            self._agent_end = None


def find_firmware(port: Port, given: Path | None) -> Firmware:
    """The boards in the folder `given`, or built now from the sources beside this package. Raises
    MissingError."""
    if port == "mps2" and shutil.which("qemu-system-arm") is None:
        raise MissingError("QEMU is not installed: apt install qemu-system-arm")
    if given is None:
        given = _built(port)
    ending = ".elf" if port == "mps2" else ""
    drive, locker = (given / f"{kind}{ending}" for kind in KINDS)
    for image in (drive, locker):
        if not image.is_file():
            raise MissingError(
                f"{image} is not there: make -C firmware_stubs {port} builds it into "
                f"build/firmware/{port}"
            )
    return Firmware(port, drive.resolve(), locker.resolve())


def _built(port: Port) -> Path:
    root = Path(__file__).resolve().parents[2]
    sources = root / "firmware_stubs"
    if not (sources / "Makefile").is_file():
        raise MissingError(
            "the firmware's sources are not installed with this package: build them in a checkout "
            f"(make -C firmware_stubs {port}) and name the folder with --firmware"
        )
    compiler = {"host": ("gcc", "gcc"), "mps2": ("arm-none-eabi-gcc", "gcc-arm-none-eabi")}[port]
    for program, package in (("make", "make"), compiler):
        if shutil.which(program) is None:
            raise MissingError(f"{program} is not installed: apt install {package}")
    built = subprocess.run(
        ["make", "-s", "-C", str(sources), port], capture_output=True, text=True, check=False
    )
    if built.returncode:
        said = (built.stderr or built.stdout).strip().splitlines() or ["it said nothing"]
        raise MissingError(f"make -C {sources} {port} failed: {said[-1]}")
    return root / "build" / "firmware" / port


def start_robot(firmware: Firmware, folder: Path, doors: int) -> tuple[Board, Board]:
    """Drive and locker board of the robot whose folder this is, lines up. Raises MissingError."""
    folder.mkdir(parents=True, exist_ok=True)
    start = _start_host if firmware.port == "host" else _start_mps2
    return start(firmware.drive, "drive", folder, 0), start(
        firmware.locker, "locker", folder, doors
    )


def await_lines(board: Board, folder: Path, kind: str) -> None:
    """Until both lines of a board are there. Raises MissingError where they do not come."""
    if board.process.stdout is not None:
        name = _announced_pty(board.process)
        link = folder / kind
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        board.hold_agent_end(link)
    until_s = time.monotonic() + UP_S
    while not (board.plant.exists() and (folder / kind).exists()):
        if board.process.poll() is not None or time.monotonic() > until_s:
            raise MissingError(f"{board.process.args!r} did not come up; see {folder / kind}.log")
        time.sleep(0.005)


def _start_host(image: Path, kind: str, folder: Path, doors: int) -> Board:
    plant = folder / f"{kind}.plant"
    for link in (plant, folder / kind):
        link.unlink(missing_ok=True)  # An old one would be taken for the new one's.
    words = [
        *(str(image), "--kind", kind, "--agent", str(folder / kind), "--plant", str(plant)),
        *("--kept", str(folder / f"{kind}.kept"), "--id", _unique_id(folder.name, kind)),
        *(("--doors", str(doors)) if doors else ()),
    ]
    return Board(_start(words, folder, kind, subprocess.DEVNULL), plant)


def _start_mps2(image: Path, kind: str, folder: Path, doors: int) -> Board:
    if doors > MPS2_DOORS:
        raise MissingError(f"the mps2 port has {MPS2_DOORS} doors, not {doors}")
    plant = folder / f"{kind}.plant"
    plant.unlink(missing_ok=True)
    words = [
        *("qemu-system-arm", "-M", "mps2-an385", "-display", "none", "-monitor", "none"),
        *("-kernel", str(image), "-chardev", "pty,id=agent", "-serial", "chardev:agent"),
        # A path in its own folder: a socket's must be short.
        *("-chardev", f"socket,id=plant,path={plant.name},server=on,wait=off"),
        *("-serial", "chardev:plant"),
    ]
    return Board(_start(words, folder, kind, subprocess.PIPE), plant)


def _start(words: list[str], folder: Path, kind: str, stdout: int) -> "subprocess.Popen[bytes]":
    with (folder / f"{kind}.log").open("ab") as log:
        return subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for who started it, who ends it in good order.
            preexec_fn=dies_with_us(),  # noqa: PLW1509 (no thread is running)
        )


def dies_with_us() -> Callable[[], None] | None:
    """Even if we are killed: on Linux the kernel sees to it, elsewhere nobody does."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask


def _announced_pty(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        found = _QEMU_PTY.search(line)
        if found:
            return found[1].decode()
    raise MissingError(f"QEMU ended without naming its pseudo terminal: {process.args!r}")


def _unique_id(robot: str, kind: str) -> str:
    return sha256(f"{robot} {kind}".encode()).hexdigest()[:24]
