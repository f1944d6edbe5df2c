# SPDX-License-Identifier: Apache-2.0
"""`dispatcher journal`: what a person may do to a journal while no daemon has it open."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

EXIT_BAD_INPUT = 2

app = typer.Typer(help="Repair a site's journal.", no_args_is_help=True)


@app.callback()
def journal() -> None:
    """Repair a site's journal."""


@app.command(short_help="Let a frozen site go on.")
def skip(
    site_dir: Annotated[Path, typer.Argument(metavar="SITE_DIR", help="The site's data_dir.")],
    seq: Annotated[int, typer.Argument(help="The record that froze the site.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the journal.")],
) -> None:
    """Let a frozen site go on without the event that the core could not take."""
    from dispatcher.service.journal import Journal, JournalError

    try:
        opened = Journal.open_existing(site_dir)
        try:
            opened.skip(seq, reason, time.time_ns() // 1_000_000)
        finally:
            opened.close()
    except JournalError as error:
        print(f"dispatcher journal skip: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT) from None
    print(f"record {seq} is skipped; the next start of the daemon goes on without it")
