# SPDX-License-Identifier: Apache-2.0
"""What the commands say to people, and how they write a file."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

EXIT_NO = 1
EXIT_BAD_INPUT = 2
JsonOption = Annotated[bool, typer.Option("--json", help="Last line of stdout: one JSON object.")]


def say(lines: Iterable[str]) -> None:
    """Prose goes to stderr: stdout is for the one object of `--json`."""
    for line in lines:
        print(line, file=sys.stderr)


def fail(message: str) -> NoReturn:
    """Bad input: one sentence, exit code 2."""
    print(message, file=sys.stderr)
    raise typer.Exit(EXIT_BAD_INPUT)


def write_whole(output: Path, text: str) -> None:
    """Whole or not at all: whoever reads the old file meanwhile keeps reading the old one."""
    part = output.with_name(f"{output.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(output)
    except OSError as error:
        fail(f"{output}: cannot be written: {error.strerror}")
