# SPDX-License-Identifier: Apache-2.0
"""What the commands of `robot-agent` read alike: their one way to say no, ranges, brokers, folders.

Exit codes: 0 done, 2 bad input (with one line that says which).
"""

import argparse
import re
from pathlib import Path
from urllib.parse import urlsplit

from robot_agent.service.link import Broker

BAD_INPUT = 2
DEFAULT_PORT = 1883
MAX_COMPARTMENTS = 64


class InputError(ValueError):
    """What is wrong with the command line or a file it names, in one sentence."""


class HelpWithDefaults(argparse.ArgumentDefaultsHelpFormatter):
    """Names a default where there is one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False):
            return action.help
        return super()._get_help_string(action)


def check_range(name: str, number: int, low: int, high: int) -> None:
    """Raises InputError."""
    if not low <= number <= high:
        raise InputError(f"{name} {number} is not between {low} and {high}")


def broker_at(url: str, interface: str) -> Broker:
    """Of mqtt://HOST:PORT. Raises InputError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        host = None
    if host is None or parts.scheme != "mqtt":
        raise InputError(f"--broker {url!r} is not mqtt://HOST:PORT")
    return Broker(host, port, interface)


def compartments_of(text: str) -> tuple[str, ...]:
    """Of a list with commas. Raises InputError."""
    names = tuple(text.split(","))
    if len(names) > MAX_COMPARTMENTS or len(set(names)) != len(names):
        raise InputError(f"--compartments {text!r}: more than {MAX_COMPARTMENTS}, or one twice")
    for name in names:
        if not re.fullmatch(r"[SML][A-Za-z0-9_-]{0,15}", name):
            raise InputError(f"--compartments: {name!r} does not begin with S, M or L")
    return names


def make_folder(path: Path) -> None:
    """Raises InputError where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {error.strerror}") from None
