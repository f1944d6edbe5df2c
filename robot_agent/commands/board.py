# SPDX-License-Identifier: Apache-2.0
"""`robot-agent board`: who the boards are, and new firmware for them.

Exit codes: 0 done, 1 a board does not answer or refuses, 2 bad input, 3 a part that it needs is not
installed.
"""

import argparse
import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from stat import S_ISDIR

import msgspec

from robot_agent.commands import board_emulate
from robot_agent.commands.parsing import InputError
from robot_agent.service.notices import say
from robot_agent.service.places import STATE

REFUSED = 1
MISSING = 3
PROGRESS_PCT = 10


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`board` and its commands."""
    command = commands.add_parser(
        "board",
        help="the boards under the agent: info, update, emulate",
        description="The drive board and the locker board on their serial lines.",
    )
    inner = command.add_subparsers(required=True, metavar="COMMAND")
    _add_info(inner)
    _add_update(inner)
    board_emulate.add_parser(inner)


def _add_info(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "info",
        help="who the boards are, what they see, how their lines are",
        description="Asks each board once; what is armed is disarmed. Not while the agent runs.",
    )
    command.add_argument("--drive", metavar="DEV", help="the drive board's device")
    command.add_argument("--locker", metavar="DEV", help="the locker board's device")
    command.add_argument("--json", action="store_true", help="one object on stdout")
    command.set_defaults(run=info)


def _add_update(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "update",
        help="new firmware for one board",
        description="By MCUmgr's SMP to its MCUboot loader. Not while armed or loaded.",
    )
    add = command.add_argument
    add("--image", required=True, type=Path, metavar="FILE", help="a signed MCUboot image")
    add("--device", required=True, metavar="DEV", help="the board's device")
    add(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help=f"the agent's memory (default: systemd's, or /{STATE} where that is)",
    )
    add(
        "--no-agent",
        action="store_true",
        help="there never was an agent on this computer: nobody can tell what is aboard",
    )
    command.set_defaults(run=update)


def info(options: argparse.Namespace) -> int:
    """Raises InputError."""
    from robot_agent.board.identity import BoardError, BoardFacts, ask
    from robot_agent.board.words import BoardKind

    wanted = [
        (device, kind)
        for device, kind in ((options.drive, BoardKind.DRIVE), (options.locker, BoardKind.LOCKER))
        if device
    ]
    if not wanted:
        raise InputError("give --drive DEV, --locker DEV or both")

    async def asked() -> list[BoardFacts | BaseException]:
        each = (ask(device, kind) for device, kind in wanted)
        return await asyncio.gather(*each, return_exceptions=True)

    found: list[BoardFacts] = []
    for answer in asyncio.run(asked()):
        if isinstance(answer, BoardFacts):
            found.append(answer)
        elif isinstance(answer, BoardError):
            say(str(answer))
        else:
            raise answer
    if options.json:
        sys.stdout.write(msgspec.json.encode({"boards": found}).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_lines(one) for one in found))
    return 0 if len(found) == len(wanted) else REFUSED


def _lines(facts: object) -> str:
    shown = []
    for name, value in msgspec.to_builtins(facts).items():
        text = value
        if isinstance(value, dict):
            text = ", ".join(f"{key} {int(one)}" for key, one in value.items())
        elif isinstance(value, list):
            text = ", ".join(map(str, value)) or "none"
        shown.append(f"{name + ':':20}{text}\n")
    return "".join(shown)


def update(options: argparse.Namespace) -> int:
    """Raises InputError."""
    from robot_agent.board.identity import BoardError
    from robot_agent.board.update import (
        MissingError,
        check_is_empty,
        read_image,
    )
    from robot_agent.board.update import update as bring
    from robot_agent.service.state_lock import LockedError, state_lock

    folder = _state_folder(options.state_dir, is_none_meant=options.no_agent)
    told_pct = -PROGRESS_PCT

    def progress(done: int, of: int) -> None:
        nonlocal told_pct
        pct = 100 * done // of
        if pct >= told_pct + PROGRESS_PCT or done == of:
            told_pct = pct
            say(f"{options.device}: {pct} % of {of} bytes")

    try:
        with ExitStack() as held:
            image = read_image(options.image)
            if folder is not None:
                held.enter_context(state_lock(folder))
                check_is_empty(folder)
            facts = asyncio.run(bring(options.device, image, progress))
    except (BoardError, LockedError) as error:
        say(str(error))
        return REFUSED
    except MissingError as error:
        say(str(error))
        return MISSING
    sys.stdout.write(f"{facts.device}: {facts.board} board with firmware {facts.firmware}\n")
    return 0


def _state_folder(given: Path | None, *, is_none_meant: bool) -> Path | None:
    """None: there is no agent on this computer, and the caller says so: where its memory is only
    not found, nobody knows what is aboard. Raises InputError."""
    name = os.environ.get("STATE_DIRECTORY", f"/{STATE}").partition(":")[0]
    folder = given or Path(name)
    try:
        if S_ISDIR(folder.stat().st_mode):
            return folder
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise InputError(f"{folder}: cannot be looked into: {error.strerror}") from None
    if given is not None:
        raise InputError(f"--state-dir {given}: there is no such folder")
    if not is_none_meant:
        raise InputError(
            f"{folder}: the agent's memory is not there, so nobody knows what is aboard: give"
            " --state-dir DIR, or --no-agent where no agent ever ran"
        )
    return None
