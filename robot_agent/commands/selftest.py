# SPDX-License-Identifier: Apache-2.0
"""`robot-agent selftest`: is this computer fit to be a robot's?

A line for each part on stdout; with --json one object on stdout's last line and the lines on
stderr. Exit codes: 0 fit, 1 not, 2 bad input.
"""

import argparse
import os
import sys

import msgspec

from robot_agent.commands.parsing import InputError
from robot_agent.commands.run import add_settings, settings_of
from robot_agent.service.config import ConfigError

UNFIT = 1


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`selftest` and its flags: those of `run`."""
    command = commands.add_parser(
        "selftest",
        help="broker, clock, disk, driver, map: fit for work?",
        description="One line for each part, with what to do about it; exit code 0 or 1.",
    )
    add_settings(command)
    command.add_argument("--json", action="store_true", help="one object on stdout")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises InputError."""
    from robot_agent.service.assembly import state_folder
    from robot_agent.service.checks import check_all
    from robot_agent.service.state_lock import LockedError, state_lock

    settings = settings_of(options)
    try:
        folder = state_folder(settings, os.environ.get("STATE_DIRECTORY"))
        # An agent at work would be thrown out by the broker, and its body would have two masters.
        with state_lock(folder):
            findings = check_all(settings, folder)
    except (ConfigError, LockedError) as error:
        raise InputError(str(error)) from None
    lines = sys.stderr if options.json else sys.stdout
    for one in findings:
        to_do = f" -> {one.to_do}" if one.to_do else ""
        lines.write(f"{'ok  ' if one.ok else 'FAIL'} {one.part}: {one.seen}{to_do}\n")
    fit = all(one.ok for one in findings)
    if options.json:
        answer = {"fit": fit, "findings": msgspec.to_builtins(findings)}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    return 0 if fit else UNFIT
