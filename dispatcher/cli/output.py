# SPDX-License-Identifier: Apache-2.0
"""What the commands say to people, and how they write a file.

What must hold: text from a map cannot steer the terminal it is shown on; a file is written whole or
not at all, and what is no file (a device, a pipe) stays what it is.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

EXIT_NO = 1
EXIT_BAD_INPUT = 2
MAX_LINE_CHARS = 2000
JsonOption = Annotated[bool, typer.Option("--json", help="Last line of stdout: one JSON object.")]

# Control characters, half characters, and those that turn the direction of a line.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def shown(text: str) -> str:
    """One line as a terminal may have it: what would steer it is spelt out, what is long is cut."""
    safe = _UNSHOWN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return safe if len(safe) <= MAX_LINE_CHARS else safe[: MAX_LINE_CHARS - 3] + "..."


def say(lines: Iterable[str]) -> None:
    """Prose goes to stderr: stdout is for the one object of `--json`."""
    for line in lines:
        print(shown(line), file=sys.stderr)


def fail(message: str) -> NoReturn:
    """Bad input: one sentence, exit code 2."""
    say(message.splitlines() or [""])
    raise typer.Exit(EXIT_BAD_INPUT)


def check_output(output: Path, *others: Path | None) -> None:
    """Leaves with a sentence where nothing can be written there, or where it is one of the others.

    To be called before the work is done.
    """
    target = output.resolve()
    if target.is_dir():
        fail(f"{output}: cannot be written: it is a folder")
    if not target.parent.is_dir():
        fail(f"{output}: cannot be written: No such file or directory: {target.parent}")
    for other in others:
        is_file = target.is_file() or not target.exists()
        if other is not None and is_file and other.resolve() == target:
            fail(f"{output}: cannot be written: it is {other}, which would be lost")


def write_whole(output: Path, text: str) -> None:
    """Whole or not at all: whoever reads the old file meanwhile keeps reading the old one."""
    target = output.resolve()  # a link stays a link
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        content = text.encode("utf-8")
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        try:
            part.write_bytes(content)
            if target.exists():
                part.chmod(target.stat().st_mode)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except UnicodeEncodeError as error:
        fail(f"{output}: cannot be written: it holds half a character: {error.object[:60]!r}")
    except OSError as error:
        fail(f"{output}: cannot be written: {error.strerror}")
