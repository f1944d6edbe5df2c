# SPDX-License-Identifier: Apache-2.0
"""The root of the `dispatcher` command: a table of sub-commands, loaded one at a time.

What must hold: importing this module and printing the help needs the standard library only, and a
sub-command imports nothing of the others. A command whose packages are not installed says in one
line which extra brings them and exits 3. Exit codes everywhere: 0 done, 1 the check said no,
2 bad input, 3 something needed is missing.
"""

import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import version
from typing import NamedTuple

DISTRIBUTION = "drover-dispatch"
OWN_PACKAGES = ("dispatcher", "robot_agent")
EXIT_BAD_INPUT = 2
EXIT_MISSING = 3
EXTRA_OF = {"osmium": "pbf"}
"""What a package that one kind of input needs comes with, whatever the command."""


class Command(NamedTuple):
    """One sub-command: the module and the name in it (a function or a typer app) that carry it."""

    module: str
    attribute: str
    extra: str
    summary: str


COMMANDS = {
    "demo": Command(
        "dispatcher.cli.demo_command",
        "demo",
        "demo",
        "a fleet at work: broker, daemon, emulated robots, parcels",
    ),
    "serve": Command(
        "dispatcher.cli.serve_command", "serve", "dispatcher", "run the daemon of a site file"
    ),
    "map": Command(
        "dispatcher.cli.map_commands", "app", "dispatcher", "import and check campus maps"
    ),
    "parcel": Command(
        "dispatcher.cli.parcel_commands", "app", "dispatcher", "convert and send parcels"
    ),
    "robot": Command(
        "dispatcher.cli.robot_commands", "app", "dispatcher", "register robots, revoke them"
    ),
    "broker": Command(
        "dispatcher.cli.broker_commands", "app", "dispatcher", "set an MQTT broker up"
    ),
    "journal": Command(
        "dispatcher.cli.journal_commands", "app", "dispatcher", "let a frozen site go on"
    ),
    "plan": Command(
        "dispatcher.cli.plan_command",
        "app",
        "dispatcher",
        "solve one routing problem from a file",
    ),
    "simulate": Command(
        "dispatcher.cli.simulate_command",
        "simulate",
        "dispatcher",
        "run a scenario in virtual time, without a network",
    ),
    "bench": Command(
        "dispatcher.cli.bench_command", "app", "dispatcher", "measure side by side with others"
    ),
    "replay": Command(
        "dispatcher.cli.replay_command",
        "replay",
        "dispatcher",
        "feed a journal again and compare every decision",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sub-command that the arguments name; the exit code, unless typer exits first."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(help_text())
        return 0
    if words[0] == "--version":
        print(f"dispatcher {version(DISTRIBUTION)}")
        return 0
    command = COMMANDS.get(words[0])
    if command is None:
        print(unknown_command(words[0]), file=sys.stderr)
        return EXIT_BAD_INPUT
    try:
        run(command, words)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if not missing or missing in OWN_PACKAGES:
            raise
        extra = EXTRA_OF.get(missing, command.extra)
        print(
            f"dispatcher {words[0]} needs the extra '{extra}': "
            f"pip install '{DISTRIBUTION}[{extra}]'",
            file=sys.stderr,
        )
        return EXIT_MISSING
    return 0


def run(command: Command, words: list[str]) -> None:
    """Load one sub-command and hand it the arguments; typer leaves through SystemExit."""
    import typer

    # Pretty tracebacks show local variables, and those may hold a key or a code; rich help keeps
    # the line breaks of a docstring, and puts a box around one clear line.
    root = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    root.callback()(keep_the_name)
    found = getattr(importlib.import_module(command.module), command.attribute)
    if isinstance(found, typer.Typer):
        root.add_typer(found, name=words[0])
    else:
        root.command(words[0])(found)
    root(args=words, prog_name="dispatcher")


def keep_the_name() -> None:
    """Make typer ask for the sub-command's name although only one is registered."""


def help_text() -> str:
    """What `dispatcher --help` prints."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: dispatcher COMMAND [ARGS]...",
            "",
            *rows,
            "",
            "dispatcher COMMAND --help says more; dispatcher --version names the version.",
        ]
    )


def unknown_command(word: str) -> str:
    """One sentence for a word that is no sub-command, with the nearest one that is."""
    near = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "see dispatcher --help"
    return f"dispatcher: no command '{word}': {hint}"


if __name__ == "__main__":
    sys.exit(main())
