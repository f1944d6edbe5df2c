# SPDX-License-Identifier: Apache-2.0
"""How long motors run on after the last valid drive command: on a process, on a Cortex-M in QEMU.

What must hold: both ends are timed in the same run; the board's own time runs from its answer to a
ping that came in one write with the last command (both are taken in one turn of its loop) to the
outputs that say off; the limit is the board's, and is judged by its clock: the machine's counts the
two lines and its own load too; a trial that this load has tripped beforehand is done again.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from dispatcher.bench.board_processes import (
    BUILT,
    HOST_NEEDS,
    QEMU_NEEDS,
    Board,
    NoBoard,
    host_board,
    make_firmware,
    qemu_board,
)
from dispatcher.bench.board_rig import BoardRig, NotInTime
from dispatcher.bench.stopwatch import Machine, load, machine
from robot_agent.board.link_messages import Ack, Ping
from robot_agent.board.words import BoardKind

LIMIT_MS = 250
SPEED_MM_S = 300
TRIPPED_MAX = 5
"""Trials done again for each that counts: beyond, the machine is too loaded to measure on."""


class Times(msgspec.Struct, frozen=True):
    """Milliseconds from the last valid command to motors off."""

    p50_ms: float
    worst_ms: float


class PortTimes(msgspec.Struct, frozen=True):
    """Of one port. `plant`: by this machine's clock, from the write to what the plant heard, both
    lines included; `board`: by the board's own."""

    port: str
    trials: int
    tripped: int
    plant: Times
    board: Times
    goal_met: bool


class BoardReport(msgspec.Struct, frozen=True):
    """All figures of one run."""

    limit_ms: int
    ports: tuple[PortTimes, ...]
    machine: Machine
    goal_met: bool


def bench_board(trials: int, tell: Callable[[str], None]) -> BoardReport:
    """Raises NoBoard where a tool is missing or a board does not behave."""
    load_before = load()
    tell("building the firmware")
    make_firmware("host", HOST_NEEDS)
    make_firmware("mps2", QEMU_NEEDS)
    with tempfile.TemporaryDirectory(prefix="board") as folder:
        here = Path(folder)
        (here / "host").mkdir()
        (here / "mps2").mkdir()
        starts: dict[str, Callable[[], Board]] = {
            "host": lambda: host_board(BUILT / "host/drive", here / "host"),
            "mps2 in QEMU": lambda: qemu_board(BUILT / "mps2/drive.elf", here / "mps2"),
        }
        ports = []
        for name, start in starts.items():
            tell(f"{name}: {trials} times")
            ports.append(_port(name, start(), trials))
    met = all(port.goal_met for port in ports)
    return BoardReport(LIMIT_MS, tuple(ports), machine(load_before, ("msgspec",)), met)


def table_of(report: BoardReport) -> str:
    """Several lines, without one at the end."""
    seen = report.machine
    loads = f"load {seen.load_before:.1f} before and {seen.load_after:.1f} after"
    lines = [
        "from the last valid drive command to motors off, ms",
        f"{seen.processor}, {seen.cores} cores, {loads}",
        f"{'':14}{'by the board':>20}{'at the plant':>20}",
        f"{'':14}" + f"{'p50':>10}{'worst':>10}" * 2 + f"{'trials':>8}{'again':>7}",
    ]
    for port in report.ports:
        figures = (port.board.p50_ms, port.board.worst_ms, port.plant.p50_ms, port.plant.worst_ms)
        row = "".join(f"{one:>10.1f}" for one in figures)
        met = "met" if port.goal_met else "above the limit"
        lines.append(f"{port.port:14}{row}{port.trials:>8}{port.tripped:>7}   {met}")
    lines.append(f"the limit: {report.limit_ms} ms by the board's clock (D1)")
    return "\n".join(lines)


def _port(name: str, board: Board, trials: int) -> PortTimes:
    rig = None
    plant: list[float] = []
    own: list[float] = []
    tripped = 0
    try:
        rig = BoardRig(BoardKind.DRIVE, board.agent, board.plant)
        while len(plant) < trials:
            times = _trial(rig)
            if times is None:
                tripped += 1
                if tripped > TRIPPED_MAX * trials:
                    raise NoBoard(f"{name}: this machine is too loaded to measure on")
                continue
            plant.append(times[0])
            own.append(times[1])
    except NotInTime as error:
        raise NoBoard(f"{name}: {error}") from None
    finally:
        if rig is not None:
            rig.close()
        board.stop()
    return PortTimes(
        name, trials, tripped, _times(plant), _times(own), goal_met=max(own) <= LIMIT_MS
    )


def _trial(rig: BoardRig) -> tuple[float, float] | None:
    """(by the machine's clock, by the board's); None: it stopped for another reason."""
    rig.drive(SPEED_MM_S)
    rig.changes.clear()
    rig.frames.clear()
    said_ms = rig.last_words(rig.command(SPEED_MM_S), Ping())
    rig.run_until(lambda: not rig.motors_on, "motors go off")
    off = rig.changes[0] if rig.changes else None
    taken = [
        frame.t_ms for frame in rig.frames if frame.type == Ack.ID and frame.payload[4] == Ping.ID
    ]
    # Off without a change: it was off already.
    if not taken or off is None or off.heard_ms - said_ms < LIMIT_MS / 2:
        return None
    return off.heard_ms - said_ms, float((off.board_ms - taken[0]) & 0xFFFF_FFFF)


def _times(measured: list[float]) -> Times:
    return Times(round(median(measured), 1), round(max(measured), 1))
