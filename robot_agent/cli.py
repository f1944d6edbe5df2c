# SPDX-License-Identifier: Apache-2.0
"""`robot-agent`: the command line of the robots' side.

Exit codes: 0 done, 2 bad input (with one line that says which). Words for people go to stderr.
"""

import argparse

from robot_agent.campus import CampusError
from robot_agent.commands import board, emulate, install, run, selftest
from robot_agent.commands.parsing import BAD_INPUT, InputError
from robot_agent.service.notices import PROGRAM, say


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (InputError, CampusError) as error:
        say(str(error))
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="The command line of the robots' side."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run.add_parser(commands)
    selftest.add_parser(commands)
    install.add_parser(commands)
    emulate.add_parser(commands)
    board.add_parser(commands)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
